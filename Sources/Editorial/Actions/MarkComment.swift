public import Access
internal import Journal
public import Postgres
public import Values

/// Resolves a thread, or opens it again. Who did it and when stays.
public struct MarkComment {
    public enum Mark: String, Sendable, CaseIterable, PostgresCodable {
        case resolved, reopened
    }

    let comment: ID<Comment>
    let mark: Mark
    let actor: Actor

    /// - Parameter comment: the thread's first, or any reply in it.
    public init(_ comment: ID<Comment>, _ mark: Mark, by actor: Actor) {
        self.comment = comment
        self.mark = mark
        self.actor = actor
    }

    /// Whoever began the thread or may review may do it; of what doesn't block, also whoever writes the text.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `commentUnknown`, `commentMarked`.
    public func perform(_ db: Connection) throws -> Comment {
        let (article, thread) = try Comment.lock(db, threadOf: comment, for: actor)
        try requirePermission(db, article, thread)
        guard thread.isOpen == (mark == .resolved) else {
            throw EditorialError.commentMarked(thread.id, isOpen: thread.isOpen, by: thread.resolvedBy)
        }
        let row = try db.one(
            """
            INSERT INTO editorial.comment_mark (comment_id, mark, account_id) \
            VALUES (\(thread.id), \(mark), \(actor.account)) RETURNING id
            """
        ) { try $0.next(Int64.self) }
        let facts: [String: JSON] = [
            "comment": .integer(thread.id.rawValue), "blocking": .bool(thread.isBlocking), "mark": .integer(row),
        ]
        let subject = Subject(.article, article.id.rawValue)
        try Outbox.put(db, type: "comment.\(mark.rawValue)", subject: subject, payload: .object(facts))
        try Audit.append(db, subject, "comment.\(mark.rawValue)", by: actor.origin, facts: facts)
        return try Comment.find(db, thread.id)
    }

    private func requirePermission(_ db: Connection, _ article: Article, _ thread: Comment) throws {
        if thread.account == actor.account || actor.may(.reviewRespond, section: article.section) { return }
        if thread.isBlocking { try actor.require(.reviewRespond, section: article.section) }
        try article.requireWritable(db, by: actor)
    }
}
