public import Postgres
public import Values

/// Visits by what the links said that they came by: the tags of `utm_source` and those beside it.
public struct UtmReport: Sendable {
    /// A tag, named as its column.
    public enum Tag: String, Sendable, CaseIterable {
        case source, medium, campaign, term, content

        fileprivate var column: SQL {
            switch self {
            case .source: "d.source"
            case .medium: "d.medium"
            case .campaign: "d.campaign"
            case .term: "d.term"
            case .content: "d.content"
            }
        }
    }

    public struct Line: Hashable, Sendable {
        /// In the order in which the tags were asked for; empty where the links didn't say.
        public let values: [String]
        public let visits: Int
        public let bounces: Int
        public let views: Int
    }

    let site: String?
    let tags: [Tag]
    let limit: Int
    let from: Period?
    let to: Period?

    /// - Parameter tags: links that differ in others are one line; at least one.
    public init(
        site: String? = nil, by tags: [Tag] = Tag.allCases, limit: Int, from: Period? = nil, to: Period? = nil
    ) {
        precondition(!tags.isEmpty, "a report by nothing has no lines")
        self.site = site
        self.tags = tags
        self.limit = limit
        self.from = from
        self.to = to
    }

    /// The lines, most visits first, then by their tags.
    public func lines(_ db: Connection) throws -> [Line] {
        let scope = SiteMeters.dayScope(try SiteMeters.load(try Site.chosen(site, db), db), from: from, to: to)
        let columns = SQL.joined(tags.map(\.column), separator: ", ")
        return try db.rows(
            """
            SELECT ARRAY[\(columns)], sum(d.visits)::bigint, sum(d.bounces)::bigint, sum(d.pv)::bigint
            FROM \(scope) JOIN audience.source_day d ON d.site = scope.site AND d.day >= scope.first
                AND d.day < scope.after
            WHERE d.kind = 'u' GROUP BY \(columns) HAVING sum(d.visits) > 0
            ORDER BY 2 DESC, 1 LIMIT \(limit)
            """
        ) { row in
            Line(values: try row.next(), visits: try row.next(), bounces: try row.next(), views: try row.next())
        }
    }
}
