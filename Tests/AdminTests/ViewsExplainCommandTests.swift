import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// The commands that say how a count came about.
struct ViewsExplainCommandTests {
    private let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

    private func withDesk(_ body: (TestDatabase, Console) async throws -> Void) async throws {
        try await withTestDatabase { test in
            let added = await Console(test).run(
                "account", "add", "--email", "admin@example.org", "--name", "A", "--role", "admin")
            try #require(added.exit == 0, "\(added.err)")
            try await body(test, Console(test, as: "admin@example.org"))
        }
    }

    private func line(_ request: String, agent: String? = nil) -> String {
        "192.0.2.7 - - [17/May/2025:10:00:00 +0000] \"\(request)\" 200 9 \"-\" \"\(agent ?? browser)\""
    }

    @Test func aLineIsExplainedAndNothingIsStored() async throws {
        try await withDesk { test, console in
            let ran = await console.run(["--format", "jsonl", "views", "explain", line("GET /a/ HTTP/1.1")], input: [])
            try #require(ran.exit == 0, "\(ran.err)")
            let object = try JSON(parsing: ran.out).object ?? [:]
            #expect(object["counts"] == .bool(true))
            #expect(object["outcome"] == "class" && object["reason"] == "human")
            #expect(object["key"] == "/a" && object["site"] == "localhost")
            #expect(!ran.out.contains("192.0.2.7"))
            let stored = try await test.app.read { db in
                try db.value(
                    """
                    SELECT (SELECT count(*) FROM audience.site) + (SELECT count(*) FROM audience.line_hour)
                         + (SELECT count(*) FROM audience.content)
                    """, as: Int.self)
            }
            #expect(stored == 0)
        }
    }

    @Test func aDashReadsLinesFromStandardInput() async throws {
        try await withDesk { _, console in
            let text = [
                line("GET /a HTTP/1.1"), line("GET /a.css HTTP/1.1"), "broken",
                line("GET /a HTTP/1.1", agent: "curl/8.0"),
            ].joined(separator: "\n")
            let ran = await console.run(
                ["--format", "tsv", "views", "explain", "-", "--site", "example.org"], input: Array(text.utf8))
            try #require(ran.exit == 0, "\(ran.err)")
            let rows = ran.out.split(separator: "\n").dropFirst().map { $0.split(separator: "\t").prefix(3) }
            #expect(
                rows.map { $0.joined(separator: " ") } == [
                    "true class human", "false excluded route", "false rejected format", "false class http_library",
                ])
        }
    }

    @Test func theListOfBotsTellsItsVersionAndTriesAnAgent() async throws {
        try await withDesk { _, console in
            let list = await console.run(["--format", "jsonl", "views", "bots"], input: [])
            let version = try JSON(parsing: list.out).object?["version"]
            let ran = await console.run(["--format", "jsonl", "views", "bots", "Googlebot/2.1"], input: [])
            let verdict = try JSON(parsing: ran.out).object ?? [:]
            #expect(verdict["class"] == "declared_bot" && verdict["shown"] == .bool(false))
            #expect(verdict["version"] == version && version != nil)
        }
    }

    @Test func whatCantBeExplainedSaysWhatToDo() async throws {
        try await withDesk { test, console in
            let many = [UInt8](repeating: 0x0a, count: 10_001)
            let ran = await console.run(["views", "explain", "-"], input: many)
            #expect(ran.exit == 65 && ran.err.contains("views import"))
            let unknown = await console.run("views", "filtered", "--site", "nowhere.example")
            #expect(unknown.exit == 66)
            let period = await console.run("views", "rejected", "2025-13")
            #expect(period.exit == 64)
            let stranger = await Console(test).run("views", "filtered")
            #expect(stranger.exit != 0)
        }
    }
}
