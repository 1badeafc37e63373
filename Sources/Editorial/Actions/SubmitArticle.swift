public import Access
internal import Journal
public import Postgres
public import Values

/// Hands a draft in for review. An author who hands in his own text says yes to it by that.
public struct SubmitArticle {
    let article: ID<Article>
    let actor: Actor

    public init(_ article: ID<Article>, by actor: Actor) {
        self.article = article
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`, `nothingSaved`,
    ///   `notPlaced`.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleSubmit, section: article.section)
        try article.requireWritable(db, by: actor)
        let revision = try article.currentRevision(db)
        try article.require(.drafting)
        guard article.section != nil, article.kind != nil else { throw EditorialError.notPlaced(article.id) }
        try article.move(db, to: .inReview, by: .submit, as: actor)
        let facts: [String: JSON] = [
            "revision": .integer(Int64(revision.number)), "hash": .string(revision.hashText),
        ]
        let subject = Subject(.article, article.id.rawValue)
        try Outbox.put(db, type: "article.submitted", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "article.submitted", by: actor.origin, facts: facts)
        try article.recordOwnYes(db, revision, as: actor)
        _ = try Article.find(db, article.id, for: actor).settle(db, as: actor)
        return try Article.find(db, article.id, for: actor)
    }
}
