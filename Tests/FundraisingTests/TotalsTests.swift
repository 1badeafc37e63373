import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// The sums that reports read are those of the entries, whatever happens to gifts and however much at once.
struct TotalsTests {
    /// Every total, told apart from where it was kept.
    private func totals(_ books: Books) async throws -> [String] {
        try await books.app.read { db in
            try db.rows("SELECT t::text FROM fundraising.gift_total t ORDER BY t.gift_id") { try $0.next(String.self) }
                + db.rows(
                    """
                    SELECT concat_ws(' ', t.basis, t.day, t.currency, sum(t.gifts), sum(t.gross_minor), \
                    sum(t.refunds_minor)) FROM fundraising.day_total t GROUP BY t.basis, t.day, t.currency \
                    ORDER BY t.basis, t.day, t.currency
                    """
                ) { try $0.next(String.self) }
        }
    }

    private func mismatches(_ books: Books) async throws -> [String] {
        try await books.app.read { db in
            try db.rows("SELECT m.text FROM fundraising.total_mismatch m") { try $0.next(String.self) }
        }
    }

    @Test func totalsAreTheSumsOfEntriesThroughEveryKindOfEntryAndAreRebuiltTheSame() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random totals: seed \(seed)")
        var random = SeededRandom(seed: seed)
        var text = ""
        for number in 0..<200 {
            let email = number.isMultiple(of: 5) ? "" : "d\(number % 17)@example.org"
            let back = number.isMultiple(of: 4) ? "1.00,2026-02-03" : ","
            let day = try LocalDate("2025-11-01").adding(days: Int.random(in: 0...90, using: &random))
            text += "g\(number),\(email),,\(day),\(number + 300).00,\(["USD", "EUR"][number % 2]),card,,,,\(back)\n"
        }
        try await withBooks { books in
            try await books.importing(text)
            // Each kind of entry that a gift can have, in any order, and gifts in test mode; nobody decided on them.
            try await books.test.owner.transaction {
                try $0.script("ALTER TABLE fundraising.entry DISABLE TRIGGER entry_was_decided")
            }
            for number in 0..<150 {
                let kinds = [
                    "dispute_withdrawn", "dispute_reinstated", "adjustment", "fee", "refund_failed", "write_off",
                ]
                let kind = try #require(kinds.randomElement(using: &random))
                let sign: Int64 = ["dispute_withdrawn", "fee", "write_off"].contains(kind) ? -1 : 1
                let gift = Int.random(in: 1...200, using: &random)
                let amount = sign * Int64.random(in: 1...150, using: &random)
                try await books.test.owner.transaction { db in
                    let insert: SQL = """
                        INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, \
                        posting_date, processor, external_id) SELECT g.id, \(kind), \(amount), g.currency, now(), \
                        g.tax_date + \(gift % 60)::integer, 'made', \("e\(number)") FROM fundraising.gift g \
                        WHERE g.id = \(gift)
                        """
                    try db.run(insert)
                }
            }
            let learnt = try await books.app.transaction { db in
                try db.run("UPDATE fundraising.gift SET donor_id = 1 + id % 7 WHERE donor_id IS NULL AND id % 10 = 1")
            }
            #expect(learnt == 20, "seed \(seed)")
            #expect(try await mismatches(books) == [], "seed \(seed)")
            let kept = try await totals(books)
            _ = try await books.app.transaction { try RebuildTotals(by: books.actor($0, .finance)).perform($0) }
            #expect(try await totals(books) == kept, "seed \(seed)")
        }
    }

    @Test func aDonorLearntWhileMoneyComesIsInTheTotal() async throws {
        try await withBooks { books in
            try await books.importing("seed,a@example.org,,2026-01-01,1.00,USD,card,,,,,\n")
            try await books.test.owner.transaction { db in
                try db.run(
                    """
                    INSERT INTO fundraising.gift (kind, currency, intended_minor, given_at, tax_date, source, \
                    external_id) SELECT 'card', 'USD', 100, now(), '2026-01-02', 'made', 'm' || i \
                    FROM generate_series(1, 40) i
                    """)
            }
            // Of each gift, two connections at once: one brings its money, one says who gave.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...40 {
                    group.addTask {
                        _ = try await books.app.transaction { db in
                            try db.run(
                                """
                                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, \
                                posting_date, processor, external_id) SELECT g.id, 'charge', 100, 'USD', now(), \
                                '2026-01-02', 'made', g.external_id FROM fundraising.gift g \
                                WHERE g.source = 'made' AND g.external_id = \("m\(number)")
                                """)
                        }
                    }
                    group.addTask {
                        _ = try await books.app.transaction { db in
                            try db.run(
                                """
                                UPDATE fundraising.gift SET donor_id = 1 \
                                WHERE source = 'made' AND external_id = \("m\(number)")
                                """)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await mismatches(books) == [])
            #expect(try await books.count("fundraising.gift_total WHERE donor_id = 1") == 41)
        }
    }

    @Test func theAppWritesNoTotalAndTheCheckFindsOneThatWasWritten() async throws {
        try await withBooks { books in
            try await books.importing("g1,a@example.org,,2026-01-01,1.00,USD,card,,,,,\n")
            for statement in [
                "UPDATE fundraising.gift_total SET gross_minor = 5", "DELETE FROM fundraising.day_total",
                "INSERT INTO fundraising.day_total VALUES ('tax', '2026-01-01', 'USD', 3, 1, 1, 1)",
            ] {
                #expect(try await books.constraint(statement) == "42501", "\(statement)")
            }
            _ = try await books.test.owner.transaction { db in
                try db.run("UPDATE fundraising.gift_total SET gross_minor = 5")
            }
            let words = try await books.expectSoundLedger().map(\.word)
            #expect(words == ["total_differs"])
            await #expect(throws: (any Error).self) {
                _ = try await books.app.transaction { try RebuildTotals(by: books.actor($0, .analyst)).perform($0) }
            }
            _ = try await books.app.transaction { try RebuildTotals(by: books.actor($0, .finance)).perform($0) }
            #expect(try await books.expectSoundLedger() == [])
        }
    }
}
