import Foundation
import TestDatabase

/// A file of gifts imported into the books, all checked and committed, against a bare COPY of the same file into a plain
/// table of the same database.
struct GiftBenchmark {
    static let rounds = 2

    static func measure(masthead: String) async throws {
        guard let psql = find("psql") ?? postgresProgram("psql") else {
            return print("gifts: skipped, psql is not installed")
        }
        let rows = ProcessInfo.processInfo.environment["BENCH_GIFTS"].flatMap(Int.init) ?? 1_000_000
        let folder = try ImportBenchmark.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/gifts.csv"
        try write(rows, to: file)
        var row = Comparison(
            name: "\(rows) gifts imported, against a bare COPY of the file", unit: "thousand rows/s", goal: "≥ 0.04")
        for round in 0..<rounds {
            let home = folder + "/home\(round)"
            let environment = [
                "MASTHEAD_HOME": home, "MASTHEAD_AS": "bench@example.org", "MASTHEAD_SHARE": packageFolder,
            ]
            try run(masthead, ["db", "init"], environment: environment)
            defer { _ = try? run(masthead, ["db", "stop"], environment: environment) }
            try run(
                masthead,
                ["account", "add", "--email", "bench@example.org", "--name", "Bench"]
                    + ["admin", "development"].flatMap { ["--role", $0] }, environment: environment)
            let status = try run(
                masthead, ["db", "status", "--no-header", "--format", "tsv"], environment: environment)
            let socket = String(status.split(separator: "\t")[2])
            func query(_ sql: String) throws {
                try run(
                    psql,
                    ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", socket, "-U", "masthead_owner", "-c", sql, "masthead"])
            }
            try query(
                """
                CREATE SCHEMA bench CREATE TABLE plain (external_id text, donor_email text, given_at timestamptz, \
                amount numeric, currency text, method text)
                """)
            row.peers.append(
                Double(rows) / 1_000
                    / (try await seconds { try query("\\copy bench.plain FROM '\(file)' CSV HEADER") }))
            var answer = ""
            let time = try await seconds {
                answer = try run(
                    masthead, ["donations", "import", file, "--from", "gifts", "--format", "jsonl"],
                    environment: environment)
            }
            guard answer.contains("\"new_gifts\":\(rows)") else {
                throw CommandFailed(description: "not \(rows) gifts: \(answer)")
            }
            row.ours.append(Double(rows) / 1_000 / time)
        }
        row.print()
    }

    /// Gifts of ten years by a quarter as many donors.
    private static func write(_ rows: Int, to path: String) throws {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        var text = "external_id,donor_email,given_at,amount,currency,method\n"
        for number in 1...max(1, rows) {
            let year = 2016 + number % 10
            let day = "\(year)-\(two(1 + number / 7 % 12))-\(two(1 + number / 11 % 28))"
            text +=
                "g\(number),giver\(number &* 7_919 % max(1, rows / 4))@example.org,\(day)T12:\(two(number % 60)):00Z,"
            text += "\(5 + number % 400).\(two(number % 100)),USD,\(number % 5 == 0 ? "check" : "card")\n"
            if text.utf8.count > 1 << 20 {
                try file.write(contentsOf: Data(text.utf8))
                text = ""
            }
        }
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
