import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// PayPal's activity download, in the ways its accounts write it.
struct PayPalFileTests {
    static let header =
        "\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\","
        + "\"From Email Address\",\"To Email Address\",\"Transaction ID\",\"Reference Txn ID\",\"Balance Impact\"\n"

    static func row(
        _ id: String, date: String = "12/29/2025", time: String = "09:20:00", zone: String = "PST",
        type: String = "Donation Payment", status: String = "Completed", currency: String = "USD",
        gross: String = "100.00", fee: String = "-3.20", net: String = "96.80", email: String = "giver@example.org",
        parent: String = "", impact: String = "Credit"
    ) -> String {
        [
            date, time, zone, "A Giver", type, status, currency, gross, fee, net, email, "us@example.org", id, parent,
            impact,
        ].map { "\"\($0)\"" }.joined(separator: ",") + "\n"
    }

    static let us = ImportRecords.Kind.payPal(dates: .monthFirst, amounts: .decimalPoint)
    static let german = ImportRecords.Kind.payPal(dates: .dayFirst, amounts: .decimalComma)

    private func occurred(_ books: Books) async throws -> [String] {
        try await books.app.read { db in
            try db.rows("SELECT occurred_at FROM fundraising.entry WHERE kind = 'charge' ORDER BY id") {
                try $0.next(Timestamp.self).description
            }
        }
    }

    @Test func paymentsRefundsAndReversalsLandOnTheirPaymentNewestFirst() async throws {
        try await withBooks { books in
            let back = Self.row(
                "R1", type: "Payment Refund", gross: "-25.00", fee: "0.80", net: "-24.20", parent: "T1", impact: "Debit"
            )
            let reversed = Self.row(
                "R2", type: "Payment Reversal", gross: "-75.00", fee: "0.00", net: "-75.00", parent: "T1")
            let won = Self.row(
                "R3", type: "Cancellation of Reversal", gross: "75.00", fee: "0.00", net: "75.00", parent: "T1")
            let report = try await books.importing(
                Self.header + won + reversed + back + Self.row("T2") + Self.row("T1"), as: Self.us)
            #expect(report.summary == "gifts 2 refunds 3 fees 3")
            // 96.80 twice, less 24.20.
            #expect(
                try await books.balances() == ["clearing": 16_940, "fees": 560, "contributions": -17_500])
            #expect(try await books.report() == ["2025 USD 2 20000 2500 17500"])
            #expect(try await books.count("fundraising.donor") == 1)
            #expect(try await books.expectSoundLedger().isEmpty)
        }
    }

    @Test func whatPayPalTakesForADisputeIsAFeeAndNotGivenBack() async throws {
        try await withBooks { books in
            func line(_ id: String, _ type: String, _ gross: String, parent: String = "T1") -> String {
                Self.row(id, type: type, gross: gross, fee: "0.00", net: gross, parent: parent, impact: "Debit")
            }
            let rows =
                line("C4", "Account Fee", "-5.00", parent: "") + line("C3", "Dispute Fee", "-8.00")
                + line("C2", "Chargeback Fee", "-20.00") + line("C1", "Chargeback", "-100.00") + Self.row("T1")
            let report = try await books.importing(Self.header + rows, as: Self.us)
            #expect(report.summary == "gifts 1 refunds 1 fees 3")
            #expect(try await books.report() == ["2025 USD 1 10000 10000 0"])
            #expect(try await books.balances() == ["clearing": -3_120, "fees": 3_120])
            #expect(
                try await books.importing(Self.header + rows + "\n", as: Self.us).summary == "gifts 0 refunds 0 fees 0")
            #expect(try await books.expectSoundLedger().isEmpty)
            let unknown = line("C5", "Chargeback Fee", "-20.00", parent: "T9")
            let mistakes = try await books.mistakes(Self.header + unknown, as: Self.us)
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix("line 2: Reference Txn ID \"T9\": "), "\(mistakes)")
        }
    }

    @Test func whatIsNoGiftIsCountedWithItsReason() async throws {
        try await withBooks { books in
            let rows = [
                Self.row("T1"), Self.row("W1", type: "General Withdrawal", gross: "-50.00", fee: "0.00", net: "-50.00"),
                Self.row("C1", type: "General Currency Conversion", gross: "-50.00", fee: "0.00", net: "-50.00"),
                Self.row("C2", type: "General Currency Conversion", gross: "55.00", fee: "0.00", net: "55.00"),
                Self.row("H1", type: "Reversal of General Account Hold", gross: "5.00", fee: "0.00", net: "5.00"),
                Self.row("P1", type: "Express Checkout Payment", gross: "-9.99", fee: "0.00", net: "-9.99"),
                Self.row("P2", status: "Pending"), Self.row("M1", impact: "Memo"), Self.row("B1", type: "Bonus"),
            ]
            let report = try await books.importing(Self.header + rows.joined(), as: Self.us)
            #expect(report.summary == "gifts 1 refunds 0 fees 1")
            #expect(
                report.skipped.map { "\($0.number) \($0.what)" } == [
                    "1 Bonus", "2 General Currency Conversion", "1 General Withdrawal",
                    "1 Reversal of General Account Hold", "1 doesn't move the balance",
                    "1 money that we paid: Express Checkout Payment", "1 status Pending",
                ])
        }
    }

    // MARK: Dates, zones, amounts

    @Test(
        arguments: [
            ("12/29/2025", "09:20:00", "PST", "2025-12-29T17:20:00Z"),
            ("07/04/2025", "09:20:00", "PDT", "2025-07-04T16:20:00Z"),
            ("12/31/2025", "23:59:59", "EST", "2026-01-01T04:59:59Z"),
            ("01/01/2026", "00:30:00", "CET", "2025-12-31T23:30:00Z"),
            ("12/29/2025", "09:20:00", "GMT", "2025-12-29T09:20:00Z"),
            ("07/04/2025", "09:20:00", "America/New_York", "2025-07-04T13:20:00Z"),
        ])
    func aTimeIsThatOfItsZone(_ date: String, _ time: String, _ zone: String, _ wanted: String) async throws {
        try await withBooks { books in
            try await books.importing(Self.header + Self.row("T1", date: date, time: time, zone: zone), as: Self.us)
            #expect(try await occurred(books) == [wanted])
        }
    }

    @Test func aDayThatCouldBeTwoIsRefusedUntilSomebodySaysWhich() async throws {
        let silent = ImportRecords.Kind.payPal(dates: nil, amounts: .decimalPoint)
        let row = Self.row("T1", date: "03/04/2025", zone: "UTC")
        for (kind, wanted) in [
            (Self.us, "2025-03-04T09:20:00Z"),
            (.payPal(dates: .dayFirst, amounts: .decimalPoint), "2025-04-03T09:20:00Z"),
        ] {
            try await withBooks { books in
                let mistakes = try await books.mistakes(Self.header + row, as: silent)
                #expect(mistakes.count == 1 && mistakes[0].contains("--date-order dmy"), "\(mistakes)")
                try await books.importing(Self.header + row, as: kind)
                #expect(try await occurred(books) == [wanted])
            }
        }
        try await withBooks { books in
            // These can only be one day each.
            let rows =
                Self.row("T1", date: "31/12/2025", zone: "UTC") + Self.row("T2", date: "12/30/2025", zone: "UTC")
                + Self.row("T3", date: "05/05/2025", zone: "UTC")
            try await books.importing(Self.header + rows, as: silent)
            #expect(
                try await occurred(books) == ["2025-12-31T09:20:00Z", "2025-12-30T09:20:00Z", "2025-05-05T09:20:00Z"])
        }
    }

    @Test func aGermanAccountsFileIsReadWithItsDecimalComma() async throws {
        try await withBooks(in: "Europe/Berlin") { books in
            let text =
                Self.header
                + Self.row(
                    "T1", date: "31.12.2025", zone: "CET", currency: "EUR", gross: "1.234,50", fee: "-24,34",
                    net: "1.210,16")
            let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
            try await books.importing(bytes: bytes, as: Self.german)
            #expect(try await books.balances() == ["clearing": 121_016, "fees": 2_434, "contributions": -123_450])
        }
    }

    @Test(
        arguments: [
            ("1,234.50", true, 123_450), ("1234.50", true, 123_450), ("12,34.50", true, nil), ("1,234", true, nil),
            ("1.234,50", true, nil), ("1.234,50", false, 123_450), ("1234,5", false, 123_450), ("1,234.50", false, nil),
            ("1.234", false, nil), ("1.23,50", false, nil), (",50", false, nil), ("1,2,50", false, nil),
            ("١٢", true, nil),
        ] as [(String, Bool, Int64?)])
    func anAmountIsExactOrRefused(_ gross: String, _ isPoint: Bool, _ wanted: Int64?) async throws {
        try await withBooks { books in
            let row = Self.row("T1", gross: gross, fee: "0", net: "")
            let kind = ImportRecords.Kind.payPal(dates: .monthFirst, amounts: isPoint ? .decimalPoint : .decimalComma)
            let mistakes = try await books.mistakes(Self.header + row, as: kind)
            if let wanted {
                #expect(mistakes.isEmpty)
                #expect(try await books.balances()["clearing"] == wanted)
            } else {
                #expect(mistakes.count == 1 && mistakes[0].hasPrefix("line 2: Gross \"\(gross)\": "), "\(mistakes)")
            }
        }
    }

    @Test(
        arguments: [
            (row("T1", zone: "IST"), "line 2: TimeZone \"IST\": "),
            (row("T1", zone: "XYZ"), "line 2: TimeZone \"XYZ\": "),
            (row("T1", date: "13/13/2025"), "line 2: Date \"13/13/2025\": "),
            (row("T1", time: "25:00:00"), "line 2: Time \"25:00:00\": "),
            (row("T1", date: "12/29/25"), "line 2: Date \"12/29/25\": "),
            (row("", zone: "PST"), "line 2: Transaction ID: it is empty"),
            (row("T1", net: "96.81"), "line 2: Net \"96.81\": "),
            (row("T1", email: "giver"), "line 2: From Email Address \"giver\": "),
            (
                row("R1", type: "Payment Refund", gross: "-1.00", fee: "0", net: "-1.00"),
                "line 2: Reference Txn ID: it is empty"
            ),
            (
                row("R1", type: "Payment Refund", gross: "-1.00", fee: "0", net: "-1.00", parent: "T9"),
                "line 2: Reference Txn ID \"T9\": that payment isn't known"
            ),
            (
                row("T1") + row("R1", type: "Payment Refund", gross: "-100.01", fee: "0", net: "-100.01", parent: "T1"),
                "line 3: Gross \"-100.01\": more would be given back"
            ), (row("4242424242424242"), "line 2: Transaction ID: this looks like a card number"),
        ])
    func aMistakeIsNamedWithItsLineAndNothingIsTaken(_ rows: String, _ message: String) async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let mistakes = try await books.mistakes(Self.header + rows, as: Self.us)
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix(message), "\(mistakes)")
            #expect(!mistakes.contains { $0.contains("4242") })
            #expect(try await books.contents() == before)
        }
    }

    @Test func theSameAndAnOverlappingFileAddNothingTwice() async throws {
        try await withBooks { books in
            let rows =
                Self.row("T1")
                + Self.row("R1", type: "Payment Refund", gross: "-25.00", fee: "0.00", net: "-25.00", parent: "T1")
            try await books.importing(Self.header + rows, as: Self.us)
            let once = try await books.contents()
            #expect(try await books.importing(Self.header + rows, as: Self.us).wasImported)
            #expect(try await books.contents() == once)
            let report = try await books.importing(Self.header + Self.row("T2") + rows, as: Self.us)
            #expect(report.summary == "gifts 1 refunds 0 fees 1" && report.unchanged == 2)
            let changed = Self.row("T1", gross: "90.00", net: "86.80")
            #expect(
                try await books.mistakes(Self.header + changed, as: Self.us) == [
                    "line 2: Gross \"90.00\": the books have 100.00 USD for T1"
                ])
        }
    }
}
