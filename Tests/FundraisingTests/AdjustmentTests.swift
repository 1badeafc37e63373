import Access
import Journal
import Postgres
import TestDatabase
import Testing
import Values

@testable import Fundraising

/// Corrections by hand, and what takes two people.
struct AdjustmentTests {
    private func usd(_ minor: Int64) throws -> Money { Money(minor: minor, currency: try Currency("USD")) }

    private func adjust(
        _ books: Books, _ gift: ID<Gift>, _ change: AdjustGift.Change, as role: Role = .development
    ) async throws -> ManualAdjustment {
        try await books.app.transaction { db in
            try AdjustGift(gift, change, reason: "Miscounted", by: books.actor(db, role)).perform(db)
        }
    }

    private func approve(_ books: Books, _ id: ID<ManualAdjustment>, as role: Role = .finance) async throws
        -> ManualAdjustment
    {
        try await books.app.transaction { try ApproveAdjustment(id, by: books.actor($0, role)).perform($0) }
    }

    private func refusal(_ body: () async throws -> Void) async -> AdjustmentRefusal? {
        do { try await body() } catch FundraisingError.adjustment(let refusal) { return refusal } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    /// Debits less credits, by account.
    private func balances(_ books: Books) async throws -> [String] {
        try await books.app.read { db in
            try db.rows(
                """
                SELECT account || ' ' || sum(minor) FROM (SELECT debit::text AS account, amount_minor AS minor \
                FROM fundraising.transfer UNION ALL SELECT credit::text, -amount_minor FROM fundraising.transfer) t \
                GROUP BY account HAVING sum(minor) <> 0 ORDER BY account
                """
            ) { try $0.next(String.self) }
        }
    }

    @Test func refundsAndCorrectionsCountTogetherTowardsWhatOneMayDoAlone() async throws {
        try await withBooks { books in
            let gift = try await books.record(.init(kind: .wire, amount: usd(300_000)))
            let thousand = try usd(100_000)
            let refund = try await books.app.transaction { db in
                try RefundGift(gift, thousand, at: nil, reason: "Asked for it", by: books.actor(db)).perform(db)
            }
            #expect(!refund.takesTwo)
            #expect(try await adjust(books, gift, .lower(usd(1))).takesTwo)
            let other = try await books.record(.init(kind: .wire, amount: usd(300_000)))
            #expect(try await !adjust(books, other, .lower(usd(100_000))).takesTwo)
            let cent = try usd(1)
            let second = try await books.app.transaction { db in
                try RefundGift(other, cent, at: nil, reason: "Asked for it", by: books.actor(db)).perform(db)
            }
            #expect(second.takesTwo)
        }
    }

    @Test func aRefundLeavesWhatWasWrittenOffInTheDatabaseToo() async throws {
        try await withBooks { books in
            let gift = try await books.record(.init(kind: .check, amount: usd(10_000)))
            _ = try await adjust(books, gift, .writeOff(usd(8_000)))
            let event = try await books.app.transaction { try Books.tell($0) }
            for (amount, constraint) in [(-2_001, "entry_refund_within_charge"), (-2_000, nil)] as [(Int, String?)] {
                #expect(
                    try await books.constraint(
                        """
                        INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                        processor, external_id, inbox_id) VALUES (\(gift), 'refund', \(amount), 'USD', now(), \
                        current_date, 'test', 'r\(amount)', \(event))
                        """) == constraint)
            }
        }
    }

    @Test func aCorrectionIsAFurtherEntryAndTheBooksBalance() async throws {
        try await withBooks { books in
            let gift = try await books.record(.init(kind: .check, amount: usd(25_000)))
            _ = try await adjust(books, gift, .lower(usd(22_500)))
            _ = try await adjust(books, gift, .raise(usd(500)))
            let bounced = try await books.record(.init(kind: .check, amount: usd(4_000)))
            _ = try await adjust(books, bounced, .writeOff(usd(4_000)))
            #expect(
                try await balances(books)
                    == ["adjustments 22000", "contributions -29000", "undeposited 3000", "write_offs 4000"])
            #expect(try await books.net() == ["2026": 3_000])
            #expect(try await books.expectSoundLedger() == [])
            #expect(
                await refusal { _ = try await adjust(books, gift, .lower(usd(3_001))) }
                    == .aboveLeft(gift, left: try usd(3_000)))
            #expect(
                await refusal { _ = try await adjust(books, bounced, .writeOff(usd(1))) }
                    == .aboveLeft(bounced, left: try usd(0)))
            // An entry that nobody asked the program for is held to it too.
            let forged = """
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, processor, \
                external_id) VALUES (\(gift), 'write_off', -3001, 'USD', now(), current_date, 'manual', 'forged')
                """
            #expect(await books.refusal(of: forged)?.constraint == "entry_leaves_something")
        }
    }

    @Test func aLargeCorrectionTakesTwoPeopleHoweverItIsCut() async throws {
        try await withBooks { books in
            let gift = try await books.record(.init(kind: .wire, amount: usd(500_000)))
            #expect(try await adjust(books, gift, .raise(usd(60_000))).entry != nil)
            let second = try await adjust(books, gift, .lower(usd(40_001)), as: .finance)
            #expect(second.takesTwo && second.entry == nil)
            #expect(await refusal { _ = try await approve(books, second.id) } == .ownAdjustment(second.id))
            let third = try await adjust(books, gift, .writeOff(usd(500_000)))
            await #expect(throws: AccessError.self) { _ = try await approve(books, third.id, as: .development) }
            #expect(try await approve(books, third.id).entry != nil)
            #expect(await refusal { _ = try await approve(books, third.id) } == .adjustmentMade(third.id))
            #expect(try await books.net() == ["2026": 60_000])
            #expect(
                await books.refusal(
                    of: "UPDATE fundraising.manual_adjustment SET entry_id = 1 WHERE id = \(second.id)")?.constraint
                    == "manual_adjustment_two_people")
        }
    }

    @Test func moneyThatWasDepositedIsCorrectedAtTheBank() async throws {
        try await withBooks { books in
            let gift = try await books.record(.init(kind: .check, amount: usd(1_000)))
            _ = try await books.app.transaction { db in
                let actor = try books.actor(db)
                let batch = try OpenBatch(
                    total: usd(1_000), count: 1, depositedOn: LocalDate("2026-01-05"), by: actor
                ).perform(db)
                _ = try DepositGifts([gift], .into, batch.id, by: actor).perform(db)
                return try CloseBatch(batch.id, by: actor).perform(db)
            }
            _ = try await adjust(books, gift, .writeOff(usd(1_000)))
            #expect(try await balances(books) == ["contributions -1000", "write_offs 1000"])
        }
    }

    @Test func aReceiptOfMuchTakesTwoPeopleToVoid() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            let small = try await books.issue(try await books.addGift(100_000, of: donor))
            #expect(try await books.void(small).state == .voided)
            let large = try await books.issue(try await books.addGift(100_001, of: donor))
            #expect(try await books.void(large).state == .issued)
            #expect(await refusal { _ = try await books.void(large) } == .ownVoid(number: large.number))
            let forged =
                "SELECT fundraising.void_receipt(\(large.id), 'x', (SELECT asked_by FROM fundraising.receipt_void))"
            #expect(await books.refusal(of: forged)?.constraint == "receipt_void_second_person")
            _ = try await books.app.transaction { db in
                let admin = try books.actor(db, .admin)
                return try AddAccount(
                    email: EmailAddress("finance2@example.org"), name: "F", grants: [RoleGrant(.finance)], by: admin
                ).perform(db)
            }
            let voided = try await books.app.transaction { db in
                let second = try Actor.load(
                    db, email: EmailAddress("finance2@example.org"), via: .cli, systemUser: "test")
                return try VoidReceipt(large.number, reason: "Refunded", by: second).perform(db)
            }
            #expect(voided.state == .voided && voided.endedBy == "finance2@example.org")
            #expect(try await books.receipts().map(\.number) == [large.number, small.number])
        }
    }
}
