public import Values

/// What articles, sections, authors and appeals brought in a year.
public struct CreditReport: Sendable {
    public enum Key: String, Sendable, CaseIterable {
        case article, section, author, appeal
    }

    /// Who gets what of a gift that several articles led to.
    public enum Share: String, Sendable, CaseIterable {
        /// All of it the article the gift came from.
        case last
        /// Each article that was read on the way the same, to the cent.
        case equal
    }

    public let key: Key
    public let share: Share
    public let year: ReportYear
    public let split: GiftSplit?

    public init(by key: Key, share: Share = .last, year: ReportYear, split: GiftSplit? = nil) {
        self.key = key
        self.share = share
        self.year = year
        self.split = split
    }

    public static let formula = """
        gifts by tax date, less all given back of them. last: a gift is credited to the article it came from; equal: in \
        equal parts to the articles that led to it, where they are known, else to the one it came from. An article's \
        part goes to its section, and in equal parts to its authors, as it is public now. Parts add up to the gift to \
        the cent, the earlier having the cents left over; what is given back is taken back the same way. new_donors: \
        donors whose first gift this was. known: gifts whose article is known / all gifts.
        """

    public struct Line: Sendable, Hashable {
        /// Nil unless the report is split.
        public let part: String?
        /// An article's slug, or its number while it was never public; a section's or author's slug;
        /// `campaign/appeal`; nil for gifts of which it isn't known.
        public let name: String?
        public let currency: Currency
        /// Gifts received of which a part, or all, is credited here.
        public let gifts: Int
        public let gross: Money
        /// Not negative.
        public let refunds: Money
        public let net: Money
        /// Whose first gift, of any year, is among them.
        public let newDonors: Int
    }

    /// A gift's part.
    public struct Row: Sendable, Hashable {
        public let gift: ID<Gift>
        public let part: String?
        public let name: String?
        public let taxDate: LocalDate
        public let gross: Money
        public let refunds: Money
    }

    /// Of how many gifts of the year it is known what they are credited to.
    public struct Known: Sendable, Hashable {
        public let gifts: Int
        public let all: Int
        public var share: Ratio { Ratio(gifts, of: all) }
    }
}
