import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Stripe's payments export beside the events of the same payments.
struct StripePaymentFileTests {
    static let header =
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Fee,Status,Customer Email,Customer ID,"
        + "Description,PaymentIntent ID,Refunded date (UTC),Mode\n"
    /// The payment that ``StripePaymentEvents`` number 1 tells of: 29 December 2025, 9:20:00.
    static let line =
        "ch_1,2025-12-29 09:20:00,100.00,0.00,usd,true,3.20,Paid,giver@example.org,cus_1,Gift,pi_1,,Live\n"

    private static func refunded(_ amount: String, on day: String = "2025-12-29 09:21:40") -> String {
        line.replacing("100.00,0.00", with: "100.00,\(amount)").replacing(",pi_1,,", with: ",pi_1,\(day),")
    }

    // MARK: In both orders

    @Test(arguments: [true, false], ["ch_1", "pi_1"])
    func aPaymentIsOneGiftWhetherItsEventsOrItsFileComeFirst(_ fileFirst: Bool, _ intent: String) async throws {
        // Older exports have no intent: then the charge is what both name.
        let line = intent == "pi_1" ? Self.line : Self.line.replacing(",pi_1,", with: ",,")
        let payment = StripePaymentEvents(number: 1)
        for events in [
            [payment.intentSucceeded, payment.chargeSucceeded], [payment.chargeSucceeded, payment.intentSucceeded],
        ] {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                if !fileFirst { for event in events { try await desk.deliver(event) } }
                let report = try await books.importing(Self.header + line, as: .stripePayments)
                #expect(report.summary == "gifts \(fileFirst ? 1 : 0) refunds 0")
                if fileFirst { for event in events { try await desk.deliver(event) } }
                #expect(try await books.report() == ["2025 USD 1 10000 0 10000"])
                #expect(try await books.balances() == ["clearing": 10_000, "contributions": -10_000])
                #expect(try await books.count("fundraising.donor") == 1)
                #expect(try await books.count("fundraising.webhook_inbox WHERE state <> 'applied'") == 0)
                #expect(try await books.expectSoundLedger().isEmpty)
            }
        }
    }

    @Test(arguments: [true, false])
    func aFileFromBeforeARefundFailedTakesNothingBackAgain(_ fileFirst: Bool) async throws {
        let payment = StripePaymentEvents(number: 1)
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let file = Self.header + Self.refunded("20.00")
            if fileFirst { try await books.importing(file, as: .stripePayments) }
            for event in [
                payment.chargeSucceeded, payment.refund("a", 2_000),
                payment.refund("a", 2_000, status: "failed", type: "refund.failed"),
            ] { try await desk.deliver(event) }
            if !fileFirst { try await books.importing(file, as: .stripePayments) }
            #expect(try await desk.net("pi_1") == 10_000)
            #expect(try await books.count("fundraising.webhook_inbox WHERE state <> 'applied'") == 0)
        }
    }

    /// The column may hold the day of an earlier refund than the last one in the sum.
    @Test func moreGivenBackThanTheProcessorSaysIsSeen() async throws {
        let payment = StripePaymentEvents(number: 1)
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            try await books.importing(
                Self.header + Self.refunded("30.00", on: "2025-12-29 09:20:10"), as: .stripePayments)
            try await desk.deliver(payment.chargeSucceeded)
            try await desk.deliver(payment.refund("q", 1_000))
            try await desk.deliver(payment.chargeRefunded(3_000, "q"))
            let reasons = try await books.app.read { db in
                try db.rows("SELECT reason FROM fundraising.webhook_inbox WHERE state = 'parked'") {
                    try $0.next(String.self)
                }
            }
            #expect(reasons == ["the books have 10.00 USD more given back than it says"])
        }
    }

    @Test func aRefundIsOneWhetherItsEventOrTheFilesSumComesFirst() async throws {
        let payment = StripePaymentEvents(number: 1)
        let (first, second) = (payment.refund("a", 2_500), payment.refund("b", 1_500))
        let stories: [(String, [JSON], file: String, [JSON])] = [
            ("events, then the file", [payment.chargeSucceeded, first], Self.refunded("25.00"), []),
            ("the file, then events", [], Self.refunded("25.00"), [payment.chargeSucceeded, first]),
            ("the refund's event alone after the file", [payment.chargeSucceeded], Self.refunded("25.00"), [first]),
            ("twice", [], Self.refunded("25.00"), [first, payment.refund("a", 2_500, type: "refund.updated")]),
            ("the second between", [payment.chargeSucceeded, first], Self.refunded("40.00"), [second]),
            ("both after", [], Self.refunded("40.00"), [second, first]),
            (
                "the file is older than the second", [payment.chargeSucceeded, first, second], Self.refunded("25.00"),
                []
            ),
        ]
        for (name, before, file, after) in stories {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                for event in before { try await desk.deliver(event) }
                try await books.importing(Self.header + file, as: .stripePayments)
                for event in after { try await desk.deliver(event) }
                let all = before + after
                let wanted = file.contains("40.00") || all.contains(second) ? 4_000 : 2_500
                #expect(try await desk.net("pi_1") == Int64(10_000 - wanted), "\(name)")
                #expect(try await books.count("fundraising.webhook_inbox WHERE state <> 'applied'") == 0, "\(name)")
                #expect(try await books.expectSoundLedger().isEmpty)
            }
        }
    }

    @Test func aRefundMadeAfterTheFileWasWrittenIsMoneyOfItsOwn() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            // The file knows the refund of 29 December; another of the same amount follows a month later.
            try await books.importing(Self.header + Self.refunded("25.00"), as: .stripePayments)
            var later = StripePaymentEvents(number: 1)
            later.at += 30 * 86_400
            try await desk.deliver(later.refund("b", 2_500))
            #expect(try await desk.net("pi_1") == 5_000)
            try await desk.deliver(StripePaymentEvents(number: 1).refund("a", 2_500))
            #expect(try await desk.net("pi_1") == 5_000)
        }
    }

    @Test func noMoreRefundsAreNamedThanWereTold() async throws {
        try await withBooks { books in
            try await books.importing(Self.header + Self.refunded("25.00"), as: .stripePayments)
            for (id, amount, wanted) in [
                ("re_x", 2_501, "told_refund_within"), ("re_y", 2_500, nil), ("re_z", 1, "told_refund_within"),
            ]
                as [(String, Int64, String?)]
            {
                var broken: String?
                do {
                    try await books.app.transaction { db in
                        try db.run(
                            """
                            INSERT INTO fundraising.told_refund (processor, external_id, gift_id, amount_minor) \
                            SELECT 'stripe', \(id), g.id, \(amount) FROM fundraising.gift g
                            """)
                    }
                } catch let error as PostgresError { broken = error.constraint }
                #expect(broken == wanted)
            }
        }
    }

    // MARK: Who gave

    @Test func aDonorIsKnownByTheCustomerAndThenByTheAddress() async throws {
        try await withBooks { books in
            var rows = Self.line
            // The customer of before under another address; the address of before under another customer.
            rows += "ch_2,2025-12-30 09:20:00,10.00,0,usd,true,,Paid,other@example.org,cus_1,,pi_2,,Live\n"
            rows += "ch_3,2025-12-30 09:20:00,10.00,0,usd,true,,Paid,GIVER@example.org,cus_3,,pi_3,,Live\n"
            rows += "ch_4,2025-12-30 09:20:00,10.00,0,usd,true,,Paid,,,,pi_4,,Live\n"
            try await books.importing(Self.header + rows, as: .stripePayments)
            let donors = try await books.app.read { try Donor.list($0, limit: 10) }
            #expect(donors.map(\.gifts) == [3])
            #expect(donors.map(\.emails) == [["giver@example.org"]])
        }
    }

    // MARK: What is taken

    @Test func onlyWhatWasPaidIsTakenAndTheRestIsCounted() async throws {
        try await withBooks { books in
            var rows = Self.line
            for (number, status) in ["Failed", "requires_payment_method", "Canceled", "Blocked"].enumerated() {
                rows += Self.line.replacing("_1", with: "_9\(number)").replacing("Paid", with: status)
            }
            rows += Self.line.replacing("_1", with: "_5").replacing("true", with: "false")
            let report = try await books.importing(Self.header + rows, as: .stripePayments)
            #expect(report.summary == "gifts 1 refunds 0")
            #expect(
                report.skipped.map { "\($0.what) \($0.number)" } == [
                    "not captured 1", "status blocked 1", "status canceled 1", "status failed 1",
                    "status requires_payment_method 1",
                ])
            #expect(report.ignoredColumns == ["Fee", "Description"])
        }
    }

    @Test func whatIsTakenInTestModeIsNoMoney() async throws {
        try await withBooks { books in
            try await books.importing(Self.header + Self.line.replacing("Live", with: "Test"), as: .stripePayments)
            #expect(try await books.report() == [])
            var event = StripePaymentEvents(number: 1)
            event.isLive = false
            try await StripeDesk(books: books).deliver(event.chargeSucceeded)
            #expect(try await books.count("fundraising.gift") == 1)
            #expect(try await books.report() == [])
        }
    }

    @Test func theTaxYearEndsToTheSecondInThePublicationsZone() async throws {
        try await withBooks { books in
            let last = Self.line.replacing("2025-12-29 09:20:00", with: "2026-01-01 04:59:59")
            let first = Self.line.replacing("2025-12-29 09:20:00", with: "2026-01-01 05:00:00").replacing(
                "_1", with: "_2")
            try await books.importing(Self.header + last + first, as: .stripePayments)
            #expect(try await books.net() == ["2025": 10_000, "2026": 10_000])
        }
    }

    @Test func theSameAndAnOverlappingFileAddNothingTwiceAndNoReceiptIsIssued() async throws {
        try await withBooks { books in
            try await books.importing(Self.header + Self.refunded("25.00"), as: .stripePayments)
            let once = try await books.contents()
            #expect(try await books.importing(Self.header + Self.refunded("25.00"), as: .stripePayments).wasImported)
            #expect(try await books.contents() == once)
            let more = Self.line.replacing("_1", with: "_2")
            let report = try await books.importing(Self.header + Self.refunded("40.00") + more, as: .stripePayments)
            #expect(report.summary == "gifts 1 refunds 1")
            #expect(try await books.report() == ["2025 USD 2 20000 4000 16000"])
            #expect(try await books.count("fundraising.receipt") == 0)
            #expect(try await books.count("journal.outbox") == 0)
        }
    }

    @Test(
        arguments: [
            ("100.00,0.00", "\"1,234.50\",0.00", "line 2: Amount \"1,234.50\": "),
            ("100.00,0.00", "100.005,0.00", "line 2: Amount \"100.005\": "),
            ("100.00,0.00", "0.00,0.00", "line 2: Amount \"0.00\": it must be more than nothing"),
            ("100.00,0.00", "100.00,100.01", "line 2: Amount Refunded \"100.01\": "),
            ("usd", "usx", "line 2: Currency \"usx\": "), ("ch_1", "", "line 2: id: it is empty"),
            ("2025-12-29 09:20:00", "12/29/2025", "line 2: Created date (UTC) \"12/29/2025\": "),
            ("Paid", "Settled?", "line 2: Status \"Settled?\": "), ("Live", "Both", "line 2: Mode \"Both\": "),
            ("giver@example.org", "giver", "line 2: Customer Email \"giver\": "),
            ("Gift", "4242 4242 4242 4242", "line 2: Description: this looks like a card number"),
        ])
    func aMistakeIsNamedWithItsLineAndNothingIsTaken(_ was: String, _ now: String, _ message: String) async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let mistakes = try await books.mistakes(
                Self.header + Self.line.replacing(was, with: now), as: .stripePayments)
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix(message), "\(mistakes)")
            #expect(!mistakes.contains { $0.contains("4242") })
            #expect(try await books.contents() == before)
        }
    }

    @Test func anAmountThatTheBooksContradictIsRefused() async throws {
        try await withBooks { books in
            try await StripeDesk(books: books).deliver(StripePaymentEvents(number: 1).chargeSucceeded)
            let before = try await books.contents()
            let rows = Self.line.replacing("_1", with: "_2") + Self.line.replacing("100.00,", with: "90.00,")
            #expect(
                try await books.mistakes(Self.header + rows, as: .stripePayments) == [
                    "line 3: Amount \"90.00\": the books have 100.00 USD for pi_1"
                ])
            #expect(try await books.contents() == before)
        }
    }
}
