public import Access
internal import Journal
public import Postgres
public import Values

/// Lets one text out without the approvals or ticks it lacks, by name and with a reason. Neither a picture without a
/// credit nor an embargo is lifted by it, and the next text needs its approvals again.
public struct GiveOverride {
    let article: ID<Article>
    let revision: Int
    let reason: String
    let actor: Actor

    /// Fewest and most characters of a reason.
    static let reasonLength = 10...10_000

    public init(_ article: ID<Article>, revision: Int, reason: String, by actor: Actor) {
        self.article = article
        self.revision = revision
        self.reason = reason
        self.actor = actor
    }

    /// The article is approved by it, if it lay in review.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `nothingSaved`, `revisionUnknown`,
    ///   `staleApproval`, `wrongState`, `reasonNeeded`.
    public func perform(_ db: Connection) throws -> Override {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleOverride, section: article.section)
        let revision = try article.currentRevision(db, expected: revision)
        try article.requireOnTheWay(.inReview, .approved)
        let length = try db.one("SELECT length(btrim(\(reason)))") { try $0.next(Int.self) }
        guard Self.reasonLength.contains(length) else { throw EditorialError.reasonNeeded("override give") }
        let id = try db.one(
            """
            INSERT INTO editorial.override (article_id, revision, hash, reason, account_id) \
            VALUES (\(article.id), \(revision.number), \(revision.hash), \(reason), \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<Override>.self) }
        let subject = Subject(.article, article.id.rawValue)
        let facts: [String: JSON] = [
            "override": .integer(id.rawValue), "revision": .integer(Int64(revision.number)),
            "hash": .string(revision.hashText),
        ]
        try Outbox.put(db, type: "override.given", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "override.given", by: actor.origin, facts: facts)
        if article.status == .inReview { try article.move(db, to: .approved, by: .approve, as: actor) }
        return try Override.find(db, id)
    }
}
