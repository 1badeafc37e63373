public import Access
internal import Journal
public import Postgres
public import Values

/// Says what is risky about an article, or that nothing is any more: a policy may then want other approvals.
public struct FlagArticle {
    let article: ID<Article>
    let risks: [Article.Risk]
    let actor: Actor

    /// - Parameter risks: all of them from now on.
    public init(_ article: ID<Article>, risks: [Article.Risk], by actor: Actor) {
        self.article = article
        self.risks = risks
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`, ``EditorialError/articleUnknown(_:)``.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleFlag, section: article.section)
        let names = Set(risks.map(\.rawValue)).sorted()
        let changed = try db.run(
            "UPDATE editorial.article SET risks = \(names) WHERE id = \(article.id) AND risks <> \(names)")
        guard changed > 0 else { return article }
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "article.flagged", by: actor.origin,
            facts: ["risks": .array(names.map(JSON.string))])
        _ = try Article.find(db, article.id, for: actor).settle(db, as: actor)
        return try Article.find(db, article.id, for: actor)
    }
}
