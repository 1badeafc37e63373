public import Access
public import Postgres
public import Values

/// Lists of articles, latest first, as somebody may see them.
public struct Articles: Sendable {
    public var status: Article.Status?
    public var section: Slug?
    public var kind: Article.Kind?
    public var owner: EmailAddress?
    public var contributor: Slug?
    /// Only those with something public, or only those without.
    public var isPublic: Bool?
    /// Words the title contains, whatever their case.
    public var text: String?

    public init() {}

    /// An article in a list, with what stands around it.
    public struct Line: Sendable, Hashable {
        public let article: Article
        public let owner: EmailAddress?
        /// Of the live release.
        public let path: String?
    }

    static let columns: StaticString = "u.email, l.path"
    static let tables: StaticString = """
        LEFT JOIN access.account u ON u.id = a.owner_id LEFT JOIN editorial.release l ON l.id = a.live_release_id
        """

    /// At most `limit` articles by falling id, from below the one already seen. A contributor sees his own; who may read
    /// no drafts sees what the public sees.
    public func list(
        _ db: Connection, for actor: Actor, after: ID<Article>? = nil, limit: Int
    ) throws -> [Line] {
        let query: SQL = """
            SELECT \(raw: Article.columns), \(raw: Self.columns) FROM \(raw: Article.tables) \(raw: Self.tables) \
            WHERE \(Self.readable(by: actor)) AND \(condition(after))
            """
        return try db.rows(query + " ORDER BY a.id DESC LIMIT \(limit)") { try Self.line(&$0) }
    }

    /// One line, drafts included, if the actor may read it.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)``.
    public static func find(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> Line {
        let found = try db.row(
            """
            SELECT \(raw: Article.columns), \(raw: columns) FROM \(raw: Article.tables) \(raw: tables) \
            WHERE a.id = \(id) AND \(readable(by: actor))
            """
        ) { try line(&$0) }
        guard let found else { throw EditorialError.articleUnknown("\(id)") }
        return found
    }

    /// The article a person names: by number, or by a slug it was public under.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)``.
    public static func id(_ db: Connection, named name: String) throws -> ID<Article> {
        if let id = ID<Article>(text: name) { return id }
        guard
            let id = try db.value(
                "SELECT article_id FROM editorial.slug WHERE slug = \(name)", as: ID<Article>.self)
        else { throw EditorialError.articleUnknown(name) }
        return id
    }

    private static func line(_ row: inout Row) throws -> Line {
        Line(article: try Article(&row), owner: try row.next(), path: try row.next())
    }

    static func readable(by actor: Actor) -> SQL {
        if actor.sections(for: .articleRead) != nil { return "true" }
        let live: SQL = "a.public_status IN ('live', 'corrected')"
        guard actor.sections(for: .articleReadOwn) != nil else { return "(\(live))" }
        return """
            (\(live) OR a.created_by = \(actor.account) OR a.owner_id = \(actor.account) \
            OR editorial.is_bylined(a.id, a.head, \(actor.account)))
            """
    }

    private func condition(_ after: ID<Article>?) -> SQL {
        var parts: [SQL] = ["true"]
        if let status { parts.append("a.status = \(status)") }
        if let section {
            parts.append("a.section_id = (SELECT x.id FROM editorial.section x WHERE x.slug = \(section))")
        }
        if let kind { parts.append("a.kind = \(kind)") }
        if let owner { parts.append("u.email_folded = \(owner.folded)") }
        if let contributor {
            parts.append(
                """
                EXISTS (SELECT FROM editorial.byline b JOIN editorial.contributor c ON c.id = b.contributor_id \
                WHERE c.slug = \(contributor) AND b.article_id = a.id AND b.revision = a.head)
                """)
        }
        if let isPublic { parts.append("(a.live_release_id IS NOT NULL) = \(isPublic)") }
        if let text { parts.append("strpos(lower(a.title), lower(\(text))) > 0") }
        if let after { parts.append("a.id < \(after)") }
        return SQL.joined(parts, separator: " AND ")
    }
}
