import Foundation
import Testing

@testable import Audience

/// An independent count, in another language and by regular expressions, of a log that the generator made and a random
/// hand damaged.
struct OracleTests {
    private static let script = #"""
        import re, sys, json, collections
        shape = re.compile(
            rb'^(\S+) (\S+) ([^\[]*) \[(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\] '
            rb'"((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$')
        bots = re.compile(rb'bot|feedly|externalhit|curl|python|^-$', re.I)
        counts = collections.Counter()
        pages = collections.Counter()
        for line in open(sys.argv[1], 'rb').read().split(b'\n')[:-1]:
            m = shape.match(line)
            if not m:
                counts['rejected'] += 1
                continue
            parts = m[11].split(b' ')
            if parts[0] != b'GET': counts['method'] += 1
            elif m[12] not in (b'200', b'203', b'304'): counts['status'] += 1
            elif re.search(rb'\.(css|js|jpg)$', parts[1].split(b'?')[0]): counts['route'] += 1
            elif bots.search(m[15]): counts['bots'] += 1
            else:
                counts['human'] += 1
                pages[parts[1].split(b'?')[0].decode()] += 1
        print(json.dumps({'counts': counts, 'top': pages.most_common(50), 'distinct': len(pages)}))
        """#

    @Test func aCountInPythonAgrees() throws {
        let folder = try TemporaryFolder()
        var all = lines(of: try madeLog(lines: 20_000, seed: 51, days: 10))
        for index in stride(from: 7, to: all.count, by: 97) { all[index].removeFirst(40) }
        let path = try folder.write("access.log", all.flatMap { $0 })
        let script = try folder.write("count.py", Self.script)
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script, path]
        process.standardOutput = pipe
        try process.run()
        let answer = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let oracle = try #require(try JSONSerialization.jsonObject(with: answer) as? [String: Any])
        let counts = try #require(oracle["counts"] as? [String: Int])

        let plan = try plan()
        let scan = LogScan(plan, [try LogSource(path: path, plan: plan)])
        let batch = try #require(try scan.batch(limit: .max))
        #expect(batch.rejected.values.reduce(0, +) == counts["rejected"])
        #expect(batch.excluded[.method] == counts["method"])
        #expect(batch.excluded[.status] == counts["status"])
        #expect(batch.excluded[.route] == counts["route"])
        #expect(batch.classes[.human] == counts["human"])
        #expect(batch.classes.filter { $0.key != .human }.values.reduce(0, +) == counts["bots"])
        var pages: [String: Int] = [:]
        for cell in batch.cells where cell.kind == ViewClass.human.rawValue {
            pages[batch.contents[cell.content].path, default: 0] += Int(cell.views)
        }
        #expect(pages.count == oracle["distinct"] as? Int)
        for entry in try #require(oracle["top"] as? [[Any]]) {
            #expect(pages[try #require(entry[0] as? String)] == entry[1] as? Int)
        }
    }
}
