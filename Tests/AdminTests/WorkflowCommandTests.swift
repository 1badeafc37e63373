import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// The workflow's versions, an article's side steps and overrides as others script them.
struct WorkflowCommandTests {
    /// One account for each role, and a contributor who is the writer.
    private struct House {
        let test: TestDatabase
        let console: Console

        func run(_ name: String, _ line: String..., input: String = "") async -> Console.Ran {
            await console.run(["--as", "\(name)@example.org"] + line, input: Array(input.utf8))
        }

        /// Runs a line as somebody and reads the objects it answers, one a line.
        func objects(_ name: String, _ line: String..., input: String = "") async throws -> [[String: JSON]] {
            let ran = await console.run(
                ["--as", "\(name)@example.org", "--format", "jsonl"] + line, input: Array(input.utf8))
            try #require(ran.exit == 0, "\(line): \(ran.err)")
            return try ran.out.split(separator: "\n").map { try #require(try JSON(parsing: String($0)).object) }
        }

        /// Takes a step of an article, and gives the state it leads to.
        func state(_ name: String, _ line: String...) async throws -> String? {
            let ran = await console.run(["--as", "\(name)@example.org", "--format", "jsonl"] + line, input: [])
            try #require(ran.exit == 0, "\(line): \(ran.err)")
            return try JSON(parsing: ran.out.split(separator: "\n").joined()).object?["status"]?.string
        }

        func count(_ sql: SQL) async throws -> Int? {
            try await test.app.read { db in try db.value(sql, as: Int.self) }
        }

        func pitch(_ title: String = "The dam") async throws {
            _ = try await objects(
                "writer", "article", "pitch", "--title", title, "--section", "world", "--kind", "reporting")
        }

        /// Article 1, handed in by its author.
        func inReview() async throws {
            try await pitch()
            _ = try await objects(
                "writer", "article", "save", "1", "--title", "The dam", "--body", "-", "--byline",
                "ann-example:author", input: "It stood there.\n")
            #expect(try await state("writer", "article", "submit", "1") == "in_review")
        }

        /// What `workflow load` says of a text on standard input.
        func load(_ text: String, _ more: String...) async -> Console.Ran {
            await console.run(["workflow", "load", "-"] + more, input: Array(text.utf8))
        }
    }

    private func withHouse(_ body: (House) async throws -> Void) async throws {
        try await withTestDatabase { test in
            let house = House(test: test, console: Console(test))
            let admin = ["--as", "admin@example.org"]
            for line in [
                ["account", "add", "--email", "admin@example.org", "--name", "admin", "--role", "admin"],
                admin + ["section", "add", "world", "--name", "World"],
                admin + ["account", "add", "--email", "writer@example.org", "--name", "writer", "--role", "writer"],
                admin + [
                    "account", "add", "--email", "editor@example.org", "--name", "editor", "--role",
                    "section-editor:world",
                ],
                admin + [
                    "account", "add", "--email", "chief@example.org", "--name", "chief", "--role", "editor-in-chief",
                ], admin + ["account", "add", "--email", "copy@example.org", "--name", "copy", "--role", "copy"],
                admin + ["account", "add", "--email", "pub@example.org", "--name", "pub", "--role", "publisher"],
                admin + [
                    "contributor", "add", "--name", "Ann Example", "--kind", "staff", "--account",
                    "writer@example.org",
                ],
            ] {
                let ran = await house.console.run(line, input: [])
                try #require(ran.exit == 0, "\(line): \(ran.err)")
            }
            try await body(house)
        }
    }

    private static func path(_ preset: String) -> String { packageFolder + "/Config/workflow.\(preset).json" }

    private static func text(_ preset: String) throws -> String {
        try String(contentsOfFile: path(preset), encoding: .utf8)
    }

    /// A preset with one place of it changed; fails when there is no such place.
    private static func text(_ preset: String, _ before: String, _ after: String) throws -> String {
        let text = try text(preset)
        try #require(text.contains(before))
        return text.replacingOccurrences(of: before, with: after)
    }

    // MARK: Versions

    @Test func versionsAreListedShownAndCompared() async throws {
        try await withHouse { house in
            try await house.pitch()
            let versions = try await house.objects("writer", "workflow", "list")
            #expect(versions.map { $0["version"] } == [2, 1])
            #expect(versions.map { $0["articles"] } == [1, 0])
            let shown = try await house.objects("writer", "workflow", "show", "2")
            #expect(shown.allSatisfy { $0["version"] == 2 })
            #expect(shown.contains { $0["rule"] == "people for all: 2" })
            let newest = try await house.objects("writer", "workflow", "show")
            #expect(newest == shown)
            let difference = await house.run("writer", "workflow", "diff", "1", "2")
            #expect(difference.exit == 0)
            #expect(difference.out.split(separator: "\n").contains("+people for all: 2"))
            let none = await house.run("writer", "workflow", "diff", "2", "2")
            #expect(none.exit == 0)
            #expect(none.out == "")
        }
    }

    @Test func aVersionThatIsNotThereIsNotFoundAndAWordIsNoVersion() async throws {
        try await withHouse { house in
            for line in [["show", "9"], ["diff", "1", "9"], ["diff", "9", "1"]] {
                let ran = await house.console.run(["--as", "pub@example.org", "workflow"] + line, input: [])
                #expect(ran.exit == 66, "\(line)")
                #expect(ran.err.contains("There is no version 9 of the workflow. See `workflow list`."))
                #expect(ran.out == "")
            }
            #expect(await house.run("pub", "workflow", "show", "newest").exit == 64)
            #expect(await house.run("pub", "workflow", "diff", "1").exit == 64)
            #expect(await house.console.run("workflow", "list").exit == 77)
        }
    }

    @Test func theSmallPresetIsWhatANewDatabaseWorksBy() async throws {
        try await withHouse { house in
            for more in [["--dry-run"], []] {
                let ran = await house.console.run(["workflow", "load", Self.path("small")] + more, input: [])
                #expect(ran.exit == 0, "\(ran.err)")
                #expect(ran.out == "")
                #expect(ran.err.contains("No difference: version 2 says what the file says."), "\(ran.err)")
            }
            let versions = try await house.count("SELECT count(*) FROM editorial.workflow")
            #expect(versions == 2)
        }
    }

    @Test func theLargePresetIsShownBeforeItIsLoadedAndLoadedOnce() async throws {
        try await withHouse { house in
            try await house.pitch()
            let tried = await house.console.run("workflow", "load", Self.path("large"), "--dry-run")
            #expect(tried.exit == 0, "\(tried.err)")
            #expect(tried.out.split(separator: "\n").contains("+name large"))
            #expect(tried.out.split(separator: "\n").contains("-people for all: 2"))
            #expect(tried.err.contains("Nothing was loaded; it would be version 3."), "\(tried.err)")
            #expect(try await house.count("SELECT count(*) FROM editorial.workflow") == 2)
            let loaded = await house.console.run("workflow", "load", Self.path("large"))
            #expect(loaded.exit == 0, "\(loaded.err)")
            #expect(loaded.out == tried.out)
            #expect(loaded.err.contains("Loaded as version 3."), "\(loaded.err)")
            let again = await house.console.run("workflow", "load", Self.path("large"))
            #expect(again.exit == 0)
            #expect(again.err.contains("No difference: version 3"), "\(again.err)")
            // New articles begin on it; the others keep theirs.
            try await house.pitch("Another")
            let versions = try await house.objects("writer", "workflow", "list")
            #expect(versions.map { $0["version"] } == [3, 2, 1])
            #expect(versions.map { $0["name"] }.first == "large")
            #expect(versions.map { $0["articles"] } == [1, 1, 0])
            #expect(await house.run("pub", "workflow", "diff", "2", "3").out == loaded.out)
        }
    }

    @Test func aFileThatIsWrongIsRefusedInASentenceAndNothingIsLoaded() async throws {
        let permission = #""permission": "article.publish""#
        let wrong: [(text: String, words: String)] = [
            ("{", "JSON"), ("", "JSON"), ("[]", "The workflow can't be loaded"),
            (
                try Self.text("small", permission, #""permission": "article.fly""#),
                "names a permission no role has: 'article.fly'."
            ),
            (
                try Self.text("small", #""published", "declined""#, #""published", "attic", "declined""#),
                "The state 'attic' is never reached from a pitch."
            ),
            (
                try Self.text("large", #""fact": 1"#, #""weather": 1"#),
                "policies[1].approvals is 'weather'; it is one of: edit, copy"
            ),
            (try Self.text("large", #""voids""#, #""avoids""#), "has a member 'avoids' that nothing reads."),
        ]
        try await withHouse { house in
            for (text, words) in wrong {
                for more in [["--dry-run"], []] {
                    let ran = await house.console.run(
                        ["workflow", "load", "-"] + more, input: Array(text.utf8))
                    #expect(ran.exit == 65, "\(words): \(ran.err)")
                    #expect(ran.out == "")
                    #expect(ran.err.contains(words), "\(ran.err)")
                }
            }
            let missing = await house.console.run("workflow", "load", "/nowhere/workflow.json")
            #expect(missing.exit == 66)
            #expect(missing.err.contains("/nowhere/workflow.json"))
            #expect(await house.console.run("workflow", "load").exit == 64)
            let versions = try await house.count("SELECT count(*) FROM editorial.workflow")
            #expect(versions == 2)
        }
    }

    // MARK: Side steps

    @Test func aHeldArticleComesBackToWhereItWas() async throws {
        try await withHouse { house in
            try await house.inReview()
            #expect(await house.run("editor", "article", "hold", "1").exit == 64)
            #expect(await house.run("editor", "article", "hold", "1", "--reason", "x").exit == 64)
            #expect(await house.run("writer", "article", "hold", "1", "--reason", "he asked us to").exit == 77)
            #expect(await house.run("editor", "article", "hold", "9", "--reason", "he asked us to").exit == 66)
            #expect(await house.run("editor", "article", "resume", "1").exit == 76)
            #expect(
                try await house.state("editor", "article", "hold", "1", "--reason", "he answers on Monday") == "on_hold"
            )
            let twice = await house.run("editor", "article", "hold", "1", "--reason", "he answers on Monday")
            #expect(twice.exit == 76)
            #expect(twice.err.contains("'on_hold'"), "\(twice.err)")
            #expect(await house.run("writer", "article", "resume", "1").exit == 77)
            #expect(try await house.state("editor", "article", "resume", "1") == "in_review")
            #expect(try await house.count("SELECT count(*) FROM editorial.reason") == 1)
        }
    }

    @Test func aDeclinedPitchIsReopenedAndWhatIsWrittenIsNotDeclined() async throws {
        try await withHouse { house in
            try await house.pitch()
            #expect(await house.run("writer", "article", "decline", "1", "--reason", "we had this").exit == 77)
            #expect(await house.run("editor", "article", "reopen", "1").exit == 76)
            #expect(try await house.state("editor", "article", "decline", "1", "--reason", "we had this") == "declined")
            #expect(await house.run("editor", "article", "decline", "1", "--reason", "we had this").exit == 76)
            #expect(await house.run("writer", "article", "reopen", "1").exit == 77)
            #expect(try await house.state("editor", "article", "reopen", "1") == "pitch")
            #expect(await house.run("writer", "article", "save", "1", "--body", "-", input: "Text.\n").exit == 0)
            let late = await house.run("editor", "article", "decline", "1", "--reason", "we had this")
            #expect(late.exit == 76)
            #expect(late.err.contains("'drafting'"), "\(late.err)")
        }
    }

    @Test func aKilledArticleIsRevivedAndOneThatWasPublicIsNotKilled() async throws {
        try await withHouse { house in
            try await house.inReview()
            #expect(await house.run("writer", "article", "kill", "1", "--reason", "the source withdrew").exit == 77)
            #expect(await house.run("editor", "article", "revive", "1").exit == 76)
            #expect(
                try await house.state("editor", "article", "kill", "1", "--reason", "the source withdrew") == "killed")
            #expect(await house.run("editor", "article", "kill", "1", "--reason", "the source withdrew").exit == 76)
            #expect(await house.run("writer", "article", "revive", "1").exit == 77)
            #expect(try await house.state("editor", "article", "revive", "1") == "drafting")
            #expect(try await house.state("writer", "article", "submit", "1") == "in_review")
            _ = try await house.objects("editor", "approval", "give", "1", "--kind", "edit")
            // Once it was approved, a section's editor kills it no more.
            #expect(await house.run("editor", "article", "kill", "1", "--reason", "the source withdrew").exit == 77)
            _ = try await house.objects("pub", "article", "publish", "1")
            let public_ = await house.run("chief", "article", "kill", "1", "--reason", "the source withdrew")
            #expect(public_.exit == 76)
        }
    }

    // MARK: Plans and reasons

    @Test func aDeadlineThatIsPastIsListedUntilItIsTakenAway() async throws {
        try await withHouse { house in
            try await house.pitch("Late")
            try await house.pitch("Later")
            try await house.pitch("In time")
            _ = try await house.objects("editor", "article", "set", "1", "--due", "2020-01-02 17:00")
            _ = try await house.objects("editor", "article", "set", "2", "--due", "2020-01-01 17:00")
            _ = try await house.objects("editor", "article", "set", "3", "--due", "2099-01-01 17:00")
            let overdue = try await house.objects("editor", "article", "list", "--overdue")
            #expect(overdue.map { $0["id"] } == [2, 1])
            #expect(overdue.map { $0["due"] } == ["2020-01-01T17:00:00+00:00", "2020-01-02T17:00:00+00:00"])
            _ = try await house.objects("editor", "article", "set", "2", "--no-due")
            #expect(try await house.objects("editor", "article", "list", "--overdue").map { $0["id"] } == [1])
            #expect(await house.run("editor", "article", "list", "--overdue", "--debt").exit == 64)
            #expect(await house.run("editor", "article", "list", "--overdue", "--after", "1").exit == 64)
        }
    }

    @Test func whatIsSetWronglyIsNamedAndSetsNothing() async throws {
        try await withHouse { house in
            try await house.pitch()
            for line in [
                [], ["--due", "2026-12-01 17:00", "--no-due"], ["--origin", "The Other Paper"],
                ["--origin-permission", "by mail"],
            ] {
                let ran = await house.console.run(
                    ["--as", "editor@example.org", "article", "set", "1"] + line, input: [])
                #expect(ran.exit == 64, "\(line): \(ran.err)")
            }
            let never = await house.run(
                "editor", "article", "set", "1", "--due", "2026-03-29 02:30", "--zone", "Europe/Berlin")
            #expect(never.exit == 65)
            #expect(never.err.contains("doesn't exist in Europe/Berlin"), "\(never.err)")
            #expect(await house.run("writer", "article", "set", "1", "--due", "2026-12-01 17:00").exit == 77)
            #expect(await house.run("editor", "article", "set", "9", "--due", "2026-12-01 17:00").exit == 66)
            #expect(try await house.count("SELECT count(*) FROM editorial.article WHERE due_at IS NOT NULL") == 0)
        }
    }

    @Test func aRiskTheHouseWantsMoreForTakesAnApprovedTextBackIntoReview() async throws {
        try await withHouse { house in
            let policies = #"{"approvals": {"edit": 1, "author": 0}, "fourEye": false, "people": 2}"#
            let risky = policies + #", {"risk": "legal", "approvals": {"legal": 1}}"#
            let loaded = await house.load(try Self.text("small", policies, risky))
            #expect(loaded.exit == 0, "\(loaded.err)")
            try await house.inReview()
            #expect(await house.run("editor", "article", "flag", "1").exit == 64)
            #expect(await house.run("editor", "article", "flag", "1", "--risk", "legal", "--clear").exit == 64)
            #expect(await house.run("editor", "article", "flag", "1", "--risk", "weather").exit == 64)
            #expect(await house.run("editor", "article", "flag", "9", "--clear").exit == 66)
            #expect(
                try await house.objects("editor", "approval", "give", "1", "--kind", "edit")[0]["status"] == "approved")
            #expect(try await house.state("editor", "article", "flag", "1", "--risk", "legal") == "in_review")
            let why = try await house.objects("editor", "article", "why", "1")
            let blocks = why.filter { $0["what"] == "block" }
            #expect(blocks.map { $0["name"] } == ["release_approved"])
            #expect(blocks.first?["text"]?.string?.contains("legal") == true)
        }
    }

    @Test func whyNamesWhatKeepsATextInAndWhoCouldMendIt() async throws {
        try await withHouse { house in
            try await house.inReview()
            let kept = try await house.objects("writer", "article", "why", "1")
            #expect(kept.first?["what"] == "state" && kept.first?["name"] == "in_review")
            let block = kept.first { $0["name"] == "release_approved" }
            #expect(block?["who"]?.string?.contains("section-editor") == true, "\(kept)")
            _ = try await house.objects("editor", "approval", "give", "1", "--kind", "edit")
            let free = try await house.objects("writer", "article", "why", "1")
            #expect(free.contains { $0["what"] == "block" } == false)
            #expect(free.first?["text"]?.string?.hasSuffix("nothing keeps this text in") == true)
            #expect(free.filter { $0["what"] == "next" }.contains { $0["name"] == "publish" })
            let moved = free.filter { $0["what"] == "moved" }
            #expect(moved.contains { $0["name"] == "approved" && $0["text"] == "from 'in_review'" }, "\(moved)")
            #expect(await house.run("writer", "article", "why", "9").exit == 66)
            #expect(await house.run("writer", "article", "why").exit == 64)
        }
    }

    // MARK: Steps of the house's own

    @Test func anArticleMovesToAnotherVersionAndTakesTheStepsThatHas() async throws {
        try await withHouse { house in
            try await house.inReview()
            let states = try Self.text("small", #""published", "declined""#, #""published", "copy_desk", "declined""#)
            let first = #"{"action": "assign", "#
            let steps = [
                ("advance", "in_review", "copy_desk", "approval.copy"),
                ("advance", "copy_desk", "in_review", "approval.copy"),
            ].map { #"{"action": "\#($0)", "from": ["\#($1)"], "to": "\#($2)", "permission": "\#($3)"}, "# }
            let loaded = await house.load(states.replacingOccurrences(of: first, with: steps.joined() + first))
            #expect(loaded.exit == 0, "\(loaded.err)")

            // Version 2 has no such state.
            #expect(await house.run("copy", "article", "advance", "1", "--to", "copy_desk").exit == 76)
            #expect(await house.run("pub", "article", "migrate", "1", "--to", "3").exit == 77)
            let nowhere = await house.run("chief", "article", "migrate", "1", "--to", "9")
            #expect(nowhere.exit == 66)
            #expect(nowhere.err.contains("There is no version 9 of the workflow."))
            #expect(await house.run("chief", "article", "migrate", "1", "--to", "large").exit == 64)
            #expect(try await house.state("chief", "article", "migrate", "1", "--to", "3") == "in_review")

            #expect(await house.run("writer", "article", "advance", "1", "--to", "copy_desk").exit == 77)
            #expect(await house.run("copy", "article", "advance", "1", "--to", "attic").exit != 0)
            #expect(try await house.state("copy", "article", "advance", "1", "--to", "copy_desk") == "copy_desk")
            let back = await house.run("chief", "article", "migrate", "1", "--to", "2")
            #expect(back.exit == 76)
            #expect(back.err.contains("'copy_desk', which version 2 of the workflow doesn't have"), "\(back.err)")
            #expect(try await house.state("copy", "article", "advance", "1", "--to", "in_review") == "in_review")
            #expect(try await house.state("chief", "article", "migrate", "1", "--to", "2") == "in_review")
        }
    }

    // MARK: Overrides

    @Test func anOverrideLetsOneTextOutAndIsCountedInItsMonth() async throws {
        try await withHouse { house in
            try await house.inReview()
            let month = try #require(
                try await house.test.app.read { db in
                    try db.value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM')", as: String.self)
                })
            let reason = "the court rules at nine"
            let given = try await house.objects(
                "chief", "override", "give", "1", "--revision", "1", "--reason", reason)
            #expect(given.map { $0["by"] } == ["chief@example.org"])
            #expect(given.map { $0["used"] } == [false])
            _ = try await house.objects("pub", "article", "publish", "1")
            let listed = try await house.objects("chief", "override", "list", "--month", month)
            #expect(listed.map { $0["reason"] } == [.string(reason)])
            #expect(listed.map { $0["used"] } == [true])
            #expect(try await house.objects("chief", "override", "list", "--month", "2001-01") == [])
            #expect(
                try await house.objects("chief", "override", "list", "--by-month")
                    == [["month": .string(month), "overrides": 1, "used": 1]])
        }
    }

    @Test func anOverrideWithoutAReasonARightOrTheCurrentTextIsRefused() async throws {
        try await withHouse { house in
            try await house.inReview()
            func give(_ name: String, _ id: String, _ revision: String, _ reason: String) async -> Int32 {
                await house.run(name, "override", "give", id, "--revision", revision, "--reason", reason).exit
            }
            let reason = "the court rules at nine"
            #expect(await give("pub", "1", "1", reason) == 77)
            #expect(await give("chief", "1", "1", "because") == 64)
            #expect(await give("chief", "1", "one", reason) == 64)
            #expect(await give("chief", "1", "9", reason) == 66)
            #expect(await give("chief", "9", "1", reason) == 66)
            #expect(await house.run("chief", "override", "give", "1", "--reason", reason).exit == 64)
            for line in [["--month", "2026"], ["--month", "May"], ["--month", "2026-11", "--by-month"]] {
                let ran = await house.console.run(["--as", "chief@example.org", "override", "list"] + line, input: [])
                #expect(ran.exit == 64, "\(line): \(ran.err)")
            }
            #expect(try await house.count("SELECT count(*) FROM editorial.override") == 0)
        }
    }
}
