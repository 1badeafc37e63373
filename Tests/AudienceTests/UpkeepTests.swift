import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// What a worker keeps in order, and what is said where none does.
struct UpkeepTests {
    private func partitions(_ test: TestDatabase) async throws -> [String] {
        try await test.app.read { db in
            try db.rows(
                """
                SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent IN ('audience.pv_hour'::regclass, 'audience.source_day'::regclass) ORDER BY 1
                """
            ) { try $0.next(String.self) }
        }
    }

    private func standing(_ test: TestDatabase, now: String? = nil) async throws -> UpkeepStanding {
        let now = try now.map { try Timestamp(iso8601: $0) }
        return try await test.app.read { try UpkeepStanding(now: now, $0) }
    }

    @Test func theNextTwoMonthsArePartitionedOnceAndOverTheYearsEnd() async throws {
        try await withTestDatabase { test in
            _ = try await CountedSite(test)
            let now = "2031-11-30T23:59:59Z"
            let missing = try ["2031-11-01", "2031-12-01", "2032-01-01"].map { try LocalDate($0) }
            #expect(try await standing(test, now: now).missingMonths == missing)
            let upkeep = Upkeep(now: try Timestamp(iso8601: now))
            #expect(try await upkeep.perform(test.app).monthsMade == missing)
            let made = ["2031_11", "2031_12", "2032_01"]
            #expect(try await partitions(test) == made.map { "pv_hour_" + $0 } + made.map { "source_day_" + $0 })
            #expect(try await upkeep.perform(test.app).isEmpty)
            #expect(try await standing(test, now: now).missingMonths == [])
            #expect(
                try await standing(test, now: "2031-12-01T00:00:00Z").missingMonths == [try LocalDate("2032-02-01")])
        }
    }

    @Test func twoWhoMakeAMonthAtOnceMakeItOnce() async throws {
        try await withTestDatabase { test in
            let app = test.app
            let (made, tell) = AsyncStream<Void>.makeStream()
            async let first: Void = app.transaction(.once) { db in
                try db.run("SELECT audience.ensure_month('2031-11-01')")
                tell.yield()
                // Commits when the other waits for the lock; a generous end, so that a fault fails instead of hanging.
                for _ in 0..<3_000 {
                    let waiting = try db.one(
                        """
                        SELECT count(*) FROM pg_locks, pg_sleep(0.01) WHERE locktype = 'advisory' AND NOT granted
                            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        """
                    ) { try $0.next(Int.self) }
                    if waiting > 0 { return }
                }
            }
            for await _ in made { break }
            try await app.transaction(.once) { db in _ = try db.run("SELECT audience.ensure_month('2031-11-01')") }
            try await first
            #expect(try await partitions(test) == ["pv_hour_2031_11", "source_day_2031_11"])
        }
    }

    @Test func whereNothingIsCountedNothingIsKept() async throws {
        try await withTestDatabase { test in
            #expect(try await Upkeep().perform(test.app).isEmpty)
            #expect(try await partitions(test) == [])
            let standing = try await standing(test)
            #expect(standing.missingMonths == [] && standing.saltsAlive == 0 && standing.saltsOverdue == 0)
        }
    }

    @Test func whileAnotherLeadsNothingIsDone() async throws {
        try await withTestDatabase { test in
            _ = try await CountedSite(test)
            let upkeep = Upkeep(now: try Timestamp(iso8601: "2031-11-05T00:00:00Z"))
            let app = test.app
            let beside = try await test.owner.withSession { session in
                try session.statement { try $0.run("SELECT pg_advisory_lock(hashtextextended('audience.upkeep', 0))") }
                let report = try await upkeep.perform(app)
                try session.statement {
                    try $0.run("SELECT pg_advisory_unlock(hashtextextended('audience.upkeep', 0))")
                }
                return report
            }
            #expect(beside.isEmpty)
            #expect(try await upkeep.perform(test.app).monthsMade.count == 3)
        }
    }

    @Test func aSecretThatOutlivesItsTimeIsSaidAndForgotten() async throws {
        let folder = try TemporaryFolder()
        let log = try folder.write(
            "access.log", (1...3).map { logLine("17/May/2026:10:05:03 +0000", address: "192.0.2.\($0)") }.joined())
        try await withTestDatabase { test in
            try await expect(3, in: log, test.app)
            // Made for an old log: they wait for the rest of it.
            var standing = try await standing(test)
            #expect(standing.saltsAlive == 2 && standing.saltsOverdue == 0)
            try await test.owner.transaction { db in
                try db.script(
                    """
                    ALTER TABLE audience.salt DISABLE TRIGGER salt_forgotten;
                    UPDATE audience.salt SET created_at = '2026-05-17 12:00+00';
                    ALTER TABLE audience.salt ENABLE TRIGGER salt_forgotten;
                    """)
            }
            // The day's is due at 00:00 on the 20th, the month's on the third of June; two hours are granted.
            for (now, overdue) in [
                ("2026-05-20T01:59:59Z", 0), ("2026-05-20T02:00:00Z", 1), ("2026-06-03T01:59:59Z", 1),
                ("2026-06-03T02:00:00Z", 2),
            ] {
                standing = try await self.standing(test, now: now)
                #expect(standing.saltsOverdue == overdue, "\(now)")
            }
            #expect(try await Upkeep().perform(test.app).saltsForgotten == 2)
            standing = try await self.standing(test)
            #expect(standing.saltsAlive == 0 && standing.saltsOverdue == 0)
            let month = try Period("2026-05")
            let visitors = try await test.app.read { db in
                try ViewsReport(by: .month, from: month, to: month).lines(db).map(\.visitors)
            }
            #expect(visitors == [3], "who they were is forgotten, how many is not")
        }
    }

    @Test func particularsAreForgottenInTimeAndNoFigureWithThem() async throws {
        let folder = try TemporaryFolder()
        let old = "01/May/2025:10:05:03 +0000"
        let log = try folder.write(
            "access.log",
            logLine(old) + logLine(old, request: "GET /gone HTTP/1.1", status: "404") + logLine(old, request: "GET")
                + "nonsense\n")
        try await withTestDatabase { test in
            try await expect(4, in: log, test.app)
            for number in 1...3 {
                let grown = try String(contentsOfFile: log, encoding: .utf8) + logLine(old, request: "GET /\(number) H")
                _ = try folder.write("access.log", grown)
                _ = try await importer(test.app).run([log])
            }
            func particulars() async throws -> [Int] {
                try await test.app.read { db in
                    try db.one(
                        """
                        SELECT (SELECT count(*) FROM audience.ingest_batch), (SELECT count(*) FROM audience.missing_day),
                            (SELECT count(*) FROM audience.reject_hour WHERE sample <> ''::bytea),
                            (SELECT sum(lines)::bigint FROM audience.line_hour)
                        """
                    ) { try [$0.next(), $0.next(), $0.next(), $0.next()] }
                }
            }
            #expect(try await particulars() == [4, 1, 2, 7])
            // Of the last thirty days nothing goes, whoever asks for it.
            #expect(try await Upkeep(retentionDays: 36_500).perform(test.app).particularsForgotten == 0)
            #expect(try await particulars() == [4, 1, 2, 7])
            try await test.owner.transaction { db in
                _ = try db.run("UPDATE audience.ingest_batch SET committed_at = committed_at - interval '401 days'")
            }
            // The sample whose hour can't be read is nobody's day, and the log's latest batch stays.
            #expect(try await Upkeep().perform(test.app).particularsForgotten == 3 + 1 + 1)
            #expect(try await particulars() == [1, 0, 1, 7])
            #expect(try await Upkeep().perform(test.app).particularsForgotten == 0)
            #expect(try await importer(test.app).run([log])[0].newLines == 0)
            try await test.app.transaction { db in
                let gone = try db.one("SELECT audience.forget_particulars('infinity', 100)") { try $0.next(Int.self) }
                #expect(gone == 0)
            }
        }
    }

    @Test func aMissingPageIsOneRowOfADayThatIsOver() async throws {
        let folder = try TemporaryFolder()
        try await withTestDatabase { test in
            for number in 1...3 {
                let lines = logLine("17/May/2026:1\(number):05:03 +0000", request: "GET /gone HTTP/1.1", status: "404")
                let log = try folder.write("\(number).log", lines + lines.replacing("/gone", with: "/away-\(number)"))
                _ = try await importer(test.app).run([log])
            }
            func rows() async throws -> Int {
                try await test.app.read {
                    try $0.one("SELECT count(*) FROM audience.missing_day") { try $0.next(Int.self) }
                }
            }
            let before = try await test.app.read { try MissingReport().lines($0) }
            #expect(before.map(\.requests) == [3, 1, 1, 1])
            #expect(try await rows() == 6)
            // It is still the seventeenth somewhere.
            _ = try await Upkeep(now: try Timestamp(iso8601: "2026-05-18T11:59:00Z")).perform(test.app)
            #expect(try await rows() == 6)
            _ = try await Upkeep(now: try Timestamp(iso8601: "2026-05-19T00:00:00Z")).perform(test.app)
            #expect(try await rows() == 4)
            #expect(try await test.app.read { try MissingReport().lines($0) } == before)
            let refused = await refusal(test.app, "UPDATE audience.missing_day SET lines = 9")
            #expect(refused != nil)
        }
    }

    @Test func monthsAreSummedUpUntilTheHourThatGoesOn() async throws {
        let folder = try TemporaryFolder()
        let log = try folder.write(
            "access.log",
            logLine("17/May/2026:10:05:03 +0000") + logLine("17/May/2026:11:05:03 +0000", request: "GET /b HTTP/1.1"))
        try await withTestDatabase { test in
            try await expect(2, in: log, test.app)
            func sums() async throws -> [String] {
                try await test.app.read { db in
                    try db.rows(
                        """
                        SELECT c.path || ' ' || m.pv FROM audience.pv_month m
                        JOIN audience.content c ON c.site = m.site AND c.key = m.content ORDER BY 1
                        """
                    ) { try $0.next(String.self) }
                }
            }
            for (now, folded, expected) in [
                ("2026-05-17T11:30:00Z", 1, ["/a 1"]), ("2026-05-17T11:59:59Z", 0, ["/a 1"]),
                ("2026-05-17T12:00:00Z", 1, ["/a 1", "/b 1"]),
            ] {
                let report = try await Upkeep(now: try Timestamp(iso8601: now)).perform(test.app)
                #expect(report.monthsFolded == folded, "\(now)")
                #expect(try await sums() == expected, "\(now)")
            }
        }
    }
}
