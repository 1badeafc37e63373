import Access
import Journal
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Check 30: what another meter counted comes in once, goes again whole, and is never added to what we counted.
struct HistoryTests {
    private let now = "2026-05-02T00:00:00Z"

    private func withDesk(_ body: (TestDatabase, ID<Account>) async throws -> Void) async throws {
        try await withTestDatabase { test in
            let account = try await test.app.transaction { db in
                try AddAccount(
                    first: EmailAddress("p@example.org"), name: "P", grants: [RoleGrant(.admin)], via: .cli,
                    systemUser: "tester"
                ).perform(db).id
            }
            try await body(test, account)
        }
    }

    private func actor(_ db: Connection) throws -> Actor {
        try Actor.load(db, email: try EmailAddress("p@example.org"), via: .cli, systemUser: "tester")
    }

    /// A file with so many views on each day from one to another.
    private func file(_ views: Int, _ first: String, _ last: String) throws -> [UInt8] {
        var text = "date,path,page_views,visitors\n"
        var day = try LocalDate(first)
        while day <= (try LocalDate(last)) {
            text += "\(day),,\(views),7\n"
            day = day.adding(days: 1)
        }
        return Array(text.utf8)
    }

    @discardableResult private func bring(
        _ bytes: [UInt8], _ test: TestDatabase, meter: String = "plausible", mode: ImportHistory.Mode = .add
    ) async throws -> ImportHistory.Report {
        let now = try Timestamp(iso8601: now)
        return try await test.app.transaction { db in
            try ImportHistory(
                bytes, name: "h.csv", as: .csv, site: "Example.org", meter: meter, mode: mode, now: now, zone: .utc,
                by: actor(db)
            ).perform(db)
        }
    }

    private func stored(_ test: TestDatabase) async throws -> [String] {
        try await test.app.read { db in
            try db.rows(
                """
                SELECT concat_ws(' ', m.name, d.day, d.pv, d.visitors) FROM audience.history_day d
                JOIN audience.meter m ON m.id = d.meter
                UNION ALL SELECT concat_ws(' ', bucket, pv) FROM audience.site_hour ORDER BY 1
                """
            ) { try $0.next(String.self) }
        }
    }

    private func views(_ test: TestDatabase, by granularity: Granularity) async throws -> [String: String] {
        let lines = try await test.app.read { try ViewsReport(by: granularity).lines($0) }
        return Dictionary(
            uniqueKeysWithValues: lines.map { ($0.name, "\($0.views) \($0.meters.joined(separator: "+"))") })
    }

    @Test func anExportTwiceOverOurFirstDayAndAwayAgain() async throws {
        try await withDesk { test, _ in
            let site = try await CountedSite(test)
            try await site.log(10, everyHourFrom: "2026-02-01 12:00", to: "2026-03-01 00:00")
            let before = try await stored(test)
            let first = try await bring(file(100, "2026-01-01", "2026-02-02"), test)
            #expect(first.days == 33 && first.newDays == 33 && first.views == 3_300)
            let after = try await stored(test)
            let again = try await bring(file(100, "2026-01-01", "2026-02-02"), test)
            #expect(again.newDays == 0)
            #expect(try await stored(test) == after)
            let days = try await views(test, by: .day)
            // Of the first day we counted the half; the second is ours, and nothing is added.
            #expect(days["2026-01-31"] == "100 plausible")
            #expect(days["2026-02-01"] == "100 plausible")
            #expect(days["2026-02-02"] == "240 log")
            #expect(try await views(test, by: .month)["2026-02"] == "\(100 + 27 * 240) log+plausible")
            let removed = try await test.app.transaction { db in
                try RemoveHistory(site: "example.org", meter: "plausible", by: actor(db)).perform(db)
            }
            #expect(removed == 33)
            #expect(try await stored(test) == before)
            #expect(try await views(test, by: .day)["2026-02-01"] == "120 log")
        }
    }

    @Test func otherFiguresAreRefusedUnlessTheMeterIsReplaced() async throws {
        try await withDesk { test, _ in
            try await bring(file(100, "2026-01-01", "2026-01-31"), test)
            let before = try await stored(test)
            let other = try file(90, "2026-01-20", "2026-02-10")
            let day = try LocalDate("2026-01-20")
            await #expect(throws: AudienceError.historyDiffers(meter: "plausible", day: day, line: 2)) {
                try await bring(other, test)
            }
            #expect(try await stored(test) == before)
            let replaced = try await bring(other, test, mode: .replace)
            #expect(replaced.removedDays == 31 && replaced.newDays == 22)
            #expect(try await stored(test).count == 22)
            await #expect(throws: ValueError.self) { try await bring(other, test, meter: "log") }
        }
    }

    /// Our log has 10 views an hour from February on; the other meter 120 a day, in January and for so many days beside.
    private func february(daysBeside: Int, _ test: TestDatabase) async throws -> GrowthReport.Line {
        let site = try await CountedSite(test)
        try await site.log(10, everyHourFrom: "2026-02-01 00:00", to: "2026-04-01 00:00")
        let last = try LocalDate("2026-01-31").adding(days: daysBeside).description
        try await bring(file(120, "2026-01-01", last), test)
        return try await site.growth(GrowthReport(.one(try Period("2026-02"))), now: now)[0]
    }

    @Test func twoMetersAreNotComparedAfterTwentySevenDaysSideBySide() async throws {
        try await withDesk { test, _ in
            let line = try await february(daysBeside: 27, test)
            #expect(line.growth.state == .incomparable && line.growth.percent == nil)
            #expect(line.perHour.percent == nil && line.factor == nil)
            #expect(line.meters == ["log", "plausible"])
            #expect(throws: AudienceError.self) { try line.sentence(Wording("rounded"), site: nil) }
        }
    }

    @Test func twoMetersAreComparedByTheirFactorAfterTwentyEight() async throws {
        try await withDesk { test, _ in
            let line = try await february(daysBeside: 28, test)
            #expect(line.growth.state == .estimated)
            #expect(line.factor == "2.0000")
            // January: 31 · 120 twice; February: 28 · 240. −720 / 7,440 = −9.677… %
            #expect(line.views == 6_720 && line.previous == 7_440)
            #expect(line.growth.percentExact == "-9.68")
            #expect(
                try line.sentence(Wording("rounded"), site: nil)
                    == "Page views fell by an estimated 10 % in February 2026 against January 2026 "
                    + "(counted by our log and plausible; one was turned into the other by 2.0000).")
            let pairs = try await test.app.read { try Completeness.all(site: nil, $0) }
            #expect(pairs.map(\.days) == [28])
            #expect(pairs.map(\.ratio) == ["2.0000"] && pairs[0].isEnough)
            #expect(pairs[0].meter == "log" && pairs[0].against == "plausible")
        }
    }

    @Test func oneMeterOnADayAndTheFirstImportedBeforeTheSecond() async throws {
        try await withDesk { test, _ in
            try await bring(file(100, "2026-01-01", "2026-01-10"), test)
            try await bring(file(70, "2026-01-06", "2026-01-20"), test, meter: "ga4")
            let days = try await views(test, by: .day)
            #expect(days["2026-01-10"] == "100 plausible" && days["2026-01-11"] == "70 ga4")
            let meters = try await test.app.read { try Meter.all(site: nil, $0) }
            #expect(meters.map(\.name) == ["plausible", "ga4"])
            #expect(meters.map(\.authoritativeDays) == [10, 10])
            #expect(meters.map(\.days) == [10, 15])
        }
    }

    @Test func theDatabaseRefusesWhatTheCommandRefuses() async throws {
        try await withDesk { test, account in
            try await bring(file(100, "2026-01-01", "2026-01-02"), test)
            func refusal(_ sql: SQL) async -> String? {
                do {
                    _ = try await test.app.transaction { try $0.run(sql) }
                    return nil
                } catch let error as PostgresError { return error.constraint ?? error.sqlstate } catch {
                    return "\(error)"
                }
            }
            #expect(
                await refusal(
                    "INSERT INTO audience.history_day (meter, day, pv) SELECT id, '2999-01-01', 1 FROM audience.meter")
                    == "history_day_over")
            #expect(await refusal("UPDATE audience.history_day SET pv = 1") == "42501")
            #expect(await refusal("UPDATE audience.meter SET name = 'other'") == "42501")
            #expect(
                await refusal(
                    """
                    INSERT INTO audience.meter (site, name, format, added_by)
                    SELECT id, 'log', 'csv', \(account) FROM audience.site
                    """) == "meter_name_form")
            #expect(await refusal("DELETE FROM audience.meter") == "history_day_meter_fkey")
            #expect(
                await refusal(
                    "INSERT INTO audience.history_day (meter, day, pv) SELECT id, '2026-01-03', -1 FROM audience.meter")
                    == "history_day_counts")
        }
    }
}
