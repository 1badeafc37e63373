public import Access
public import Postgres
public import Values

/// Gives an article another address. After publication the old one becomes a permanent redirect, in one hop however
/// often this is done.
public struct ChangeSlug {
    let article: ID<Article>
    let slug: Slug
    let embeds: Embeds
    let actor: Actor

    public init(_ article: ID<Article>, to slug: Slug, embeds: Embeds = .none, by actor: Actor) {
        self.article = article
        self.slug = slug
        self.embeds = embeds
        self.actor = actor
    }

    /// - Returns: the release at the new address; the same one again when it is there already.
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `notPublic`, `slugTaken`, `pathTaken`.
    public func perform(_ db: Connection) throws -> Release {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articlePublish, section: article.section)
        let releasing = try Releasing(db, article, account: actor.account, origin: actor.origin, embeds: embeds)
        guard let live = releasing.live, article.publicStatus == .live || article.publicStatus == .corrected else {
            throw EditorialError.notPublic(article.id, article.publicStatus)
        }
        if live.slug == slug { return live }
        let text = try Revision.find(db, article.id, live.revision)
        return try article.refusing { try releasing.release(db, text, .init(kind: .update, slug: slug)) }
    }
}
