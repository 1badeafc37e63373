public import Access
internal import Journal
public import Postgres
public import Values

/// Saves a text as the next revision, never over somebody else's.
///
/// A pitch becomes a draft by it; an approved or published article a draft again: what was approved is that other text.
public struct SaveRevision {
    /// What the writer saw when he began.
    public enum Base: Sendable, Hashable {
        case revision(Int)
        /// Whatever is there now: he says that he knows.
        case latest
    }

    /// A contributor and what for, in the order to be printed.
    public struct Credit: Sendable, Hashable {
        public let contributor: Slug
        public let role: String

        public init(_ contributor: Slug, role: String = "author") {
            self.contributor = contributor
            self.role = role
        }

        /// Reads "ann-example" or "ann-example:photographer".
        public init(_ text: String) throws(ValueError) {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            contributor = try Slug(String(parts.first ?? ""))
            role = parts.count == 2 ? String(parts[1]) : "author"
            guard !role.isEmpty, role.utf8.count <= 100 else {
                throw ValueError(kind: "byline", value: text, reason: "write SLUG or SLUG:ROLE")
            }
        }
    }

    public struct Saved: Sendable {
        public let revision: Revision
        /// False when the text was the same as the current one, and nothing was written.
        public let isNew: Bool
    }

    let article: ID<Article>
    let change: Change
    let base: Base?
    let actor: Actor

    public init(_ article: ID<Article>, _ change: Change, base: Base?, by actor: Actor) {
        self.article = article
        self.change = change
        self.base = base
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`, `baseRequired`,
    ///   `changedMeanwhile`, `revisionUnknown`, `contributorUnknown`, `contentRefused`, `imageUnknown`,
    ///   `pictureNotShown`, `altRepeats`.
    public func perform(_ db: Connection) throws -> Saved { try perform(db, restoring: nil) }

    /// - Parameter older: the text to save instead of a change to the current one.
    func perform(_ db: Connection, restoring older: Revision?) throws -> Saved {
        let article = try Article.lock(db, article, for: actor)
        try article.requireWritable(db, by: actor)
        try article.requireOnTheWay(
            .pitch, .assigned, .drafting, .inReview, .approved, .scheduled, .scheduleFailed, .published)
        let current = try article.head.map { try Revision.find(db, article.id, $0) }
        try requireFresh(db, article, current, older)

        let content =
            try older?.content
            ?? change.applied(
                db, to: current?.content ?? Content(title: article.title), of: article, by: actor)
        let canonical = content.canonical
        if let current, current.content.canonical == canonical { return Saved(revision: current, isNew: false) }
        return Saved(revision: try insert(db, article, older?.number ?? article.head, canonical), isNew: true)
    }

    /// - Throws: ``EditorialError``: `baseRequired`, `changedMeanwhile`, `revisionUnknown`.
    private func requireFresh(
        _ db: Connection, _ article: Article, _ current: Revision?, _ older: Revision?
    ) throws {
        guard let current else {
            if case .revision(let number) = base, number != 0 {
                throw EditorialError.revisionUnknown(article.id, number: number)
            }
            return
        }
        switch base {
        case nil: throw EditorialError.baseRequired(article.id, current: current.number)
        case .latest: return
        case .revision(let number) where number == current.number: return
        case .revision(let number) where number > current.number || number < 0:
            throw EditorialError.revisionUnknown(article.id, number: number)
        case .revision(let number):
            let begun = number == 0 ? Content(title: article.title) : try Revision.find(db, article.id, number).content
            throw EditorialError.changedMeanwhile(
                EditorialError.Conflict(
                    article: article.id, base: number, current: current.number, author: current.savedBy,
                    at: current.savedAt,
                    difference: Diff.between(
                        current.content, try older?.content ?? change.applied(db, to: begun, of: article, by: actor))))
        }
    }

    private func insert(
        _ db: Connection, _ article: Article, _ parent: Int?, _ canonical: [UInt8]
    ) throws -> Revision {
        // Characters that are escaped in the stored form count six times.
        let tooLong = EditorialError.contentRefused(field: "text", reason: "it is longer than 4 MiB as stored")
        let number = try naming(["revision_content_size": tooLong]) {
            try db.one(
                """
                INSERT INTO editorial.revision (article_id, number, parent, content, note, saved_by) \
                VALUES (\(article.id), editorial.next_revision(\(article.id)), \(parent), \(canonical), \
                \(change.note), \(actor.account)) RETURNING number
                """
            ) { try $0.next(Int.self) }
        }
        let status = try article.startAgain(db, as: actor)
        let revision = try Revision.find(db, article.id, number)
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "revision.saved", by: actor.origin,
            facts: ["revision": .integer(Int64(number)), "hash": .string(revision.hashText)])
        try article.auditCarried(db, revision, as: actor)
        // What lies with the editors is handed in again by saving it.
        if status != .drafting { try article.recordOwnYes(db, revision, as: actor) }
        return revision
    }
}

extension SaveRevision.Change {
    /// The text with the change made to it, checked.
    func applied(
        _ db: Connection, to before: Content, of article: Article, by actor: Actor
    ) throws -> Content {
        var content = fields(on: before)
        if let credits = bylines {
            let known = try Contributor.all(db, credits.map(\.contributor))
            content.bylines = try credits.map { credit in
                guard let contributor = known[credit.contributor] else {
                    throw EditorialError.contributorUnknown(credit.contributor)
                }
                return Content.Byline(contributor: credit.contributor, role: credit.role, name: contributor.name)
            }
        }
        // Before the pictures are looked for: what is too long isn't parsed.
        content = try content.checked()
        return try RevisionPictures(article: article.id, change: pictures, actor: actor)
            .applied(db, to: content, before: before).checked()
    }
}
