public import Access
internal import Journal
public import Postgres
public import Values

/// Takes into a draft what became public since it was begun. What both changed is shown, and nothing is written until
/// somebody has decided.
public struct RebaseArticle {
    let article: ID<Article>
    let body: String?
    let side: Merge.Side?
    let actor: Actor

    /// - Parameters:
    ///   - body: the body that somebody resolved; nil to merge it by lines.
    ///   - side: whose value stands where both changed another field: `ours` the draft's, `theirs` the live text's.
    public init(_ article: ID<Article>, body: String? = nil, preferring side: Merge.Side? = nil, by actor: Actor) {
        self.article = article
        self.body = body
        self.side = side
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`, `nothingSaved`,
    ///   `notBehind`, `rebaseConflicts`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Revision {
        let article = try Article.lock(db, article, for: actor)
        try article.requireWritable(db, by: actor)
        let draft = try article.currentRevision(db)
        guard let behind = try article.behind(db) else { throw EditorialError.notBehind(article.id) }
        let live = try Revision.find(db, article.id, behind.live)
        let old = try behind.base.map { try Revision.find(db, article.id, $0).content }
        let merged = try Merge.documents(
            base: old ?? Content(title: ""), ours: draft.content, theirs: live.content, body: body, side: side)
        guard merged.conflicts.isEmpty else {
            throw EditorialError.rebaseConflicts(article.id, merged.conflicts)
        }
        return try save(db, article, draft, try merged.content.checked(), live)
    }

    private func save(
        _ db: Connection, _ article: Article, _ draft: Revision, _ content: Content, _ live: Revision
    ) throws -> Revision {
        let number = try article.nextRevision(db)
        try article.refusing {
            try db.run(
                """
                INSERT INTO editorial.revision (article_id, number, parent, merged, content, note, saved_by) \
                VALUES (\(article.id), \(number), \(draft.number), \(live.number), \(content.canonical), \
                \("rebased on revision \(live.number)"), \(actor.account))
                """)
        }
        try article.startAgain(db, as: actor)
        let revision = try Revision.find(db, article.id, number)
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "revision.rebased", by: actor.origin,
            facts: [
                "revision": .integer(Int64(number)), "hash": .string(revision.hashText),
                "on": .integer(Int64(live.number)),
            ])
        return revision
    }
}

extension Article {
    /// How far the draft is behind: what it is based on, and what is live now. Nil when it is based on what is live, or
    /// nothing is.
    func behind(_ db: Connection) throws -> (base: Int?, live: Int)? {
        try db.row(
            """
            SELECT r.base, l.revision FROM editorial.article a \
            JOIN editorial.release l ON l.id = a.live_release_id \
            JOIN editorial.revision r ON r.article_id = a.id AND r.number = a.head \
            WHERE a.id = \(id) AND r.number <> l.revision AND r.base IS DISTINCT FROM l.revision
            """
        ) { (base: try $0.next(Int?.self), live: try $0.next(Int.self)) }
    }
}
