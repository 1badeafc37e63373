import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Texts from strangers can't forge a line of output, in whichever command, format or message they appear.
struct ForgedLineTests {
    /// Each begins a line, a column, a status or a colour of its own, if it is let.
    private static let hostile = "A\nok\t0\nerror\t76\tx\r\u{1b}[2J\u{202e}\u{2028}B\u{85}\u{7}"
    private static let acting: [Unicode.Scalar] = ["\u{1b}", "\u{202e}", "\u{2028}", "\u{85}", "\u{7}", "\r"]

    private func fill(_ console: Console, _ folder: String) async throws {
        let bad = Self.hostile
        try MadeFiles.png(640, 480).write(to: URL(fileURLWithPath: folder + "/dam.png"))
        let lines: [[String]] = [
            ["contributor", "add", "--name", bad, "--kind", "outside", "--slug", "someone"],
            [
                "image", "add", folder + "/dam.png", "--alt", bad + "a", "--caption", bad + "c", "--photographer", bad,
                "--agency", bad,
                "--place", bad, "--licence", bad, "--licensed-until", "2020-01-01",
            ],
            ["article", "pitch", "--title", bad, "--section", "world", "--kind", "reporting"],
            [
                "article", "save", "1", "--title", bad, "--dek", bad, "--body", bad + "\n", "--byline",
                "someone:" + "x\ty",
                "--teaser", bad, "--kicker", bad, "--social-title", bad, "--social-text", bad, "--short-headline", bad,
                "--disclosure", bad, "--tag", bad, "--note", bad, "--lead-image", "1",
            ],
            [
                "article", "save", "1", "--title", bad + "2", "--body", "@@ -1 +1 @@\n" + bad + "2\n", "--base", "1",
                "--note", bad,
            ],
            ["article", "submit", "1"],
            ["review", "request", "1", "--from", "chief@example.org", "--kind", "edit", "--note", bad],
        ]
        for line in lines {
            let ran = await console.run(line, input: [])
            try #require(ran.exit == 0, "\(line): \(ran.err)")
        }
    }

    private static let commands: [[String]] = [
        ["article", "list"], ["article", "list", "--text", "a"], ["article", "show", "1"],
        ["article", "show", "1", "--revision", "1"], ["article", "history", "1"], ["article", "revisions", "1"],
        ["article", "diff", "1", "1", "2"], ["article", "diff", "1", "1", "2", "--words"], ["contributor", "list"],
        ["image", "list"], ["image", "show", "1"], ["image", "used", "1"], ["image", "expiring"], ["section", "list"],
        ["review", "list"], ["article", "list", "--debt"], ["article", "move", "1", "--kind", "opinion"],
    ]

    @Test func textsFromStrangersForgeNoLineInAnyCommandAndFormat() async throws {
        try await withScribes { _, console, folder in
            try await fill(console, folder)
            for command in Self.commands {
                for format in ["tsv", "jsonl", "table", "csv"] {
                    let ran = await console.run(command + ["--format", format], input: [])
                    #expect(ran.exit == 0, "\(command): \(ran.err)")
                    let all = ran.out + ran.err
                    // RFC 4180 puts line ends into quotes; nothing else may act.
                    let acting = format == "csv" ? Self.acting.filter { $0 != "\r" } : Self.acting
                    #expect(!all.unicodeScalars.contains { acting.contains($0) }, "\(command) \(format)")
                    guard format != "csv" else { continue }
                    let lines = ran.out.split(separator: "\n", omittingEmptySubsequences: false)
                    #expect(!lines.contains { $0.hasPrefix("ok\t") || $0.hasPrefix("error\t") }, "\(command) \(format)")
                    if format == "jsonl" {
                        for line in lines where !line.isEmpty {
                            #expect((try? JSON(parsing: String(line))) != nil, "\(command)")
                        }
                    }
                    if format == "tsv", !command.contains("diff") {
                        let widths = Set(lines.dropLast().map { $0.utf8.count { $0 == 9 } })
                        #expect(widths.count <= 1, "\(command): \(widths)")
                    }
                }
            }
        }
    }

    @Test func aDifferenceHasNoLineThatIsNotItsOwn() async throws {
        try await withScribes { _, console, folder in
            try await fill(console, folder)
            for more in [[], ["--words"], ["--words", "--color", "always"], ["--color", "always"]] {
                let ran = await console.run(["article", "diff", "1", "1", "2"] + more, input: [])
                let lines = ran.out.split(separator: "\n")
                let place = /(\u{1b}\[36m)?@@ -\d+,\d+ \+\d+,\d+ @@(\u{1b}\[0m)?/
                let own = lines.filter { $0.wholeMatch(of: place) == nil }
                // One where the titles are and one where the bodies are; the body's own "@@ -1 +1 @@" is a line of it.
                #expect(lines.count - own.count == 2, "\(ran.out)")
                for line in own {
                    let bare = line.hasPrefix("\u{1b}[3") ? line.drop { $0 != "m" }.dropFirst() : line
                    #expect(["+", "-", " ", "\\"].contains { bare.hasPrefix($0) }, "\(line)")
                }
                if more.contains("always") {
                    // The only escapes are ours, and each is closed in its line.
                    for line in lines {
                        let rest = line.replacing(/\u{1b}\[(31|32|36|31;7|32;7|0)m/, with: "")
                        #expect(!rest.contains("\u{1b}"), "\(line)")
                        let closed = line.hasSuffix("\u{1b}[0m") || !line.contains("\u{1b}")
                        #expect(closed, "\(line)")
                    }
                } else {
                    #expect(!ran.out.unicodeScalars.contains { Self.acting.contains($0) })
                }
            }
        }
    }

    @Test func theShellsStatusLinesAreItsOwn() async throws {
        try await withScribes { _, console, folder in
            try await fill(console, folder)
            let lines = Self.commands.filter { $0[0] != "article" || $0[1] != "move" }
            let input = (lines + [["article", "text", "1"]]).map { $0.joined(separator: " ") + "\n" }.joined()
            let ran = await console.run(["shell", "--status"], input: Array(input.utf8))
            let status = ran.out.split(separator: "\n").filter { $0.hasPrefix("ok\t") || $0.hasPrefix("error\t") }
            #expect(status.count == lines.count + 1, "\(status)")
            #expect(status.allSatisfy { $0.hasPrefix("ok\t") })
            #expect(!ran.out.unicodeScalars.contains { Self.acting.contains($0) })
        }
    }

    @Test func messagesAboutTheseTextsForgeNoLineEither() async throws {
        try await withScribes { _, console, folder in
            try await fill(console, folder)
            let bad = Self.hostile
            let refused: [[String]] = [
                ["article", "show", bad], ["image", "show", bad],
                ["article", "save", "1", "--body", bad, "--base", "1"],
                ["article", "image", "1", "--source", bad, "--with", "1", "--base", "2"],
                ["article", "save", "1", "--body", "![x](image:" + "1\u{202e}9)\n", "--base", "2"],
                ["image", "add", folder + "/" + bad], ["article", "save", "1", "--byline", bad, "--base", "2"],
                ["section", "add", bad, "--name", "x"], ["image", "edit", "1", "--focal", bad],
                ["image", "edit", "1", "--alt", bad + "c"],
                ["contributor", "add", "--name", "x", "--kind", bad],
                ["account", "add", "--email", bad, "--name", "x"],
            ]
            for line in refused {
                let ran = await console.run(line, input: [])
                #expect(ran.exit != 0, "\(line)")
                #expect(!ran.err.unicodeScalars.contains { Self.acting.contains($0) }, "\(line): \(ran.err)")
                let forged = ran.err.split(separator: "\n").contains { $0.hasPrefix("ok\t") || $0.hasPrefix("error\t") }
                #expect(!forged, "\(line): \(ran.err)")
            }
        }
    }
}
