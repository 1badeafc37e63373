public import Access
public import Postgres
public import Values

/// What was said about an article, and where it stands in a text.
public enum Comments {
    public struct Line: Sendable {
        public let comment: Comment
        /// Nil for replies and for what is said of the whole text.
        public let place: Place?
        /// The text that the place is looked for in.
        public let revision: Int
    }

    /// Threads in the order they were begun, each with its replies after it.
    ///
    /// - Parameters:
    ///   - openOnly: without what is resolved.
    ///   - revision: the text to find the passages in; nil for the current one.
    /// - Throws: ``EditorialError``: `articleUnknown`, `nothingSaved`, `revisionUnknown`.
    public static func list(
        _ db: Connection, _ id: ID<Article>, openOnly: Bool = false, revision: Int? = nil, for actor: Actor
    ) throws -> [Line] {
        let article = try Article.find(db, id, for: actor)
        let read = try revision.map { try Revision.find(db, article.id, $0) } ?? article.currentRevision(db)
        var query: SQL = "SELECT \(raw: Comment.columns) FROM \(raw: Comment.tables) WHERE c.article_id = \(id)"
        if openOnly { query += " AND NOT editorial.comment_resolved(coalesce(c.thread_id, c.id))" }
        let comments = try db.rows(query + " ORDER BY coalesce(c.thread_id, c.id), c.id") { try Comment(&$0) }
        let quoted = comments.filter { $0.quotation != nil }.map(\.revision)
        var texts = Texts(try contents(db, article.id, Set(quoted).sorted()), current: read)
        return comments.map { comment in
            let place = comment.quotation.map { quotation in
                quotation.place(
                    from: texts.wording(comment.revision, quotation.field), in: texts.wording(nil, quotation.field))
            }
            return Line(comment: comment, place: place, revision: read.number)
        }
    }

    /// The texts that passages are quoted from and looked for in, each taken apart once for however many comments.
    private struct Texts {
        private struct Key: Hashable {
            let revision: Int?
            let field: Comment.Field
        }

        private let contents: [Int: Content]
        private let current: Content
        private var taken: [Key: Wording] = [:]

        init(_ contents: [Int: Content], current: Revision) {
            self.contents = contents
            self.current = current.content
        }

        /// - Parameter revision: nil for the text that is looked in.
        mutating func wording(_ revision: Int?, _ field: Comment.Field) -> Wording {
            let key = Key(revision: revision, field: field)
            if let known = taken[key] { return known }
            let content = revision.flatMap { contents[$0] } ?? current
            let wording = Wording(field.text(of: content))
            taken[key] = wording
            return wording
        }
    }

    /// One comment, where it stands in the current text.
    ///
    /// - Throws: ``EditorialError/commentUnknown(_:)``, also when the actor may not read its article.
    public static func find(_ db: Connection, _ id: ID<Comment>, for actor: Actor) throws -> Line {
        let comment = try Comment.find(db, id)
        do {
            let lines = try list(db, comment.article, for: actor)
            guard let line = lines.first(where: { $0.comment.id == id }) else {
                throw EditorialError.commentUnknown(id)
            }
            return line
        } catch EditorialError.articleUnknown {
            throw EditorialError.commentUnknown(id)
        }
    }

    private static func contents(
        _ db: Connection, _ article: ID<Article>, _ numbers: [Int]
    ) throws -> [Int: Content] {
        guard !numbers.isEmpty else { return [:] }
        let found = try db.rows(
            """
            SELECT number, content FROM editorial.revision WHERE article_id = \(article) \
            AND number = ANY (\(numbers.map(Int64.init)))
            """
        ) { row in (try row.next(Int.self), try Content(canonical: row.next([UInt8].self))) }
        return Dictionary(found) { first, _ in first }
    }
}
