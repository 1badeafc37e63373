import Foundation
import TestDatabase

/// How long a command takes from a cold start, against the real psql with the same query; and a thousand in one shell.
struct CommandBenchmark {
    static let rounds = 25

    static func measure(masthead: String) async throws {
        let folder = try ImportBenchmark.temporaryFolder()
        let home = folder + "/home"
        let environment = ["MASTHEAD_HOME": home, "MASTHEAD_AS": "bench@example.org", "MASTHEAD_SHARE": packageFolder]
        try run(masthead, ["db", "init"], environment: environment)
        defer {
            _ = try? run(masthead, ["db", "stop"], environment: environment)
            try? FileManager.default.removeItem(atPath: folder)
        }
        try run(
            masthead,
            [
                "account", "add", "--email", "bench@example.org", "--name", "Bench", "--role", "admin",
                "--role", "editor-in-chief",
            ], environment: environment)
        try await coldStart(masthead, environment)
        try await shell(masthead, environment)
    }

    private static func coldStart(_ masthead: String, _ environment: [String: String]) async throws {
        guard let psql = postgresProgram("psql") else { return print("cold start: skipped, psql is not installed") }
        let status = try run(masthead, ["db", "status", "--no-header", "--format", "tsv"], environment: environment)
        let fields = status.split(separator: "\n").first?.split(separator: "\t", omittingEmptySubsequences: false) ?? []
        guard fields.count >= 4 else { throw CommandFailed(description: "db status answered \(status)") }
        let address = "host=\(fields[2]) port=\(fields[3]) dbname=masthead user=masthead_app"
        let query =
            """
            SELECT a.id, a.title, a.status, a.kind, s.slug, a.created_at, a.changed_at, a.head, u.email, l.path, r.title
            FROM editorial.article a
            LEFT JOIN editorial.section s ON s.id = a.section_id
            LEFT JOIN access.account u ON u.id = a.owner_id
            LEFT JOIN editorial.release l ON l.id = a.live_release_id
            LEFT JOIN editorial.revision r ON r.article_id = l.article_id AND r.number = l.revision
            ORDER BY a.id DESC LIMIT 50
            """
        var version = Comparison(
            name: "masthead --version, cold, against psql --version", unit: "s", goal: "≤ 2.0")
        var list = Comparison(
            name: "masthead article list, cold, against psql with a query for the same", unit: "s", goal: "≤ 2.5")
        for _ in 0..<rounds {
            version.peers.append(try await seconds { try spawn(psql, ["--version"]) })
            version.ours.append(try await seconds { try spawn(masthead, ["--version"]) })
            list.peers.append(try await seconds { try spawn(psql, ["-X", "-A", "-d", address, "-c", query]) })
            list.ours.append(try await seconds { try spawn(masthead, ["article", "list"], environment) })
        }
        version.print()
        list.print()
    }

    /// A thousand commands of several kinds, some of which must fail, through one shell.
    private static func shell(_ masthead: String, _ environment: [String: String]) async throws {
        let script = FileManager.default.temporaryDirectory.appending(path: "bench-shell-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: script) }
        let commands = (0..<200).map { number in
            """
            section add part-\(number) --name 'Part \(number)'
            article pitch --title 'Piece \(number)' --section part-\(number) --kind analysis
            article list --limit 5
            article show 999999
            section list --format jsonl
            """
        }
        try (commands.joined(separator: "\n") + "\n").write(to: script, atomically: true, encoding: .utf8)
        var answered = 0
        let time = try await seconds {
            // The shell ends with the first error's code; that there are 1,000 answers is what counts.
            let answer = try run(
                "/bin/sh", ["-c", "\"$0\" shell --status < \"$1\" || true", masthead, script.path],
                environment: environment)
            answered = answer.split(separator: "\n").count { $0.hasPrefix("ok\t") || $0.hasPrefix("error\t") }
        }
        guard answered == 1_000 else { throw CommandFailed(description: "\(answered) status lines of 1000") }
        print("1,000 mixed commands in one shell: \(Comparison.round(time)) s (goal < 5 s)")
    }
}
