import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// What goes to the bank together is counted twice before it is believed.
struct DepositTests {
    private func usd(_ minor: Int64) throws -> Money { Money(minor: minor, currency: try Currency("USD")) }

    private func open(_ books: Books, _ minor: Int64, _ count: Int) async throws -> ID<DepositBatch> {
        let total = try usd(minor)
        return try await books.app.transaction { db in
            try OpenBatch(total: total, count: count, depositedOn: LocalDate("2025-03-03"), by: books.actor(db))
                .perform(db).id
        }
    }

    private func put(
        _ books: Books, _ gifts: [ID<Gift>], _ batch: ID<DepositBatch>, _ way: DepositGifts.Way = .into
    ) async throws {
        _ = try await books.app.transaction { db in
            try DepositGifts(gifts, way, batch, by: books.actor(db)).perform(db)
        }
    }

    private func close(_ books: Books, _ batch: ID<DepositBatch>) async throws {
        _ = try await books.app.transaction { db in try CloseBatch(batch, by: books.actor(db)).perform(db) }
    }

    private func refusal(_ body: () async throws -> Void) async -> BatchRefusal? {
        do { try await body() } catch FundraisingError.batch(let refusal) { return refusal } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    /// What lies in an account: debits less credits.
    private func balance(_ books: Books, _ account: String) async throws -> Int {
        try await books.app.read { db in
            try db.one(
                """
                SELECT coalesce(sum(CASE WHEN debit::text = \(account) THEN amount_minor \
                WHEN credit::text = \(account) THEN -amount_minor ELSE 0 END), 0)::bigint FROM fundraising.transfer
                """
            ) { try $0.next(Int.self) }
        }
    }

    @Test func aBatchClosesWhenSumAndNumberAreThoseOfItsSlip() async throws {
        try await withBooks { books in
            func check(_ minor: Int64) async throws -> ID<Gift> {
                try await books.record(.init(kind: .check, amount: usd(minor)))
            }
            let (first, second, third) = (try await check(10_000), try await check(2_500), try await check(2_500))
            let wire = try await books.record(.init(kind: .wire, amount: usd(700)))
            let batch = try await open(books, 13_200, 3)
            try await put(books, [first, second], batch)
            #expect(
                await refusal { try await close(books, batch) }
                    == .differs(batch, slip: try usd(13_200), count: 3, added: try usd(12_500), addedCount: 2))
            try await put(books, [third, wire], batch)
            #expect(await refusal { try await close(books, batch) } != nil)
            try await put(books, [third], batch, .outOf)
            #expect(try await balance(books, "undeposited") == 15_000)
            #expect(try await balance(books, "bank") == 700)
            try await close(books, batch)
            // The checks are at the bank; the wire was already.
            #expect(try await balance(books, "undeposited") == 2_500)
            #expect(try await balance(books, "bank") == 13_200)
            #expect(try await books.expectSoundLedger() == [])
            #expect(try await books.net() == ["2026": 15_700])

            #expect(await refusal { try await close(books, batch) } == .closed(batch))
            #expect(await refusal { try await put(books, [third], batch) } == .closed(batch))
            #expect(await refusal { try await put(books, [first], batch, .outOf) } == .closed(batch))
            let next = try await open(books, 10_000, 1)
            #expect(await refusal { try await put(books, [first], next) } == .deposited(first, in: batch))
            for (statement, constraint) in [
                ("DELETE FROM fundraising.deposit_item", "deposit_batch_stays_closed"),
                (
                    "INSERT INTO fundraising.deposit_item (gift_id, batch_id, added_by) VALUES (\(third), \(batch), 1)",
                    "deposit_batch_stays_closed"
                ),
                (
                    "UPDATE fundraising.deposit_batch SET closed_at = NULL, closed_by = NULL WHERE id = \(batch)",
                    "deposit_batch_stays_closed"
                ),
                (
                    "UPDATE fundraising.deposit_batch SET closed_at = now(), closed_by = 1 WHERE id = \(next)",
                    "deposit_batch_equal"
                ),
            ] { #expect(await books.refusal(of: statement)?.constraint == constraint, "\(statement)") }
            #expect(await books.refusal(of: "UPDATE fundraising.deposit_batch SET gifts = 2")?.sqlstate == "42501")
        }
    }

    @Test func whatWasCorrectedOrWentBackSinceItWasPutInIsNotDepositedAsItWas() async throws {
        try await withBooks { books in
            let corrected = try await books.record(.init(kind: .check, amount: usd(10_000)))
            let batch = try await open(books, 10_000, 1)
            try await put(books, [corrected], batch)
            let less = try usd(7_500)
            try await books.app.transaction { db in
                _ = try AdjustGift(corrected, .lower(less), reason: "Misread", by: books.actor(db)).perform(db)
            }
            #expect(await refusal { try await close(books, batch) } == .changed(corrected, in: batch))
            #expect(
                await books.refusal(
                    of: "UPDATE fundraising.deposit_batch SET closed_at = now(), closed_by = 1 WHERE id = \(batch)")?
                    .constraint == "deposit_batch_unchanged")
            try await put(books, [corrected], batch, .outOf)

            // 50.00 of 80.00 went back before the check was counted as deposited.
            let returned = try await books.record(.init(kind: .check, amount: usd(8_000)))
            let next = try await open(books, 8_000, 1)
            try await put(books, [returned], next)
            let back = try usd(5_000)
            try await books.app.transaction { db in
                _ = try RefundGift(returned, back, at: nil, reason: "Asked for it", by: books.actor(db)).perform(db)
            }
            #expect(
                await books.refusal(of: "UPDATE fundraising.deposit_batch SET closed_at = NULL WHERE id = \(next)")?
                    .constraint == "deposit_batch_closed")
            try await close(books, next)
            #expect(try await balance(books, "bank") == 3_000)
            // What is left of the corrected one lies there still.
            #expect(try await balance(books, "undeposited") == 2_500)
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test func onlyWhatIsCarriedToTheBankIsDeposited() async throws {
        try await withBooks { books in
            let batch = try await open(books, 10_000, 1)
            for (kind, isDeposited) in [
                (.check, true), (.cash, true), (.wire, true), (.daf, true), (.ira, true), (.bequest, true),
                (.employerMatch, true), (.grantPayment, true), (.card, false), (.stock, false), (.inKind, false),
            ] as [(Gift.Kind, Bool)] {
                let gift = try await books.addGift(1_000, of: nil, kind: kind)
                let refused = await refusal { try await put(books, [gift], batch) }
                #expect(refused == (isDeposited ? nil : .notDeposited(gift)), "\(kind)")
            }
            for gift in [
                try await books.addGift(1_000, of: nil, currency: "EUR"),
                try await books.addGift(1_000, of: nil, live: false),
            ] { #expect(await refusal { try await put(books, [gift], batch) } == .notDeposited(gift)) }
            // All that are named, or none.
            let (good, bad) = (
                try await books.addGift(1_000, of: nil), try await books.addGift(1_000, of: nil, kind: .card)
            )
            #expect(await refusal { try await put(books, [good, bad], batch) } == .notDeposited(bad))
            #expect(try await books.app.read { try DepositBatch.find($0, batch).addedCount } == 8)
        }
    }

    /// Whoever comes first: a batch that closed holds what its slip says, and a gift is in one batch.
    @Test func addingAndClosingAtOnceLeavesNoBatchThatDiffers() async throws {
        try await withBooks { books in
            for round in 0..<6 {
                let (inside, extra) = (
                    try await books.record(.init(kind: .check, amount: usd(1_000))),
                    try await books.record(.init(kind: .cash, amount: usd(1_000)))
                )
                let (one, two) = (try await open(books, 1_000, 1), try await open(books, 1_000, 1))
                try await put(books, [inside], one)
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { try? await self.close(books, one) }
                    group.addTask { try? await self.put(books, [extra], one) }
                    group.addTask { try? await self.put(books, [extra], two) }
                    group.addTask { try? await self.close(books, two) }
                }
                let batches = try await books.app.read { db in try [one, two].map { try DepositBatch.find(db, $0) } }
                for batch in batches where batch.closedAt != nil { #expect(batch.isEqual, "round \(round)") }
                let places = batches.reduce(0) { $0 + $1.addedCount }
                #expect(places == 2, "round \(round)")
            }
            #expect(try await books.expectSoundLedger() == [])
        }
    }
}
