internal import Postgres
internal import Values

/// The slugs and paths that are taken, and the sections that exist, as far as a batch is concerned.
struct ImportPlaces {
    private var slugs: Set<String>
    private var paths: Set<String>
    private var sections: [Slug: ID<Section>]

    /// An item with the place it gets.
    struct Placed {
        let item: ImportItem
        let slug: Slug
        let section: ID<Section>?
        /// Old addresses that are free.
        let redirects: [String]
    }

    init(_ db: Connection, _ items: [ImportItem]) throws {
        // A slug that is taken gets a number, so every slug that begins like one of ours is of interest.
        let wanted = items.map(\.slug)
        slugs = Set(
            try db.rows(
                """
                SELECT t.slug FROM editorial.slug t \
                WHERE t.slug = ANY (\(wanted)) OR regexp_replace(t.slug, '-[0-9]+$', '') = ANY (\(wanted))
                """
            ) { try $0.next(String.self) })
        paths = Set(
            try db.rows(
                "SELECT path FROM editorial.path WHERE path = ANY (\(items.flatMap { [$0.path ?? "/"] + $0.redirects }))"
            ) { try $0.next(String.self) })
        sections = Dictionary(try Section.list(db).map { ($0.slug, $0.id) }) { first, _ in first }
    }

    /// Gives each item its place, in order; refuses those whose path is another article's.
    mutating func sorted(_ items: [ImportItem], _ refused: inout [ImportRefusal]) -> [Placed] {
        var placed: [Placed] = []
        for item in items {
            let section = item.section.flatMap { sections[$0] }
            // A draft has no address yet, and reserves none.
            guard item.publishedAt != nil, let path = item.path else {
                placed.append(Placed(item: item, slug: item.slug, section: section, redirects: []))
                continue
            }
            guard paths.insert(path).inserted else {
                refused.append(
                    ImportRefusal(name: item.file.name, reason: "the path \(path) belongs to another article"))
                continue
            }
            let redirects = item.redirects.filter { paths.insert($0).inserted }
            placed.append(
                Placed(item: item, slug: free(item.slug), section: section, redirects: redirects))
        }
        return placed
    }

    /// The slug itself, or with the first number that is free.
    private mutating func free(_ slug: Slug) -> Slug {
        if slugs.insert(slug.text).inserted { return slug }
        var number = 2
        while true {
            let end = "-\(number)"
            let text = slug.text.prefix(Slug.longest - end.count) + end
            // Cutting may leave a hyphen at the seam; the next number is as good.
            if let numbered = try? Slug(String(text)), slugs.insert(numbered.text).inserted { return numbered }
            number += 1
        }
    }
}
