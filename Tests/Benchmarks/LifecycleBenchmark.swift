import Foundation
import Postgres
import TestDatabase

/// An article's whole life (pitch, save, submit, request, approve, publish) through eight shells at once, against pgbench
/// with the very statements that one such life was seen to send.
struct LifecycleBenchmark {
    static let rounds = 3
    static let shells = 8
    static let livesEach = 100
    /// A number that stands in title and slug; pgbench puts another in its place each time.
    static let recorded = "100000000"

    static func measure(masthead: String) async throws {
        guard let pgbench = find("pgbench") ?? postgresProgram("pgbench") else {
            return print("lifecycle: skipped, pgbench is not installed")
        }
        for fsync in [true, false] {
            try await withTestDatabase { test in
                try await measure(masthead, pgbench, on: test, fsync: fsync)
            }
        }
    }

    private static func measure(
        _ masthead: String, _ pgbench: String, on test: TestDatabase, fsync: Bool
    ) async throws {
        let superuser = test.database(test.superuserURL)
        try await superuser.statement { db in
            try db.script("ALTER SYSTEM SET fsync = \(fsync ? "on" : "off")")
            try db.script("ALTER SYSTEM SET synchronous_commit = \(fsync ? "on" : "off")")
            try db.script("SELECT pg_reload_conf()")
        }
        let environment = [
            "MASTHEAD_DATABASE_URL": test.appURL, "MASTHEAD_DATABASE_OWNER_URL": test.ownerURL,
            "MASTHEAD_SHARE": packageFolder, "MASTHEAD_AS": "chief@example.org",
        ]
        try Newspaper(masthead, environment).open()
        let script = try await record(masthead, environment, test, superuser)
        await superuser.close()
        var row = Comparison(
            name: "an article's life, pitch to publication (\(script.count) statements in 6 transactions), "
                + "\(shells) shells at once, fsync \(fsync ? "on" : "off"), against pgbench with the same statements",
            unit: "per s", goal: "≥ 0.7")
        for round in 0..<rounds {
            row.peers.append(
                try script.perSecond(by: pgbench, on: test, connections: shells, times: livesEach, round: round))
            row.ours.append(try ours(masthead, environment, round: round))
        }
        row.print()
    }

    private static func ours(_ masthead: String, _ environment: [String: String], round: Int) throws -> Double {
        let lives = try (0..<shells).map { _ in try ShellProcess(masthead, environment) }
        // Connected, with its statements prepared, as pgbench is before it takes the time.
        for (index, shell) in lives.enumerated() { try shell.live(200_000_000 + round * 100_000 + index) }
        let clock = ContinuousClock()
        let start = clock.now
        DispatchQueue.concurrentPerform(iterations: shells) { index in
            for life in 0..<livesEach {
                do {
                    try lives[index].live(300_000_000 + round * 10_000_000 + index * 100_000 + life)
                } catch {
                    FileHandle.standardError.write(Data("\(error)\n".utf8))
                    exit(1)
                }
            }
        }
        let taken = (clock.now - start).components
        for shell in lives { shell.end() }
        return Double(shells * livesEach) / (Double(taken.seconds) + Double(taken.attoseconds) / 1e18)
    }

    /// Lives one life with the server writing down every statement.
    private static func record(
        _ masthead: String, _ environment: [String: String], _ test: TestDatabase, _ superuser: Database
    ) async throws -> PgbenchScript {
        let tables = try await superuser.statement { db in
            try PgbenchScript.spreadIdentities(db, in: "editorial", fixed: ["section", "contributor"])
        }
        let log = try await StatementLog.of(test, superuser) { begin in
            let shell = try ShellProcess(masthead, environment)
            defer { shell.end() }
            try shell.live(200_099_999)
            try begin()
            guard let number = Int(recorded) else { preconditionFailure("\(recorded) is no number") }
            try shell.live(number)
        }
        return PgbenchScript(log, number: recorded, tables: tables)
    }
}

/// The people and the section that the lives take place in.
private struct Newspaper {
    let masthead: String
    let environment: [String: String]

    init(_ masthead: String, _ environment: [String: String]) {
        self.masthead = masthead
        self.environment = environment
    }

    func open() throws {
        for (name, roles) in [
            ("admin", ["admin"]), ("chief", ["editor-in-chief"]), ("writer", ["writer"]),
            ("editor", ["section-editor"]),
        ] {
            try run(
                masthead,
                ["--as", "admin@example.org", "account", "add", "--email", "\(name)@example.org", "--name", name]
                    + roles.flatMap { ["--role", $0] }, environment: environment)
        }
        try run(masthead, ["section", "add", "world", "--name", "World"], environment: environment)
        try run(
            masthead,
            [
                "contributor", "add", "--name", "Ann Example", "--kind", "staff", "--account", "writer@example.org",
            ], environment: environment)
    }
}

extension ShellProcess {
    fileprivate func live(_ number: Int) throws {
        let writer = "--as writer@example.org"
        let editor = "--as editor@example.org"
        let id = try ask("article pitch --title 'Piece \(number)' --section world --kind reporting \(writer)")
        _ = try ask(
            "article save \(id) --title 'Piece \(number)' --dek 'What stood there' --body '\(Self.body)' "
                + "--byline ann-example \(writer)")
        _ = try ask("article submit \(id) \(writer)")
        _ = try ask("review request \(id) --from editor@example.org --kind edit \(editor)")
        _ = try ask("approval give \(id) --kind edit \(editor)")
        _ = try ask("article publish \(id)")
    }

    /// A file: a body is named on the command line, not spelt out.
    private static let body: String = {
        let path = FileManager.default.temporaryDirectory.appending(path: "bench-body.md").path
        let paragraph = String(repeating: "It stood there, and then it did not. ", count: 20)
        let text = Array(repeating: paragraph, count: 6).joined(separator: "\n\n") + "\n"
        try? text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }()
}
