public import Access
public import Postgres
public import Values

extension Override {
    /// How many there were in a month of the publication's zone, and on how many articles.
    public struct Month: Sendable, Hashable {
        /// "2026-11".
        public let month: String
        public let count: Int
        public let used: Int
    }

    /// Overrides of a span of time, latest first; of articles whose drafts the actor may see.
    public static func list(
        _ db: Connection, in span: Range<Timestamp>? = nil, for actor: Actor, limit: Int
    ) throws -> [Override] {
        var query: SQL = """
            SELECT \(raw: columns) FROM \(raw: tables) JOIN editorial.article a ON a.id = o.article_id \
            WHERE \(Sight(actor).draftOnly)
            """
        if let span { query += " AND o.given_at >= \(span.lowerBound) AND o.given_at < \(span.upperBound)" }
        return try db.rows(query + " ORDER BY o.given_at DESC, o.id DESC LIMIT \(limit)") { try Override(&$0) }
    }

    /// Every month that had one, latest first.
    public static func months(_ db: Connection, for actor: Actor) throws -> [Month] {
        try db.rows(
            """
            SELECT to_char(o.given_at AT TIME ZONE (SELECT access.publication_zone()), 'YYYY-MM') AS month, count(*), \
            count(*) FILTER (WHERE EXISTS (SELECT FROM editorial.release l \
            WHERE l.article_id = o.article_id AND l.override_id = o.id)) \
            FROM editorial.override o JOIN editorial.article a ON a.id = o.article_id \
            WHERE \(Sight(actor).draftOnly) GROUP BY month ORDER BY month DESC
            """
        ) { row in Month(month: try row.next(), count: try row.next(), used: try row.next()) }
    }
}
