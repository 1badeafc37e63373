internal import Postgres
internal import Values

/// The contributors a batch credits: those that are here, and those it brings, known by no more than the file says.
struct ImportPeople {
    private let contributors: [Slug: Contributor]

    init(_ db: Connection, _ placed: [ImportPlaces.Placed]) throws {
        var names: [Slug: String] = [:]
        for author in placed.flatMap(\.item.authors) { names[author.slug] = names[author.slug] ?? author.name }
        let slugs = names.keys.sorted()
        // Sorted, so that two imports at once lock in the same order.
        try db.run(
            """
            INSERT INTO editorial.contributor (slug, name) \
            SELECT slug, name FROM unnest(\(slugs), \(slugs.map { names[$0] ?? $0.text })) AS given (slug, name) \
            ORDER BY slug ON CONFLICT ON CONSTRAINT contributor_slug_key DO NOTHING
            """)
        contributors = try Contributor.all(db, slugs)
    }

    /// The bylines of an item, each person once for what he did.
    func bylines(of item: ImportItem) -> [Content.Byline] {
        var seen: Set<[String]> = []
        return item.authors.filter { seen.insert([$0.slug.text, $0.role]).inserted }.map { author in
            let name = author.isPrinted ? author.name : contributors[author.slug]?.name ?? author.name
            return Content.Byline(
                contributor: author.slug, role: author.role, name: name, title: author.title,
                affiliation: author.affiliation)
        }
    }

    /// Those of an item whose name nobody knows yet: a handle stands for it.
    func nameless(of item: ImportItem) -> [Slug] {
        Set(item.authors.filter { $0.isHandle && contributors[$0.slug]?.name == $0.name }.map(\.slug)).sorted()
    }
}
