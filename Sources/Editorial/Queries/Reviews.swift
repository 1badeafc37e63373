public import Access
public import Postgres
public import Values

/// What was asked of whom, and what came back.
public struct Reviews: Sendable {
    /// Only what the actor was asked, by name or by a role it holds there.
    public var isMine = false
    public var isOverdue = false
    public var article: ID<Article>?
    public var kind: ApprovalKind?
    /// Also what was answered, withdrawn, or went out unanswered.
    public var isAll = false

    public init() {}

    /// Requests the actor may see: what is due first first, what is outdated last.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)`` for the article asked about.
    public func list(_ db: Connection, for actor: Actor, limit: Int) throws -> [ReviewRequest] {
        var query: SQL = """
            SELECT \(raw: ReviewRequest.columns) FROM \(raw: ReviewRequest.tables) WHERE \(Sight(actor).draftOnly)
            """
        if !isAll {
            query += " AND e.request_id IS NULL AND a.status NOT IN ('published', 'killed', 'declined')"
        }
        if isMine {
            // Whoever is bylined isn't the one a role was asked for.
            query += """
                 AND \(ReviewRequest.isOf(actor.account)) AND (q.of_account IS NOT NULL \
                OR NOT editorial.is_bylined(a.id, a.head, \(actor.account)))
                """
        }
        if isOverdue {
            query += """
                 AND q.due_at < clock_timestamp() AND e.request_id IS NULL AND NOT (q.revision < a.head AND q.round < \
                (SELECT coalesce(max(n.number), 0) FROM editorial.review_round n WHERE n.article_id = a.id))
                """
        }
        if let article {
            _ = try Article.find(db, article, for: actor)
            query += " AND q.article_id = \(article)"
        }
        if let kind { query += " AND q.kind = \(kind)" }
        query += """
             ORDER BY e.request_id IS NOT NULL, q.revision < a.head AND q.round < \
            (SELECT coalesce(max(n.number), 0) FROM editorial.review_round n WHERE n.article_id = a.id), \
            q.due_at NULLS LAST, q.id LIMIT \(limit)
            """
        return try db.rows(query) { try ReviewRequest(&$0) }
    }

    /// A step of a round: the text handed in, a question, or an answer nobody asked for.
    public enum Step: Sendable {
        case round(Int, revision: Int, at: Timestamp)
        case request(ReviewRequest)
        case response(Unasked)
    }

    /// An answer to no request.
    public struct Unasked: Sendable, Hashable {
        public let round: Int
        public let revision: Int
        public let kind: ApprovalKind?
        public let verdict: Verdict
        /// An e-mail, or the name a link was made for.
        public let by: String
        public let at: Timestamp
        public let comment: String?
    }

    /// All rounds of an article, each with what was asked and answered in it.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)``.
    public static func show(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> [Step] {
        let article = try Article.find(db, id, for: actor)
        let rounds = try db.rows(
            """
            SELECT number, revision, began_at FROM editorial.review_round WHERE article_id = \(article.id) \
            ORDER BY number
            """
        ) { row in (number: try row.next(Int.self), revision: try row.next(Int.self), at: try row.next(Timestamp.self))
        }
        let requests = try db.rows(
            """
            SELECT \(raw: ReviewRequest.columns) FROM \(raw: ReviewRequest.tables) \
            WHERE q.article_id = \(article.id) ORDER BY q.id
            """
        ) { try ReviewRequest(&$0) }
        let unasked = try db.rows(
            """
            SELECT p.round, p.revision, p.kind, p.verdict, coalesce(u.email, s.name || ' (by link)'), p.responded_at, \
            p.comment FROM editorial.review_response p LEFT JOIN access.account u ON u.id = p.account_id \
            LEFT JOIN editorial.signoff s ON s.id = p.signoff_id WHERE p.article_id = \(article.id) \
            AND NOT EXISTS (SELECT FROM editorial.review_end e WHERE e.response_id = p.id) ORDER BY p.id
            """
        ) { row in
            Unasked(
                round: try row.next(), revision: try row.next(), kind: try row.next(), verdict: try row.next(),
                by: try row.next(), at: try row.next(), comment: try row.next())
        }
        var steps: [Step] = []
        for number in 0...(rounds.last?.number ?? 0) {
            for round in rounds where round.number == number {
                steps.append(.round(number, revision: round.revision, at: round.at))
            }
            for request in requests where request.round == number { steps.append(.request(request)) }
            for response in unasked where response.round == number { steps.append(.response(response)) }
        }
        return steps
    }
}
