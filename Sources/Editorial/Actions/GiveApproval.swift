public import Access
internal import Journal
public import Postgres
public import Values

/// Says yes to the current text. The last yes that the policy wants moves the article to approved.
public struct GiveApproval {
    let article: ID<Article>
    let kind: ApprovalKind
    let revision: Int?
    let comment: String?
    let actor: Actor

    /// - Parameter revision: the text that was read; nil for whichever is current.
    public init(_ article: ID<Article>, _ kind: ApprovalKind, revision: Int? = nil, by actor: Actor) {
        self.init(article, kind, revision: revision, comment: nil, by: actor)
    }

    /// - Parameter comment: what goes with the yes when it answers a review, empty for nothing; nil when it is no
    ///   answer.
    init(_ article: ID<Article>, _ kind: ApprovalKind, revision: Int?, comment: String?, by actor: Actor) {
        self.article = article
        self.kind = kind
        self.revision = revision
        self.comment = comment
        self.actor = actor
    }

    /// The same yes twice counts, and is recorded, once. What the actor was asked of this kind is answered by it.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`, `nothingSaved`,
    ///   `revisionUnknown`, `staleApproval`, `ownApproval`, `notTheAuthor`.
    public func perform(_ db: Connection) throws -> Approval { try give(db).approval }

    /// The same as the answer to a review.
    func respond(_ db: Connection) throws -> ReviewResponse {
        let (approval, response) = try give(db)
        guard let response else { throw EditorialError.kindNeeded(article) }
        return ReviewResponse(
            id: response, article: approval.article, revision: approval.revision, kind: kind, verdict: .approve,
            status: approval.status, missing: approval.missing)
    }

    private func give(_ db: Connection) throws -> (approval: Approval, response: ID<ReviewResponse>?) {
        let article = try Article.lock(db, article, for: actor)
        if kind != .author { try actor.require(.approval(kind), section: article.section) }
        let revision = try article.currentRevision(db, expected: revision)
        // A fix of the live text is approved on a line of its own, wherever the draft stands.
        let isFix = revision.number != article.head
        if !isFix { try article.requireOnTheWay(.inReview, .approved) }
        let approval = try Approval.record(db, article, revision, kind, by: actor)
        let response = try answer(db, article, revision, approval)
        let (status, missing) = try Self.settle(db, article, revision, as: actor, by: actor.origin)
        return (
            Approval(
                id: approval, article: article.id, revision: revision.number, kind: kind, status: status,
                missing: missing), response
        )
    }

    /// Moves an article to approved once nothing is missing, whoever said the last yes and by which way.
    ///
    /// - Parameter actor: nil when the last yes came by link.
    static func settle(
        _ db: Connection, _ article: Article, _ revision: Revision, as actor: Actor?, by origin: Origin
    ) throws -> (status: Article.Status, missing: [ApprovalKind]) {
        // A fix of the live text is approved on a line of its own, and moves nothing.
        let status =
            revision.number == article.head ? try article.settle(db, as: actor, by: origin) : article.status
        let missing = try article.standing(db, revision: revision.number).filter { !$0.isMet }.map(\.kind)
        return (status, missing)
    }

    /// The answer that goes with a yes: one a yes, however often it is said.
    private func answer(
        _ db: Connection, _ article: Article, _ revision: Revision, _ approval: ID<Approval>
    ) throws -> ID<ReviewResponse>? {
        let open = try ReviewRequest.open(db, article.id, of: actor.account, kind: kind)
        // Said again after somebody asked for changes to this very text, it is a yes to that as well.
        let isTakenBack = try db.value(
            """
            SELECT coalesce(w.fault = 'taken_back', false) FROM editorial.weighed(\(article.id), \(revision.number)) w \
            WHERE w.approval = \(approval)
            """, as: Bool.self)
        let before = try db.value(
            """
            SELECT id FROM editorial.review_response WHERE approval_id = \(approval) ORDER BY id LIMIT 1
            """, as: ID<ReviewResponse>.self)
        if let before, isTakenBack != true {
            try Answer.end(db, open, with: before)
            return before
        }
        guard comment != nil || !open.isEmpty || isTakenBack == true else { return nil }
        let words = comment.flatMap { $0.isEmpty ? nil : $0 }
        return try Answer(verdict: .approve, kind: kind, comment: words, approval: approval)
            .record(db, article.id, revision, open, by: actor)
    }
}
