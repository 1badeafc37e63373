public import Access
public import Postgres
public import Values

/// What a yes is about. One person's yes to one text, of one kind, is an approval.
public enum ApprovalKind: String, Sendable, CaseIterable, PostgresCodable {
    case edit, copy, fact, legal, author
}

/// What a reviewer answers. A recommendation is a yes that counts for nothing but is seen.
public enum Verdict: String, Sendable, CaseIterable, PostgresCodable {
    case approve, recommend, changes, comment
}

/// Who is asked: one account, or whoever holds a role for the article's section.
public enum Reviewer: Sendable, Hashable {
    case account(EmailAddress)
    case role(Role)

    /// Reads "bo@example.org" or "role:copy".
    public init(_ text: String) throws(ValueError) {
        if text.hasPrefix("role:") {
            let name = text.dropFirst(5)
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 == 0x2D || (97...122).contains($0) }) else {
                throw ValueError(kind: "reviewer", value: text, reason: "write an e-mail, or role:ROLE as in role:copy")
            }
            self = .role(Role(rawValue: String(name)))
        } else {
            self = .account(try EmailAddress(text))
        }
    }

    public var text: String {
        switch self {
        case .account(let email): email.text
        case .role(let role): "role:\(role)"
        }
    }
}

/// Somebody was asked to look at a text, until when.
public struct ReviewRequest: Sendable, Hashable {
    /// Derived whenever it is read: nothing has to be kept up to date for it.
    public enum State: String, Sendable, CaseIterable, PostgresCodable {
        case open, answered, withdrawn
        /// Never answered, and about a text that isn't under review any more: handed in anew since, or out, or killed.
        case outdated
    }

    /// How it ended.
    public struct End: Sendable, Hashable {
        /// Nil when it was withdrawn.
        public let verdict: Verdict?
        /// The revision the answer is about, which may be later than the one asked about.
        public let revision: Int?
        /// Who answered or withdrew it.
        public let by: EmailAddress?
        public let at: Timestamp
        /// The answer's comment, or why it was withdrawn.
        public let comment: String?
    }

    public let id: ID<ReviewRequest>
    public let article: ID<Article>
    public let title: String
    public let section: Slug?
    public let revision: Int
    /// The number of the article's current text.
    public let head: Int
    /// How often the text had been handed in when this was asked; 0 is before the first time.
    public let round: Int
    public let kind: ApprovalKind
    public let reviewer: Reviewer
    public let askedBy: EmailAddress
    public let requestedAt: Timestamp
    public let due: Timestamp?
    /// As it was said: "2026-12-01T17:00:00", and the zone of that wall.
    public let dueLocal: String?
    public let dueZone: String?
    /// Nights until it is due on the publication's calendar: 0 today, negative when that day is over.
    public let daysLeft: Int?
    /// Open, and the time is over.
    public let isOverdue: Bool
    public let note: String?
    public let state: State
    public let end: End?

    static let columns: StaticString = """
        q.id, q.article_id, a.title, s.slug, q.revision, a.head, q.round, q.kind, u.email, q.of_role, r.email, \
        q.requested_at, q.due_at, q.due_local, q.due_zone, (q.due_at AT TIME ZONE z.zone)::date \
        - (clock_timestamp() AT TIME ZONE z.zone)::date, q.due_at < clock_timestamp(), q.note, \
        CASE WHEN e.response_id IS NOT NULL THEN 'answered' WHEN e.request_id IS NOT NULL THEN 'withdrawn' \
        WHEN a.status IN ('published', 'killed', 'declined') OR (q.revision < a.head AND q.round < \
        (SELECT coalesce(max(n.number), 0) FROM editorial.review_round n WHERE n.article_id = a.id)) \
        THEN 'outdated' ELSE 'open' END, e.ended_at, p.verdict, p.revision, coalesce(w.email, v.email), \
        coalesce(e.reason, p.comment)
        """
    static let tables: StaticString = """
        editorial.review_request q JOIN editorial.article a ON a.id = q.article_id \
        LEFT JOIN editorial.section s ON s.id = a.section_id LEFT JOIN access.account u ON u.id = q.of_account \
        JOIN access.account r ON r.id = q.requested_by LEFT JOIN editorial.review_end e ON e.request_id = q.id \
        LEFT JOIN editorial.review_response p ON p.id = e.response_id LEFT JOIN access.account v ON v.id = p.account_id \
        LEFT JOIN access.account w ON w.id = e.withdrawn_by \
        CROSS JOIN (SELECT access.publication_zone() AS zone) AS z
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        article = try row.next()
        title = try row.next()
        section = try row.next()
        revision = try row.next()
        head = try row.next()
        round = try row.next()
        kind = try row.next()
        let account = try row.next(EmailAddress?.self)
        let role = try row.next(String?.self)
        reviewer = account.map(Reviewer.account) ?? .role(Role(rawValue: role ?? ""))
        askedBy = try row.next()
        requestedAt = try row.next()
        due = try row.next()
        dueLocal = try row.next()
        dueZone = try row.next()
        daysLeft = try row.next()
        let isLate = try row.next(Bool?.self) ?? false
        note = try row.next()
        state = try row.next()
        isOverdue = isLate && state == .open
        let endedAt = try row.next(Timestamp?.self)
        let verdict = try row.next(Verdict?.self)
        let answered = try row.next(Int?.self)
        let by = try row.next(EmailAddress?.self)
        let comment = try row.next(String?.self)
        end = endedAt.map { End(verdict: verdict, revision: answered, by: by, at: $0, comment: comment) }
    }

    /// - Throws: ``EditorialError/requestUnknown(_:)``, also when the actor may not read the article.
    static func find(_ db: Connection, _ id: ID<ReviewRequest>) throws -> ReviewRequest {
        let found = try db.row("SELECT \(raw: columns) FROM \(raw: tables) WHERE q.id = \(id)") {
            try ReviewRequest(&$0)
        }
        guard let found else { throw EditorialError.requestUnknown(id) }
        return found
    }

    /// The article of a request, locked with it.
    static func lock(
        _ db: Connection, _ id: ID<ReviewRequest>, for actor: Actor
    ) throws -> (article: Article, request: ReviewRequest) {
        let article = try db.value(
            "SELECT article_id FROM editorial.review_request WHERE id = \(id)", as: ID<Article>.self)
        guard let article else { throw EditorialError.requestUnknown(id) }
        do {
            // What was asked is read after the lock: until then somebody may answer it.
            let locked = try Article.lock(db, article, for: actor)
            return (locked, try find(db, id))
        } catch EditorialError.articleUnknown {
            throw EditorialError.requestUnknown(id)
        }
    }

    /// Whether a request is asked of this account: by name, or by a role it holds for the article's section.
    static func isOf(_ account: ID<Account>) -> SQL {
        """
        (q.of_account = \(account) OR (q.of_role IS NOT NULL \
        AND editorial.holds_role(\(account), q.of_role, a.section_id)))
        """
    }

    /// What the account was asked about this article and hasn't answered, latest first.
    static func open(
        _ db: Connection, _ article: ID<Article>, of account: ID<Account>, kind: ApprovalKind?
    ) throws -> [ReviewRequest] {
        try all(db, article, of: account, kind: kind, where: "e.request_id IS NULL")
    }

    static func all(
        _ db: Connection, _ article: ID<Article>, of account: ID<Account>, kind: ApprovalKind?, where condition: SQL
    ) throws -> [ReviewRequest] {
        var query: SQL = """
            SELECT \(raw: columns) FROM \(raw: tables) WHERE q.article_id = \(article) AND \(isOf(account)) \
            AND \(condition)
            """
        if let kind { query += " AND q.kind = \(kind)" }
        return try db.rows(query + " ORDER BY q.of_account NULLS LAST, q.id DESC") { try ReviewRequest(&$0) }
    }
}

/// What a reviewer answered.
public struct ReviewResponse: Sendable, Hashable {
    public let id: ID<ReviewResponse>
    public let article: ID<Article>
    public let revision: Int
    /// Nil for an answer nobody asked for that names none.
    public let kind: ApprovalKind?
    public let verdict: Verdict
    /// The state of the article afterwards.
    public let status: Article.Status
    /// Of a yes: what is still wanted.
    public let missing: [ApprovalKind]
}

/// A person's yes to one text.
public struct Approval: Sendable, Hashable {
    public let id: ID<Approval>
    public let article: ID<Article>
    public let revision: Int
    public let kind: ApprovalKind
    /// The state of the article afterwards: the last approval that was missing moves it to approved.
    public let status: Article.Status
    /// Kinds that are still wanted.
    public let missing: [ApprovalKind]
}
