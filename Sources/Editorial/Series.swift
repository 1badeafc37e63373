public import Access
internal import Journal
public import Postgres
public import Values

/// Instalments under one name: a prefix, standing art and dek, and the text a new one begins with.
public struct Series: Sendable, Hashable {
    public let id: ID<Series>
    public let slug: Slug
    public let name: String
    /// Printed before each title: "The Week Ahead: ".
    public let prefix: String?
    public let dek: String?
    /// SHA-256 of the picture's bytes in `editorial.media`, 64 hexadecimal digits.
    public let art: String?
    public let artAlt: String?
    public let artCredit: String?
    public let bodyTemplate: String?

    static let columns: StaticString = """
        id, slug, name, prefix, dek, encode(art, 'hex'), art_alt, art_credit, body_template
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        slug = try row.next()
        name = try row.next()
        prefix = try row.next()
        dek = try row.next()
        art = try row.next()
        artAlt = try row.next()
        artCredit = try row.next()
        bodyTemplate = try row.next()
    }

    /// - Throws: ``EditorialError/seriesUnknown(_:)``.
    public static func find(_ db: Connection, _ slug: Slug) throws -> Series {
        let found = try db.row("SELECT \(raw: columns) FROM editorial.series WHERE slug = \(slug)") {
            try Series(&$0)
        }
        guard let found else { throw EditorialError.seriesUnknown(slug) }
        return found
    }

    /// The series of that name as an import found it, made when there is none.
    ///
    /// - Throws: ``EditorialError/contentRefused(field:reason:)`` for a name no slug can be made of.
    static func findOrCreate(_ db: Connection, named name: String, by actor: Actor) throws -> Series {
        guard let slug = Slug.derived(from: name) else {
            throw EditorialError.contentRefused(field: "series", reason: "no slug can be made of its name")
        }
        // Two imports at once may both find none: the second one then takes the first one's.
        let made = try db.value(
            """
            INSERT INTO editorial.series (slug, name, created_by) VALUES (\(slug), \(name), \(actor.account)) \
            ON CONFLICT (slug) DO NOTHING RETURNING id
            """, as: ID<Series>.self)
        if let made { try Audit.append(db, Subject(.series, made.rawValue), "series.added", by: actor.origin) }
        return try find(db, slug)
    }

    /// By slug, from after the one already seen, with the number of articles each holds that the actor may read drafts
    /// of, or all can read.
    public static func list(
        _ db: Connection, for actor: Actor, after: Slug? = nil, limit: Int
    ) throws -> [(series: Series, articles: Int)] {
        var query: SQL = """
            SELECT s.id, s.slug, s.name, s.prefix, s.dek, encode(s.art, 'hex'), s.art_alt, s.art_credit, \
            s.body_template, (SELECT count(*) FROM editorial.article a WHERE a.series_id = s.id \
            AND \(Sight(actor).readable)) FROM editorial.series s WHERE true
            """
        if let after { query += " AND s.slug > \(after)" }
        return try db.rows(query + " ORDER BY s.slug LIMIT \(limit)") { row in
            (series: try Series(&row), articles: try row.next(Int.self))
        }
    }
}

/// What stories are about, across sections.
public struct Topic: Sendable, Hashable {
    public let id: ID<Topic>
    public let slug: Slug
    public let name: String

    init(_ row: inout Row) throws {
        id = try row.next()
        slug = try row.next()
        name = try row.next()
    }

    /// Those with these slugs, in one query.
    ///
    /// - Throws: ``EditorialError/topicUnknown(_:)`` with the first that isn't there.
    static func all(_ db: Connection, _ slugs: [Slug]) throws -> [Topic] {
        guard !slugs.isEmpty else { return [] }
        let found = try db.rows("SELECT id, slug, name FROM editorial.topic WHERE slug = ANY (\(slugs))") {
            try Topic(&$0)
        }
        let known = Set(found.map(\.slug))
        if let missing = slugs.first(where: { !known.contains($0) }) { throw EditorialError.topicUnknown(missing) }
        return found
    }

    /// By slug, from after the one already seen.
    public static func list(_ db: Connection, after: Slug? = nil, limit: Int) throws -> [Topic] {
        var query: SQL = "SELECT id, slug, name FROM editorial.topic WHERE true"
        if let after { query += " AND slug > \(after)" }
        return try db.rows(query + " ORDER BY slug LIMIT \(limit)") { try Topic(&$0) }
    }
}

extension Subject.Kind {
    static let series = Subject.Kind("series")
    static let topic = Subject.Kind("topic")
    static let collection = Subject.Kind("collection")
    static let slot = Subject.Kind("slot")
    static let commission = Subject.Kind("commission")
    static let pitch = Subject.Kind("pitch")
    static let houseWord = Subject.Kind("house_word")
}
