import Foundation
import TestDatabase
import Testing
import Values

@testable import Admin

/// Beacons on the command line: from a file through the spool into the reports.
struct ViewsBeaconCommandTests {
    private func withDesk(_ body: (Console, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "beacons-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            // Left behind at worst; the system cleans its temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await withTestDatabase { test in
            let added = await Console(test).run(
                "account", "add", "--email", "admin@example.org", "--name", "A", "--role", "admin")
            try #require(added.exit == 0, "\(added.err)")
            var console = Console(test, as: "admin@example.org")
            console.environment["MASTHEAD_SPOOL_PATH"] = folder + "/spool"
            try await body(console, folder)
        }
    }

    private func objects(_ console: Console, _ line: String...) async throws -> [[String: JSON]] {
        let ran = await console.run(["--format", "jsonl"] + line, input: [])
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try ran.out.split(separator: "\n").map { try JSON(parsing: String($0)).object ?? [:] }
    }

    private func line(_ at: String, _ event: String, _ load: String, _ path: String, _ more: String = "") -> String {
        """
        {"at":"2025-11-30T\(at)Z","peer":"192.0.2.1","agent":"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 \
        Firefox/128.0","beacon":{"event":"\(event)","load":"\(load)","url":"https://example.org\(path)"\(more)}}

        """
    }

    @Test func beaconsOfAFileAreSpooledCountedAndTold() async throws {
        try await withDesk { console, folder in
            let file = folder + "/edge.jsonl"
            let text =
                line("10:00:00", "view", "load-0001", "/front")
                + line("10:00:05", "opening", "load-0002", "/story")
                + line("10:00:45", "engagement", "load-0002", "/story", ",\"engaged_ms\":40000,\"seen_percent\":75")
                + line("10:01:00", "view", "load-0003", "/story").replacing("example.org", with: "other.example")
                + line("10:02:00", "view", "short", "/story") + "no JSON\n"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(
                try await objects(console, "views", "beacon", "add", "WWW.Example.org")
                    == [["site": "example.org", "timezone": "UTC"]])
            #expect(
                try await objects(console, "views", "beacon", "list") == [["site": "example.org", "timezone": "UTC"]])
            let taken = try await objects(console, "views", "collect", folder + "/edge.jsonl")
            #expect(
                taken == [
                    [
                        "file": .string(file), "beacons": 6, "accepted": 3, "malformed": 2, "unknown_site": 1,
                        "unavailable": 0,
                    ]
                ])
            let waiting = try await objects(console, "views", "spool")[0]
            #expect(waiting["segments"] == 1 && waiting["oldest_uncounted"] == "2025-11-30T10:00:00+00:00")
            #expect(waiting["last_counted"] == .null)
            let drained = try await objects(console, "views", "drain")[0]
            #expect(drained["records"] == 3 && drained["pv"] == 1 && drained["openings"] == 1)
            let counted = try await objects(console, "views", "spool")[0]
            #expect(counted["oldest_uncounted"] == .null && counted["bytes_behind"] == 0)
            #expect(
                try await objects(console, "views", "reading") == [
                    [
                        "page": "/story", "pv": 0, "openings": 1, "reads": 1, "read_percent": "100.00",
                        "engaged_seconds": 40, "mean_seconds": 40,
                    ],
                    [
                        "page": "/front", "pv": 1, "openings": 0, "reads": 0, "read_percent": "0.00",
                        "engaged_seconds": 0, "mean_seconds": 0,
                    ],
                ])
            #expect(
                try await objects(console, "views", "report", "--by", "day") == [
                    [
                        "period": "2025-11-30", "pv": 1, "visitors": 1, "visits": 1, "bounces": 0, "meter": "beacon",
                        "openings": 1, "reads": 1, "engaged_seconds": 40,
                    ]
                ])
            let meters = try await objects(console, "views", "meter", "list")
            #expect(meters.map { $0["meter"] } == ["beacon"])
            // The same file again: its page loads are known.
            _ = try await objects(console, "views", "collect", folder + "/edge.jsonl")
            let again = try await objects(console, "views", "drain")[0]
            #expect(again["pv"] == 0 && again["repeated"] == 2)
        }
    }

    @Test func whatIsWrongIsSaidWithWhatToDo() async throws {
        try await withDesk { console, folder in
            let none = await console.run("views", "drain")
            #expect(none.exit == 66 && none.err.contains("spool"), "\(none)")
            #expect(await console.run("views", "spool").exit == 66)
            #expect(await console.run("views", "drain", "--poll", "0").exit == 64)
            #expect(await console.run("views", "beacon", "add", "not a host").exit == 65)
            #expect(await console.run("views", "collect", folder + "/missing.jsonl").exit == 66)
            try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: true)
            let empty = await console.run("views", "drain", "--spool", folder + "/empty")
            #expect(empty.exit == 66 && empty.err.contains("no collector has opened it yet"), "\(empty)")
        }
    }

    @Test func aReaderOfReportsMayNeitherCollectNorAddABeacon() async throws {
        try await withDesk { console, folder in
            let added = await console.run(
                "account", "add", "--email", "writer@example.org", "--name", "W", "--role", "writer")
            try #require(added.exit == 0, "\(added.err)")
            var writer = console
            writer.environment["MASTHEAD_AS"] = "writer@example.org"
            try "".write(toFile: folder + "/edge.jsonl", atomically: true, encoding: .utf8)
            for words in [["beacon", "add", "example.org"], ["collect", folder + "/edge.jsonl"], ["drain"]] {
                let ran = await writer.run(["views"] + words, input: [])
                #expect(ran.exit == 77, "\(words): \(ran)")
            }
            #expect(await writer.run("views", "reading").exit == 0)
        }
    }

    @Test func doctorHoldsTheSpoolAgainstTheBackups() async throws {
        try await withDesk { console, folder in
            func findings(_ console: Console) async throws -> [String: [String: JSON]] {
                let ran = await console.run("--format", "jsonl", "doctor")
                let lines = try ran.out.split(separator: "\n").map { try JSON(parsing: String($0)).object ?? [:] }
                return Dictionary(uniqueKeysWithValues: lines.map { ($0["check"]?.string ?? "", $0) })
            }
            let none = try await findings(console)
            #expect(none["spool"]?["state"] == "ok" && none["spool_retention"]?["state"] == "ok")
            var weekly = console
            weekly.environment["MASTHEAD_BACKUP_INTERVAL_HOURS"] = "192"
            let tooOld = try await findings(weekly)
            #expect(tooOld["spool_retention"]?["state"] == "failure")
            #expect(tooOld["spool_retention"]?["found"]?.string?.contains("192 h") == true)

            _ = try await objects(console, "views", "beacon", "add", "example.org")
            try line("10:00:00", "view", "load-0001", "/front")
                .write(toFile: folder + "/edge.jsonl", atomically: true, encoding: .utf8)
            _ = try await objects(console, "views", "collect", folder + "/edge.jsonl")
            let behind = try await findings(console)
            #expect(behind["spool"]?["state"] == "warning")
            #expect(behind["spool"]?["found"]?.string?.contains("26 h to count") == true)
            _ = try await objects(console, "views", "drain")
            #expect(try await findings(console)["spool"]?["state"] == "ok")
        }
    }
}
