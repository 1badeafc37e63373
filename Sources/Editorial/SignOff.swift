public import Access
public import Postgres
public import Values

/// A link by which somebody without an account says yes or no to one text: one person, one revision, one kind, once.
public struct SignOff: Sendable, Hashable {
    /// Derived whenever it is read.
    public enum State: String, Sendable, CaseIterable, PostgresCodable {
        case open, given, refused, revoked, expired
        /// The text was edited since: the link is of no use any more.
        case stale
    }

    /// Who signs.
    public enum Signer: Sendable, Hashable {
        /// An author, as the contributor he is bylined as.
        case contributor(Slug)
        /// A lawyer or an expert from outside.
        case outside(name: String, email: EmailAddress)
    }

    public let id: ID<SignOff>
    public let article: ID<Article>
    public let revision: Int
    public let hash: [UInt8]
    public let kind: ApprovalKind
    /// The contributor's slug; nil for somebody from outside.
    public let contributor: Slug?
    public let name: String
    public let email: String?
    public let createdBy: EmailAddress
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    public let note: String?
    public let state: State
    /// When it was used or taken back.
    public let endedAt: Timestamp?
    /// How often the text was looked at by it, and how often it was turned away.
    public let looks: Int
    public let denials: Int

    static let columns: StaticString = """
        g.id, g.article_id, g.revision, g.hash, g.kind, c.slug, g.name, g.email, u.email, g.created_at, g.expires_at, \
        g.note, CASE WHEN n.event IS NOT NULL THEN n.event WHEN g.expires_at <= clock_timestamp() THEN 'expired' \
        WHEN NOT editorial.is_head(g.article_id, g.revision) THEN 'stale' ELSE 'open' END, n.happened_at, \
        (SELECT count(*) FROM editorial.signoff_event x WHERE x.signoff_id = g.id AND x.event = 'looked'), \
        (SELECT count(*) FROM editorial.signoff_event x WHERE x.signoff_id = g.id AND x.event = 'denied')
        """
    static let tables: StaticString = """
        editorial.signoff g JOIN access.account u ON u.id = g.created_by \
        LEFT JOIN editorial.contributor c ON c.id = g.contributor_id LEFT JOIN editorial.signoff_event n \
        ON n.signoff_id = g.id AND n.event IN ('given', 'refused', 'revoked')
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        article = try row.next()
        revision = try row.next()
        hash = try row.next()
        kind = try row.next()
        contributor = try row.next()
        name = try row.next()
        email = try row.next()
        createdBy = try row.next()
        createdAt = try row.next()
        expiresAt = try row.next()
        note = try row.next()
        state = try row.next()
        endedAt = try row.next()
        looks = try row.next()
        denials = try row.next()
    }

    public var hashText: String { Hexadecimal.text(hash) }

    static func find(_ db: Connection, _ id: ID<SignOff>) throws -> SignOff {
        let found = try db.row("SELECT \(raw: columns) FROM \(raw: tables) WHERE g.id = \(id)") { try SignOff(&$0) }
        guard let found else { throw EditorialError.signOffUnknown(id) }
        return found
    }

    /// The links of an article, and of each what became of it.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)``; `AccessError.notPermitted`: whose address a link went to is
    ///   nobody else's business.
    public static func list(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> [SignOff] {
        let article = try Article.find(db, id, for: actor)
        try actor.require(.signOffManage, section: article.section)
        return try db.rows(
            "SELECT \(raw: columns) FROM \(raw: tables) WHERE g.article_id = \(article.id) ORDER BY g.id"
        ) { try SignOff(&$0) }
    }

    /// Something done with a link, or tried.
    public struct Event: Sendable, Hashable {
        public let link: ID<SignOff>
        public let event: String
        /// Why it was turned away, which whoever tried wasn't told.
        public let reason: String?
        /// Of what the newsroom did itself.
        public let by: EmailAddress?
        public let via: String
        public let at: Timestamp
    }

    /// What was done with the links of an article, and tried, earliest first.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)``; `AccessError.notPermitted`.
    public static func log(
        _ db: Connection, _ id: ID<Article>, for actor: Actor
    ) throws -> [Event] {
        let article = try Article.find(db, id, for: actor)
        try actor.require(.signOffManage, section: article.section)
        return try db.rows(
            """
            SELECT e.signoff_id, e.event, e.reason, u.email, e.via, e.happened_at FROM editorial.signoff g \
            JOIN editorial.signoff_event e ON e.signoff_id = g.id LEFT JOIN access.account u ON u.id = e.account_id \
            WHERE g.article_id = \(article.id) ORDER BY e.id
            """
        ) { row in
            Event(
                link: try row.next(), event: try row.next(), reason: try row.next(), by: try row.next(),
                via: try row.next(), at: try row.next())
        }
    }
}
