import Access
import Foundation
import Journal
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Log and beacon of one site: each day is told by one of them, in every report.
struct BeaconMeterTests {
    private let stamps = (0..<24).flatMap { hour -> [(hour: String, second: Int)] in
        let two = hour < 10 ? "0\(hour)" : "\(hour)"
        return [("\(two):00:00", hour * 3_600), ("\(two):59:59", hour * 3_600 + 3_599)]
    }

    /// From 17 to 19 May the log has two views an hour, of /by-log; the beacon has five, of /by-beacon, from the 17th at
    /// 18:00 to the 19th at 06:59. Of the days only the 18th is the beacon's from its first second to its last.
    private func withBoth(_ body: (TestDatabase) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try await withBeacon { test, house in
            var log = ""
            for day in 17...19 {
                for (hour, _) in stamps {
                    log += logLine(
                        "\(day)/May/2026:\(hour) +0000", address: "192.0.2.\(day)", request: "GET /by-log HTTP/1.1")
                }
            }
            _ = try await importer(test.app).run([try folder.write("access.log", log)])
            for hour in 18..<(24 + 24 + 7) {
                for number in 0..<5 {
                    let seconds = Int64(hour * 3_600 + [0, 100, 200, 300, 3_599][number]) - 43_200
                    let receipt = await house.view(
                        load(hour * 10 + number), "/by-beacon", after: seconds, peer: "198.51.100.\(number)")
                    try #require(receipt == .accepted)
                }
            }
            #expect(await house.engaged(load(300), ms: 60_000, percent: 80, after: 66_000) == .accepted)
            _ = try await spoolDrain(test.app, house.folder).run()
            try await body(test)
        }
    }

    @Test func everyReportTellsOfADayByOneMeter() async throws {
        try await withBoth { test in
            for isFolded in [false, true] {
                if isFolded {
                    try await test.app.transaction { db in
                        let now = try Timestamp(iso8601: "2026-06-05T00:00:00Z")
                        _ = try FoldMonths(now: now).perform(db)
                    }
                }
                try await expectOneMeterADay(test)
            }
        }
    }

    private func expectOneMeterADay(_ test: TestDatabase) async throws {
        let days = try await test.app.read { try ViewsReport(by: .day).lines($0) }
        #expect(days.map(\.views) == [48, 120, 48])
        #expect(days.map(\.meters) == [["log"], ["beacon"], ["log"]])
        // One reader in the log, five at the beacon.
        #expect(days.map(\.visitors) == [1, 5, 1])
        #expect(days.map { $0.reading?.reads } == [nil, 1, nil])
        #expect(days[1].reading == ViewsReport.Reading(openings: 0, reads: 1, engagedMs: 60_000))
        let months = try await test.app.read { try ViewsReport(by: .month).lines($0) }
        #expect(months.map(\.views) == [216] && months[0].meters == ["beacon", "log"])
        #expect(months[0].visitors == nil, "neither meter saw the month's readers")
        let hours = try await test.app.read { try ViewsReport(by: .hour).lines($0) }
        #expect(
            hours.map(\.views) == Array(repeating: 2, count: 24) + Array(repeating: 5, count: 24)
                + Array(repeating: 2, count: 24))

        let top = try await test.app.read { try TopReport(by: .content).lines($0) }
        #expect(top == [TopReport.Line(key: "/by-beacon", views: 120), TopReport.Line(key: "/by-log", views: 96)])
        let second = try await test.app.read {
            try TopReport(by: .content, from: Period("2026-05-18"), to: Period("2026-05-18")).lines($0)
        }
        #expect(second == [TopReport.Line(key: "/by-beacon", views: 120)])
        let kinds = try await test.app.read { try TopReport(by: .kind).lines($0) }
        #expect(kinds.map(\.views).reduce(0, +) == 216)
        let sources = try await test.app.read { try TopReport(by: .source).lines($0) }
        #expect(sources.map(\.views).reduce(0, +) == 216)
        let named = try await test.app.read { try SourcesReport(limit: 10, names: .none).lines($0) }
        #expect(named.map(\.views).reduce(0, +) == 216)
        let ends = try await test.app.read { try LineAccounting().lines($0) }
        #expect(ends == [LineAccounting.Line(kind: "class", word: "human", lines: 216)])

        let now = try Timestamp(iso8601: "2026-06-05T00:00:00Z")
        let growth = try await test.app.read { try GrowthReport(.one(Period("2026-05-18"))).lines($0, now: now) }
        #expect(growth[0].views == 120 && growth[0].previous == 48)
        #expect(growth[0].growth.state == .incomparable && growth[0].meters == ["beacon", "log"])
        let meters = try await test.app.read { try Meter.all(site: nil, $0) }
        #expect(meters.map(\.name) == ["beacon", "log"])
        #expect(meters.map(\.authoritativeDays) == [1, 2])
        let pairs = try await test.app.read { try Completeness.all(site: nil, $0) }
        #expect(pairs.map(\.meter) == ["log"] && pairs.map(\.against) == ["beacon"])
        #expect(pairs.map(\.days) == [1] && pairs.map(\.ratio) == ["0.4000"])
    }

    @Test func aDayThatIsntOverIsTheBeaconsWhenItRanSinceMidnight() async throws {
        try await withBeacon { test, house in
            for hour in -13...6 {
                let receipt = await house.view(load(hour + 50), after: Int64(hour * 3_600))
                try #require(receipt == .accepted)
            }
            _ = try await spoolDrain(test.app, house.folder).run()
            let days = try await test.app.read { try ViewsReport(by: .day).lines($0) }
            #expect(days.map(\.meters) == [["beacon"], ["beacon"]])
            #expect(days.map(\.views) == [1, 19])
        }
    }

    @Test func monthsOfTwoMetersAreEstimatedAfterFourWeeksSideBySide() async throws {
        try await withTestDatabase { test in
            let site = try await CountedSite(test, zone: "UTC")
            try await site.log(10, everyHourFrom: "2026-02-01 00:00", to: "2026-04-01 00:00")
            try await test.owner.transaction { db in
                try db.script(
                    """
                    INSERT INTO audience.site (host, timezone, meter) VALUES ('example.org', 'UTC', 'beacon');
                    INSERT INTO audience.spool (identity, folder, segment, place, next)
                    VALUES (gen_random_uuid(), '/spool', 1, 0, 1);
                    INSERT INTO audience.spool_span (site, spool, first_at, last_at)
                    SELECT s.id, p.id, '2026-03-01 00:00Z', '2026-03-31 23:59:59Z'
                    FROM audience.site s, audience.spool p WHERE s.meter = 'beacon';
                    INSERT INTO audience.site_hour (site, bucket, pv)
                    SELECT s.id, hour, 20 FROM audience.site s, generate_series(timestamptz '2026-03-01 00:00Z',
                        timestamptz '2026-03-31 23:00Z', interval '1 hour') AS hour WHERE s.meter = 'beacon'
                    """)
            }
            let line = try await site.growth(GrowthReport(.one(Period("2026-03"))), now: "2026-05-02T00:00:00Z")[0]
            // March: 744 hours of 20 views, halved; February: 672 hours of 10. 720 / 6,720 = 10.714… %
            #expect(line.growth.state == .estimated && line.factor == "0.5000")
            #expect(line.views == 7_440 && line.previous == 6_720 && line.growth.percentExact == "10.71")
            #expect(
                try line.sentence(Wording("rounded"), site: nil)
                    == "Page views rose by an estimated 11 % in March 2026 against February 2026 "
                    + "(counted by our beacon and our log; one was turned into the other by 0.5000).")
        }
    }

    @Test func aMonthOfTheBeaconIsClosedAndRevisedByLaterBeacons() async throws {
        try await withBeacon { test, house in
            let email = try EmailAddress("admin@example.org")
            let actor = try await test.app.transaction { db in
                _ = try AddAccount(
                    first: email, name: "Admin", grants: [RoleGrant(.admin)], via: .cli, systemUser: "test"
                ).perform(db)
                return try Actor.load(db, email: email, via: .cli, systemUser: "test")
            }
            for number in 0..<3 {
                #expect(await house.view(load(number), peer: "192.0.2.\(number)") == .accepted)
            }
            _ = try await spoolDrain(test.app, house.folder).run()
            let closed = try await test.app.transaction { db in
                try CloseMonth(Period("2026-05"), by: actor).perform(db)
            }
            #expect(closed.map(\.meter) == ["beacon"] && closed.map(\.revision) == [1])
            #expect(closed.map(\.views) == [3] && closed.map(\.isOpenForVisitors) == [false])
            #expect(await house.view(load(3), after: 60, peer: "192.0.2.9") == .accepted)
            #expect(await house.engaged(load(0), ms: 20_000, after: 60) == .accepted)
            let late = try await spoolDrain(test.app, house.folder).run()
            #expect(late.views == 1 && late.withoutUniques == 1)
            let revised = try await test.app.read { try MonthClose.all($0) }
            #expect(revised.map(\.revision) == [2] && revised.map(\.views) == [4])
            let months = try await test.app.read { try ViewsReport(by: .month).lines($0) }
            #expect(months.map(\.views) == [4] && months.map(\.visitors) == [3])
        }
    }
}
