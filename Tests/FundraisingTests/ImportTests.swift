import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

struct ImportTests {
    private let two = """
        g1,ann@example.org,Ann Example,2025-03-01T12:00:00Z,25.00,USD,card,,,,,
        g2,bob@example.org,Bob Example,2025-03-02T12:00:00Z,40.00,USD,check,,,,,

        """

    @Test func aDryRunSaysWhatWouldComeOfItAndChangesNothing() async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let report = try await books.importing(two, mode: .dryRun)
            #expect(report.newGifts == 2)
            #expect(try await books.contents() == before)
            #expect(try await books.count("journal.audit WHERE subject_kind = 'donation_import'") == 0)
            #expect(try await books.importing(two).newGifts == 2)
        }
    }

    @Test func theSameFileTwiceChangesNothing() async throws {
        try await withBooks { books in
            try await books.importing(two)
            let once = try await books.contents()
            let again = try await books.importing(two, name: "renamed.csv")
            #expect(again.wasImported)
            #expect(again.newGifts == 0)
            #expect(again.unchanged == 2)
            #expect(try await books.contents() == once)
        }
    }

    @Test func anOverlappingFileAddsOnlyWhatIsNew() async throws {
        try await withBooks { books in
            try await books.importing(two)
            let report = try await books.importing(
                """
                g2,BOB@example.org,Bob Example,2025-03-02T07:00:00-05:00,40,usd,CHECK,,,,,
                g3,bob@example.org,,2025-03-03T12:00:00Z,10.00,USD,card,,,,,
                """)
            #expect(report.newGifts == 1)
            #expect(report.unchanged == 1)
            #expect(try await books.report() == ["2025 USD 3 7500 0 7500"])
            #expect(try await books.count("fundraising.donor") == 2)
        }
    }

    @Test func anImportIsOneRowOfTheAuditChain() async throws {
        try await withBooks { books in
            try await books.importing(two)
            let facts = try await books.app.read { db in
                try db.rows(
                    "SELECT action, facts->>'new_gifts' FROM journal.audit WHERE subject_kind = 'donation_import'"
                ) { row in [try row.next(String.self), try row.next(String.self)] }
            }
            #expect(facts == [["gifts.imported", "2"]])
        }
    }

    @Test func columnsMayStandInAnyOrderAndSomeMayBeMissing() async throws {
        try await withBooks { books in
            try await books.importing(
                "EUR,g1,12.50,2025-03-01,ann@example.org\n", header: "currency,external_id,amount,given_at,donor_email")
            #expect(try await books.report() == ["2025 EUR 1 1250 0 1250"])
        }
    }

    @Test func theColumnsThatMustBeThereAreNamed() async throws {
        try await withBooks { books in
            #expect(
                try await books.mistakes("g1,ann@example.org,USD\n", header: "external_id,donor_email,currency")
                    == ["line 1: missing columns: given_at, amount"])
            let header = "external_id,donor_email,given_at,amount,currency,refund"
            let unknown = try await books.mistakes("g1,ann@example.org,2025-03-01,1,USD,5\n", header: header)
            #expect(unknown.count == 1)
            #expect(unknown[0].hasPrefix("line 1: unknown columns: refund"))
        }
    }

    @Test func aDayOrAWallTimeIsInThePublicationsZone() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                g1,a@example.org,,2025-12-31,1.00,USD,,,,,,
                g2,a@example.org,,2025-12-31 23:59:59,2.00,USD,,,,,,
                g3,a@example.org,,2026-01-01T00:00,4.00,USD,,,,,,
                """)
            #expect(try await books.report() == ["2025 USD 2 300 0 300", "2026 USD 1 400 0 400"])
            let skipped = try await books.mistakes("g4,a@example.org,,2026-03-08 02:30,1.00,USD,,,,,,\n")
            #expect(skipped.count == 1)
            #expect(skipped[0].hasPrefix("line 2: given_at \"2026-03-08 02:30\""))
        }
    }

    @Test func theTaxYearEndsToTheSecond() async throws {
        let last = Timestamp(seconds: 1_767_243_599).description
        let first = Timestamp(seconds: 1_767_243_600).description
        let rows = "g1,a@example.org,,\(last),1.00,USD,,,,,,\ng2,a@example.org,,\(first),2.00,USD,,,,,,\n"
        try await withBooks { books in
            try await books.importing(rows)
            #expect(try await books.net() == ["2025": 100, "2026": 200])
        }
        try await withBooks(in: "UTC") { books in
            try await books.importing(rows)
            #expect(try await books.net() == ["2026": 300])
        }
    }

    @Test func donorsAreOneByTheirAddressWhateverItsCase() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                g1,Ann@Example.org,Ann Example,2025-03-01,1.00,USD,,,,,,
                g2,ann@example.ORG,A. Example,2025-03-02,1.00,USD,,,,,,
                g3,,Nobody Known,2025-03-03,1.00,USD,,,,,,
                g4,,Nobody Known,2025-03-04,1.00,USD,,,,,,
                g5,,,2025-03-05,1.00,USD,cash,,,,,
                """)
            let donors = try await books.app.read { try Donor.list($0, limit: 10) }
            // Two gifts without an address are not taken for one person's; one gift names nobody at all.
            #expect(donors.map(\.name) == ["Ann Example", "Nobody Known", "Nobody Known"])
            #expect(donors.map(\.gifts) == [2, 1, 1])
            #expect(donors[0].emails == ["Ann@Example.org"])
        }
    }

    @Test func aFormulaInACellStaysAText() async throws {
        try await withBooks { books in
            let formula = "=HYPERLINK(\"\"http://example.com\"\",\"\"x\"\")"
            try await books.importing("+1,ann@example.org,\"\(formula)\",2025-03-01,1.00,USD,,,,,,\n")
            let donors = try await books.app.read { try Donor.list($0, limit: 10) }
            #expect(donors.map(\.name) == ["=HYPERLINK(\"http://example.com\",\"x\")"])
            let gifts = try await books.app.read { try Gift.list($0, limit: 10) }
            #expect(gifts.map(\.externalID) == ["+1"])
        }
    }

    @Test func giftsCarryTheirCampaignAppealAndArticle() async throws {
        try await withBooks { books in
            try await books.addCampaign("year-end")
            try await books.addAppeal("letter-1", campaign: "year-end")
            let article = try await books.addArticle("river-story")
            try await books.importing(
                """
                g1,a@example.org,,2025-03-01,10.00,USD,card,year-end,letter-1,river-story,,
                g2,a@example.org,,2025-03-02,20.00,USD,card,year-end,,\(article),5.00,2025-03-09
                g3,a@example.org,,2025-03-03,40.00,USD,card,,,,,
                """)
            #expect(try await books.report(by: .campaign) == ["year-end USD 2 3000 500 2500", "- USD 1 4000 0 4000"])
            #expect(try await books.report(by: .article) == ["river-story USD 2 3000 500 2500", "- USD 1 4000 0 4000"])
            let gifts = try await books.app.read { try Gift.list($0, limit: 10) }
            #expect(gifts.map(\.appeal?.text) == [nil, nil, "letter-1"])
            #expect(gifts.map(\.status) == [.received, .partlyRefunded, .received])
        }
    }

    @Test func onlyWhoMayImportDoes() async throws {
        try await withBooks { books in
            for role in [Role.admin, .auditor, .analyst] {
                do {
                    try await books.importing(two, as: role)
                    Issue.record("\(role) may import")
                } catch AccessError.notPermitted(let permission, _, _) {
                    #expect(permission == .donationsImport)
                }
            }
            #expect(try await books.count("fundraising.gift") == 0)
            #expect(try await books.importing(two, as: .finance).newGifts == 2)
        }
    }
}
