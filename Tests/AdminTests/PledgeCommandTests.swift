import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// A house with one account for each part in the books, and its command line.
struct MoneyOffice {
    let test: TestDatabase
    let console: Console

    func run(_ name: String, _ line: String) async -> Console.Ran {
        await console.run(["--as", "\(name)@example.org"] + Self.words(line), input: [])
    }

    /// The last record a command answers.
    func object(_ name: String, _ line: String) async throws -> [String: JSON] {
        let ran = await run(name, "--format jsonl " + line)
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try #require(try JSON(parsing: ran.out.split(separator: "\n").last.map(String.init) ?? "").object)
    }

    /// Words parted by spaces; what stands in bars is one word.
    static func words(_ line: String) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
        }
    }
}

/// `fund` is of development, `money` and `money2` of finance, `read` an auditor, `chief` an editor-in-chief.
func withMoneyOffice(_ body: (MoneyOffice) async throws -> Void) async throws {
    try await withTestDatabase { test in
        for (name, role) in [
            ("admin", "admin"), ("fund", "development"), ("money", "finance"), ("money2", "finance"),
            ("read", "auditor"), ("chief", "editor-in-chief"),
        ] {
            let by = Console(test, as: name == "admin" ? nil : "admin@example.org")
            let added = await by.run(
                "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
            try #require(added.exit == 0, "\(added.err)")
        }
        try await body(MoneyOffice(test: test, console: Console(test)))
    }
}

/// Promises and funds as others script them.
struct PledgeCommandTests {
    @Test func aPledgeIsPromisedSettledAndGivenUpByScript() async throws {
        try await withMoneyOffice { office in
            _ = try await office.object("fund", "fund add courts --name Courts --purpose |Reporting on the courts|")
            #expect(try await office.object("read", "fund show courts")["purpose"] == "Reporting on the courts")
            let donor = try #require(
                try await office.object("fund", "donor add --name |Ann Giver|")["donor"]?.integer)
            let pledge = try await office.object(
                "fund",
                "pledge add \(donor) 1200.00 --currency USD --every month --times 12 --from 2025-01-31 --fund courts "
                    + "--report-due 2025-12-20")
            #expect(pledge["promised_minor"] == 120_000 && pledge["settled_minor"] == 0)
            let parts = pledge["instalments"]?.array ?? []
            #expect(parts.count == 12 && parts[1].object?["due_on"] == "2025-02-28")
            let gift = try await office.object(
                "fund", "gift add --kind check --amount 150.00 --currency USD --donor \(donor) --fund courts")
            let id = gift["id"]?.integer ?? 0
            // More than is open is refused, and the open amount said.
            let over = await office.run("fund", "pledge settle 1 --gift \(id)")
            #expect(over.exit == 76 && over.err.contains("100.00 USD"))
            #expect(
                try await office.object("fund", "pledge settle 1 --gift \(id) --amount 100.00")["open_minor"] == 0)
            #expect(try await office.object("fund", "pledge settle 2 --gift \(id)")["open_minor"] == 5_000)
            _ = try await office.object("fund", "gift refund \(id) --amount 150.00 --reason |Asked for it|")
            #expect(try await office.object("read", "pledge show 1")["open_minor"] == 120_000)

            // On the console's clock it is December 1st.
            let due = await office.run("read", "pledge due --format tsv --no-header").out.split(separator: "\n")
            #expect(due.count == 11 && due.first?.hasPrefix("instalment\t1\t1\t") == true)
            #expect(
                await office.run("read", "pledge due --days 30 --format tsv --no-header").out.split(separator: "\n")
                    .count == 13)
            _ = try await office.object("fund", "pledge report-done 1")
            #expect(await office.run("fund", "pledge report-done 1").exit == 76)

            #expect(try await office.object("money", "pledge write-off 12 --reason Moved")["counts"] == true)
            let large = try await office.object(
                "fund", "pledge add \(donor) 5000.00 --currency USD --kind grant --instalment 2025-03-01:5000.00")
            #expect(large["kind"] == "grant")
            #expect(try await office.object("money", "pledge write-off 13 --reason Moved")["takes_two"] == true)
            #expect(await office.run("money", "pledge approve 2").exit == 76)
            #expect(try await office.object("money2", "pledge approve 2")["counts"] == true)
            let totals = try await office.object("read", "pledge totals")
            #expect(totals["promised_minor"] == 620_000 && totals["written_off_minor"] == 510_000)
            #expect(totals["open_minor"] == 110_000)
            // Nothing of it is in what was received.
            #expect(try await office.object("read", "donations report --by year")["net_minor"] == 0)
        }
    }

    @Test func whatIsWrongIsSaidWithTheRightExitCode() async throws {
        try await withMoneyOffice { office in
            _ = try await office.object("fund", "donor add --name |Ann Giver|")
            _ = try await office.object("fund", "fund add courts --name Courts")
            for (line, exit) in [
                ("pledge add 99 10.00 --currency USD --from 2026-01-01", 66),
                ("pledge add 1 10.00 --currency USD", 64), ("pledge add 1 10.00 --from 2026-01-01", 64),
                ("pledge add 1 0 --currency USD --from 2026-01-01", 65),
                ("pledge add 1 12,34 --currency USD --from 2026-01-01", 65),
                ("pledge add 1 10.00 --currency USD --every month --from 2026-01-01", 64),
                ("pledge add 1 10.00 --currency USD --every month --times 241 --from 2026-01-01", 65),
                ("pledge add 1 0.02 --currency USD --every month --times 3 --from 2026-01-01", 65),
                ("pledge add 1 10.00 --currency USD --instalment 2026-01-01:9.99", 65),
                ("pledge add 1 10.00 --currency USD --instalment 2026-01-01=10.00", 65),
                ("pledge add 1 10.00 --currency USD --from 2026-01-01 --fund nothing", 66),
                ("pledge add 1 10.00 --currency USD --from 2026-01-01 --condition |4242 4242 4242 4242|", 65),
                ("pledge show 9", 66), ("pledge settle 9 --gift 1", 66), ("pledge write-off 9 --reason x", 66),
                ("pledge report-done 9", 66), ("pledge met 9", 66), ("pledge approve 9", 77),
                ("pledge due --days -1", 64),
                ("fund add courts --name Again", 76), ("fund add a --name A --purpose P --until 2026-01-01", 64),
                ("fund add b --name B --until tomorrow", 64), ("fund edit courts", 64),
                ("fund edit nothing --name X", 66),
                ("fund edit courts --until 2026-01-01", 65), ("fund show nothing", 66),
            ] as [(String, Int32)] {
                let ran = await office.run("fund", line)
                #expect(ran.exit == exit, "\(line): \(ran.exit) \(ran.err)")
                #expect(!ran.err.contains("4242"))
            }
            #expect(await office.run("money", "pledge approve 9").exit == 66)
        }
    }
}
