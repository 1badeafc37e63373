public import Postgres
public import Values

/// What was viewed most, and where it came from.
public struct TopReport: Sendable {
    public enum Dimension: String, Sendable, CaseIterable {
        case content, article, source, author, section, kind, series, topic, region, device
        case contributorKind = "contributor-kind"

        /// Whether an article can be under several keys, so that the lines add up to more than the articles.
        public var isShared: Bool { [.author, .topic, .region, .contributorKind].contains(self) }
        /// Whether every page is under exactly one key, so that the lines add up to the site.
        public var isWhole: Bool { [.content, .section, .kind, .device].contains(self) }
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
    ///   - published: only articles that were first published then, on the first site's wall; not of contents, sources
    ///     and devices.
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
        let sites = try SiteMeters.load(try Site.chosen(site, db), db)
        if sites.isEmpty { return [] }
        if dimension == .source { return try sources(sites, db) }
        if dimension == .device { return try devices(sites, db) }
        return try db.rows(statement(sites, db)) { Line(key: try $0.next(), views: try $0.next()) }
    }

    private func bounds(_ sites: [SiteMeters]) -> Range<Timestamp> {
        let zone = sites[0].site.zone
        let low = from?.bounds(in: zone).lowerBound ?? SiteMeters.always.lowerBound
        return low..<max(low, to?.bounds(in: zone).upperBound ?? SiteMeters.always.upperBound)
    }

    /// Hosts that are called alike are one source, so they are named before they are ranked.
    private func sources(_ sites: [SiteMeters], _ db: Connection) throws -> [Line] {
        let bounds = bounds(sites)
        let scope = SiteMeters.dayScope(
            sites.flatMap { meters in meters.own(in: bounds).map { (zone: sites[0].site.zone, own: $0) } })
        var views: [String: Int] = [:]
        try db.forEach(
            """
            SELECT kind::text, source, sum(pv)::bigint
            FROM \(scope) JOIN audience.source_day d ON d.site = scope.site AND d.day >= scope.first
                AND d.day < scope.after
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

    /// What readers read on; `unknown` is what their programs don't say.
    private func devices(_ sites: [SiteMeters], _ db: Connection) throws -> [Line] {
        let bounds = bounds(sites)
        let scope = SiteMeters.scope(sites.flatMap { $0.own(in: bounds) })
        return try db.rows(
            """
            SELECT device.key, sum(device.pv)::bigint
            FROM \(scope) JOIN audience.site_hour h ON h.site = scope.site AND h.bucket >= scope.low
                AND h.bucket < scope.high
            CROSS JOIN LATERAL (VALUES ('computer', h.computer), ('phone', h.phone), ('tablet', h.tablet),
                ('unknown', h.pv - h.computer - h.phone - h.tablet)) AS device (key, pv)
            GROUP BY device.key HAVING sum(device.pv) > 0 ORDER BY 2 DESC, 1 LIMIT \(limit)
            """
        ) { Line(key: try $0.next(), views: try $0.next()) }
    }

    private func statement(_ sites: [SiteMeters], _ db: Connection) throws -> SQL {
        let bounds = bounds(sites)
        let parts = sites.flatMap { meters in
            meters.own(in: bounds).map { (site: $0.id, zone: meters.site.zone, stretch: $0.stretch) }
        }
        let viewed = try ContentViews(parts, db)
        if dimension == .content, parts.count == 1 { return mostViewed(viewed) }
        let views: SQL =
            "WITH viewed AS (" + viewed.statement + """
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
            case .region: shared("editorial.public_region", key: "slug")
            case .author:
                shared("(SELECT DISTINCT article_id, contributor FROM editorial.public_byline)", key: "contributor")
            case .contributorKind:
                shared(
                    """
                    (SELECT DISTINCT b.article_id, c.kind FROM editorial.public_byline b
                     JOIN editorial.public_contributor c ON c.slug = b.contributor)
                    """, key: "kind")
            case .source, .device: preconditionFailure("they are no contents")
            }
        return views + chosen(sites) + " SELECT key, pv FROM (" + rows
            + ") AS ranked ORDER BY pv DESC, key COLLATE \"C\" LIMIT \(limit)"
    }

    /// Of one site, only the paths that are shown have to be looked up.
    private func mostViewed(_ viewed: ContentViews) -> SQL {
        "SELECT c.path AS key, v.pv FROM (SELECT * FROM (" + viewed.statement + """
            ) AS viewed ORDER BY pv DESC FETCH FIRST \(limit) ROWS WITH TIES) AS v
            JOIN audience.content c ON c.site = v.site AND c.key = v.content
            ORDER BY v.pv DESC, c.path COLLATE "C" LIMIT \(limit)
            """
    }

    /// The articles that are told of.
    private func chosen(_ sites: [SiteMeters]) -> SQL {
        guard let published else { return ", chosen AS (SELECT * FROM article)" }
        let bounds = published.bounds(in: sites[0].site.zone)
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
