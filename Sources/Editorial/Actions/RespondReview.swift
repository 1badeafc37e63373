public import Access
internal import Journal
public import Postgres
public import Values

/// Answers a review: a yes (which is an approval), a recommendation, a comment, or changes, by which the text is a
/// draft again.
public struct RespondReview {
    let article: ID<Article>
    let kind: ApprovalKind?
    let verdict: Verdict
    let comment: String?
    let revision: Int?
    let actor: Actor

    /// Answers all that the actor was asked of this kind; of the only kind asked for if none is named.
    ///
    /// - Parameter revision: the text that was read; nil for whichever is current.
    public init(
        _ article: ID<Article>, kind: ApprovalKind? = nil, verdict: Verdict, comment: String?, revision: Int? = nil,
        by actor: Actor
    ) {
        self.article = article
        self.kind = kind
        self.verdict = verdict
        self.comment = comment
        self.revision = revision
        self.actor = actor
    }

    /// Whoever was asked may answer; others need the permission to respond, and a yes the permission to approve.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`, `nothingSaved`,
    ///   `revisionUnknown`, `staleApproval`, `severalRequests`, `kindNeeded`, `requestEnded`, `alreadyAnswered`,
    ///   `contentRefused`, and what ``GiveApproval`` refuses.
    public func perform(_ db: Connection) throws -> ReviewResponse {
        let article = try Article.lock(db, article, for: actor)
        let open = try ReviewRequest.open(db, article.id, of: actor.account, kind: kind)
        if open.isEmpty { try requireUnasked(db, article) }
        let revision = try article.currentRevision(db, expected: revision)
        let kind = try answeredKind(article, open)
        let comment = try (comment ?? (verdict == .comment ? "" : nil)).map { try Remark("comment", $0).text }
        if verdict == .approve, let kind {
            return try GiveApproval(article.id, kind, revision: revision.number, comment: comment ?? "", by: actor)
                .respond(db)
        }
        if open.isEmpty { try requireNews(db, article, revision, comment) }
        if verdict == .changes { try article.requireOnTheWay(.drafting, .inReview, .approved) }
        let answer = Answer(verdict: verdict, kind: kind, comment: comment, approval: nil)
        let id = try answer.record(db, article.id, revision, open.filter { $0.kind == kind }, by: actor)
        let isBack = verdict == .changes && article.status != .drafting
        if isBack { try article.move(db, to: .drafting, by: .changes, as: actor) }
        return ReviewResponse(
            id: id, article: article.id, revision: revision.number, kind: kind, verdict: verdict,
            status: isBack ? .drafting : article.status, missing: [])
    }

    /// Without a request it takes the permission. Somebody whose request ended meanwhile is told that, not that he may
    /// not.
    private func requireUnasked(_ db: Connection, _ article: Article) throws {
        if actor.may(.reviewRespond, section: article.section) { return }
        let ended = try ReviewRequest.all(
            db, article.id, of: actor.account, kind: kind, where: "e.request_id IS NOT NULL")
        if let last = ended.max(by: { $0.id < $1.id }), let end = last.end {
            throw EditorialError.requestEnded(last.id, end)
        }
        // An author's yes needs no role: his byline is his right.
        if verdict == .approve, kind == .author { return }
        try actor.require(.reviewRespond, section: article.section)
    }

    private func answeredKind(_ article: Article, _ open: [ReviewRequest]) throws -> ApprovalKind? {
        if let kind { return kind }
        let kinds = ApprovalKind.allCases.filter { kind in open.contains { $0.kind == kind } }
        guard kinds.count <= 1 else { throw EditorialError.severalRequests(article.id, kinds) }
        if kinds.isEmpty, verdict == .approve || verdict == .recommend { throw EditorialError.kindNeeded(article.id) }
        return kinds.first
    }

    /// The same answer to the same text again has no effect, and says so.
    private func requireNews(
        _ db: Connection, _ article: Article, _ revision: Revision, _ comment: String?
    ) throws {
        var query: SQL = """
            SELECT p.id, p.responded_at FROM editorial.review_response p WHERE p.article_id = \(article.id) \
            AND p.revision = \(revision.number) AND p.account_id = \(actor.account) AND p.verdict = \(verdict)
            """
        if let kind { query += " AND p.kind = \(kind)" }
        if verdict == .comment { query += " AND p.comment = \(comment)" }
        let before = try db.row(query + " ORDER BY p.id DESC LIMIT 1") { row in
            (id: try row.next(ID<ReviewResponse>.self), at: try row.next(Timestamp.self))
        }
        if let before { throw EditorialError.alreadyAnswered(article.id, verdict, at: before.at) }
    }
}

/// An answer as it is stored, and the requests it ends.
struct Answer {
    let verdict: Verdict
    let kind: ApprovalKind?
    let comment: String?
    let approval: ID<Approval>?

    func record(
        _ db: Connection, _ article: ID<Article>, _ revision: Revision, _ requests: [ReviewRequest], by actor: Actor
    ) throws -> ID<ReviewResponse> {
        let id = try db.one(
            """
            INSERT INTO editorial.review_response \
            (request_id, article_id, revision, hash, kind, verdict, comment, approval_id, account_id) \
            VALUES (\(requests.first?.id), \(article), \(revision.number), \(revision.hash), \(kind), \(verdict), \
            \(comment), \(approval), \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<ReviewResponse>.self) }
        try Self.end(db, requests, with: id)
        var facts: [String: JSON] = [
            "response": .integer(id.rawValue), "revision": .integer(Int64(revision.number)),
            "verdict": .string(verdict.rawValue),
        ]
        facts["kind"] = kind.map { .string($0.rawValue) }
        facts["requests"] = requests.isEmpty ? nil : .array(requests.map { .integer($0.id.rawValue) })
        let subject = Subject(.article, article.rawValue)
        try Outbox.put(db, type: "review.responded", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "review.responded", by: actor.origin, facts: facts)
        return id
    }

    static func end(_ db: Connection, _ requests: [ReviewRequest], with id: ID<ReviewResponse>) throws {
        guard !requests.isEmpty else { return }
        try db.run(
            """
            INSERT INTO editorial.review_end (request_id, response_id) \
            SELECT given.request, \(id) FROM unnest(\(requests.map(\.id))) AS given (request)
            """)
    }
}
