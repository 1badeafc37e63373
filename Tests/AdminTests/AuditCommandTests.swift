import Foundation
import Postgres
import TestDatabase
import Testing

@testable import Admin

struct AuditCommandTests {
    /// A database with an admin, a console on it, and a folder for anchors that goes with the test.
    private func withAdmin(_ body: (TestDatabase, Console, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "anchors-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withTestDatabase { test in
            let console = Console(test)
            let added = await console.run(
                "account", "add", "--email", "ada@example.org", "--name", "Ada", "--role", "admin"
            )
            try #require(added.exit == 0, "\(added.err)")
            try await body(test, console, folder)
        }
    }

    @Test func aTamperedRowIsNamedAsDataAndInWords() async throws {
        try await withAdmin { test, console, _ in
            _ = try await test.owner.transaction { db in try db.run("UPDATE journal.audit SET action = 'made.up'") }
            let ran = await console.run("audit", "verify", "--format", "jsonl")
            #expect(ran.exit == 65)
            #expect(ran.out == #"{"finding":"altered","subject":"account:1","seq":1,"through":1}"# + "\n")
            #expect(ran.err.contains("account:1 row 1: altered"))
        }
    }

    @Test func anAnchorShowsWhatTheChainsAloneCannot() async throws {
        try await withAdmin { test, console, folder in
            let file = folder + "/anchor.jsonl"
            let anchored = await console.run("audit", "anchor", file, "--no-header")
            #expect(anchored.exit == 0, "\(anchored.err)")
            #expect(anchored.out.hasPrefix(file + "\t"))
            #expect(await console.run("audit", "verify", "--anchor", file).exit == 0)

            try await test.owner.transaction { db in try db.script("TRUNCATE journal.audit, journal.audit_head") }
            #expect(await console.run("audit", "verify").exit == 0)
            let ran = await console.run("audit", "verify", "--anchor", file, "--no-header")
            #expect(ran.exit == 65)
            #expect(ran.out == "subject_missing\taccount:1\t1\t1\n")
        }
    }

    @Test func anAnchorIsNeverReplaced() async throws {
        try await withAdmin { _, console, folder in
            let file = folder + "/anchor.jsonl"
            #expect(await console.run("audit", "anchor", file).exit == 0)
            let before = try String(contentsOfFile: file, encoding: .utf8)
            let again = await console.run("audit", "anchor", file)
            #expect(again.exit == 73)
            #expect(again.err.contains("is there already"))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
            #expect(await console.run("audit", "anchor", folder + "/no/such/folder.jsonl").exit == 73)
        }
    }

    @Test func aChangedAnchorIsRefused() async throws {
        try await withAdmin { _, console, folder in
            let file = folder + "/anchor.jsonl"
            #expect(await console.run("audit", "anchor", file).exit == 0)
            let changed = try String(contentsOfFile: file, encoding: .utf8).replacing(
                "[\"account\",1", with: "[\"account\",2")
            try changed.write(toFile: file, atomically: true, encoding: .utf8)
            let ran = await console.run("audit", "verify", "--anchor", file)
            #expect(ran.exit == 65)
            #expect(ran.err.contains("line 1: the root isn't that of these heads"))
        }
    }
}
