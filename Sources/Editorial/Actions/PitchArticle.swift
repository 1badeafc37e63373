public import Access
internal import Journal
public import Postgres
public import Values

/// Proposes a piece of work.
public struct PitchArticle {
    let title: String
    let section: Slug
    let kind: Article.Kind
    let actor: Actor

    public init(title: String, section: Slug, kind: Article.Kind, by actor: Actor) {
        self.title = title
        self.section = section
        self.kind = kind
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`, ``EditorialError/sectionUnknown(_:)``,
    ///   ``EditorialError/contentRefused(field:reason:)``.
    public func perform(_ db: Connection) throws -> Article {
        try actor.require(.articlePitch, section: section)
        let content = try Content(title: title).checked()
        let place = try Section.find(db, section)
        let id = try db.one(
            """
            INSERT INTO editorial.article (title, kind, section_id, created_by) \
            VALUES (\(content.title), \(kind), \(place.id), \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<Article>.self) }
        try Audit.append(
            db, Subject(.article, id.rawValue), "article.pitched", by: actor.origin,
            facts: ["section": .integer(place.id.rawValue), "kind": .string(kind.rawValue)])
        return try Article.find(db, id, for: actor)
    }
}
