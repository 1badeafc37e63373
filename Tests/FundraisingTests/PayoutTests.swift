import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Payouts held against the lines they are made of, and these against the books.
struct PayoutTests {
    static let header =
        "automatic_payout_id,balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,"
        + "charge_id,payment_intent_id\n"

    /// A gift of 100.00 with its refund and its dispute, which was won: 57.50 are left.
    static let lines = """
        po_1,txn_c,2025-12-29 09:20:00,usd,100.00,2.50,97.50,charge,ch_1,ch_1,pi_1
        po_1,txn_r,2025-12-29 09:21:40,usd,-25.00,0.00,-25.00,refund,re_1_a,ch_1,pi_1
        po_1,txn_d,2025-12-29 09:23:20,usd,-75.00,15.00,-90.00,dispute,dp_1,ch_1,pi_1
        po_1,txn_b,2025-12-29 09:26:40,usd,75.00,0.00,75.00,dispute_reversal,dp_1,ch_1,pi_1

        """

    private static func payout(_ amount: Int64 = 5_750, _ type: String = "payout.paid") -> JSON {
        StripePaymentEvents(number: 1).event(
            type, at: 1_000,
            of: [
                "id": "po_1", "object": "payout", "amount": .integer(amount), "currency": "usd",
                "arrival_date": 1_767_052_800, "created": 1_767_001_000,
            ])
    }

    private static func events(withFee: Bool) -> [JSON] {
        let payment = StripePaymentEvents(number: 1)
        var charge = payment.charge.object ?? [:]
        if withFee { charge["balance_transaction"] = ["id": "txn_c", "fee": 250, "currency": "usd"] }
        return [
            payment.event("charge.succeeded", of: .object(charge)), payment.refund("a", 2_500),
            payment.dispute("funds_withdrawn", 7_500, status: "needs_response"),
            payment.dispute("funds_reinstated", 7_500, status: "won"), payout(),
        ]
    }

    private func find(_ books: Books) async throws -> Payout {
        try await books.app.read { db in
            try Payouts.find(db, .external("po_1"), for: books.actor(db, .finance))
        }
    }

    private func states(_ books: Books) async throws -> [String] {
        try await books.app.read { db in
            let actor = try books.actor(db, .finance)
            return try Payouts.lines(db, of: Payouts.find(db, .external("po_1"), for: actor), for: actor).map {
                "\($0.externalID) \($0.state) \($0.difference?.minor ?? -1)"
            }
        }
    }

    private func lock(_ books: Books, as role: Role = .finance) async throws {
        try await books.app.transaction { db in
            _ = try LockPayout(.external("po_1"), by: books.actor(db, role)).perform(db)
        }
    }

    // MARK: What the lines bring

    @Test(arguments: [true, false], [true, false])
    func aFeeIsBookedOnceWhetherItsEventOrItsLineComesFirst(_ fileFirst: Bool, _ eventHasFee: Bool) async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            if fileFirst { try await books.importing(Self.header + Self.lines, as: .stripePayouts) }
            for event in Self.events(withFee: eventHasFee) { try await desk.deliver(event) }
            if !fileFirst {
                let report = try await books.importing(Self.header + Self.lines, as: .stripePayouts)
                // The dispute's fee came with its event; the charge's with its event or now.
                #expect(report.summary == "lines 4 fees \(eventHasFee ? 0 : 1)")
            }
            // By the journal of the specification: what clearing held went to the bank.
            #expect(try await books.balances() == ["bank": 5_750, "fees": 1_750, "contributions": -7_500])
            #expect(try await states(books) == ["txn_c", "txn_r", "txn_d", "txn_b"].map { "\($0) agrees 0" })
            #expect(try await find(books).objections.isEmpty)
            #expect(try await books.expectSoundLedger().isEmpty)
        }
    }

    @Test func anAdjustmentOfTheBalanceKeepsNoPayoutFromBeingLocked() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            for event in Self.events(withFee: true).dropLast() + [Self.payout(6_350)] { try await desk.deliver(event) }
            let more = "po_1,txn_o,2025-12-29 10:00:00,usd,6.00,0.00,6.00,other_adjustment,,,\n"
            let report = try await books.importing(Self.header + Self.lines + more, as: .stripePayouts)
            #expect(report.summary == "lines 5 fees 1")
            #expect(try await states(books).last == "txn_o agrees 0")
            #expect(try await books.balances() == ["bank": 6_350, "fees": 1_150, "contributions": -7_500])
            try await lock(books)
            #expect(try await books.expectSoundLedger().isEmpty)
        }
    }

    @Test func theProcessorsOwnFeesAreFeesOfNoGift() async throws {
        try await withBooks { books in
            let lines = """
                po_1,txn_1,2025-12-29 09:20:00,usd,-3.00,0.00,-3.00,fee,,,
                po_1,txn_2,2025-12-29 09:20:00,usd,1.00,0.00,1.00,fee,,,
                po_1,txn_3,2025-12-29 09:20:00,usd,-0.50,0.00,-0.50,network_cost,,,
                ,txn_4,2025-12-29 09:20:00,usd,-0.50,0.00,-0.50,fee,,,
                po_1,txn_5,2025-12-29 09:20:00,usd,-57.50,0.00,-57.50,payout,po_1,,

                """
            let report = try await books.importing(Self.header + lines, as: .stripePayouts)
            #expect(report.summary == "lines 3 fees 3")
            #expect(report.skipped.map { "\($0.what) \($0.number)" } == ["not paid out yet 1", "the payout itself 1"])
            #expect(try await books.balances() == ["fees": 250, "clearing": -250])
        }
    }

    @Test(
        arguments: [
            ("jpy", "5000", "180", "4820", 180), ("jpy", "5000.00", "180.00", "4820.00", 180),
            ("kwd", "12.340", "0.36", "11.980", 360), ("isk", "500.00", "20.00", "480.00", 20),
        ])
    func amountsAreTakenToTheMinorUnitOfTheirCurrency(
        _ currency: String, _ gross: String, _ fee: String, _ net: String, _ wanted: Int64
    ) async throws {
        try await withBooks { books in
            try await books.importing(
                Self.header + "po_1,txn_1,2025-12-29 09:20:00,\(currency),\(gross),\(fee),\(net),charge,ch_1,,\n",
                as: .stripePayouts)
            #expect(try await books.balances() == ["fees": wanted, "clearing": -wanted])
        }
    }

    // MARK: Again, overlapping, changed

    @Test func theSameFileTwiceAndAnOverlappingOneAddNothingTwice() async throws {
        try await withBooks { books in
            try await books.importing(Self.header + Self.lines, as: .stripePayouts)
            let once = try await books.contents()
            let again = try await books.importing(Self.header + Self.lines, as: .stripePayouts)
            #expect(again.wasImported && again.rows == 4 && again.unchanged == 4)
            #expect(try await books.contents() == once)
            let more = "po_2,txn_x,2026-01-05 10:00:00,usd,10.00,0.59,9.41,charge,ch_9,,\n"
            let report = try await books.importing(Self.header + Self.lines + more, as: .stripePayouts)
            #expect(report.summary == "lines 1 fees 1" && report.unchanged == 4)
        }
    }

    @Test func aDryRunSaysWhatWouldComeAndWritesNothing() async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let report = try await books.importing(Self.header + Self.lines, as: .stripePayouts, mode: .dryRun)
            #expect(report.summary == "lines 4 fees 2")
            #expect(try await books.contents() == before)
        }
    }

    @Test(
        arguments: [
            ("100.00,2.50,97.50", "100.01,2.50,97.51", "line 3: gross \"100.01\": it was \"100.00\""),
            ("2.50,97.50", "2.60,97.40", "line 3: fee \"2.60\": it was \"2.50\""),
            ("po_1,txn_c", "po_2,txn_c", "line 3: automatic_payout_id \"po_2\": it was \"po_1\""),
            ("09:20:00", "09:20:01", "line 3: created_utc \""), ("charge,ch_1", "refund,ch_1", "line 3: reporting_"),
        ])
    func aLineThatDiffersFromWhatIsStoredIsRefused(_ was: String, _ now: String, _ message: String) async throws {
        try await withBooks { books in
            try await books.importing(Self.header + Self.lines, as: .stripePayouts)
            let before = try await books.contents()
            let first = Self.lines.split(separator: "\n")[0].replacing(was, with: now)
            let new = "po_2,txn_x,2026-01-05 10:00:00,usd,10.00,0.59,9.41,charge,ch_9,,\n"
            let mistakes = try await books.mistakes(Self.header + new + first + "\n", as: .stripePayouts)
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix(message), "\(mistakes)")
            #expect(try await books.contents() == before)
        }
    }

    @Test func aFeeThatTheBooksHaveAnotherAmountOfIsRefused() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            for event in Self.events(withFee: true) { try await desk.deliver(event) }
            let changed = Self.lines.replacing("2.50,97.50", with: "2.60,97.40")
            let mistakes = try await books.mistakes(Self.header + changed, as: .stripePayouts)
            #expect(
                mistakes.count == 1 && mistakes[0].hasPrefix("line 2: fee \"2.60\": the books have 2.50 USD for it"))
        }
    }

    @Test(
        arguments: [
            ("po_1,,2025-12-29 09:20:00,usd,1.00,0,1.00,charge,ch_1,,", "line 2: balance_transaction_id: it is empty"),
            ("po_1,txn_1,29/12/2025,usd,1.00,0,1.00,charge,ch_1,,", "line 2: created_utc \"29/12/2025\": "),
            ("po_1,txn_1,2025-12-29 09:20:00,xyz,1.00,0,1.00,charge,ch_1,,", "line 2: currency \"xyz\": "),
            ("po_1,txn_1,2025-12-29 09:20:00,usd,1.005,0,1.00,charge,ch_1,,", "line 2: gross \"1.005\": "),
            ("po_1,txn_1,2025-12-29 09:20:00,usd,\"1,000.00\",0,1000.00,charge,ch_1,,", "line 2: gross \"1,000.00\": "),
            ("po_1,txn_1,2025-12-29 09:20:00,jpy,1.50,0,1,charge,ch_1,,", "line 2: gross \"1.50\": "),
            ("po_1,txn_1,2025-12-29 09:20:00,usd,1.00,0.10,1.00,charge,ch_1,,", "line 2: net \"1.00\": gross less"),
            ("po_1,txn_1,2025-12-29 09:20:00,usd,1.00,0,1.00,,ch_1,,", "line 2: reporting_category: it is empty"),
            ("po_1,txn_1,2025-12-29 09:20:00,usd,-75.00,15.00,-90.00,dispute,,,", "line 2: source_id: it is empty"),
            (
                "po_1,txn_1,2025-12-29 09:20:00,usd,1.00,0,1.00,charge,4242424242424242,,",
                "line 2: source_id: this looks"
            ),
            ("po_1,txn_1", "line 2: 2 fields where the first row has 11"),
        ])
    func aMistakeIsNamedWithItsLineAndNothingIsTaken(_ row: String, _ message: String) async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let mistakes = try await books.mistakes(Self.header + row + "\n", as: .stripePayouts)
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix(message), "\(mistakes)")
            #expect(!mistakes.contains { $0.contains("4242") })
            #expect(try await books.contents() == before)
        }
    }

    @Test func oneBalanceTransactionTwiceInAFileIsRefused() async throws {
        try await withBooks { books in
            let mistakes = try await books.mistakes(Self.header + Self.lines + Self.lines, as: .stripePayouts)
            #expect(mistakes.count == 4)
            #expect(mistakes[0] == "line 6: balance_transaction_id \"txn_c\": line 2 has the same")
        }
    }

    // MARK: Locking

    @Test func aPayoutIsLockedOnlyWhenItsLinesAddUpToItAndTheBooksHaveThemAll() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            try await desk.deliver(Self.payout())
            #expect(try await find(books).objections == [.noLines])
            // All but the last line: 17.50 too little, and nothing of it known yet.
            let rows = Self.lines.split(separator: "\n").map { $0 + "\n" }
            try await books.importing(Self.header + rows[0...2].joined(), as: .stripePayouts)
            let usd = try Currency("USD")
            let short = Payout.Objection.sum(
                lines: Money(minor: -1_750, currency: usd), payout: Money(minor: 5_750, currency: usd))
            #expect(try await find(books).objections == [short, .unknown(3)])
            for event in Self.events(withFee: false) { try await desk.deliver(event) }
            #expect(try await find(books).objections == [short])
            await #expect(throws: FundraisingError.payoutDiffers("po_1")) { try await lock(books) }
            try await books.importing(Self.header + rows[3], as: .stripePayouts)
            await #expect(throws: AccessError.self) { try await lock(books, as: .development) }
            try await lock(books)
            let locked = try await find(books)
            #expect(locked.lockedBy == "finance" && locked.net?.minor == 5_750)
            await #expect(throws: FundraisingError.payoutLocked("po_1")) { try await lock(books) }
        }
    }

    @Test func aMinorUnitOrAnotherCurrencyKeepsAPayoutFromBeingLocked() async throws {
        for (amount, lines) in [
            (Int64(5_751), Self.lines), (5_750, Self.lines.replacing("usd,75.00", with: "eur,75.00")),
            (5_750, Self.lines.replacing("100.00,2.50,97.50", with: "97.50,0.00,97.50")),
        ] {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                for event in Self.events(withFee: false).dropLast() + [Self.payout(amount)] {
                    try await desk.deliver(event)
                }
                try await books.importing(Self.header + lines, as: .stripePayouts)
                #expect(try await find(books).objections.count == 1)
                await #expect(throws: FundraisingError.payoutDiffers("po_1")) { try await lock(books) }
                // And in the database, whatever the program thinks.
                let refusal = await refusal(
                    books, "INSERT INTO fundraising.payout_lock (payout_id, locked_by) VALUES (1, 1)")
                #expect(refusal == "payout_lock_sums")
            }
        }
    }

    /// The broken rule, or the SQLSTATE, of a statement as the program's own role.
    private func refusal(_ books: Books, _ statement: String) async -> String? {
        do {
            try await books.app.transaction { db in _ = try db.run(SQL(stringLiteral: statement)) }
            return nil
        } catch let error as PostgresError {
            return error.constraint ?? error.sqlstate
        } catch { return "\(error)" }
    }

    @Test func aLockedPayoutAndItsLinesCanNotChange() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            try await books.importing(Self.header + Self.lines, as: .stripePayouts)
            for event in Self.events(withFee: false) { try await desk.deliver(event) }
            try await lock(books)
            let more = "po_1,txn_x,2025-12-29 09:20:00,usd,10.00,0.00,10.00,charge,ch_9,,\n"
            let mistakes = try await books.mistakes(Self.header + more, as: .stripePayouts)
            #expect(
                mistakes.count == 1 && mistakes[0].hasPrefix("line 2: automatic_payout_id \"po_1\": this payout is"))
            let before = try await books.contents()
            for (statement, rule) in [
                (
                    """
                    INSERT INTO fundraising.payout_line SELECT processor, 'txn_x', payout, category, source_id, \
                    charge_id, intent_id, occurred_at, 0, 0, 0, currency, import_file_id, 9 \
                    FROM fundraising.payout_line LIMIT 1
                    """, "payout_locked"
                ), ("UPDATE fundraising.payout SET status = 'failed'", "payout_locked"),
                ("UPDATE fundraising.payout SET amount_minor = 1", "42501"),
                ("DELETE FROM fundraising.payout", "42501"),
                ("UPDATE fundraising.payout_line SET net_minor = 0, gross_minor = 0", "42501"),
                ("DELETE FROM fundraising.payout_line", "42501"), ("DELETE FROM fundraising.payout_lock", "42501"),
                ("UPDATE fundraising.payout_lock SET locked_by = 2", "42501"),
                ("TRUNCATE fundraising.payout_lock", "42501"),
                ("INSERT INTO fundraising.payout_lock (payout_id, locked_by) VALUES (1, 1)", "payout_lock_pkey"),
            ] { #expect(await refusal(books, statement) == rule, "\(statement)") }
            #expect(try await books.contents() == before)
        }
    }

    @Test func aLockedPayoutThatTheBankSendsBackIsTwoEntriesAndStaysAsItWasFound() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            try await books.importing(Self.header + Self.lines, as: .stripePayouts)
            for event in Self.events(withFee: false) { try await desk.deliver(event) }
            try await lock(books)
            try await desk.deliver(Self.payout(5_750, "payout.failed"))
            #expect(try await desk.state("evt_1_payout.failed") == "applied")
            #expect(try await books.balances()["clearing"] == 5_750)
            #expect(try await find(books).status == .failed)
            #expect(try await find(books).lockedAt != nil)
        }
    }

    @Test func aLineThatComesInWhileItsPayoutIsBeingLockedWaitsAndIsRefused() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            try await books.importing(Self.header + Self.lines, as: .stripePayouts)
            for event in Self.events(withFee: false) { try await desk.deliver(event) }
            let more = "po_1,txn_x,2025-12-29 09:20:00,usd,10.00,0.00,10.00,charge,ch_9,,\n"
            async let line = books.mistakes(Self.header + more, as: .stripePayouts)
            async let locking: Bool = {
                do { try await lock(books) } catch FundraisingError.payoutDiffers { return false }
                return true
            }()
            let (isRefused, isLocked): (Bool, Bool)
            do { isRefused = try await !line.isEmpty } catch FundraisingError.payoutLocked { isRefused = true }
            isLocked = try await locking
            #expect(isRefused == isLocked)
            #expect(try await books.count("fundraising.payout_line") == (isLocked ? 4 : 5))
        }
    }

    @Test func theGapReportNamesPayoutsThatNobodyCanExplain() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            func gaps() async throws -> [String] {
                try await books.app.read { db in
                    try Payouts.gaps(
                        db, for: books.actor(db, .auditor), from: LocalDate("2025-12-01"), to: LocalDate("2026-01-31")
                    ).map { "\($0.gap.rawValue) \($0.payout.externalID)" }
                }
            }
            try await desk.deliver(Self.payout())
            #expect(try await gaps() == ["payout_without_lines po_1"])
            try await books.importing(Self.header + Self.lines, as: .stripePayouts)
            #expect(try await gaps() == ["payout_unknown_lines po_1"])
            for event in Self.events(withFee: false) { try await desk.deliver(event) }
            #expect(try await gaps() == [])
        }
    }
}
