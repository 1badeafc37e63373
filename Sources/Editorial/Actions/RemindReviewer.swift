public import Access
internal import Journal
public import Postgres
public import Values

/// Reminds whoever was asked and hasn't answered.
public struct RemindReviewer {
    /// Nobody needs it twice a day.
    static let restHours = 12

    let request: ID<ReviewRequest>
    let actor: Actor

    public init(_ request: ID<ReviewRequest>, by actor: Actor) {
        self.request = request
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `requestUnknown`, `requestEnded`, `remindedAlready`.
    public func perform(_ db: Connection) throws -> ReviewRequest {
        let (article, asked) = try ReviewRequest.lock(db, request, for: actor)
        try actor.require(.reviewRequest, section: article.section)
        if let end = asked.end { throw EditorialError.requestEnded(asked.id, end) }
        let before = try db.value(
            """
            SELECT max(u.at) FROM journal.audit u WHERE u.subject_kind = 'article' AND u.subject_id = \(article.id) \
            AND u.action = 'review.reminded' AND u.facts ->> 'request' = \("\(asked.id)") \
            AND u.at > clock_timestamp() - make_interval(hours => \(Self.restHours)::int)
            """, as: Timestamp?.self)
        if let before = before ?? nil { throw EditorialError.remindedAlready(asked.id, at: before) }
        let facts: [String: JSON] = ["request": .integer(asked.id.rawValue)]
        let subject = Subject(.article, article.id.rawValue)
        try Outbox.put(db, type: "review.reminded", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "review.reminded", by: actor.origin, facts: facts)
        return asked
    }
}
