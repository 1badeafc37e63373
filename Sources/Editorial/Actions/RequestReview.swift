public import Access
internal import Journal
public import Postgres
public import Values

/// Asks somebody to look at the current text, until a time on the publication's wall.
public struct RequestReview {
    let article: ID<Article>
    let reviewer: EmailAddress
    let kind: ApprovalKind
    let due: Due?
    let note: String?
    let actor: Actor

    /// A deadline as people say it, and the zone of the wall it hangs on.
    public struct Due: Sendable, Hashable {
        public let wall: LocalDateTime
        public let zone: Zone

        public init(_ wall: LocalDateTime, in zone: Zone) {
            self.wall = wall
            self.zone = zone
        }

        /// The instant, when there is exactly one: PostgreSQL would pick one silently.
        ///
        /// - Throws: ``EditorialError``: `dueNonexistent`, `dueAmbiguous`.
        public func instant() throws(EditorialError) -> Timestamp {
            switch zone.resolve(wall) {
            case .unique(let instant): return instant
            case .ambiguous(let earlier, let later):
                throw .dueAmbiguous(wall, zone: zone.name, earlier: earlier, later: later)
            case .nonexistent(let before, let after):
                throw .dueNonexistent(wall, zone: zone.name, before: before, after: after)
            }
        }
    }

    public init(
        _ article: ID<Article>, from reviewer: EmailAddress, kind: ApprovalKind, due: Due? = nil, note: String? = nil,
        by actor: Actor
    ) {
        self.article = article
        self.reviewer = reviewer
        self.kind = kind
        self.due = due
        self.note = note
        self.actor = actor
    }

    /// - Throws: `AccessError`: `notPermitted`, `unknownAccount`, `suspended`; ``EditorialError``: `articleUnknown`,
    ///   `wrongState`, `nothingSaved`, `dueNonexistent`, `dueAmbiguous`.
    public func perform(_ db: Connection) throws -> ReviewRequest {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.reviewRequest, section: article.section)
        let revision = try article.currentRevision(db)
        try article.require(.drafting, .inReview, .approved)
        let reviewer = try Account.find(db, email: reviewer)
        guard reviewer.status == .active else { throw AccessError.suspended(reviewer.email) }
        let instant = try due?.instant()
        let id = try db.one(
            """
            INSERT INTO editorial.review_request \
            (article_id, revision, hash, kind, of_account, requested_by, due_at, due_local, due_zone, note) \
            VALUES (\(article.id), \(revision.number), \(revision.hash), \(kind), \(reviewer.id), \(actor.account), \
            \(instant), \(due?.wall.description), \(due?.zone.name), \(note)) \
            RETURNING id
            """
        ) { try $0.next(ID<ReviewRequest>.self) }
        let facts: [String: JSON] = [
            "request": .integer(id.rawValue), "reviewer": .integer(reviewer.id.rawValue),
            "revision": .integer(Int64(revision.number)), "kind": .string(kind.rawValue),
        ]
        let subject = Subject(.article, article.id.rawValue)
        try Outbox.put(db, type: "review.requested", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "review.requested", by: actor.origin, facts: facts)
        return try db.one(
            "SELECT \(raw: ReviewRequest.columns) FROM \(raw: ReviewRequest.tables) WHERE q.id = \(id)"
        ) { try ReviewRequest(&$0) }
    }
}
