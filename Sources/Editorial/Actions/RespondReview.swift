public import Access
internal import Journal
public import Postgres
public import Values

/// Answers a review with a comment, or asks for changes: the text is then a draft again. (A yes is an approval.)
public struct RespondReview {
    let article: ID<Article>
    let kind: ApprovalKind?
    let verdict: Verdict
    let comment: String?
    let actor: Actor

    /// Answers the actor's own open request, of this kind if one is named.
    public init(
        _ article: ID<Article>, kind: ApprovalKind? = nil, verdict: Verdict, comment: String?, by actor: Actor
    ) {
        self.article = article
        self.kind = kind
        self.verdict = verdict
        self.comment = comment
        self.actor = actor
    }

    /// Whoever was asked may answer; others need the permission to respond.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`, `nothingSaved`.
    public func perform(_ db: Connection) throws -> ReviewResponse {
        let article = try Article.lock(db, article, for: actor)
        let request = try ReviewRequest.open(db, article.id, of: actor.account, kind: kind)
        if request == nil { try actor.require(.reviewRespond, section: article.section) }
        let revision = try article.currentRevision(db)
        if verdict == .changes { try article.require(.drafting, .inReview, .approved) }
        let id = try db.one(
            """
            INSERT INTO editorial.review_response \
            (request_id, article_id, revision, hash, verdict, comment, account_id) \
            VALUES (\(request?.id), \(article.id), \(revision.number), \(revision.hash), \(verdict), \
            \(comment), \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<ReviewResponse>.self) }
        let isBack = verdict == .changes && article.status != .drafting
        if isBack { try article.move(db, to: .drafting, by: .changes, as: actor) }
        let facts: [String: JSON] = [
            "response": .integer(id.rawValue), "revision": .integer(Int64(revision.number)),
            "verdict": .string(verdict.rawValue),
        ]
        let subject = Subject(.article, article.id.rawValue)
        try Outbox.put(db, type: "review.responded", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "review.responded", by: actor.origin, facts: facts)
        return ReviewResponse(
            id: id, article: article.id, revision: revision.number, verdict: verdict,
            status: isBack ? .drafting : article.status)
    }
}
