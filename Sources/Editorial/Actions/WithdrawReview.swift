public import Access
internal import Journal
public import Postgres
public import Values

/// Takes a question back that nobody has answered yet.
public struct WithdrawReview {
    let request: ID<ReviewRequest>
    let reason: String?
    let actor: Actor

    public init(_ request: ID<ReviewRequest>, reason: String? = nil, by actor: Actor) {
        self.request = request
        self.reason = reason
        self.actor = actor
    }

    /// Whoever may ask in this section may take back. Of an answer and a withdrawal at once, one wins.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `requestUnknown`, `requestEnded`, `contentRefused`.
    public func perform(_ db: Connection) throws -> ReviewRequest {
        let (article, asked) = try ReviewRequest.lock(db, request, for: actor)
        try actor.require(.reviewRequest, section: article.section)
        if let end = asked.end { throw EditorialError.requestEnded(asked.id, end) }
        let reason = try reason.map { try Remark("reason", $0).text }
        try db.run(
            """
            INSERT INTO editorial.review_end (request_id, withdrawn_by, reason) \
            VALUES (\(asked.id), \(actor.account), \(reason))
            """)
        let facts: [String: JSON] = ["request": .integer(asked.id.rawValue)]
        let subject = Subject(.article, article.id.rawValue)
        try Outbox.put(db, type: "review.withdrawn", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "review.withdrawn", by: actor.origin, facts: facts)
        return try ReviewRequest.find(db, asked.id)
    }
}
