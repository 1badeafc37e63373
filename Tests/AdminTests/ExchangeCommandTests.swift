import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Import and export as others script them, and the real program killed while it imports.
struct ExchangeCommandTests {
    private func withNewsroom(_ body: (TestDatabase, Console, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "exchange-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The folder is the test's own; if it stays behind, the system's cleaner takes it.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withTestDatabase { test in
            let console = Console(test, as: "pub@example.org")
            let admin = Console(test, as: "admin@example.org")
            for (by, line) in [
                (Console(test), ["account", "add", "--email", "admin@example.org", "--name", "A", "--role", "admin"]),
                (admin, ["account", "add", "--email", "pub@example.org", "--name", "P", "--role", "publisher"]),
                (admin, ["account", "add", "--email", "writer@example.org", "--name", "W", "--role", "writer"]),
                (admin, ["section", "add", "world", "--name", "World"]),
            ] {
                let ran = await by.run(line, input: [])
                try #require(ran.exit == 0, "\(ran.err)")
            }
            try await body(test, console, folder)
        }
    }

    private func write(_ path: String, _ text: String) throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// A small export: an item for each of so many posts, every seventh a draft, every fifth with a picture.
    private static func site(posts: Int, seed: Int) -> String {
        var out = """
            <?xml version="1.0" encoding="UTF-8" ?>
            <rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
             xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
             xmlns:wp="http://wordpress.org/export/1.2/"><channel><link>https://old.example.org</link>

            """
        for id in 1...posts {
            let number = (id &* 2_654_435_761 &+ seed) % 1_000
            out += """
                <item><title>Story \(id) of \(number)</title><link>https://old.example.org/\(number)/story-\(id)/</link>
                <dc:creator>ann</dc:creator><content:encoded><![CDATA[<p>Text <b>\(number)</b>.</p>
                <table><tr><td colspan="2">kept \(id)</td></tr></table>]]></content:encoded>
                <wp:post_id>\(id)</wp:post_id><wp:post_date_gmt>2015-01-08 14:30:0\(id % 10)</wp:post_date_gmt>
                <wp:post_name>story-\(id % 50)</wp:post_name><wp:status>\(id % 7 == 0 ? "draft" : "publish")</wp:status>
                <wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>
                <wp:postmeta><wp:meta_key>_edit_lock</wp:meta_key><wp:meta_value>1:1</wp:meta_value></wp:postmeta></item>

                """
        }
        return out + "</channel></rss>\n"
    }

    /// All that an import leaves behind, without the numbers that differ from run to run.
    private func state(_ test: TestDatabase) async throws -> [String] {
        try await test.app.read { db in
            try db.rows(
                """
                SELECT concat_ws('|', i.key, encode(i.source_hash, 'hex'), a.status, encode(r.hash, 'hex'), l.path, \
                l.slug, l.released_at, l.html, (SELECT string_agg(d.kind || d.detail, ',' ORDER BY d.kind, d.detail) \
                FROM editorial.debt d WHERE d.article_id = a.id), (SELECT count(*) FROM editorial.path p \
                WHERE p.article_id = a.id)) FROM editorial.import_item i JOIN editorial.article a ON a.id = i.article_id \
                JOIN editorial.revision r ON r.article_id = a.id LEFT JOIN editorial.release l ON l.id = a.live_release_id \
                ORDER BY i.key
                """
            ) { try $0.next(String.self) }
        }
    }

    @Test(arguments: [1, 22, 303])
    func anImportKilledAtAnyMomentAndRunAgainEndsTheSame(_ seed: Int) async throws {
        try await withNewsroom { test, console, folder in
            let file = folder + "/site.xml"
            try write(file, Self.site(posts: 700, seed: seed))
            for _ in 1...6 {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: Program.path)
                process.arguments = ["--as", "pub@example.org", "article", "import", file, "--from", "wordpress"]
                process.environment = [
                    "MASTHEAD_DATABASE_URL": test.appURL, "MASTHEAD_DATABASE_OWNER_URL": test.ownerURL,
                    "MASTHEAD_SHARE": packageFolder, "MASTHEAD_HOME": "/nowhere",
                ]
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                // Not a wait for something to happen: the moment of the kill is the point.
                try await Task.sleep(for: .milliseconds(Int.random(in: 50...1_500)))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            let last = await console.run("article", "import", file, "--from", "wordpress")
            #expect(last.exit == 0, "\(last.err)")
            let killed = try await state(test)
            #expect(killed.count == 700)
            try await withNewsroom { calm, console, _ in
                let ran = await console.run("article", "import", file, "--from", "wordpress")
                #expect(ran.exit == 0, "\(ran.err)")
                let undisturbed = try await state(calm)
                #expect(undisturbed == killed)
            }
        }
    }

    @Test func tryingSaysWhatWouldHappenAndLeavesTheDoorShut() async throws {
        try await withNewsroom { test, console, folder in
            let file = folder + "/site.xml"
            let report = folder + "/report.jsonl"
            try write(
                file, Self.site(posts: 8, seed: 1).replacing("<title>Story 3 of", with: "<title><b>Story 3 of"))
            let ran = await console.run(
                "--format", "jsonl", "article", "import", file, "--from", "wordpress", "--dry-run", "--report", report)
            #expect(ran.exit == 65)
            #expect(ran.err.contains("post 3"))
            #expect(ran.err.contains("The others could be."))
            let rows = ran.out.split(separator: "\n")
            #expect(rows.count == 7)
            #expect(rows.allSatisfy { $0.contains(#""debts":"#) && $0.contains(#""state":"imported""#) })
            let said = try read(report)
            #expect(said.contains(#""state":"refused""#) && said.contains("kept as HTML"))
            for line in said.split(separator: "\n") { _ = try JSON(parsing: Array(line.utf8)) }
            let left = try await test.app.read { db in
                try db.rows(
                    """
                    SELECT (SELECT count(*) FROM editorial.article), (SELECT count(*) FROM editorial.import_door \
                    WHERE open_until > clock_timestamp())
                    """
                ) { [try $0.next(Int.self), try $0.next(Int.self)] }
            }
            #expect(left == [[0, 0]])
            let again = await console.run(
                "article", "import", file, "--from", "wordpress", "--dry-run", "--report", report)
            #expect(again.exit == 76)
            let denied = await console.run(
                "--as", "writer@example.org", "article", "import", file, "--from", "wordpress", "--dry-run")
            #expect(denied.exit == 77)
        }
    }

    @Test func aFolderGoesInAndComesOutByteForByteAndForeignFilesAreSafe() async throws {
        try await withNewsroom { _, console, folder in
            let (posts, out) = (folder + "/posts", folder + "/out")
            let one = "\u{FEFF}---\r\ntitle: Eins\r\nunknown: x\r\n---\r\nText.\r\n"
            try write(posts + "/2020-01-01-één.md", one)
            try write(posts + "/sub/2020-01-02-two.md", "---\ntitle: Two\nauthors: [ann]\n---\nText.\n")
            let loaded = await console.run("article", "import", posts)
            #expect(loaded.exit == 0, "\(loaded.err)")
            let first = await console.run("--format", "jsonl", "article", "export", out)
            #expect(first.exit == 0, "\(first.err)")
            #expect(first.out.split(separator: "\n").filter { $0.contains(#""state":"written""#) }.count == 2)
            // As bytes: reading text would take the mark at its front for no part of it.
            #expect(FileManager.default.contents(atPath: out + "/2020-01-01-één.md") == Data(one.utf8))
            let (given, back) = (try read(posts + "/sub/2020-01-02-two.md"), try read(out + "/sub/2020-01-02-two.md"))
            #expect(given == back)
            let again = await console.run("--format", "jsonl", "article", "export", out)
            #expect(again.out.split(separator: "\n").filter { $0.contains(#""state":"unchanged""#) }.count == 2)

            // Somebody edits a file: it is his now.
            try write(out + "/sub/2020-01-02-two.md", "mine")
            try FileManager.default.removeItem(atPath: out + "/2020-01-01-één.md")
            let refused = await console.run("article", "export", out)
            #expect(refused.exit == 76)
            #expect(refused.err.contains("sub/2020-01-02-two.md"))
            #expect(!FileManager.default.fileExists(atPath: out + "/2020-01-01-één.md"))
            #expect(try read(out + "/sub/2020-01-02-two.md") == "mine")
            #expect(await console.run("article", "export", out, "--force").exit == 0)
            #expect(try read(out + "/sub/2020-01-02-two.md") != "mine")

            // A link in the folder leads nowhere.
            try FileManager.default.createDirectory(atPath: folder + "/elsewhere", withIntermediateDirectories: true)
            try FileManager.default.removeItem(atPath: out + "/sub")
            try FileManager.default.createSymbolicLink(
                atPath: out + "/sub", withDestinationPath: folder + "/elsewhere")
            #expect(await console.run("article", "export", out, "--force").exit == 73)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/elsewhere") == [])
            #expect(await console.run("article", "export", folder + "/no/such").exit == 73)
            #expect(await console.run("--as", "admin@example.org", "article", "export", folder + "/a").exit == 0)
            #expect(await console.run("article", "export", out, "--live", "--all").exit == 64)
            #expect(await console.run("article", "export", out, "99").exit == 66)
        }
    }

    @Test func filesThatCannotComeInAreNamedOneByOne() async throws {
        try await withNewsroom { _, console, folder in
            let posts = folder + "/posts"
            try write(posts + "/2020-01-01-good.md", "---\ntitle: Good\n---\nText.\n")
            try write(folder + "/outside.md", "---\ntitle: Outside\n---\n")
            try FileManager.default.createSymbolicLink(
                atPath: posts + "/2020-01-02-link.md", withDestinationPath: folder + "/outside.md")
            try write(posts + "/2020-01-03-huge.md", "---\ntitle: x\n---\n" + String(repeating: "x", count: 3 << 20))
            for (name, bytes) in [
                ("2020-01-04-utf16.md", [0xFF, 0xFE, 0x2D, 0x00] as [UInt8]),
                ("2020-01-05-junk.md", [0x00, 0x9F, 0xFF]),
            ] { try Data(bytes).write(to: URL(fileURLWithPath: posts + "/" + name)) }
            try write(
                posts + "/2020-01-06-picture.md",
                "---\ntitle: P\nimages:\n- media: \(String(repeating: "a", count: 64))\n---\n")
            let ran = await console.run("--format", "jsonl", "article", "import", posts)
            #expect(ran.exit == 65)
            for word in ["symbolic link", "longer than", "UTF-16", "isn't UTF-8", "isn't beside it"] {
                #expect(ran.err.contains(word), "\(word) in \(ran.err)")
            }
            #expect(ran.out.contains("2020-01-01-good.md"))
            let none = await console.run("article", "import", posts + "/2020-01-01-good.md", "--from", "wordpress")
            #expect(none.exit == 65)
            #expect(none.err.contains("isn't a WordPress export"))
            #expect(await console.run("article", "import", folder + "/no.xml", "--from", "wordpress").exit == 66)
            #expect(await console.run("article", "import", posts, posts).exit == 64)
        }
    }
}
