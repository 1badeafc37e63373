import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// The books made again from what was recorded: the processor's bodies, the files' rows, what was typed in, and the
/// closings, in the order in which they came.
struct ReplayTests {
    /// What the database has of one thing that happened.
    private enum Record {
        case event([UInt8])
        case file(name: String, text: String)
        case gift(ID<Gift>, RecordGift.Slip)
        case refund(source: String, externalID: String, gift: ID<Gift>, Money, at: Timestamp)
        case closing(Period)
    }

    @Test func whatWasRecordedGivesTheSameReportsAgain() async throws {
        let (records, reports) = try await withBooks { books in
            try await live(books)
            #expect(try await books.expectSoundLedger() == [])
            return (try await recorded(books), try await portrait(books))
        }
        #expect(records.count == 15)
        #expect(reports.contains { $0.contains("2026-01") })
        try await withBooks { books in
            try await books.addCampaign("year-end")
            var gifts: [ID<Gift>: ID<Gift>] = [:]
            for record in records { try await replay(record, into: books, &gifts) }
            #expect(try await portrait(books) == reports)
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    /// Two months in which everything happens, late things after the closing among them.
    private func live(_ books: Books) async throws {
        let desk = StripeDesk(books: books)
        try await books.addCampaign("year-end")
        try await books.importing(
            """
            f1,ann@example.org,Ann,2025-12-02T12:00:00-05:00,250.00,USD,card,year-end,,,,
            f2,ben@example.org,Ben,2025-12-31T23:59:59-05:00,100.00,USD,card,,,,40.00,2026-01-05T10:00:00-05:00

            """)
        var payments = (1...4).map { StripePaymentEvents(number: $0) }
        for index in payments.indices {
            payments[index].amount = 5_000 + Int64(index) * 1_111
            payments[index].email = "card\(index)@example.org"
        }
        // Its charge comes later: it waits.
        try await desk.deliver(payments[0].refund("a", 1_000))
        try await desk.deliver(payments[0].chargeSucceeded)
        try await desk.deliver(payments[1].intentSucceeded)
        var check = RecordGift.Slip(kind: .check, amount: try Money(parsing: "75.00", currency: Currency("USD")))
        check.giver = .address(try EmailAddress("ann@example.org"), name: nil)
        check.givenAt = try Timestamp(iso8601: "2026-01-03T12:00:00-05:00")
        check.postmark = try LocalDate("2025-12-30")
        let gift = try await books.record(check)
        try await books.app.transaction { db in
            _ = try ClosePeriod(try Period("2025-12"), by: books.actor(db, .finance)).perform(db)
        }
        // December's money that comes in January's books.
        try await desk.deliver(payments[2].chargeSucceeded)
        try await desk.deliver(payments[3].chargeSucceeded)
        try await desk.deliver(payments[3].dispute("created", 8_333, status: "needs_response"))
        try await desk.deliver(payments[3].dispute("funds_withdrawn", 8_333, status: "needs_response"))
        try await desk.deliver(payments[1].chargeSucceeded)
        try await books.importing(
            "f1,ann@example.org,Ann,2025-12-02T12:00:00-05:00,250.00,USD,card,year-end,,,25.00,2025-12-20T12:00:00-05:00\n",
            name: "later.csv")
        try await books.app.transaction { db in
            _ = try RefundGift(
                gift, try Money(parsing: "5.00", currency: Currency("USD")),
                at: try Timestamp(iso8601: "2026-01-10T12:00:00-05:00"), reason: "Too much", by: books.actor(db)
            ).perform(db)
        }
        try await desk.deliver(payments[0].refund("b", 500))
        try await desk.deliver(payments[3].dispute("funds_reinstated", 8_333, status: "won"))
    }

    /// Read from the tables alone, in the order of recording.
    private func recorded(_ books: Books) async throws -> [Record] {
        try await books.test.owner.read { db in
            var all: [(at: Timestamp, record: Record)] = []
            all += try db.rows("SELECT received_at, body FROM fundraising.webhook_inbox") { row in
                (try row.next(), .event(try row.next()))
            }
            all += try db.rows(
                """
                SELECT f.imported_at, f.name, array_to_string(f.columns, ',') || E'\\n' || string_agg( \
                (SELECT string_agg('"' || replace(v, '"', '""') || '"', ',' ORDER BY n) \
                FROM unnest(r.fields) WITH ORDINALITY AS u (v, n)), E'\\n' ORDER BY r.line) || E'\\n' \
                FROM fundraising.import_file f JOIN fundraising.import_row r ON r.import_file_id = f.id GROUP BY f.id
                """
            ) { row in (try row.next(), .file(name: try row.next(), text: try row.next())) }
            all += try db.rows(
                """
                SELECT g.recorded_at, g.id, g.kind, g.intended_minor, g.currency, g.given_at, g.tax_date, e.folded \
                FROM fundraising.gift g JOIN fundraising.donor_email e ON e.donor_id = g.donor_id \
                WHERE g.source = 'manual'
                """
            ) { row in
                let at = try row.next(Timestamp.self)
                let id = try row.next(ID<Gift>.self)
                let kind = try row.next(Gift.Kind.self)
                let amount = Money(minor: try row.next(), currency: try Currency(try row.next(String.self)))
                var slip = RecordGift.Slip(kind: kind, amount: amount)
                slip.givenAt = try row.next()
                slip.postmark = try row.next()
                slip.giver = .address(try EmailAddress(try row.next(String.self)), name: nil)
                return (at, .gift(id, slip))
            }
            all += try db.rows(
                """
                SELECT r.asked_at, g.source, g.external_id, g.id, r.amount_minor, g.currency, r.occurred_at \
                FROM fundraising.manual_refund r JOIN fundraising.gift g ON g.id = r.gift_id
                """
            ) { row in
                let at = try row.next(Timestamp.self)
                let source = try row.next(String.self)
                let externalID = try row.next(String.self)
                let id = try row.next(ID<Gift>.self)
                let amount = Money(minor: try row.next(), currency: try Currency(try row.next(String.self)))
                return (at, .refund(source: source, externalID: externalID, gift: id, amount, at: try row.next()))
            }
            all += try db.rows(
                """
                SELECT closed_at, to_char(max(month), 'YYYY-MM') FROM fundraising.period WHERE status = 'closed' \
                GROUP BY closed_at
                """
            ) { row in (try row.next(), .closing(try Period(try row.next(String.self)))) }
            return all.sorted { $0.at < $1.at }.map(\.record)
        }
    }

    private func replay(_ record: Record, into books: Books, _ gifts: inout [ID<Gift>: ID<Gift>]) async throws {
        switch record {
        case .event(let body):
            let desk = StripeDesk(books: books)
            try await desk.apply(try await desk.receive(bytes: body).id)
            try await desk.drain()
        case .file(let name, let text): try await books.importing(bytes: Array(text.utf8), name: name)
        case .gift(let id, let slip): gifts[id] = try await books.record(slip)
        case .refund(let source, let externalID, let id, let amount, let at):
            let same = gifts[id]
            try await books.app.transaction { db in
                let found = try db.value(
                    "SELECT id FROM fundraising.gift WHERE source = \(source) AND external_id = \(externalID)",
                    as: ID<Gift>.self)
                let gift = try #require(same ?? found)
                _ = try RefundGift(gift, amount, at: at, reason: "as recorded", by: books.actor(db)).perform(db)
            }
        case .closing(let month):
            try await books.app.transaction { db in
                _ = try ClosePeriod(month, by: books.actor(db, .finance)).perform(db)
            }
        }
    }

    /// The reports as texts.
    private func portrait(_ books: Books) async throws -> [String] {
        var texts: [String] = []
        for grouping in [DonationReport.Grouping.day, .month, .year, .campaign] {
            for basis in [DonationReport.Basis.giftYear, .cash] {
                texts += try await books.report(by: grouping, basis: basis)
            }
        }
        let export = JournalExport(from: try LocalDate("2025-01-01"), to: try LocalDate("2026-12-31"))
        texts.append(try await books.app.read { db in export.beancount(try export.lines(db)) })
        return texts
    }
}
