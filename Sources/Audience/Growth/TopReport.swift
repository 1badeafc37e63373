public import Postgres
public import Values

/// What was viewed most, and where it came from.
public struct TopReport: Sendable {
    public enum Dimension: String, Sendable, CaseIterable {
        case content, article, source, author, section, kind, series, topic
        case contributorKind = "contributor-kind"

        /// Whether an article can be under several keys, so that the lines add up to more than the articles.
        public var isShared: Bool { [.author, .topic, .contributorKind].contains(self) }
        /// Whether every page is under exactly one key, so that the lines add up to the site.
        public var isWhole: Bool { [.content, .section, .kind].contains(self) }
    }

    /// What an article under several keys counts for each.
    public enum Share: Sendable {
        case whole
        /// One part of as many as it has keys; the parts add up to the article's views.
        case split
    }

    public struct Line: Hashable, Sendable {
        public let key: String
        public let views: Int
    }

    let dimension: Dimension
    let site: String?
    let limit: Int
    let from: Period?
    let to: Period?
    let names: SourceNames
    let share: Share
    let published: Period?

    /// - Parameters:
    ///   - names: what referring hosts are called.
    ///   - published: only articles that were first published then, on the first site's wall; not of contents and
    ///     sources.
    public init(
        by dimension: Dimension, site: String? = nil, limit: Int = 10, from: Period? = nil, to: Period? = nil,
        names: SourceNames = .none, share: Share = .whole, published: Period? = nil
    ) {
        self.dimension = dimension
        self.site = site
        self.limit = limit
        self.from = from
        self.to = to
        self.names = names
        self.share = share
        self.published = published
    }

    /// The lines, most views first, then by key.
    ///
    /// Views of an article with two authors count fully for each, unless they are split, so authors add up to more than
    /// the total. Sections and kinds add up to the site: pages that are no article, and articles without a section, are
    /// lines of their own.
    public func lines(_ db: Connection) throws -> [Line] {
        let sites = try Site.chosen(site, db)
        if sites.isEmpty { return [] }
        if dimension == .source { return try sources(sites, db) }
        return try db.rows(statement(sites)) { Line(key: try $0.next(), views: try $0.next()) }
    }

    private func bounds(_ sites: [Site]) -> (Timestamp, Timestamp) {
        let zone = sites[0].zone
        // From the beginning of time to its end, as far as a log goes.
        return (
            from?.bounds(in: zone).lowerBound ?? Timestamp(seconds: 0),
            to?.bounds(in: zone).upperBound ?? Timestamp(seconds: 7_258_118_400)
        )
    }

    /// Hosts that are called alike are one source, so they are named before they are ranked.
    private func sources(_ sites: [Site], _ db: Connection) throws -> [Line] {
        let (low, high) = bounds(sites)
        let zone = sites[0].zone
        var views: [String: Int] = [:]
        try db.forEach(
            """
            SELECT kind::text, source, sum(pv)::bigint FROM audience.source_day
            WHERE site = ANY(\(sites.map(\.id))::integer[]) AND day >= \(zone.date(at: low))
              AND day < \(zone.date(at: high))
            GROUP BY kind, source
            """
        ) { row in
            let kind = try row.next(String.self)
            let source = try row.next(String.self)
            let name = kind == "d" ? "direct" : kind == "h" ? names.name(ofHost: source) : source
            views[name, default: 0] += try row.next(Int.self)
        }
        let ranked = views.map { Line(key: $0.key, views: $0.value) }
            .sorted { $0.views == $1.views ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : $0.views > $1.views }
        return Array(ranked.prefix(limit))
    }

    private func statement(_ sites: [Site]) -> SQL {
        let ids = sites.map(\.id)
        let (low, high) = bounds(sites)
        let views: SQL = """
            WITH viewed AS (
                SELECT h.site, h.content, sum(h.pv)::bigint AS pv FROM audience.pv_hour h
                WHERE h.site = ANY(\(ids)::integer[]) AND h.bucket >= \(low) AND h.bucket < \(high) AND h.class = 0
                GROUP BY h.site, h.content
            ), page AS (
                SELECT c.path, sum(v.pv)::bigint AS pv
                FROM viewed v JOIN audience.content c ON c.site = v.site AND c.key = v.content GROUP BY c.path
            ), article AS (
                SELECT p.article_id, p.slug, sum(page.pv)::bigint AS pv
                -- A path with and one without its last slash are one page.
                FROM page JOIN (SELECT DISTINCT article_id, slug, rtrim(path, '/') AS path FROM editorial.public_path) AS p
                    ON p.path = page.path
                GROUP BY p.article_id, p.slug
            )
            """
        let rows: SQL =
            switch dimension {
            case .content: "SELECT path AS key, pv FROM page"
            case .article: "SELECT slug AS key, pv FROM chosen"
            case .section, .kind: whole
            case .series: shared("editorial.public_series", key: "slug")
            case .topic: shared("editorial.public_topic", key: "slug")
            case .author:
                shared("(SELECT DISTINCT article_id, contributor FROM editorial.public_byline)", key: "contributor")
            case .contributorKind:
                shared(
                    """
                    (SELECT DISTINCT b.article_id, c.kind FROM editorial.public_byline b
                     JOIN editorial.public_contributor c ON c.slug = b.contributor)
                    """, key: "kind")
            case .source: preconditionFailure("sources are ranked by name")
            }
        return views + chosen(sites) + " SELECT key, pv FROM (" + rows
            + ") AS ranked ORDER BY pv DESC, key COLLATE \"C\" LIMIT \(limit)"
    }

    /// The articles that are told of.
    private func chosen(_ sites: [Site]) -> SQL {
        guard let published else { return ", chosen AS (SELECT * FROM article)" }
        let bounds = published.bounds(in: sites[0].zone)
        return """
            , chosen AS (
                SELECT article.* FROM article JOIN editorial.public_article a ON a.id = article.article_id
                WHERE a.first_published_at >= \(bounds.lowerBound) AND a.first_published_at < \(bounds.upperBound)
            )
            """
    }

    /// What an article has exactly one of, with a line for what is no article.
    private var whole: SQL {
        let key: SQL = dimension == .section ? "coalesce(a.section, '(no section)')" : "coalesce(a.kind, '(no kind)')"
        let articles: SQL =
            "SELECT " + key + """
                 AS key, sum(chosen.pv)::bigint AS pv
                FROM chosen LEFT JOIN editorial.public_article a ON a.id = chosen.article_id GROUP BY 1
                """
        guard published == nil else { return articles }
        return articles + """
             UNION ALL
            SELECT '(no article)', sum(pv)::bigint - coalesce((SELECT sum(pv) FROM article), 0)::bigint AS pv FROM page
            HAVING sum(pv) > coalesce((SELECT sum(pv) FROM article), 0)
            """
    }

    /// What an article may have several of. Parts of its views are whole numbers: the first by name get what is left over.
    private func shared(_ keys: StaticString, key: StaticString) -> SQL {
        let parted: SQL =
            share == .whole
            ? "chosen.pv"
            : """
            chosen.pv / count(*) OVER article_keys
            + CASE WHEN row_number() OVER (PARTITION BY chosen.article_id ORDER BY k.\(raw: key) COLLATE "C")
                   <= chosen.pv % count(*) OVER article_keys THEN 1 ELSE 0 END
            """
        return "SELECT key, sum(pv)::bigint AS pv FROM (SELECT k.\(raw: key) AS key, " + parted + """
             AS pv FROM chosen JOIN \(raw: keys) AS k ON k.article_id = chosen.article_id
            WINDOW article_keys AS (PARTITION BY chosen.article_id)) AS part GROUP BY key
            """
    }
}
