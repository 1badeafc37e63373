import Audience
import Postgres
import TestDatabase
import Values

/// Dashboards over rollups of a billion views a year, filled set-wise: 8,760 hours, and one month's cells of 50,000
/// pages, 2,000 of them in each hour. Each report runs in a transaction of its own on an open connection.
struct DashboardBenchmark {
    private static let rounds = 9

    static func measure() async throws {
        try await withTestDatabase { test in
            try await fill(test)
            let year = try Period("2025")
            let month = try Period("2025-12")
            let now = try Timestamp(iso8601: "2026-01-02T00:00:00Z")
            let views = try await test.app.read { db in
                try ViewsReport(by: .year, from: year, to: year).lines(db).map(\.views)
            }
            guard views == [1_000_000_440] else {
                throw CommandFailed(description: "the year adds up to \(views), not to what was filled in")
            }
            try await print("year by month", test, goal: 0.05) { db in
                _ = try ViewsReport(by: .month, from: year, to: year).lines(db)
            }
            try await print("year by day", test, goal: 0.05) { db in
                _ = try ViewsReport(by: .day, from: year, to: year).lines(db)
            }
            try await print("growth of the year's months", test, goal: 0.05) { db in
                _ = try GrowthReport(.each(.month), from: year, to: year).lines(db, now: now)
            }
            let top = TopReport(by: .content, limit: 100, from: month, to: month)
            let fromHours = try await test.app.read { try top.lines($0) }
            let fold = try await seconds {
                _ = try await test.app.transaction { try FoldMonths(now: now).perform($0) }
            }
            Swift.print("1.5 million cells summed up by content: \(Comparison.round(fold)) s")
            guard try await test.app.read({ try top.lines($0) }) == fromHours else {
                throw CommandFailed(description: "a month's sums aren't those of its hours")
            }
            try await print("a month's top 100", test, goal: 0.02) { _ = try top.lines($0) }
        }
    }

    private static func print(
        _ name: String, _ test: TestDatabase, goal: Double, _ report: @escaping @Sendable (Connection) throws -> Void
    ) async throws {
        var times: [Double] = []
        for _ in 0..<rounds { times.append(try await seconds { try await test.app.read { try report($0) } }) }
        let text = [median(times), times.min() ?? 0, times.max() ?? 0].map { Comparison.round($0 * 1_000) }
        Swift.print("\(name): \(text[0]) ms [\(text[1]) … \(text[2])] (goal < \(Int(goal * 1_000)) ms)")
    }

    /// Views of an hour are the same all year: 8,760 times 114,155, and 2,640 more in the first.
    private static func fill(_ test: TestDatabase) async throws {
        try await test.owner.transaction { db in
            try db.script(
                """
                INSERT INTO audience.site (host, timezone) VALUES ('example.org', 'UTC');
                INSERT INTO audience.site_hour (site, bucket, pv, visits)
                SELECT 1, hour, 114155 + CASE WHEN hour = '2025-01-01Z' THEN 2640 ELSE 0 END, 50000
                FROM generate_series(timestamptz '2025-01-01Z', '2025-12-31 23:00Z', interval '1 hour') AS hour;
                INSERT INTO audience.file_state (name, head_length, head_hash, tail_hash)
                VALUES ('made', 0, substring(sha256('') FROM 1 FOR 16), substring(sha256('') FROM 1 FOR 16));
                INSERT INTO audience.file_span (file_id, site, first_at, last_at)
                SELECT id, 1, '2024-12-01Z', '2026-01-01Z' FROM audience.file_state;
                INSERT INTO audience.content (site, key, path)
                SELECT 1, md5(i::text)::uuid, '/page-' || i FROM generate_series(1, 50000) AS i;
                SELECT audience.ensure_month('2025-12-01');
                -- The thousand most read in every hour, a thousand of the others in turn.
                INSERT INTO audience.pv_hour (site, bucket, content, class, pv)
                SELECT 1, hour, md5(i::text)::uuid, 0, 60000 / i + 1
                FROM generate_series(timestamptz '2025-12-01Z', '2025-12-31 23:00Z', interval '1 hour') AS hour,
                    LATERAL (SELECT generate_series(1, 1000) UNION ALL
                             SELECT 1001 + (extract(epoch FROM hour)::bigint / 3600 * 1000 + n) % 49000
                             FROM generate_series(0, 999) AS n) AS page (i);
                """)
        }
        try await test.owner.transaction {
            try $0.script("ANALYZE audience.site_hour, audience.pv_hour, audience.content")
        }
    }
}
