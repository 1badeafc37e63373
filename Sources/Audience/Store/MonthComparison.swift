internal import Postgres
internal import Values

/// Holds a month that was counted anew against the month that stands.
struct MonthComparison {
    let stands: Int
    let fresh: Int
    let month: Period
    let zone: Zone

    private var hours: SQL {
        let bounds = month.bounds(in: zone)
        return "h.bucket >= \(bounds.lowerBound) AND h.bucket < \(bounds.upperBound) AND \(ours)"
    }

    private var days: SQL { "h.day BETWEEN \(month.firstDay) AND \(month.lastDay) AND \(ours)" }

    private var ours: SQL { "h.site IN (\(stands)::integer, \(fresh)::integer)" }

    /// What stands counts for, what is fresh against.
    private var sign: SQL { "CASE WHEN h.site = \(stands)::integer THEN 1 ELSE -1 END" }

    private func figure(
        _ name: String, of table: SQL, by key: SQL, sum: SQL, differs: SQL, _ db: Connection
    ) throws -> RebuildMonth.Figure {
        let totals = try db.one(
            """
            SELECT coalesce(sum(n) FILTER (WHERE site = \(stands)::integer), 0)::bigint,
                coalesce(sum(n) FILTER (WHERE site = \(fresh)::integer), 0)::bigint
            FROM (SELECT h.site, \(sum) AS n FROM \(table) GROUP BY h.site, \(key)) AS figures
            """
        ) { (try $0.next(Int.self), try $0.next(Int.self)) }
        let differing = try db.one(
            "SELECT count(*) FROM (SELECT FROM \(table) GROUP BY \(key) HAVING \(differs)) AS differing"
        ) { try $0.next(Int.self) }
        return RebuildMonth.Figure(name: name, stands: totals.0, archive: totals.1, differing: differing)
    }

    func figures(_ db: Connection) throws -> [RebuildMonth.Figure] {
        let cells: SQL = "audience.pv_hour h WHERE \(hours)"
        let people: SQL = "audience.pv_hour h WHERE h.class = 0 AND \(hours)"
        let visits: SQL = "audience.site_hour h WHERE \(hours)"
        return [
            try figure(
                "page_views", of: cells, by: "h.bucket, h.content, h.class",
                sum: "coalesce(sum(h.pv) FILTER (WHERE h.class = 0), 0)",
                differs: "sum(\(sign) * h.pv) <> 0 OR sum(\(sign) * h.entries) <> 0", db),
            try figure(
                "contents", of: people, by: "h.content", sum: "CASE WHEN sum(h.pv) > 0 THEN 1 ELSE 0 END",
                differs: "sum(\(sign) * h.pv) <> 0", db),
            try figure(
                "lines", of: "audience.line_hour h WHERE \(hours)", by: "h.bucket, h.outcome", sum: "sum(h.lines)",
                differs: "sum(\(sign) * h.lines) <> 0", db),
            try figure(
                "visits", of: visits, by: "h.bucket", sum: "sum(h.visits)",
                differs: """
                    sum(\(sign) * h.visits) <> 0 OR sum(\(sign) * h.pv) <> 0 OR sum(\(sign) * h.computer) <> 0
                    OR sum(\(sign) * h.phone) <> 0 OR sum(\(sign) * h.tablet) <> 0
                    """, db),
            try figure(
                "bounces", of: visits, by: "h.bucket", sum: "sum(h.bounces)",
                differs: "sum(\(sign) * h.bounces) <> 0", db),
            try figure(
                "unsessioned", of: visits, by: "h.bucket", sum: "sum(h.unsessioned)",
                differs: "sum(\(sign) * h.unsessioned) <> 0", db),
            try figure(
                "sources", of: "audience.source_day h WHERE \(days)",
                by: "h.day, h.kind, h.source, h.medium, h.campaign, h.term, h.content",
                sum: "sum(h.visits)",
                differs: "sum(\(sign) * h.visits) <> 0 OR sum(\(sign) * h.bounces) <> 0 OR sum(\(sign) * h.pv) <> 0", db
            ),
            try figure(
                "rejected", of: "audience.reject_hour h WHERE \(hours)", by: "h.bucket, h.reason", sum: "sum(h.lines)",
                differs: "sum(\(sign) * h.lines) <> 0", db),
        ]
    }

    /// Hours of which the logs have fewer lines than were counted.
    func hoursWithFewerLines(_ db: Connection) throws -> Int {
        try db.one(
            """
            SELECT count(*) FROM (SELECT FROM audience.line_hour h WHERE \(hours)
                GROUP BY h.bucket HAVING sum(\(sign) * h.lines) > 0) AS fewer
            """
        ) { try $0.next(Int.self) }
    }
}
