import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// The editorial commands as others script them: keys, exit codes, and what is written when something is refused.
struct EditorialCommandTests {
    private func withNewsroom(_ body: (TestDatabase, Console) async throws -> Void) async throws {
        try await withTestDatabase { test in
            let console = Console(test)
            let roles = [
                ("admin", "admin"), ("writer", "writer"), ("editor", "section-editor:world"), ("pub", "publisher"),
            ]
            for (name, role) in roles {
                let by = Console(test, as: name == "admin" ? nil : "admin@example.org")
                let added = await by.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(added.exit == 0, "\(added.err)")
                guard name == "admin" else { continue }
                // A grant for a section needs the section.
                let made = await console.run("--as", "admin@example.org", "section", "add", "world", "--name", "World")
                try #require(made.exit == 0, "\(made.err)")
            }
            for line in [
                ["contributor", "add", "--name", "Ann Example", "--kind", "staff", "--account", "writer@example.org"]
            ] {
                let ran = await console.run(["--as", "admin@example.org"] + line, input: [])
                try #require(ran.exit == 0, "\(ran.err)")
            }
            try await body(test, console)
        }
    }

    /// Runs a line as somebody and reads the one object it answers.
    private func object(
        _ console: Console, _ name: String, _ line: String..., input: String = ""
    ) async throws -> [String: JSON] {
        let ran = await console.run(
            ["--as", "\(name)@example.org", "--format", "jsonl"] + line, input: Array(input.utf8))
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try #require(try JSON(parsing: ran.out.split(separator: "\n").joined()).object)
    }

    @Test func anArticleGoesFromPitchToPublicationByScript() async throws {
        try await withNewsroom { test, console in
            let pitch = try await object(
                console, "writer", "article", "pitch", "--title", "The dam", "--section", "world", "--kind", "reporting"
            )
            #expect(pitch["id"] == 1)
            #expect(pitch["status"] == "pitch")
            let assigned = try await object(
                console, "editor", "article", "assign", "1", "--to", "writer@example.org")
            #expect(assigned["status"] == "assigned")
            let saved = try await object(
                console, "writer", "article", "save", "1", "--title", "The dam", "--dek", "D", "--body", "-",
                "--byline", "ann-example:author", input: "It stood there.\n")
            #expect(saved["id"] == 1)
            #expect(saved["revision"] == 1)
            let hash = try await test.app.read { db in
                try db.value("SELECT encode(sha256(content), 'hex') FROM editorial.revision", as: String.self)
            }
            #expect(saved["hash"]?.string == hash)
            #expect(try await object(console, "writer", "article", "submit", "1")["status"] == "in_review")
            let request = try await object(
                console, "writer", "review", "request", "1", "--from", "editor@example.org", "--kind", "edit", "--due",
                "2026-12-01 17:00")
            #expect(request["due"] == "2026-12-01T17:00:00+00:00")
            let approval = try await object(console, "editor", "approval", "give", "1", "--kind", "edit")
            #expect(approval["status"] == "approved")
            let published = try await object(console, "pub", "article", "publish", "1")
            #expect(published["id"] == 1)
            #expect(published["revision"] == 1)
            #expect(published["url"]?.string?.hasSuffix("/the-dam") == true)
            #expect(published["published_at"]?.string != nil)
            let again = try await object(console, "pub", "article", "publish", "1", "--revision", "1")
            #expect(again == published)
        }
    }

    @Test func whatIsRefusedHasItsExitCodeAndWritesNothing() async throws {
        try await withNewsroom { test, console in
            func run(_ name: String, _ line: String..., input: String = "") async -> Console.Ran {
                await console.run(["--as", "\(name)@example.org"] + line, input: Array(input.utf8))
            }
            func save(_ name: String, _ text: String, _ base: String...) async -> Console.Ran {
                await console.run(
                    ["--as", "\(name)@example.org", "article", "save", "1", "--body", "-"] + base,
                    input: Array(text.utf8))
            }
            let nowhere = await run(
                "writer", "article", "pitch", "--title", "x", "--section", "nowhere", "--kind", "reporting")
            #expect(nowhere.exit == 66)
            #expect(nowhere.err.contains("'nowhere'"))
            _ = await run("writer", "article", "pitch", "--title", "x", "--section", "world", "--kind", "reporting")
            #expect(await run("writer", "article", "publish", "1").exit == 77)
            #expect(await run("pub", "article", "publish", "1").exit == 76)
            #expect(await run("pub", "article", "publish", "9").exit == 66)
            #expect(await save("writer", "One.\n").exit == 0)
            #expect(await save("writer", "Two.\n").exit == 64)
            #expect(await save("editor", "Two.\n", "--base", "1").exit == 0)
            let stale = await save("writer", "Mine.\n", "--base", "1")
            #expect(stale.exit == 75)
            for part in ["revision 2", "editor@example.org", "-Two.", "+Mine.", "Z"] {
                #expect(stale.err.contains(part), "\(stale.err)")
            }
            #expect(stale.out == "")
            #expect(await run("writer", "article", "submit", "1").exit == 0)
            // His own text: his yes is one person's, and two are wanted.
            let own = await run("editor", "approval", "give", "1", "--kind", "edit")
            #expect(own.exit == 0)
            #expect(own.out.contains("\tin_review\t"))
            let alone = await run("pub", "article", "publish", "1")
            #expect(alone.exit == 76)
            let late = await run("pub", "approval", "give", "1", "--kind", "edit", "--revision", "1")
            #expect(late.exit == 76)
            #expect(await run("pub", "approval", "give", "1", "--kind", "edit").exit == 0)
            #expect(await save("writer", "Sneaked in.\n", "--base", "2").exit == 0)
            let status = await console.run(
                ["--as", "pub@example.org", "shell", "--status"], input: Array("article publish 1\n".utf8))
            #expect(status.out.hasPrefix("error\t76\tstale_approval\t"), "\(status.out)")
            let rows = try await test.app.read { db in
                try db.value("SELECT count(*) FROM editorial.release", as: Int.self)
            }
            #expect(rows == 0)
        }
    }

    @Test(arguments: ["a\nb", "a\tb", "a\u{1b}[2Jb", "a\u{202e}b", "ok\t0", "error\t76\tx\ty"])
    func noTitleForgesALine(_ title: String) async throws {
        try await withNewsroom { _, console in
            let pitched = await console.run(
                [
                    "--as", "writer@example.org", "article", "pitch", "--title", title, "--section", "world", "--kind",
                    "opinion",
                ], input: [])
            #expect(pitched.exit == 0)
            let listed = await console.run(
                "--as", "pub@example.org", "--no-header", "article", "list", "--format", "tsv")
            #expect(listed.out.split(separator: "\n").count == 1)
            #expect(listed.out.split(separator: "\t", omittingEmptySubsequences: false).count == 11)
            #expect(!listed.out.contains("\u{1b}") && !listed.out.contains("\u{202e}"))
        }
    }

    @Test func aFolderGoesInBadFilesAreNamedAndTwiceIsOnce() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "import-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The folder is the test's own; if it stays behind, the system's cleaner takes it.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in [
            ("2020-01-01-good.md", "---\ntitle: Good\nauthors: [ann]\n---\nText.\n"),
            ("2020-01-02-fine.md", "---\ntitle: Fine\n---\nText.\n"), ("notes.txt", "no article"),
        ] {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        try await withNewsroom { test, console in
            func load(_ more: String...) async -> Console.Ran {
                await console.run(
                    ["--as", "pub@example.org", "--format", "jsonl", "article", "import", folder] + more, input: [])
            }
            func articles() async throws -> Int? {
                try await test.reader.read { db in
                    try db.value("SELECT count(*) FROM editorial.public_article", as: Int.self)
                }
            }
            #expect(await load("--dry-run").out.split(separator: "\n").count == 2)
            #expect(try await articles() == 0)
            let first = await load()
            #expect(first.exit == 0, "\(first.err)")
            #expect(first.out.contains(#""state":"imported""#))
            #expect(first.out.contains(#""url":"/2020/01/01/good/""#))
            let again = await load()
            #expect(again.out.split(separator: "\n").filter { $0.contains("unchanged") }.count == 2)
            try "---\ntitle: [\n---\n".write(toFile: folder + "/2020-01-03-bad.md", atomically: true, encoding: .utf8)
            try "---\ntitle: Late\n---\n".write(
                toFile: folder + "/2020-01-04-late.md", atomically: true, encoding: .utf8)
            let mixed = await load()
            #expect(mixed.exit == 65)
            #expect(mixed.err.contains("2020-01-03-bad.md"))
            #expect(try await articles() == 3)
            let debt = await console.run(
                "--as", "pub@example.org", "--format", "jsonl", "article", "list", "--debt", "--limit", "100")
            #expect(debt.out.split(separator: "\n").filter { $0.contains(#""debt":"section""#) }.count == 3)
            #expect(debt.out.split(separator: "\n").filter { $0.contains(#""debt":"byline_name""#) }.count == 1)
            #expect(debt.out.split(separator: "\n").filter { $0.contains(#""debt":"byline""#) }.count == 2)
            #expect(await console.run("--as", "pub@example.org", "article", "import", folder + "/no").exit == 66)
            let file = await console.run("--as", "pub@example.org", "article", "import", folder + "/notes.txt")
            #expect(file.exit == 66)
            #expect(file.err.contains("notes.txt' is no folder"))
        }
    }
}
