import Access
import Postgres
import TestDatabase
import Testing
import Values

@testable import Fundraising

struct StatementTests {
    @Test func aStatementListsTheYearsGiftsNetAndATotalForEachCurrency() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example", spouse: "Bob Example")
            let other = try await books.addDonor("Cleo Example")
            let large = try await books.addGift(300_00, of: donor, on: "2025-06-01")
            let partly = try await books.addGift(100_00, of: donor, on: "2025-03-01")
            let gone = try await books.addGift(50_00, of: donor)
            try await books.enter("refund", -40_00, on: partly)
            try await books.enter("refund", -50_00, on: gone)
            _ = try await books.addGift(80_00, of: donor, on: "2025-12-31", benefit: 30_00)
            _ = try await books.addGift(70_00, of: donor, on: "2025-01-01", currency: "EUR")
            _ = try await books.addGift(900_00, of: donor, kind: .daf)
            _ = try await books.addGift(500_00, of: donor, kind: .ira)
            _ = try await books.addGift(0, of: donor, kind: .stock)
            _ = try await books.addGift(20_00, of: donor, on: "2026-01-01")
            _ = try await books.addGift(20_00, of: donor, on: "2024-12-31")
            _ = try await books.addGift(20_00, of: donor, live: false)
            _ = try await books.addGift(20_00, of: other)
            let receipt = try await books.issue(large)

            let statement = try await books.statement(donor).statement
            #expect(statement.version == 1)
            let lines = statement.snapshot.gifts.map { line in
                "\(line.taxDate) \(line.kind) \(line.amount?.description ?? "-") "
                    + "\(line.deductible?.amountText ?? "-") \(line.receipt ?? "-")"
            }
            #expect(
                lines == [
                    "2025-01-01 check 70.00 EUR 70.00 -", "2025-03-01 check 60.00 USD 60.00 -",
                    "2025-03-01 ira 500.00 USD - -", "2025-03-01 stock - - -",
                    "2025-06-01 check 300.00 USD 300.00 \(receipt.number)", "2025-12-31 check 80.00 USD 50.00 -",
                ])
            // By hand: 60 + 500 + 300 + 80, and 60 + 300 + 50.
            let totals = statement.snapshot.totals.map { "\($0.amount) \($0.deductible)" }
            #expect(totals == ["70.00 EUR 70.00 EUR", "940.00 USD 410.00 USD"])
            let text = statement.letter.text
            #expect(text.contains("Statement of gifts in 2025\n") && text.contains("Ann Example and Bob Example"))
            #expect(text.contains("less 40.00 USD refunded") && text.contains("940.00 USD"))
        }
    }

    @Test func anUnchangedYearGivesTheVersionThereIsAndAChangedOneTheNext() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            let gift = try await books.addGift(300_00, of: donor)
            let first = try await books.statement(donor)
            let again = try await books.statement(donor)
            #expect(first.isNew && !again.isNew)
            #expect(first.statement == again.statement)
            try await books.enter("refund", -10_00, on: gift)
            let second = try await books.statement(donor)
            #expect(second.isNew && second.statement.version == 2)
            #expect(second.statement.letter.text.contains("290.00 USD"))
            let old = try await books.app.read { db in
                try Statements.find(db, first.statement.id, for: books.actor(db, .auditor))
            }
            #expect(old.letter.text == first.statement.letter.text)
            #expect(try await books.count("journal.audit WHERE action = 'statement.made'") == 2)
        }
    }

    @Test func twentyAtOnceMakeOneVersion() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example", email: "ann@example.org")
            _ = try await books.addGift(300_00, of: donor)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await books.statement(donor) } }
                try await group.waitForAll()
            }
            #expect(try await books.count("fundraising.statement") == 1)
            #expect(try await books.count("journal.outbox WHERE type = 'statement.made'") == 1)
        }
    }

    @Test func aYearWithoutAnythingToStateIsRefused() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            _ = try await books.addGift(300_00, of: donor, kind: .daf)
            let gone = try await books.addGift(300_00, of: donor)
            try await books.enter("refund", -300_00, on: gone)
            await #expect(throws: FundraisingError.receipt(.nothingToState(donor, year: 2025))) {
                _ = try await books.statement(donor)
            }
            await #expect(throws: FundraisingError.unknownDonor(ID(99))) { _ = try await books.statement(ID(99)) }
        }
    }

    /// The vectors' gifts: what each donor is told he gave in 2025 and 2026, next to what their file says of the year.
    @Test(.enabled(if: Vectors.path != nil, "the shared data is not here"), arguments: [2025, 2026])
    func theStatementsOfAYearSumToItsNetGifts(_ year: Int) async throws {
        try await withBooks { books in
            let vectors = try Vectors()
            try await books.importing(bytes: Array((Books.header + "\n" + vectors.csv).utf8))
            let donors = try await books.app.read { db in
                try Statements.donors(db, year: year, for: books.actor(db), limit: 100)
            }
            var sum: Int64 = 0
            for donor in donors {
                sum += try await books.statement(donor, year: year).statement.snapshot.totals[0].amount.minor
            }
            #expect(sum == vectors.expected("gift_year_net")["\(year)"])
        }
    }
}
