public import Values

/// Where the donors of a year live: what state registrations ask for.
public struct StatesReport: Sendable {
    public let year: ReportYear
    public let split: GiftSplit?

    public init(year: ReportYear, split: GiftSplit? = nil) {
        self.year = year
        self.split = split
    }

    public static let formula = """
        net of the gifts of the year by tax date, less all given back of them, by country and state of the donor's \
        address: the one that held on that day, else the nearest in time; unknown without an address or a donor. donors: \
        those who gave from there, each counted once in a state and currency.
        """

    public struct Place: Sendable, Hashable {
        /// As it was written down; nil where no address is known.
        public let country: String?
        /// State, province, …; nil where the address has none.
        public let region: String?
    }

    public struct Line: Sendable, Hashable {
        public let part: String?
        public let place: Place
        public let donors: Int
        public let gifts: Int
        public let net: Money
    }

    /// A gift in the report.
    public struct Row: Sendable, Hashable {
        public let part: String?
        public let place: Place
        public let donor: ID<Donor>?
        public let gift: ID<Gift>
        public let taxDate: LocalDate
        public let net: Money
    }
}
