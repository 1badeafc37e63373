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
        try article.require(.inReview, .approved)
        let approval = try record(db, article, revision)
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
        let standing = try article.standing(db, revision: revision.number)
        let missing = standing.filter { !$0.isMet }.map(\.kind)
        // A fix of the live text is approved on a line of its own, and moves nothing.
        guard missing.isEmpty, !standing.isEmpty, article.status == .inReview, revision.number == article.head else {
            return (article.status, missing)
        }
        if let actor {
            try article.move(db, to: .approved, by: .approve, as: actor)
        } else {
            // Nobody's roles can be asked: the text has what the policy wants, which is all that the step says.
            try db.run("UPDATE editorial.article SET status = \(Article.Status.approved) WHERE id = \(article.id)")
        }
        let facts: [String: JSON] = [
            "revision": .integer(Int64(revision.number)), "hash": .string(revision.hashText),
        ]
        let subject = Subject(.article, article.id.rawValue)
        try Outbox.put(db, type: "article.approved", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "article.approved", by: origin, facts: facts)
        return (.approved, missing)
    }

    private func record(_ db: Connection, _ article: Article, _ revision: Revision) throws -> ID<Approval> {
        let given = try naming([
            "approval_apart": .ownApproval(article.id, revision: revision.number),
            "approval_by_author": .notTheAuthor(article.id, revision: revision.number),
        ]) {
            try db.row(
                """
                INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                VALUES (\(article.id), \(revision.number), \(revision.hash), \(kind), \(actor.account)) \
                ON CONFLICT ON CONSTRAINT approval_once DO NOTHING RETURNING id
                """
            ) { try $0.next(ID<Approval>.self) }
        }
        guard let given else {
            // Given before, by this account or by a link that was the same person's.
            return try db.one(
                """
                SELECT id FROM editorial.approval WHERE article_id = \(article.id) \
                AND revision = \(revision.number) AND kind = \(kind) \
                AND person = editorial.person_approving(article_id, revision, kind, \(actor.account))
                """
            ) { try $0.next(ID<Approval>.self) }
        }
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "approval.given", by: actor.origin,
            facts: [
                "approval": .integer(given.rawValue), "revision": .integer(Int64(revision.number)),
                "hash": .string(revision.hashText), "kind": .string(kind.rawValue),
            ])
        return given
    }

    /// The answer that goes with a yes: one a yes, however often it is said.
    private func answer(
        _ db: Connection, _ article: Article, _ revision: Revision, _ approval: ID<Approval>
    ) throws -> ID<ReviewResponse>? {
        let open = try ReviewRequest.open(db, article.id, of: actor.account, kind: kind)
        let before = try db.value(
            """
            SELECT id FROM editorial.review_response WHERE approval_id = \(approval) ORDER BY id LIMIT 1
            """, as: ID<ReviewResponse>.self)
        if let before {
            try Answer.end(db, open, with: before)
            return before
        }
        guard comment != nil || !open.isEmpty else { return nil }
        let words = comment.flatMap { $0.isEmpty ? nil : $0 }
        return try Answer(verdict: .approve, kind: kind, comment: words, approval: approval)
            .record(db, article.id, revision, open, by: actor)
    }
}
