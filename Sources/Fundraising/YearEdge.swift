public import Values

/// This year up to a day beside last year up to the same day.
public struct YearToDateReport: Sendable {
    public let year: ReportYear
    /// The last day that counts.
    public let day: LocalDate
    public let split: GiftSplit?

    /// - Throws: when the day doesn't lie in the year.
    public init(year: ReportYear, through day: LocalDate, split: GiftSplit? = nil) throws(ValueError) {
        guard (year.firstDay...year.lastDay).contains(day) else {
            throw ValueError(
                kind: "day", value: day.description,
                reason: "\(year) goes from \(year.firstDay) to \(year.lastDay)")
        }
        self.year = year
        self.day = day
        self.split = split
    }

    /// The same day a year earlier; of 29 February the 28th.
    public var dayBefore: LocalDate { day.adding(months: -12) }

    public static let formula = """
        net of the gifts whose tax date lies between the year's first day and the day, less all given back of them, \
        whenever that was; beside it the same of the year before up to the same day, 28 February for the 29th. percent \
        = (now - before) / before, empty where nothing was given before.
        """

    public struct Line: Sendable, Hashable {
        public let part: String?
        public let gifts: Int
        public let giftsBefore: Int
        public let now: Money
        public let before: Money
        public let change: Money

        /// Empty where there was nothing, or less, to grow from.
        public var growth: Ratio { Ratio(Int128(change.minor), of: Int128(max(before.minor, 0))) }
    }

    /// A gift of either year.
    public struct Row: Sendable, Hashable {
        public let gift: ID<Gift>
        public let part: String?
        public let taxDate: LocalDate
        public let isOfThisYear: Bool
        public let net: Money
    }
}

/// Gifts so near to the turn of the year that somebody should look which year they count for.
public struct MidnightReport: Sendable {
    /// The tax year whose two ends are looked at.
    public let year: Int

    public init(year: Int) { self.year = year }

    public static let hours = 6
    public static let formula = """
        gifts given within \(hours) hours of the first or the last midnight of the tax year, in the publication's zone, \
        with the day they count for. by_clock is the day on the wall clock when they were given; where it differs from \
        the tax date, a postmark or a person decided.
        """

    public struct Row: Sendable, Hashable {
        public let gift: ID<Gift>
        public let kind: Gift.Kind
        public let givenAt: Timestamp
        public let taxDate: LocalDate
        public let byClock: LocalDate
        /// To the midnight; negative before it.
        public let seconds: Int64
        public let net: Money
    }
}
