import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Salts that are the same in every run, so that two databases can be compared.
let fixedSalts = SaltSource { kind, period in
    let seed = UInt64(period.daysSince1970) &* 31 &+ (kind == .day ? 1 : 2)
    var random = SeededRandom(seed: seed)
    return (0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}

func importer(
    _ database: Database, site: String? = "example.org", zone: Zone = .utc, isFinal: Bool = false,
    batchBytes: Int? = nil, blockBytes: Int? = nil, workers: Int = 2
) throws -> LogImport {
    var options = LogImport.Options(
        zone: zone, bots: try bots(), now: try Timestamp(iso8601: "2026-06-30T00:00:00Z"))
    options.site = site
    options.salts = fixedSalts
    options.isFinal = isFinal
    options.workers = workers
    if let batchBytes { options.batchBytes = batchBytes }
    if let blockBytes { options.blockBytes = blockBytes }
    return LogImport(database, options)
}

/// Everything that was counted, as text: two databases that counted the same are equal to the byte.
func rollups(_ database: Database) async throws -> [String] {
    try await database.read { db in
        try db.rows(
            """
            SELECT 'cell ' || concat_ws(' ', s.host, h.bucket, c.path, h.class, sum(h.pv), sum(h.entries))
                FROM audience.pv_hour h
                JOIN audience.site s ON s.id = h.site JOIN audience.content c ON c.site = h.site AND c.key = h.content
                GROUP BY s.host, h.bucket, c.path, h.class
            UNION ALL SELECT 'hour ' || concat_ws(' ', s.host, bucket, pv, visits, bounces, unsessioned)
                FROM audience.site_hour h JOIN audience.site s ON s.id = h.site
            UNION ALL SELECT 'line ' || concat_ws(' ', s.host, bucket, outcome, lines)
                FROM audience.line_hour h JOIN audience.site s ON s.id = h.site
            UNION ALL SELECT 'reject ' || concat_ws(' ', s.host, bucket, reason, lines, encode(sample, 'escape'))
                FROM audience.reject_hour h JOIN audience.site s ON s.id = h.site
            UNION ALL SELECT 'source ' || concat_ws(' ', s.host, day, kind, source, medium, campaign, term, content, visits, bounces, pv)
                FROM audience.source_day h JOIN audience.site s ON s.id = h.site WHERE visits > 0
            ORDER BY 1
            """
        ) { try $0.next(String.self) }
    }
}

/// The sketches of all periods, merged: bytes by period.
func sketches(_ database: Database) async throws -> [String: [UInt8]] {
    let rows = try await database.read { db in
        try db.rows("SELECT kind::text || period, sketch FROM audience.uniq_delta") {
            (try $0.next(String.self), try $0.next([UInt8].self))
        }
    }
    var merged: [String: Sketch] = [:]
    for (period, bytes) in rows { merged[period, default: Sketch()].merge(try Sketch(bytes: bytes)) }
    return merged.mapValues(\.bytes)
}

/// A made log in time order over a few days.
func madeLog(lines: Int, seed: UInt64, days: Int = 3) throws -> [UInt8] {
    var options = LogGenerator.Options(lines: lines, seed: seed, firstDay: try LocalDate("2026-05-01"))
    options.days = days
    var bytes: [UInt8] = []
    try LogGenerator(options).write { bytes += $0 }
    return bytes
}

func lines(of bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast().map { Array($0) + [0x0a] }
}

/// Imports a file and expects so many new lines.
func expect(
    _ newLines: Int, in path: String, _ database: Database, isFinal: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let report = try await importer(database, isFinal: isFinal).run([path])
    #expect(report[0].newLines == newLines, sourceLocation: sourceLocation)
}

/// Checks 6, 7, 8: the same bytes are counted once, whatever they come in.
struct ExactlyOnceTests {
    @Test func accountingOfASiteOrAnOutcomeThatIsNotThereIsRefused() async throws {
        try await withTestDatabase { test in
            let folder = try TemporaryFolder()
            _ = try await importer(test.app).run([folder.write("a.log", logLine())])
            for (row, constraint) in [("-1, 1", "line_hour_of_site"), ("min(id), 99", "line_hour_of_outcome")] {
                let values = row.split(separator: ", ")
                let refused = await refusal(
                    test.app,
                    """
                    INSERT INTO audience.line_hour (site, bucket, outcome, lines)
                    SELECT \(values[0]), '2026-05-17 10:00Z', \(values[1]), 1 FROM audience.site
                    """)
                #expect(refused?.constraint == constraint)
            }
        }
    }

    @Test func theSameFileTwiceAndACopyAddNothing() async throws {
        let folder = try TemporaryFolder()
        let log = try madeLog(lines: 3_000, seed: 1)
        let first = try folder.write("access.log", log)
        let copy = try folder.write("copy.log", log)
        try await withTestDatabase { test in
            let once = try await importer(test.app).run([first])
            #expect(once[0].newLines == 3_000)
            let before = try await rollups(test.app)
            for path in [first, copy] {
                let again = try await importer(test.app).run([path])
                #expect(again[0].newLines == 0)
                #expect(again[0].lines == 3_000)
            }
            let both = try await importer(test.app).run([copy, first, copy])
            #expect(both.map(\.newLines) == [0, 0, 0])
            #expect(try await rollups(test.app) == before)
        }
    }

    @Test func appendedLinesAreCountedAndNoOthers() async throws {
        let folder = try TemporaryFolder()
        let all = lines(of: try madeLog(lines: 2_000, seed: 2))
        try await withTestDatabase { whole in
            let path = try folder.write("whole.log", all.flatMap { $0 })
            _ = try await importer(whole.app).run([path])
            try await withTestDatabase { test in
                var done = 0
                for end in [1, 2, 5, 700, 701, 1_999, 2_000] {
                    let grown = try folder.write("access.log", all.prefix(end).flatMap { $0 })
                    let report = try await importer(test.app).run([grown])
                    #expect(report[0].newLines == end - done)
                    #expect(report[0].lines == end)
                    done = end
                }
                #expect(try await rollups(test.app) == rollups(whole.app))
                let parts = try await sketches(test.app)
                #expect(try await parts == sketches(whole.app))
            }
        }
    }

    @Test func gzAfterPlainAndPlainAfterGzAddNothing() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 2_000, seed: 3))
        let zipped = try gzip(path, members: 1)
        try await withTestDatabase { test in
            try await expect(2_000, in: path, test.app)
            try await expect(0, in: zipped, test.app)
        }
        try await withTestDatabase { test in
            try await expect(2_000, in: zipped, test.app)
            try await expect(0, in: path, test.app)
        }
    }

    @Test func aLastLineWithoutNewlineWaitsUntilItIsWhole() async throws {
        let folder = try TemporaryFolder()
        let whole = Array((logLine() + logLine("17/May/2026:10:06:03 +0000")).utf8)
        try await withTestDatabase { test in
            let cut = try folder.write("access.log", whole.dropLast(10) + [])
            try await expect(1, in: cut, test.app)
            try await expect(0, in: cut, test.app)
            let grown = try folder.write("access.log", whole)
            try await expect(1, in: grown, test.app)
        }
        try await withTestDatabase { test in
            let unended = try folder.write("final.log", whole.dropLast() + [])
            try await expect(1, in: unended, test.app)
            try await expect(1, in: unended, test.app, isFinal: true)
            try await expect(0, in: unended, test.app, isFinal: true)
        }
    }

    @Test func filesThatBeginAlikeAreToldApart() async throws {
        let folder = try TemporaryFolder()
        let all = lines(of: try madeLog(lines: 400, seed: 4))
        let head = all.prefix(100)
        let one = try folder.write("one.log", (head + all[100..<250]).flatMap { $0 })
        let two = try folder.write("two.log", (head + all[250..<400]).flatMap { $0 })
        try await withTestDatabase { test in
            try await expect(250, in: one, test.app)
            try await expect(250, in: two, test.app)
            try await expect(0, in: two, test.app)
            try await expect(0, in: one, test.app)
        }
    }

    @Test func filesThatBeginAlikeAreToldApartWithinOneImport() async throws {
        let folder = try TemporaryFolder()
        let all = lines(of: try madeLog(lines: 500, seed: 41))
        let head = all.prefix(100)
        let one = try folder.write("one.log", (head + all[100..<250]).flatMap { $0 })
        let two = try folder.write("two.log", (head + all[250..<400]).flatMap { $0 })
        let copy = try folder.write("copy.log", (head + all[100..<250]).flatMap { $0 })
        let grown = try folder.write("grown.log", (head + all[250..<500]).flatMap { $0 })
        try await withTestDatabase { test in
            let reports = try await importer(test.app).run([one, two, copy, grown])
            #expect(reports.map(\.newLines) == [250, 250, 0, 100])
            #expect(reports.map(\.lines) == [250, 250, 250, 350])
            let again = try await importer(test.app).run([grown, copy, two, one])
            #expect(again.map(\.newLines) == [0, 0, 0, 0])
        }
    }

    @Test func twoImportersOfLogsThatBeginAlikeCountBoth() async throws {
        let folder = try TemporaryFolder()
        let all = lines(of: try madeLog(lines: 4_000, seed: 42))
        let head = all.prefix(100)
        let one = try folder.write("one.log", (head + all[100..<1_000]).flatMap { $0 })
        let two = try folder.write("two.log", (head + all[1_000..<4_000]).flatMap { $0 })
        for _ in 0..<5 {
            try await withTestDatabase { test in
                async let first = importer(test.app, batchBytes: 50_000).run([one])
                async let second = importer(test.app, batchBytes: 50_000).run([two])
                let reports = try await [first[0], second[0]]
                #expect(reports.map(\.newLines) == [1_000, 3_100])
            }
        }
    }

    @Test func aNamedPipeIsRefusedWithoutWaitingForAWriter() async throws {
        let folder = try TemporaryFolder()
        let pipe = folder.url.appending(path: "pipe").path()
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(throws: LogSourceError.notAFile(path: pipe)) { try LogSource.head(path: pipe) }
    }

    @Test func anEarlierCopyOfALogThatHasGrownAddsNothing() async throws {
        let folder = try TemporaryFolder()
        let all = lines(of: try madeLog(lines: 500, seed: 5))
        let whole = try folder.write("access.log", all.flatMap { $0 })
        let older = try folder.write("older.log", all.prefix(300).flatMap { $0 })
        try await withTestDatabase { test in
            try await expect(500, in: whole, test.app)
            try await expect(0, in: older, test.app)
        }
    }

    @Test func whatIsNoLogIsRefusedAndNothingChanges() async throws {
        let folder = try TemporaryFolder()
        var random = SeededRandom(seed: 6)
        let noise = try folder.write("noise", (0..<5_000).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        let prose = try folder.write("prose.txt", String(repeating: "It was a dark and stormy night.\n", count: 50))
        let good = try folder.write("good.log", logLine())
        let empty = try folder.write("empty.log", "")
        try await withTestDatabase { test in
            for path in [noise, prose] {
                await #expect(throws: LogSourceError.notALog(path: path)) {
                    try await importer(test.app).run([good, path])
                }
            }
            await #expect(throws: LogSourceError.self) { try await importer(test.app).run([good, folder.url.path()]) }
            await #expect(throws: LogSourceError.self) { try await importer(test.app).run([good + ".missing"]) }
            let counted = try await rollups(test.app)
            #expect(counted == [])
            let reports = try await importer(test.app).run([empty, good])
            #expect(reports.map(\.newLines) == [0, 1])
        }
    }

    @Test func damagedGzIsRefusedAndAGoodCopyGoesOn() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 5_000, seed: 7))
        let zipped = try gzip(path, members: 1)
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: zipped)))
        let short = try folder.write("short.gz", Array(bytes.prefix(bytes.count / 2)))
        var wrong = bytes
        wrong[wrong.count - 6] ^= 0xff
        let damaged = try folder.write("damaged.gz", wrong)
        try await withTestDatabase { test in
            for path in [short, damaged] {
                await #expect(throws: LogSourceError.self) { try await importer(test.app).run([path]) }
                #expect(try await rollups(test.app) == [])
            }
            try await expect(5_000, in: zipped, test.app)
        }
    }

    @Test func concatenatedMembersAreOneLog() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 1_000, seed: 8))
        let zipped = try gzip(path, members: 3)
        try await withTestDatabase { test in
            try await expect(1_000, in: zipped, test.app)
            try await expect(0, in: path, test.app)
        }
    }

    /// Compresses with the system's own gzip, in as many members.
    private func gzip(_ path: String, members: Int) throws -> String {
        let all = lines(of: [UInt8](try Data(contentsOf: URL(filePath: path))))
        var output: [UInt8] = []
        for member in 0..<members {
            let part = path + ".part"
            let slice = all[(all.count * member / members)..<(all.count * (member + 1) / members)]
            try Data(slice.flatMap { $0 }).write(to: URL(filePath: part))
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["gzip", "-kf", part]
            try process.run()
            process.waitUntilExit()
            output += [UInt8](try Data(contentsOf: URL(filePath: part + ".gz")))
        }
        try Data(output).write(to: URL(filePath: path + ".gz"))
        return path + ".gz"
    }
}
