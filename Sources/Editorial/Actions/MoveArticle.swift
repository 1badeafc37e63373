public import Access
internal import Journal
public import Postgres
public import Values

/// Puts an article into another section or calls it another kind. What an import left open is settled by it.
public struct MoveArticle {
    let article: ID<Article>
    let section: Slug?
    let kind: Article.Kind?
    let actor: Actor

    public init(_ article: ID<Article>, to section: Slug?, kind: Article.Kind?, by actor: Actor) {
        self.article = article
        self.section = section
        self.kind = kind
        self.actor = actor
    }

    /// An editor limited to a section needs both: the one it leaves and the one it enters.
    ///
    /// - Throws: `AccessError.notPermitted`, ``EditorialError/articleUnknown(_:)``,
    ///   ``EditorialError/sectionUnknown(_:)``.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleMove, section: article.section)
        let place = try section.map { try Section.find(db, $0) }
        if let place { try actor.require(.articleMove, section: place.slug) }
        try db.run(
            """
            UPDATE editorial.article SET section_id = coalesce(\(place?.id), section_id), \
            kind = coalesce(\(kind), kind) WHERE id = \(article.id)
            """)
        let settled = [place == nil ? nil : Debt.Kind.section, kind == nil ? nil : .kind].compactMap(\.self)
        try Debt.settle(db, article.id, settled, by: actor)
        var facts: [String: JSON] = [:]
        facts["section"] = place.map { .integer($0.id.rawValue) }
        facts["kind"] = kind.map { .string($0.rawValue) }
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "article.moved", by: actor.origin, facts: facts)
        _ = try Article.find(db, article.id, for: actor).settle(db, as: actor)
        return try Article.find(db, article.id, for: actor)
    }
}
