public import Access
internal import Journal
public import Postgres
public import Values

/// Gives an article to somebody; a pitch is then assigned, anything later only changes hands.
public struct AssignArticle {
    let article: ID<Article>
    let owner: EmailAddress
    let actor: Actor

    public init(_ article: ID<Article>, to owner: EmailAddress, by actor: Actor) {
        self.article = article
        self.owner = owner
        self.actor = actor
    }

    /// - Throws: `AccessError`: `notPermitted`, `unknownAccount`, `suspended`; ``EditorialError/articleUnknown(_:)``,
    ///   ``EditorialError/wrongState(_:_:needs:)``.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleAssign, section: article.section)
        try article.requireOnTheWay(.pitch, .assigned, .drafting, .inReview, .approved, .published)
        let owner = try Account.find(db, email: owner)
        guard owner.status == .active else { throw AccessError.suspended(owner.email) }
        try db.run("UPDATE editorial.article SET owner_id = \(owner.id) WHERE id = \(article.id)")
        if article.status == .pitch { try article.move(db, to: .assigned, by: .assign, as: actor) }
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "article.assigned", by: actor.origin,
            facts: ["owner": .integer(owner.id.rawValue)])
        return try Article.find(db, article.id, for: actor)
    }
}
