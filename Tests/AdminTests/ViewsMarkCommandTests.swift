import Foundation
import TestDatabase
import Testing
import Values

@testable import Admin

/// Marks, and time that somebody vouches for, on the command line.
struct ViewsMarkCommandTests {
    private func withDesk(_ body: (Console, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "marks-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            // Left behind at worst; the system cleans its temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await withTestDatabase { test in
            let added = await Console(test).run(
                "account", "add", "--email", "admin@example.org", "--name", "A", "--role", "admin")
            try #require(added.exit == 0, "\(added.err)")
            try await body(Console(test, as: "admin@example.org"), folder + "/access.log")
        }
    }

    private func objects(_ console: Console, _ line: String...) async throws -> [[String: JSON]] {
        let ran = await console.run(["--format", "jsonl"] + line, input: [])
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try ran.out.split(separator: "\n").map { try JSON(parsing: String($0)).object ?? [:] }
    }

    /// One view a day from the last of January to the first of April 2025, but for days in March that are left out. What
    /// comes before them and what comes after are logs of their own.
    private func write(_ path: String, without missing: Range<Int>) throws -> [String] {
        var texts = ["", ""]
        for (month, days) in [("Jan", 31...31), ("Feb", 1...28), ("Mar", 1...31), ("Apr", 1...1)] {
            for day in days where month != "Mar" || !missing.contains(day) {
                let isAfter = month == "Apr" || month == "Mar" && day >= missing.lowerBound
                texts[isAfter ? 1 : 0] +=
                    "192.0.2.1 - - [\(day < 10 ? "0" : "")\(day)/\(month)/2025:12:00:00 +0000] \"GET /a HTTP/1.1\" "
                    + "200 9 \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\"\n"
            }
        }
        let paths = [path, path + ".2"]
        for (path, text) in zip(paths, texts) { try text.write(toFile: path, atomically: true, encoding: .utf8) }
        return paths
    }

    @Test func aGapThatSomebodyVouchesForMakesAMonthComplete() async throws {
        try await withDesk { console, log in
            let logs = try write(log, without: 10..<12)
            _ = try await objects(console, "views", "import", logs[0], logs[1], "--site", "example.org")
            func march() async throws -> JSON? {
                try await objects(console, "views", "growth", "--by", "month").first { $0["period"] == "2025-03" }?[
                    "state"]
            }
            #expect(try await march() == "n/a")
            let covered = try await objects(
                console, "views", "covered", "add", "--site", "example.org", "--from", "2025-03-10", "--to",
                "2025-03-11",
                "--reason", "The log was lost")[0]
            #expect(covered["from"] == "2025-03-10T00:00:00+00:00" && covered["to"] == "2025-03-12T00:00:00+00:00")
            #expect(try await march() == "ok")
            #expect(try await objects(console, "views", "covered", "list") == [covered])
            _ = try await objects(console, "views", "covered", "remove", "\(covered["id"]?.integer ?? 0)")
            #expect(try await march() == "n/a")
            #expect(try await objects(console, "views", "covered", "list").isEmpty)
        }
    }

    @Test func marksAreListedByDayAndTakenAway() async throws {
        try await withDesk { console, log in
            let logs = try write(log, without: 20..<20)
            _ = try await objects(console, "views", "import", logs[0], logs[1], "--site", "example.org")
            let news = try await objects(console, "views", "mark", "add", "2025-03-20", "Election", "--kind", "news")[0]
            let site = try await objects(
                console, "views", "mark", "add", "2025-03-01", "New site", "--kind", "relaunch", "--site", "example.org"
            )[0]
            #expect(try await objects(console, "views", "mark", "list") == [site, news])
            #expect(site["kind"] == "relaunch" && site["site"] == "example.org" && news["site"] == .null)
            let growth = await console.run("views", "growth", "--by", "month", "--from", "2025-02", "--to", "2025-04")
            #expect(
                growth.err.split(separator: "\n") == [
                    "2025-03 against 2025-02: relaunch on 2025-03-01, New site (example.org).",
                    "2025-03 against 2025-02: news on 2025-03-20, Election.",
                    "2025-04 against 2025-03: news on 2025-03-20, Election.",
                ])
            _ = try await objects(console, "views", "mark", "remove", "\(site["id"]?.integer ?? 0)")
            #expect(try await objects(console, "views", "mark", "list") == [news])
        }
    }

    @Test func whatCantBeVouchedForOrMarkedSaysWhy() async throws {
        try await withDesk { console, log in
            let logs = try write(log, without: 20..<20)
            _ = try await objects(console, "views", "import", logs[0], logs[1], "--site", "example.org")
            for (line, exit) in [
                (["covered", "add", "--site", "example.org", "--from", "2999", "--to", "2999", "--reason", "x"], 65),
                (
                    [
                        "covered", "add", "--site", "example.org", "--from", "2025-02", "--to", "2025-01", "--reason",
                        "x",
                    ], 64
                ),
                (
                    [
                        "covered", "add", "--site", "example.org", "--from", "2025-01", "--to", "2025-01", "--reason",
                        " ",
                    ], 64
                ),
                (
                    ["covered", "add", "--site", "nowhere.example", "--from", "2025", "--to", "2025", "--reason", "x"],
                    66
                ),
                (["covered", "remove", "77"], 66), (["mark", "remove", "77"], 66),
                (["mark", "add", "2025-03-01", "Rain", "--kind", "weather"], 64),
                (["mark", "add", "March", "Rain", "--kind", "news"], 64),
            ] {
                let ran = await console.run(["views"] + line, input: [])
                #expect(ran.exit == exit, "\(line): \(ran.err)")
            }
        }
    }
}
