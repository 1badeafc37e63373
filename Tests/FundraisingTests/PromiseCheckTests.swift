import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// What the check of the books finds when somebody went past the program, or two truths met.
struct PromiseCheckTests {
    private func words(_ books: Books) async throws -> [String] {
        try await books.expectSoundLedger().map(\.word)
            // The fixtures here record gifts without what moves their money.
            .filter { !["entry_without_transfer", "contributions_differ"].contains($0) }
    }

    @Test func forgedPromisesAndDepositsAreFound() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            let sum = Money(minor: 10_000, currency: try Currency("USD"))
            let pledge = try await books.app.transaction { db in
                let schedule = try PledgeSchedule(sum, every: .month, times: 2, from: LocalDate("2026-01-31"))
                return try AddPledge(.init(.pledge, of: donor, sum, schedule), by: books.actor(db)).perform(db)
            }
            let gift = try await books.record(.init(kind: .check, amount: sum))
            let batch = try await books.app.transaction { db in
                let actor = try books.actor(db)
                let batch = try OpenBatch(total: sum, count: 1, depositedOn: LocalDate("2026-02-01"), by: actor)
                    .perform(db)
                _ = try DepositGifts([gift], .into, batch.id, by: actor).perform(db)
                return try CloseBatch(batch.id, by: actor).perform(db)
            }
            #expect(try await words(books) == [])
            let superuser = books.test.database(books.test.superuserURL)
            defer { Task { await superuser.close() } }
            try await superuser.transaction { db in
                try db.run("SET LOCAL session_replication_role = replica")
                try db.run("UPDATE fundraising.pledge_instalment SET amount_minor = 1 WHERE pledge_id = \(pledge.id)")
                try db.run("UPDATE fundraising.deposit_item SET amount_minor = 1 WHERE batch_id = \(batch.id)")
            }
            #expect(try await words(books) == ["instalments_differ", "deposit_differs"])
        }
    }

    /// A gift is given back, another settles its instalment, and then the first one's refund fails.
    @Test func aFailedRefundThatPaysAnInstalmentTwiceIsSaid() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            let sum = Money(minor: 10_000, currency: try Currency("USD"))
            let part = try await books.app.transaction { db in
                let schedule = try PledgeSchedule(sum, every: .month, times: 1, from: LocalDate("2026-01-31"))
                return try AddPledge(.init(.pledge, of: donor, sum, schedule), by: books.actor(db)).perform(db)
                    .instalments(db)[0]
            }
            func settle(_ gift: ID<Gift>) async throws {
                _ = try await books.app.transaction { db in
                    try SettleInstalment(part.id, by: gift, as: books.actor(db)).perform(db)
                }
            }
            let (first, second) = (
                try await books.addGift(10_000, of: donor), try await books.addGift(10_000, of: donor)
            )
            try await settle(first)
            try await books.enter("refund", -10_000, on: first)
            try await settle(second)
            #expect(try await words(books) == [])
            try await books.enter("refund_failed", 10_000, on: first)
            #expect(try await words(books) == ["instalment_overpaid"])
            let now = try await books.app.read { try PledgeInstalment.find($0, part.id) }
            #expect(now.open.minor == 0 && now.settled.minor == 20_000)
        }
    }
}
