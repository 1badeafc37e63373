internal import Access
public import Postgres
public import Values

/// What a yes is about. One person's yes to one text, of one kind, is an approval.
public enum ApprovalKind: String, Sendable, CaseIterable, PostgresCodable {
    case edit, copy, fact, legal, author
}

/// What a reviewer answers when it isn't yes; a yes is an approval.
public enum Verdict: String, Sendable, CaseIterable, PostgresCodable {
    case changes, comment
}

/// Somebody was asked to look at a text, until when.
public struct ReviewRequest: Sendable, Hashable {
    public let id: ID<ReviewRequest>
    public let article: ID<Article>
    public let revision: Int
    public let kind: ApprovalKind
    public let reviewer: EmailAddress
    public let requestedAt: Timestamp
    public let due: Timestamp?

    static let columns: StaticString = """
        q.id, q.article_id, q.revision, q.kind, u.email, q.requested_at, q.due_at
        """
    static let tables: StaticString = "editorial.review_request q JOIN access.account u ON u.id = q.of_account"

    init(_ row: inout Row) throws {
        id = try row.next()
        article = try row.next()
        revision = try row.next()
        kind = try row.next()
        reviewer = try row.next()
        requestedAt = try row.next()
        due = try row.next()
    }

    /// The account's latest request on this article that it hasn't answered.
    static func open(
        _ db: Connection, _ article: ID<Article>, of account: ID<Account>, kind: ApprovalKind?
    ) throws -> ReviewRequest? {
        var query: SQL = """
            SELECT \(raw: columns) FROM \(raw: tables) WHERE q.article_id = \(article) AND q.of_account = \(account) \
            AND NOT EXISTS (SELECT FROM editorial.review_response p WHERE p.request_id = q.id)
            """
        if let kind { query += " AND q.kind = \(kind)" }
        return try db.row(query + " ORDER BY q.id DESC LIMIT 1") { try ReviewRequest(&$0) }
    }
}

/// What a reviewer answered.
public struct ReviewResponse: Sendable, Hashable {
    public let id: ID<ReviewResponse>
    public let article: ID<Article>
    public let revision: Int
    public let verdict: Verdict
    /// The state of the article afterwards.
    public let status: Article.Status
}

/// A person's yes to one text.
public struct Approval: Sendable, Hashable {
    public let id: ID<Approval>
    public let article: ID<Article>
    public let revision: Int
    public let kind: ApprovalKind
    /// The state of the article afterwards: the last approval that was missing moves it to approved.
    public let status: Article.Status
    /// Kinds that are still wanted.
    public let missing: [ApprovalKind]
}
