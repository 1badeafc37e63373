import Access
import Foundation
import Journal
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// How a month closes: what was given out can be told from what came later, and a forgotten secret stays forgotten.
struct CloseTests {
    private func publisher(_ test: TestDatabase) async throws -> Actor {
        let email = try EmailAddress("admin@example.org")
        try await test.app.transaction { db in
            _ = try AddAccount(
                first: email, name: "Admin", grants: [RoleGrant(.admin)], via: .cli, systemUser: "test"
            ).perform(db)
        }
        return try await test.app.read { try Actor.load($0, email: email, via: .cli, systemUser: "test") }
    }

    private func close(_ month: String, by actor: Actor, _ test: TestDatabase, site: String? = nil) async throws
        -> [MonthClose]
    {
        let period = try Period(month)
        return try await test.app.transaction { try CloseMonth(period, site: site, by: actor).perform($0) }
    }

    private func revisions(_ test: TestDatabase) async throws -> [String] {
        try await test.app.read { db in try MonthClose.all(db).map { "\($0.host) \($0.month) \($0.revision)" } }
    }

    private func visitors(_ month: String, _ test: TestDatabase) async throws -> [Int?] {
        let period = try Period(month)
        return try await test.app.read { db in
            try ViewsReport(by: .month, from: period, to: period).lines(db).map(\.visitors)
        }
    }

    /// So many views of May 2025, each by another visitor.
    private func mayLog(_ visitors: Range<Int>, day: String = "17") -> String {
        visitors.map { logLine("\(day)/May/2025:10:05:03 +0000", address: "10.0.\($0 / 250).\($0 % 250)") }.joined()
    }

    @Test func linesThatComeLaterRaiseTheRevisionOfTheirMonthAlone() async throws {
        let folder = try TemporaryFolder()
        let first = try folder.write(
            "first.log", mayLog(0..<20) + logLine("02/Jun/2025:10:00:00 +0000", address: "10.1.0.1"))
        let late = try folder.write("late.log", mayLog(100..<103, day: "18"))
        let june = try folder.write("june.log", logLine("03/Jun/2025:10:00:00 +0000", address: "10.1.0.2"))
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            try await expect(21, in: first, test.app)
            let closed = try await close("2025-05", by: actor, test)
            #expect(closed.map(\.revision) == [1])
            #expect(closed.map(\.views) == [20])
            #expect(closed.first?.changedAt == nil)
            try await expect(1, in: june, test.app)
            #expect(try await revisions(test) == ["example.org 2025-05 1"])
            try await expect(3, in: late, test.app)
            #expect(try await revisions(test) == ["example.org 2025-05 2"])
            try await expect(0, in: late, test.app)
            #expect(try await revisions(test) == ["example.org 2025-05 2"])
        }
    }

    @Test func anotherSitesLinesLeaveTheRevisionAlone() async throws {
        let folder = try TemporaryFolder()
        let here = try folder.write("here.log", mayLog(0..<2))
        let there = try folder.write("there.log", mayLog(5..<7, day: "19"))
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            try await expect(2, in: here, test.app)
            _ = try await close("2025-05", by: actor, test)
            _ = try await importer(test.app, site: "other.example").run([there])
            #expect(try await revisions(test) == ["example.org 2025-05 1"])
        }
    }

    @Test func closingKeepsEveryFigureAndClosingTwiceChangesNothing() async throws {
        let folder = try TemporaryFolder()
        let log = try folder.write("access.log", mayLog(0..<600) + mayLog(300..<900, day: "18"))
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            _ = try await importer(test.app, batchBytes: 20_000).run([log])
            let before = try await rollups(test.app)
            let deltas = try await sketches(test.app)
            let estimate = try await visitors("2025-05", test)
            let closed = try await close("2025-05", by: actor, test)
            #expect(try await visitors("2025-05", test) == estimate)
            #expect(try await rollups(test.app) == before)
            #expect(try await sketches(test.app).isEmpty)
            let merged = try await test.app.read { db in
                try db.rows(
                    """
                    SELECT 'm' || month, sketch FROM audience.uniq_month
                    UNION ALL SELECT 'd' || day, sketch FROM audience.uniq_day
                    """
                ) { (try $0.next(String.self), try $0.next([UInt8].self)) }
            }
            #expect(Dictionary(uniqueKeysWithValues: merged) == deltas)
            #expect(try await close("2025-05", by: actor, test) == closed)
            let audited = try await test.app.read { db in
                try db.value("SELECT count(*) FROM journal.audit WHERE action = 'views.closed'", as: Int.self)
            }
            #expect(audited == 1)
        }
    }

    @Test func afterTheSecretIsForgottenLaterLinesAreViewsAndNoVisitors() async throws {
        let folder = try TemporaryFolder()
        let first = try folder.write("first.log", mayLog(0..<20))
        let late = try folder.write("late.log", mayLog(100..<107, day: "18"))
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            try await expect(20, in: first, test.app)
            #expect(try await close("2025-05", by: actor, test).map(\.isOpenForVisitors) == [false])
            let report = try await importer(test.app).run([late])
            #expect(report[0].views == 7)
            #expect(report[0].withoutUniques == 7)
            #expect(try await visitors("2025-05", test) == [20])
            let keys = try await test.app.read { db in
                try db.value("SELECT count(*) FROM audience.salt WHERE key IS NOT NULL AND kind = 'm'", as: Int.self)
            }
            #expect(keys == 0)
        }
    }

    @Test func aMonthStaysOpenForVisitorsUntilItIsClosedForEverySite() async throws {
        let folder = try TemporaryFolder()
        let here = try folder.write("here.log", mayLog(0..<2))
        let there = try folder.write("there.log", mayLog(5..<7, day: "19"))
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            try await expect(2, in: here, test.app)
            _ = try await importer(test.app, site: "other.example").run([there])
            let one = try await close("2025-05", by: actor, test, site: "example.org")
            #expect(one.map(\.isOpenForVisitors) == [true])
            let both = try await close("2025-05", by: actor, test)
            #expect(both.map(\.isOpenForVisitors) == [false, false])
            #expect(both.map(\.revision) == [1, 1])
        }
    }

    @Test func aSecretThatServedItsDayIsForgottenByTheNextImport() async throws {
        let folder = try TemporaryFolder()
        let first = try folder.write("first.log", mayLog(0..<3))
        let second = try folder.write("second.log", logLine("03/Jun/2025:10:00:00 +0000"))
        try await withTestDatabase { test in
            try await expect(3, in: first, test.app)
            func living() async throws -> [String] {
                try await test.app.read { db in
                    try db.rows(
                        "SELECT kind::text || period FROM audience.salt WHERE key IS NOT NULL ORDER BY kind, period"
                    ) { try $0.next(String.self) }
                }
            }
            // Made for an old log, they wait for the rest of it; made as the day went by, they have served.
            #expect(try await living() == ["d2025-05-17", "m2025-05-01"])
            try await test.owner.transaction { db in
                try db.script(
                    """
                    ALTER TABLE audience.salt DISABLE TRIGGER salt_forgotten;
                    UPDATE audience.salt SET created_at = '2025-05-17 12:00+00';
                    ALTER TABLE audience.salt ENABLE TRIGGER salt_forgotten;
                    """)
            }
            try await expect(1, in: second, test.app)
            #expect(try await living() == ["d2025-06-03", "m2025-06-01"])
            #expect(try await visitors("2025-05", test) == [3])
        }
    }

    @Test func aMonthThatIsntOverOrWasntCountedIsntClosed() async throws {
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            let month = try await test.owner.transaction { db in
                try db.script("INSERT INTO audience.site (host, timezone) VALUES ('example.org', 'UTC')")
                try db.script(
                    """
                    INSERT INTO audience.line_hour (site, bucket, outcome, lines)
                    SELECT id, date_trunc('hour', now()), 0, 1 FROM audience.site
                    """)
                return try db.value("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')", as: String.self) ?? ""
            }
            await #expect(throws: AudienceError.futurePeriod(month)) { try await close(month, by: actor, test) }
            await #expect(throws: AudienceError.nothingCounted("2001-01")) {
                try await close("2001-01", by: actor, test)
            }
            await #expect(throws: AudienceError.periodGranularity(period: "2025", wanted: "month")) {
                try await close("2025", by: actor, test)
            }
            let forged = await refusal(
                test.app,
                """
                INSERT INTO audience.month_close (site, month)
                SELECT id, date_trunc('month', now() AT TIME ZONE 'UTC')::date FROM audience.site
                """)
            #expect(forged?.constraint == "month_close_over")
        }
    }

    @Test func whatIsClosedCantBeChangedByHand() async throws {
        let folder = try TemporaryFolder()
        let log = try folder.write("first.log", mayLog(0..<5))
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            try await expect(5, in: log, test.app)
            let early = await refusal(test.app, "UPDATE audience.salt SET key = NULL")
            #expect(early?.constraint == "salt_merged_first")
            _ = try await close("2025-05", by: actor, test)
            for (statement, constraint) in [
                ("UPDATE audience.salt SET key = substring(sha256('x') FOR 16)", "salt_forgotten_only"),
                ("UPDATE audience.uniq_month SET sketch = '\\x0100'", "uniq_while_salted"),
                ("UPDATE audience.uniq_day SET sketch = '\\x0100'", "uniq_while_salted"),
                (
                    """
                    INSERT INTO audience.uniq_delta (site, kind, period, sketch)
                    SELECT site, 'm', month, sketch FROM audience.uniq_month
                    """, "uniq_while_salted"
                ),
            ] { #expect(await refusal(test.app, statement)?.constraint == constraint, "\(statement)") }
            for statement in [
                "UPDATE audience.month_close SET revision = 1", "DELETE FROM audience.month_close",
                "DELETE FROM audience.salt", "DELETE FROM audience.uniq_month",
                "UPDATE audience.salt SET created_at = now()",
            ] { #expect(await refusal(test.app, statement)?.sqlstate == "42501", "\(statement)") }
            // What can be written by hand leaves its mark.
            #expect(await refusal(test.app, "UPDATE audience.line_hour SET lines = lines + 1") == nil)
            #expect(try await revisions(test) == ["example.org 2025-05 2"])
        }
    }
}
