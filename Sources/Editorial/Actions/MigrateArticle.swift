public import Access
internal import Journal
public import Postgres
public import Values

/// Moves an article from the version of the workflow it began on to another.
public struct MigrateArticle {
    let article: ID<Article>
    let version: Int
    let actor: Actor

    public init(_ article: ID<Article>, to version: Int, by actor: Actor) {
        self.article = article
        self.version = version
        self.actor = actor
    }

    /// What the new policy wants counts at once.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `workflowUnknown`,
    ///   `noSuchStateThere`.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleMigrate)
        let id = try naming([
            "article_migration_version_fkey": .workflowUnknown(version),
            "article_migration_state": .noSuchStateThere(article.id, article.status, version: version),
        ]) {
            guard
                try db.one(
                    "SELECT EXISTS (SELECT FROM editorial.workflow w WHERE w.version = \(version))",
                    { try $0.next(Bool.self) })
            else { throw EditorialError.workflowUnknown(version) }
            return try db.one(
                """
                INSERT INTO editorial.article_migration (article_id, to_version, account_id) \
                VALUES (\(article.id), \(version), \(actor.account)) RETURNING id
                """
            ) { try $0.next(Int64.self) }
        }
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "article.migrated", by: actor.origin,
            facts: ["migration": .integer(id), "workflow": .integer(Int64(version))])
        _ = try Article.find(db, article.id, for: actor).settle(db, as: actor)
        return try Article.find(db, article.id, for: actor)
    }
}
