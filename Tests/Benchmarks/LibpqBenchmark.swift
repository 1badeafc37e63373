import Foundation
import Postgres
import TestDatabase

/// Prepared `SELECT 1`, each a unit of its own from the pool, against pgbench on the same server.
struct LibpqBenchmark {
    static let rounds = 5
    static let secondsEach = 2

    static func measure(connections: Int, goal: String, on server: TestServer) async throws {
        guard let pgbench = find("pgbench") ?? postgresProgram("pgbench") else {
            print("libpq layer: skipped, pgbench is not installed")
            return
        }
        let script = FileManager.default.temporaryDirectory.appending(path: "bench-select.sql")
        try "SELECT 1;\n".write(to: script, atomically: true, encoding: .utf8)
        var row = Comparison(
            name: "libpq layer, prepared SELECT 1, \(connections) connection(s), against pgbench", unit: "per s",
            goal: goal)
        var pooled = Comparison(
            name: "the same, each taken from the pool anew", unit: "per s", goal: "none: two changes of thread each")
        for _ in 0..<rounds {
            let answer = try run(
                pgbench,
                [
                    "-n", "-M", "prepared", "-f", script.path, "-c", "\(connections)", "-j", "\(min(connections, 2))",
                    // Not -T: its alarm never comes in a child of a process that blocks signals, as ours does.
                    "-t", "\(80_000 / connections)", "-h", server.folder, "-U", "postgres", "postgres",
                ])
            guard let line = answer.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
                let figure = Double(line.dropFirst(6).prefix { $0 != " " })
            else { throw CommandFailed(description: "pgbench printed no tps: \(answer)") }
            row.peers.append(figure)
            pooled.peers.append(figure)
            row.ours.append(try await ours(connections: connections, .once, on: server))
            pooled.ours.append(try await ours(connections: connections, .eachTime, on: server))
        }
        row.print()
        pooled.print()
    }

    /// How a caller comes by its connection: for all its units of work, or for each from the pool.
    enum Lease { case once, eachTime }

    private static func selectOne(_ db: Connection) throws {
        let one = try db.value("SELECT 1", as: Int.self)
        guard one == 1 else { throw CommandFailed(description: "SELECT 1 gave \(one ?? -1)") }
    }

    private static func tally(until deadline: ContinuousClock.Instant, _ unit: () throws -> Void) rethrows -> Int {
        var count = 0
        while ContinuousClock.now < deadline {
            for _ in 0..<20 { try unit() }
            count += 20
        }
        return count
    }

    private static func tally(
        until deadline: ContinuousClock.Instant, _ unit: () async throws -> Void
    ) async rethrows -> Int {
        var count = 0
        while ContinuousClock.now < deadline {
            for _ in 0..<20 { try await unit() }
            count += 20
        }
        return count
    }

    private static func ours(connections: Int, _ lease: Lease, on server: TestServer) async throws -> Double {
        var configuration = Database.Configuration(url: server.url(database: "postgres", user: "postgres"))
        configuration.poolSize = connections
        let database = Database(configuration, logger: .silent)
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(secondsEach)
        let start = clock.now
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<connections {
                group.addTask {
                    switch lease {
                    case .once:
                        try await database.withSession { session in
                            try tally(until: deadline) { try session.statement(selectOne) }
                        }
                    case .eachTime:
                        try await tally(until: deadline) { try await database.statement { try selectOne($0) } }
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        let taken = clock.now - start
        await database.close()
        return Double(count) / (Double(taken.components.seconds) + Double(taken.components.attoseconds) / 1e18)
    }
}

/// A program of the PostgreSQL installation that isn't on the PATH.
func postgresProgram(_ name: String) -> String? {
    guard let config = find("pg_config"), let folder = try? run(config, ["--bindir"]) else { return nil }
    let path = folder.trimmingCharacters(in: .whitespacesAndNewlines) + "/" + name
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
}
