public import Postgres
public import Values

/// Pages that people asked for and that weren't there.
public struct MissingReport: Sendable {
    public struct Line: Hashable, Sendable {
        public let path: String
        /// Host and path of the page that sent them; empty when the browser didn't say, or each counts for itself.
        public let referrer: String
        public let requests: Int
        public let lastDay: LocalDate
    }

    let site: String?
    let from: Period?
    let to: Period?
    let limit: Int
    let isByReferrer: Bool

    /// - Parameter byReferrer: a line for each page that sent somebody, instead of one for each that is missing.
    public init(
        site: String? = nil, from: Period? = nil, to: Period? = nil, limit: Int = 20, byReferrer: Bool = false
    ) {
        self.site = site
        self.from = from
        self.to = to
        self.limit = limit
        isByReferrer = byReferrer
    }

    /// The most asked for first, then by path.
    ///
    /// - Throws: `AudienceError.unknownSite`.
    public func lines(_ db: Connection) throws -> [Line] {
        let low = from?.firstDay ?? LocalDate(daysSince1970: 0)
        let high = to?.lastDay ?? LocalDate(daysSince1970: 84_000)
        return try db.rows(
            """
            SELECT path, CASE WHEN \(isByReferrer) THEN referrer ELSE '' END AS sender, sum(lines)::bigint, max(day)
            FROM audience.missing_day
            WHERE site = ANY(\(try Site.chosen(site, db).map(\.id))::integer[]) AND day BETWEEN \(low) AND \(high)
            GROUP BY path, sender ORDER BY 3 DESC, 1, 2 LIMIT \(limit)
            """
        ) { Line(path: try $0.next(), referrer: try $0.next(), requests: try $0.next(), lastDay: try $0.next()) }
    }
}
