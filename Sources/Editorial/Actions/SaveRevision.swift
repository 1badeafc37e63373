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

    /// What to change; nil leaves a field as it is in the current text.
    public struct Change: Sendable {
        public var title: String?
        public var dek: String?
        public var body: String?
        public var bylines: [Credit]?
        public var slug: Slug?
        public var note: String?

        public init(
            title: String? = nil, dek: String? = nil, body: String? = nil, bylines: [Credit]? = nil, slug: Slug? = nil,
            note: String? = nil
        ) {
            self.title = title
            self.dek = dek
            self.body = body
            self.bylines = bylines
            self.slug = slug
            self.note = note
        }
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
    ///   `changedMeanwhile`, `revisionUnknown`, `contributorUnknown`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Saved {
        let article = try Article.lock(db, article, for: actor)
        try article.requireWritable(db, by: actor)
        try article.require(.pitch, .assigned, .drafting, .inReview, .approved, .published)
        let current = try article.head.map { try Revision.find(db, article.id, $0) }
        try requireFresh(db, article, current)

        let content = try changed(db, current?.content ?? Content(title: article.title))
        let canonical = content.canonical
        if let current, current.content.canonical == canonical { return Saved(revision: current, isNew: false) }
        return Saved(revision: try insert(db, article, canonical), isNew: true)
    }

    /// - Throws: ``EditorialError``: `baseRequired`, `changedMeanwhile`, `revisionUnknown`.
    private func requireFresh(_ db: Connection, _ article: Article, _ current: Revision?) throws {
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
                    diff: Diff.unified(from: current.content.comparable, to: try changed(db, begun).comparable)))
        }
    }

    private func changed(_ db: Connection, _ content: Content) throws -> Content {
        var content = content
        content.title = change.title ?? content.title
        content.dek = change.dek ?? content.dek
        content.body = change.body ?? content.body
        content.slug = change.slug ?? content.slug
        if let credits = change.bylines {
            let known = try Contributor.all(db, credits.map(\.contributor))
            content.bylines = try credits.map { credit in
                guard let contributor = known[credit.contributor] else {
                    throw EditorialError.contributorUnknown(credit.contributor)
                }
                return Content.Byline(contributor: credit.contributor, role: credit.role, name: contributor.name)
            }
        }
        return try content.checked()
    }

    private func insert(_ db: Connection, _ article: Article, _ canonical: [UInt8]) throws -> Revision {
        let number = (article.head ?? 0) + 1
        // Characters that are escaped in the stored form count six times.
        let tooLong = EditorialError.contentRefused(field: "text", reason: "it is longer than 4 MiB as stored")
        _ = try naming(["revision_content_size": tooLong]) {
            try db.run(
                """
                INSERT INTO editorial.revision (article_id, number, parent, content, note, saved_by) \
                VALUES (\(article.id), \(number), \(article.head), \(canonical), \
                \(change.note), \(actor.account))
                """)
        }
        if article.status != .drafting, article.status != .inReview {
            try article.move(db, to: .drafting, by: .save, as: actor)
        }
        let revision = try Revision.find(db, article.id, number)
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "revision.saved", by: actor.origin,
            facts: ["revision": .integer(Int64(number)), "hash": .string(revision.hashText)])
        return revision
    }
}
