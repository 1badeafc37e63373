import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Gifts by hand as others script them: keys, exit codes, and what is never repeated.
struct GiftCommandTests {
    private func withOffice(_ body: (TestDatabase, Console) async throws -> Void) async throws {
        try await withTestDatabase { test in
            for (name, role) in [
                ("admin", "admin"), ("fund", "development"), ("money", "finance"), ("read", "auditor"),
            ] {
                let by = Console(test, as: name == "admin" ? nil : "admin@example.org")
                let added = await by.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(added.exit == 0, "\(added.err)")
            }
            try await body(test, Console(test))
        }
    }

    private func run(_ console: Console, _ name: String, _ line: String) async -> Console.Ran {
        await console.run(["--as", "\(name)@example.org"] + words(line), input: [])
    }

    /// Words parted by spaces; what stands in bars is one word.
    private func words(_ line: String) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
        }
    }

    private func object(_ console: Console, _ name: String, _ line: String) async throws -> [String: JSON] {
        let ran = await run(console, name, "--format jsonl " + line)
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try #require(try JSON(parsing: ran.out.split(separator: "\n").last.map(String.init) ?? "").object)
    }

    @Test func giftsAreRecordedGivenBackAndDeclinedByScript() async throws {
        try await withOffice { _, console in
            let line =
                "gift add --kind check --amount 2500.00 --currency USD --email ann@example.org --name |Ann Giver| "
                + "--given 2025-01-05 --postmark 2024-12-31 --tribute |In memory of a friend| --idempotency-key slip-1"
            let gift = try await object(console, "fund", line)
            #expect(gift["tax_date"] == "2024-12-31")
            #expect(gift["gross_minor"] == 250_000)
            // The same slip again is the same gift; another under its key is refused.
            #expect(try await object(console, "fund", line)["id"] == gift["id"])
            #expect(await run(console, "fund", line + " --anonymous").exit == 76)
            let shown = try await object(console, "read", "gift show 1")
            #expect(shown["tribute"] == "In memory of a friend")
            #expect(shown["entries"]?.array?.count == 1)

            let asked = try await object(console, "fund", "gift refund 1 --amount 1000.01 --reason |Given twice|")
            #expect(asked["takes_two"] == true && asked["entry"] == .null)
            #expect(try await object(console, "money", "gift refunds --open")["reason"] == "Given twice")
            #expect(await run(console, "fund", "gift approve 1").exit == 77)
            #expect(try await object(console, "money", "gift approve 1")["entry"]?.integer != nil)
            #expect(await run(console, "money", "gift refunds --open --no-header --format tsv").out == "")

            let decline =
                "gift decline --kind cash --amount 10.00 --currency USD --policy P --returned |By hand| --reason |=1+1|"
            _ = try await object(console, "fund", decline)
            #expect(await run(console, "read", "gift declined --format csv").out.contains("'=1+1"))
            #expect(try await object(console, "money", "period close 2025-01")["month"] == "2025-01")
            #expect(try await object(console, "read", "period list")["entries"] == 1)
            for (line, exit) in [
                ("gift add --kind check --amount 12,34 --currency USD", 65),
                ("gift add --kind barter --amount 1 --currency USD", 64),
                ("gift add --kind cash --amount 1 --currency xxx", 64), ("gift add --amount 1 --currency USD", 64),
                ("gift add --kind cash --amount 1 --currency USD --donor 99", 66),
                ("gift add --kind cash --amount 1 --currency USD --donor 1 --email a@example.org", 64),
                ("gift add --kind cash --amount 1 --currency USD --given yesterday", 65),
                ("gift add --kind cash --amount 1 --currency USD --campaign nothing", 66),
                ("gift refund 99 --amount 1 --reason x", 66), ("gift refund 1 --amount 9999 --reason x", 76),
                ("gift refund 1 --amount 1", 64), ("gift approve 99", 77), ("period close 2025", 77),
            ] as [(String, Int32)] {
                let ran = await run(console, "fund", line)
                #expect(ran.exit == exit, "\(line): \(ran.err)")
            }
            for (line, exit) in [
                ("gift approve 99", 66), ("gift approve 1", 76), ("period close 2025", 65),
                ("period close 2025-01", 76),
                ("period close 2199-01", 76),
            ] as [(String, Int32)] {
                #expect(await run(console, "money", line).exit == exit, "\(line)")
            }
            for line in [
                "gift add --kind cash --amount 1 --currency USD", "gift refund 1 --amount 1 --reason x", decline,
            ] {
                #expect(await run(console, "read", line).exit == 77, "\(line)")
            }
        }
    }

    /// Wherever it is typed: as a name, an amount, an id, an address that isn't one.
    @Test(arguments: [
        "gift add --kind cash --amount 1 --currency USD --note |paid by 4242-4242-4242-4242|",
        "gift add --kind cash --amount 4242424242424242 --currency USD", "gift show 4242424242424242",
        "gift add --kind cash --amount 1 --currency USD --email 4242424242424242", "gift 4242424242424242",
        "gift add --kind 4242424242424242", "donor show 4242424242424242",
        "gift add --kind cash --amount 1 --currency USD --name |SSN 123-45-4242|",
    ])
    func aCardOrTaxNumberIsRefusedAndNotRepeated(line: String) async throws {
        try await withOffice { test, console in
            let ran = await run(console, "fund", line)
            #expect(ran.exit == 65, "\(ran.err)")
            #expect(!(ran.out + ran.err).contains("4242"))
            let gifts = try await test.app.read { try $0.value("SELECT count(*) FROM fundraising.gift", as: Int.self) }
            #expect(gifts == 0)
        }
    }
}
