import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// The commands of publication as others script them.
struct PublishingCommandTests {
    private struct Office: Sendable {
        let test: TestDatabase
        let console: Console

        func run(_ name: String, _ line: String..., input: String = "") async -> Console.Ran {
            await console.run(["--as", "\(name)@example.org"] + line, input: Array(input.utf8))
        }

        /// Runs a line and reads the one object it answers.
        func object(_ name: String, _ line: String..., input: String = "") async throws -> [String: JSON] {
            let ran = await console.run(
                ["--as", "\(name)@example.org", "--format", "jsonl"] + line, input: Array(input.utf8))
            try #require(ran.exit == 0, "\(line): \(ran.err)")
            return try #require(try JSON(parsing: ran.out.split(separator: "\n").joined()).object)
        }

        /// Pitched, written, handed in and approved: number one.
        func approved(_ title: String = "The dam") async throws -> String {
            let pitch = try await object(
                "writer", "article", "pitch", "--title", title, "--section", "world", "--kind", "reporting")
            let id = "\(pitch["id"]?.integer ?? 0)"
            _ = try await object(
                "writer", "article", "save", id, "--body", "-", "--byline", "ann-example", input: "One dam.\n")
            _ = try await object("writer", "article", "submit", id)
            _ = try await object("editor", "approval", "give", id, "--kind", "edit")
            return id
        }
    }

    private func withOffice(_ body: (Office) async throws -> Void) async throws {
        try await withTestDatabase { test in
            let console = Console(test)
            let roles = [
                ("admin", "admin"), ("writer", "writer"), ("editor", "section-editor"), ("pub", "publisher"),
                ("chief", "editor-in-chief"),
            ]
            for (name, role) in roles {
                let by = Console(test, as: name == "admin" ? nil : "admin@example.org")
                let added = await by.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(added.exit == 0, "\(added.err)")
            }
            for line in [
                ["section", "add", "world", "--name", "World"],
                ["contributor", "add", "--name", "Ann Example", "--kind", "staff", "--account", "writer@example.org"],
            ] {
                let ran = await console.run(["--as", "admin@example.org"] + line, input: [])
                try #require(ran.exit == 0, "\(ran.err)")
            }
            try await body(Office(test: test, console: console))
        }
    }

    @Test func aStoryIsCorrectedMovedRetractedAndTakenAway() async throws {
        try await withOffice { office in
            let id = try await office.approved()
            let first = try await office.object("pub", "article", "publish", id)
            let corrected = try await office.object(
                "pub", "article", "correct", id, "--note", "It said one; there are two.")
            #expect(corrected["kind"] == "correction")
            #expect(corrected["url"] == first["url"])
            let moved = try await office.object("pub", "article", "slug", id, "two-dams")
            #expect(moved["slug"] == "two-dams")
            #expect(await office.run("pub", "article", "slug", id, "Two Dams").exit == 64)
            #expect(await office.run("writer", "article", "retract", id, "--reason", "x", "--by-line", "y").exit == 77)
            #expect(await office.run("chief", "article", "retract", id, "--reason", " ", "--by-line", "y").exit == 64)
            let retracted = try await office.object(
                "chief", "article", "retract", id, "--reason", "The letters are forged.", "--by-line", "The editors")
            #expect(retracted["kind"] == "retraction")
            #expect(await office.run("pub", "article", "unpublish", id, "--reason-class", "whim").exit == 64)
            #expect(await office.run("pub", "article", "unpublish", id, "--reason-class", "legal").exit == 77)
            _ = try await office.object("chief", "article", "unpublish", id, "--reason-class", "legal")
            let again = await office.run("chief", "article", "unpublish", id, "--reason-class", "legal")
            #expect(again.exit == 76)

            let url = try #require(first["url"]?.string)
            let instant = try #require(first["published_at"]?.string)
            let then = try await office.object("editor", "article", "seen", url, "--at", instant)
            #expect(then["answer"] == "live")
            #expect(then["html"] == "<p>One dam.</p>\n")
            let now = try await office.object("editor", "article", "seen", url, "--at", "2099-01-01 06:00")
            #expect(now["answer"] == "gone")
            #expect(now["leads_to"] == "legal")
            let before = try await office.object("editor", "article", "seen", url, "--at", "1999-01-01 06:00")
            #expect(before["answer"] == "nothing")
            #expect(await office.run("editor", "article", "seen", url, "--at", "yesterday").exit == 65)
        }
    }

    @Test func aFixIsMadeBesideADraftAndTheDraftTakesItIn() async throws {
        try await withOffice { office in
            let id = try await office.approved()
            _ = try await office.object("pub", "article", "publish", id)
            _ = try await office.object(
                "writer", "article", "save", id, "--base", "1", "--body", "-", input: "One dam, so far.\n")
            let fix = try await office.object("writer", "article", "fix", id, "--body", "-", input: "Two dams.\n")
            #expect(fix["revision"] == 3)
            #expect(fix["of"] == 1)
            func beside() async throws -> [JSON?] {
                let shown = try await office.object("writer", "article", "show", id)
                return [shown["revision"], shown["live_revision"], shown["behind"], shown["fix_revision"]]
            }
            #expect(try await beside() == [2, 1, false, 3])
            #expect(await office.run("pub", "article", "publish", id, "--revision", "3").exit == 76)
            _ = try await office.object("editor", "approval", "give", id, "--kind", "edit", "--revision", "3")
            let published = try await office.object("pub", "article", "publish", id, "--revision", "3")
            #expect(published["revision"] == 3)
            #expect(try await beside() == [2, 3, true, .null])
            let conflict = await office.run("writer", "article", "rebase", id)
            #expect(conflict.exit == 76)
            for part in ["One dam.", "One dam, so far.", "Two dams.", "body, line 1"] {
                #expect(conflict.err.contains(part), "\(conflict.err)")
            }
            let rebased = try await office.object(
                "writer", "article", "rebase", id, "--body", "-", input: "Two dams, so far.\n")
            #expect(rebased["revision"] == 4)
            #expect(try await beside() == [4, 3, false, .null])
            #expect(await office.run("writer", "article", "rebase", id).exit == 76)
        }
    }

    @Test func aScheduleIsMadeMovedListedAndDone() async throws {
        try await withOffice { office in
            let id = try await office.approved()
            #expect(await office.run("writer", "schedule", "add", id, "--at", "2099-01-01 06:00").exit == 77)
            #expect(await office.run("pub", "schedule", "add", id, "--at", "1999-01-01 06:00").exit == 65)
            #expect(await office.run("pub", "schedule", "add", id, "--at", "soon").exit == 64)
            #expect(await office.run("pub", "schedule", "add", "99", "--at", "2099-01-01 06:00").exit == 66)
            let added = try await office.object("pub", "schedule", "add", id, "--at", "2099-01-01 06:00")
            #expect(added["state"] == "pending")
            let number = "\(added["schedule"]?.integer ?? 0)"
            #expect(added["due"] == "2099-01-01T06:00:00+00:00")
            #expect(await office.run("pub", "schedule", "add", id, "--at", "2099-01-02 06:00").exit == 76)
            #expect(try await office.object("pub", "article", "show", id)["goes_out"] == added["due"])
            let moved = try await office.object("pub", "schedule", "move", number, "--at", "2099-02-01 06:00")
            #expect(moved["at"] == "2099-02-01T06:00:00")
            #expect(await office.run("pub", "schedule", "move", "9", "--at", "2099-02-01 06:00").exit == 66)
            #expect(await office.run("pub", "work", "--once").out.split(separator: "\n").count == 1)
            try await office.test.owner.transaction { db in
                try db.script(
                    """
                    ALTER TABLE editorial.schedule DISABLE TRIGGER schedule_changes;
                    UPDATE editorial.schedule SET due_at = now();
                    ALTER TABLE editorial.schedule ENABLE TRIGGER schedule_changes;
                    """)
            }
            let overdue = try await office.object("pub", "schedule", "list", "--overdue")
            #expect(overdue["state"] == "overdue")
            #expect(overdue["authorised_by"] == "pub@example.org")
            #expect(try await office.object("pub", "work", "--status")["overdue"] == 1)
            let done = try await office.object("pub", "work", "--once")
            #expect(done["state"] == "done")
            #expect(try await office.object("pub", "article", "show", id)["public"] == "live")
            #expect(await office.run("pub", "schedule", "cancel", number).exit == 76)
            #expect(await office.run("pub", "schedule", "list", "--overdue", "--failed").exit == 64)
        }
    }

    @Test func anEmbargoIsSetAndLiftedWithAReason() async throws {
        try await withOffice { office in
            let id = try await office.approved()
            #expect(await office.run("editor", "article", "embargo", id).exit == 64)
            let set = try await office.object("editor", "article", "embargo", id, "--until", "2099-01-01 06:00")
            #expect(set["embargo_until"] == "2099-01-01T06:00:00+00:00")
            let refused = await office.run("pub", "article", "publish", id)
            #expect(refused.exit == 76)
            #expect(refused.err.contains("embargoed until 2099-01-01 06:00"))
            #expect(await office.run("editor", "article", "embargo", id, "--lift", "--reason", "x").exit == 77)
            #expect(await office.run("chief", "article", "embargo", id, "--lift").exit == 64)
            _ = try await office.object("chief", "article", "embargo", id, "--lift", "--reason", "It is out.")
            #expect(await office.run("pub", "article", "publish", id).exit == 0)
        }
    }

    @Test func theSameRequestTwiceReturnsTheFirstAnswer() async throws {
        try await withOffice { office in
            func pitch(_ key: String, _ title: String, as name: String = "writer") async -> Console.Ran {
                await office.run(
                    name, "--idempotency-key", key, "article", "pitch", "--title", title, "--section", "world",
                    "--kind",
                    "reporting")
            }
            let first = await pitch("k1", "Dam")
            #expect(first.exit == 0, "\(first.err)")
            #expect(await pitch("k1", "Dam") == first)
            #expect(await pitch("k2", "Dam").out != first.out)
            // Another request, or other text on standard input, isn't the same request.
            #expect(await pitch("k1", "Another").exit == 76)
            func save(_ text: String) async -> Console.Ran {
                await office.run(
                    "writer", "--idempotency-key", "k3", "article", "save", "1", "--body", "-", "--base", "latest",
                    input: text)
            }
            let saved = await save("One.\n")
            #expect(saved.exit == 0, "\(saved.err)")
            #expect(await save("Two.\n").exit == 76)
            _ = await office.run("writer", "article", "save", "1", "--body", "-", "--base", "1", input: "Two.\n")
            #expect(await save("One.\n") == saved)
            // Somebody else's key is his own; a failure keeps nothing.
            #expect(await pitch("k1", "Dam", as: "chief").out != first.out)
            #expect(await pitch("k4", " ").exit != 0)
            #expect(await pitch("k4", "Now with a title").exit == 0)
            let lines = """
                article pitch --title Shell --section world --kind opinion --idempotency-key k5
                article pitch --title Shell --section world --kind opinion --idempotency-key k5

                """
            for mode in [["shell"], ["shell", "--transaction"]] {
                let ran = await office.console.run(
                    ["--as", "writer@example.org", "--no-header", "--format", "tsv"] + mode, input: Array(lines.utf8))
                let answers = ran.out.split(separator: "\n")
                #expect(answers.count == 2 && answers[0] == answers[1], "\(ran)")
            }
            let articles = try await office.test.app.read { db in
                try db.value("SELECT count(*) FROM editorial.article", as: Int.self)
            }
            #expect(articles == 5)
            #expect(await office.run("writer", "--idempotency-key", "", "article", "submit", "1").exit == 65)
            #expect(await office.run("writer", "--idempotency-key", "k", "work", "--once").exit == 64)
        }
    }
}
