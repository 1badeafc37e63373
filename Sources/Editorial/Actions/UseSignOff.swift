public import Access
public import Journal
public import Postgres
public import Values

/// What somebody without an account does with a link: look at the text it is bound to, say yes, say no.
///
/// Nothing here throws because of the link: a refusal has to be recorded, so it is a value, and its transaction is
/// committed. Turn it into ``EditorialError`` outside.
public struct UseSignOff: Sendable {
    public enum Act: Sendable, Hashable {
        case look
        case give(comment: String?)
        case refuse(comment: String?)
    }

    /// The very text the link is bound to.
    public struct Bound: Sendable {
        public let link: SignOff
        public let revision: Revision
        public let section: Slug?
    }

    public enum Outcome: Sendable {
        /// Still usable when `link.state` is `open`.
        case shown(Bound)
        /// The yes counts as an approval.
        case approved(Bound, Approval)
        /// The yes is seen, and counts for nothing.
        case recommended(Bound)
        case refused(Bound)
        /// Unknown, used, revoked or expired: a stranger isn't told which.
        case denied
        /// A good link, and a text that was edited since.
        case stale(revision: Int)
        /// A good link, and an article that can't be approved now.
        case notNow(Article.Status)
        case badComment(EditorialError)

        /// What to throw once the transaction is committed; nil when it went well.
        public var error: EditorialError? {
            switch self {
            case .shown, .approved, .recommended, .refused: nil
            case .denied: .linkInvalid
            case .stale(let revision): .linkStale(revision: revision)
            case .notNow(let status): .linkNotNow(status)
            case .badComment(let error): error
            }
        }
    }

    let secret: TokenSecret
    let act: Act
    let origin: Origin

    public init(_ secret: TokenSecret, _ act: Act, via: Via, systemUser: String) {
        self.secret = secret
        self.act = act
        origin = Origin(account: nil, via: via, systemUser: systemUser)
    }

    public func perform(_ db: Connection) throws -> Outcome {
        let id = try db.value("SELECT editorial.signoff_of(\(secret.hash))", as: ID<SignOff>?.self) ?? nil
        guard let id else { return try deny(db, nil, "unknown", .denied) }
        // Whoever uses a link waits for saves and for others who use it, as every writer does.
        let article = try Article.lockForLink(db, SignOff.find(db, id).article)
        let link = try SignOff.find(db, id)
        switch link.state {
        case .given, .refused: return try deny(db, link, "used", .denied)
        case .revoked: return try deny(db, link, "revoked", .denied)
        case .expired: return try deny(db, link, "expired", .denied)
        case .stale where act != .look: return try deny(db, link, "stale", .stale(revision: link.revision))
        case .open, .stale: break
        }
        let bound = Bound(
            link: link, revision: try Revision.find(db, link.article, link.revision), section: article.section)
        switch act {
        case .look:
            try note(db, link, "looked")
            return .shown(bound)
        case .give(let comment): return try answer(db, article, bound, .approve, comment)
        case .refuse(let comment): return try answer(db, article, bound, .changes, comment)
        }
    }

    private func answer(
        _ db: Connection, _ article: Article, _ bound: Bound, _ verdict: Verdict, _ comment: String?
    ) throws -> Outcome {
        let link = bound.link
        guard article.status.isOfTheHouse || [.inReview, .approved].contains(article.status) else {
            return try deny(db, link, "state", .notNow(article.status))
        }
        let words: String?
        do { words = try comment.map { try Remark("comment", $0).text } } catch let error as EditorialError {
            return .badComment(error)
        }
        try note(db, link, verdict == .approve ? "given" : "refused")
        guard verdict == .approve else {
            try record(db, bound, .changes, words, approval: nil)
            return .refused(bound)
        }
        let counts =
            try db.value(
                "SELECT editorial.link_counts(\(link.article), \(link.kind))", as: Bool.self) ?? false
        guard counts, let approval = try approve(db, bound) else {
            try record(db, bound, .recommend, words, approval: nil)
            return .recommended(bound)
        }
        try record(db, bound, .approve, words, approval: approval)
        let (status, missing) = try GiveApproval.settle(db, article, bound.revision, as: nil, by: origin)
        return .approved(
            bound,
            Approval(
                id: approval, article: link.article, revision: link.revision, kind: link.kind, status: status,
                missing: missing))
    }

    /// The approval by this link, or the one the same person gave already; nil when it can only be a recommendation,
    /// because whoever made or reads the link stands too near to the text.
    private func approve(_ db: Connection, _ bound: Bound) throws -> ID<Approval>? {
        let link = bound.link
        let given: ID<Approval>?
        do {
            given = try db.savepoint {
                try db.row(
                    """
                    INSERT INTO editorial.approval (article_id, revision, hash, kind, signoff_id) \
                    VALUES (\(link.article), \(link.revision), \(link.hash), \(link.kind), \(link.id)) \
                    ON CONFLICT ON CONSTRAINT approval_once DO NOTHING RETURNING id
                    """
                ) { try $0.next(ID<Approval>.self) }
            }
        } catch let error as PostgresError where error.constraint == "approval_apart" {
            return nil
        }
        guard let given else {
            return try db.one(
                """
                SELECT id FROM editorial.approval WHERE article_id = \(link.article) AND revision = \(link.revision) \
                AND kind = \(link.kind) AND person = editorial.person_signing(\(link.id))
                """
            ) { try $0.next(ID<Approval>.self) }
        }
        try Audit.append(
            db, Subject(.article, link.article.rawValue), "approval.given", by: origin,
            facts: [
                "approval": .integer(given.rawValue), "revision": .integer(Int64(link.revision)),
                "hash": .string(link.hashText), "kind": .string(link.kind.rawValue),
                "signoff": .integer(link.id.rawValue),
            ])
        return given
    }

    private func record(
        _ db: Connection, _ bound: Bound, _ verdict: Verdict, _ comment: String?, approval: ID<Approval>?
    ) throws {
        let link = bound.link
        let id = try db.one(
            """
            INSERT INTO editorial.review_response \
            (article_id, revision, hash, kind, verdict, comment, approval_id, signoff_id) \
            VALUES (\(link.article), \(link.revision), \(link.hash), \(link.kind), \(verdict), \(comment), \
            \(approval), \(link.id)) RETURNING id
            """
        ) { try $0.next(ID<ReviewResponse>.self) }
        let facts: [String: JSON] = [
            "response": .integer(id.rawValue), "revision": .integer(Int64(link.revision)),
            "hash": .string(link.hashText), "verdict": .string(verdict.rawValue), "signoff": .integer(link.id.rawValue),
        ]
        let subject = Subject(.article, link.article.rawValue)
        try Outbox.put(db, type: "review.responded", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "signoff.answered", by: origin, facts: facts)
    }

    private func note(_ db: Connection, _ link: SignOff, _ event: String) throws {
        try db.run(
            "INSERT INTO editorial.signoff_event (signoff_id, event, via) VALUES (\(link.id), \(event), \(origin.via))")
    }

    private func deny(
        _ db: Connection, _ link: SignOff?, _ reason: String, _ outcome: Outcome
    ) throws -> Outcome {
        try db.run(
            """
            INSERT INTO editorial.signoff_event (signoff_id, event, reason, via) \
            VALUES (\(link?.id), 'denied', \(reason), \(origin.via))
            """)
        return outcome
    }
}

extension Article {
    /// The article of a link, locked; whoever holds the link may know of it.
    fileprivate static func lockForLink(_ db: Connection, _ id: ID<Article>) throws -> Article {
        try db.one("SELECT \(raw: columns) FROM \(raw: tables) WHERE a.id = \(id) FOR UPDATE OF a") {
            try Article(&$0)
        }
    }
}
