public import Values

/// Whom Schedule B of Form 990 asks for: donors who gave much of a year's money.
public struct MajorDonorsReport: Sendable {
    public let year: ReportYear
    /// In whole units of each currency.
    public let least: Int64
    /// Smaller gifts don't count; in whole units of each currency.
    public let smallestGift: Int64

    /// - Parameters:
    ///   - least: 0 and more.
    ///   - smallestGift: 0 and more.
    public init(year: ReportYear, least: Int64 = 5_000, smallestGift: Int64 = 0) {
        self.year = year
        self.least = least
        self.smallestGift = smallestGift
    }

    /// Form 990, Schedule B, special rule of those who meet the 33⅓ % support test.
    public static let percent = 2
    public static let formula = """
        donors whose gifts of the year by tax date, less all given back of them, come to at least the greater of 5,000 \
        (or --least) and 2 % of the net of all gifts of the year in that currency (Form 990, Schedule B). total: net of \
        all gifts of the year. Of in-kind gifts and stock what was recorded counts.
        """

    public struct Line: Sendable, Hashable {
        public let donor: ID<Donor>
        /// Nil when unknown or erased.
        public let name: String?
        public let gifts: Int
        public let net: Money
        /// All that was given in the year, by whomever.
        public let total: Money

        public var share: Ratio { Ratio(Int128(net.minor), of: Int128(max(total.minor, 0))) }
    }

    /// A gift of such a donor that counts.
    public struct Row: Sendable, Hashable {
        public let donor: ID<Donor>
        public let gift: ID<Gift>
        public let taxDate: LocalDate
        public let net: Money
    }
}
