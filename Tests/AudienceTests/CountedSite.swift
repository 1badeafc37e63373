import Postgres
import TestDatabase
import Values

@testable import Audience

/// A site whose log was counted, without the log: rollups and what they cover, filled set-wise.
struct CountedSite {
    let id: Int
    let test: TestDatabase

    /// - Parameter host: a site of that name must not be there yet.
    init(_ test: TestDatabase, host: String = "example.org", zone: String = "Europe/Warsaw") async throws {
        self.test = test
        id = try await test.owner.transaction { db in
            try db.value(
                "INSERT INTO audience.site (host, timezone) VALUES (\(host), \(zone)) RETURNING id", as: Int.self) ?? 0
        }
    }

    /// So many views in every hour from one local time to another, and a log that covers just that.
    func log(_ views: Int, everyHourFrom first: String, to last: String) async throws {
        let id = id
        try await test.owner.transaction { db in
            try db.run(
                """
                INSERT INTO audience.site_hour (site, bucket, pv)
                SELECT s.id, hour, \(views) FROM audience.site s, generate_series(
                    \(first)::timestamp AT TIME ZONE s.timezone,
                    \(last)::timestamp AT TIME ZONE s.timezone - interval '1 second', interval '1 hour') AS hour
                WHERE s.id = \(id)
                """)
            try db.run(
                """
                WITH file AS (
                    INSERT INTO audience.file_state (name, head_length, head_hash, tail_hash)
                    VALUES ('made', 0, decode(repeat('00', 16), 'hex'), decode(repeat('00', 16), 'hex')) RETURNING id
                )
                INSERT INTO audience.file_span (file_id, site, first_at, last_at)
                SELECT file.id, s.id, \(first)::timestamp AT TIME ZONE s.timezone,
                    \(last)::timestamp AT TIME ZONE s.timezone - interval '1 second'
                FROM file, audience.site s WHERE s.id = \(id)
                """)
        }
    }

    func growth(_ report: GrowthReport, now: String) async throws -> [GrowthReport.Line] {
        let now = try Timestamp(iso8601: now)
        return try await test.app.read { try report.lines($0, now: now) }
    }
}
