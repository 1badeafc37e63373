public import Access
public import Postgres
public import Values

/// A special: a page of its own with members that are pinned, and members that a rule brings.
public struct Collection: Sendable, Hashable {
    public let id: ID<Collection>
    public let slug: Slug
    public let title: String
    public let intro: String?
    public let image: String?
    public let opens: Timestamp?
    public let ends: Timestamp?
    /// Since when it takes nothing new in.
    public let closedAt: Timestamp?

    static let columns: StaticString = """
        id, slug, title, intro, encode(image, 'hex'), opens_at, ends_at, closed_at
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        slug = try row.next()
        title = try row.next()
        intro = try row.next()
        image = try row.next()
        opens = try row.next()
        ends = try row.next()
        closedAt = try row.next()
    }

    /// - Throws: ``EditorialError/collectionUnknown(_:)``.
    public static func find(_ db: Connection, _ slug: Slug) throws -> Collection {
        try find(db, slug, suffix: "")
    }

    /// Locked, so that pins and its closing come one after the other.
    ///
    /// - Throws: ``EditorialError/collectionUnknown(_:)``, ``EditorialError/collectionClosed(_:)``.
    static func lockOpen(_ db: Connection, _ slug: Slug) throws -> Collection {
        let collection = try find(db, slug, suffix: " FOR UPDATE")
        guard collection.closedAt == nil else { throw EditorialError.collectionClosed(slug) }
        return collection
    }

    private static func find(_ db: Connection, _ slug: Slug, suffix: SQL) throws -> Collection {
        let found = try db.row(
            "SELECT \(raw: columns) FROM editorial.collection WHERE slug = \(slug)" + suffix
        ) { try Collection(&$0) }
        guard let found else { throw EditorialError.collectionUnknown(slug) }
        return found
    }

    /// By slug, from after the one already seen, for whoever plans.
    public static func list(
        _ db: Connection, for actor: Actor, after: Slug? = nil, limit: Int
    ) throws -> [Collection] {
        try actor.requireAnywhere(.articleRead)
        var query: SQL = "SELECT \(raw: columns) FROM editorial.collection WHERE true"
        if let after { query += " AND slug > \(after)" }
        return try db.rows(query + " ORDER BY slug LIMIT \(limit)") { try Collection(&$0) }
    }

    /// A member as readers find it on the page.
    public struct Member: Sendable, Hashable {
        public let article: ID<Article>
        public let title: String
        public let path: String
        /// Its place among the pinned; nil for what a rule brought.
        public let position: Int?
        public let firstPublishedAt: Timestamp
    }

    /// What is on the page now: the pinned in their order, then the others, latest first.
    public func members(_ db: Connection, limit: Int) throws -> [Member] {
        try db.rows(
            """
            SELECT article_id, title, path, position, first_published_at FROM editorial.public_collection \
            WHERE slug = \(slug) ORDER BY position NULLS LAST, first_published_at DESC, article_id DESC LIMIT \(limit)
            """
        ) { row in
            Member(
                article: try row.next(), title: try row.next(), path: try row.next(), position: try row.next(),
                firstPublishedAt: try row.next())
        }
    }
}
