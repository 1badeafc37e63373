public import Postgres
public import Values

/// A part of the magazine: world, books. Articles stand in one, and an editor may be limited to one.
public struct Section: Sendable, Hashable {
    public let id: ID<Section>
    public let slug: Slug
    public let name: String

    static let columns: StaticString = "id, slug, name"

    init(_ row: inout Row) throws {
        id = try row.next()
        slug = try row.next()
        name = try row.next()
    }

    /// - Throws: ``EditorialError/sectionUnknown(_:)``.
    public static func find(_ db: Connection, _ slug: Slug) throws -> Section {
        let found = try db.row("SELECT \(raw: columns) FROM editorial.section WHERE slug = \(slug)") {
            try Section(&$0)
        }
        guard let found else { throw EditorialError.sectionUnknown(slug) }
        return found
    }

    /// All of them, by slug: a magazine has a dozen.
    public static func list(_ db: Connection) throws -> [Section] {
        try db.rows("SELECT \(raw: columns) FROM editorial.section ORDER BY slug") { try Section(&$0) }
    }
}
