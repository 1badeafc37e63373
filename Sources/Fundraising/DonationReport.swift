public import Values

/// How a report of donations is put together.
public struct DonationReport: Sendable {
    public enum Grouping: String, Sendable, CaseIterable {
        case day, month, year, campaign, article
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

    /// Everything about one period or one key in one currency. Two currencies are never added up.
    public struct Line: Sendable, Hashable {
        public enum Key: Sendable, Hashable {
            case period(Period)
            /// A campaign's slug; an article's slug, or its number while it was never public; nil for money that
            /// belongs to none.
            case name(String?)
        }

        public let key: Key
        public let currency: Currency
        /// Gifts received, also those that were given back later.
        public let gifts: Int
        public let gross: Money
        /// Not negative.
        public let refunds: Money
        /// Gross less refunds.
        public let net: Money
    }

    public init(by grouping: Grouping, basis: Basis = .giftYear, from: LocalDate? = nil, to: LocalDate? = nil) {
        self.grouping = grouping
        self.basis = basis
        self.from = from
        self.to = to
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
}
