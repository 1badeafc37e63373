public import Access
public import Postgres
public import Values

/// Full text search, best first: of what is public for anybody, and of drafts, notes, comments and pitches for those who
/// may read them.
///
/// Words as a reader of the web writes them: `"the last ferry" -tram or boat`, and `ferr*` for what begins so.
public struct Search: Sendable {
    let words: String
    let prefixes: [String]
    public var section: Slug?

    /// Longer is no search.
    static let longest = 500
    /// A row's text beyond this isn't looked at for its snippet.
    static let longestForSnippet = 100_000

    /// - Throws: ``EditorialError/searchRefused(_:)``.
    public init(_ text: String) throws(EditorialError) {
        guard text.utf8.count <= Self.longest else { throw .searchRefused("it is longer than \(Self.longest) bytes") }
        guard !text.utf8.contains(0) else { throw .searchRefused("it contains a NUL byte") }
        var plain: [Substring] = []
        var prefixes: [String] = []
        var isQuoted = false
        for word in text.split(whereSeparator: \.isWhitespace) {
            let stem = word.dropLast()
            if !isQuoted, word.hasSuffix("*"), stem.count >= 2, stem.allSatisfy({ $0.isLetter || $0.isNumber }) {
                prefixes.append(String(stem))
            } else {
                plain.append(word)
            }
            if word.count(where: { $0 == "\"" }) % 2 == 1 { isQuoted.toggle() }
        }
        guard !plain.isEmpty || !prefixes.isEmpty else { throw .searchRefused("it is empty") }
        words = plain.joined(separator: " ")
        self.prefixes = prefixes
    }

    /// Where the words were found.
    public enum Source: String, Sendable, PostgresCodable {
        case live, draft, note, response, comment, pitch
    }

    public struct Hit: Sendable, Hashable {
        public let article: ID<Article>
        public let title: String
        /// Of the live text.
        public let path: String?
        public let section: Slug?
        public let source: Source
        public let snippet: Snippet
        /// Rank and id: where the next page begins.
        public let cursor: PageCursor
    }

    /// A few words around what was found.
    public struct Snippet: Sendable, Hashable {
        public struct Part: Sendable, Hashable {
            public let text: String
            public let isHit: Bool
        }

        public let parts: [Part]

        /// The two characters stand in no stored text: search takes them out of it.
        init(marked text: String) {
            var parts: [Part] = []
            for (index, piece) in text.split(separator: "\u{e000}", omittingEmptySubsequences: false).enumerated() {
                let halves = piece.split(separator: "\u{e001}", maxSplits: 1, omittingEmptySubsequences: false)
                if index > 0, halves.count == 2 {
                    parts.append(Part(text: String(halves[0]), isHit: true))
                    parts.append(Part(text: String(halves[1]), isHit: false))
                } else {
                    parts.append(Part(text: String(piece), isHit: false))
                }
            }
            self.parts = parts.filter { !$0.text.isEmpty }
        }

        /// "the last [ferry] of the year"
        public var text: String { parts.map { $0.isHit ? "[\($0.text)]" : $0.text }.joined() }

        /// For a page: everything escaped, what was found in `<mark>`.
        public var html: String {
            parts.map { part in
                let safe = part.text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
                    .replacing(">", with: "&gt;").replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
                return part.isHit ? "<mark>\(safe)</mark>" : safe
            }.joined()
        }
    }
}

// MARK: As SQL

extension Search {
    private var query: SQL {
        let parts = prefixes.map { prefix -> SQL in
            "to_tsquery(editorial.search_language(), \(prefix + ":*"))"
        }
        let plain: SQL = "websearch_to_tsquery(editorial.search_language(), \(words))"
        return "(" + SQL.joined(words.isEmpty ? parts : [plain] + parts, separator: " && ") + ")"
    }

    private static let snippetForm = """
        StartSel=\u{e000}, StopSel=\u{e001}, MaxFragments=2, MaxWords=20, MinWords=8, FragmentDelimiter=" … "
        """

    private func headline(_ text: StaticString) -> SQL {
        """
        ts_headline(editorial.search_language(), left(\(raw: text), \(Self.longestForSnippet)::int), \(query), \
        \(Self.snippetForm))
        """
    }

    private static func beyond(_ cursor: PageCursor?) throws -> SQL {
        guard let cursor else { return "" }
        guard cursor.keys.count == 2, let rank = Int64(cursor.keys[0]), let id = Int64(cursor.keys[1]) else {
            throw ValueError(kind: "page cursor", value: cursor.text, reason: "take it from the page before, unchanged")
        }
        return " AND (f.rank, f.article_id) < (\(rank), \(id))"
    }

    private static func cursor(_ rank: Int64, _ id: ID<Article>) -> PageCursor {
        PageCursor(keys: ["\(rank)", "\(id)"])
    }

    /// - Throws: ``EditorialError/searchRefused(_:)`` when nothing is left of the words ("the", "and").
    private func requireWords(_ db: Connection) throws {
        let nodes = try db.one("SELECT numnode(\(query))") { try $0.next(Int.self) }
        guard nodes > 0 else { throw EditorialError.searchRefused("it has only words that stand everywhere") }
    }
}

// MARK: Searching

extension Search {
    /// What anybody may find. Asks the public view alone, so it runs as the reader, too.
    ///
    /// - Throws: ``EditorialError/searchRefused(_:)``.
    public func `public`(_ db: Connection, after: PageCursor? = nil, limit: Int) throws -> [Hit] {
        try requireWords(db)
        var found: SQL = """
            SELECT s.article_id, s.path, s.title, s.section, s.text, (ts_rank(s.document, \(query)) * 1000000)::bigint \
            AS rank FROM editorial.public_search s WHERE s.document @@ \(query)
            """
        if let section { found += " AND s.section = \(section)" }
        return try db.rows(
            """
            SELECT p.article_id, p.path, p.title, p.section, p.rank, \(headline("p.text")) FROM ( \
            SELECT * FROM (\(found)) AS f WHERE true\(Self.beyond(after)) \
            ORDER BY f.rank DESC, f.article_id DESC LIMIT \(limit)) AS p ORDER BY p.rank DESC, p.article_id DESC
            """
        ) { row in
            let (id, path) = (try row.next(ID<Article>.self), try row.next(String.self))
            let (title, section) = (try row.next(String.self), try row.next(Slug?.self))
            let rank = try row.next(Int64.self)
            return Hit(
                article: id, title: title, path: path, section: section, source: .live,
                snippet: Snippet(marked: try row.next()), cursor: Self.cursor(rank, id))
        }
    }

    /// What the actor may find: one hit an article, by its best row; what he may not read is neither found nor counted.
    ///
    /// - Throws: ``EditorialError/searchRefused(_:)``.
    public func all(
        _ db: Connection, for actor: Actor, after: PageCursor? = nil, limit: Int
    ) throws -> [Hit] {
        try requireWords(db)
        let sight = Sight(actor)
        let inSection: SQL =
            section.map { "a.section_id = (SELECT x.id FROM editorial.section x WHERE x.slug = \($0))" } ?? "true"
        let pitches: SQL = actor.sections(for: .pitchRead) == nil ? " AND d.source <> 'pitch'" : ""
        let rows: SQL = """
            SELECT s.article_id, 'live' AS source, s.text, ts_rank(s.document, \(query)) AS rank \
            FROM editorial.public_search s JOIN editorial.article a ON a.id = s.article_id \
            WHERE s.document @@ \(query) AND \(inSection) \
            UNION ALL SELECT d.article_id, d.source, d.text, ts_rank(d.document, \(query)) \
            FROM editorial.search_draft d JOIN editorial.article a ON a.id = d.article_id \
            WHERE d.document @@ \(query) AND \(sight.draftOnly) AND \(inSection)\(pitches)
            """
        let best: SQL = """
            SELECT DISTINCT ON (r.article_id) r.article_id, r.source, r.text, (r.rank * 1000000)::bigint AS rank \
            FROM (\(rows)) AS r ORDER BY r.article_id, r.rank DESC, r.source
            """
        let page = try db.rows(
            """
            SELECT p.article_id, p.source, p.rank, \(headline("p.text")) FROM (SELECT * FROM (\(best)) AS f \
            WHERE true\(Self.beyond(after)) ORDER BY f.rank DESC, f.article_id DESC LIMIT \(limit)) AS p \
            ORDER BY p.rank DESC, p.article_id DESC
            """
        ) { row in
            (
                id: try row.next(ID<Article>.self), source: try row.next(Source.self), rank: try row.next(Int64.self),
                snippet: Snippet(marked: try row.next())
            )
        }
        let lines = try Articles.lines(db, page.map(\.id), for: actor)
        return page.compactMap { hit in
            lines[hit.id].map { line in
                Hit(
                    article: hit.id, title: line.article.title, path: line.path, section: line.article.section,
                    source: hit.source, snippet: hit.snippet, cursor: Self.cursor(hit.rank, hit.id))
            }
        }
    }
}

extension Articles {
    /// The lines of these articles that the actor may see, in one statement.
    static func lines(_ db: Connection, _ ids: [ID<Article>], for actor: Actor) throws -> [ID<Article>: Line] {
        guard !ids.isEmpty else { return [:] }
        let found = try db.rows(Sight(actor).select + " AND a.id = ANY (\(ids.map(\.rawValue)))") { try line(&$0) }
        return Dictionary(found.map { ($0.article.id, $0) }) { first, _ in first }
    }
}
