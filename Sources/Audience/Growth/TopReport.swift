public import Postgres
public import Values

/// What was viewed most, and where it came from.
public struct TopReport: Sendable {
    public enum Dimension: String, Sendable, CaseIterable {
        case content, article, source, author, section
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

    /// - Parameter names: what referring hosts are called.
    public init(
        by dimension: Dimension, site: String? = nil, limit: Int = 10, from: Period? = nil, to: Period? = nil,
        names: SourceNames = .none
    ) {
        self.dimension = dimension
        self.site = site
        self.limit = limit
        self.from = from
        self.to = to
        self.names = names
    }

    /// The lines, most views first, then by key.
    ///
    /// Views of an article with two authors count fully for each, so authors add up to more than the total. Views of
    /// pages that are no article are in `content` and `source` only.
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
            case .article: "SELECT slug AS key, pv FROM article"
            case .section:
                """
                SELECT a.section AS key, sum(article.pv)::bigint AS pv
                FROM article JOIN editorial.public_article a ON a.id = article.article_id
                WHERE a.section IS NOT NULL GROUP BY a.section
                """
            case .author:
                """
                SELECT b.contributor AS key, sum(article.pv)::bigint AS pv
                FROM article JOIN editorial.public_byline b ON b.article_id = article.article_id GROUP BY b.contributor
                """
            case .source: preconditionFailure("sources are ranked by name")
            }
        return views + " SELECT key, pv FROM (\(rows)) AS ranked ORDER BY pv DESC, key COLLATE \"C\" LIMIT \(limit)"
    }
}
