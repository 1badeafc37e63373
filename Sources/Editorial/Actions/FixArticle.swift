public import Access
internal import Journal
public import Postgres
public import Values

/// Mends the live text while a draft waits: the fix is made of the live text, goes through approvals of its own, and is
/// released without the draft's changes.
public struct FixArticle {
    let article: ID<Article>
    let change: SaveRevision.Change
    let actor: Actor

    public init(_ article: ID<Article>, _ change: SaveRevision.Change, by actor: Actor) {
        self.article = article
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `notPublic`, `contributorUnknown`,
    ///   `contentRefused`.
    public func perform(_ db: Connection) throws -> SaveRevision.Saved {
        let article = try Article.lock(db, article, for: actor)
        try article.requireWritable(db, by: actor)
        guard let live = article.liveRelease, article.publicStatus == .live || article.publicStatus == .corrected else {
            throw EditorialError.notPublic(article.id, article.publicStatus)
        }
        let base = try article.fixHead(db) ?? Release.find(db, live).revision
        let before = try Revision.find(db, article.id, base)
        let content = try change.applied(db, to: before.content, of: article, by: actor)
        if content.canonical == before.content.canonical {
            return SaveRevision.Saved(revision: before, isNew: false)
        }
        let number = try article.nextRevision(db)
        try article.refusing {
            try db.run(
                """
                INSERT INTO editorial.revision (article_id, number, parent, branch, content, note, saved_by) \
                VALUES (\(article.id), \(number), \(base), 'fix', \(content.canonical), \(change.note), \
                \(actor.account))
                """)
        }
        let revision = try Revision.find(db, article.id, number)
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "revision.fixed", by: actor.origin,
            facts: [
                "revision": .integer(Int64(number)), "hash": .string(revision.hashText),
                "of": .integer(Int64(base)),
            ])
        // A fix isn't handed in; an author who makes it says yes to it by that.
        try article.recordOwnYes(db, revision, as: actor)
        return SaveRevision.Saved(revision: revision, isNew: true)
    }
}
