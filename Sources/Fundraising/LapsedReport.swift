public import Values

/// Who gave and doesn't any more.
public struct LapsedReport: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Gave last year but unfortunately not this.
        case lybunt
        /// Gave some year but unfortunately not this, nor last year.
        case sybuntStrict = "sybunt-strict"
        /// Gave some year, last year included, but unfortunately not this.
        case sybuntInclusive = "sybunt-inclusive"

        public var formula: String {
            switch self {
            case .lybunt: "donors of the year before who aren't donors of this year"
            case .sybuntStrict: "donors of some earlier year who are donors neither of the year before nor of this year"
            case .sybuntInclusive: "donors of the year before or of some earlier year who aren't donors of this year"
            }
        }
    }

    public let year: ReportYear
    public let kind: Kind
    public let split: GiftSplit?

    public init(year: ReportYear, kind: Kind, split: GiftSplit? = nil) {
        self.year = year
        self.kind = kind
        self.split = split
    }

    /// A donor with what he gave in one currency up to the year's beginning.
    public struct Line: Sendable, Hashable {
        public let part: String?
        public let donor: ID<Donor>
        /// Nil when unknown or erased.
        public let name: String?
        /// Net of the year before.
        public let before: Money
        /// Net of all years before that.
        public let earlier: Money
        public let lastGift: LocalDate?
    }

    /// A gift of such a donor from before the year.
    public struct Row: Sendable, Hashable {
        public let part: String?
        public let donor: ID<Donor>
        public let gift: ID<Gift>
        public let taxDate: LocalDate
        public let net: Money
    }
}
