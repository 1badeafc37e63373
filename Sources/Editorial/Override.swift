internal import Access
internal import Postgres
public import Values

/// One text let out without what its policy wants: by whom, and why. Never changed afterwards.
public struct Override: Sendable, Hashable {
    public let id: ID<Override>
    public let article: ID<Article>
    public let revision: Int
    public let reason: String
    public let givenBy: EmailAddress
    public let givenAt: Timestamp
    /// Whether a release stands on it.
    public let isUsed: Bool

    static let columns: StaticString = """
        o.id, o.article_id, o.revision, o.reason, u.email, o.given_at, \
        EXISTS (SELECT FROM editorial.release l WHERE l.article_id = o.article_id AND l.override_id = o.id)
        """
    static let tables: StaticString = "editorial.override o JOIN access.account u ON u.id = o.account_id"

    init(_ row: inout Row) throws {
        id = try row.next()
        article = try row.next()
        revision = try row.next()
        reason = try row.next()
        givenBy = try row.next()
        givenAt = try row.next()
        isUsed = try row.next()
    }

    static func find(_ db: Connection, _ id: ID<Override>) throws -> Override {
        try db.one("SELECT \(raw: columns) FROM \(raw: tables) WHERE o.id = \(id)") { try Override(&$0) }
    }
}
