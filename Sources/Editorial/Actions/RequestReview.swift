public import Access
internal import Journal
public import Postgres
public import Values

/// Asks people or roles to look at the current text, each for each kind, until a time on a wall.
public struct RequestReview {
    public typealias Due = Editorial.Due

    /// More than anybody asks at once; a slip with a list shouldn't write thousands of rows.
    public static let most = 50

    let article: ID<Article>
    let reviewers: [Reviewer]
    let kinds: [ApprovalKind]
    let due: Due?
    let note: String?
    let actor: Actor

    public init(
        _ article: ID<Article>, from reviewers: [Reviewer], kinds: [ApprovalKind], due: Due? = nil,
        note: String? = nil, by actor: Actor
    ) {
        self.article = article
        self.reviewers = reviewers
        self.kinds = kinds
        self.due = due
        self.note = note
        self.actor = actor
    }

    public init(
        _ article: ID<Article>, from reviewer: EmailAddress, kind: ApprovalKind, due: Due? = nil, note: String? = nil,
        by actor: Actor
    ) {
        self.init(article, from: [.account(reviewer)], kinds: [kind], due: due, note: note, by: actor)
    }

    /// All requests, or none.
    ///
    /// - Throws: `AccessError`: `notPermitted`, `unknownAccount`, `suspended`, `unknownRole`; ``EditorialError``:
    ///   `articleUnknown`, `wrongState`, `nothingSaved`, `dueNonexistent`, `dueAmbiguous`, `dueOffset`,
    ///   `reviewerCannotRead`, `roleEmpty`, `alreadyAsked`, `tooManyRequests`, `contentRefused`.
    public func perform(_ db: Connection) throws -> [ReviewRequest] {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.reviewRequest, section: article.section)
        let revision = try article.currentRevision(db)
        try article.requireOnTheWay(.drafting, .inReview, .approved)
        let count = Set(reviewers).count * Set(kinds).count
        guard count <= Self.most else { throw EditorialError.tooManyRequests(count, most: Self.most) }
        let note = try note.map { try Remark("note", $0).text }
        let instant = try due?.instant()
        var ids: [ID<ReviewRequest>] = []
        for (place, reviewer) in reviewers.enumerated() where !reviewers[..<place].contains(reviewer) {
            let asked = try Asked(db, reviewer, article)
            for (place, kind) in kinds.enumerated() where !kinds[..<place].contains(kind) {
                ids.append(try insert(db, article, revision, asked, kind, instant, note))
            }
        }
        return try db.rows(
            """
            SELECT \(raw: ReviewRequest.columns) FROM \(raw: ReviewRequest.tables) \
            WHERE q.id = ANY (\(ids)) ORDER BY q.id
            """
        ) { try ReviewRequest(&$0) }
    }

    /// An addressee that exists, may act, and can read what it is asked about.
    private struct Asked {
        let reviewer: Reviewer
        let account: ID<Account>?
        let role: String?

        init(_ db: Connection, _ reviewer: Reviewer, _ article: Article) throws {
            self.reviewer = reviewer
            switch reviewer {
            case .account(let email):
                let reader = try Actor.load(db, email: email, via: .cli, systemUser: "")
                do { _ = try Article.find(db, article.id, for: reader) } catch EditorialError.articleUnknown {
                    throw EditorialError.reviewerCannotRead(email, article.id)
                }
                account = reader.account
                role = nil
            case .role(let name):
                let known = try db.value(
                    "SELECT EXISTS (SELECT FROM access.role WHERE role = \(name.rawValue))", as: Bool.self)
                guard known == true else { throw AccessError.unknownRole(name) }
                let held = try db.value(
                    """
                    SELECT EXISTS (SELECT FROM access.role_grant g JOIN access.account u ON u.id = g.account \
                    WHERE g.role = \(name.rawValue) AND u.status = 'active' \
                    AND (g.section IS NULL OR g.section = \(article.section)))
                    """, as: Bool.self)
                guard held == true else { throw EditorialError.roleEmpty(name, section: article.section) }
                account = nil
                role = name.rawValue
            }
        }
    }

    private func insert(
        _ db: Connection, _ article: Article, _ revision: Revision, _ asked: Asked, _ kind: ApprovalKind,
        _ instant: Timestamp?, _ note: String?
    ) throws -> ID<ReviewRequest> {
        let before = try db.value(
            """
            SELECT q.id FROM editorial.review_request q WHERE q.article_id = \(article.id) \
            AND q.revision = \(revision.number) AND q.kind = \(kind) AND q.of_account IS NOT DISTINCT FROM \
            \(asked.account) AND q.of_role IS NOT DISTINCT FROM \(asked.role) \
            AND NOT EXISTS (SELECT FROM editorial.review_end e WHERE e.request_id = q.id) ORDER BY q.id LIMIT 1
            """, as: ID<ReviewRequest>.self)
        if let before { throw EditorialError.alreadyAsked(before, asked.reviewer, kind) }
        let id = try db.one(
            """
            INSERT INTO editorial.review_request \
            (article_id, revision, hash, kind, of_account, of_role, requested_by, due_at, due_local, due_zone, note) \
            VALUES (\(article.id), \(revision.number), \(revision.hash), \(kind), \(asked.account), \(asked.role), \
            \(actor.account), \(instant), \(due?.wall.description), \(due?.zone.name), \(note)) \
            RETURNING id
            """
        ) { try $0.next(ID<ReviewRequest>.self) }
        var facts: [String: JSON] = [
            "request": .integer(id.rawValue), "revision": .integer(Int64(revision.number)),
            "kind": .string(kind.rawValue),
        ]
        facts["reviewer"] = asked.account.map { .integer($0.rawValue) }
        facts["role"] = asked.role.map(JSON.string)
        let subject = Subject(.article, article.id.rawValue)
        try Outbox.put(db, type: "review.requested", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "review.requested", by: actor.origin, facts: facts)
        return id
    }
}

/// Something said beside a text: not empty, not endless, and storable.
struct Remark {
    static let longest = 10_000

    let text: String

    /// - Parameter field: as a person would call it.
    init(_ field: String, _ text: String) throws(EditorialError) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw .contentRefused(field: field, reason: "it is empty")
        }
        guard text.unicodeScalars.count <= Self.longest else {
            throw .contentRefused(field: field, reason: "it is longer than \(Self.longest) characters")
        }
        guard !text.utf8.contains(0) else { throw .contentRefused(field: field, reason: "it contains a NUL byte") }
        self.text = text.replacingLineEnds()
    }
}
