public import Access
internal import Journal
public import Postgres
public import Values

/// Sets what the desk knows of an article beside its text: when it is due, and where it was taken from.
public struct PlanArticle {
    /// What to change; nil leaves it as it is.
    public struct Change: Sendable {
        /// A new deadline, or none.
        public var due: Deadline?
        public var origin: Origin?

        public init(due: Deadline? = nil, origin: Origin? = nil) {
            self.due = due
            self.origin = origin
        }
    }

    public enum Deadline: Sendable, Hashable {
        case on(Due)
        case never
    }

    /// A story taken in from elsewhere.
    public enum Origin: Sendable, Hashable {
        /// - Parameters:
        ///   - url: where it stands there.
        ///   - permission: who allowed it, when, in what words.
        case outlet(String, url: String, permission: String?)
        case own
    }

    let article: ID<Article>
    let change: Change
    let actor: Actor

    public init(_ article: ID<Article>, _ change: Change, by actor: Actor) {
        self.article = article
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `dueNonexistent`, `dueAmbiguous`,
    ///   `contentRefused`.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articlePlan, section: article.section)
        var changed: [JSON] = []
        if let due = change.due {
            try set(db, article.id, due)
            changed.append("due")
        }
        if let origin = change.origin {
            try set(db, article.id, origin)
            changed.append("origin")
        }
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "article.planned", by: actor.origin,
            facts: ["changed": .array(changed)])
        return try Article.find(db, article.id, for: actor)
    }

    private func set(_ db: Connection, _ id: ID<Article>, _ due: Deadline) throws {
        switch due {
        case .never:
            try db.run(
                "UPDATE editorial.article SET due_at = NULL, due_local = NULL, due_zone = NULL WHERE id = \(id)")
        case .on(let due):
            let instant = try due.instant()
            try db.run(
                """
                UPDATE editorial.article SET due_at = \(instant), due_local = \(due.wall.description), \
                due_zone = \(due.zone.name) WHERE id = \(id)
                """)
        }
    }

    private func set(_ db: Connection, _ id: ID<Article>, _ origin: Origin) throws {
        switch origin {
        case .own:
            try db.run(
                """
                UPDATE editorial.article SET origin_outlet = NULL, origin_url = NULL, origin_permission = NULL \
                WHERE id = \(id)
                """)
        case .outlet(let outlet, let url, let permission):
            let refused = EditorialError.contentRefused(
                field: "origin", reason: "its address is a whole one that begins with http:// or https://")
            try naming(["article_origin_url_form": refused]) {
                _ = try db.run(
                    """
                    UPDATE editorial.article SET origin_outlet = \(outlet), origin_url = \(url), \
                    origin_permission = \(permission) WHERE id = \(id)
                    """)
            }
        }
    }
}
