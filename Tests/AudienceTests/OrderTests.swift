import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Checks 2, 3 and 5: the same figures in any order and split, and figures that agree with each other.
struct OrderTests {
    @Test func workersAndBlocksChangeNothing() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 6_000, seed: 11))
        var seen: Set<[String]> = []
        var bytes: Set<[String: [UInt8]]> = []
        for (workers, block, batch) in [(1, 1_024, nil), (8, 4_096, nil), (2, 4 << 20, nil), (3, 1_024, 100_000)] {
            try await withTestDatabase { test in
                _ = try await importer(test.app, batchBytes: batch, blockBytes: block, workers: workers).run([path])
                seen.insert(try await rollups(test.app))
                bytes.insert(try await sketches(test.app))
            }
        }
        #expect(seen.count == 1)
        #expect(bytes.count == 1)
    }

    @Test func reorderingWithinTwoHoursChangesNothing() async throws {
        let folder = try TemporaryFolder()
        let ordered = lines(of: try madeLog(lines: 4_000, seed: 12, days: 2))
        var random = SeededRandom(seed: 13)
        // 4,000 lines in two days: fifty lines are well under two hours.
        var mixed = ordered
        for start in stride(from: 0, to: mixed.count, by: 50) {
            mixed[start..<min(start + 50, mixed.count)].shuffle(using: &random)
        }
        let one = try folder.write("ordered.log", ordered.flatMap { $0 })
        let two = try folder.write("mixed.log", mixed.flatMap { $0 })
        try await withTestDatabase { first in
            _ = try await importer(first.app).run([one])
            try await withTestDatabase { second in
                _ = try await importer(second.app, batchBytes: 40_000).run([two])
                #expect(try await rollups(second.app) == rollups(first.app))
            }
        }
    }

    @Test func shufflingAndSplittingKeepViewsClassesRejectsAndSketches() async throws {
        let folder = try TemporaryFolder()
        var all = lines(of: try madeLog(lines: 4_000, seed: 14))
        all += [Array("broken\n".utf8), Array("\n".utf8), Array("1.2.3.4 - - [x] y\n".utf8)]
        var random = SeededRandom(seed: 15)
        let shuffled = all.shuffled(using: &random)
        let whole = try folder.write("whole.log", all.flatMap { $0 })
        let parts = try (0..<5).map { part in
            try folder.write(
                "part\(part).log", stride(from: part, to: shuffled.count, by: 5).flatMap { shuffled[$0] })
        }
        try await withTestDatabase { first in
            _ = try await importer(first.app).run([whole])
            try await withTestDatabase { second in
                _ = try await importer(second.app).run(parts)
                // Of files of one import, visits agree as well: they meet in one transaction.
                #expect(try await rollups(second.app) == rollups(first.app))
                #expect(try await sketches(second.app) == sketches(first.app))
            }
            try await withTestDatabase { third in
                for part in parts { _ = try await importer(third.app).run([part]) }
                func views(_ rows: [String]) -> [String] {
                    rows.filter { $0.hasPrefix("line") || $0.hasPrefix("reject") }
                }
                let parted = views(try await rollups(third.app))
                #expect(parted == views(try await rollups(first.app)))
                #expect(try await sketches(third.app) == sketches(first.app))
            }
        }
    }

    @Test func figuresAgreeWithEachOther() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 8_000, seed: 16, days: 40))
        try await withTestDatabase { test in
            let warsaw = try Zone.named("Europe/Warsaw")
            let report = try await importer(test.app, zone: warsaw).run([path])[0]
            #expect(
                report.newLines == report.classes.values.reduce(0, +) + report.excluded.values.reduce(0, +)
                    + report.rejected.values.reduce(0, +))
            let broken = try await test.app.read { db in
                try db.value(
                    """
                    SELECT count(*) FROM (
                        SELECT site, bucket, sum(pv) AS pv, sum(entries) AS entries FROM audience.pv_hour WHERE class = 0
                        GROUP BY site, bucket
                    ) AS cells FULL JOIN audience.site_hour h USING (site, bucket)
                    LEFT JOIN audience.line_hour l ON l.site = h.site AND l.bucket = h.bucket AND l.outcome = 0
                    WHERE cells.pv IS DISTINCT FROM h.pv OR h.pv IS DISTINCT FROM l.lines OR h.bounces > h.visits
                       OR cells.entries IS DISTINCT FROM h.visits
                    """, as: Int.self)
            }
            #expect(broken == 0)
            let sums = try await test.app.read { db in
                try [Granularity.hour, .day, .month, .year].map { granularity in
                    try ViewsReport(by: granularity).lines(db).reduce(into: [0, 0, 0]) { sums, line in
                        sums[0] += line.views
                        sums[1] += line.visits
                        sums[2] += line.bounces
                    }
                }
            }
            #expect(Set(sums).count == 1)
            #expect(sums[0][0] == report.views)
            let days = try await test.app.read { db in try ViewsReport(by: .day).lines(db) }
            for day in days { #expect((day.visitors ?? 0) <= day.visits && day.visits <= day.views) }
            let sources = try await test.app.read { db in try TopReport(by: .source, limit: 1_000).lines(db) }
            #expect(sources.reduce(0) { $0 + $1.views } == report.views)
        }
    }
}

/// The table's visits, in a database.
struct VisitTests {
    private func reports(_ text: String, zone: Zone = .utc) async throws -> [ViewsReport.Line] {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", text)
        return try await withTestDatabase { test in
            _ = try await importer(test.app, zone: zone).run([path])
            return try await test.app.read { db in try ViewsReport(by: .month).lines(db) }
        }
    }

    @Test func exactlyHalfAnHourStartsANewVisit() async throws {
        let times = ["09:58:00", "10:02:00", "10:31:59", "11:01:59"]
        let month = try await reports(times.map { logLine("17/May/2026:\($0) +0000") }.joined())[0]
        #expect(month.visits == 2)
        #expect(month.bounces == 1)
        #expect(month.views == 4)
        #expect(month.visitors == 1)
    }

    @Test func visitorsOfDaysAddUpToMoreThanThoseOfTheMonth() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "access.log",
            logLine("01/May/2026:10:00:00 +0000") + logLine("01/May/2026:11:00:00 +0000", address: "192.0.2.2")
                + logLine("02/May/2026:10:00:00 +0000") + logLine("03/May/2026:10:00:00 +0000"))
        try await withTestDatabase { test in
            _ = try await importer(test.app).run([path])
            let days = try await test.app.read { db in try ViewsReport(by: .day).lines(db) }
            #expect(days.compactMap(\.visitors) == [2, 1, 1])
            #expect(try await test.app.read { db in try ViewsReport(by: .month).lines(db) }[0].visitors == 2)
            #expect(try await test.app.read { db in try ViewsReport(by: .year).lines(db) }[0].visitors == nil)
        }
    }

    @Test func theFirstAndTheLastPeriodAreWholeThoughTheirMiddleIsNamed() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "access.log",
            logLine("01/May/2026:10:00:00 +0000") + logLine("20/May/2026:11:00:00 +0000", address: "192.0.2.2")
                + logLine("30/May/2026:10:00:00 +0000"))
        try await withTestDatabase { test in
            _ = try await importer(test.app).run([path])
            let (from, to) = (try Period("2026-05-10"), try Period("2026-05-25"))
            for granularity in [Granularity.month, .year] {
                let lines = try await test.app.read { db in
                    try ViewsReport(by: granularity, from: from, to: to).lines(db)
                }
                #expect(lines.map(\.views) == [3])
                #expect(lines.map(\.visits) == [3])
            }
            let days = try await test.app.read { db in try ViewsReport(by: .day, from: from, to: to).lines(db) }
            #expect(days.count == 16)
            #expect(days.reduce(0) { $0 + $1.views } == 1)
        }
    }

    @Test func aVisitBreaksAtLocalMidnightAndNotAtTheHour() async throws {
        let warsaw = try Zone.named("Europe/Warsaw")
        let lines = ["21:50", "22:10", "22:59", "23:05"].map { logLine("17/May/2026:\($0):00 +0000") }.joined()
        // 22:00Z is midnight in Warsaw's summer.
        let month = try await reports(lines, zone: warsaw)[0]
        #expect(month.visits == 3)
        #expect(try await reports(lines)[0].visits == 2)
    }

    @Test func aVisitMaySpanTwoFilesAndTwoImports() async throws {
        let folder = try TemporaryFolder()
        let one = try folder.write("one.log", logLine("17/May/2026:10:00:00 +0000"))
        let two = try folder.write("two.log", logLine("17/May/2026:10:20:00 +0000", request: "GET /b HTTP/1.1"))
        try await withTestDatabase { test in
            _ = try await importer(test.app).run([one])
            #expect(try await test.app.read { db in try ViewsReport(by: .day).lines(db) }[0].bounces == 1)
            _ = try await importer(test.app).run([two])
            let day = try await test.app.read { db in try ViewsReport(by: .day).lines(db) }[0]
            #expect(day.visits == 1)
            #expect(day.bounces == 0)
        }
    }

    @Test func aLogFromBeforeHasVisitsOfItsOwn() async throws {
        let folder = try TemporaryFolder()
        let late = try folder.write("late.log", logLine("17/May/2026:10:00:00 +0000"))
        let early = try folder.write(
            "early.log", logLine("10/May/2026:10:00:00 +0000") + logLine("10/May/2026:10:20:00 +0000"))
        try await withTestDatabase { test in
            _ = try await importer(test.app).run([late])
            let report = try await importer(test.app).run([early])[0]
            #expect(report.unsessioned == 0)
            let days = try await test.app.read { db in try ViewsReport(by: .day).lines(db) }
            #expect(days.count == 8)
            #expect(days[0].visits == 1)
            #expect(days[3].views == 0 && days[3].visitors == 0)
            let joined = try await test.app.read { db in
                try db.rows("SELECT joined FROM audience.ingest_batch ORDER BY id") { try $0.next(Bool.self) }
            }
            #expect(joined == [true, false])
        }
    }
}
