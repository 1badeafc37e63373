public import Values

/// The usual gift of a year.
public struct AverageReport: Sendable {
    public let year: ReportYear
    public let split: GiftSplit?

    public init(year: ReportYear, split: GiftSplit? = nil) {
        self.year = year
        self.split = split
    }

    public static let formula = """
        over the gifts of the year by tax date whose net, all given back included, is more than nothing: average = sum \
        of their net / their number; median = the middle one, or half the sum of the two in the middle; each rounded \
        once, halves upwards.
        """

    public struct Line: Sendable, Hashable {
        public let part: String?
        public let currency: Currency
        public let gifts: Int
        public let net: Money
        public let average: Ratio
        public let median: Ratio

        /// In minor units, rounded.
        public var averageAmount: Money? { average.rounded.map { Money(minor: $0, currency: currency) } }
        public var medianAmount: Money? { median.rounded.map { Money(minor: $0, currency: currency) } }
    }

    /// A gift that counts.
    public struct Row: Sendable, Hashable {
        public let gift: ID<Gift>
        public let part: String?
        public let taxDate: LocalDate
        public let net: Money
    }
}

/// How lately, how often and how much each donor gave up to a day.
public struct RecencyReport: Sendable {
    public let day: LocalDate
    public let split: GiftSplit?

    public init(on day: LocalDate, split: GiftSplit? = nil) {
        self.day = day
        self.split = split
    }

    public static let formula = """
        of each donor in each currency, over gifts by tax date up to the day whose net is more than nothing: recency = \
        days since the last; frequency = their number; net = their sum, which is what the donor has been worth so far.
        """

    public struct Line: Sendable, Hashable {
        public let part: String?
        public let donor: ID<Donor>
        /// Nil when unknown or erased.
        public let name: String?
        public let recencyDays: Int
        public let frequency: Int
        public let net: Money
    }

    /// A gift that counts.
    public struct Row: Sendable, Hashable {
        public let part: String?
        public let donor: ID<Donor>
        public let gift: ID<Gift>
        public let taxDate: LocalDate
        public let net: Money
    }
}
