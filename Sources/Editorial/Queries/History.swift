public import Access
public import Postgres
public import Values

/// What happened to one article's text: saves, requests, answers, approvals, releases, in order of time.
public enum History {
    public struct Event: Sendable, Hashable {
        public enum Kind: String, Sendable, PostgresCodable {
            case revision, request, response, approval, override, release
        }

        public let at: Timestamp
        public let kind: Kind
        public let revision: Int
        public let hash: [UInt8]
        public let who: EmailAddress
        /// The approval's kind, the verdict, the release's kind and path: what the row is about.
        public let detail: String
        public let note: String?

        init(_ row: inout Row) throws {
            at = try row.next()
            kind = try row.next()
            revision = try row.next()
            hash = try row.next()
            who = try row.next()
            detail = try row.next()
            note = try row.next()
        }

        public var hashText: String { Hexadecimal.text(hash) }
    }

    /// All events of an article, earliest first.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)``, also when the actor may not read it.
    public static func list(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> [Event] {
        let article = try Article.find(db, id, for: actor)
        return try db.rows(
            """
            SELECT e.at, e.kind, e.revision, e.hash, u.email, e.detail, e.note FROM ( \
            SELECT saved_at AS at, 'revision' AS kind, number AS revision, hash, saved_by AS who, title AS detail, \
            note, 1 AS rank, number::bigint AS id FROM editorial.revision WHERE article_id = \(article.id) \
            UNION ALL SELECT q.requested_at, 'request', q.revision, q.hash, q.requested_by, \
            q.kind || ' of ' || coalesce(r.email, q.of_role), q.note, 2, q.id FROM editorial.review_request q \
            LEFT JOIN access.account r ON r.id = q.of_account WHERE q.article_id = \(article.id) \
            UNION ALL SELECT responded_at, 'response', revision, hash, account_id, verdict, comment, 3, id \
            FROM editorial.review_response WHERE article_id = \(article.id) \
            UNION ALL SELECT given_at, 'approval', revision, hash, account_id, kind, NULL, 4, id \
            FROM editorial.approval WHERE article_id = \(article.id) \
            UNION ALL SELECT given_at, 'override', revision, hash, account_id, '', reason, 5, id \
            FROM editorial.override WHERE article_id = \(article.id) \
            UNION ALL SELECT recorded_at, 'release', revision, hash, account_id, kind || ' ' || path, note, 6, id \
            FROM editorial.release WHERE article_id = \(article.id) \
            ) AS e JOIN access.account u ON u.id = e.who ORDER BY e.at, e.rank, e.id
            """
        ) { try Event(&$0) }
    }

    /// A revision without its text.
    public struct Save: Sendable, Hashable {
        public let number: Int
        public let parent: Int?
        public let title: String
        public let hash: [UInt8]
        public let by: EmailAddress
        public let at: Timestamp
        public let note: String?
        public let isCurrent: Bool
        public let isLive: Bool

        public var hashText: String { Hexadecimal.text(hash) }
    }

    /// The revisions of an article, latest first, from below the one already seen.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)``, also when the actor may not read it.
    public static func revisions(
        _ db: Connection, _ id: ID<Article>, for actor: Actor, before: Int? = nil, limit: Int
    ) throws -> [Save] {
        let article = try Article.find(db, id, for: actor)
        var query: SQL = """
            SELECT r.number, r.parent, r.title, r.hash, u.email, r.saved_at, r.note, r.number = a.head, \
            r.number IS NOT DISTINCT FROM l.revision FROM editorial.revision r \
            JOIN editorial.article a ON a.id = r.article_id JOIN access.account u ON u.id = r.saved_by \
            LEFT JOIN editorial.release l ON l.id = a.live_release_id AND \(raw: Sight.live) \
            WHERE r.article_id = \(article.id)
            """
        if let before { query += " AND r.number < \(before)" }
        return try db.rows(query + " ORDER BY r.number DESC LIMIT \(limit)") { row in
            Save(
                number: try row.next(), parent: try row.next(), title: try row.next(), hash: try row.next(),
                by: try row.next(), at: try row.next(), note: try row.next(), isCurrent: try row.next(),
                isLive: try row.next())
        }
    }

    /// The difference between two texts of an article, in every field.
    ///
    /// - Throws: ``EditorialError``: `articleUnknown`, `revisionUnknown`.
    public static func diff(
        _ db: Connection, _ id: ID<Article>, from old: Int, to new: Int, byWord: Bool = false, for actor: Actor
    ) throws -> Diff {
        let article = try Article.find(db, id, for: actor)
        let before = try Revision.find(db, article.id, old)
        let after = try Revision.find(db, article.id, new)
        return Diff.between(before.content, after.content, byWord: byWord)
    }
}
