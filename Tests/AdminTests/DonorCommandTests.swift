import TestDatabase
import Testing
import Values

@testable import Admin

/// Donors as others script them: exit codes, and answers that name nobody where they are kept.
struct DonorCommandTests {
    private func run(_ console: Console, _ name: String, _ line: String) async -> Console.Ran {
        let words = line.split(separator: "|", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
        }
        return await console.run(["--as", "\(name)@example.org"] + words, input: [])
    }

    private func object(_ console: Console, _ line: String) async throws -> [String: JSON] {
        let ran = await run(console, "fund", "--format jsonl " + line)
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try #require(try JSON(parsing: ran.out.split(separator: "\n").last.map(String.init) ?? "").object)
    }

    @Test func donorsAreKeptMergedNamedThankedAndErasedByScript() async throws {
        try await withTestDatabase { test in
            let console = Console(test)
            for (name, role) in [("admin", "admin"), ("fund", "development"), ("read", "auditor")] {
                let by = Console(test, as: name == "admin" ? nil : "admin@example.org")
                let added = await by.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(added.exit == 0, "\(added.err)")
            }
            #expect(try await object(console, "donor add --name |Ann Giver| --email ann@example.org")["donor"] == 1)
            #expect(try await object(console, "donor add --kind foundation --name Foundation")["donor"] == 2)
            _ = try await object(console, "donor edit 1 --salutation |Dear Ann| --no-post --deceased")
            _ = try await object(console, "donor edit 1 --post --no-deceased")
            _ = try await object(console, "donor email add 1 ann@example.net")
            _ = try await object(console, "donor email remove 1 ann@example.net")
            _ = try await object(console, "donor phone add 1 |+1 212 555 0199|")
            _ = try await object(console, "donor contact 2 --name |Pat Example| --role Officer")
            _ = try await object(
                console,
                "donor address add 1 --street |1 Example Road| --city Springfield --country US --postcode 62701")
            #expect(try await object(console, "donor address list 1")["postcode"] == "62701")
            _ = try await object(console, "gift add --kind check --amount 300.00 --currency USD --donor 1")
            #expect(try await object(console, "thanks list --over 250.00 --open")["gift"] == 1)
            _ = try await object(console, "thanks done 1")
            _ = try await object(console, "gift credit 1 --to 2 --role advisor")
            #expect(try await object(console, "donor show 2")["credited_gifts"] == 1)
            #expect(try await object(console, "donor merge 2 1 --reason |One giver|")["merge"] == 1)
            #expect(try await object(console, "donor show 2")["id"] == 1)
            #expect(try await object(console, "donor merges")["reason"] == "One giver")
            _ = try await object(console, "donor unmerge 1")
            _ = try await object(console, "donor policy 2026-1 --threshold 5.00 --currency USD --text Names")
            _ = try await object(console, "donor consent 1 --public-name |=Ann| --policy 2026-1")
            #expect(await run(console, "read", "donor wall --format csv").out.contains("'=Ann"))
            let shown = try await object(console, "donor show 1")
            #expect(shown["salutation"] == "Dear Ann")
            #expect(shown["flags"] == [])
            #expect(shown["history"]?.array?.count == 1)
            #expect(shown["public_name"] == "=Ann")
            #expect(await run(console, "read", "donor matches").exit == 0)
            for (line, exit) in [
                ("donor add", 64), ("donor add --kind club --name X", 64), ("donor add --name |  |", 65),
                ("donor add --name X --email ann@example.org", 76), ("donor edit 9 --name X", 66),
                ("donor edit 1 --post --no-post", 64), ("donor email add 2 ann@example.org", 76),
                ("donor email remove 2 ann@example.org", 66), ("donor email add 2 nothing", 64),
                ("donor address add 1 --street X", 64), ("donor address add 1 --street X --city Y --country usa", 65),
                ("donor merge 1 1 --reason x", 65), ("donor merge 1 9 --reason x", 66), ("donor merge 1 2", 64),
                ("donor unmerge 1", 66), ("donor consent 1 --policy 2026-1", 64),
                ("donor consent 1 --withdraw --policy none", 66),
                ("donor policy 2026-1 --threshold 5 --currency USD --text X", 76),
                ("gift credit 1 --to 9 --role spouse", 66), ("gift credit 1 --to 2 --role friend", 64),
                ("thanks list --over nothing", 65), ("thanks done 1", 76), ("thanks done 9", 66),
                ("donor erase 1 --reason |Ann Giver asked|", 65), ("donor erase 9 --reason x", 66),
            ] as [(String, Int32)] {
                let ran = await run(console, "fund", line)
                #expect(ran.exit == exit, "\(line): \(ran.err)")
            }
            for line in [
                "donor add --name X", "donor merge 1 2 --reason x", "donor erase 1 --reason x", "thanks done 1",
                "donor email add 1 x@example.org",
            ] { #expect(await run(console, "read", line).exit == 77, "\(line)") }
            #expect(try await object(console, "donor erase 1 --reason |Asked by letter|")["gifts"] == 1)
            let erased = try await object(console, "donor show 1")
            #expect(erased["name"] == .null && erased["erased_at"]?.string != nil)
            #expect(erased["given"]?.array?.first?["net_minor"] == 30_000)
            #expect(await run(console, "fund", "donor edit 1 --name X").exit == 76)
        }
    }

    /// What is kept under an idempotency key outlives a donor who is erased.
    @Test func anAnswerKeptUnderAKeyNamesNobody() async throws {
        try await withTestDatabase { test in
            let console = Console(test)
            _ = await console.run("account", "add", "--email", "admin@example.org", "--name", "A", "--role", "admin")
            let admin = Console(test, as: "admin@example.org")
            _ = await admin.run("account", "add", "--email", "fund@example.org", "--name", "F", "--role", "development")
            for line in [
                "donor add --name Zyzzyva --email zyzzyva@example.org --idempotency-key a",
                "donor edit 1 --notes Zyzzyva --idempotency-key b",
                "donor email add 1 zyzzyva@example.net --idempotency-key c",
                "gift add --kind in_kind --amount 1 --currency USD --donor 1 --description Zyzzyva --idempotency-key d",
                "gift refund 1 --amount 1 --reason Zyzzyva --idempotency-key e",
                "gift decline --kind cash --amount 1 --currency USD --donor 1 --policy P --reason Zyzzyva "
                    + "--returned Zyzzyva --idempotency-key f",
                "donor policy 1 --threshold 1 --currency USD --text T --idempotency-key g",
                "donor consent 1 --public-name Zyzzyva --policy 1 --idempotency-key h",
            ] {
                let ran = await run(console, "fund", line)
                #expect(ran.exit == 0, "\(line): \(ran.err)")
                #expect(!ran.out.lowercased().contains("zyzzyva"), "\(line)")
            }
        }
    }
}
