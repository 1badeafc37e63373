public import Postgres
public import Values

/// A month of a site whose figures were given out.
public struct MonthClose: Sendable, Equatable {
    public let host: String
    /// Which of our own meters: each has its figures.
    public let meter: String
    public let month: Period
    /// 1 when it was closed; every change since has raised it.
    public let revision: Int
    public let closedAt: Timestamp
    /// The last change since it was closed.
    public let changedAt: Timestamp?
    /// Page views as they stand.
    public let views: Int
    /// Whether lines that come later still count as visitors: the month's secret isn't forgotten yet.
    public let isOpenForVisitors: Bool

    /// By host, the latest month first.
    public static func all(site: String? = nil, _ db: Connection) throws -> [MonthClose] {
        let sites = try Site.chosen(site, db)
        return try db.rows(
            """
            SELECT s.host, s.meter, c.month, c.revision, c.closed_at, c.changed_at,
                (SELECT coalesce(sum(h.pv), 0)::bigint FROM audience.site_hour h
                 WHERE h.site = c.site AND h.bucket >= c.month::timestamp AT TIME ZONE s.timezone
                   AND h.bucket < (c.month + interval '1 month') AT TIME ZONE s.timezone),
                EXISTS (SELECT FROM audience.salt x
                        WHERE x.kind = 'm' AND x.period = c.month AND x.key IS NOT NULL)
            FROM audience.month_close c JOIN audience.site s ON s.id = c.site
            WHERE s.id = ANY(\(sites.flatMap(\.ids))::integer[])
            ORDER BY s.host COLLATE "C", c.month DESC, c.site
            """
        ) { row in
            MonthClose(
                host: try row.next(), meter: try row.next(),
                month: Period(.month, containing: try row.next(LocalDate.self)),
                revision: try row.next(), closedAt: try row.next(), changedAt: try row.next(), views: try row.next(),
                isOpenForVisitors: try row.next())
        }
    }
}
