import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Reviews as people type them: who asks, who answers, what is refused with which code, what a line looks like.
struct ReviewCommandTests {
    private func withDraft(_ body: (TestDatabase, Console) async throws -> Void) async throws {
        try await withTestDatabase { test in
            let console = Console(test)
            let people = [
                ("admin", "admin"), ("writer", "writer"), ("editor", "section-editor:world"), ("copy", "copy"),
                ("pub", "publisher"),
            ]
            for (name, role) in people {
                let by = Console(test, as: name == "admin" ? nil : "admin@example.org")
                let added = await by.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(added.exit == 0, "\(added.err)")
                // A role for a section needs the section.
                if name == "admin" {
                    let section = await Console(test, as: "admin@example.org").run(
                        "section", "add", "world", "--name", "World")
                    try #require(section.exit == 0, "\(section.err)")
                }
            }
            for (name, line) in [
                (
                    "admin",
                    [
                        "contributor", "add", "--name", "Ann Example", "--kind", "staff", "--account",
                        "writer@example.org",
                    ]
                ),
                ("admin", ["contributor", "add", "--name", "Gus Guest", "--kind", "outside"]),
                ("writer", ["article", "pitch", "--title", "The dam", "--section", "world", "--kind", "reporting"]),
            ] {
                let ran = await console.run(["--as", "\(name)@example.org"] + line, input: [])
                try #require(ran.exit == 0, "\(ran.err)")
            }
            let saved = await console.run(
                [
                    "--as", "writer@example.org", "article", "save", "1", "--body", "-", "--byline", "ann-example",
                    "--byline", "gus-guest:with",
                ], input: Array("It stood there.\n\nIt broke in 1911.\n".utf8))
            try #require(saved.exit == 0, "\(saved.err)")
            try await body(test, console)
        }
    }

    private func rows(
        _ console: Console, _ name: String?, _ line: String..., input: String = ""
    ) async throws -> [[String: JSON]] {
        let actor = name.map { ["--as", "\($0)@example.org"] } ?? []
        let ran = await console.run(actor + ["--format", "jsonl"] + line, input: Array(input.utf8))
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try ran.out.split(separator: "\n").map { try #require(try JSON(parsing: Array($0.utf8)).object) }
    }

    private func failure(
        _ console: Console, _ name: String?, _ line: String..., input: String = ""
    ) async -> Int32 {
        let actor = name.map { ["--as", "\($0)@example.org"] } ?? []
        let ran = await console.run(actor + line, input: Array(input.utf8))
        #expect(ran.out == "", "\(line)")
        return ran.exit
    }

    @Test func aReviewerNeedsOneCommandInTheMorningAndOneToAnswer() async throws {
        try await withDraft { _, console in
            _ = try await rows(console, "writer", "article", "submit", "1")
            let asked = try await rows(
                console, "writer", "review", "request", "1", "--from", "editor@example.org", "--from", "role:copy",
                "--kind", "edit", "--kind", "copy", "--due", "2099-12-03 17:00", "--zone", "Europe/Berlin", "--note",
                "Before the print.")
            #expect(asked.count == 4)
            #expect(asked[0]["due"] == "2099-12-03T16:00:00+00:00")
            let morning = try await rows(console, "copy", "review", "list", "--mine")
            #expect(morning.map { $0["kind"] } == ["edit", "copy"])
            for (key, value) in [
                ("title", "The dam"), ("state", "open"), ("reviewer", "role:copy"),
                ("asked_by", "writer@example.org"), ("note", "Before the print."),
                ("due_wall", "2099-12-03 17:00 Europe/Berlin"),
            ] { #expect(morning[0][key]?.string == value, "\(key)") }
            #expect(morning[0]["revision"] == 1 && morning[0]["current"] == 1)
            let answer = try await rows(
                console, "copy", "review", "respond", "1", "--verdict", "approve", "--kind", "copy")
            #expect(answer[0]["verdict"] == "approve" && answer[0]["missing"] == .array(["edit"]))
            let mine = try await rows(console, "editor", "review", "list", "--mine")
            #expect(mine.map { $0["kind"] } == ["edit", "copy"])
            let last = try await rows(
                console, "editor", "review", "respond", "1", "--verdict", "approve", "--kind", "edit")
            #expect(last[0]["status"] == "approved")
            let shown = try await rows(console, "writer", "review", "show", "1")
            #expect(shown.map { $0["step"] } == ["submitted", "request", "request", "request", "request"])
            #expect(shown.dropFirst().map { $0["state"] } == ["answered", "open", "open", "answered"])
            let history = try await rows(console, "writer", "article", "history", "1")
            #expect(
                history.map { $0["event"] } == [
                    "revision", "round", "approval", "request", "request", "request", "request", "approval", "approval",
                ])
        }
    }

    @Test func aBadRequestIsRefusedWithItsCodeAndWritesNothing() async throws {
        try await withDraft { test, console in
            for (line, exit) in [
                (["--from", "role:wizard", "--kind", "copy"], 66), (["--from", "role:legal", "--kind", "legal"], 76),
                (["--from", "x", "--kind", "copy"], 64), (["--from", "role:", "--kind", "copy"], 64),
                (["--from", "nobody@example.org", "--kind", "copy"], 66), (["--from", "copy@example.org"], 64),
                (["--kind", "copy"], 64), (["--from", "copy@example.org", "--kind", "haste"], 64),
                (["--from", "copy@example.org", "--kind", "copy", "--zone", "Europe/Berlin"], 64),
                (
                    [
                        "--from", "copy@example.org", "--kind", "copy", "--due", "2026-03-08 02:30", "--zone",
                        "America/New_York",
                    ], 65
                ),
                (
                    [
                        "--from", "copy@example.org", "--kind", "copy", "--due", "2026-11-01 01:30", "--zone",
                        "America/New_York", "--offset", "+09:00",
                    ], 65
                ),
            ] as [([String], Int32)] {
                let ran = await console.run(["--as", "editor@example.org", "review", "request", "1"] + line, input: [])
                #expect(ran.exit == exit, "\(line): \(ran.err)")
            }
            let count = try await test.app.read { db in
                try db.value("SELECT count(*) FROM editorial.review_request", as: Int.self)
            }
            #expect(count == 0)
            let asked = try await rows(
                console, "editor", "review", "request", "1", "--from", "copy@example.org", "--kind", "copy", "--due",
                "2026-11-01 01:30", "--zone", "America/New_York", "--offset=-05:00")
            #expect(asked[0]["due"] == "2026-11-01T06:30:00+00:00")
            #expect(await failure(console, "copy", "review", "withdraw", "1") == 77)
            #expect(try await rows(console, "editor", "review", "withdraw", "1")[0]["state"] == "withdrawn")
            #expect(await failure(console, "editor", "review", "withdraw", "1") == 75)
            #expect(await failure(console, "editor", "review", "withdraw", "9") == 66)
            #expect(await failure(console, "editor", "review", "withdraw", "x") == 64)
            #expect(await failure(console, "editor", "review", "list", "--limit", "0") == 64)
        }
    }

    @Test func aCommentStandsWhereItsPassageStands() async throws {
        try await withDraft { _, console in
            let made = try await rows(
                console, "copy", "comment", "add", "1", "--quote", "broke in\n1911", "--text", "Who says?",
                "--blocking")
            #expect(made[0]["line"] == 3 && made[0]["place"] == "kept" && made[0]["quote"] == "broke in 1911")
            _ = try await rows(console, "writer", "comment", "reply", "1", "--text", "The archive.")
            _ = try await rows(
                console, "writer", "article", "save", "1", "--base", "1", "--body", "-",
                input: "New.\n\nIt stood there.\n\nIt broke, they say, in 1911.\n")
            let changed = try await rows(console, "copy", "comment", "list", "1")
            #expect(changed[0]["place"] == "changed" && changed[0]["now_reads"] == "broke, they say, in 1911")
            #expect(changed[0]["line"] == 5 && changed[0]["revision"] == 2)
            #expect(changed[1]["thread"] == 1 && changed[1]["text"] == "The archive.")
            #expect(await failure(console, "writer", "comment", "resolve", "1") == 77)
            #expect(try await rows(console, "copy", "comment", "resolve", "2")[0]["state"] == "resolved")
            #expect(await failure(console, "copy", "comment", "resolve", "1") == 76)
            #expect(try await rows(console, "copy", "comment", "list", "1", "--open").isEmpty)
            #expect(try await rows(console, "editor", "comment", "reopen", "1")[0]["state"] == "open")
            for (line, exit) in [
                (["--quote", "nowhere", "--text", "x"], 65), (["--quote", "It", "--text", "x"], 65),
                (["--text", " "], 65), (["--quote", "It", "--occurrence", "9", "--text", "x"], 65),
                (["--occurrence", "1", "--text", "x"], 64), (["--quote", "stood", "--field", "x", "--text", "x"], 64),
                (["--text", "x", "--revision", "9"], 66),
            ] as [([String], Int32)] {
                let ran = await console.run(["--as", "copy@example.org", "comment", "add", "1"] + line, input: [])
                #expect(ran.exit == exit, "\(line): \(ran.err)")
            }
        }
    }

    @Test(arguments: ["a\nb", "a\tb", "a\u{1b}[2Jb", "a\u{202e}b", "9\t9\topen\tfalse"])
    func noCommentForgesALine(_ text: String) async throws {
        try await withDraft { _, console in
            _ = try await rows(console, "copy", "comment", "add", "1", "--text", text)
            let asked = await console.run(
                "--as", "editor@example.org", "review", "request", "1", "--from", "copy@example.org", "--kind", "copy",
                "--note", text)
            #expect(asked.exit == 0)
            for (line, fields) in [
                (["comment", "list", "1"], 16), (["review", "list"], 13), (["review", "show", "1"], 15),
            ] {
                let ran = await console.run(
                    ["--as", "pub@example.org", "--no-header", "--format", "tsv"] + line, input: [])
                #expect(ran.out.split(separator: "\n").count == 1, "\(line)")
                #expect(ran.out.split(separator: "\t", omittingEmptySubsequences: false).count == fields, "\(line)")
                #expect(!ran.out.contains("\u{1b}") && !ran.out.contains("\u{202e}"))
            }
        }
    }

    @Test func anAuthorSignsByALinkWhoseSecretIsNoArgument() async throws {
        try await withDraft { _, console in
            _ = try await rows(console, "writer", "article", "submit", "1")
            for line in [
                ["--kind", "author", "--contributor", "gus-guest"], ["--kind", "author", "--expires", "72h"],
                ["--kind", "author", "--contributor", "gus-guest", "--expires", "soon"],
                ["--kind", "legal", "--name", "Lee", "--expires", "72h"],
                ["--kind", "edit", "--contributor", "gus-guest", "--expires", "72h"],
            ] {
                let ran = await console.run(["--as", "editor@example.org", "signoff", "create", "1"] + line, input: [])
                #expect(ran.exit == 64, "\(line): \(ran.err)")
            }
            let made = try await rows(
                console, "editor", "signoff", "create", "1", "--contributor", "gus-guest", "--kind", "author",
                "--expires", "72h")
            let secret = try #require(made[0]["secret"]?.string)
            #expect(await failure(console, nil, "signoff", "show", "--token", secret) == 64)
            let shown = try await rows(console, nil, "signoff", "show", "--token", "-", input: secret + "\n")
            #expect(shown[0]["body"] == "It stood there.\n\nIt broke in 1911.\n")
            #expect(shown[0]["title"] == "The dam" && shown[0]["state"] == "open")
            #expect(shown[0]["hash"] == made[0]["hash"])
            var quiet = console
            quiet.environment["SIGNOFF_TOKEN"] = secret
            let given = try await rows(quiet, nil, "signoff", "give", "--comment", "Fine.")
            #expect(given[0]["result"] == "approved" && given[0]["revision"] == 1)
            let again = await console.run(["signoff", "give", "--token", "-"], input: Array(secret.utf8))
            let never = await console.run(["signoff", "give", "--token", "-"], input: Array("masthead_x".utf8))
            #expect(again.exit == 77)
            #expect(again == never)
            let log = try await rows(console, "editor", "signoff", "log", "1")
            #expect(log.map { $0["event"] } == ["looked", "given", "denied"])
            #expect(log.last?["reason"] == "used")
            #expect(try await rows(console, "editor", "signoff", "list", "1")[0]["state"] == "given")
            #expect(await failure(console, "writer", "signoff", "list", "1") == 77)
            #expect(await failure(console, "editor", "signoff", "revoke", "1") == 76)
        }
    }

    @Test func aChecklistIsTickedByTheNamesOfItsItems() async throws {
        try await withDraft { test, console in
            #expect(try await rows(console, "copy", "checklist", "show", "1").isEmpty)
            #expect(await failure(console, "copy", "checklist", "tick", "1", "names") == 66)
            try await test.owner.transaction { db in
                try db.script(
                    """
                    INSERT INTO editorial.checklist (workflow, name)
                    SELECT version, 'house' FROM editorial.workflow;
                    INSERT INTO editorial.checklist_item (workflow, checklist, item, position, text)
                    SELECT version, 'house', 'names', 1, 'Names.' FROM editorial.workflow;
                    INSERT INTO editorial.policy_checklist (workflow, checklist)
                    SELECT version, 'house' FROM editorial.workflow;
                    """)
            }
            let open = try await rows(console, "copy", "checklist", "show", "1")
            #expect(open[0]["item"] == "names" && open[0]["ticked"] == false && open[0]["scope"] == "text")
            let ticked = try await rows(console, "copy", "checklist", "tick", "1", "house/names")
            #expect(ticked[0]["ticked"] == true && ticked[0]["by"] == "copy@example.org")
            #expect(try await rows(console, "copy", "checklist", "untick", "1", "names")[0]["ticked"] == false)
            #expect(await failure(console, "copy", "checklist", "tick", "1", "other") == 66)
            #expect(await failure(console, "admin", "checklist", "tick", "1", "names") == 77)
        }
    }
}
