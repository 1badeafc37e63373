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

    @Test func crawlersAndProxiesComeFromSettingsAndOptions() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "crawlers-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            // Left behind at worst; the system cleans its temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        let good = folder + "/crawlers.json"
        try #"[{"pattern": "Odd[Rr]eader\\/"}]"#.write(toFile: good, atomically: true, encoding: .utf8)
        let bad = folder + "/bad.json"
        try #"[{"pattern": "a"}, {"pattern": "(?=b)"}]"#.write(toFile: bad, atomically: true, encoding: .utf8)
        try await withDesk { _, console in
            func bots(_ words: String..., environment: [String: String] = [:]) async throws -> [String: JSON] {
                var console = console
                console.environment.merge(environment) { $1 }
                let ran = await console.run(["--format", "jsonl", "views", "bots"] + words, input: [])
                try #require(ran.exit == 0, "\(ran.err)")
                return try JSON(parsing: ran.out).object ?? [:]
            }
            let alone = try await bots()
            let both = try await bots("--bots", good)
            #expect(alone["expressions"] == 0 && alone["crawlers"] == .null && both["expressions"] == 1)
            #expect(alone["version"] != both["version"] && both["crawlers"] == .string(good))
            #expect(try await bots(environment: ["MASTHEAD_VIEWS_BOTS": good]) == both)
            #expect(try await bots(browser + " OddReader/1", "--bots", good)["pattern"] == #"Odd[Rr]eader\/"#)
            for (file, words) in [
                (bad, "pattern 2"), (folder + "/none.json", "can't be read"), (folder, "isn't a file"),
            ] {
                let ran = await console.run("views", "bots", "--bots", file)
                #expect(ran.exit != 0 && ran.err.contains(words) && ran.err.contains(file), "\(ran.err)")
            }

            var proxied = console
            proxied.environment["MASTHEAD_VIEWS_PROXIES"] = "192.0.2.0/24, ::1"
            let text = line("GET /a HTTP/1.1") + " \"203.0.113.9\""
            for (desk, rule) in [(console, "peer"), (proxied, "forwarded")] {
                let ran = await desk.run(["--format", "jsonl", "views", "explain", text], input: [])
                try #require(ran.exit == 0, "\(ran.err)")
                #expect(try JSON(parsing: ran.out).object?["address_from"] == .string(rule))
                #expect(!ran.out.contains("203.0"))
            }
        }
    }

    @Test func linesOfJSONUnderOtherNamesAreExplainedByTheirNames() async throws {
        try await withDesk { _, console in
            let text =
                #"{"at":1747476000,"who":"192.0.2.7","verb":"GET","where":"/a?gclid=1","code":200,"ua":"\#(browser)"}"#
            let fields = "time=at,address=who,method=verb,target=where,status=code,agent=ua"
            let ran = await console.run(["--format", "jsonl", "views", "explain", text, "--fields", fields], input: [])
            try #require(ran.exit == 0, "\(ran.err)")
            let object = try JSON(parsing: ran.out).object ?? [:]
            #expect(object["counts"] == .bool(true) && object["key"] == "/a" && object["click_id"] == "gclid")
            #expect(object["time"] == "2025-05-17T10:00:00+00:00")
            let wrong = await console.run("views", "explain", text, "--fields", "adress=who")
            #expect(wrong.exit != 0 && wrong.err.contains("adress") && wrong.err.contains("address"))
        }
    }
}
