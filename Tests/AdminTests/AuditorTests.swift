import ArgumentParser
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// An auditor reads everything of the money and changes nothing.
struct AuditorTests {
    private static let nouns: Set<String> = [
        "donor", "gift", "period", "thanks", "pledge", "match", "batch", "fund", "campaign", "appeal", "donations",
        "receipt", "statement", "events", "journal", "checkout", "payout", "recurring",
    ]

    /// One line for each command that writes, naming things that are there: only who asks can be the reason to refuse.
    private static let writes = [
        "donor add --name X", "donor edit 1 --name X", "donor erase 1 --reason Asked",
        "gift add --kind cash --amount 1 --currency USD", "gift refund 1 --amount 1 --reason x", "gift approve 1",
        "gift decline --kind cash --amount 1 --currency USD --policy P --reason x --returned x",
        "gift adjust 1 --lower 1 --reason x", "gift approve-adjustment 1", "thanks done 1", "period close 2025-01",
        "pledge add 1 10.00 --currency USD --from 2026-01-01", "pledge settle 1 --gift 1",
        "pledge write-off 1 --reason x", "pledge approve 1", "pledge met 1", "pledge report-done 1",
        "match add --sponsor 1 --pledge 1 --ratio 1:1 --cap 1.00 --from 2026-01-01 --until 2026-01-31",
        "batch open --total 1.00 --currency USD --count 1 --deposited 2026-01-05", "batch add 1 1", "batch remove 1 1",
        "batch close 1", "fund add x --name X", "fund edit courts --name X",
        "campaign add x --name X --goal 1.00 --currency USD",
        "appeal add x --campaign spring --name X", "appeal edit box --campaign spring --name X",
        "appeal save box --campaign spring --no-amounts", "appeal sign-off box --campaign spring",
        "appeal place box --campaign spring --on all", "appeal window box --campaign spring --from 2020-01-01T00:00",
        "appeal bar --article x --reason x", "appeal unbar --article x", "receipt issue 1",
        "receipt void R-2025-000001 --reason x", "statement make 1 --year 2025", "donor merge 1 2 --reason x",
        "recurring pause 1", "recurring resume 1",
        "checkout limits --per-block 5", "checkout resume",
    ]

    private func prepare(_ office: MoneyOffice) async throws {
        for line in [
            "donor add --name |Ann Giver|", "gift add --kind check --amount 2500.00 --currency USD --donor 1",
            "fund add courts --name Courts", "campaign add spring --name Spring --goal 1.00 --currency USD",
            "pledge add 1 10.00 --currency USD --from 2026-01-01 --condition When --report-due 2026-02-01",
            "batch open --total 1.00 --currency USD --count 1 --deposited 2026-01-05",
            "gift refund 1 --amount 1200.00 --reason x", "gift adjust 1 --lower 1200.00 --reason x",
        ] { _ = try await office.object("fund", line) }
    }

    private func contents(_ office: MoneyOffice) async throws -> String {
        try await office.test.owner.read { db in
            let tables = try db.rows(
                """
                SELECT format('SELECT coalesce(string_agg(md5(t::text), '''' ORDER BY md5(t::text)), '''') FROM %I.%I t', \
                table_schema, table_name) FROM information_schema.tables \
                WHERE table_schema IN ('fundraising', 'journal') AND table_type = 'BASE TABLE' ORDER BY 1
                """
            ) { try $0.next(String.self) }
            return try tables.map { try db.value(SQL(stringLiteral: $0), as: String.self) ?? "" }.joined(
                separator: "\n")
        }
    }

    @Test func everyWriteIsRefusedToAnAuditor() async throws {
        try await withMoneyOffice { office in
            try await prepare(office)
            let before = try await contents(office)
            for line in Self.writes {
                let ran = await office.run("read", line)
                #expect(ran.exit == 77, "\(line): \(ran.exit) \(ran.err)")
            }
            #expect(try await contents(office) == before)
        }
    }

    /// Every command of the money there is, as its own help shows it: whatever it answers an auditor, nothing changes.
    @Test func noCommandOfTheMoneyChangesAnythingForAnAuditor() async throws {
        try await withMoneyOffice { office in
            try await prepare(office)
            let before = try await contents(office)
            var walked = 0
            for (noun, verb, type) in Commands.table where Self.nouns.contains(noun) {
                let help = type.configuration.discussion.split(separator: "\n").map(String.init)
                for line in help where line.hasPrefix("  masthead \(noun)") {
                    let words = try ShellWords(String(line.dropFirst(2))).words.dropFirst()
                    let ran = await office.console.run(["--as", "read@example.org"] + words, input: [])
                    #expect(ran.exit != 70, "\(line): \(ran.err)")
                    walked += 1
                }
                if walked % 20 == 0 { #expect(try await contents(office) == before, "\(noun) \(verb)") }
            }
            #expect(walked >= 60, "the commands' examples weren't found")
            #expect(try await contents(office) == before)
        }
    }
}
