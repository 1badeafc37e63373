import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Pages that weren't there, and who is reading now: against the same log read by another program.
@Suite struct MissingTests {
    private static let reader = #"""
        import re, sys, collections
        shape = re.compile(r'^(\S+) - - \[([^\]]+)\] "GET (\S+) HTTP/1.1" (\d{3}) \S+ "([^"]*)" "([^"]*)"')
        found = collections.Counter()
        for line in open(sys.argv[1]):
            m = shape.match(line)
            if not m or m[4] not in ('404', '410') or 'bot' in m[6].lower() or m[6] == '-': continue
            path = m[3].split('?')[0]
            if re.search(r'\.(css|png)$', path): continue
            sender = re.sub(r'^https?://(www\.)?', '', m[5]).split('?')[0].rstrip('/') if m[5] != '-' else ''
            found[(path, sender)] += 1
        for (path, sender), count in sorted(found.items()): print(path, sender, count, sep='\t')
        """#

    private func log() -> [String] {
        var lines: [String] = []
        for number in 0..<400 {
            let path = ["/gone", "/a", "/old/page?x=\(number)", "/style.css"][number % 4]
            let sender = ["-", "https://www.example.org/list?token=secret", "https://other.example/"][number % 3]
            lines.append(
                logLine(
                    "17/May/2026:\(10 + number % 3):05:03 +0000", address: "192.0.2.\(number % 50)",
                    request: "GET \(path) HTTP/1.1", status: ["404", "200", "410"][number / 4 % 3], referrer: sender,
                    agent: number % 7 == 0 ? "Googlebot/2.1" : browser))
        }
        return lines
    }

    @Test func missingPagesAreThoseThatAnotherProgramFinds() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", log().joined())
        let script = try folder.write("read.py", Self.reader)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [script, path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let expected = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        process.waitUntilExit()
        try #require(expected.count == 6)
        try await withTestDatabase { test in
            _ = try await importer(test.app, batchBytes: 9_000, blockBytes: 1_024).run([path])
            let lines = try await test.app.read { db in
                try MissingReport(limit: 1_000, byReferrer: true).lines(db)
            }
            #expect(lines.map { "\($0.path)\t\($0.referrer)\t\($0.requests)" }.sorted() == expected)
            #expect(lines.map(\.requests) == lines.map(\.requests).sorted(by: >))
            let pages = try await test.app.read { try MissingReport(from: try Period("2026-05")).lines($0) }
            #expect(
                pages.map(\.path).sorted() == ["/a", "/gone", "/old/page"] && pages.allSatisfy { $0.referrer.isEmpty })
            #expect(pages.map(\.requests).reduce(0, +) == lines.map(\.requests).reduce(0, +))
            #expect(try await test.app.read { try MissingReport(from: try Period("2026-06")).lines($0) }.isEmpty)
        }
    }

    @Test func moreMissingPagesThanAreKeptAreCountedTogether() {
        var missing = MissingPages(key: HashKey(low: 1, high: 2))
        let count = MissingPages.limit + 500
        for number in 0..<count {
            Array("/\(number)".utf8).withUnsafeBufferPointer {
                missing.add(ByteRange($0), referrer: .empty, bucket: 0)
            }
        }
        var (sum, names, other) = (0, 0, 0)
        missing.forEach { _, path, _, lines in
            sum += lines
            names += 1
            if path == "(other)" { other += lines }
        }
        #expect(sum == count && names == MissingPages.limit + 1 && other == 500)
    }

    @Test func whatASendersAddressSaysOfAPersonIsNotKept() {
        func sender(_ referrer: String) -> String {
            var missing = MissingPages(key: HashKey(low: 1, high: 2))
            Array(referrer.utf8).withUnsafeBufferPointer { bytes in
                Array("/x".utf8).withUnsafeBufferPointer {
                    missing.add(ByteRange($0), referrer: ByteRange(bytes), bucket: 0)
                }
            }
            var found = ""
            missing.forEach { _, _, referrer, _ in found = referrer }
            return found
        }
        #expect(sender("https://WWW.Example.org:8443/Lists//all/?token=1#me") == "example.org/Lists/all")
        #expect(sender("https://example.org") == "example.org")
        #expect(sender("https://example.org?token=1") == "example.org")
        #expect(sender("-") == "" && sender("") == "" && sender("android-app://x/") == "x")
        #expect(sender("https://exämple.org/a") == "")
        #expect(sender("https://example.org/" + String(repeating: "a", count: 900)).utf8.count <= 11 + 300)
    }

    @Test func whoReadsNowIsToldOfTheLastViewCounted() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "access.log",
            [("09:58:00", 1), ("10:20:00", 2), ("10:31:00", 3), ("10:35:01", 4), ("10:40:00", 5), ("10:40:00", 4)]
                .map { logLine("17/May/2026:\($0.0) +0000", address: "192.0.2.\($0.1)") }.joined())
        try await withTestDatabase { test in
            #expect(try await test.app.read { try RealtimeReport().lines($0) }.isEmpty)
            _ = try await importer(test.app).run([path])
            let lines = try await test.app.read { try RealtimeReport(site: "example.org").lines($0) }
            #expect(lines.count == 1)
            #expect(lines.first?.countedUntil == (try Timestamp(iso8601: "2026-05-17T10:40:00Z")))
            #expect(lines.first?.meter == "log" && lines.first?.reading == 2 && lines.first?.visits == 4)
            #expect(lines.first?.thisHour == 5 && lines.first?.hourBefore == 1)
        }
    }
}
