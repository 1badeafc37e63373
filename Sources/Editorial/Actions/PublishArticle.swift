public import Access
internal import Journal
public import Postgres
public import Values

/// Publishes the approved text of an article. The slug is taken for ever: a link must not come to mean another story.
public struct PublishArticle {
    let article: ID<Article>
    let revision: Int?
    let actor: Actor

    /// - Parameter revision: the text that is meant to go out; nil for the approved one.
    public init(_ article: ID<Article>, revision: Int? = nil, by actor: Actor) {
        self.article = article
        self.revision = revision
        self.actor = actor
    }

    /// Publishing the same revision again gives the release that there is.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `nothingSaved`, `wrongState`,
    ///   `revisionUnknown`, `staleApproval`, `notApproved`, `picturesIncomplete`, `notPlaced`, `slugTaken`, `pathTaken`, `slugNeeded`.
    public func perform(_ db: Connection) throws -> Release {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articlePublish, section: article.section)
        let live = try article.liveRelease.map { try Release.find(db, $0) }
        if let live, live.revision == revision ?? article.head { return live }

        let head = try article.currentRevision(db, expected: revision)
        try requireApproved(db, article, head, live)
        guard article.section != nil, article.kind != nil else { throw EditorialError.notPlaced(article.id) }
        let slug = try slug(of: head, article, live)
        let release = try namingPictures(of: article.id) { try insert(db, article, head, slug, live) }

        let subject = Subject(.article, article.id.rawValue)
        let facts: [String: JSON] = [
            "release": .integer(release.id.rawValue), "revision": .integer(Int64(release.revision)),
            "hash": .string(head.hashText),
        ]
        try Outbox.put(
            db, type: "article.published", subject: subject,
            payload: .object(facts.merging(["path": .string(release.path), "slug": .string(slug.text)]) { $1 }))
        try Audit.append(db, subject, "article.published", by: actor.origin, facts: facts)
        return release
    }

    /// Says which it is: never approved, or approved and then edited.
    private func requireApproved(_ db: Connection, _ article: Article, _ head: Revision, _ live: Release?) throws {
        let standing = try article.standing(db, revision: head.number)
        if article.status == .approved, standing.allSatisfy(\.isMet) { return }
        let approved = try db.value(
            """
            SELECT max(v.revision) FROM editorial.approval v WHERE v.article_id = \(article.id) \
            AND v.revision < \(head.number) AND v.revision > \(live?.revision ?? 0)
            """, as: Int?.self)
        if let approved, let approved {
            throw EditorialError.staleApproval(article.id, revision: approved, current: head.number)
        }
        if standing.allSatisfy(\.isMet) { try article.require(.approved) }
        throw EditorialError.notApproved(article.id, standing.filter { !$0.isMet })
    }

    private func slug(of head: Revision, _ article: Article, _ live: Release?) throws -> Slug {
        guard let slug = head.content.slug ?? live?.slug ?? Slug.derived(from: head.content.title) else {
            throw EditorialError.slugNeeded(article.id)
        }
        return slug
    }

    /// A new slug after publication is a new path; the database keeps the old one as a redirect.
    private func path(_ db: Connection, _ slug: Slug, _ live: Release?) throws -> String {
        if let live, live.slug == slug { return live.path }
        let day = try db.one(
            "SELECT (coalesce(\(live?.firstPublishedAt), clock_timestamp()) "
                + "AT TIME ZONE access.publication_zone())::date"
        ) { try $0.next(LocalDate.self) }
        return Release.path(for: slug, on: day)
    }

    private func insert(
        _ db: Connection, _ article: Article, _ head: Revision, _ slug: Slug, _ live: Release?
    ) throws -> Release {
        let html = try head.content.html()
        let path = try path(db, slug, live)
        let kind = live == nil ? Release.Kind.first : .update
        let id = try naming([
            "slug_taken": .slugTaken(slug), "path_taken": .pathTaken(path),
            "release_approved": .notApproved(article.id, []), "release_placed": .notPlaced(article.id),
        ]) {
            try db.one(
                """
                INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                VALUES (\(article.id), \(head.number), \(head.hash), \(kind), \(slug), \(path), \(html), \
                \(actor.account)) RETURNING id
                """
            ) { try $0.next(ID<Release>.self) }
        }
        return try Release.find(db, id)
    }
}
