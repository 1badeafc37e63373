public import Access
internal import Journal
public import Postgres
public import Values

/// Takes a step that the house added to its workflow: between states that mean nothing to the program.
public struct AdvanceArticle {
    let article: ID<Article>
    let status: Article.Status
    let actor: Actor

    public init(_ article: ID<Article>, to status: Article.Status, by actor: Actor) {
        self.article = article
        self.status = status
        self.actor = actor
    }

    /// Who may is said by the step itself: a workflow isn't loaded whose `advance` names no permission.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        try article.requireStep(db, .advance, to: status, as: actor)
        try article.move(db, to: status, by: .advance, as: actor)
        let subject = Subject(.article, article.id.rawValue)
        let facts: [String: JSON] = ["to": .string(status.rawValue)]
        try Outbox.put(db, type: "article.advanced", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "article.advanced", by: actor.origin, facts: facts)
        _ = try Article.find(db, article.id, for: actor).settle(db, as: actor)
        return try Article.find(db, article.id, for: actor)
    }
}
