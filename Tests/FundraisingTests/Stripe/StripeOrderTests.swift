import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Many events, late, twice and out of order, against one delivery in order.
struct StripeOrderTests {
    /// What Stripe would send about so many payments, in the order of happening.
    static func story(payments: Int, seed: UInt64) -> [JSON] {
        var random = SeededRandom(seed: seed)
        return (1...payments).flatMap { number -> [JSON] in
            var payment = StripePaymentEvents(number: number)
            payment.amount = Int64.random(in: 1_000...50_000, using: &random)
            payment.at = 1_767_000_000 + Int64(number) * 977
            payment.email = "giver\(number % 170)@example.org"
            var events = [payment.intentSucceeded, payment.chargeSucceeded]
            switch number % 5 {
            case 0: events.append(payment.checkoutCompleted)
            case 1:
                let first = payment.amount / 3
                events += [payment.refund("a", first), payment.chargeRefunded(first, "1")]
                events += [payment.refund("b", payment.amount - first), payment.chargeRefunded(payment.amount, "2")]
            case 2:
                events += [
                    payment.dispute("created", payment.amount, status: "needs_response"),
                    payment.dispute("funds_withdrawn", payment.amount, status: "needs_response"),
                    payment.dispute("closed", payment.amount, status: number.isMultiple(of: 2) ? "won" : "lost"),
                ]
                if number.isMultiple(of: 2) {
                    events.append(payment.dispute("funds_reinstated", payment.amount, status: "won"))
                }
            case 3:
                let isOld = number.isMultiple(of: 2)
                events.append(payment.subscription("created"))
                events.append(payment.invoicePaid(subscription: "sub_\(number)", isOldShape: isOld))
                if !isOld { events.append(payment.invoicePayment) }
            default:
                events.append(payment.refund("a", 500, status: "pending"))
                events.append(payment.refund("a", 500, status: "failed", type: "refund.failed"))
            }
            return events
        }
    }

    static func portrait(inOrder events: [JSON]) async throws -> [String] {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            for event in events { try await desk.deliver(event) }
            #expect(try await books.expectSoundLedger().isEmpty)
            return try await desk.portrait()
        }
    }

    @Test func fiveHundredGiftsEventsTwiceAndShuffledOnThirtyTwoConnectionsEndAsInOrder() async throws {
        let seed = UInt64.random(in: 0...9_999)
        print("seed \(seed)")
        let events = Self.story(payments: 500, seed: seed)
        let inOrder = try await Self.portrait(inOrder: events)
        #expect(inOrder.count { $0.hasPrefix("gift ") } == 500)
        #expect(!inOrder.contains { $0.hasPrefix("event ") && !$0.hasSuffix(" applied") })

        try await withBooks { books in
            let wide = books.test.database(books.test.appURL) { $0.poolSize = 32 }
            let desk = StripeDesk(books: Books(test: books.test, zone: books.zone), database: wide)
            var random = SeededRandom(seed: seed)
            let deliveries = (events + events).shuffled(using: &random)
            #expect(deliveries.count > 1_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<32 {
                    group.addTask {
                        for index in stride(from: lane, to: deliveries.count, by: 32) {
                            try await desk.deliver(deliveries[index])
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await desk.drain()
            #expect(try await desk.portrait() == inOrder)
            #expect(try await books.expectSoundLedger().isEmpty)
            await wide.close()
        }
    }

    /// Given on 31 December in New York, cleared on 5 January.
    @Test func aDebitCountsForTheYearItWasGivenInWhicheverOfItsEventsComesFirst() async throws {
        var payment = StripePaymentEvents(number: 1)
        payment.at = 1_767_240_000
        let days: Int64 = 4 * 86_400 + 60
        let charge = payment.event("charge.succeeded", at: days, of: payment.charge)
        let intent = payment.event(
            "payment_intent.succeeded", at: days, of: payment.intentSucceeded["data"]?["object"] ?? .null)
        var portraits: Set<[String]> = []
        for events in [[charge, intent], [intent, charge], [intent, payment.checkoutCompleted, charge, intent]] {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                for event in events { try await desk.deliver(event) }
                #expect(try await books.report() == ["2025 USD 1 10000 0 10000"])
                #expect(try await books.report(basis: .cash) == ["2026 USD 1 10000 0 10000"])
                #expect(try await books.report(by: .day) == ["2025-12-31 USD 1 10000 0 10000"])
                #expect(try await books.expectSoundLedger().isEmpty)
                let kept = try await books.report(by: .month)
                _ = try await books.app.transaction { try RebuildTotals(by: books.actor($0, .finance)).perform($0) }
                #expect(try await books.report(by: .month) == kept)
                portraits.insert(try await desk.portrait().filter { !$0.hasPrefix("event ") })
                for statement in [
                    "UPDATE fundraising.gift SET tax_date = '2026-01-01'",
                    "UPDATE fundraising.gift SET given_at_guessed = true",
                ] { #expect(try await books.constraint(statement) == "gift_dated_once") }
            }
        }
        #expect(portraits.count == 1)
    }
}
