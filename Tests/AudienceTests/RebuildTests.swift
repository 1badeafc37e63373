import Access
import Foundation
import Journal
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// A month counted anew from its logs: the same logs give the same, what was tampered with is repaired, and nothing of
/// other months or other logs is touched.
struct RebuildTests {
    private func publisher(_ test: TestDatabase) async throws -> Actor {
        let email = try EmailAddress("admin@example.org")
        try await test.app.transaction { db in
            _ = try AddAccount(
                first: email, name: "Admin", grants: [RoleGrant(.admin)], via: .cli, systemUser: "test"
            ).perform(db)
        }
        return try await test.app.read { try Actor.load($0, email: email, via: .cli, systemUser: "test") }
    }

    private func rebuild(
        _ paths: [String], _ test: TestDatabase, by actor: Actor, _ mode: RebuildMonth.Mode = .compare,
        host: String = "example.org"
    ) async throws -> RebuildMonth.Report {
        var options = LogImport.Options(
            zone: .utc, bots: try bots(), now: try Timestamp(iso8601: "2026-06-30T00:00:00Z"))
        options.site = host
        options.batchBytes = 40_000
        return try await RebuildMonth(
            try Period("2026-05"), host: host, from: paths, options, mode, by: actor
        ).perform(test.app)
    }

    /// Everything that was counted, under the names of hosts only: what a rebuild leaves behind would show.
    private func everything(_ test: TestDatabase) async throws -> [String] {
        let sites = try await test.app.read { db in
            try db.rows("SELECT host FROM audience.site ORDER BY 1") { try $0.next(String.self) }
        }
        return try await rollups(test.app) + sites
    }

    /// From 30 April 22:00 UTC on: April, May and June of Warsaw and of UTC are in it.
    private func log(_ folder: TemporaryFolder) throws -> (first: String, second: String) {
        let edge = [
            logLine("30/Apr/2026:21:58:00 +0000", address: "10.9.0.1"),
            logLine("30/Apr/2026:23:50:00 +0000", address: "10.9.0.1"),
            logLine("01/May/2026:00:10:00 +0000", address: "10.9.0.1"),
        ].joined()
        let late = [
            "\"GET\n", logLine("31/May/2026:23:58:00 +0000", address: "10.9.0.2"),
            logLine("01/Jun/2026:00:05:00 +0000", address: "10.9.0.2"),
            logLine("09/Jun/2026:00:05:00 +0000", address: "10.9.0.2"),
        ].joined()
        return (
            try folder.write("1.log", Array(edge.utf8) + madeLog(lines: 1_500, seed: 4)),
            try folder.write("2.log", late)
        )
    }

    @Test func rebuildingFromTheSameLogsGivesNoDifferenceAndLeavesNothingBehind() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = try log(folder)
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            _ = try await importer(test.app).run([first, second])
            let before = try await everything(test)
            let sketchesBefore = try await sketches(test.app)
            let report = try await rebuild([second, first], test, by: actor)
            #expect(report.isSame, "\(report.figures)")
            #expect(report.closedPeriods == 0)
            // Of the log that was made, every line is of May; of the edges, one at each end.
            #expect(report.figures.first { $0.name == "lines" }?.archive == 1_502)
            #expect(try await everything(test) == before)
            let applied = try await rebuild(
                [first, second], test, by: actor, .replace(reason: nil, acceptsLess: false))
            #expect(applied == report)
            #expect(try await everything(test) == before)
            #expect(try await sketches(test.app) == sketchesBefore)
            let again = try await importer(test.app).run([first, second])
            #expect(again.map(\.newLines) == [0, 0])
            #expect(try await everything(test) == before)
        }
    }

    @Test func whatWasTamperedWithIsSaidAndRepaired() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = try log(folder)
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            _ = try await importer(test.app).run([first, second])
            let before = try await everything(test)
            try await test.app.transaction { _ = try FoldMonths().perform($0) }
            try await test.owner.transaction { db in
                try db.script(
                    """
                    UPDATE audience.pv_hour SET pv = pv + 1000
                    WHERE ctid = (SELECT min(ctid) FROM audience.pv_hour_2026_05 WHERE class = 0)
                        AND tableoid = 'audience.pv_hour_2026_05'::regclass;
                    UPDATE audience.site_hour SET visits = visits + 7
                    WHERE bucket = (SELECT min(bucket) FROM audience.site_hour WHERE bucket >= '2026-05-01Z');
                    DELETE FROM audience.source_day WHERE day = '2026-05-02';
                    """)
            }
            let report = try await rebuild([first, second], test, by: actor)
            let figures = Dictionary(uniqueKeysWithValues: report.figures.map { ($0.name, $0) })
            let views = try #require(figures["page_views"])
            #expect(views.stands == views.archive + 1_000 && views.differing == 1)
            let visits = try #require(figures["visits"])
            #expect(visits.stands == visits.archive + 7 && visits.differing == 1)
            #expect(try #require(figures["sources"]).differing > 0)
            #expect(try #require(figures["lines"]).differing == 0)
            _ = try await rebuild([first, second], test, by: actor, .replace(reason: nil, acceptsLess: false))
            #expect(try await everything(test) == before)
            let month = try Period("2026-05")
            let top = try await test.app.read { db in
                try TopReport(by: .content, limit: 1_000, from: month, to: month).lines(db).map(\.views).reduce(0, +)
            }
            #expect(top == views.archive, "the month's sums are made anew too")
        }
    }

    @Test func aClosedMonthTakesAReasonAndKeepsItsVisitors() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = try log(folder)
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            _ = try await importer(test.app).run([first, second])
            let before = try await everything(test)
            try await test.app.transaction { _ = try CloseMonth(try Period("2026-05"), by: actor).perform($0) }
            func state() async throws -> [String] {
                try await test.app.read { db in
                    try db.rows(
                        """
                        SELECT 'revision ' || revision FROM audience.month_close
                        UNION ALL SELECT 'visitors ' || md5(sketch) FROM audience.uniq_month
                        UNION ALL SELECT 'visitors ' || day || md5(sketch) FROM audience.uniq_day
                        UNION ALL SELECT 'rebuilt ' || reason FROM audience.rebuild
                        UNION ALL SELECT 'audit ' || count(*) FROM journal.audit WHERE action = 'views.rebuilt'
                        ORDER BY 1
                        """
                    ) { try $0.next(String.self) }
                }
            }
            let closed = try await state()
            await #expect(throws: AudienceError.closedWithoutReason("2026-05")) {
                try await rebuild([first, second], test, by: actor, .replace(reason: nil, acceptsLess: false))
            }
            #expect(try await state() == closed)
            let report = try await rebuild(
                [first, second], test, by: actor, .replace(reason: "The disk was damaged.", acceptsLess: false))
            // A secret that is gone is drawn anew for the visits alone, which come out the same by any.
            #expect(report.isSame, "\(report.figures)")
            #expect(report.closedPeriods == 32)
            #expect(try await everything(test) == before)
            let expected = closed.map {
                $0 == "revision 1" ? "revision 2" : $0 == "audit 0" ? "audit 1" : $0
            }
            #expect(try await state() == (expected + ["rebuilt The disk was damaged."]).sorted())
        }
    }

    @Test func logsThatCoverLessOrWerentImportedOrComeTwiceReplaceNothing() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = try log(folder)
        let other = try folder.write("other.log", logLine("17/May/2026:10:00:00 +0000", address: "10.8.0.1"))
        let whole = try Data(contentsOf: URL(filePath: first))
        let copy = try folder.write("copy.log", Array(whole.prefix(whole.count / 2)))
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            _ = try await importer(test.app).run([first, second])
            let before = try await everything(test)
            let replace = RebuildMonth.Mode.replace(reason: nil, acceptsLess: false)
            await #expect(throws: AudienceError.archiveCoversLess("2026-05", hours: 1)) {
                try await rebuild([first], test, by: actor, replace)
            }
            await #expect(throws: AudienceError.notCounted(path: other)) {
                try await rebuild([first, second, other], test, by: actor, replace)
            }
            await #expect(throws: AudienceError.sameLog(path: copy, other: first)) {
                try await rebuild([first, copy], test, by: actor)
            }
            #expect(try await everything(test) == before)
            let less = try await rebuild([first], test, by: actor, .replace(reason: nil, acceptsLess: true))
            #expect(less.figures.first { $0.name == "lines" }.map { $0.stands - $0.archive } == 1)
            #expect(try await everything(test) != before)
        }
    }

    @Test func aMonthThatWasImportedForTheWrongHostMovesToTheRightOne() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = try log(folder)
        let empty = try folder.write("empty.log", "")
        func sites(_ test: TestDatabase) async throws -> [String] {
            try await test.app.read { db in
                try db.rows("SELECT host FROM audience.site ORDER BY 1") { try $0.next(String.self) }
            }
        }
        func views(of host: String, _ test: TestDatabase) async throws -> Int {
            try await test.app.read { db in
                try db.one(
                    """
                    SELECT coalesce(sum(p.pv), 0)::bigint FROM audience.pv_hour p JOIN audience.site s ON s.id = p.site
                    WHERE s.host = \(host) AND p.class = 0 AND p.bucket >= '2026-05-01Z' AND p.bucket < '2026-06-01Z'
                    """
                ) { try $0.next(Int.self) }
            }
        }
        try await withTestDatabase { test in
            let actor = try await publisher(test)
            _ = try await importer(test.app, site: "wrong.example").run([first, second])
            let counted = try await views(of: "wrong.example", test)
            #expect(counted > 0)
            let again = try await importer(test.app, site: "Example.org").run([first, second])
            #expect(again.map(\.countedFor) == [["wrong.example"], ["wrong.example"]])
            #expect(again.map(\.newLines) == [0, 0])
            #expect(try await importer(test.app, site: "wrong.example").run([first]).map(\.countedFor) == [[]])

            await #expect(throws: AudienceError.unknownSite("example.org", known: ["wrong.example"])) {
                try await rebuild([empty], test, by: actor, .replace(reason: nil, acceptsLess: true))
            }
            #expect(try await rebuild([first, second], test, by: actor).isNewSite)
            #expect(try await sites(test) == ["wrong.example"], "a comparison leaves nothing behind")
            let move = RebuildMonth.Mode.replace(reason: nil, acceptsLess: true)
            #expect(try await rebuild([first, second], test, by: actor, move).isNewSite)
            #expect(try await views(of: "example.org", test) == counted)
            let emptied = try await rebuild([empty], test, by: actor, move, host: "wrong.example")
            #expect(!emptied.isNewSite)
            #expect(try await views(of: "wrong.example", test) == 0)
            #expect(try await views(of: "example.org", test) == counted)
            #expect(try await !rebuild([first, second], test, by: actor).isNewSite)
        }
    }

    @Test func theProgramsRoleCannotTakeAnotherSitesCountsAway() async throws {
        try await withTestDatabase { test in
            let one = try await CountedSite(test)
            let two = try await CountedSite(test, host: "other.example")
            let refused = await refusal(
                test.app, "SELECT audience.swap_month(\(one.id), \(two.id), '2026-05-01', 'why', 1)")
            #expect(refused?.constraint == "rebuild_is_fresh")
            #expect(await refusal(test.app, "DELETE FROM audience.rebuild")?.sqlstate == "42501")
        }
    }

    @Test func storageIsSaidByTableAndMonth() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = try log(folder)
        try await withTestDatabase { test in
            _ = try await importer(test.app).run([first, second])
            try await test.owner.transaction { try $0.script("ANALYZE audience.pv_hour, audience.site_hour") }
            let report = try await test.app.read { try StorageReport($0) }
            let months = report.lines.filter { $0.table == "pv_hour" }.compactMap(\.month).map(\.description)
            #expect(months.starts(with: ["2026-04", "2026-05", "2026-06"]))
            let hours = try await test.app.read { db in
                try db.one("SELECT count(*), pg_total_relation_size('audience.site_hour') FROM audience.site_hour") {
                    (try $0.next(Int.self), try $0.next(Int.self))
                }
            }
            let line = try #require(report.lines.first { $0.table == "site_hour" })
            #expect(line.rows == hours.0 && line.bytes == hours.1 && line.month == nil)
            #expect(report.standing.saltsAlive > 0)
        }
    }
}
