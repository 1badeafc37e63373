import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Gifts somebody typed in, money that went back by hand, and what was declined.
struct ByHandTests {
    private func slip(_ kind: Gift.Kind, _ amount: String, _ currency: String = "USD") throws -> RecordGift.Slip {
        try RecordGift.Slip(kind: kind, amount: Money(parsing: amount, currency: Currency(currency)))
    }

    /// What is between the accounts because of a gift: `debit credit amount`, in the order of recording.
    private func transfers(_ books: Books, _ gift: ID<Gift>) async throws -> [String] {
        try await books.app.read { db in
            try db.rows(
                """
                SELECT t.debit || ' ' || t.credit || ' ' || t.amount_minor FROM fundraising.transfer t \
                JOIN fundraising.entry e ON e.id = t.entry_id WHERE e.gift_id = \(gift) ORDER BY e.id, t.leg
                """
            ) { try $0.next(String.self) }
        }
    }

    private func find(_ books: Books, _ id: ID<Gift>) async throws -> Gift {
        try await books.app.read { try Gift.find($0, id) }
    }

    @Test func everyKindOfGiftLiesWhereItsMoneyIs() async throws {
        let places: [(Gift.Kind, String)] = [
            (.card, "clearing"), (.check, "undeposited"), (.cash, "undeposited"), (.wire, "bank"),
            (.daf, "undeposited"), (.ira, "undeposited"), (.stock, "property"), (.inKind, "property"),
            (.employerMatch, "undeposited"), (.bequest, "undeposited"), (.grantPayment, "undeposited"),
        ]
        #expect(places.count == Gift.Kind.allCases.count)
        try await withBooks { books in
            for (kind, place) in places {
                var slip = try slip(kind, "25.00")
                if kind == .stock { (slip.shares, slip.symbol) = ("12.500", "ACME") }
                if kind == .inKind { slip.description = "A printing press" }
                let gift = try await books.record(slip)
                #expect(try await transfers(books, gift) == ["\(place) contributions 2500"], "\(kind)")
                #expect(try await find(books, gift).status == .received)
            }
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test func aCheckCountsForTheDayItWasMailed() async throws {
        try await withBooks { books in
            var check = try slip(.check, "250.00")
            check.givenAt = try Timestamp(iso8601: "2026-01-05T15:00:00-05:00")
            check.postmark = try LocalDate("2025-12-31")
            let gift = try await books.record(check)
            #expect(try await find(books, gift).taxDate == LocalDate("2025-12-31"))
            #expect(try await books.net() == ["2025": 25_000])
            // The books say when it came.
            #expect(try await books.report(by: .month, basis: .cash) == ["2026-01 USD 1 25000 0 25000"])

            // In New York a minute before midnight is the old year, whatever UTC says.
            var cash = try slip(.cash, "1.00")
            cash.givenAt = Timestamp(seconds: 1_767_243_599)
            #expect(try await find(books, books.record(cash)).taxDate == LocalDate("2025-12-31"))
            cash.givenAt = Timestamp(seconds: 1_767_243_600)
            #expect(try await find(books, books.record(cash)).taxDate == LocalDate("2026-01-01"))
        }
    }

    @Test func aThingWithoutAValueIsReceivedAndBringsNoMoney() async throws {
        try await withBooks { books in
            var stock = try slip(.stock, "0")
            (stock.shares, stock.symbol) = ("0.000001", "BRK.B")
            let gift = try await books.record(stock)
            #expect(try await find(books, gift).status == .received)
            #expect(try await transfers(books, gift) == [])
            let kept = try await books.app.read { try Gift.find($0, gift).slip($0) }
            #expect(kept.shares == "0.000001")
            #expect(kept.symbol == "BRK.B")
            #expect(try await books.net() == [:])
        }
    }

    @Test func whatDoesNotBelongToAKindIsRefused() async throws {
        try await withBooks { books in
            func refuses(
                _ kind: Gift.Kind, _ amount: String, _ change: (inout RecordGift.Slip) throws -> Void = { _ in }
            )
                async throws
            {
                var slip = try slip(kind, amount)
                try change(&slip)
                do {
                    _ = try await books.record(slip)
                    Issue.record("\(slip) was taken")
                } catch is FundraisingError {} catch is ValueError {}
            }
            try await refuses(.cash, "0")
            try await refuses(.cash, "-1")
            try await refuses(.stock, "0")
            try await refuses(.inKind, "0")
            try await refuses(.cash, "1") { $0.postmark = try LocalDate("2025-12-31") }
            try await refuses(.cash, "1") { ($0.shares, $0.symbol) = ("1", "ACME") }
            try await refuses(.cash, "1") { $0.description = "A chair" }
            for shares in ["0", "-1", "1e3", "1,5", "NaN", "12.1234567", ""] {
                try await refuses(.stock, "0") { ($0.shares, $0.symbol) = (shares, "ACME") }
            }
            try await refuses(.stock, "0") { ($0.shares, $0.symbol) = ("1", "a cme") }
            try await refuses(.cash, "1") { $0.benefit = Money(minor: 1, currency: try Currency("EUR")) }
            try await refuses(.cash, "1") { $0.givenAt = try Timestamp(iso8601: "2199-01-01T00:00:00Z") }
            try await refuses(.cash, "1") { $0.campaign = try Slug("nothing") }
            try await refuses(.cash, "1") { $0.appeal = try Slug("nothing") }
            try await refuses(.cash, "1") { $0.fund = try Slug("nothing") }
            try await refuses(.cash, "1") { $0.article = "nothing" }
            try await refuses(.cash, "1") { $0.giver = .known(ID(99)) }
            try await refuses(.cash, "1") { $0.note = " " }
            try await refuses(.cash, "1") { $0.note = String(repeating: "a", count: 4_001) }
            #expect(try await books.count("fundraising.gift") == 0)
            #expect(try await books.count("fundraising.donor") == 0)
        }
    }

    @Test func numbersOfCardsAndTaxesAreKeptNowhere() async throws {
        try await withBooks { books in
            func refusal(_ change: (inout RecordGift.Slip) throws -> Void) async throws -> FundraisingError? {
                var slip = try slip(.inKind, "1.00")
                slip.description = "A chair"
                try change(&slip)
                do {
                    _ = try await books.record(slip)
                    return nil
                } catch let error as FundraisingError { return error }
            }
            for (number, meaning) in [
                ("paid with 4242 4242 4242 4242", Confidential.cardNumber), ("378282246310005", .cardNumber),
                ("SSN 123-45-6789", .taxNumber), ("EIN 12-3456789", .taxNumber),
            ] {
                #expect(try await refusal { $0.note = number } == .confidential(meaning, field: "note"))
                #expect(try await refusal { $0.tribute = number } == .confidential(meaning, field: "tribute"))
                #expect(try await refusal { $0.description = number } == .confidential(meaning, field: "description"))
                #expect(try await refusal { $0.giver = .named(number) } == .confidential(meaning, field: "name"))
                let email = try EmailAddress(number.filter { !$0.isWhitespace } + "@example.org")
                if meaning == .cardNumber {
                    #expect(
                        try await refusal { $0.giver = .address(email, name: nil) }
                            == .confidential(meaning, field: "email"))
                }
            }
            // A phone number, a day and a number whose check digit is wrong are none.
            #expect(try await refusal { $0.note = "+1 212 555 0199, 2025-12-31, 4242 4242 4242 4241" } == nil)
        }
    }

    @Test func whoGaveIsFoundByAddressAndNeverByName() async throws {
        try await withBooks { books in
            var cash = try slip(.cash, "1.00")
            cash.giver = .address(try EmailAddress("Ann@Example.org"), name: "Ann")
            let first = try await books.record(cash)
            cash.giver = .address(try EmailAddress("ann@example.org"), name: "Another Ann")
            let second = try await books.record(cash)
            cash.giver = .named("Ann")
            let third = try await books.record(cash)
            let donors = try await [first, second, third].asyncMap { try await find(books, $0).donor }
            #expect(donors[0] == donors[1])
            #expect(donors[2] != donors[0] && donors[2] != nil)
            let names = try await books.app.read { try Donor.list($0, limit: 9).map(\.name) }
            #expect(names == ["Ann", "Ann"])
        }
    }

    // MARK: Money back

    private func refund(
        _ books: Books, _ gift: ID<Gift>, _ amount: String, at: String? = nil, as role: Role = .development,
        reason: String = "A mistake"
    ) async throws -> ManualRefund {
        let money = try Money(parsing: amount, currency: Currency("USD"))
        let at = try at.map { try Timestamp(iso8601: $0) }
        return try await books.app.transaction { db in
            try RefundGift(gift, money, at: at, reason: reason, by: books.actor(db, role)).perform(db)
        }
    }

    private func refusal(_ body: () async throws -> Void) async throws -> FundraisingError? {
        do {
            try await body()
            return nil
        } catch let error as FundraisingError { return error }
    }

    @Test func noMoreGoesBackThanCameAndNotBeforeIt() async throws {
        try await withBooks { books in
            var check = try slip(.check, "100.00")
            check.givenAt = try Timestamp(iso8601: "2025-06-01T12:00:00-04:00")
            let gift = try await books.record(check)
            #expect(try await refusal { _ = try await refund(books, gift, "100.01") } == .refundAboveCharge)
            #expect(
                try await refusal { _ = try await refund(books, gift, "1", at: "2025-05-31T12:00:00-04:00") }
                    == .refundOutOfTime)
            #expect(
                try await refusal { _ = try await refund(books, gift, "1", at: "2199-05-31T12:00:00-04:00") }
                    == .refundOutOfTime)
            #expect(try await refusal { _ = try await refund(books, ID(99), "1") } == .unknownGift(ID(99)))
            #expect(
                try await refusal { _ = try await refund(books, gift, "1", reason: "4242424242424242") }
                    == .confidential(.cardNumber, field: "reason"))
            let made = try await refund(books, gift, "40.00", at: "2025-07-01T12:00:00-04:00")
            #expect(made.entry != nil && !made.takesTwo)
            _ = try await refund(books, gift, "60.00")
            #expect(try await refusal { _ = try await refund(books, gift, "0.01") } == .refundAboveCharge)
            #expect(try await find(books, gift).status == .refunded)
            #expect(
                try await transfers(books, gift) == [
                    "undeposited contributions 10000", "contributions undeposited 4000",
                    "contributions undeposited 6000",
                ])
            #expect(try await books.net() == ["2025": 0])
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test func aLargeRefundTakesTwoPeopleHoweverItIsCut() async throws {
        try await withBooks { books in
            let gift = try await books.record(try slip(.wire, "5000.00"))
            #expect(try await refund(books, gift, "1000.00").takesTwo == false)
            let second = try await refund(books, gift, "0.01")
            #expect(second.takesTwo && second.entry == nil)
            #expect(try await find(books, gift).refunds.minor == 100_000)

            let large = try await refund(books, gift, "3999.99", as: .finance)
            func approve(_ id: ID<ManualRefund>, as role: Role) async throws -> ManualRefund {
                try await books.app.transaction { db in
                    try ApproveRefund(id, by: books.actor(db, role)).perform(db)
                }
            }
            #expect(try await refusal { _ = try await approve(large.id, as: .finance) } == .ownRefund(large.id))
            do {
                _ = try await approve(second.id, as: .development)
                Issue.record("who may not approve did")
            } catch is AccessError {}
            #expect(try await approve(second.id, as: .finance).entry != nil)
            #expect(try await refusal { _ = try await approve(second.id, as: .finance) } == .refundMade(second.id))
            #expect(try await refusal { _ = try await approve(ID(99), as: .finance) } == .unknownRefund(ID(99)))
            #expect(try await find(books, gift).refunds.minor == 100_001)

            // The database holds it too.
            var refusal: String?
            do {
                _ = try await books.app.transaction { db in
                    try db.run(
                        """
                        UPDATE fundraising.manual_refund SET entry_id = (SELECT min(id) FROM fundraising.entry) \
                        WHERE id = \(large.id)
                        """)
                }
            } catch let error as PostgresError { refusal = error.constraint }
            #expect(refusal == "manual_refund_two_people")
        }
    }

    @Test func whatCameThroughAProcessorIsNotGivenBackByHand() async throws {
        try await withBooks { books in
            try await StripeDesk(books: books).deliver(StripePaymentEvents(number: 1).chargeSucceeded)
            let gift = try #require(try await books.app.read { try Gift.list($0, limit: 1).first })
            #expect(
                try await refusal { _ = try await refund(books, gift.id, "1.00") }
                    == .refundAtProcessor(gift.id, "stripe"))
        }
    }

    // MARK: Declined, and closed

    @Test func aDeclinedGiftIsInNoTotalAndStaysOnRecord() async throws {
        try await withBooks { books in
            let before = try await books.report()
            let offer = try DeclineGift.Offer(
                kind: .check, amount: Money(parsing: "5000.00", currency: Currency("USD")))
            let declined = try await books.app.transaction { db in
                try DeclineGift(
                    offer, policy: "No gifts from parties", reason: "A party gave it", returned: "By mail",
                    by: books.actor(db)
                ).perform(db)
            }
            #expect(declined.amount.minor == 500_000)
            #expect(try await books.report() == before)
            #expect(try await books.count("fundraising.gift") == 0)
            #expect(try await books.count("journal.audit WHERE action = 'gift.declined'") == 1)
            var refused: String?
            do {
                _ = try await books.app.transaction { try $0.run("DELETE FROM fundraising.declined_gift") }
            } catch let error as PostgresError { refused = error.sqlstate }
            #expect(refused == "42501")
        }
    }

    private func close(_ books: Books, _ month: String, as role: Role = .finance) async throws {
        let month = try Period(month)
        try await books.app.transaction { db in
            _ = try ClosePeriod(month, by: books.actor(db, role)).perform(db)
        }
    }

    @Test func whatComesLateIsPostedToTheFirstOpenDay() async throws {
        try await withBooks { books in
            var check = try slip(.check, "100.00")
            check.givenAt = try Timestamp(iso8601: "2025-03-10T12:00:00-04:00")
            let gift = try await books.record(check)
            try await close(books, "2025-04")
            let closed = try await books.report(by: .month, basis: .cash)
            #expect(closed == ["2025-03 USD 1 10000 0 10000"])
            check.givenAt = try Timestamp(iso8601: "2025-02-10T12:00:00-05:00")
            _ = try await books.record(check)
            _ = try await refund(books, gift, "10.00", at: "2025-03-11T12:00:00-04:00")
            #expect(
                try await books.report(by: .month, basis: .cash) == closed + [
                    "2025-04 USD 0 0 0 0", "2025-05 USD 1 10000 1000 9000",
                ])
            #expect(try await books.net() == ["2025": 19_000])
            #expect(try await books.expectSoundLedger() == [])

            #expect(
                try await refusal { try await close(books, "2025-04") } == .monthAlreadyClosed(Period("2025-04")))
            #expect(
                try await refusal { try await close(books, "2025-03") } == .monthAlreadyClosed(Period("2025-03")))
            #expect(try await refusal { try await close(books, "2199-01") } == .monthNotOver(Period("2199-01")))
            do {
                try await close(books, "2025-05", as: .development)
                Issue.record("who may not close did")
            } catch is AccessError {}
            var kept: String?
            do {
                _ = try await books.app.transaction {
                    try $0.run("UPDATE fundraising.period SET status = 'open', closed_at = NULL")
                }
            } catch let error as PostgresError { kept = error.constraint }
            #expect(kept == "period_stays_closed")
        }
    }
}

extension Books {
    func record(_ slip: RecordGift.Slip, as role: Role = .development) async throws -> ID<Gift> {
        try await app.transaction { db in try RecordGift(slip, by: actor(db, role)).perform(db) }
    }
}

extension Array {
    fileprivate func asyncMap<T>(_ body: (Element) async throws -> T) async rethrows -> [T] {
        var mapped: [T] = []
        for element in self { mapped.append(try await body(element)) }
        return mapped
    }
}
