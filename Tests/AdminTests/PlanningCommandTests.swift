import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Planning as others script it: keys, exit codes, and what nobody is told.
struct PlanningCommandTests {
    private func withNewsroom(_ body: (TestDatabase, Console) async throws -> Void) async throws {
        try await withTestDatabase { test in
            let console = Console(test)
            let roles = [
                ("admin", "admin"), ("writer", "writer"), ("editor", "section-editor"), ("chief", "editor-in-chief"),
                ("money", "finance"), ("fund", "development"),
            ]
            for (name, role) in roles {
                let by = Console(test, as: name == "admin" ? nil : "admin@example.org")
                let added = await by.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(added.exit == 0, "\(added.err)")
            }
            for line in [
                ["section", "add", "world", "--name", "World"],
                ["contributor", "add", "--name", "Gus Guest", "--kind", "outside", "--email", "gus@example.net"],
            ] {
                let ran = await console.run(["--as", "admin@example.org"] + line, input: [])
                try #require(ran.exit == 0, "\(ran.err)")
            }
            try await body(test, console)
        }
    }

    private func run(_ console: Console, _ name: String, _ line: String, input: String = "") async -> Console.Ran {
        await console.run(["--as", "\(name)@example.org"] + words(line), input: Array(input.utf8))
    }

    /// Words parted by spaces; what stands in bars is one word.
    private func words(_ line: String) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
        }
    }

    private func object(
        _ console: Console, _ name: String, _ line: String, input: String = ""
    ) async throws -> [String: JSON] {
        let ran = await console.run(
            ["--as", "\(name)@example.org", "--format", "jsonl"] + words(line), input: Array(input.utf8))
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try #require(try JSON(parsing: ran.out.split(separator: "\n").last.map(String.init) ?? "").object)
    }

    @Test func aWeekIsPlannedByScript() async throws {
        try await withNewsroom { _, console in
            #expect(
                try await object(console, "editor", "series add week-ahead --name |The Week Ahead| --prefix |Week: |")[
                    "slug"] == "week-ahead")
            _ = try await object(console, "editor", "topic add energy --name Energy")
            _ = try await object(
                console, "writer", "article pitch --title |The dam| --section world --kind reporting")
            let placed = try await object(
                console, "editor", "article place 1 --series week-ahead --topic energy --region eu --region africa")
            #expect(placed["regions"] == ["africa", "eu"])
            #expect(placed["series"] == "week-ahead")
            let slot = try await object(
                console, "editor",
                "slot add --series week-ahead --owner writer@example.org --weekday monday --at 09:00 "
                    + "--zone America/New_York --due-before 1d --from 2025-11-01 --fallback series")
            #expect(slot["slot"] == 1)
            #expect(slot["at"] == "09:00")
            let filled = try await object(console, "editor", "slot fill 1 2025-12-08 1")
            #expect(filled["state"] == "open" || filled["state"] == "filled" || filled["state"] == "missed")
            #expect(filled["at"] == "2025-12-08T14:00:00+00:00")
            #expect(filled["article"] == 1)
            let skipped = try await object(console, "editor", "slot skip 1 2025-12-29 --reason Holiday")
            #expect(skipped["state"] == "skipped")
            let list = await run(console, "editor", "slot list --week 2025-W50 --format tsv")
            #expect(
                list.out.split(separator: "\n").first
                    == "slot\tseries\tday\tat\tdue\tstate\tlate\towner\tarticle\ttitle\treason\tfallback")
            #expect(list.out.split(separator: "\n").count == 2)
            let calendar = try await object(console, "editor", "calendar week 2025-W50")
            #expect(calendar["event"] == "slot")
            #expect(calendar["words"] == 0)
            for (line, exit) in [
                ("slot fill 1 2025-12-09 1", 65), ("slot fill 9 2025-12-08 1", 66), ("slot skip 1 2025-12-08", 64),
                ("slot add --series nothing --owner writer@example.org --weekday monday --at 09:00", 66),
                ("slot add --series week-ahead --owner writer@example.org --weekday someday --at 09:00", 64),
                ("slot add --series week-ahead --owner writer@example.org --weekday monday --at 25:00", 64),
                ("slot list --week 2025-W60", 64), ("series add week-ahead --name Again", 76),
                ("series show nothing", 66), ("article place 1", 64), ("article place 1 --topic nothing", 66),
                ("collection add x --title X --image abc", 64), ("calendar week 2025-99", 64),
                ("topic add energy --name Again", 76),
            ] as [(String, Int32)] {
                let ran = await run(console, "editor", line)
                #expect(ran.exit == exit, "\(line): \(ran.err)")
            }
            #expect(await run(console, "fund", "calendar week 2025-W50").exit == 77)
            #expect(await run(console, "writer", "series add x --name X").exit == 77)
        }
    }

    @Test func feesAreToldToThoseWhoMayReadThem() async throws {
        try await withNewsroom { test, console in
            _ = try await object(
                console, "writer", "article pitch --title |The dam| --section world --kind reporting")
            let added = try await object(
                console, "editor",
                "commission add 1 --to gus-guest --fee |400.00 USD| --words 1200 --kill-fee 25 --agreement |=folder 7|")
            #expect(added["agreed_minor"] == 40_000)
            #expect(added["payable_minor"] == .null)
            #expect(try await object(console, "editor", "commission change 1 --words 1300")["version"] == 2)
            #expect(await run(console, "fund", "commission list").exit == 77)
            #expect(await run(console, "fund", "commission show 1").exit == 77)
            #expect(await run(console, "fund", "contributor fees --year 2026").exit == 77)
            #expect(await run(console, "writer", "commission list").exit == 77)
            let secret = await run(console, "editor", "commission change 1 --note |SSN 123-45-6789|")
            #expect(secret.exit == 65)
            #expect(!secret.err.contains("6789"))
            #expect(secret.err.contains("note"))
            _ = try await object(console, "editor", "article kill 1 --reason |The dam was not built|")
            #expect(try await object(console, "money", "commission show 1")["payable_minor"] == 10_000)
            _ = try await object(
                console, "editor", "commission invoice 1 --amount |100.00 USD| --reference |=SUM(A1)|")
            _ = try await object(console, "editor", "commission approve 1")
            let csv = await run(console, "money", "commission export --format csv")
            #expect(csv.exit == 0)
            #expect(csv.out.contains("100.00"))
            // A cell a stranger wrote is no formula.
            #expect(csv.out.contains("'=SUM(A1)"))
            #expect(await run(console, "editor", "commission pay 1").exit == 77)
            _ = try await object(console, "money", "commission pay 1 --on 2026-03-01")
            let fees = try await object(console, "money", "contributor fees --year 2026 --threshold |100.00 USD|")
            #expect(fees["paid_minor"] == 10_000)
            #expect(fees["reportable"] == true)
            #expect(
                try await object(console, "money", "contributor fees --year 2026")["reportable"] == false)
            for (line, exit) in [
                ("commission add 1 --to gus-guest", 65), ("commission add 1 --to nobody --fee |1.00 USD|", 66),
                ("commission add 1 --to gus-guest --fee |1.00 USD| --rate |1.00 USD|", 64),
                ("commission add 1 --to gus-guest --fee 1.00", 64), ("commission show 9", 66),
                ("commission add 1 --to gus-guest --fee |1.00 USD| --kill-fee 101", 65),
                ("commission add 1 --to gus-guest --fee |1.00 USD| --due |2026-03-29 02:30| --zone Europe/Berlin", 65),
            ] as [(String, Int32)] {
                let ran = await run(console, "editor", line)
                #expect(ran.exit == exit, "\(line): \(ran.err)")
            }
        }
    }

    @Test func pitchesSearchAdviceAndReportsAnswerByScript() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "pitch-\(UUID()).eml").path
        try "From: Eve <eve@example.net>\r\nSubject: An offer\r\n\r\nAbout quokkas.\r\n".write(
            toFile: file, atomically: true, encoding: .utf8)
        // The file is the test's own; if it stays behind, the system's cleaner takes it.
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await withNewsroom { _, console in
            let pitch = try await object(console, "editor", "pitch add --eml \(file)")
            #expect(pitch["from"] == "eve@example.net")
            #expect(await run(console, "writer", "pitch list").exit == 77)
            #expect(await run(console, "fund", "pitch show 1").exit == 77)
            #expect(try await object(console, "editor", "pitch list")["title"] == "An offer")
            #expect(
                try await object(console, "editor", "pitch accept 1 --section world --kind analysis")["article"] == 1)
            let found = try await object(console, "editor", "search quokkas")
            #expect(found["found_in"] == "pitch")
            #expect(found["snippet"]?.string?.contains("[quokkas]") == true)
            #expect(await run(console, "fund", "search quokkas --format tsv --no-header").out == "")
            #expect(await run(console, "editor", "search quokkas --public --no-header --format tsv").out == "")
            _ = try await object(
                console, "writer", "article save 1 --body - --dek D", input: "Gus Guets was there there.\n")
            let advice = await run(console, "editor", "article check 1 --format tsv --no-header")
            #expect(advice.out.contains("name\tGus Guets\tGus Guest\n"))
            #expect(advice.out.contains("double_word\tthere there\tthere\n"))
            let report = await run(
                console, "editor", "coverage report --by author --from 2025 --against 2024-01..2024-06 --format tsv")
            #expect(report.exit == 0)
            #expect(report.out.contains("2025\t(total)\t0\t0\t"))
            #expect(report.out.contains("2024-01..2024-06\t(total)\t0\t0\t"))
            #expect(report.err.contains("the total once"))
            _ = try await object(console, "editor", "collection add special --title Special --from 2026-01-01")
            _ = try await object(console, "editor", "collection rule special --section world")
            _ = try await object(console, "editor", "collection pin special 1")
            #expect(await run(console, "editor", "collection show special --no-header --format tsv").out == "")
            #expect(try await object(console, "editor", "collection close special")["closed_at"]?.string != nil)
            _ = try await object(
                console, "editor",
                "contributor edit gus-guest --affiliations |Advises Example| --confirmed-on 2026-01-02")
            #expect(
                try await object(console, "editor", "contributor list --unconfirmed-since 2026-06-01")["slug"]
                    == "gus-guest")
            #expect(
                await run(
                    console, "editor", "contributor list --unconfirmed-since 2026-01-01 --no-header --format tsv"
                ).out
                    == "")
            for (line, exit) in [
                ("pitch add --eml /nowhere/at.all", 66), ("pitch add", 64), ("pitch show 9", 66),
                ("pitch decline 1 --template no-thanks", 76), ("search |the and|", 65), ("search |  |", 65),
                ("search x --after rubbish", 64), ("coverage report --by colour --from 2025", 64),
                ("coverage report --by kind --from 2025 --to 2024", 64), ("collection pin special 1", 76),
                ("contributor edit gus-guest --link javascript:alert(1)", 65), ("article check 9", 66),
                ("style remove nothing", 66), ("contributor edit nobody --title x", 66),
            ] as [(String, Int32)] {
                let ran = await run(console, "editor", line)
                #expect(ran.exit == exit, "\(line): \(ran.err)")
            }
        }
    }
}
