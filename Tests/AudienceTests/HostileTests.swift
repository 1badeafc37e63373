import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Checks 13 and 15 to 17: nothing that a log holds makes the scan fail, forget or grow without bound.
struct HostileTests {
    @Test(arguments: [1 << 20, 64 << 20], ["", #"{"a":""#])
    func aHugeLineIsOneRejectionAndTheNextIsParsed(length: Int, start: String) throws {
        let folder = try TemporaryFolder()
        var bytes = Array((logLine() + start).utf8)
        bytes += [UInt8](repeating: 0x61, count: length) + [0x0a]
        bytes += logLine("17/May/2026:10:06:00 +0000").utf8
        let path = try folder.write("huge.log", bytes)
        var plan = try plan()
        for block in [1_024, 256 * 1_024] {
            plan.blockBytes = block
            let summary = try ScanSummary.scan([path], plan: plan)
            #expect(summary.lines == 3)
            #expect(summary.rejected == [.tooLong: 1])
            #expect(summary.views == 2)
        }
    }

    @Test func blocksOfAnySizeSplitLinesTheSameWay() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 2_000, seed: 21))
        var plan = try plan()
        let whole = try ScanSummary.scan([path], plan: plan)
        for block in [256, 257, 1_000, 4_096, 65_536] {
            plan.blockBytes = block
            #expect(try ScanSummary.scan([path], plan: plan) == whole)
        }
    }

    @Test func pathsPastTheLimitAreCountedTogetherAndTheTotalIsExact() throws {
        let folder = try TemporaryFolder()
        let text = (0..<5_000).map { logLine(request: "GET /p\($0) HTTP/1.1") }.joined()
        let path = try folder.write("many.log", text)
        var plan = try plan()
        plan.maximumPaths = 1_000
        plan.workers = 1
        let scan = LogScan(plan, [try LogSource(path: path, plan: plan)])
        let batch = try #require(try scan.batch(limit: .max))
        #expect(batch.contents.count == 1_001)
        #expect(batch.cells.reduce(0) { $0 + Int($1.views) } == 5_000)
        let other = try #require(batch.contents.firstIndex { $0.path == "(other)" })
        #expect(batch.cells.filter { $0.content == other }.map(\.views) == [4_000])
    }

    @Test func randomBytesAreAlwaysAccountedFor() throws {
        let folder = try TemporaryFolder()
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        var bytes = try madeLog(lines: 2_000, seed: 22)
        for _ in 0..<5_000 {
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
        let path = try folder.write("damaged.log", bytes)
        let summary = try ScanSummary.scan([path], plan: plan())
        let newlines = bytes.count { $0 == 0x0a }
        #expect(summary.lines == newlines + (bytes.last == 0x0a ? 0 : 1), "seed \(seed)")
        let counted =
            summary.classes.values.reduce(0, +) + summary.excluded.values.reduce(0, +)
            + summary.rejected.values.reduce(0, +)
        #expect(counted == summary.lines, "seed \(seed)")
    }

    @Test func linesOfManyHostsMakeSitesUpToALimit() async throws {
        let folder = try TemporaryFolder()
        let text =
            "one.example:443 " + logLine() + "www.ONE.example " + logLine() + "two.example " + logLine() + logLine()
        let path = try folder.write("hosts.log", text)
        try await withTestDatabase { test in
            let report = try await importer(test.app, site: nil).run([path])[0]
            #expect(report.views == 4)
            let views = try await test.app.read { db in
                try ["one.example", "two.example", "localhost"].map { host in
                    try ViewsReport(by: .year, site: host).lines(db).map(\.views)
                }
            }
            #expect(views == [[2], [1], [1]])
            await #expect(throws: AudienceError.self) {
                try await test.app.read { db in try ViewsReport(by: .year, site: "three.example").lines(db) }
            }
        }
    }

    /// Check 16 with the bound lowered, so that it is passed many times over.
    @Test func distinctPathsAndAgentsPastTheBoundLeaveTheTotalExact() throws {
        var plan = try plan()
        plan.maximumPaths = 2_000
        var tally = Tally(plan)
        let all = 100_000
        for first in stride(from: 0, to: all, by: 1_000) {
            let lines = (first..<(first + 1_000)).map {
                logLine(request: "GET /p\($0) HTTP/1.1", agent: "\(browser) build/\($0)")
            }
            Array(lines.joined().utf8).withUnsafeBufferPointer { tally.scan(ByteRange($0)) }
        }
        #expect(tally.contents.count == 2_000)
        var (views, cells) = (0, 0)
        tally.cells.forEach { _, count in
            views += Int(count)
            cells += 1
        }
        #expect(views == all)
        // The paths, and one for all others.
        #expect(cells == 2_001)
    }

    /// Check 17: keys crafted to collide under another secret are spread under ours like any. Counted in steps, which no
    /// machine makes faster or slower.
    @Test func keysCraftedToCollideCostAtMostTwiceTheSteps() throws {
        let (guessed, ours) = (
            HashKey(low: 11, high: 12), HashKey(low: .random(in: 1 ... .max), high: .random(in: 1 ... .max))
        )
        func hash(_ text: String, _ key: HashKey) -> UInt64 {
            Array(text.utf8).withUnsafeBufferPointer { tableHash(ByteRange($0), key: key) }
        }
        func steps(_ keys: [String], _ key: HashKey) -> Int {
            var taken = [Bool](repeating: false, count: 2_048)
            var steps = 0
            for text in keys {
                var slot = Int(truncatingIfNeeded: hash(text, key)) & 2_047
                steps += 1
                while taken[slot] {
                    slot = (slot + 1) & 2_047
                    steps += 1
                }
                taken[slot] = true
            }
            return steps
        }
        var crafted: [String] = []
        var candidate = 0
        while crafted.count < 900 {
            candidate += 1
            let text = "/story-\(candidate)"
            if hash(text, guessed) & 511 == 0 { crafted.append(text) }
        }
        let ordinary = (0..<900).map { "/story-\($0)" }
        let normal = steps(ordinary, ours)
        #expect(steps(crafted, guessed) > normal * 20)
        #expect(steps(crafted, ours) <= normal * 2)
    }
}
