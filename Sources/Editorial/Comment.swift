public import Access
public import Postgres
public import Values

/// Something said about a text or a passage of it; the answers to it are its thread.
public struct Comment: Sendable, Hashable {
    /// The part of the text a passage is quoted from.
    public enum Field: String, Sendable, CaseIterable, PostgresCodable {
        case title, dek, body

        func text(of content: Content) -> String {
            switch self {
            case .title: content.title
            case .dek: content.dek
            case .body: content.body
            }
        }
    }

    /// The passage it is about, as it was quoted from its own revision.
    public struct Quotation: Sendable, Hashable {
        public let field: Field
        public let quote: String
        /// What stood before and after it.
        public let before: String
        public let after: String
        /// Bytes from the field's beginning.
        public let position: Int
    }

    public let id: ID<Comment>
    public let article: ID<Article>
    /// The text it was made on.
    public let revision: Int
    /// The comment it answers; nil for the one that begins a thread.
    public let thread: ID<Comment>?
    /// Nil for a reply, and for what is said of the whole text.
    public let quotation: Quotation?
    public let text: String
    public let isBlocking: Bool
    public let account: ID<Account>
    public let by: EmailAddress
    public let at: Timestamp
    /// Who resolved the thread, and when; nil while it is open.
    public let resolvedBy: EmailAddress?
    public let resolvedAt: Timestamp?

    public var isOpen: Bool { resolvedAt == nil }

    static let columns: StaticString = """
        c.id, c.article_id, c.revision, c.thread_id, c.field, c.quote, c.before, c.after, c.position, c.text, \
        c.blocking, c.account_id, u.email, c.commented_at, k.email, k.marked_at
        """
    static let tables: StaticString = """
        editorial.comment c JOIN access.account u ON u.id = c.account_id LEFT JOIN LATERAL (\
        SELECT l.mark, l.marked_at, m.email FROM editorial.comment_mark l JOIN access.account m ON m.id = l.account_id \
        WHERE l.comment_id = coalesce(c.thread_id, c.id) ORDER BY l.id DESC LIMIT 1) k ON k.mark = 'resolved'
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        article = try row.next()
        revision = try row.next()
        thread = try row.next()
        let field = try row.next(Field?.self)
        let quote = try row.next(String?.self)
        let before = try row.next(String?.self)
        let after = try row.next(String?.self)
        let position = try row.next(Int?.self)
        if let field, let quote, let before, let after, let position {
            quotation = Quotation(field: field, quote: quote, before: before, after: after, position: position)
        } else {
            quotation = nil
        }
        text = try row.next()
        isBlocking = try row.next()
        account = try row.next()
        by = try row.next()
        at = try row.next()
        resolvedBy = try row.next()
        resolvedAt = try row.next()
    }

    static func find(_ db: Connection, _ id: ID<Comment>) throws -> Comment {
        let found = try db.row("SELECT \(raw: columns) FROM \(raw: tables) WHERE c.id = \(id)") { try Comment(&$0) }
        guard let found else { throw EditorialError.commentUnknown(id) }
        return found
    }

    /// The comment that begins this one's thread, with its article locked.
    ///
    /// - Throws: ``EditorialError/commentUnknown(_:)``, also when the actor may not read the article.
    static func lock(
        _ db: Connection, threadOf id: ID<Comment>, for actor: Actor
    ) throws -> (article: Article, comment: Comment) {
        let found = try db.row(
            "SELECT article_id, coalesce(thread_id, id) FROM editorial.comment WHERE id = \(id)"
        ) { row in (article: try row.next(ID<Article>.self), thread: try row.next(ID<Comment>.self)) }
        guard let found else { throw EditorialError.commentUnknown(id) }
        do {
            let article = try Article.lock(db, found.article, for: actor)
            return (article, try find(db, found.thread))
        } catch EditorialError.articleUnknown {
            throw EditorialError.commentUnknown(id)
        }
    }
}

extension Comment.Quotation {
    /// Characters of the neighbourhood that are kept with a quotation.
    static let context = 60

    /// The passage with these words, wherever a line breaks in it.
    ///
    /// - Parameter occurrence: which of several, from 1; nil when there is one.
    /// - Throws: ``EditorialError``: `quoteMissing`, `quoteAmbiguous`, `occurrenceUnknown`, `contentRefused`.
    init(_ quote: String, of field: Comment.Field, occurrence: Int?, in revision: Revision) throws(EditorialError) {
        let wanted = Wording(try Remark("quotation", quote).text)
        let words = Wording(field.text(of: revision.content))
        let starts = words.occurrences(of: wanted.keys[wanted.trimmed])
        guard !starts.isEmpty else { throw .quoteMissing(field, revision: revision.number) }
        guard starts.count == 1 || occurrence != nil else {
            throw .quoteAmbiguous(field, lines: starts.map(words.line))
        }
        let place = (occurrence ?? 1) - 1
        guard starts.indices.contains(place) else {
            throw .occurrenceUnknown(occurrence ?? 1, of: starts.count)
        }
        let start = starts[place]
        let end = start + wanted.trimmed.count
        self.init(
            field: field, quote: words.text(start..<end),
            before: String(words.text(0..<start).suffix(Self.context)),
            after: String(words.text(end..<words.count).prefix(Self.context)),
            position: words.ranges[start].lowerBound)
    }

    /// Where the passage stands in another text than the one it was quoted from; both are its field's.
    func place(from old: Wording, in new: Wording) -> Place {
        Anchor(quote, at: position, in: old)?.place(in: new) ?? .orphaned
    }
}
