import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Events one by one and in every order: the books end the same.
struct StripeEventTests {
    @Test func anIntentAndItsChargeBringOneGiftWhicheverComesFirst() async throws {
        var portraits: [[String]] = []
        for isReversed in [false, true] {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                let payment = StripePaymentEvents(number: 1)
                let events = [payment.intentSucceeded, payment.chargeSucceeded, payment.checkoutCompleted]
                for event in isReversed ? events.reversed() : events { try await desk.deliver(event) }
                #expect(try await desk.net("pi_1") == 10_000)
                #expect(try await books.count("fundraising.gift") == 1)
                #expect(try await books.count("fundraising.entry") == 1)
                #expect(try await books.expectSoundLedger().isEmpty)
                portraits.append(try await desk.portrait())
            }
        }
        #expect(portraits[0] == portraits[1])
    }

    @Test(arguments: [0, 1, 2])
    func eachOfIntentChargeAndCheckoutSufficesOrWaits(_ index: Int) async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let payment = StripePaymentEvents(number: 1)
            let events = [payment.intentSucceeded, payment.chargeSucceeded, payment.checkoutCompleted]
            try await desk.deliver(events[index])
            // A checkout with an intent brings no money of its own.
            #expect(try await desk.net("pi_1") == (index == 2 ? nil : 10_000))
        }
    }

    @Test func aCheckoutPaidWithoutAnIntentIsMoney() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let event = StripePaymentEvents(number: 1).event(
                "checkout.session.completed",
                of: [
                    "id": "cs_1", "mode": "payment", "payment_status": "paid", "amount_total": 2_500, "currency": "usd",
                    "customer_details": ["email": "x@example.org"],
                ])
            try await desk.deliver(event)
            try await desk.deliver(event)
            #expect(try await desk.net("cs_1") == 2_500)
        }
    }

    @Test func theSamePaymentAtTwoEndpointsIsChargedOnce() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let payment = StripePaymentEvents(number: 1)
            try await desk.deliver(payment.chargeSucceeded, endpoint: "main")
            try await desk.deliver(payment.event("charge.succeeded", "_again", of: payment.charge), endpoint: "second")
            #expect(try await desk.net("pi_1") == 10_000)
            #expect(try await books.count("fundraising.entry") == 1)
        }
    }

    @Test func anotherBodyUnderAKnownIdRaisesAnAlarmAndMovesNoMoney() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let first = StripePaymentEvents(number: 1)
            let receipt = try await desk.deliver(first.chargeSucceeded)
            var second = first
            second.amount = 99_900
            #expect(try await desk.deliver(second.chargeSucceeded) == .conflicting(receipt.id))
            #expect(try await desk.deliver(second.chargeSucceeded) == .conflicting(receipt.id))
            #expect(try await desk.deliver(first.chargeSucceeded) == .repeated(receipt.id))
            #expect(try await desk.net("pi_1") == 10_000)
            #expect(try await books.count("fundraising.webhook_conflict") == 1)
            #expect(try await books.count("journal.outbox WHERE type = 'event.conflicting'") == 1)
        }
    }

    @Test func aRefundBeforeItsChargeWaitsAndIsThenRightWithoutHelp() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let payment = StripePaymentEvents(number: 1)
            try await desk.deliver(payment.refund("a", 2_500))
            #expect(try await desk.state("evt_1_refund.created_a_succeeded") == "parked")
            #expect(try await books.count("fundraising.entry") == 0)
            try await desk.deliver(payment.intentSucceeded)
            #expect(try await desk.state("evt_1_refund.created_a_succeeded") == "applied")
            #expect(try await desk.net("pi_1") == 7_500)
            #expect(try await books.count("fundraising.webhook_wait") == 0)
        }
    }

    @Test func whatAChargeSaysWasRefundedIsACheckAndNoMoney() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let payment = StripePaymentEvents(number: 1)
            try await desk.deliver(payment.chargeSucceeded)
            try await desk.deliver(payment.refund("a", 500))
            try await desk.deliver(payment.chargeRefunded(500, "1"))
            // The second refund's own event is late: what the charge says waits for it.
            try await desk.deliver(payment.chargeRefunded(900, "2"))
            #expect(try await desk.net("pi_1") == 9_500)
            #expect(try await desk.state("evt_1_charge.refunded_2") == "parked")
            try await desk.deliver(payment.refund("b", 400))
            try await desk.deliver(payment.chargeRefunded(900, "3"))
            #expect(try await desk.net("pi_1") == 9_100)
            for suffix in ["1", "2", "3"] {
                #expect(try await desk.state("evt_1_charge.refunded_\(suffix)") == "applied")
            }
        }
    }

    @Test func aRefundAboveTheChargeWaitsAndTheNetIsNeverNegative() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let payment = StripePaymentEvents(number: 1)
            try await desk.deliver(payment.chargeSucceeded)
            try await desk.deliver(payment.refund("a", 8_000))
            try await desk.deliver(payment.refund("b", 3_000))
            #expect(try await desk.net("pi_1") == 2_000)
            #expect(try await desk.state("evt_1_refund.created_b_succeeded") == "parked")
            // The first one bounces: now there is room.
            try await desk.deliver(payment.refund("a", 8_000, status: "failed", type: "refund.failed"))
            #expect(try await desk.net("pi_1") == 7_000)
            #expect(try await desk.state("evt_1_refund.created_b_succeeded") == "applied")
        }
    }

    @Test func aRefundThatFailedIsNoRefundInWhicheverOrder() async throws {
        for isReversed in [false, true] {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                let payment = StripePaymentEvents(number: 1)
                try await desk.deliver(payment.chargeSucceeded)
                let events = [
                    payment.refund("a", 4_000, status: "pending"),
                    payment.refund("a", 4_000, status: "failed", type: "refund.updated"),
                    payment.refund("a", 4_000, status: "failed", type: "refund.failed"),
                ]
                for event in isReversed ? events.reversed() : events { try await desk.deliver(event) }
                #expect(try await desk.net("pi_1") == 10_000)
                #expect(try await books.count("fundraising.entry") == 3)
            }
        }
    }

    @Test func aDisputesEventsGiveTheSameNetInAllOrders() async throws {
        let payment = StripePaymentEvents(number: 1)
        let steps = [
            payment.dispute("created", 7_500, status: "needs_response"),
            payment.dispute("funds_withdrawn", 7_500, status: "needs_response"),
            payment.dispute("closed", 7_500, status: "lost"),
        ]
        var portraits: Set<[String]> = []
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                try await desk.deliver(payment.chargeSucceeded)
                for index in order { try await desk.deliver(steps[index]) }
                #expect(try await desk.net("pi_1") == 2_500)
                portraits.insert(try await desk.portrait())
            }
        }
        #expect(portraits.count == 1)
        #expect(portraits.first?.contains("dispute dp_1 lost 7500") == true)
        // And the fee is money of its own.
        #expect(portraits.first?.contains { $0.hasPrefix("entry fee dp_1 dispute -1500 USD") } == true)
    }

    @Test func aWonDisputeComesBackAndEndsWon() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let payment = StripePaymentEvents(number: 1)
            try await desk.deliver(payment.chargeSucceeded)
            try await desk.deliver(payment.dispute("closed", 7_500, status: "won"))
            try await desk.deliver(payment.dispute("funds_reinstated", 7_500, status: "won"))
            try await desk.deliver(payment.dispute("funds_withdrawn", 7_500, status: "needs_response"))
            #expect(try await desk.net("pi_1") == 10_000)
            #expect(try await desk.portrait().contains("dispute dp_1 won 7500"))
            #expect(try await books.expectSoundLedger().isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func allEventsOfOneInstalmentAreOneGiftOfItsPlan(_ isOldShape: Bool) async throws {
        let payment = StripePaymentEvents(number: 1)
        let events = [
            payment.subscription("created"), payment.invoicePaid(subscription: "sub_1", isOldShape: isOldShape),
            payment.invoicePaid("invoice.payment_succeeded", subscription: "sub_1", isOldShape: isOldShape),
            payment.intentSucceeded, payment.chargeSucceeded, payment.checkoutCompleted, payment.invoicePayment,
        ]
        var portraits: Set<[String]> = []
        for turn in 0..<events.count {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                for index in events.indices { try await desk.deliver(events[(index + turn) % events.count]) }
                #expect(try await desk.net("pi_1") == 10_000)
                #expect(try await books.count("fundraising.gift") == 1)
                #expect(
                    try await books.count(
                        "fundraising.instalment i JOIN fundraising.plan p ON p.id = i.plan_id WHERE i.gift_id IS NOT NULL"
                    )
                        == 1)
                portraits.insert(try await desk.portrait())
            }
        }
        #expect(portraits.count == 1)
    }

    @Test func testModeNeverMixesWithLiveMoney() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            var test = StripePaymentEvents(number: 1)
            test.isLive = false
            try await desk.deliver(test.chargeSucceeded)
            try await desk.deliver(StripePaymentEvents(number: 1).refund("a", 500))
            #expect(try await desk.state("evt_1_refund.created_a_succeeded") == "parked")
            #expect(try await desk.net("pi_1") == 10_000)
            #expect(try await books.report() == [])
        }
    }

    @Test func anEventThatTheBooksRefuseIsDeadAndThoseBehindItAreApplied() async throws {
        let (first, behind) = (StripePaymentEvents(number: 1), StripePaymentEvents(number: 2))
        var (other, live) = (first, StripePaymentEvents(number: 3))
        other.currency = "eur"
        var test = live
        test.isLive = false
        live.metadata = ["again": "live"]
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            // All in line before any is tried; the refund wakes up behind what is refused.
            for event in [
                behind.refund("a", 500), first.chargeSucceeded, other.refund("b", 500), test.chargeSucceeded,
                live.intentSucceeded, behind.chargeSucceeded,
            ] { try await desk.receive(event) }
            try await desk.drain()
            #expect(try await desk.net("pi_1") == 10_000)
            #expect(try await desk.net("pi_2") == 9_500)
            let dead = try await books.app.read { db in
                try db.rows(
                    "SELECT event_id || ': ' || reason FROM fundraising.webhook_inbox WHERE state = 'dead' ORDER BY id"
                ) { try $0.next(String.self) }
            }
            #expect(dead.count == 2, "\(dead)")
            #expect(dead.first?.hasPrefix("evt_1_refund.created_b_succeeded: the books refuse it: ") == true, "\(dead)")
            #expect(dead.last?.hasPrefix("evt_3_payment_intent.succeeded: ") == true, "\(dead)")
            #expect(try await books.count("fundraising.webhook_inbox WHERE state = 'new'") == 0)
            #expect(try await books.count("journal.outbox WHERE type = 'event.dead'") == 2)
            #expect(try await books.expectSoundLedger().isEmpty)
        }
    }

    @Test func whatIsLeftBehindAndWhoFellSilentIsAGap() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            func gaps() async throws -> [String] {
                try await books.app.read { db in
                    try EventGap.list(db, from: LocalDate("2026-01-01"), in: .utc).map { gap in
                        "\(gap.kind.rawValue) \(gap.endpoint) \(gap.event.map { "\($0)" } ?? "-")"
                    }
                }
            }
            var other = StripePaymentEvents(number: 2)
            other.currency = "xyz"
            try await desk.deliver(StripePaymentEvents(number: 1).refund("a", 1))
            try await desk.deliver(other.chargeSucceeded)
            try await desk.receive(StripePaymentEvents(number: 3).chargeSucceeded, endpoint: "second")
            #expect(try await gaps() == ["event_dead main 2"], "an hour is given to what waits")
            try await books.test.owner.transaction { db in
                try db.script("UPDATE fundraising.webhook_inbox SET received_at = now() - interval '61 minutes'")
            }
            #expect(try await gaps() == ["event_dead main 2", "event_in_line second 3", "event_parked main 1"])
            try await books.test.owner.transaction { db in
                try db.script(
                    "UPDATE fundraising.webhook_inbox SET received_at = now() - interval '25 hours' WHERE endpoint = 'main'"
                )
            }
            #expect(
                try await gaps() == [
                    "event_dead main 2", "event_in_line second 3", "event_parked main 1", "webhook_silent main -",
                ])
        }
    }

    @Test(
        arguments: [
            (String(repeating: "\u{1F1F5}\u{1F1F1}", count: 126), String(repeating: "\u{1F1F5}\u{1F1F1}", count: 125)),
            ("A\u{0}nn", "Ann"), ("4242 4242 4242 4242", nil), ("078-05-1120", nil), ("  ", nil),
        ] as [(String, String?)])
    func moneyIsTakenWhateverTheGiverCallsThemselves(_ name: String, _ kept: String?) async throws {
        let payment = StripePaymentEvents(number: 1)
        guard case .object(var charge) = payment.charge else { return }
        charge["billing_details"] = ["email": "giver@example.org", "name": .string(name)]
        charge["metadata"] = ["campaign": "a\u{0}b", "article": "c\u{0}"]
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            try await desk.deliver(payment.event("charge.succeeded", of: .object(charge)))
            #expect(try await desk.net("pi_1") == 10_000)
            let names = try await books.app.read { try Donor.list($0, limit: 10) }.map(\.name)
            #expect(names == [kept])
        }
    }

    @Test(
        arguments: [
            ("jpy", 5_000, "5000 JPY"), ("kwd", 12_340, "12.340 KWD"), ("isk", 50_000, "500 ISK"),
            ("mga", 500, "500.00 MGA"),
            ("usd", 1, "0.01 USD"), ("usd", 999_999_999_999, "9999999999.99 USD"),
        ] as [(String, Int64, String)])
    func amountsAreTakenAsTheProcessorCountsThem(_ currency: String, _ amount: Int64, _ wanted: String) async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            var payment = StripePaymentEvents(number: 1)
            payment.currency = currency
            payment.amount = amount
            try await desk.deliver(payment.chargeSucceeded)
            let money = try await books.app.read { db in
                try db.one("SELECT amount_minor, currency FROM fundraising.entry") { row in
                    Money(minor: try row.next(), currency: try row.next())
                }
            }
            #expect(money.description == wanted)
        }
    }

    @Test(
        arguments: [
            ("kwd", 12_345), ("isk", 50_001), ("xyz", 100), ("usd", -1), ("mga", 9_223_372_036_854_775_807),
            ("lyd", 1_000), ("usd", 1_000_000_000_000), ("usd", 9_223_372_036_854_775_807),
        ] as [(String, Int64)])
    func anAmountThatCannotBeSaidExactlyIsNeverGuessed(_ currency: String, _ amount: Int64) async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            var payment = StripePaymentEvents(number: 1)
            payment.currency = currency
            payment.amount = amount
            try await desk.deliver(payment.chargeSucceeded)
            #expect(try await books.count("fundraising.entry") == 0)
            #expect(try await books.count("fundraising.gift") == 0)
            #expect(try await ["dead", "ignored"].contains(desk.state("evt_1_charge.succeeded")))
        }
    }

    @Test func theTaxYearIsThatOfTheChargesInstantInThePublicationsZone() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            for (number, at) in [(1, 1_767_243_599), (2, 1_767_243_600)] as [(Int, Int64)] {
                var payment = StripePaymentEvents(number: number)
                payment.at = at
                try await desk.deliver(payment.intentSucceeded)
                try await desk.deliver(payment.chargeSucceeded)
            }
            #expect(try await books.net() == ["2025": 10_000, "2026": 10_000])
        }
    }

    @Test func whatIsSignedAndUnreadableIsKeptForSomebodyToLookAt() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            for body in [[0x7B, 0xFF, 0xFE, 0x7D], Array("[]".utf8), Array("{\"object\":\"event\"}".utf8)] as [[UInt8]]
            {
                let receipt = try await desk.receive(bytes: body)
                #expect(try await desk.apply(receipt.id)?.state == .dead)
                #expect(try await desk.receive(bytes: body) == .repeated(receipt.id))
            }
            #expect(try await books.count("journal.outbox WHERE type = 'event.dead'") == 3)
        }
    }

    @Test func aBodyBeyondTheLimitIsRefusedBeforeAnythingElse() {
        let body = [UInt8](repeating: 0x20, count: ReceiveEvent.largestBody + 1)
        do throws(FundraisingError) {
            _ = try ReceiveEvent(
                body, signature: StripeDesk.signature(body), secrets: [StripeDesk.secret], endpoint: "main",
                now: StripeDesk.now)
            Issue.record("taken")
        } catch { #expect(error == .eventTooLarge(limit: 1 << 20)) }
    }
}
