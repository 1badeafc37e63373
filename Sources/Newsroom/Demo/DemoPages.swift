public import Postgres
public import Values

/// What a made newsroom has published: the pages its readers open and its donors name.
public struct DemoPages: Sendable {
    public let pages: [DemoTraffic.Page]
    public let slugs: [Slug]

    /// Everything public, oldest first.
    public static func published(_ db: Connection, in zone: Zone) throws -> DemoPages {
        let rows = try db.rows(
            "SELECT path, first_published_at, slug FROM editorial.public_article ORDER BY first_published_at, path"
        ) { (path: try $0.next(String.self), at: try $0.next(Timestamp.self), slug: try $0.next(Slug.self)) }
        return DemoPages(
            pages: rows.map { DemoTraffic.Page(path: $0.path, since: zone.local(at: $0.at).date) },
            slugs: rows.map(\.slug))
    }
}
