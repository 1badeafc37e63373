public import Access
public import Postgres
public import Values

extension Image {
    /// The picture, for whoever may read drafts or look after pictures.
    ///
    /// - Throws: ``EditorialError/imageUnknown(_:)``, also when the actor may not see it.
    public static func find(_ db: Connection, _ id: ID<Image>, for actor: Actor) throws -> Image {
        guard let image = try all(db, [id], for: actor)[id] else { throw EditorialError.imageUnknown("\(id)") }
        return image
    }

    /// Those with these ids, in one query; who is missing is missing.
    static func all(_ db: Connection, _ ids: [ID<Image>], for actor: Actor) throws -> [ID<Image>: Image] {
        guard !ids.isEmpty, isVisible(to: actor) else { return [:] }
        let found = try db.rows("SELECT \(raw: columns) FROM \(raw: tables) WHERE i.id = ANY (\(ids))") {
            try Image(&$0)
        }
        return Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Those of these bytes, by the hash.
    static func all(_ db: Connection, media: [String]) throws -> [String: Image] {
        guard !media.isEmpty else { return [:] }
        let found = try db.rows(
            """
            SELECT \(raw: columns) FROM \(raw: tables) WHERE i.media IN ( \
            SELECT decode(f.hash, 'hex') FROM unnest(\(media)) AS f (hash))
            """
        ) { try Image(&$0) }
        return Dictionary(found.map { ($0.media, $0) }) { first, _ in first }
    }

    /// Pictures, latest first, from below the one already seen.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func list(
        _ db: Connection, kind: ImageKind? = nil, for actor: Actor, after: ID<Image>? = nil, limit: Int
    ) throws -> [Image] {
        try requireVisible(to: actor)
        var query: SQL = "SELECT \(raw: columns) FROM \(raw: tables) WHERE true"
        if let kind { query += " AND i.kind = \(kind)" }
        if let after { query += " AND i.id < \(after)" }
        return try db.rows(query + " ORDER BY i.id DESC LIMIT \(limit)") { try Image(&$0) }
    }

    /// The bytes of the file.
    ///
    /// - Throws: ``EditorialError/imageUnknown(_:)``.
    public static func bytes(_ db: Connection, _ id: ID<Image>, for actor: Actor) throws -> [UInt8] {
        let image = try find(db, id, for: actor)
        return try db.one(
            """
            SELECT m.bytes FROM editorial.image i JOIN editorial.media m ON m.hash = i.media WHERE i.id = \(image.id)
            """
        ) { try $0.next([UInt8].self) }
    }

    private static func isVisible(to actor: Actor) -> Bool {
        [Permission.imageManage, .articleRead, .articleReadOwn].contains { actor.sections(for: $0) != nil }
    }

    private static func requireVisible(to actor: Actor) throws {
        if !isVisible(to: actor) { try actor.requireAnywhere(.articleRead) }
    }
}

/// A text that shows a picture: the current draft, what is live, or both.
public struct ImageUse: Sendable, Hashable {
    public let image: ID<Image>
    public let article: ID<Article>
    public let title: String
    public let revision: Int
    public let placement: String
    /// Of the live release, when this is the live text.
    public let path: String?

    init(_ row: inout Row) throws {
        image = try row.next()
        article = try row.next()
        title = try row.next()
        revision = try row.next()
        placement = try row.next()
        path = try row.next()
    }

    /// Where pictures are shown now, live texts first, as far as the actor may see: drafts that are his to read, and
    /// everything that is public.
    public static func list(
        _ db: Connection, _ images: [ID<Image>], for actor: Actor, limit: Int
    ) throws -> [ImageUse] {
        guard !images.isEmpty else { return [] }
        let sight = Sight(actor)
        return try db.rows(
            """
            SELECT i.id, a.id, r.title, x.revision, min(x.placement), \
            CASE WHEN x.revision = l.revision THEN l.path END \
            FROM editorial.image i JOIN editorial.revision_image x ON x.media = i.media \
            JOIN editorial.article a ON a.id = x.article_id \
            JOIN editorial.revision r ON r.article_id = x.article_id AND r.number = x.revision \
            LEFT JOIN editorial.release l ON l.id = a.live_release_id AND \(raw: Sight.live) \
            WHERE i.id = ANY (\(images)) AND (x.revision = l.revision OR (x.revision IN (a.head, a.fix_head) AND \(sight.draftOnly))) \
            GROUP BY i.id, a.id, r.title, x.revision, l.revision, l.path \
            ORDER BY i.id, (x.revision = l.revision) IS NOT TRUE, a.id, x.revision LIMIT \(limit)
            """
        ) { try ImageUse(&$0) }
    }
}

/// Licences that end.
public enum ImageLicences {
    public struct Ending: Sendable {
        public let image: Image
        public let isOver: Bool
        public let uses: [ImageUse]
    }

    /// Pictures whose licence is over or ends within so many days on the publication's calendar, first to end first,
    /// with the texts that show them.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func ending(
        _ db: Connection, withinDays days: Int, for actor: Actor, limit: Int
    ) throws -> [Ending] {
        try actor.requireAnywhere(.imageManage)
        let found = try db.rows(
            """
            SELECT \(raw: Image.columns), i.licensed_until < t.today \
            FROM \(raw: Image.tables) CROSS JOIN (SELECT \
            (clock_timestamp() AT TIME ZONE access.publication_zone())::date AS today) AS t \
            WHERE i.licensed_until <= t.today + \(days)::int ORDER BY i.licensed_until, i.id LIMIT \(limit)
            """
        ) { (image: try Image(&$0), isOver: try $0.next(Bool.self)) }
        let uses = try ImageUse.list(db, found.map(\.image.id), for: actor, limit: 10_000)
        let byImage = Dictionary(grouping: uses, by: \.image)
        return found.map { Ending(image: $0.image, isOver: $0.isOver, uses: byImage[$0.image.id] ?? []) }
    }
}
