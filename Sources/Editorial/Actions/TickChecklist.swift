public import Access
internal import Journal
public import Postgres
public import Values

/// Says that an item of a checklist is seen to for the current text, or that it isn't after all.
public struct TickChecklist {
    let article: ID<Article>
    let item: String
    let isTicked: Bool
    let revision: Int?
    let actor: Actor

    /// - Parameters:
    ///   - item: its name, with its list's before it ("standards/sources") where two lists have one of that name.
    ///   - revision: the text that was read; nil for whichever is current.
    public init(_ article: ID<Article>, _ item: String, isTicked: Bool = true, revision: Int? = nil, by actor: Actor) {
        self.article = article
        self.item = item
        self.isTicked = isTicked
        self.revision = revision
        self.actor = actor
    }

    /// What stands already isn't written again.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `nothingSaved`, `revisionUnknown`,
    ///   `staleApproval`, `itemUnknown`.
    public func perform(_ db: Connection) throws -> Checklist.Item {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.checklistTick, section: article.section)
        let revision = try article.currentRevision(db, expected: revision)
        let before = try find(db, article, revision)
        if let permission = before.permission { try actor.require(permission, section: article.section) }
        guard before.isTicked != isTicked else { return before }
        let tick = try db.one(
            """
            INSERT INTO editorial.checklist_tick \
            (article_id, revision, hash, workflow, checklist, item, ticked, account_id) \
            SELECT a.id, \(revision.number), \(revision.hash), a.workflow, \(before.checklist), \(before.name), \
            \(isTicked), \(actor.account) FROM editorial.article a WHERE a.id = \(article.id) RETURNING id
            """
        ) { try $0.next(Int64.self) }
        let word = isTicked ? "ticked" : "unticked"
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "checklist.\(word)", by: actor.origin,
            facts: [
                "revision": .integer(Int64(revision.number)), "hash": .string(revision.hashText),
                "checklist": .string(before.checklist), "item": .string(before.name), "tick": .integer(tick),
            ])
        return try find(db, article, revision)
    }

    private func find(_ db: Connection, _ article: Article, _ revision: Revision) throws -> Checklist.Item {
        let items = try Checklist.items(db, article.id, revision: revision.number)
        let named = items.filter { $0.name == item || "\($0.checklist)/\($0.name)" == item }
        guard named.count == 1, let found = named.first else {
            throw EditorialError.itemUnknown(
                article.id, item, known: (named.isEmpty ? items : named).map { "\($0.checklist)/\($0.name)" })
        }
        return found
    }
}
