internal import Access
internal import Postgres
internal import Values

/// Writes a batch with a statement a table. A row the database refuses is found by halving, so that the others go in.
struct ImportWriter {
    let batch: ImportBatch
    let actor: Actor
    let people: ImportPeople
    private(set) var imported: [ImportArticles.Imported] = []
    private(set) var refused: [ImportRefusal] = []

    init(batch: ImportBatch, actor: Actor, people: ImportPeople) {
        self.batch = batch
        self.actor = actor
        self.people = people
    }

    mutating func write(_ db: Connection, _ placed: [ImportPlaces.Placed]) throws {
        do {
            imported += try db.savepoint { try insert(db, placed) }
        } catch let error as PostgresError {
            // Classes 22 and 23 are about the data; anything else would fail again, and isn't the file's fault.
            guard case .server(let failure) = error, ["22", "23"].contains(failure.sqlstateClass) else { throw error }
            guard placed.count > 1 else {
                refused += placed.map { ImportRefusal(name: $0.item.file.name, reason: failure.message) }
                return
            }
            try write(db, Array(placed[..<(placed.count / 2)]))
            try write(db, Array(placed[(placed.count / 2)...]))
        }
    }

    private func insert(
        _ db: Connection, _ placed: [ImportPlaces.Placed]
    ) throws -> [ImportArticles.Imported] {
        try media(db, placed)
        let rows = try articles(db, placed)
        try revisions(db, rows)
        try releases(db, rows.filter(\.isPublic))
        try filings(db, rows)
        try db.run(
            """
            INSERT INTO editorial.import_item (key, import_id, article_id, source) \
            SELECT f.key, \(batch.id), f.article, f.source \
            FROM unnest(\(rows.map(\.item.file.name)), \(rows.map(\.article)), \(rows.map(\.item.file.bytes))) \
            AS f (key, article, source) ORDER BY f.key
            """)
        try debts(db, rows)
        return rows.map { row in
            ImportArticles.Imported(
                name: row.item.file.name, article: row.article, path: row.isPublic ? row.item.path : nil,
                debts: row.owed(people).count)
        }
    }

    private struct Written {
        let article: ID<Article>
        let placed: ImportPlaces.Placed
        let isPublic: Bool
        var item: ImportItem { placed.item }

        func owed(_ people: ImportPeople) -> [ImportFile.Owed] {
            var owed: [ImportFile.Owed] = []
            if placed.section == nil { owed.append(ImportFile.Owed(.section, item.section?.text ?? "")) }
            if item.kind == nil { owed.append(ImportFile.Owed(.kind, "")) }
            owed += people.nameless(of: item).map { ImportFile.Owed(.bylineName, $0.text) }
            return owed + item.debts
        }
    }

    private func articles(_ db: Connection, _ placed: [ImportPlaces.Placed]) throws -> [Written] {
        let isPublic = placed.map { $0.item.publishedAt.map { $0 < batch.startedAt } ?? false }
        // What was to go out later is due then, and nothing more.
        let due = zip(placed, isPublic).map { $1 ? nil : $0.item.dueAt ?? $0.item.publishedAt }
        let ids = try db.rows(
            """
            INSERT INTO editorial.article (title, status, kind, section_id, due_at, import_id, created_by) \
            SELECT f.title, CASE WHEN f.public THEN 'published' ELSE 'drafting' END, f.kind, f.section, f.due, \
            \(batch.id), \(actor.account) FROM unnest(\(placed.map(\.item.content.title)), \(isPublic), \
            \(placed.map { $0.item.kind?.rawValue }), \(placed.map(\.section)), \(due)) WITH ORDINALITY \
            AS f (title, public, kind, section, due, place) ORDER BY f.place RETURNING id, title
            """
        ) { (id: try $0.next(ID<Article>.self), title: try $0.next(String.self)) }
        let sorted = ids.sorted { $0.id < $1.id }
        // Identities are given in the order of the rows; were they not, texts would change places.
        precondition(
            sorted.map { Array($0.title.utf8) } == placed.map { Array($0.item.content.title.utf8) },
            "identities were not given in order")
        return zip(sorted, zip(placed, isPublic)).map { row, rest in
            Written(article: row.id, placed: rest.0, isPublic: rest.1)
        }
    }

    /// The pictures that lay beside the files; those that are here already stay as they are.
    private func media(_ db: Connection, _ placed: [ImportPlaces.Placed]) throws {
        for item in placed.map(\.item) {
            for image in item.content.images {
                guard let media = image.media, let bytes = item.file.media[media] else { continue }
                // As they were stored once: nothing is taken out of them, or they would be others.
                let file = try PictureFile(name: image.source ?? media, bytes: bytes, keepsLocation: true)
                try db.run(
                    """
                    INSERT INTO editorial.media (type, bytes, width, height, added_by) \
                    VALUES (\(file.format.mediaType), \(bytes), \(file.size?.width), \(file.size?.height), \
                    \(actor.account)) ON CONFLICT (hash) DO NOTHING
                    """)
                try db.run(
                    """
                    INSERT INTO editorial.image (media, name, kind, alt, caption, place, made_on, photographer, \
                    agency, licence, licensed_until, focal_x, focal_y, added_by, changed_by) \
                    SELECT decode(\(media), 'hex'), \(file.name), \(image.kind ?? .photo), \
                    CASE WHEN editorial.alt_repeats(\(image.alt), NULL, \(image.caption), \(file.name)) IS NULL \
                    THEN \(image.alt) END, \(image.caption), \(image.place), \(image.date), \(image.photographer), \
                    \(image.agency), \(image.licence), \(image.licensedUntil), \(image.focal?.x), \(image.focal?.y), \
                    \(actor.account), \(actor.account) ON CONFLICT (media) DO NOTHING
                    """)
            }
        }
    }

    private func revisions(_ db: Connection, _ rows: [Written]) throws {
        let contents = rows.map { row in
            var content = row.item.content
            content.bylines = people.bylines(of: row.item)
            return content.canonical
        }
        try db.run(
            """
            INSERT INTO editorial.revision (article_id, number, content, note, saved_by) \
            SELECT f.article, 1, f.content, 'imported', \(actor.account) \
            FROM unnest(\(rows.map(\.article)), \(contents)) AS f (article, content) ORDER BY f.article
            """)
    }

    private func releases(_ db: Connection, _ rows: [Written]) throws {
        let redirects = rows.flatMap { row in row.placed.redirects.map { (row.article, $0) } }
        try db.run(
            """
            INSERT INTO editorial.import_redirect (article_id, path) \
            SELECT f.article, f.path FROM unnest(\(redirects.map(\.0)), \(redirects.map(\.1))) AS f (article, path)
            """)
        try db.run(
            """
            INSERT INTO editorial.release \
            (article_id, revision, hash, kind, slug, path, html, account_id, import_id, released_at) \
            SELECT f.article, 1, r.hash, 'imported', f.slug, f.path, f.html, \(actor.account), \(batch.id), f.at \
            FROM unnest(\(rows.map(\.article)), \(rows.map(\.placed.slug)), \(rows.map { $0.item.path ?? "/" }), \
            \(rows.map(\.item.html)), \(rows.map { $0.item.publishedAt ?? batch.startedAt })) \
            AS f (article, slug, path, html, at) \
            JOIN editorial.revision r ON r.article_id = f.article AND r.number = 1 ORDER BY f.article
            """)
    }

    /// Series, topics and regions, which a file may name and an import makes where there are none.
    private func filings(_ db: Connection, _ rows: [Written]) throws {
        for (name, rows) in Dictionary(grouping: rows.filter { $0.item.series != nil }, by: { $0.item.series ?? "" })
            .sorted(by: { $0.key < $1.key })
        {
            let series = try Series.findOrCreate(db, named: name, by: actor)
            try db.run(
                "UPDATE editorial.article SET series_id = \(series.id) WHERE id = ANY (\(rows.map(\.article)))")
        }
        for row in rows where !row.item.regions.isEmpty {
            try db.run("UPDATE editorial.article SET regions = \(row.item.regions) WHERE id = \(row.article)")
        }
        let topics = rows.flatMap { row in
            row.item.topics.map { (row.article, Slug.derived(from: $0)?.text ?? "", $0) }
        }
        guard !topics.isEmpty else { return }
        try db.run(
            """
            INSERT INTO editorial.topic (slug, name) SELECT DISTINCT ON (f.slug) f.slug, f.name \
            FROM unnest(\(topics.map(\.1)), \(topics.map(\.2))) AS f (slug, name) ORDER BY f.slug \
            ON CONFLICT (slug) DO NOTHING
            """)
        try db.run(
            """
            INSERT INTO editorial.article_topic (article_id, topic_id) SELECT DISTINCT f.article, t.id \
            FROM unnest(\(topics.map(\.0)), \(topics.map(\.1))) AS f (article, slug) \
            JOIN editorial.topic t ON t.slug = f.slug
            """)
    }

    private func debts(_ db: Connection, _ rows: [Written]) throws {
        let owed = rows.flatMap { row in row.owed(people).map { (row.article, $0.kind.rawValue, $0.detail) } }
        try db.run(
            """
            INSERT INTO editorial.debt (article_id, kind, detail) \
            SELECT f.article, f.kind, f.detail \
            FROM unnest(\(owed.map(\.0)), \(owed.map(\.1)), \(owed.map(\.2))) \
            WITH ORDINALITY AS f (article, kind, detail, place) ORDER BY f.place
            """)
    }
}
