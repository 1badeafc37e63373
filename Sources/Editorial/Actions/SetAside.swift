public import Access
internal import Journal
public import Postgres
public import Values

/// Takes an article off its way, with a reason: held for a while, declined as a pitch, killed before anybody read it.
public struct SetAside {
    public enum Way: String, Sendable, CaseIterable {
        case hold, decline, kill

        var step: Article.Step { Article.Step(rawValue: rawValue) }

        var status: Article.Status {
            switch self {
            case .hold: .onHold
            case .decline: .declined
            case .kill: .killed
            }
        }
    }

    let article: ID<Article>
    let way: Way
    let reason: String
    let actor: Actor

    public init(_ article: ID<Article>, _ way: Way, reason: String, by actor: Actor) {
        self.article = article
        self.way = way
        self.reason = reason
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `reasonNeeded`, `killedTooLate`,
    ///   `wrongState`.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        switch way {
        case .hold: try actor.require(.articleHold, section: article.section)
        case .decline: try actor.require(.articleAssign, section: article.section)
        case .kill:
            let wasApproved = try db.one("SELECT editorial.was_approved(\(article.id))") { try $0.next(Bool.self) }
            try actor.require(wasApproved ? .articleKillApproved : .articleKill, section: article.section)
        }
        let given = try db.one("SELECT length(btrim(\(reason))) BETWEEN 3 AND 10000") { try $0.next(Bool.self) }
        guard given else { throw EditorialError.reasonNeeded("article \(way.rawValue)") }
        let id = try db.one(
            """
            INSERT INTO editorial.reason (article_id, step, reason, account_id) \
            VALUES (\(article.id), \(way.rawValue), \(reason), \(actor.account)) RETURNING id
            """
        ) { try $0.next(Int64.self) }
        try naming(["article_kill_unpublished": .killedTooLate(article.id)]) {
            try article.move(db, to: way.status, by: way.step, as: actor)
        }
        let subject = Subject(.article, article.id.rawValue)
        let facts: [String: JSON] = ["reason": .integer(id)]
        let what =
            switch way {
            case .hold: "article.held"
            case .decline: "article.declined"
            case .kill: "article.killed"
            }
        try Outbox.put(db, type: what, subject: subject, payload: .object(facts))
        try Audit.append(db, subject, what, by: actor.origin, facts: facts)
        return try Article.find(db, article.id, for: actor)
    }
}
