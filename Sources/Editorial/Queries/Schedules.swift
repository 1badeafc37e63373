public import Access
internal import Journal
public import Postgres
public import Values

/// Schedules as somebody may see them: those of articles whose drafts he may read.
public struct Schedules: Sendable {
    /// Only those that are due and not done.
    public var overdueOnly = false
    /// Only those that failed or were held.
    public var failedOnly = false
    public var article: ID<Article>?
    /// Those that are settled, too.
    public var withSettled = false

    public init() {}

    /// At most `limit`, by the time they are due.
    public func list(_ db: Connection, for actor: Actor, limit: Int) throws -> [Schedule] {
        var query: SQL =
            "SELECT \(raw: Schedule.columns) FROM \(raw: Schedule.tables) WHERE \(Sight(actor).draftOnly)"
        if let article { query += " AND c.article_id = \(article)" }
        if overdueOnly { query += " AND c.state = 'pending' AND c.due_at <= clock_timestamp()" }
        if failedOnly {
            query += " AND c.state IN ('failed', 'held')"
        } else if !withSettled {
            query += " AND c.state = 'pending'"
        }
        return try db.rows(query + " ORDER BY c.due_at, c.id LIMIT \(limit)") { try Schedule(&$0) }
    }

    /// The schedule, with its article locked for a change.
    ///
    /// - Throws: ``EditorialError``: `scheduleUnknown`, also where the actor may not read the article.
    static func lock(_ db: Connection, _ id: ID<Schedule>, for actor: Actor) throws -> (Schedule, Article) {
        let article = try db.value(
            "SELECT article_id FROM editorial.schedule WHERE id = \(id)", as: ID<Article>.self)
        guard let article else { throw EditorialError.scheduleUnknown("\(id)") }
        do {
            let locked = try Article.lock(db, article, for: actor)
            return (try Schedule.find(db, id), locked)
        } catch EditorialError.articleUnknown { throw EditorialError.scheduleUnknown("\(id)") }
    }

    /// Why a schedule is cancelled without somebody asking for that.
    public enum Why: String, Sendable {
        case cancelled, killed, retracted, unpublished, restored, superseded
    }

    /// Cancels what is still to happen to the article, which the caller has locked: after a restore nothing goes live by
    /// itself. Killing, retracting and unpublishing do so in the database, whoever does it.
    @discardableResult
    public static func cancelPending(
        _ db: Connection, _ article: Article, why: Why, by actor: Actor
    ) throws -> [ID<Schedule>] {
        try cancelPending(db, article, why: why, account: actor.account, origin: actor.origin)
    }

    /// - Parameter except: the schedule that is being done, which is the reason for ending the others.
    @discardableResult
    static func cancelPending(
        _ db: Connection, _ article: Article, why: Why, account: ID<Account>, origin: Origin,
        except: ID<Schedule>? = nil
    ) throws -> [ID<Schedule>] {
        let ids = try db.rows(
            """
            UPDATE editorial.schedule SET state = 'cancelled', rule = \(why.rawValue), settled_by = \(account) \
            WHERE article_id = \(article.id) AND state = 'pending' AND id IS DISTINCT FROM \(except) RETURNING id
            """
        ) { try $0.next(ID<Schedule>.self) }
        for id in ids {
            try Audit.append(
                db, Subject(.article, article.id.rawValue), "schedule.cancelled", by: origin,
                facts: ["schedule": .integer(id.rawValue), "why": .string(why.rawValue)])
        }
        return ids
    }

    /// How the work of the clock stands: for whoever watches over the workers.
    public struct Standing: Sendable, Hashable {
        public let pending: Int
        public let overdue: Int
        public let failed: Int
        public let nextDue: Timestamp?
    }

    public static func standing(_ db: Connection) throws -> Standing {
        try db.one(
            """
            SELECT count(*) FILTER (WHERE state = 'pending'), \
            count(*) FILTER (WHERE state = 'pending' AND due_at <= clock_timestamp()), \
            count(*) FILTER (WHERE state IN ('failed', 'held')), min(due_at) FILTER (WHERE state = 'pending') \
            FROM editorial.schedule
            """
        ) {
            Standing(
                pending: try $0.next(), overdue: try $0.next(), failed: try $0.next(), nextDue: try $0.next())
        }
    }
}
