public import Access
internal import Journal
public import Postgres
public import Values

/// Says something about a passage, or about the whole text.
public struct AddComment {
    /// What a comment is about.
    public struct Passage: Sendable, Hashable {
        public let quote: String
        public let field: Comment.Field
        /// Which of several equal passages, from 1.
        public let occurrence: Int?

        public init(_ quote: String, field: Comment.Field = .body, occurrence: Int? = nil) {
            self.quote = quote
            self.field = field
            self.occurrence = occurrence
        }
    }

    let article: ID<Article>
    let passage: Passage?
    let text: String
    let isBlocking: Bool
    let revision: Int?
    let actor: Actor

    /// - Parameters:
    ///   - isBlocking: nothing goes out until it is resolved.
    ///   - revision: the text that was read; nil for the current one.
    public init(
        _ article: ID<Article>, on passage: Passage?, text: String, isBlocking: Bool = false, revision: Int? = nil,
        by actor: Actor
    ) {
        self.article = article
        self.passage = passage
        self.text = text
        self.isBlocking = isBlocking
        self.revision = revision
        self.actor = actor
    }

    /// To hold a text up takes the permission to review, or having been asked to.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `nothingSaved`, `revisionUnknown`,
    ///   `quoteMissing`, `quoteAmbiguous`, `occurrenceUnknown`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Comment {
        let article = try Article.lock(db, article, for: actor)
        let asked = try ReviewRequest.open(db, article.id, of: actor.account, kind: nil)
        if asked.isEmpty { try actor.require(.commentWrite, section: article.section) }
        if isBlocking, asked.isEmpty { try actor.require(.reviewRespond, section: article.section) }
        let current = try article.currentRevision(db)
        let read = try revision.map { try Revision.find(db, article.id, $0) } ?? current
        let text = try Remark("comment", text).text
        let quotation = try passage.map {
            try Comment.Quotation($0.quote, of: $0.field, occurrence: $0.occurrence, in: read)
        }
        let id = try db.one(
            """
            INSERT INTO editorial.comment \
            (article_id, revision, hash, field, quote, before, after, position, text, blocking, account_id) \
            VALUES (\(article.id), \(read.number), \(read.hash), \(quotation?.field), \(quotation?.quote), \
            \(quotation?.before), \(quotation?.after), \(quotation?.position), \(text), \(isBlocking), \
            \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<Comment>.self) }
        try Self.record(db, article.id, id, "comment.added", read, isBlocking: isBlocking, by: actor)
        return try Comment.find(db, id)
    }

    static func record(
        _ db: Connection, _ article: ID<Article>, _ id: ID<Comment>, _ action: String, _ revision: Revision,
        isBlocking: Bool, by actor: Actor
    ) throws {
        let facts: [String: JSON] = [
            "comment": .integer(id.rawValue), "revision": .integer(Int64(revision.number)),
            "hash": .string(revision.hashText), "blocking": .bool(isBlocking),
        ]
        let subject = Subject(.article, article.rawValue)
        try Outbox.put(db, type: action, subject: subject, payload: .object(facts))
        try Audit.append(db, subject, action, by: actor.origin, facts: facts)
    }
}

/// Answers a comment.
public struct ReplyComment {
    let comment: ID<Comment>
    let text: String
    let actor: Actor

    public init(to comment: ID<Comment>, text: String, by actor: Actor) {
        self.comment = comment
        self.text = text
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `commentUnknown`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Comment {
        let (article, thread) = try Comment.lock(db, threadOf: comment, for: actor)
        if try ReviewRequest.open(db, article.id, of: actor.account, kind: nil).isEmpty {
            try actor.require(.commentWrite, section: article.section)
        }
        let revision = try article.currentRevision(db)
        let text = try Remark("reply", text).text
        let id = try db.one(
            """
            INSERT INTO editorial.comment (article_id, revision, hash, thread_id, text, account_id) \
            VALUES (\(article.id), \(revision.number), \(revision.hash), \(thread.id), \(text), \(actor.account)) \
            RETURNING id
            """
        ) { try $0.next(ID<Comment>.self) }
        try AddComment.record(db, article.id, id, "comment.replied", revision, isBlocking: false, by: actor)
        return try Comment.find(db, id)
    }
}
