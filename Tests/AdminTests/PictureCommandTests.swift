import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Pictures and revisions at the command line: what an editor types, and what he gets.
struct PictureCommandTests {
    @Test func picturesGoFromFileToPageByScript() async throws {
        try await withScribes { test, console, folder in
            try MadeFiles.png(640, 480).write(to: URL(fileURLWithPath: folder + "/dam.png"))
            try MadeFiles.jpeg.write(to: URL(fileURLWithPath: folder + "/told.jpg"))
            try Data("<svg xmlns='x'/>".utf8).write(to: URL(fileURLWithPath: folder + "/evil.png"))
            let added = await console.run(
                "image", "add", folder + "/dam.png", folder + "/told.jpg", "--format", "jsonl")
            #expect(added.exit == 0, "\(added.err)")
            let lines = try added.out.split(separator: "\n").map { try JSON(parsing: String($0)) }
            #expect(lines.map { $0["width"] } == [640, 320])
            #expect(lines.map { $0["new"] } == [.bool(true), .bool(true)])
            #expect(lines[1]["removed"] == "location, camera data")
            #expect(added.err.contains("'told.jpg' said where it was taken"))
            let stored = try await test.app.read { db in
                try db.value(
                    "SELECT count(*) FROM editorial.media WHERE position('SECRET'::bytea IN bytes) > 0", as: Int.self)
            }
            #expect(stored == 0)
            let evil = await console.run("image", "add", folder + "/dam.png", folder + "/evil.png")
            #expect(evil.exit == 65)
            #expect(evil.err.contains("'evil.png' is an SVG"))
            #expect(await console.run("image", "add", folder + "/none.png").exit == 66)
            #expect(await console.run("image", "show", "9").exit == 66)
            let own = await console.run("image", "edit", "1", "--alt", "dam")
            #expect(own.exit == 65 && own.err.contains("only repeats"))
            let edited = await console.run(
                "image", "edit", "1", "--alt", "A dry valley", "--agency", "Example Press", "--licensed-until",
                "2020-01-31", "--format", "jsonl")
            #expect(edited.exit == 0, "\(edited.err)")
            #expect(try JSON(parsing: edited.out)["credit"] == "Example Press")
            let expiring = await console.run("image", "expiring", "--no-header", "--format", "tsv")
            #expect(expiring.out == "1\tdam.png\t2020-01-31\ttrue\t\t\tfalse\t\n")
            let file = folder + "/out.png"
            #expect(await console.run("image", "export", "1", "--to", file).exit == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == MadeFiles.png(640, 480))
            let again = await console.run("image", "export", "1", "--to", file)
            #expect(again.exit == 73)

            try await console.pitch()
            let saved = await console.run(
                "article", "save", "1", "--body", "-", "--lead-image", "1", "--teaser", "T", "--short-headline", "S",
                "--social-title", "ST", "--social-text", "SX", "--disclosure", "D", "--kicker", "K", "--tag", "a",
                "--tag", "b", input: "![The sign](image:2)\n\n![Gone](/old.png)\n")
            #expect(saved.exit == 0, "\(saved.err)")
            let shown = await console.run("article", "show", "1", "--format", "jsonl")
            let object = try JSON(parsing: shown.out)
            for (key, value) in [
                ("teaser", "T"), ("short_headline", "S"), ("social_title", "ST"), ("social_text", "SX"),
                ("disclosure", "D"), ("kicker", "K"),
            ] { #expect(object[key] == .string(value), "\(key)") }
            #expect(object["tags"] == ["a", "b"])
            #expect(object["images"]?.array?.first?["credit_line"] == "Top photo credit: Example Press")
            #expect(object["images"]?.array?.count == 3)
            let used = await console.run("image", "used", "2", "--no-header", "--format", "tsv")
            #expect(used.out == "1\tThe dam\t1\tinline\tfalse\t\n")
            let completed = await console.run(
                "article", "image", "1", "--source", "/old.png", "--with", "2", "--base", "1")
            #expect(completed.exit == 0, "\(completed.err)")
            #expect(await console.run("article", "save", "1", "--lead-image", "77", "--base", "2").exit == 66)
            #expect(await console.run("article", "save", "1", "--lead-image", "x", "--base", "2").exit == 64)
        }
    }

    @Test func aStaleTextFromAPipeIsKeptInAFileBeside() async throws {
        try await withScribes { test, console, folder in
            var console = console
            console.folder = folder
            try await console.pitch()
            #expect(await console.run("article", "save", "1", "--body", "-", input: "One.\n").exit == 0)
            #expect(await console.run("article", "save", "1", "--body", "-", "--base", "1", input: "Two.\n").exit == 0)
            let mine = "Mine \u{1b}[2J.\n"
            for name in ["article-1-unsaved.md", "article-1-unsaved-2.md"] {
                let stale = await console.run("article", "save", "1", "--body", "-", "--base", "1", input: mine)
                #expect(stale.exit == 75)
                #expect(stale.err.contains("Your text is in '\(folder)/\(name)'."), "\(stale.err)")
                #expect(stale.err.contains("+Mine \\e[2J."))
                #expect(!stale.err.contains("\u{1b}"))
                let path = folder + "/" + name
                #expect(try String(contentsOfFile: path, encoding: .utf8) == mine)
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            let file = folder + "/draft.md"
            try mine.write(toFile: file, atomically: true, encoding: .utf8)
            let safe = await console.run("article", "save", "1", "--body", file, "--base", "1")
            #expect(safe.exit == 75 && safe.err.contains("Your text is safe in '\(file)'."))
            let title = await console.run("article", "save", "1", "--title", "Mine", "--base", "1")
            #expect(title.exit == 75 && !title.err.contains("Your text"))
            // In the shell too, from a here-document, alone and in a transaction.
            for options in [[], ["--transaction"]] {
                let shell = await console.run(
                    ["shell", "--status"] + options,
                    input: Array("article save 1 --base 1 --body <<END\nFrom the shell.\nEND\n".utf8))
                #expect(shell.out.hasPrefix("error\t75\tchanged_meanwhile\t"))
                #expect(shell.out.contains("unsaved"))
            }
            #expect(try String(contentsOfFile: folder + "/article-1-unsaved-4.md", encoding: .utf8).contains("shell"))
            // Where nothing can be written, the temporary folder has it.
            console.folder = "/proc/nowhere"
            console.environment["TMPDIR"] = folder
            let elsewhere = await console.run("article", "save", "1", "--body", "-", "--base", "1", input: mine)
            #expect(elsewhere.err.contains("Your text is in '\(folder)/article-1-unsaved-5.md'."), "\(elsewhere.err)")
            let rows = try await test.app.read { db in
                try db.value("SELECT count(*) FROM editorial.revision", as: Int.self)
            }
            #expect(rows == 2)
        }
    }

    @Test(arguments: ["One.", "One.\n", "", "a\n\n\n", "\u{feff}x\u{202e}\u{1b}[31m\ttab\n"])
    func aTextComesOutAsItWentIn(_ text: String) async throws {
        try await withScribes { _, console, folder in
            try await console.pitch()
            let file = folder + "/draft.md"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(await console.run("article", "save", "1", "--title", "T", "--body", file).exit == 0)
            let out = await console.run("article", "text", "1")
            #expect(Array(out.out.utf8) == Array(text.utf8))
            try out.out.write(toFile: file, atomically: true, encoding: .utf8)
            let again = await console.run("article", "save", "1", "--body", file, "--base", "1", "--format", "jsonl")
            #expect(try JSON(parsing: again.out)["new"] == .bool(false))
            var terminal = console
            terminal.columns = 80
            let seen = await terminal.run("article", "text", "1")
            #expect(!seen.out.contains("\u{1b}") && !seen.out.contains("\u{202e}"))
        }
    }

    @Test func anOlderTextIsRestoredAndListed() async throws {
        try await withScribes { _, console, _ in
            try await console.pitch()
            for (number, text) in ["One.\n", "Two.\n"].enumerated() {
                let base = number == 0 ? [] : ["--base", "\(number)"]
                let saved = await console.run(["article", "save", "1", "--body", "-"] + base, input: Array(text.utf8))
                #expect(saved.exit == 0)
            }
            #expect(await console.run("article", "restore", "1", "--revision", "1", "--base", "1").exit == 75)
            #expect(await console.run("article", "restore", "1", "--revision", "7").exit == 66)
            #expect(await console.run("article", "restore", "1", "--revision", "1", "--base", "2").exit == 0)
            let list = await console.run("article", "revisions", "1", "--format", "tsv", "--no-header")
            let rows = list.out.split(separator: "\n").map {
                $0.split(separator: "\t", omittingEmptySubsequences: false)
            }
            #expect(rows.map { String($0[0]) } == ["3", "2", "1"])
            #expect(rows.map { String($0[1]) } == ["1", "1", ""])
            #expect(rows.map { String($0[4]) } == ["true", "false", "false"])
            #expect(rows[0][7] == "Restored from revision 1")
            let page = await console.run("article", "revisions", "1", "--before", "3", "--limit", "1", "--no-header")
            #expect(page.out.hasPrefix("2\t"))
            #expect(await console.run("article", "text", "1", "--revision", "2").out == "Two.\n")
            let words = await console.run("article", "diff", "1", "2", "3", "--words")
            #expect(words.out.contains("-[-Two-].\n+{+One+}.\n"))
            let painted = await console.run("article", "diff", "1", "2", "3", "--words", "--color", "always")
            #expect(painted.out.contains("\u{1b}[31;7mTwo\u{1b}[0m"))
            #expect(!painted.out.contains("[-"))
        }
    }
}

/// Files made byte by byte.
enum MadeFiles {
    static func png(_ width: Int, _ height: Int) -> Data {
        func big(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) } }
        func chunk(_ type: String, _ payload: [UInt8]) -> [UInt8] {
            big(payload.count) + Array(type.utf8) + payload + [0, 0, 0, 0]
        }
        return Data(
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
                + chunk("IHDR", big(width) + big(height) + [8, 6, 0, 0, 0])
                + chunk("IDAT", [1, 2, 3]) + chunk("IEND", []))
    }

    /// 320 by 240, with an Exif that has a place.
    static var jpeg: Data {
        let exif: [UInt8] =
            Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 26]
            + [0, 0, 0, 0] + Array("SECRET".utf8)
        return Data(
            [0xFF, 0xD8, 0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif
                + [0xFF, 0xC0, 0, 11, 8, 0, 240, 1, 64, 1, 1, 0x11, 0]
                + [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0x34, 0xFF, 0xD9])
    }
}

/// A newsroom with one who writes and looks after pictures, and a folder of its own.
func withScribes(_ body: (TestDatabase, Console, String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "scribes-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // The folder is the test's own; if it stays behind, the system's cleaner takes it.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withTestDatabase { test in
        let admin = await Console(test).run(
            "account", "add", "--email", "admin@example.org", "--name", "Admin", "--role", "admin")
        try #require(admin.exit == 0, "\(admin.err)")
        let console = Console(test, as: "admin@example.org")
        for line in [
            ["account", "add", "--email", "chief@example.org", "--name", "Chief", "--role", "editor-in-chief"],
            ["section", "add", "world", "--name", "World"],
        ] {
            let ran = await console.run(line, input: [])
            try #require(ran.exit == 0, "\(ran.err)")
        }
        try await body(test, Console(test, as: "chief@example.org"), folder)
    }
}

extension Console {
    func pitch(_ title: String = "The dam") async throws {
        let pitched = await run("article", "pitch", "--title", title, "--section", "world", "--kind", "reporting")
        try #require(pitched.exit == 0, "\(pitched.err)")
    }
}
