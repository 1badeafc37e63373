public import Access
internal import Journal
public import Postgres
public import Values

/// Has a text go out, or go away, by itself at a time on the wall.
public struct ScheduleArticle {
    let article: ID<Article>
    let action: Schedule.Action?
    let at: ClockTime
    let revision: Int?
    let reason: ReasonClass?
    let note: String?
    let actor: Actor

    /// - Parameters:
    ///   - action: nil for whichever way of publishing fits.
    ///   - revision: the text that is meant; nil for the approved one.
    ///   - reason: of an unpublishing; `other` unless said.
    public init(
        _ article: ID<Article>, _ action: Schedule.Action? = nil, at: ClockTime, revision: Int? = nil,
        reason: ReasonClass? = nil, note: String? = nil, by actor: Actor
    ) {
        self.article = article
        self.action = action
        self.at = at
        self.revision = revision
        self.reason = reason
        self.note = note
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `notPublic`, `scheduledAlready`,
    ///   `timePassed`, `dueNonexistent`, `dueAmbiguous`, `offsetUnknown`, and what ``PublishArticle`` throws.
    public func perform(_ db: Connection) throws -> Schedule {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleSchedule, section: article.section)
        let live = try article.liveRelease.map { try Release.find(db, $0) }
        let isPublic = live != nil && article.publicStatus != .unpublished
        let action = action ?? (isPublic ? .update : .publish)
        if action == .unpublish { try actor.require(.articleUnpublish, section: article.section) }
        guard action == .publish || isPublic else { throw EditorialError.notPublic(article.id, article.publicStatus) }
        let due = try at.instant()
        try requireFree(db, article, action)

        let text: Revision
        if action == .unpublish {
            guard let live else { throw EditorialError.notPublic(article.id, nil) }
            text = try Revision.find(db, article.id, live.revision)
        } else {
            text = try article.currentRevision(db, expected: revision)
            try requireReady(db, article, text, live, due: due)
        }
        let id = try insert(db, article, action, text, due)
        if action != .unpublish, text.number == article.head, article.status != .scheduled,
            article.status != .published
        {
            try article.move(db, to: .scheduled, by: .schedule, as: actor)
        }
        let facts: [String: JSON] = [
            "schedule": .integer(id.rawValue), "action": .string(action.rawValue),
            "revision": .integer(Int64(text.number)), "hash": .string(text.hashText), "due": .integer(due.seconds),
        ]
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "schedule.added", by: actor.origin, facts: facts)
        return try Schedule.find(db, id)
    }

    private func requireFree(_ db: Connection, _ article: Article, _ action: Schedule.Action) throws {
        let other = try db.value(
            """
            SELECT id FROM editorial.schedule WHERE article_id = \(article.id) AND state = 'pending' \
            AND (action = 'unpublish') = \(action == .unpublish)
            """, as: ID<Schedule>.self)
        if let other { throw EditorialError.scheduledAlready(article.id, other) }
    }

    /// The embargo alone may still stand, when it ends by then.
    private func requireReady(
        _ db: Connection, _ article: Article, _ text: Revision, _ live: Release?, due: Timestamp
    ) throws {
        do { try article.requireReleasable(db, text, live: live) } catch EditorialError.blocked(
            _, "release_embargoed", _)
        {
            let ends = try db.value(
                "SELECT embargo_until <= \(due) FROM editorial.article WHERE id = \(article.id)", as: Bool.self)
            guard ends == true else { throw EditorialError.embargoOutlasts(article.id) }
        }
    }

    private func insert(
        _ db: Connection, _ article: Article, _ action: Schedule.Action, _ text: Revision, _ due: Timestamp
    ) throws -> ID<Schedule> {
        let reason = action == .unpublish ? reason ?? .other : nil
        return try naming(["schedule_ahead": .timePassed(at.local, zone: at.zone.name)]) {
            try article.refusing(but: "schedule_ahead") {
                try db.one(
                    """
                    INSERT INTO editorial.schedule (article_id, action, revision, hash, due_local, due_zone, due_at, \
                    reason_class, note, account_id) VALUES (\(article.id), \(action), \(text.number), \(text.hash), \
                    \(at.local.description), \(at.zone.name), \(due), \(reason), \(note), \(actor.account)) \
                    RETURNING id
                    """
                ) { try $0.next(ID<Schedule>.self) }
            }
        }
    }
}
