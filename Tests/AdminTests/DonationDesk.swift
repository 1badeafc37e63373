import Foundation
import TestDatabase
import Testing

@testable import Admin

/// The commands on donations as they are typed, by people of several roles.
struct DonationDesk {
    let test: TestDatabase
    func run(_ line: String, as name: String = "finance") async -> Console.Ran {
        await Console(test, as: "\(name)@example.org").run(
            line.split(separator: " ").map(String.init), input: [])
    }

    /// The fields of each line under its header, as `--format tsv` prints them.
    func records(_ line: String, as name: String = "finance") async throws -> [[String: String]] {
        let ran = await run(line + " --format tsv", as: name)
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        let lines = ran.out.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        let header = try #require(lines.first)
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    }
}

/// Runs a test on books that a file of gifts was imported into.
func withDonationDesk(_ csv: String, _ body: (DonationDesk) async throws -> Void) async throws {
    try await withTestDatabase { test in
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("desk-\(UUID()).csv")
        try Data(csv.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        func set(_ line: String, as name: String? = "admin") async throws {
            let ran = await Console(test, as: name.map { "\($0)@example.org" }).run(
                line.split(separator: " ").map(String.init), input: [])
            try #require(ran.exit == 0, "\(line): \(ran.err)")
        }
        try await set("account add --email admin@example.org --name admin --role admin", as: nil)
        for role in ["finance", "analyst", "writer"] {
            try await set("account add --email \(role)@example.org --name \(role) --role \(role)")
        }
        try await set("donations import \(file.path) --from gifts", as: "finance")
        try await body(DonationDesk(test: test))
    }
}
