import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// What comes of a spool in the rollups: each record once, by the rules of the specification.
struct DrainTests {
    /// Cells as `path views openings reads engaged_ms`, of people.
    private let cells: SQL = """
        SELECT concat_ws(' ', c.path, sum(h.pv), sum(h.openings), sum(h.reads), sum(h.engaged_ms))
        FROM audience.pv_hour h JOIN audience.content c ON c.site = h.site AND c.key = h.content WHERE h.class = 0
        GROUP BY h.bucket, c.path ORDER BY h.bucket, 1
        """
    private let hours: SQL = """
        SELECT concat_ws(' ', pv, visits, bounces, openings, reads, engaged_ms) FROM audience.site_hour ORDER BY bucket
        """

    @Test func beaconsAreCountedAsTheLinesOfALogAre() async throws {
        let folder = try TemporaryFolder()
        // The same day read twice: by the log, and by the beacon of every page view in it.
        var random = SeededRandom(seed: 7)
        var lines = ""
        try await withBeacon(zone: "Asia/Kolkata") { test, house in
            var seconds: Int64 = -30_000
            for number in 0..<800 {
                seconds += Int64(random.next() % 90)
                let address = "192.0.2.\(random.next() % 60)"
                let path = "/story-\(random.next() % 20)"
                let referrer = ["", "https://search.example/", "https://example.org/"][Int(random.next() % 3)]
                let agent = [browser, browser, browser, "curl/8.5.0"][Int(random.next() % 4)]
                let receipt = await house.view(
                    load(number), path, after: seconds, peer: address, agent: agent, referrer: referrer)
                try #require(receipt == .accepted)
                lines += logLine(
                    stamp(beaconNoon.adding(seconds: seconds)), address: address, request: "GET \(path) HTTP/1.1",
                    referrer: referrer.isEmpty ? "-" : referrer, agent: agent)
            }
            let report = try await spoolDrain(test.app, house.folder, batchBytes: 5_000).run()
            #expect(report.records == 800 && report.repeated == 0)
            let log = try folder.write("access.log", lines)
            _ = try await importer(test.app, zone: Zone.named("Asia/Kolkata")).run([log])
            func counted(_ meter: String) async throws -> [String] {
                try await figures(
                    """
                    SELECT 'cell ' || concat_ws(' ', h.bucket, c.path, h.class, sum(h.pv), sum(h.entries))
                        FROM audience.pv_hour h JOIN audience.site s ON s.id = h.site AND s.meter = \(meter)
                        JOIN audience.content c ON c.site = h.site AND c.key = h.content
                        GROUP BY h.bucket, c.path, h.class
                    UNION ALL SELECT 'hour ' || concat_ws(' ', bucket, pv, visits, bounces, unsessioned)
                        FROM audience.site_hour h JOIN audience.site s ON s.id = h.site AND s.meter = \(meter)
                    UNION ALL SELECT 'line ' || concat_ws(' ', bucket, outcome, lines)
                        FROM audience.line_hour h JOIN audience.site s ON s.id = h.site AND s.meter = \(meter)
                    UNION ALL SELECT 'source ' || concat_ws(' ', day, kind, source, medium, campaign, term, content, visits, bounces, pv)
                        FROM audience.source_day h JOIN audience.site s ON s.id = h.site AND s.meter = \(meter)
                        WHERE visits > 0
                    ORDER BY 1
                    """, test)
            }
            let beacon = try await counted("beacon")
            #expect(try await beacon == counted("log"))
            #expect(beacon.count > 100)
            let sketches = try await test.app.read { db in
                try db.rows(
                    "SELECT s.meter || d.kind::text || d.period, d.sketch FROM audience.uniq_delta d JOIN audience.site s ON s.id = d.site"
                ) {
                    (try $0.next(String.self), try $0.next([UInt8].self))
                }
            }
            var merged: [String: Sketch] = [:]
            for (name, bytes) in sketches { merged[name, default: Sketch()].merge(try Sketch(bytes: bytes)) }
            for (name, sketch) in merged where name.hasPrefix("beacon") {
                #expect(merged["log" + name.dropFirst(6)]?.bytes == sketch.bytes, "\(name)")
            }
        }
    }

    /// `17/May/2026:10:05:03 +0000`
    private func stamp(_ instant: Timestamp) -> String {
        let local = Zone.utc.local(at: instant)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let second = local.secondOfDay
        return "\(two(local.date.day))/\(months[local.date.month - 1])/\(local.date.year):\(two(second / 3_600))"
            + ":\(two(second / 60 % 60)):\(two(second % 60)) +0000"
    }

    @Test func aRepeatedIdIsIgnoredForADayAcrossBatchesAndRuns() async throws {
        try await withBeacon { test, house in
            let day: Int64 = 86_400
            // Again at once; later in the next run; in the last second of the day; then a day after the first.
            for (seconds, expected) in [(Int64(0), 1), (0, 1), (600, 1), (day - 1, 1), (day, 2), (day + 1, 2)] {
                #expect(await house.view(load(1), after: seconds) == .accepted)
                _ = try await spoolDrain(test.app, house.folder).run()
                let views = try await figures("SELECT sum(pv)::text FROM audience.site_hour", test)
                #expect(views == ["\(expected)"], "after \(seconds) s")
            }
            // Many in one batch.
            for number in 0..<50 {
                #expect(await house.view(load(100 + number / 5), after: 2 * day) == .accepted)
            }
            let report = try await spoolDrain(test.app, house.folder).run()
            #expect(report.views == 10 && report.repeated == 40)
            let lines = try await figures(
                """
                SELECT concat_ws(' ', o.word, sum(h.lines)) FROM audience.line_hour h
                JOIN audience.outcome o ON o.code = h.outcome GROUP BY o.code ORDER BY o.code
                """, test)
            #expect(lines == ["human 12", "repeated 44"])
        }
    }

    @Test func whatIsKnownOfLoadsIsADayOfThem() async throws {
        try await withBeacon { test, house in
            for day in 0..<5 {
                for number in 0..<20 {
                    #expect(await house.view(load(day * 20 + number), after: Int64(day) * 90_000) == .accepted)
                }
                let drain = spoolDrain(test.app, house.folder, now: beaconNoon.adding(seconds: 500_000))
                _ = try await drain.run()
            }
            let left = try await figures("SELECT count(*)::text FROM audience.beacon_load", test)
            #expect(left == ["40"], "the last day's, and those that an hour's slack keeps")
        }
    }

    @Test func anOpeningIsNoPageViewAndIsReadLikeOne() async throws {
        try await withBeacon { test, house in
            #expect(await house.view(load(1), "/front") == .accepted)
            #expect(await house.view(load(2), "/story", after: 5, event: "opening") == .accepted)
            #expect(await house.view(load(2), "/story", after: 6, event: "opening") == .accepted)
            #expect(await house.engaged(load(2), ms: 4_000, percent: 100, end: true, after: 20) == .accepted)
            let report = try await spoolDrain(test.app, house.folder).run()
            #expect(report.views == 1 && report.openings == 1 && report.repeated == 1)
            #expect(try await figures(cells, test) == ["/front 1 0 0 0", "/story 0 1 1 4000"])
            #expect(try await figures(hours, test) == ["1 1 1 1 1 4000"])
        }
    }

    /// The definition's edges: the end seen, or 30 s with 60 % seen.
    @Test(arguments: [
        (0, 0, true, 1), (29_999, 100, false, 0), (30_000, 59, false, 0), (30_000, 60, false, 1),
        (90_000, 10, false, 0),
    ])
    func aReadIsTheEndSeenOrHalfAMinuteAndThreeFifths(ms: Int, percent: Int, end: Bool, reads: Int) async throws {
        try await withBeacon { test, house in
            #expect(await house.view(load(1)) == .accepted)
            #expect(await house.engaged(load(1), ms: ms, percent: percent, end: end, after: 100) == .accepted)
            _ = try await spoolDrain(test.app, house.folder).run()
            #expect(try await figures(cells, test) == ["/a 1 0 \(reads) \(ms)"])
        }
    }

    @Test func engagementIsATotalSoThatLateAndRepeatedBeaconsAddNothing() async throws {
        try await withBeacon { test, house in
            #expect(await house.view(load(1)) == .accepted)
            for (ms, percent) in [(10_000, 30), (25_000, 70), (25_000, 70), (10_000, 30), (40_000, 65)] {
                #expect(await house.engaged(load(1), ms: ms, percent: percent, after: 60) == .accepted)
                _ = try await spoolDrain(test.app, house.folder).run()
            }
            #expect(try await figures(cells, test) == ["/a 1 0 1 40000"])
            // A tab left open, and a load that nothing is known of.
            #expect(await house.engaged(load(1), ms: 900_000_000, after: 80_000) == .accepted)
            #expect(await house.engaged(load(2), ms: 5_000, after: 80_000) == .accepted)
            _ = try await spoolDrain(test.app, house.folder).run()
            #expect(try await figures(cells, test) == ["/a 1 0 1 7200000"])
        }
    }

    @Test func tenSecondsOfEngagementMakeAVisitOfOneViewNoBounce() async throws {
        try await withBeacon { test, house in
            #expect(await house.view(load(1), peer: "192.0.2.1") == .accepted)
            #expect(await house.view(load(2), peer: "192.0.2.2") == .accepted)
            #expect(await house.view(load(3), peer: "192.0.2.3") == .accepted)
            #expect(await house.view(load(4), "/b", after: 60, peer: "192.0.2.3") == .accepted)
            _ = try await spoolDrain(test.app, house.folder).run()
            #expect(try await figures(hours, test) == ["4 3 2 0 0 0"])
            #expect(await house.engaged(load(1), ms: 9_999, after: 100) == .accepted)
            _ = try await spoolDrain(test.app, house.folder).run()
            #expect(try await figures(hours, test) == ["4 3 2 0 0 9999"])
            #expect(await house.engaged(load(1), ms: 10_000, after: 110) == .accepted)
            _ = try await spoolDrain(test.app, house.folder).run()
            #expect(try await figures(hours, test) == ["4 3 1 0 0 10000"])
            let sources = try await figures("SELECT concat_ws(' ', visits, bounces, pv) FROM audience.source_day", test)
            #expect(sources == ["3 1 4"])
            // Engagement prolongs no visit: half an hour after the view another one begins.
            #expect(await house.engaged(load(2), ms: 60_000, after: 1_700) == .accepted)
            #expect(await house.view(load(5), after: 1_800, peer: "192.0.2.2") == .accepted)
            _ = try await spoolDrain(test.app, house.folder).run()
            #expect(try await figures(hours, test) == ["5 4 1 0 0 70000"])
        }
    }

    @Test func beaconsFromTheFutureAreRejectedAndMoveNothing() async throws {
        try await withBeacon { test, house in
            #expect(await house.view(load(1)) == .accepted)
            #expect(await house.view(load(2), after: 86_401) == .accepted)
            #expect(await house.view(load(3), after: 10) == .accepted)
            let report = try await spoolDrain(test.app, house.folder, now: beaconNoon).run()
            #expect(report.records == 3 && report.views == 2)
            #expect(try await figures(hours, test) == ["2 1 0 0 0 0"])
            let lines = try await figures(
                "SELECT concat_ws(' ', bucket, outcome, lines) FROM audience.line_hour ORDER BY bucket", test)
            #expect(lines == ["1970-01-01 00:00:00+00 35 1", "2026-05-17 12:00:00+00 0 2"])
        }
    }

    @Test func theBatchesOfASpoolMakeNoDifference() async throws {
        func drained(_ batchBytes: Int) async throws -> [String] {
            var counted: [String] = []
            try await withBeacon { test, house in
                var random = SeededRandom(seed: 99)
                var seconds: Int64 = 0
                for number in 0..<600 {
                    seconds += Int64(random.next() % 40)
                    let one = load(Int(random.next() % 200))
                    let peer = "192.0.2.\(random.next() % 20)"
                    let receipt =
                        switch random.next() % 4 {
                        case 0, 1: await house.view(one, "/p\(number % 9)", after: seconds, peer: peer)
                        case 2: await house.view(one, "/o\(number % 9)", after: seconds, peer: peer, event: "opening")
                        default:
                            await house.engaged(
                                one, ms: Int(random.next() % 50_000), percent: Int(random.next() % 101), after: seconds)
                        }
                    try #require(receipt == .accepted)
                }
                _ = try await spoolDrain(test.app, house.folder, batchBytes: batchBytes).run()
                counted = try await rollups(test.app) + figures(cells, test) + figures(hours, test)
            }
            return counted
        }
        let whole = try await drained(10_000_000)
        #expect(whole.count > 50)
        #expect(try await drained(1) == whole)
        #expect(try await drained(5_000) == whole)
    }

    @Test func twoDrainersOfOneSpoolCountWhatOneDoes() async throws {
        try await withBeacon { test, house in
            for number in 0..<500 {
                let receipt = await house.view(load(number), "/p\(number % 9)", after: Int64(number))
                try #require(receipt == .accepted)
            }
            async let one = spoolDrain(test.app, house.folder, batchBytes: 3_000).run()
            async let two = spoolDrain(test.app, house.folder, batchBytes: 5_000).run()
            let reports = try await [one, two]
            #expect(reports.reduce(0) { $0 + $1.records } == 500)
            let counted = try await figures(
                "SELECT concat_ws(' ', sum(pv), (SELECT sum(records) FROM audience.spool_batch)) FROM audience.site_hour",
                test)
            #expect(counted == ["500 500"])
        }
    }

    @Test func manySmallRunsLeaveFewSketches() async throws {
        try await withBeacon { test, house in
            for number in 0..<150 {
                let receipt = await house.view(load(number), after: Int64(number), peer: "192.0.2.\(number)")
                try #require(receipt == .accepted)
            }
            _ = try await spoolDrain(test.app, house.folder, batchBytes: 1).run()
            let left = try await figures(
                "SELECT concat_ws(' ', (SELECT count(*) FROM audience.uniq_delta), (SELECT count(*) FROM audience.uniq_day))",
                test)
            #expect(left == ["0 1"])
            let days = try await test.app.read { try ViewsReport(by: .day).lines($0) }
            #expect(days[0].visitors.map { (148...152).contains($0) } == true)
        }
    }

    @Test func segmentsGoWhenTheyAreCountedAndOldEnoughAndNotBefore() async throws {
        var options = Spool.Options()
        options.segmentBytes = 2_000
        try await withBeacon(options: options) { test, house in
            func segments() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: house.folder).count { $0.hasSuffix(".spool") }
            }
            for number in 0..<100 { #expect(await house.view(load(number), after: Int64(number)) == .accepted) }
            let all = try segments()
            #expect(all > 3)
            let present = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
            let young = try await spoolDrain(test.app, house.folder, retention: 3_600, now: present).run()
            #expect(young.records == 100 && young.removedSegments == 0)
            let later = present.adding(seconds: 3_700)
            let old = try await spoolDrain(test.app, house.folder, retention: 3_600, now: later).run()
            #expect(try old.removedSegments == all - 1 && segments() == 1)
            #expect(await house.view(load(100), after: 200) == .accepted)
            #expect(try await spoolDrain(test.app, house.folder, retention: 3_600, now: later).run().views == 1)
        }
    }

    @Test func recordsThatAreMissingAreToldAndLostOnlyWhenSomebodySaysSo() async throws {
        var options = Spool.Options()
        options.segmentBytes = 2_000
        try await withBeacon(options: options) { test, house in
            for number in 0..<100 { #expect(await house.view(load(number), after: Int64(number)) == .accepted) }
            let files = try FileManager.default.contentsOfDirectory(atPath: house.folder)
                .filter { $0.hasSuffix(".spool") }.sorted()
            try FileManager.default.removeItem(atPath: house.folder + "/" + files[0])
            let first = try #require(Int(files[1].prefix { $0 != "." }))
            await #expect(throws: AudienceError.spoolGone(path: house.folder, records: first - 1)) {
                try await spoolDrain(test.app, house.folder).run()
            }
            let report = try await spoolDrain(test.app, house.folder, missing: .skip).run()
            #expect(report.lost == first - 1 && report.views == 101 - first)
            let kept = try await figures(
                "SELECT concat_ws(' ', sum(records), sum(lost)) FROM audience.spool_batch", test)
            #expect(kept == ["\(101 - first) \(first - 1)"])
        }
    }

    @Test func theDatabaseRefusesWhatADrainerMustNotDo() async throws {
        try await withBeacon { test, house in
            for number in 0..<3 { #expect(await house.view(load(number)) == .accepted) }
            _ = try await spoolDrain(test.app, house.folder).run()
            func refusal(_ sql: SQL) async -> String? {
                do {
                    _ = try await test.app.transaction { try $0.run(sql) }
                    return nil
                } catch let error as PostgresError { return error.constraint ?? error.sqlstate } catch {
                    return "\(error)"
                }
            }
            #expect(await refusal("UPDATE audience.spool SET next = next + 1") == "spool_moves_by_batches")
            #expect(await refusal("UPDATE audience.spool SET next = 1") == "spool_moves_by_batches")
            #expect(await refusal("DELETE FROM audience.spool_batch") == "42501")
            #expect(
                await refusal(
                    """
                    INSERT INTO audience.spool_batch (spool, from_sequence, to_sequence, records, outcomes, unsessioned,
                        without_uniques)
                    SELECT spool, from_sequence, to_sequence, records, '{}', 0, 0 FROM audience.spool_batch
                    """) == "spool_batch_once")
            #expect(
                await refusal(
                    "INSERT INTO audience.site (host, timezone, meter) VALUES ('b.example', 'UTC', 'beacon')")
                    == "site_log_first")
            #expect(
                await refusal("INSERT INTO audience.site (host, timezone) VALUES ('example.org', 'Asia/Kolkata')")
                    == "site_one_clock")
        }
    }
}
