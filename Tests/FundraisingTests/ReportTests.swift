import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

struct ReportTests {
    @Test func currenciesAreNeverAddedUp() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                g1,a@example.org,,2025-03-01,10.00,USD,,,,,,
                g2,a@example.org,,2025-03-01,1000,JPY,,,,,,
                g3,a@example.org,,2025-03-01,1.234,KWD,,,,,,
                g4,a@example.org,,2025-03-01,9223372036854775807,ISK,,,,,,
                g5,a@example.org,,2025-03-01,0.20,MGA,,,,,,
                """)
            #expect(
                try await books.report() == [
                    "2025 ISK 1 9223372036854775807 0 9223372036854775807", "2025 JPY 1 1000 0 1000",
                    "2025 KWD 1 1234 0 1234", "2025 MGA 1 20 0 20", "2025 USD 1 1000 0 1000",
                ])
            let amounts = try await books.app.read { try Gift.list($0, limit: 9).map(\.gross.description) }
            #expect(
                amounts.reversed() == [
                    "10.00 USD", "1000 JPY", "1.234 KWD", "9223372036854775807 ISK", "0.20 MGA",
                ])
        }
    }

    @Test func aTotalThatDoesNotFitIsAnErrorAndNotANumber() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                g1,a@example.org,,2025-03-01,9223372036854775807,JPY,,,,,,
                g2,a@example.org,,2025-03-02,1,JPY,,,,,,
                """)
            await #expect(throws: FundraisingError.totalTooLarge) { try await books.report() }
            #expect(try await books.report(by: .day).count == 2)
            await #expect(throws: FundraisingError.self) {
                try await books.importing("g3,a@example.org,,2025-03-03,9223372036854775808,JPY,,,,,,\n")
            }
        }
    }

    @Test func periodsWithoutGiftsPrintZerosForEachCurrency() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                g1,a@example.org,,2025-01-31,10.00,USD,,,,,,
                g2,a@example.org,,2025-04-01,20.00,USD,,,,,,
                g3,a@example.org,,2025-02-01,5.00,EUR,,,,,,
                g4,a@example.org,,2025-03-01,5.00,EUR,,,,,,
                """)
            #expect(
                try await books.report(by: .month) == [
                    "2025-01 USD 1 1000 0 1000", "2025-02 EUR 1 500 0 500", "2025-02 USD 0 0 0 0",
                    "2025-03 EUR 1 500 0 500", "2025-03 USD 0 0 0 0", "2025-04 USD 1 2000 0 2000",
                ])
            let days = try await books.report(by: .day, from: "2025-02-01")
            #expect(days.count == 1 + 28 + 1)
            #expect(days[1] == "2025-02-02 EUR 0 0 0 0")
            #expect(try await books.report(from: "2026-01-01") == [])
        }
    }

    @Test func leapDaysAreDaysLikeOthers() async throws {
        try await withBooks { books in
            try await books.importing(
                "g1,a@example.org,,2024-02-28,1.00,USD,,,,,,\ng2,a@example.org,,2024-03-01,1.00,USD,,,,,,\n")
            #expect(
                try await books.report(by: .day) == [
                    "2024-02-28 USD 1 100 0 100", "2024-02-29 USD 0 0 0 0", "2024-03-01 USD 1 100 0 100",
                ])
        }
    }

    @Test func giftsInTestModeAreInNoReport() async throws {
        try await withBooks { books in
            try await books.importing("g1,a@example.org,,2025-03-01,1.00,USD,,,,,,\n")
            try await books.app.transaction { db in
                try db.run(
                    """
                    INSERT INTO fundraising.gift (kind, currency, intended_minor, given_at, tax_date, live, source, \
                    external_id) VALUES ('card', 'USD', 500, '2025-03-01', '2025-03-01', false, 'test', 't1')
                    """)
                try db.run(
                    """
                    INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                    processor, external_id, live) SELECT id, 'charge', 500, 'USD', '2025-03-01', '2025-03-01', \
                    'test', 't1', false FROM fundraising.gift WHERE source = 'test'
                    """)
            }
            for basis in DonationReport.Basis.allCases {
                #expect(try await books.report(basis: basis) == ["2025 USD 1 100 0 100"])
            }
        }
    }

    @Test func aCampaignIsNotDoneAMomentEarly() async throws {
        try await withBooks { books in
            try await books.addCampaign("year-end", goal: "50000.00")
            func percent() async throws -> String {
                try await books.app.read { try CampaignProgress.find($0, Slug("year-end")).percentText }
            }
            #expect(try await percent() == "0.0")
            try await books.importing(
                "g1,a@example.org,,2025-12-01,50000.00,USD,,year-end,,,0.01,2025-12-02\ng2,,,2025-12-01,9.00,EUR,,year-end,,,,\n"
            )
            #expect(try await percent() == "99.9")
            let progress = try await books.app.read { try CampaignProgress.all($0) }
            #expect(progress.map(\.net.minor) == [4_999_999])
            #expect(progress.map(\.giftsInOtherCurrencies) == [1])
            try await books.importing("g3,b@example.org,,2025-12-03,0.01,USD,,year-end,,,,\n")
            #expect(try await percent() == "100.0")
        }
    }

    @Test func aCampaignIsRefusedForWhatIsWrongWithIt() async throws {
        try await withBooks { books in
            try await books.addCampaign("spring")
            await #expect(throws: FundraisingError.campaignSlugTaken(try Slug("spring"))) {
                try await books.addCampaign("spring")
            }
            let nothing = Money(minor: 0, currency: try Currency("USD"))
            await #expect(throws: FundraisingError.goalNotPositive(nothing)) {
                try await books.addCampaign("free", goal: "0.00")
            }
            await #expect(throws: FundraisingError.unknownCampaign(try Slug("unheard-of"))) {
                try await books.addAppeal("letter", campaign: "unheard-of")
            }
            await #expect(throws: FundraisingError.unknownCampaign(try Slug("unheard-of"))) {
                try await books.app.read { try CampaignProgress.find($0, Slug("unheard-of")) }
            }
        }
    }
}
