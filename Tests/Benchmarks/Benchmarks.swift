import Foundation
import TestDatabase

/// Measures Masthead against what it is compared with, in one run. `make bench` builds and runs it; a word limits it to the
/// benchmarks whose name has it.
@main
struct Benchmarks {
    static func main() async throws {
        let wanted = CommandLine.arguments.dropFirst().first
        func isWanted(_ name: String) -> Bool { wanted.map { name.contains($0) } ?? true }
        let server = try TestServer()
        if isWanted("libpq") {
            try await LibpqBenchmark.measure(connections: 1, goal: "≥ 0.85", on: server)
            try await LibpqBenchmark.measure(connections: 8, goal: "≥ 0.75", on: server)
        }
    }
}
