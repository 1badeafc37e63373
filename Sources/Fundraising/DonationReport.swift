public import Values

/// How a report of donations is put together.
public struct DonationReport: Sendable {
    public enum Grouping: String, Sendable, CaseIterable {
        case day, month, year, campaign, article

        /// Nil where lines are no periods.
        public var granularity: Granularity? {
            switch self {
            case .day: .day
            case .month: .month
            case .year: .year
            case .campaign, .article: nil
            }
        }
    }

    /// Which day money counts for. Gifts in test mode count for none.
    public enum Basis: String, Sendable, CaseIterable {
        /// By the gift's tax date; what is given back later is pulled back to it.
        case giftYear = "gift-year"
        /// By the day each movement is posted to, in the publication's zone.
        case cash
        /// By the gift's tax date, without looking at what was given back.
        case gross
    }

    public let grouping: Grouping
    public let basis: Basis
    /// The first and last day that count; nil for no bound.
    public let from: LocalDate?
    public let to: LocalDate?
    /// The year it is about, when it is about one: then that is what `year` means.
    public let year: ReportYear?
    public let split: GiftSplit?

    /// Everything about one period or one key in one currency. Two currencies are never added up.
    public struct Line: Sendable, Hashable {
        public enum Key: Sendable, Hashable, CustomStringConvertible {
            case period(Period)
            /// The year the report is about, which may be the organisation's own.
            case year(ReportYear)
            /// A campaign's slug; an article's slug, or its number while it was never public; nil for money that
            /// belongs to none.
            case name(String?)

            public var description: String {
                switch self {
                case .period(let period): period.description
                case .year(let year): year.description
                case .name(let name): name ?? ""
                }
            }
        }

        public let key: Key
        /// Nil unless the report is split.
        public let part: String?
        public let currency: Currency
        /// Gifts received, also those that were given back later.
        public let gifts: Int
        public let gross: Money
        /// Not negative.
        public let refunds: Money
        /// Gross less refunds.
        public let net: Money
    }

    /// A gift in the report; by cash, one movement of its money.
    public struct Row: Sendable, Hashable {
        public let key: Line.Key
        public let part: String?
        public let gift: ID<Gift>
        public let day: LocalDate
        public let gross: Money
        public let refunds: Money
    }

    public init(
        by grouping: Grouping, basis: Basis = .giftYear, from: LocalDate? = nil, to: LocalDate? = nil,
        split: GiftSplit? = nil
    ) {
        self.grouping = grouping
        self.basis = basis
        self.from = from
        self.to = to
        self.split = split
        year = nil
    }

    /// A report of one year.
    public init(by grouping: Grouping, basis: Basis = .giftYear, year: ReportYear, split: GiftSplit? = nil) {
        self.grouping = grouping
        self.basis = basis
        from = year.firstDay
        to = year.lastDay
        self.split = split
        self.year = year
    }

    /// How the figures come about, in a sentence.
    public var formula: String {
        switch basis {
        case .giftYear: "gross: gifts by tax date; refunds: all given back of those gifts; net = gross - refunds"
        case .cash:
            "gross: money in, by posting date; refunds: money given back, by posting date; net = gross - refunds"
        case .gross: "gross: gifts by tax date; refunds are left out"
        }
    }

    /// What a day's money belongs to, in a report by period.
    func key(of day: LocalDate, _ granularity: Granularity) -> Line.Key {
        if granularity == .year, let year { return .year(year) }
        return .period(Period(granularity, containing: day))
    }
}
