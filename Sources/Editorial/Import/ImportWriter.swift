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
        let rows = try articles(db, placed)
        try revisions(db, rows)
        try releases(db, rows.filter(\.isPublic))
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
                name: row.item.file.name, article: row.article, path: row.isPublic ? row.item.path : nil)
        }
    }

    private struct Written {
        let article: ID<Article>
        let placed: ImportPlaces.Placed
        let isPublic: Bool
        var item: ImportItem { placed.item }
    }

    private func articles(_ db: Connection, _ placed: [ImportPlaces.Placed]) throws -> [Written] {
        let isPublic = placed.map { $0.item.publishedAt.map { $0 < batch.startedAt } ?? false }
        let ids = try db.rows(
            """
            INSERT INTO editorial.article (title, status, kind, section_id, import_id, created_by) \
            SELECT f.title, CASE WHEN f.public THEN 'published' ELSE 'drafting' END, f.kind, f.section, \
            \(batch.id), \(actor.account) FROM unnest(\(placed.map(\.item.content.title)), \(isPublic), \
            \(placed.map { $0.item.kind?.rawValue }), \(placed.map(\.section))) WITH ORDINALITY \
            AS f (title, public, kind, section, place) ORDER BY f.place RETURNING id, title
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
            FROM unnest(\(rows.map(\.article)), \(rows.map(\.placed.slug)), \(rows.map(\.item.path)), \
            \(rows.map(\.item.html)), \(rows.map { $0.item.publishedAt ?? batch.startedAt })) \
            AS f (article, slug, path, html, at) \
            JOIN editorial.revision r ON r.article_id = f.article AND r.number = 1 ORDER BY f.article
            """)
    }

    private func debts(_ db: Connection, _ rows: [Written]) throws {
        var owed: [(article: ID<Article>, kind: String, detail: String)] = []
        for row in rows {
            if row.placed.section == nil {
                owed.append((row.article, Debt.Kind.section.rawValue, row.item.section?.text ?? ""))
            }
            if row.item.kind == nil { owed.append((row.article, Debt.Kind.kind.rawValue, "")) }
            for slug in people.nameless(of: row.item) {
                owed.append((row.article, Debt.Kind.bylineName.rawValue, slug.text))
            }
            owed += row.item.debts.map { (row.article, $0.kind.rawValue, $0.detail) }
        }
        try db.run(
            """
            INSERT INTO editorial.debt (article_id, kind, detail) \
            SELECT f.article, f.kind, f.detail \
            FROM unnest(\(owed.map(\.article)), \(owed.map(\.kind)), \(owed.map(\.detail))) \
            WITH ORDINALITY AS f (article, kind, detail, place) ORDER BY f.place
            """)
    }
}
