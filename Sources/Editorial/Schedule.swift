internal import Access
public import Postgres
public import Values

/// What is to happen to an article by itself, at a time on the wall: bound to a text and its hash, authorised by
/// somebody, and in the end done or visibly not.
public struct Schedule: Sendable, Hashable {
    public enum Action: String, Sendable, CaseIterable, PostgresCodable {
        case publish, update, unpublish
    }

    public enum State: String, Sendable, CaseIterable, PostgresCodable {
        case pending, done, failed, cancelled
        /// It would have overwritten a live text that it isn't based on.
        case held
    }

    public let id: ID<Schedule>
    public let article: ID<Article>
    public let title: String
    public let action: Action
    public let revision: Int
    public let hash: [UInt8]
    /// As it was said: what the wall shows, and where it hangs.
    public let dueLocal: String
    public let dueZone: String
    public let dueAt: Timestamp
    public let state: State
    /// Why it failed, was held or cancelled: the rule's name, and what it said.
    public let rule: String?
    public let message: String?
    /// Who authorised it, whatever became of the account since.
    public let authorisedBy: EmailAddress
    let account: ID<Account>
    public let settledAt: Timestamp?
    /// Due and not done, by the database's clock.
    public let isOverdue: Bool
    let reason: ReasonClass?
    let note: String?

    static let columns: StaticString = """
        c.id, c.article_id, a.title, c.action, c.revision, c.hash, c.due_local, c.due_zone, c.due_at, c.state, c.rule, \
        c.message, u.email, c.account_id, c.settled_at, c.state = 'pending' AND c.due_at <= clock_timestamp(), \
        c.reason_class, c.note
        """
    static let tables: StaticString = """
        editorial.schedule c JOIN editorial.article a ON a.id = c.article_id \
        JOIN access.account u ON u.id = c.account_id
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        article = try row.next()
        title = try row.next()
        action = try row.next()
        revision = try row.next()
        hash = try row.next()
        dueLocal = try row.next()
        dueZone = try row.next()
        dueAt = try row.next()
        state = try row.next()
        rule = try row.next()
        message = try row.next()
        authorisedBy = try row.next()
        account = try row.next()
        settledAt = try row.next()
        isOverdue = try row.next()
        reason = try row.next()
        note = try row.next()
    }

    static func find(_ db: Connection, _ id: ID<Schedule>) throws -> Schedule {
        try db.one("SELECT \(raw: columns) FROM \(raw: tables) WHERE c.id = \(id)") { try Schedule(&$0) }
    }
}

/// Why a text can't be read any more, as the answer 410 says it.
public enum ReasonClass: String, Sendable, CaseIterable, PostgresCodable {
    case legal, privacy, copyright, error, other
}
