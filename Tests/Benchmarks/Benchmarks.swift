import Foundation
import TestDatabase

/// Measures Masthead against what it is compared with, in one run. `make bench` builds and runs it; `make bench BENCH=word`
/// runs one of: libpq, command, lifecycle, lists, import, events.
@main
struct Benchmarks {
    static func main() async throws {
        let wanted = CommandLine.arguments.dropFirst().first
        guard wanted.map({ ["libpq", "command", "lifecycle", "lists", "import", "events"].contains($0) }) ?? true else {
            throw CommandFailed(
                description: "no benchmark '\(wanted ?? "")': libpq, command, lifecycle, lists, import or events")
        }
        let masthead = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/masthead"
        print("Medians [minimum … maximum], measured in turns.")
        if wanted ?? "libpq" == "libpq" {
            let server = try TestServer()
            try await LibpqBenchmark.measure(connections: 1, goal: "≥ 0.85", on: server)
            try await LibpqBenchmark.measure(connections: 8, goal: "≥ 0.75", on: server)
        }
        if wanted ?? "command" == "command" { try await CommandBenchmark.measure(masthead: masthead) }
        if wanted ?? "lifecycle" == "lifecycle" { try await LifecycleBenchmark.measure(masthead: masthead) }
        if wanted ?? "lists" == "lists" { try await ListBenchmark.measure(masthead: masthead) }
        if wanted ?? "events" == "events" { try await EventBenchmark.measure() }
        if wanted ?? "import" == "import" { try await ImportBenchmark.measure(masthead: masthead) }
    }
}
