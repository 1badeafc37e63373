import Foundation
import FoundationXML
import TestDatabase
import Testing
import Values

@testable import Admin

/// Growth, meters and history as others script them.
struct ViewsGrowthCommandTests {
    /// A console, and a folder to put files into.
    private func withDesk(_ body: (Console, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "growth-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            // Left behind at worst; the system cleans its temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await withTestDatabase { test in
            let added = await Console(test).run(
                "account", "add", "--email", "admin@example.org", "--name", "A", "--role", "admin")
            try #require(added.exit == 0, "\(added.err)")
            try await body(Console(test, as: "admin@example.org"), folder)
        }
    }

    /// Daily totals: in 2024 ten a day, in 2025 twenty-four.
    private func history(_ folder: String, from: String = "2024-01-01", to: String = "2025-11-30") throws -> String {
        var text = "date,visitors,pageviews\n"
        var day = try LocalDate(from)
        while day <= (try LocalDate(to)) {
            text += "\(day),5,\(day.year == 2024 ? 10 : 24)\n"
            day = day.adding(days: 1)
        }
        let path = "\(folder)/visitors-\(from)-\(to).csv"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func objects(_ console: Console, _ line: [String]) async throws -> [[String: JSON]] {
        let ran = await console.run(["--format", "jsonl"] + line, input: [])
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try ran.out.split(separator: "\n").map { try JSON(parsing: String($0)).object ?? [:] }
    }

    private let into = ["--from", "plausible", "--site", "example.org", "--meter", "plausible"]

    @Test func historyComesInIsComparedWordedAndGoes() async throws {
        try await withDesk { console, folder in
            let file = try history(folder)
            let tried = try await objects(console, ["views", "history", "import", file] + into + ["--dry-run"])[0]
            #expect(tried["new_days"] == 700 && tried["dry_run"] == true)
            #expect(try await objects(console, ["views", "meter", "list"]).isEmpty)
            let done = try await objects(console, ["views", "history", "import", file] + into)[0]
            // 366 days of ten and 334 of twenty-four.
            #expect(done["days"] == 700 && done["new_days"] == 700 && done["pv"] == 11_676)
            #expect(try await objects(console, ["views", "history", "import", file] + into)[0]["new_days"] == 0)
            let meter = try await objects(console, ["views", "meter", "list"])[0]
            #expect(meter["meter"] == "plausible" && meter["authoritative_days"] == 700)
            let november = ["views", "growth", "--of", "2025-11", "--against", "year-ago"]
            let growth = try await objects(console, november)[0]
            #expect(growth["percent_exact"] == "140" && growth["meter"] == "plausible" && growth["factor"] == .null)
            let sentence = try await objects(console, november + ["--wording", "exact", "--site", "example.org"])[0]
            #expect(
                sentence["sentence"]
                    == "Page views of example.org rose by 140 % in November 2025 against November 2024 (counted by plausible)."
            )
            let wrong = await console.run(november + ["--wording", "more-than:140"], input: [])
            #expect(wrong.exit == 76 && wrong.err.contains("140 % isn't more than 140 %"))
            let trailing = try await objects(console, ["views", "growth", "--trailing", "30"])[0]
            #expect(trailing["period"] == "2025-11-01..2025-11-30" && trailing["percent"] == "0")
            let average = try await objects(
                console, ["views", "growth", "--of", "2025-11", "--against", "2024", "--average-month"])[0]
            // 3,660 by twelve: 305; 720 of November.
            #expect(average["previous"] == 305 && average["percent_exact"] == "136.07")
            let remove = ["views", "history", "remove", "--site", "example.org", "--meter", "plausible"]
            #expect(try await objects(console, remove)[0]["removed_days"] == 700)
            #expect(await console.run(remove, input: []).exit == 66)
        }
    }

    @Test func whatSaysTwoThingsIsRefused() async throws {
        try await withDesk { console, folder in
            for line in [
                "--by month --mtd", "", "--mtd --from 2025", "--trailing 0", "--trailing 7 --against 2025",
                "--mtd --average-month", "--by year --average-month --partial", "--by month --wording about",
            ] {
                let ran = await console.run(
                    ["views", "growth"] + line.split(separator: " ").map(String.init), input: [])
                #expect(ran.exit == 64, "\(line): \(ran.err)")
            }
            let file = try history(folder)
            let bad = folder + "/bad.csv"
            try "date,visitors,pageviews\n2024-01-01,5,ten\n".write(toFile: bad, atomically: true, encoding: .utf8)
            let ran = await console.run(["views", "history", "import", bad] + into, input: [])
            #expect(ran.exit == 65 && ran.err.contains("line 2: pageviews is 'ten', not a count"), "\(ran.err)")
            #expect(
                await console.run(["views", "history", "import", folder + "/missing"] + into, input: []).exit == 66)
            let own = ["--from", "plausible", "--site", "example.org", "--meter", "log"]
            #expect(await console.run(["views", "history", "import", file] + own, input: []).exit == 65)
            _ = try await objects(console, ["views", "history", "import", file] + into)
            let other = ["--from", "ga4", "--site", "example.org", "--meter", "plausible"]
            let ga4 = folder + "/ga4.csv"
            try "Date,Views\n20240101,5\n".write(toFile: ga4, atomically: true, encoding: .utf8)
            #expect(await console.run(["views", "history", "import", ga4] + other, input: []).exit == 76)
            _ = await console.run("account", "add", "--email", "c@example.org", "--name", "C", "--role", "contributor")
            #expect(await console.run(["--as", "c@example.org", "views", "meter", "list"], input: []).exit == 77)
        }
    }

    @Test func viewsAreDrawnBesideTheTableAndIntoAFile() async throws {
        try await withDesk { console, folder in
            _ = try await objects(console, ["views", "history", "import", try history(folder)] + into)
            let report = ["views", "report", "--by", "month", "--from", "2024-11", "--to", "2025-02"]
            // Visits weren't imported, and visitors of days don't add up to months.
            #expect(
                try await objects(console, report)[0] == [
                    "period": "2024-11", "pv": 300, "visitors": .null, "visits": .null, "bounces": .null,
                    "meter": "plausible",
                ])
            let days = ["views", "report", "--by", "day", "--from", "2024-11-01", "--to", "2024-11-01"]
            #expect(try await objects(console, days)[0]["visitors"] == 5)
            var terminal = console
            terminal.columns = 120
            terminal.environment["LANG"] = "en_US.UTF-8"
            let text = await terminal.run(report, input: []).out
            #expect(text.contains("PAGE VIEWS") && text.contains("READERS, EST. ±"))
            // 300, 310, 744 and 672: the longest bar is January's.
            let bars = text.split(separator: "\n").dropFirst().prefix(4).map { $0.count { $0 == "█" } }
            #expect(bars[2] > bars[3] && bars[3] > bars[1] && bars[1] >= bars[0] && bars[0] > 0, "\(text)")
            let file = folder + "/views.svg"
            #expect(await console.run(report + ["--svg", file], input: []).exit == 0)
            let svg = try String(contentsOfFile: file, encoding: .utf8)
            #expect(XMLParser(data: Data(svg.utf8)).parse())
            #expect(svg.contains("page views: 2024-11: 300; 2024-12: 310; 2025-01: 744; 2025-02: 672."))
        }
    }

    @Test func aNounWithinANounIsFoundAndItsSlipsAreNamed() async {
        let bare = await Console().run("views", "history")
        #expect(bare.exit == 64 && bare.err.contains("Say what to do with 'views history'."))
        let slip = await Console().run("views", "history", "imprt")
        #expect(slip.exit == 64)
        #expect(slip.err.contains("'imprt' isn't a verb of 'views history'. Did you mean 'import'?"), "\(slip.err)")
        #expect(await Console().run("help", "views", "history", "import").out.contains("--dry-run"))
        #expect(await Console().run("views", "history", "import", "--help").out.contains("--dry-run"))
    }
}
