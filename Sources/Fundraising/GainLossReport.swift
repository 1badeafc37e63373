public import Postgres
public import Values

/// Why this year's money differs from last year's, donor by donor. Each currency is reckoned for itself.
public struct GainLossReport: Sendable {
    public let year: ReportYear
    public let split: GiftSplit?

    public init(year: ReportYear, split: GiftSplit? = nil) {
        self.year = year
        self.split = split
    }

    public static let formula = """
        change = net of this year less net of the year before, by tax date, of each donor in each currency. new: never \
        gave before; recaptured: gave earlier and not in the year before; upgraded, same, downgraded: gave in both; \
        lapsed: gave in the year before only; unknown: gifts without a donor. The changes add up to the difference of \
        the years. value: this year's net from donors of the year before / that year's net; capped: of each donor no \
        more than he gave in the year before.
        """

    public enum Standing: String, Sendable, CaseIterable, PostgresCodable {
        case new, recaptured, upgraded, same, downgraded, lapsed
        /// Money without a donor.
        case unknown
        /// Gave in neither year more than went back.
        case neither
    }

    /// The donors of one standing.
    public struct Line: Sendable, Hashable {
        public let part: String?
        public let standing: Standing
        public let donors: Int
        /// Received in the two years.
        public let gifts: Int
        public let before: Money
        public let now: Money
        public let change: Money
        /// Of each donor the less of the two.
        let capped: Int64
    }

    /// A currency's lines with their sums.
    public struct Total: Sendable, Hashable {
        public let part: String?
        public let lines: [Line]
        public let donors: Int
        public let gifts: Int
        public let before: Money
        public let now: Money
        public let change: Money
        /// What the donors of the year before gave this year, over what they gave then.
        public let value: Ratio
        /// The same, of no donor more than he gave then.
        public let valueCapped: Ratio

        /// - Throws: when a sum doesn't fit.
        init(_ lines: [Line], _ nothing: Money) throws(ValueError) {
            part = lines.first?.part
            self.lines = lines
            donors = lines.reduce(0) { $0 + $1.donors }
            gifts = lines.reduce(0) { $0 + $1.gifts }
            var (before, now, change) = (nothing, nothing, nothing)
            var kept: Int128 = 0
            var capped: Int128 = 0
            for line in lines {
                before = try before.adding(line.before)
                now = try now.adding(line.now)
                change = try change.adding(line.change)
                guard [.upgraded, .same, .downgraded].contains(line.standing) else { continue }
                kept += Int128(line.now.minor)
                capped += Int128(line.capped)
            }
            self.before = before
            self.now = now
            self.change = change
            let base = lines.filter { $0.standing != .unknown && $0.standing != .neither && $0.before.minor > 0 }
                .reduce(Int128(0)) { $0 + Int128($1.before.minor) }
            value = Ratio(kept, of: base)
            valueCapped = Ratio(capped, of: base)
        }
    }

    /// A donor in one currency.
    public struct Row: Sendable, Hashable {
        /// Nil for the money nobody's name is on.
        public let donor: ID<Donor>?
        public let part: String?
        public let standing: Standing
        public let before: Money
        public let now: Money
        public let change: Money
    }
}
