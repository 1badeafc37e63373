public import Postgres
public import Values

/// The record that a revision went public at a path at an instant; never changed afterwards.
public struct Release: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case imported, first, update, correction, clarification, retraction, unpublish
        case editorsNote = "editors_note"
    }

    public let id: ID<Release>
    public let article: ID<Article>
    public let revision: Int
    public let hash: [UInt8]
    public let kind: Kind
    public let slug: Slug
    /// From the site's root: "/2026/03/a-story".
    public let path: String
    /// When it went public; for an import, when it had.
    public let releasedAt: Timestamp
    /// When the article first went public, which no later release changes.
    public let firstPublishedAt: Timestamp

    static let columns: StaticString = """
        l.id, l.article_id, l.revision, l.hash, l.kind, l.slug, l.path, l.released_at, \
        coalesce(a.first_published_at, l.released_at)
        """
    static let tables: StaticString = "editorial.release l JOIN editorial.article a ON a.id = l.article_id"

    init(_ row: inout Row) throws {
        id = try row.next()
        article = try row.next()
        revision = try row.next()
        hash = try row.next()
        kind = try row.next()
        slug = try row.next()
        path = try row.next()
        releasedAt = try row.next()
        firstPublishedAt = try row.next()
    }

    /// The release with this id.
    public static func find(_ db: Connection, _ id: ID<Release>) throws -> Release {
        try db.one("SELECT \(raw: columns) FROM \(raw: tables) WHERE l.id = \(id)") { try Release(&$0) }
    }

    /// The path of a new article: "/YYYY/MM/slug", by the month it first went public in the publication's zone.
    static func path(for slug: Slug, on date: LocalDate) -> String {
        let month = date.description.prefix(7).split(separator: "-").joined(separator: "/")
        return "/\(month)/\(slug)"
    }
}
