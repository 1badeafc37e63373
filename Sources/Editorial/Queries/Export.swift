public import Access
public import Postgres
public import Values

/// Articles on their way out, as files.
public enum Export {
    public enum Which: String, Sendable, CaseIterable {
        /// What readers can see.
        case live
        /// What they never saw, or no longer do.
        case drafts
        case all
    }

    /// Articles read in one query: what fits in memory many times over.
    public static let batch = 100

    /// The articles that have a text, by number.
    ///
    /// - Parameter ids: only these, if any are given.
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `sectionUnknown`, `articleUnknown` for an id that
    ///   isn't there.
    public static func ids(
        _ db: Connection, _ which: Which, section: Slug? = nil, only ids: [ID<Article>] = [], for actor: Actor
    ) throws -> [ID<Article>] {
        try actor.require(.articleExport)
        if let section, try !Section.list(db).contains(where: { $0.slug == section }) {
            throw EditorialError.sectionUnknown(section)
        }
        for id in ids {
            guard try db.value("SELECT true FROM editorial.article WHERE id = \(id)", as: Bool.self) == true else {
                throw EditorialError.articleUnknown("\(id)")
            }
        }
        return try db.rows(
            """
            SELECT a.id FROM editorial.article a LEFT JOIN editorial.section s ON s.id = a.section_id \
            WHERE a.head IS NOT NULL AND (\(section)::text IS NULL OR s.slug = \(section)) \
            AND (cardinality(\(ids)::bigint[]) = 0 OR a.id = ANY (\(ids))) \
            AND (\(which.rawValue) = 'all' \
            OR (\(which.rawValue) = 'live') = coalesce(a.public_status IN ('live', 'corrected'), false)) ORDER BY a.id
            """
        ) { try $0.next(ID<Article>.self) }
    }

    /// The files of at most ``batch`` articles, in the order given. An article that is gone since has none.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func files(_ db: Connection, _ ids: [ID<Article>], for actor: Actor) throws -> [ExportedFile] {
        try actor.require(.articleExport)
        precondition(ids.count <= batch, "a batch has at most \(batch) articles")
        var sources = try db.rows(
            """
            SELECT \(raw: ExportSource.columns) FROM \(raw: ExportSource.tables) WHERE a.id = ANY (\(ids)) ORDER BY a.id
            """
        ) { try ExportSource(&$0) }
        let past = try db.rows(
            """
            SELECT l.article_id, l.kind, l.released_at, l.path, l.note FROM editorial.release l \
            WHERE l.article_id = ANY (\(ids)) ORDER BY l.article_id, l.id
            """
        ) {
            (
                try $0.next(ID<Article>.self),
                ExportSource.Past(
                    kind: try $0.next(), at: try $0.next(), path: try $0.next(), note: try $0.next())
            )
        }
        let history = Dictionary(grouping: past) { $0.0 }
        for index in sources.indices { sources[index].history = history[sources[index].id]?.map(\.1) ?? [] }
        let taken = try taken(db, sources)
        return sources.map { source in
            let name = free(source, taken)
            return ExportedFile(
                article: source.id, name: name, bytes: source.bytes,
                formerName: source.key == nil && name != source.draftName ? source.draftName : nil,
                isPublic: source.isPublic, hasDraftWaiting: source.isPublic && source.head > source.revision,
                media: Array(Set(source.content.images.compactMap(\.media))).sorted())
        }
    }

    /// The bytes of a picture and their type; nil when they aren't here.
    public static func media(_ db: Connection, _ hash: String) throws -> (type: String, bytes: [UInt8])? {
        try db.row("SELECT type, bytes FROM editorial.media WHERE hash = decode(\(hash), 'hex')") {
            (try $0.next(String.self), try $0.next([UInt8].self))
        }
    }

    /// Names that imports brought, among those our own articles would have.
    private static func taken(_ db: Connection, _ sources: [ExportSource]) throws -> Set<String> {
        let own = sources.filter { $0.key == nil }.map(\.name)
        let stems = own.map { String($0.dropLast(3)) }
        return Set(
            try db.rows(
                """
                SELECT i.key FROM editorial.import_item i WHERE i.key = ANY (\(own)) \
                OR regexp_replace(i.key, '-masthead[0-9]*\\.md$', '') = ANY (\(stems))
                """
            ) { try $0.next(String.self) })
    }

    private static func free(_ source: ExportSource, _ taken: Set<String>) -> String {
        guard source.key == nil || source.key != source.name else { return source.name }
        var name = source.name
        var number = 0
        while taken.contains(name) {
            name = source.name.dropLast(3) + "-masthead\(number == 0 ? "" : "\(number)").md"
            number += 1
        }
        return name
    }
}
