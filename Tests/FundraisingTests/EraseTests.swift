import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Forgetting somebody: nothing names him any more, and no figure moves.
struct EraseTests {
    private static let planted = ["quincunx", "zyzzyva", "555 0142"]

    /// Every table of every schema that holds one of the words, as the superuser sees it, bytes too.
    private func tablesNaming(_ books: Books) async throws -> [String] {
        let superuser = books.test.database(books.test.superuserURL)
        defer { Task { await superuser.close() } }
        return try await superuser.read { db in
            try db.run("SET LOCAL bytea_output = 'escape'")
            let tables = try db.rows(
                """
                SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables \
                WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
                """
            ) { try $0.next(String.self) }
            return try tables.filter { table in
                let words = Self.planted.joined(separator: "|")
                let query = "SELECT EXISTS (SELECT FROM \(table) t WHERE t::text ~* '\(words)')"
                return try db.value(SQL(stringLiteral: query), as: Bool.self) ?? true
            }
        }
    }

    /// Everything that is reported of money.
    private func figures(_ books: Books) async throws -> [String] {
        var figures: [String] = []
        for basis in DonationReport.Basis.allCases {
            for grouping in DonationReport.Grouping.allCases where grouping != .campaign && grouping != .article {
                figures += try await books.report(by: grouping, basis: basis)
            }
        }
        figures += try await books.report(by: .campaign) + books.report(by: .article)
        figures += try await books.app.read { db in
            try db.rows(
                """
                SELECT format('%s %s %s %s %s %s', g.id, g.donor_id, g.tax_date, g.currency, m.net_minor, m.status) \
                FROM fundraising.gift g JOIN fundraising.gift_money m ON m.gift_id = g.id ORDER BY g.id
                """
            ) { try $0.next(String.self) }
        }
        return figures
    }

    private func erase(_ books: Books, _ id: ID<Donor>, reason: String = "Asked for it by letter") async throws
        -> EraseDonor.Report
    {
        try await books.app.transaction { try EraseDonor(id, reason: reason, by: books.actor($0)).perform($0) }
    }

    /// Somebody who gave by every way, under a name and an address found nowhere else.
    private func plant(_ books: Books) async throws -> ID<Donor> {
        try await books.importing(
            """
            f1,quincunx@example.org,Zelda Zyzzyva,2025-03-01T12:00:00Z,25.00,USD,card,,,,5.00,2025-04-01
            f2,bystander@example.org,By Stander,2025-03-01T12:00:00Z,30.00,USD,card,,,,,
            """)
        let desk = StripeDesk(books: books)
        var payment = StripePaymentEvents(number: 1)
        payment.email = "Quincunx@Example.org"
        payment.metadata = ["name": "Zelda Zyzzyva", "campaign": "spring"]
        try await desk.deliver(payment.chargeSucceeded)
        try await desk.deliver(payment.intentSucceeded)
        try await desk.deliver(payment.refund("a", 2_500))
        var other = payment
        other.amount = 1
        try await desk.deliver(other.chargeSucceeded)
        // One that nobody applies, and one that isn't JSON as PostgreSQL has it.
        try await desk.receive(
            payment.event(
                "customer.updated", of: ["id": "cus_9", "email": "quincunx@example.org", "name": "Zelda Zyzzyva"]))
        let donor = try #require(
            try await books.app.read { try Donor.list($0, email: EmailAddress("quincunx@example.org"), limit: 1).first }
        ).id
        let second = try await books.addDonor("Z. Zyzzyva")
        _ = try await books.app.transaction { db in
            try MergeDonors(second, into: donor, reason: "Zyzzyva is Zyzzyva", by: books.actor(db)).perform(db)
        }
        try await books.edit(donor) { change in
            change.notes = "Zyzzyva met us at the fair"
            change.spouse = "Mr Zyzzyva"
            change.salutation = "Dear Ms Zyzzyva"
        }
        try await books.reach(donor, .phone("+1 212 555 0142"))
        try await books.reach(donor, .address(.init(street: "1 Zyzzyva Road", city: "Springfield", country: "US")))
        try await books.reach(donor, .contact(name: "Zyzzyva's niece", role: nil, email: nil, phone: "212 555 0142"))
        var slip = RecordGift.Slip(kind: .inKind, amount: try Money(parsing: "70.00", currency: Currency("USD")))
        slip.giver = .known(second)
        (slip.description, slip.note, slip.tribute) = ("Zyzzyva's chair", "From Zyzzyva", "For old Zyzzyva")
        let gift = try await books.record(slip)
        _ = try await books.app.transaction { db in
            try RefundGift(
                gift, Money(parsing: "10.00", currency: Currency("USD")), at: nil, reason: "Zyzzyva wanted it back",
                by: books.actor(db)
            ).perform(db)
        }
        _ = try await books.app.transaction { db in
            try DeclineGift(
                .init(kind: .cash, amount: Money(parsing: "1.00", currency: Currency("USD")), donor: donor),
                policy: "No cash", reason: "Zyzzyva sent cash", returned: "To Zyzzyva, by mail", by: books.actor(db)
            ).perform(db)
        }
        try await books.app.transaction { db in
            try AdoptNamingPolicy(
                "1", text: "Names", threshold: Money(parsing: "5.00", currency: Currency("USD")), by: books.actor(db)
            ).perform(db)
            try RecordConsent(donor, .named("Zelda Zyzzyva"), policy: "1", by: books.actor(db)).perform(db)
        }
        return donor
    }

    @Test func nothingNamesAnErasedDonorAndEveryFigureIsAsItWas() async throws {
        try await withBooks { books in
            let donor = try await plant(books)
            let naming = try await tablesNaming(books)
            // The search can find: as many places as he was written down in.
            for table in [
                "donor_identity", "donor_email", "donor_phone", "donor_address", "donor_contact", "donor_merge",
                "donor_consent", "gift", "manual_refund", "declined_gift", "import_row", "webhook_inbox",
                "webhook_conflict",
            ] {
                #expect(naming.contains("fundraising.\(table)"), "\(table)")
            }
            let before = try await figures(books)

            let report = try await erase(books, donor)
            #expect([report.donors, report.gifts, report.events] == [2, 3, 4])
            #expect(try await tablesNaming(books) == [])
            #expect(try await figures(books) == before)
            #expect(try await books.expectSoundLedger() == [])
            #expect(try await books.app.read { try PublicName.wall($0) } == [])
            // The bystander's row of the same file is as it was.
            let kept = try await books.app.read { db in
                try db.value(
                    "SELECT fields[2] FROM fundraising.import_row WHERE fields[1] = 'f2'", as: String.self)
            }
            #expect(kept == "bystander@example.org")
        }
    }

    @Test func whatIsErasedStaysErased() async throws {
        try await withBooks { books in
            let donor = try await plant(books)
            let figures = try await figures(books)
            _ = try await erase(books, donor)
            do {
                _ = try await erase(books, donor)
                Issue.record("erased twice")
            } catch FundraisingError.donorErased(let id) { #expect(id == donor) }
            do {
                try await books.edit(donor) { $0.name = "Zelda Zyzzyva" }
                Issue.record("named again")
            } catch FundraisingError.donorErased {}
            // The same file once more changes nothing, and names nobody.
            try await books.importing(
                "f1,quincunx@example.org,Zelda Zyzzyva,2025-03-01T12:00:00Z,25.00,USD,card,,,,5.00,2025-04-01\n",
                name: "again.csv")
            #expect(try await self.figures(books) == figures)
            #expect(try await tablesNaming(books) == [])
        }
    }

    @Test func blottedOutEventsBringTheSameGiftsAgain() async throws {
        try await withBooks { books in
            let donor = try await plant(books)
            _ = try await erase(books, donor)
            let bodies = try await books.app.read { db in
                try db.rows(
                    "SELECT body FROM fundraising.webhook_inbox WHERE redacted_at IS NOT NULL ORDER BY id"
                ) { try $0.next([UInt8].self) }
            }
            let net = try await StripeDesk(books: books).net("pi_1")
            try await withBooks { fresh in
                let desk = StripeDesk(books: fresh)
                for body in bodies { try await desk.receive(bytes: body) }
                try await desk.drain()
                #expect(try await desk.net("pi_1") == net)
                #expect(try await fresh.count("fundraising.gift") == 1)
                #expect(try await fresh.count("fundraising.donor_email") == 0)
            }
        }
    }

    @Test func theReasonMustNotNameHimAndTheAppCannotEraseByHalves() async throws {
        try await withBooks { books in
            let donor = try await plant(books)
            for reason in ["zelda zyzzyva asked", "From quincunx@example.org"] {
                do {
                    _ = try await erase(books, donor, reason: reason)
                    Issue.record("the reason named him")
                } catch FundraisingError.reasonNames {}
            }
            for statement: SQL in [
                "UPDATE fundraising.webhook_inbox SET body = ''", "UPDATE fundraising.donor SET erased_at = now()",
                "UPDATE fundraising.gift SET note = NULL", "DELETE FROM fundraising.donor_consent",
            ] {
                var refused: String?
                do { _ = try await books.app.transaction { try $0.run(statement) } } catch let error as PostgresError {
                    refused = error.sqlstate
                }
                #expect(refused == "42501", "\(statement.text)")
            }
            do {
                _ = try await books.app.transaction { db in
                    try EraseDonor(donor, reason: "Asked", by: books.actor(db, .finance)).perform(db)
                }
                Issue.record("who may not erase did")
            } catch is AccessError {}
        }
    }
}
