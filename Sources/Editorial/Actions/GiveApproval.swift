public import Access
internal import Journal
public import Postgres
public import Values

/// Says yes to the current text. The last yes that the policy wants moves the article to approved.
public struct GiveApproval {
    let article: ID<Article>
    let kind: ApprovalKind
    let revision: Int?
    let actor: Actor

    /// - Parameter revision: the text that was read; nil for whichever is current.
    public init(_ article: ID<Article>, _ kind: ApprovalKind, revision: Int? = nil, by actor: Actor) {
        self.article = article
        self.kind = kind
        self.revision = revision
        self.actor = actor
    }

    /// The same yes twice counts, and is recorded, once.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`, `nothingSaved`,
    ///   `revisionUnknown`, `staleApproval`, `ownApproval`, `notTheAuthor`.
    public func perform(_ db: Connection) throws -> Approval {
        let article = try Article.lock(db, article, for: actor)
        if kind != .author { try actor.require(.approval(kind), section: article.section) }
        let revision = try article.currentRevision(db, expected: revision)
        try article.require(.inReview, .approved)
        let approval = try record(db, article, revision)

        let standing = try article.standing(db, revision: revision.number)
        let missing = standing.filter { !$0.isMet }.map(\.kind)
        var status = article.status
        if missing.isEmpty, !standing.isEmpty, status == .inReview {
            try article.move(db, to: .approved, by: .approve, as: actor)
            status = .approved
            let facts: [String: JSON] = [
                "revision": .integer(Int64(revision.number)), "hash": .string(revision.hashText),
            ]
            let subject = Subject(.article, article.id.rawValue)
            try Outbox.put(db, type: "article.approved", subject: subject, payload: .object(facts))
            try Audit.append(db, subject, "article.approved", by: actor.origin, facts: facts)
        }
        return Approval(
            id: approval, article: article.id, revision: revision.number, kind: kind, status: status, missing: missing)
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
            return try db.one(
                """
                SELECT id FROM editorial.approval WHERE article_id = \(article.id) \
                AND revision = \(revision.number) AND kind = \(kind) AND account_id = \(actor.account)
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
}
