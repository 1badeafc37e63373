internal import Access
public import Postgres
public import Values

/// What was agreed with a contributor about one article. It changes by new versions only; Masthead pays nobody, it keeps
/// the list that somebody pays from.
public struct Commission: Sendable, Hashable {
    /// How the money is reckoned: a whole fee, or so much for each word agreed on.
    public enum Price: Sendable, Hashable {
        case fee(Money)
        case rate(Money, words: Int)
    }

    public struct Rights: Sendable, Hashable {
        public var firstWeb: Bool
        public var archive: Bool
        public var republication: Bool
        /// Nobody else may run it through that day.
        public var exclusiveUntil: LocalDate?

        public init(
            firstWeb: Bool = true, archive: Bool = true, republication: Bool = false,
            exclusiveUntil: LocalDate? = nil
        ) {
            self.firstWeb = firstWeb
            self.archive = archive
            self.republication = republication
            self.exclusiveUntil = exclusiveUntil
        }
    }

    /// What happened to the money, in this order.
    public enum Step: String, Sendable, CaseIterable, PostgresCodable {
        case invoiced, approved, exported, paid

        var before: Step? {
            switch self {
            case .invoiced: nil
            case .approved: .invoiced
            case .exported: .approved
            case .paid: .exported
            }
        }
    }

    /// The terms of one version.
    public struct Terms: Sendable, Hashable {
        public var price: Price
        public var words: Int?
        public var due: Due?
        /// Of the fee, owed when the article is killed: 0 to 100.
        public var killPercent: Int
        public var rights: Rights
        /// Where the signed agreement is kept.
        public var agreement: String?
        public var note: String?

        public init(
            price: Price, words: Int? = nil, due: Due? = nil, killPercent: Int = 0,
            rights: Rights = Rights(), agreement: String? = nil, note: String? = nil
        ) {
            self.price = price
            self.words = words
            self.due = due
            self.killPercent = killPercent
            self.rights = rights
            self.agreement = agreement
            self.note = note
        }
    }

    public let id: ID<Commission>
    public let article: ID<Article>
    /// Nil for who may not read drafts, while the article isn't public.
    public internal(set) var title: String?
    public let articleStatus: Article.Status
    public let contributor: Slug
    /// Counts its versions.
    public let version: Int
    public let words: Int?
    public let dueAt: Timestamp?
    public let killPercent: Int
    public let rights: Rights
    public let agreement: String?
    public let note: String?
    /// Nil for who may not read fees.
    public internal(set) var agreed: Money?
    /// What is owed now: the agreed sum once the article is public, the kill fee once it is killed; nil before, and for
    /// who may not read fees. What was approved stays what is owed.
    public internal(set) var payable: Money?
    /// The last step taken.
    public let step: Step?

    static let columns: StaticString = """
        n.id, n.article_id, a.title, a.status, c.slug, n.number, n.words, v.due_at, n.kill_percent, v.first_web, \
        v.archive, v.republication, v.exclusive_until, v.agreement, v.note, n.currency, n.agreed_minor, \
        coalesce((SELECT e.amount_minor FROM editorial.commission_event e WHERE e.commission_id = n.id \
        AND e.kind = 'approved'), n.payable_minor), \
        (SELECT e.kind FROM editorial.commission_event e WHERE e.commission_id = n.id ORDER BY e.id DESC LIMIT 1)
        """
    static let tables: StaticString = """
        editorial.commission_now n JOIN editorial.article a ON a.id = n.article_id \
        JOIN editorial.contributor c ON c.id = n.contributor_id \
        JOIN editorial.commission_version v ON v.commission_id = n.id AND v.number = n.number \
        LEFT JOIN editorial.section s ON s.id = a.section_id
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        article = try row.next()
        title = try row.next()
        articleStatus = try row.next()
        contributor = try row.next()
        version = try row.next()
        words = try row.next()
        dueAt = try row.next()
        killPercent = try row.next()
        rights = Rights(
            firstWeb: try row.next(), archive: try row.next(), republication: try row.next(),
            exclusiveUntil: try row.next())
        agreement = try row.next()
        note = try row.next()
        let currency = try row.next(Currency.self)
        agreed = Money(minor: try row.next(), currency: currency)
        payable = try row.next(Int64?.self).map { Money(minor: $0, currency: currency) }
        step = try row.next()
    }
}
