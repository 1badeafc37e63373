public import Access
public import Postgres
public import Values

/// Lists of articles, latest first, as somebody may see them: an editor all, a contributor his own and what is live,
/// anybody else what is live, with the title the public sees.
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

    /// Only what should be ready by now and is neither public, killed nor declined; the longest overdue first.
    public var isOverdue = false

    public init() {}

    /// An article in a list, with what stands around it.
    public struct Line: Sendable, Hashable {
        public let article: Article
        public let owner: EmailAddress?
        /// Of the live release.
        public let path: String?
        /// False when only the live text may be seen: title, state and number are then those of the live text.
        public let showsDraft: Bool
    }

    /// At most `limit` articles by falling id, from below the one already seen.
    public func list(
        _ db: Connection, for actor: Actor, after: ID<Article>? = nil, limit: Int
    ) throws -> [Line] {
        // A plan for whatever values come reads the whole table for a rare one. This transaction's plans know theirs.
        try db.run("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
        return try db.rows(statement(db, for: actor, after: after, limit: limit)) { try Self.line(&$0) }
    }

    /// The one statement of a page, so that its plan can be looked at.
    func statement(_ db: Connection, for actor: Actor, after: ID<Article>?, limit: Int) throws -> SQL {
        let sight = Sight(actor)
        guard let filters = try filters(db) else { return sight.select + " AND false" }
        let order: SQL = isOverdue ? "a.due_at, a.id" : "a.id DESC"
        return sight.select + condition(after, sight, filters) + " ORDER BY " + order + " LIMIT \(limit)"
    }

    /// What the filters name, as ids: the statistics know how rare an id is, not what a subquery will find.
    private struct Filters {
        var section: Int64?
        var owner: ID<Account>?
        var contributor: ID<Contributor>?
    }

    /// Nil when something named isn't there: then nothing is listed.
    private func filters(_ db: Connection) throws -> Filters? {
        var filters = Filters()
        if let section {
            filters.section = try db.value("SELECT id FROM editorial.section WHERE slug = \(section)")
            guard filters.section != nil else { return nil }
        }
        if let owner {
            filters.owner = try db.value("SELECT id FROM access.account WHERE email_folded = \(owner.folded)")
            guard filters.owner != nil else { return nil }
        }
        if let contributor {
            filters.contributor = try db.value("SELECT id FROM editorial.contributor WHERE slug = \(contributor)")
            guard filters.contributor != nil else { return nil }
        }
        return filters
    }

    /// One line, if the actor may see it.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)``.
    public static func find(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> Line {
        let found = try db.row(Sight(actor).select + " AND a.id = \(id)") { try line(&$0) }
        guard let found else { throw EditorialError.articleUnknown("\(id)") }
        return found
    }

    /// The text of a line: the one asked for, else the current one, else nil. Who may not see the draft gets the live
    /// text, and no other.
    ///
    /// - Throws: ``EditorialError/revisionUnknown(_:number:)``.
    public static func revision(_ db: Connection, of line: Line, number: Int? = nil) throws -> Revision? {
        guard let wanted = number ?? line.article.head else { return nil }
        guard line.showsDraft || wanted == line.article.head else {
            throw EditorialError.revisionUnknown(line.article.id, number: wanted)
        }
        return try Revision.find(db, line.article.id, wanted)
    }

    /// What there is beside the current text.
    public struct Beside: Sendable, Hashable {
        /// The text the public has, or last had.
        public let live: Int?
        /// Whether something else is live than what the current text was made of: `article rebase` takes it in.
        public let isBehind: Bool
        /// The latest text of a fix to what is live that isn't out yet.
        public let fix: Int?
        /// When the text goes out by itself, and goes away.
        public let goesOut: Timestamp?
        public let goesAway: Timestamp?
        public let embargo: Timestamp?
    }

    /// Nil for who sees only the live text.
    public static func beside(_ db: Connection, of line: Line) throws -> Beside? {
        guard line.showsDraft else { return nil }
        let isBehind = try line.article.behind(db) != nil
        return try db.one(
            """
            SELECT l.revision, a.fix_head, c.goes_out, c.goes_away, \
            a.embargo_until FROM editorial.article a LEFT JOIN editorial.release l ON l.id = a.live_release_id \
            LEFT JOIN LATERAL (SELECT min(c.due_at) FILTER (WHERE c.action <> 'unpublish') AS goes_out, \
            min(c.due_at) FILTER (WHERE c.action = 'unpublish') AS goes_away FROM editorial.schedule c \
            WHERE c.article_id = a.id AND c.state = 'pending') AS c ON true WHERE a.id = \(line.article.id)
            """
        ) { row in
            Beside(
                live: try row.next(), isBehind: isBehind, fix: try row.next(), goesOut: try row.next(),
                goesAway: try row.next(), embargo: try row.next())
        }
    }

    /// How the approvals of the current text stand; nobody who sees only the live text is told.
    public static func standing(_ db: Connection, of line: Line) throws -> [Standing] {
        guard line.showsDraft, let head = line.article.head else { return [] }
        return try line.article.standing(db, revision: head)
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

    static func line(_ row: inout Row) throws -> Line {
        var article = try Article(&row)
        let owner = try row.next(EmailAddress?.self)
        let path = try row.next(String?.self)
        let showsDraft = try row.next(Bool.self)
        let live = try (title: row.next(String?.self), number: row.next(Int?.self), at: row.next(Timestamp?.self))
        if !showsDraft {
            article.title = live.title ?? ""
            article.status = .published
            article.head = live.number
            article.changedAt = live.at ?? article.createdAt
            article.owner = nil
            article.due = nil
        }
        return Line(article: article, owner: showsDraft ? owner : nil, path: path, showsDraft: showsDraft)
    }

    private func condition(_ after: ID<Article>?, _ sight: Sight, _ filters: Filters) -> SQL {
        var query: SQL = ""
        if let status { query += " AND \(sight.choose("a.status", "'published'")) = \(status)" }
        if let section = filters.section { query += " AND a.section_id = \(section)" }
        if let kind { query += " AND a.kind = \(kind)" }
        if let owner = filters.owner { query += " AND \(sight.choose("a.owner_id", "NULL")) = \(owner)" }
        if let contributor = filters.contributor {
            query += """
                 AND EXISTS (SELECT FROM editorial.byline b WHERE b.contributor_id = \(contributor) \
                AND b.article_id = a.id AND b.revision = \(sight.choose("a.head", "l.revision")))
                """
        }
        if let isPublic { query += isPublic ? " AND a.live_release_id IS NOT NULL" : " AND a.live_release_id IS NULL" }
        if let text {
            // As a pattern an index of three letters each can find it; what a pattern means by itself is taken literally.
            let literal = text.reduce(into: "") { $0 += #"\%_"#.contains($1) ? #"\"# + String($1) : String($1) }
            query += " AND lower(\(sight.choose("a.title", "r.title"))) LIKE lower(\("%" + literal + "%"))"
        }
        if isOverdue {
            query += """
                 AND a.due_at < clock_timestamp() AND a.status NOT IN ('published', 'killed', 'declined') \
                AND \(sight.draftOnly)
                """
        }
        if let after { query += " AND a.id < \(after)" }
        return query
    }
}

/// What an actor sees of articles, as SQL.
struct Sight {
    /// Whether the row's draft may be seen.
    private let draft: SQL
    private let seesAll: Bool

    static let live: StaticString = "a.public_status IN ('live', 'corrected')"

    init(_ actor: Actor) {
        seesAll = actor.sections(for: .articleRead) != nil
        if seesAll {
            draft = "true"
        } else if actor.sections(for: .articleReadOwn) != nil {
            draft = """
                (a.created_by = \(actor.account) OR coalesce(a.owner_id = \(actor.account), false) \
                OR a.id IN (SELECT editorial.bylined_articles(\(actor.account))))
                """
        } else {
            draft = "false"
        }
    }

    /// Lines that may be seen; conditions follow with AND.
    var select: SQL {
        """
        SELECT \(raw: Article.columns), u.email, l.path, \(draft), r.title, l.revision, l.released_at \
        FROM \(raw: Article.tables) LEFT JOIN access.account u ON u.id = a.owner_id \
        LEFT JOIN editorial.release l ON l.id = a.live_release_id \
        LEFT JOIN editorial.revision r ON r.article_id = l.article_id AND r.number = l.revision \
        WHERE \(readable)
        """
    }

    var readable: SQL { seesAll ? "true" : "(\(raw: Self.live) OR \(draft))" }

    /// Only drafts that may be seen, for what concerns nobody else.
    var draftOnly: SQL { draft }

    /// The draft's value where it may be seen, else the live one's: a filter must not disclose what a list hides.
    func choose(_ own: StaticString, _ public: StaticString) -> SQL {
        seesAll ? "\(raw: own)" : "(CASE WHEN \(draft) THEN \(raw: own) ELSE \(raw: `public`) END)"
    }
}
