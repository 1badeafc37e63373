public import Access
public import Postgres
public import Values

/// What has to be seen to before a text goes out, item by item; which lists an article has to pass is policy.
public enum Checklist {
    /// An item, and how it stands for a text.
    public struct Item: Sendable, Hashable {
        public let checklist: String
        /// A word, unique in its list.
        public let name: String
        public let text: String
        /// True: a tick is of one text, like an approval. False: of the article, however its text changes.
        public let isPerText: Bool
        /// What it takes to tick it, besides the permission to tick any.
        public let permission: Permission?
        public let isTicked: Bool
        public let by: EmailAddress?
        public let at: Timestamp?

        init(_ row: inout Row) throws {
            checklist = try row.next()
            name = try row.next()
            text = try row.next()
            isPerText = try row.next()
            permission = try row.next(String?.self).map(Permission.init(rawValue:))
            isTicked = try row.next()
            by = try row.next()
            at = try row.next()
        }
    }

    /// The items an article has to pass, in the order of their lists, for the current text.
    ///
    /// - Throws: ``EditorialError``: `articleUnknown`, `nothingSaved`.
    public static func show(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> [Item] {
        let article = try Article.find(db, id, for: actor)
        return try items(db, article.id, revision: article.currentRevision(db).number)
    }

    static func items(_ db: Connection, _ article: ID<Article>, revision: Int) throws -> [Item] {
        try db.rows(
            """
            SELECT s.checklist, s.item, s.item_text, s.per_text, s.permission, s.ticked, u.email, s.ticked_at \
            FROM editorial.checklist_state(\(article), \(revision)) s \
            LEFT JOIN access.account u ON u.id = s.account_id ORDER BY s.checklist, s.item_position, s.item
            """
        ) { try Item(&$0) }
    }
}
