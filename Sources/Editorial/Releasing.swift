internal import Access
internal import Journal
internal import Postgres
internal import Values

/// Writes releases: what is the same whether a person asks for it or a schedule. Whether the text may go out is asked
/// of the database's gate, here and nowhere else.
struct Releasing {
    let article: Article
    /// What the public sees, or saw last.
    let live: Release?
    let account: ID<Account>
    let origin: Origin
    let embeds: Embeds
    let schedule: ID<Schedule>?

    init(
        _ db: Connection, _ article: Article, account: ID<Account>, origin: Origin, embeds: Embeds,
        schedule: ID<Schedule>? = nil
    ) throws {
        self.article = article
        self.account = account
        self.origin = origin
        self.embeds = embeds
        self.schedule = schedule
        live = try article.liveRelease.map { try Release.find(db, $0) }
    }

    /// What a release of a text is beside the text.
    struct Terms {
        var kind: Release.Kind
        var note: String?
        var slug: Slug?
    }

    /// Brings a text out.
    ///
    /// - Throws: ``EditorialError``: `slugTaken`, `pathTaken`, `slugNeeded`, `contentRefused`, `notApproved`, `notPlaced`;
    ///   `PostgresError` with the rule's name for whatever else the gate refuses.
    func release(_ db: Connection, _ revision: Revision, _ terms: Terms) throws -> Release {
        let slug = try terms.slug ?? slug(db, of: revision)
        let path = try path(db, slug)
        let html = try Rendering.page(revision.content, embeds: embeds).html
        let id = try naming([
            "slug_taken": .slugTaken(slug), "path_taken": .pathTaken(path),
            "release_approved": .notApproved(article.id, []), "release_placed": .notPlaced(article.id),
        ]) {
            try db.one(
                """
                INSERT INTO editorial.release \
                (article_id, revision, hash, kind, slug, path, html, note, account_id, schedule_id) \
                VALUES (\(article.id), \(revision.number), \(revision.hash), \(terms.kind), \(slug), \(path), \
                \(html), \(terms.note), \(account), \(schedule)) RETURNING id
                """
            ) { try $0.next(ID<Release>.self) }
        }
        let release = try Release.find(db, id)
        try announce(db, release)
        return release
    }

    /// Takes the text that is out away, or marks it.
    func takeAway(
        _ db: Connection, _ live: Release, kind: Release.Kind, note: String?, signedBy: String? = nil,
        reason: ReasonClass? = nil
    ) throws -> Release {
        let id = try db.one(
            """
            INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, note, signed_by, \
            reason_class, account_id, schedule_id) VALUES (\(article.id), \(live.revision), \(live.hash), \(kind), \
            \(live.slug), \(live.path), '', \(note), \(signedBy), \(reason), \(account), \(schedule)) RETURNING id
            """
        ) { try $0.next(ID<Release>.self) }
        let release = try Release.find(db, id)
        try announce(db, release)
        return release
    }

    /// The live one, unless this text was saved with another than the live text was.
    private func slug(_ db: Connection, of revision: Revision) throws -> Slug {
        if let live {
            let shown = try Revision.find(db, article.id, live.revision).content.slug
            guard let wanted = revision.content.slug, wanted != shown else { return live.slug }
            return wanted
        }
        guard let slug = revision.content.slug ?? Slug.derived(from: revision.content.title) else {
            throw EditorialError.slugNeeded(article.id)
        }
        return slug
    }

    /// A new slug after publication is a new path; the database keeps the old one as a redirect.
    private func path(_ db: Connection, _ slug: Slug) throws -> String {
        if let live, live.slug == slug { return live.path }
        let day = try db.one(
            "SELECT (coalesce(\(live?.firstPublishedAt), clock_timestamp()) "
                + "AT TIME ZONE access.publication_zone())::date"
        ) { try $0.next(LocalDate.self) }
        return Release.path(for: slug, on: day)
    }

    private func announce(_ db: Connection, _ release: Release) throws {
        let subject = Subject(.article, article.id.rawValue)
        var facts: [String: JSON] = [
            "release": .integer(release.id.rawValue), "revision": .integer(Int64(release.revision)),
            "hash": .string(Hexadecimal.text(release.hash)),
        ]
        if let schedule { facts["schedule"] = .integer(schedule.rawValue) }
        let place: [String: JSON] = ["path": .string(release.path), "slug": .string(release.slug.text)]
        try Outbox.put(
            db, type: release.kind.event, subject: subject, payload: .object(facts.merging(place) { $1 }))
        try Audit.append(db, subject, release.kind.event, by: origin, facts: facts)
    }
}

extension Release.Kind {
    /// What is told to whoever listens, and written into the audit.
    var event: String {
        switch self {
        case .imported, .first, .update: "article.published"
        case .correction, .clarification, .editorsNote: "article.corrected"
        case .retraction: "article.retracted"
        case .unpublish: "article.unpublished"
        }
    }
}

extension Article {
    /// The first thing that keeps a text in, for a person's eyes, overrides taken into account.
    func firstBlock(_ db: Connection, revision: Revision) throws -> EditorialError? {
        let found = try db.row(
            """
            SELECT b.rule, b.message FROM editorial.blocks(\(id), \(revision.number)) b WHERE NOT (b.overridable \
            AND EXISTS (SELECT FROM editorial.override o WHERE o.article_id = \(id) \
            AND o.revision = \(revision.number) AND o.hash = \(revision.hash))) LIMIT 1
            """
        ) { (rule: try $0.next(String.self), message: try $0.next(String.self)) }
        guard let found else { return nil }
        if found.rule.hasPrefix("image_") {
            let all = try db.rows(
                "SELECT message FROM editorial.blocks(\(id), \(revision.number)) WHERE starts_with(rule, 'image_')"
            ) { try $0.next(String.self) }
            return .picturesIncomplete(id, all.joined(separator: "; "))
        }
        guard found.rule == "release_approved" else {
            return .blocked(id, rule: found.rule, message: found.message)
        }
        return .notApproved(id, try standing(db, revision: revision.number).filter { !$0.isMet })
    }

    /// Runs `body`, and says in the caller's words what the database's rules refused.
    @discardableResult
    func refusing<T>(but named: String = "", _ body: () throws -> T) throws -> T {
        do { return try body() } catch PostgresError.server(let error)
            where error.isRefusal && error.constraint != named
        {
            throw EditorialError.blocked(id, rule: error.constraint ?? "", message: error.message)
        }
    }
}

extension ServerError {
    /// One of `editorial.refuse`: a rule with a name and a sentence, not a constraint of a table.
    var isRefusal: Bool { sqlstate == "23514" && schema == "editorial" && table == nil }
}
