import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// What the database itself holds, whoever asks.
struct LedgerTests {
    /// Expects the constraint or SQLSTATE that stops a statement of the app role, or of another; nil when nothing does.
    private func expectRefusal(
        _ books: Books, _ statement: SQL, _ expected: String?, by role: Database? = nil,
        _ place: SourceLocation = #_sourceLocation
    ) async throws {
        var refusal: String?
        do {
            _ = try await (role ?? books.app).transaction { try $0.run(statement) }
        } catch let error as PostgresError {
            refusal = error.constraint ?? error.sqlstate
        }
        #expect(refusal == expected, "\(statement.text)", sourceLocation: place)
    }

    private func withGift(_ body: (Books) async throws -> Void) async throws {
        try await withBooks { books in
            try await books.importing("g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,,,,5.00,2025-04-01\n")
            try await body(books)
        }
    }

    @Test(arguments: ["fundraising.entry", "fundraising.transfer"])
    func moneyIsOnlyEverAdded(_ table: String) async throws {
        try await withGift { books in
            for verb in ["UPDATE \(table) SET amount_minor = 1", "DELETE FROM \(table)", "TRUNCATE \(table)"] {
                try await expectRefusal(books, SQL(stringLiteral: verb), "42501")
            }
        }
    }

    @Test func aGiftsMoneyAndYearCannotBeRewritten() async throws {
        try await withGift { books in
            for column in ["intended_minor = 1", "currency = 'EUR'"] {
                let statement = SQL(stringLiteral: "UPDATE fundraising.gift SET \(column)")
                try await expectRefusal(books, statement, "42501")
            }
            // Only a date that an event without its charge stands in for may be learnt later.
            try await expectRefusal(books, "UPDATE fundraising.gift SET tax_date = '2020-01-01'", "gift_dated_once")
            // Who gave may be learnt later than that somebody gave; it is learnt once.
            try await expectRefusal(books, "UPDATE fundraising.gift SET donor_id = 2", "gift_donor_once")
            try await expectRefusal(books, "UPDATE fundraising.gift SET donor_id = NULL", "gift_donor_once")
            try await expectRefusal(books, "DELETE FROM fundraising.gift", "42501")
            try await expectRefusal(books, "UPDATE fundraising.gift SET anonymous = true", nil)
        }
    }

    @Test func anImportOnRecordCannotBeRewritten() async throws {
        try await withGift { books in
            try await expectRefusal(books, "UPDATE fundraising.import_file SET row_count = 0", "42501")
            try await expectRefusal(books, "DELETE FROM fundraising.import_row", "42501")
            try await expectRefusal(
                books, "INSERT INTO fundraising.import_row (import_file_id, line, fields) VALUES (999, 1, '{}')",
                "import_row_of_file")
        }
    }

    @Test func aTransferIsBetweenTwoAccountsAndMoreThanNothing() async throws {
        try await withGift { books in
            func expectTransfer(_ debit: String, _ credit: String, _ amount: Int64, _ expected: String?) async throws {
                let insert: SQL = """
                    INSERT INTO fundraising.transfer (entry_id, leg, debit, credit, amount_minor, currency) \
                    SELECT max(id), 2, \(debit)::fundraising.account_code, \(credit)::fundraising.account_code, \
                    \(amount), 'USD' FROM fundraising.entry
                    """
                try await expectRefusal(books, insert, expected, by: books.test.owner)
                if expected != "22P02" { try await expectRefusal(books, insert, "42501") }
            }
            try await expectTransfer("clearing", "clearing", 1, "transfer_accounts")
            try await expectTransfer("clearing", "fees", 0, "transfer_amount")
            try await expectTransfer("clearing", "fees", -1, "transfer_amount")
            try await expectTransfer("pocket", "fees", 1, "22P02")
            try await expectTransfer("clearing", "fees", 1, nil)
        }
    }

    /// An entry of the only gift, as its file's first line told it.
    private func entry(
        kind: String, _ amount: Int64, currency: String = "USD", posted: String = "2025-04-01", id: String = "x1",
        live: Bool = true
    ) -> SQL {
        """
        INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, processor, \
        external_id, live, import_file_id, import_line) SELECT max(g.id), \(kind), \(amount), \(currency), \
        '2025-04-01', \(posted)::date, 'test', \(id), \(live), max(r.import_file_id), max(r.line) \
        FROM fundraising.gift g CROSS JOIN fundraising.import_row r
        """
    }

    @Test func anEntryFitsItsKindItsGiftAndItsCurrency() async throws {
        try await withGift { books in
            try await expectRefusal(books, entry(kind: "charge", -1), "entry_sign")
            try await expectRefusal(books, entry(kind: "refund", 1), "entry_sign")
            try await expectRefusal(books, entry(kind: "gift", 1), "entry_sign")
            try await expectRefusal(books, entry(kind: "adjustment", 0), "entry_sign")
            try await expectRefusal(books, entry(kind: "adjustment", .min), "entry_amount")
            try await expectRefusal(books, entry(kind: "charge", 1, currency: "XYZ"), "currency_code_known")
            try await expectRefusal(books, entry(kind: "refund", -1, currency: "EUR"), "entry_of_gift")
            try await expectRefusal(books, entry(kind: "refund", -1, live: false), "entry_of_gift")
            try await expectRefusal(books, entry(kind: "fee", -1, currency: "EUR"), nil)
        }
    }

    @Test func noMoreIsGivenBackThanCame() async throws {
        try await withGift { books in
            try await expectRefusal(books, entry(kind: "refund", -2001), "entry_refund_within_charge")
            try await expectRefusal(books, entry(kind: "refund", -2000), nil)
            try await expectRefusal(books, entry(kind: "refund", -1, id: "x2"), "entry_refund_within_charge")
        }
    }

    @Test func aGiftIsChargedOnceHoweverOftenItIsAnnounced() async throws {
        try await withGift { books in
            try await expectRefusal(books, entry(kind: "charge", 2500), "entry_one_charge")
        }
    }

    @Test func theSameFactIsRecordedOnce() async throws {
        try await withGift { books in
            try await expectRefusal(books, entry(kind: "refund", -1), nil)
            try await expectRefusal(books, entry(kind: "refund", -1), "entry_once")
        }
    }

    @Test func aMonthIsNotClosedWhileSomebodyPostsToIt() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(1_000, of: nil)
            let posting = AsyncStream.makeStream(of: Void.self)
            async let posted: Void = books.app.transaction(.once) { db in
                let event = try Books.tell(db)
                try db.run(
                    """
                    INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                    processor, external_id, inbox_id) VALUES (\(gift), 'fee', -100, 'USD', '2025-10-05', \
                    '2025-10-05', 'test', 'late', \(event))
                    """)
                posting.continuation.yield()
                // Until the closing waits for this one.
                let waiting: SQL = """
                    SELECT count(*) FROM pg_sleep(0.01), pg_locks l JOIN pg_database d ON d.oid = l.database \
                    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted
                    """
                while try (db.value(waiting, as: Int.self) ?? 0) == 0 {}
            }
            var begun = posting.stream.makeAsyncIterator()
            _ = await begun.next()
            try await books.app.transaction(.once) { db in
                try db.run(
                    """
                    INSERT INTO fundraising.period (month, status, closed_at, closed_by) \
                    SELECT '2025-10-01', 'closed', now(), min(id) FROM access.account
                    """)
                #expect(
                    try db.one("SELECT count(*) FROM fundraising.entry WHERE external_id = 'late'") {
                        try $0.next(Int.self)
                    } == 1, "it waited for what was being posted")
            }
            try await posted
        }
    }

    @Test func aClosedMonthNeverChanges() async throws {
        try await withGift { books in
            let march = try await books.report(by: .month, basis: .cash, to: "2025-04-30")
            #expect(march == ["2025-03 USD 1 2500 0 2500", "2025-04 USD 0 0 500 -500"])
            try await books.app.transaction { db in
                try db.run(
                    "INSERT INTO fundraising.period (month, status, closed_at) VALUES ('2025-04-01', 'closed', now())")
            }
            try await expectRefusal(books, entry(kind: "refund", -1, posted: "2025-03-05"), "entry_open_month")
            // A late refund and a late gift belong to the month that is open when they become known.
            try await books.importing(
                """
                g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,,,,7.00,2025-04-20
                g2,ann@example.org,Ann,2025-02-01T12:00:00Z,10.00,USD,card,,,,,
                """)
            #expect(try await books.report(by: .month, basis: .cash, to: "2025-04-30") == march)
            #expect(
                try await books.report(by: .month, basis: .cash, from: "2025-05-01") == ["2025-05 USD 1 1000 200 800"])
            // The tax year follows the gift, closed or not.
            #expect(try await books.report() == ["2025 USD 2 3500 700 2800"])
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test func theCheckNamesWhatIsWrong() async throws {
        try await withGift { books in
            #expect(try await books.expectSoundLedger() == [])
            try await books.app.transaction { db in _ = try db.run(entry(kind: "dispute_withdrawn", -2500)) }
            try await books.test.owner.transaction { db in
                _ = try db.run("DELETE FROM fundraising.transfer WHERE debit = 'contributions_disputed'")
            }
            let words = try await books.expectSoundLedger().map(\.word)
            #expect(words == ["entry_without_transfer", "contributions_differ", "negative_gift"])
            try await books.test.owner.transaction { db in
                try db.run("DELETE FROM fundraising.import_row")
                try db.run("UPDATE fundraising.transfer SET amount_minor = 1")
                try db.run(
                    """
                    INSERT INTO fundraising.transfer (entry_id, leg, debit, credit, amount_minor, currency) \
                    VALUES (999, 1, 'bank', 'contributions', 1, 'USD')
                    """)
            }
            let more = Set(try await books.expectSoundLedger().map(\.word))
            #expect(
                more.isSuperset(of: [
                    "transfer_differs", "transfer_without_entry", "unknown_import_row", "contributions_differ",
                ]))
        }
    }

    @Test func theCurrenciesOfTheBooksAreThoseOfTheProgram() async throws {
        try await withBooks { books in
            let stored = try await books.app.read { db in
                try db.rows("SELECT code, exponent FROM fundraising.currency ORDER BY code") { row in
                    [try row.next(String.self): try row.next(Int.self)]
                }
            }.reduce(into: [String: Int]()) { $0.merge($1) { first, _ in first } }
            let known = try Dictionary(
                uniqueKeysWithValues: Currency.allCodes.map { ($0, try Currency($0).exponent) })
            #expect(stored == known)
            let odd = try await books.app.read { db in
                try db.rows(
                    """
                    SELECT code || ' ' || exponent || ' ' || processor_exponent || ' ' || processor_step \
                    FROM fundraising.currency WHERE code IN ('JPY', 'KWD', 'ISK', 'MGA', 'USD') ORDER BY code
                    """
                ) { try $0.next(String.self) }
            }
            #expect(odd == ["ISK 0 2 100", "JPY 0 0 1", "KWD 3 3 10", "MGA 2 0 1", "USD 2 2 1"])
        }
    }
}
