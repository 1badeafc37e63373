import Foundation
import TestDatabase

/// Measures Masthead against what it is compared with, in one run. `make bench` builds and runs all of them;
/// `make bench BENCH=word` runs one.
@main
struct Benchmarks {
    private static let all: [(word: String, measure: @Sendable (_ masthead: String) async throws -> Void)] = [
        (
            "libpq",
            { _ in
                let server = try TestServer()
                try await LibpqBenchmark.measure(connections: 1, goal: "≥ 0.85", on: server)
                try await LibpqBenchmark.measure(connections: 8, goal: "≥ 0.75", on: server)
            }
        ),
        ("command", CommandBenchmark.measure),
        ("lifecycle", LifecycleBenchmark.measure),
        ("lists", ListBenchmark.measure),
        ("events", { _ in try await EventBenchmark.measure() }),
        ("gifts", GiftBenchmark.measure),
        ("import", ImportBenchmark.measure),
        ("scale", ImportBenchmark.measureScale),
        ("reports", ReportBenchmark.measure),
        ("dashboards", { _ in try await DashboardBenchmark.measure() }),
    ]

    static func main() async {
        do { try await measure(CommandLine.arguments.dropFirst().first) } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }

    private static func measure(_ wanted: String?) async throws {
        let chosen = all.filter { wanted == nil || wanted == $0.word }
        guard !chosen.isEmpty else {
            throw CommandFailed(
                description: "no benchmark '\(wanted ?? "")': " + all.map(\.word).joined(separator: ", "))
        }
        let masthead = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/masthead"
        print("Medians [minimum … maximum], measured in turns.")
        for benchmark in chosen { try await benchmark.measure(masthead) }
    }
}
