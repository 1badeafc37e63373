internal import Access
internal import Journal
public import Postgres
public import Values

/// Does the next thing that is due, in one transaction: what it releases and that it is done become true together, so
/// that a worker that dies has done it wholly or not at all. Nothing is leased, nothing expires.
///
/// Only the database's clock counts. An article that somebody is at work on is passed over until he is done.
public struct FireSchedule: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// Nothing is due that could be done now; how many seconds until something will be, nil for nothing at all.
        case idle(secondsToNext: Double?)
        case released(Schedule, ID<Release>)
        /// It failed or was held, and says so: why is in the schedule.
        case refused(Schedule)
    }

    let embeds: Embeds
    let systemUser: String

    /// - Parameter systemUser: whose process the worker is, for the audit.
    public init(embeds: Embeds, systemUser: String) {
        self.embeds = embeds
        self.systemUser = systemUser
    }

    /// - Throws: `PostgresError` for trouble with the connection, a deadlock or the server's means: the item is then as
    ///   it was, and the next try finds it.
    public func perform(_ db: Connection) throws -> Outcome {
        guard let schedule = try claim(db) else { return .idle(secondsToNext: try secondsToNext(db)) }
        let origin = Origin(account: schedule.account.rawValue, via: .worker, systemUser: systemUser)
        do {
            let release = try db.savepoint { try fire(db, schedule, origin) }
            try db.run("UPDATE editorial.schedule SET state = 'done' WHERE id = \(schedule.id)")
            return .released(try Schedule.find(db, schedule.id), release.id)
        } catch let error where Refusal.isOfTheItem(error) {
            try fail(db, schedule, Refusal(error), origin)
            return .refused(try Schedule.find(db, schedule.id))
        }
    }

    /// Locks the article of the earliest due item nobody else is at. Whoever changes a schedule has its article locked,
    /// so that what is read afterwards stays.
    private func claim(_ db: Connection) throws -> Schedule? {
        let id = try db.value(
            """
            SELECT c.id FROM editorial.schedule c JOIN editorial.article a ON a.id = c.article_id \
            WHERE c.state = 'pending' AND c.due_at <= clock_timestamp() ORDER BY c.due_at, c.id LIMIT 1 \
            FOR UPDATE OF a SKIP LOCKED
            """, as: ID<Schedule>.self)
        guard let id else { return nil }
        // It may have been done or moved between the two statements.
        let isDue = try db.value(
            """
            SELECT state = 'pending' AND due_at <= clock_timestamp() FROM editorial.schedule WHERE id = \(id) \
            FOR UPDATE
            """, as: Bool.self)
        return isDue == true ? try Schedule.find(db, id) : try claim(db)
    }

    private func secondsToNext(_ db: Connection) throws -> Double? {
        let milliseconds = try db.one(
            """
            SELECT (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::bigint FROM editorial.schedule \
            WHERE state = 'pending'
            """
        ) { try $0.next(Int64?.self) }
        return milliseconds.map { Double($0) / 1_000 }
    }

    /// As the account that authorised it, suspended or not: it was asked then whether it might.
    private func fire(_ db: Connection, _ schedule: Schedule, _ origin: Origin) throws -> Release {
        let article = try db.one(
            "SELECT \(raw: Article.columns) FROM \(raw: Article.tables) WHERE a.id = \(schedule.article)"
        ) { try Article(&$0) }
        let releasing = try Releasing(
            db, article, account: schedule.account, origin: origin, embeds: embeds, schedule: schedule.id)
        if schedule.action == .unpublish {
            guard let live = releasing.live else { throw EditorialError.notPublic(article.id, nil) }
            try Schedules.cancelPending(
                db, article, why: .unpublished, account: schedule.account, origin: origin, except: schedule.id)
            return try releasing.takeAway(db, live, kind: .unpublish, note: schedule.note, reason: schedule.reason)
        }
        let text = try Revision.find(db, article.id, schedule.revision)
        return try releasing.release(
            db, text, .init(kind: releasing.live == nil ? .first : .update, note: schedule.note))
    }

    private func fail(_ db: Connection, _ schedule: Schedule, _ refusal: Refusal, _ origin: Origin) throws {
        let state = refusal.rule == "release_base" ? Schedule.State.held : .failed
        try db.run(
            """
            UPDATE editorial.schedule SET state = \(state), rule = \(refusal.word), message = \(refusal.message) \
            WHERE id = \(schedule.id)
            """)
        if schedule.action != .unpublish {
            try db.run(
                """
                UPDATE editorial.article SET status = 'schedule_failed' \
                WHERE id = \(schedule.article) AND status = 'scheduled'
                """)
        }
        let subject = Subject(.article, schedule.article.rawValue)
        let facts: [String: JSON] = [
            "schedule": .integer(schedule.id.rawValue), "revision": .integer(Int64(schedule.revision)),
            "rule": .string(refusal.word),
        ]
        try Outbox.put(db, type: "schedule.\(state.rawValue)", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "schedule.\(state.rawValue)", by: origin, facts: facts)
    }
}

/// What kept a due item from being done.
struct Refusal {
    let rule: String
    let message: String

    /// The word by which others know it: an edit after the approval has the same name everywhere.
    var word: String { rule == "release_of_head" ? "stale_approval" : rule }

    init(_ error: any Error) {
        switch error {
        case PostgresError.server(let error):
            rule = error.constraint ?? error.sqlstate
            message = error.message
        case EditorialError.slugTaken(let slug): (rule, message) = ("slug_taken", "the slug \(slug) is taken")
        case EditorialError.pathTaken(let path): (rule, message) = ("path_taken", "the path \(path) is taken")
        case EditorialError.slugNeeded: (rule, message) = ("slug_needed", "no slug can be made of the title")
        case EditorialError.notApproved: (rule, message) = ("release_approved", "approvals are missing")
        case EditorialError.notPlaced: (rule, message) = ("release_placed", "a section and a kind are missing")
        case EditorialError.contentRefused(let field, let reason): (rule, message) = ("bad_text", "\(field): \(reason)")
        case EditorialError.notPublic: (rule, message) = ("not_public", "nothing of it is public")
        default: (rule, message) = ("fault", "\(error)")
        }
    }

    /// False for what isn't the item's fault and goes by: a lost connection, a deadlock, a full disk, a server that stops.
    static func isOfTheItem(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return !(error is CancellationError) }
        guard case .server(let said) = error else {
            if case .decode = error { return true }
            return false
        }
        return !["08", "25", "40", "53", "55", "57", "58"].contains(said.sqlstateClass)
    }
}
