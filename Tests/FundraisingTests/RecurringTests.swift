import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Plans adopted from elsewhere, paused and resumed.
struct RecurringTests {
    private static let files: [(SubscriptionStyle, String)] = [
        (
            .csv,
            """
            subscription_id,started_at,amount,currency,interval,customer_id,email,name
            sub_1,2025-12-29T09:20:00Z,100.00,USD,month,cus_1,giver@example.org,A Giver

            """
        ),
        (
            .stripe,
            """
            id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start Date (UTC)
            sub_1,cus_1,giver@example.org,price_1,1,usd,month,100.00,active,2025-12-29 09:20,2025-12-29 09:20
            sub_2,cus_2,gone@example.org,price_1,1,usd,month,100.00,canceled,2024-12-29 09:20,2024-12-29 09:20

            """
        ),
        (
            .giveWP,
            """
            Subscription ID,Profile ID,Donor Name,Email Address,Recurring Amount,Currency,Period,Frequency,Status,Created
            7,sub_1,A Giver,giver@example.org,"100.00",USD,Monthly,1,Active,12/29/2025
            8,sub_2,A Giver,gone@example.org,"100.00",USD,Monthly,1,Cancelled,12/29/2024

            """
        ),
    ]

    private func plans(_ books: Books) async throws -> [RecurringPlan] {
        try await books.app.read { db in try RecurringPlans.list(db, for: books.actor(db), limit: 10) }
    }

    @Test(arguments: files.indices)
    func theSubscriptionsNextEventsLandOnTheAdoptedPlan(_ index: Int) async throws {
        let (style, text) = Self.files[index]
        try await withBooks { books in
            let kind = ImportRecords.Kind.subscriptions(style, dates: .monthFirst)
            #expect(try await books.importing(text, as: kind).summary == "plans 1")
            // Nobody is charged, nobody is written to, and what was given before brings no receipt.
            #expect(try await books.count("fundraising.entry") == 0)
            #expect(try await books.count("fundraising.receipt") == 0)
            #expect(try await books.count("journal.outbox") == 0)
            let desk = StripeDesk(books: books)
            let payment = StripePaymentEvents(number: 1)
            for event in [
                payment.invoicePaid(subscription: "sub_1", isOldShape: false), payment.invoicePayment,
                payment.chargeSucceeded, payment.subscription("updated"),
            ] { try await desk.deliver(event) }
            let plans = try await plans(books)
            #expect(plans.map(\.externalID) == ["sub_1"])
            #expect(plans.map(\.gifts) == [1])
            #expect(plans.map(\.standing) == [.active])
            let sameDonor = try await books.count(
                "fundraising.plan p JOIN fundraising.gift g ON g.donor_id = p.donor_id")
            #expect(sameDonor == 1)
            #expect(try await books.count("fundraising.plan") == 1)
            // Adopting again changes nothing.
            #expect(try await books.importing(text + "\n", as: kind).summary == "plans 0")
        }
    }

    @Test func anInvoiceThatCameFirstFindsTheAdoptedPlan() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            let payment = StripePaymentEvents(number: 1)
            try await desk.deliver(payment.chargeSucceeded)
            try await desk.deliver(payment.invoicePaid(subscription: "sub_1", isOldShape: true))
            try await books.importing(Self.files[0].1, as: .subscriptions(.csv, dates: nil))
            #expect(try await plans(books).map(\.gifts) == [1])
        }
    }

    @Test(
        arguments: [
            (",100.00,", ",0,", "line 2: amount \"0\": "),
            (",month,", ",fortnight,", "line 2: interval \"fortnight\": "),
            ("sub_1", "", "line 2: subscription_id: it is empty"), ("USD", "US", "line 2: currency \"US\": "),
            ("2025-12-29T09:20:00Z", "soon", "line 2: started_at \"soon\": "),
            ("A Giver", "4242424242424242", "line 2: name: this looks like a card number"),
        ])
    func aMistakeIsNamedWithItsLineAndNothingIsTaken(_ was: String, _ now: String, _ message: String) async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let text = Self.files[0].1.replacing(was, with: now)
            let mistakes = try await books.mistakes(text, as: .subscriptions(.csv, dates: nil))
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix(message), "\(mistakes)")
            #expect(try await books.contents() == before)
        }
    }

    // MARK: Pausing

    private func change(_ books: Books, _ change: PausePlan.Change, by role: Role = .development) async throws {
        let id = try #require(try await plans(books).first?.id)
        try await books.app.transaction { db in
            _ = try PausePlan(id, change, by: books.actor(db, role)).perform(db)
        }
    }

    @Test func aPlanIsPausedAndResumedInItsOrderOnly() async throws {
        try await withBooks { books in
            try await books.importing(Self.files[0].1, as: .subscriptions(.csv, dates: nil))
            let id = try #require(try await plans(books).first?.id)
            await #expect(throws: FundraisingError.planStands(id, .active)) { try await change(books, .resume) }
            await #expect(throws: AccessError.self) { try await change(books, .pause, by: .auditor) }
            try await change(books, .pause)
            await #expect(throws: FundraisingError.planStands(id, .paused)) { try await change(books, .pause) }
            try await change(books, .resume)
            let plan = try #require(try await plans(books).first)
            let said = try await books.app.read { db in
                try RecurringPlans.events(db, of: plan, for: books.actor(db)).map(\.standing)
            }
            #expect(said == [.active, .paused, .active])
            for statement in [
                "UPDATE fundraising.plan_state SET standing = 'active'", "DELETE FROM fundraising.plan_state",
            ] {
                var state: String?
                do { try await books.app.transaction { db in _ = try db.run(SQL(stringLiteral: statement)) } } catch let
                    error as PostgresError
                { state = error.sqlstate }
                #expect(state == "42501")
            }
            var broken: String?
            do {
                try await books.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO fundraising.plan_state (plan_id, occurred_at, rank, standing, amount_minor, unit, \
                        every, source, external_id) VALUES (1, now(), 1, 'cancelled', 1, 'month', 1, 'manual', 'x')
                        """)
                }
            } catch let error as PostgresError { broken = error.constraint }
            #expect(broken == "plan_state_by_hand")
        }
    }

    /// From January 2026 on the 31st; paused from 15 March to 15 July: what would have come then is not owed, and August's
    /// date is the anchor's.
    @Test func noArrearsComeOfAPause() async throws {
        try await withBooks { books in
            try await books.test.owner.transaction { db in
                try db.run(
                    """
                    INSERT INTO fundraising.plan (currency, anchor, live, source, external_id) \
                    VALUES ('USD', '2026-01-31T17:00:00Z', true, 'stripe', 'sub_31')
                    """)
                try db.run(
                    """
                    INSERT INTO fundraising.plan_state (plan_id, occurred_at, rank, standing, amount_minor, unit, every, \
                    source, external_id) SELECT p.id, x.at::timestamptz, 1, x.standing, 1000, 'month', 1, 'stripe', x.at \
                    FROM fundraising.plan p, (VALUES ('2026-01-31T17:00:00Z', 'active'), \
                    ('2026-03-15T12:00:00Z', 'paused'), ('2026-07-15T12:00:00Z', 'active')) AS x (at, standing)
                    """)
            }
            let report = try GapReport(from: LocalDate("2026-01-01"), to: LocalDate("2026-09-30"))
            let due = try await books.app.read { db in try report.rows(db, in: books.zone).map(\.due.description) }
            #expect(due == ["2026-01-31", "2026-02-28", "2026-07-31", "2026-08-31", "2026-09-30"])
            let plan = try #require(try await plans(books).first)
            #expect(plan.next(from: try LocalDate("2027-02-01"), in: books.zone)?.description == "2027-02-28")
        }
    }
}
