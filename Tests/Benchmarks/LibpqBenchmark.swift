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
            name: "libpq layer, prepared SELECT 1, \(connections) connection(s), against pgbench", unit: "per s", goal: goal)
        for _ in 0..<rounds {
            let answer = try run(
                pgbench,
                [
                    "-n", "-M", "prepared", "-f", script.path, "-c", "\(connections)", "-j", "\(min(connections, 2))",
                    // Not -T: its alarm never comes in a child of a process that blocks signals, as ours does.
                    "-t", "\(24_000 / connections)", "-h", server.folder, "-U", "postgres", "postgres",
                ])
            guard let line = answer.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
                let figure = Double(line.dropFirst(6).prefix { $0 != " " })
            else { throw CommandFailed(description: "pgbench printed no tps: \(answer)") }
            row.peers.append(figure)
            row.ours.append(try await ours(connections: connections, on: server))
        }
        row.print()
    }

    private static func ours(connections: Int, on server: TestServer) async throws -> Double {
        var configuration = Database.Configuration(url: server.url(database: "postgres", user: "postgres"))
        configuration.poolSize = connections
        let database = Database(configuration, logger: .silent)
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(secondsEach)
        let start = clock.now
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<connections {
                group.addTask {
                    var count = 0
                    while clock.now < deadline {
                        for _ in 0..<20 {
                            let one = try await database.statement { db in try db.value("SELECT 1", as: Int.self) }
                            guard one == 1 else { throw CommandFailed(description: "SELECT 1 gave \(one ?? -1)") }
                        }
                        count += 20
                    }
                    return count
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
