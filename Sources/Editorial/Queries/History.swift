public import Access
public import Postgres
public import Values

/// What happened to one article's text: saves, requests, answers, approvals, comments, links, releases, in order of
/// time.
public enum History {
    public struct Event: Sendable, Hashable {
        public enum Kind: String, Sendable, PostgresCodable {
            case revision, round, request, withdrawal, response, approval, override, comment, reply, resolved, reopened,
                link,
                looked, given, refused, revoked, denied, release
        }

        public let at: Timestamp
        public let kind: Kind
        public let revision: Int
        public let hash: [UInt8]
        /// An account's e-mail, or the name a link was made for; empty for what nobody in particular did.
        public let who: String
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
            SELECT e.at, e.kind, e.revision, r.hash, coalesce(u.email, e.name, ''), e.detail, e.note FROM ( \
            \(texts(article.id)) UNION ALL \(reviews(article.id)) UNION ALL \(comments(article.id)) \
            UNION ALL \(links(article.id)) \
            ) AS e (at, kind, revision, who, name, detail, note, rank, id) \
            JOIN editorial.revision r ON r.article_id = \(article.id) AND r.number = e.revision \
            LEFT JOIN access.account u ON u.id = e.who ORDER BY e.at, e.rank, e.id
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

    private static func texts(_ id: ID<Article>) -> SQL {
        """
        SELECT saved_at, 'revision', number, saved_by, NULL::text, title, note, 1, number::bigint \
        FROM editorial.revision WHERE article_id = \(id) \
        UNION ALL SELECT given_at, 'override', revision, account_id, NULL, '', reason, 6, id \
        FROM editorial.override WHERE article_id = \(id) \
        UNION ALL SELECT recorded_at, 'release', revision, account_id, NULL, kind || ' ' || path, note, 12, id \
        FROM editorial.release WHERE article_id = \(id)
        """
    }

    /// A yes is shown once, with the comment of the answer that it was.
    private static func reviews(_ id: ID<Article>) -> SQL {
        """
        SELECT began_at, 'round', revision, NULL::bigint, NULL, number::text, NULL, 2, number::bigint \
        FROM editorial.review_round WHERE article_id = \(id) \
        UNION ALL SELECT q.requested_at, 'request', q.revision, q.requested_by, NULL, \
        q.kind || ' of ' || coalesce(r.email, 'role:' || q.of_role), q.note, 3, q.id FROM editorial.review_request q \
        LEFT JOIN access.account r ON r.id = q.of_account WHERE q.article_id = \(id) \
        UNION ALL SELECT e.ended_at, 'withdrawal', q.revision, e.withdrawn_by, NULL, \
        q.kind || ' of ' || coalesce(r.email, 'role:' || q.of_role), e.reason, 4, q.id FROM editorial.review_end e \
        JOIN editorial.review_request q ON q.id = e.request_id LEFT JOIN access.account r ON r.id = q.of_account \
        WHERE q.article_id = \(id) AND e.withdrawn_by IS NOT NULL \
        UNION ALL SELECT p.responded_at, 'response', p.revision, p.account_id, s.name || ' (by link)', \
        concat_ws(' ', p.verdict, p.kind), p.comment, 5, p.id FROM editorial.review_response p \
        LEFT JOIN editorial.signoff s ON s.id = p.signoff_id WHERE p.article_id = \(id) AND p.approval_id IS NULL \
        UNION ALL SELECT v.given_at, 'approval', v.revision, v.account_id, s.name || ' (by link)', v.kind, p.comment, \
        5, v.id FROM editorial.approval v LEFT JOIN editorial.signoff s ON s.id = v.signoff_id \
        LEFT JOIN LATERAL (SELECT y.comment FROM editorial.review_response y WHERE y.approval_id = v.id \
        ORDER BY y.id LIMIT 1) p ON true WHERE v.article_id = \(id)
        """
    }

    private static func comments(_ id: ID<Article>) -> SQL {
        """
        SELECT commented_at, CASE WHEN thread_id IS NULL THEN 'comment' ELSE 'reply' END, revision, account_id, NULL, \
        coalesce(thread_id, id)::text || CASE WHEN blocking THEN ' blocking' ELSE '' END, text, 7, id \
        FROM editorial.comment WHERE article_id = \(id) \
        UNION ALL SELECT m.marked_at, m.mark, c.revision, m.account_id, NULL, c.id::text, NULL, 8, m.id \
        FROM editorial.comment_mark m JOIN editorial.comment c ON c.id = m.comment_id WHERE c.article_id = \(id)
        """
    }

    private static func links(_ id: ID<Article>) -> SQL {
        """
        SELECT created_at, 'link', revision, created_by, NULL, kind || ' ' || id, note, 9, id \
        FROM editorial.signoff WHERE article_id = \(id) \
        UNION ALL SELECT e.happened_at, e.event, s.revision, e.account_id, s.name || ' (by link)', \
        concat_ws(' ', s.kind, s.id::text, e.reason), NULL, 10, e.id FROM editorial.signoff_event e \
        JOIN editorial.signoff s ON s.id = e.signoff_id WHERE s.article_id = \(id)
        """
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
