import Audience
import Foundation
import TestDatabase
import Values

/// An access log scanned and counted, and imported with everything committed, against GoAccess on the same file.
struct ImportBenchmark {
    static let rounds = 3

    static func measure(masthead: String) async throws {
        let lines = ProcessInfo.processInfo.environment["BENCH_LINES"].flatMap(Int.init) ?? 2_000_000
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let log = folder + "/access.log"
        try write(lines: lines, to: log)
        let size = (try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int) ?? 0
        print("log: \(lines) lines, \(size / 1_000_000) MB, made with the entropy of the reference log")

        let goaccess = find("goaccess")
        if goaccess == nil { print("log import: GoAccess is not installed; our own figures alone") }
        let scale = Double(lines) / 1_000
        var scanned = Comparison(
            name: "log scanned and counted, against GoAccess", unit: "thousand lines/s", goal: "≥ 40")
        var imported = Comparison(
            name: "log imported, all committed and flushed to disk, against GoAccess", unit: "thousand lines/s",
            goal: "≥ 10")
        for round in 0..<rounds {
            if let goaccess {
                let time = try await seconds {
                    try run(goaccess, goaccessArguments(goaccess, log: log, out: folder + "/report.json"))
                }
                scanned.peers.append(scale / time)
                imported.peers.append(scale / time)
            }
            scanned.ours.append(scale / (try await seconds { try scan(log, expecting: lines) }))
            imported.ours.append(scale / (try await importInto(folder + "/home\(round)", log, lines, masthead)))
        }
        scanned.print()
        imported.print()
        try await otherForms(log, folder, lines)
    }

    /// The same log compressed, and as the JSON lines of nginx.
    private static func otherForms(_ log: String, _ folder: String, _ lines: Int) async throws {
        guard let gzip = find("gzip"), let python = find("python3") else {
            return print("gz and JSON: skipped, gzip or python3 is not installed")
        }
        try run("/bin/sh", ["-c", "\"$0\" -k \"$1\"", gzip, log])
        let script = #"""
            import sys, json, datetime
            for line in open(sys.argv[1]):
                head, request, middle, referrer, _, agent, rest = line.split('"')
                address, stamp = head.split(' ', 1)[0], head[head.index('[') + 1:head.index(']')]
                at = datetime.datetime.strptime(stamp, '%d/%b/%Y:%H:%M:%S %z').isoformat()
                status, size = middle.split()
                print(json.dumps({'time_iso8601': at, 'remote_addr': address, 'request': request, 'status': int(status),
                    'body_bytes_sent': int(size) if size != '-' else 0, 'http_referer': referrer,
                    'http_user_agent': agent}))
            """#
        try run("/bin/sh", ["-c", "\"$0\" -c \"$1\" \"$2\" > \"$2.json\"", python, script, log])
        for (name, path) in [("gz", log + ".gz"), ("JSON lines", log + ".json")] {
            var rates: [Double] = []
            for _ in 0..<rounds {
                rates.append(Double(lines) / 1_000 / (try await seconds { try scan(path, expecting: lines) }))
            }
            print("\(name) scanned and counted: \(Comparison.round(median(rates))) thousand lines/s")
        }
    }

    /// What a line costs, scanned and imported, in logs of several lengths: BENCH_SCALE names other ones.
    static func measureScale(masthead: String) async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let given = ProcessInfo.processInfo.environment["BENCH_SCALE"] ?? "100000,1000000,5000000"
        for lines in given.split(separator: ",").compactMap({ Int($0) }) {
            let log = folder + "/access-\(lines).log"
            try write(lines: lines, to: log)
            defer { try? FileManager.default.removeItem(atPath: log) }
            let scanning = try await seconds { try scan(log, expecting: lines) }
            let importing = try await importInto(folder + "/home-\(lines)", log, lines, masthead)
            let nanoseconds = [scanning, importing].map { Comparison.round($0 * 1_000_000_000 / Double(lines)) }
            print("\(lines) lines: \(nanoseconds[0]) ns a line scanned, \(nanoseconds[1]) ns imported and committed")
        }
    }

    /// Debian's 1.7 works on one core; from 1.9 on there are jobs.
    private static func goaccessArguments(_ goaccess: String, log: String, out: String) throws -> [String] {
        let hasJobs = try run("/bin/sh", ["-c", "\"$0\" --help || true", goaccess]).contains("--jobs")
        return ["--no-global-config", "--log-format=COMBINED", "--no-progress", "-f", log, "-o", out]
            + (hasJobs ? ["--jobs=2"] : [])
    }

    private static func scan(_ log: String, expecting lines: Int) throws {
        let bots = try BotList(
            parsing: String(contentsOfFile: packageFolder + "/Config/bots.txt", encoding: .utf8))
        let plan = ScanPlan(
            site: ScanSite(host: "bench.example") { _ in 0 }, bots: bots, identityKey: HashKey(low: 1, high: 2),
            tableKey: HashKey(low: 3, high: 4), latest: .max)
        let summary = try ScanSummary.scan([log], plan: plan)
        guard summary.lines == lines else {
            throw CommandFailed(description: "\(summary.lines) lines counted of \(lines)")
        }
    }

    /// Into a new embedded database, which flushes every commit. Returns the seconds of the import alone.
    private static func importInto(_ home: String, _ log: String, _ lines: Int, _ masthead: String) async throws
        -> Double
    {
        let environment = ["MASTHEAD_HOME": home, "MASTHEAD_AS": "bench@example.org", "MASTHEAD_SHARE": packageFolder]
        try run(masthead, ["db", "init"], environment: environment)
        defer { _ = try? run(masthead, ["db", "stop"], environment: environment) }
        try run(
            masthead,
            [
                "account", "add", "--email", "bench@example.org", "--name", "Bench", "--role", "admin", "--role",
                "analyst",
            ],
            environment: environment)
        var answer = ""
        let time = try await seconds {
            answer = try run(
                masthead, ["views", "import", log, "--site", "bench.example", "--format", "jsonl"],
                environment: environment)
        }
        guard answer.contains("\"new_lines\":\(lines)") else {
            throw CommandFailed(description: "not \(lines) new lines: \(answer)")
        }
        return time
    }

    static func write(lines: Int, to path: String) throws {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let generator = LogGenerator(.init(lines: lines, seed: 1, firstDay: try LocalDate("2025-01-01")))
        try generator.write { try file.write(contentsOf: Data($0)) }
        try file.close()
    }

    static func temporaryFolder() throws -> String {
        let folder = "/tmp/masthead-bench-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(6))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        return folder
    }
}
