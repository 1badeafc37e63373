import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// What a row may say about a gift that is already known.
struct ReimportTests {
    private func withGift(_ body: (Books) async throws -> Void) async throws {
        try await withBooks { books in
            try await books.addCampaign("spring")
            try await books.addCampaign("autumn")
            try await books.addAppeal("letter-1", campaign: "spring")
            try await books.addAppeal("letter-2", campaign: "spring")
            _ = try await books.addArticle("river-story")
            _ = try await books.addArticle("harbour-story")
            try await books.importing(
                "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,5.00,2025-04-01\n"
            )
            try await body(books)
        }
    }

    @Test func whatWasGivenBackByHandContradictsNoFileAndIsNotGivenBackAgain() async throws {
        let row = "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,"
        try await withGift { books in
            let money = try Money(parsing: "10.00", currency: Currency("USD"))
            _ = try await books.app.transaction { db in
                try RefundGift(ID(1), money, at: nil, reason: "asked for", by: books.actor(db, .development)).perform(
                    db)
            }
            // The platform knows of its own five, and of a new gift; then of all, then of two more.
            let unchanged = try await books.importing(
                row + "5.00,2025-04-01\ng2,ann@example.org,Ann,2025-05-01T12:00:00Z,1.00,USD,card,,,,,\n")
            #expect(unchanged.newGifts == 1 && unchanged.newRefunds == 0)
            #expect(try await books.importing(row + "15.00,2025-06-01\n").newRefunds == 0)
            #expect(try await books.importing(row + "17.00,2025-07-01\n").newRefunds == 1)
            #expect(try await books.report() == ["2025 USD 2 2600 1700 900"])
            #expect(try await books.mistakes(row + "4.00,2025-04-01\n").count == 1)
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test func laterRefundsAreAdded() async throws {
        try await withGift { books in
            let more = try await books.importing(
                "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,15.00,2026-02-01\n"
            )
            #expect(more.newRefunds == 1)
            #expect(more.newGifts == 0)
            let rest = try await books.importing(
                "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,25.00,2026-03-01\n"
            )
            #expect(rest.newRefunds == 1)
            #expect(try await books.report() == ["2025 USD 1 2500 2500 0"])
            #expect(try await books.report(basis: .cash) == ["2025 USD 1 2500 500 2000", "2026 USD 0 0 2000 -2000"])
            let gift = try await books.app.read { try Gift.list($0, limit: 1)[0] }
            #expect(gift.status == .refunded)
            let entries = try await books.app.read { try gift.entries($0) }
            #expect(entries.map(\.amount.minor) == [2500, -500, -1000, -1000])
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test(arguments: [
        (
            "donor_email",
            "g1,eve@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,5.00,2025-04-01"
        ),
        (
            "donor_name",
            "g1,ann@example.org,Anna,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,5.00,2025-04-01"
        ),
        (
            "given_at",
            "g1,ann@example.org,Ann,2025-03-01T12:00:01Z,25.00,USD,card,spring,letter-1,river-story,5.00,2025-04-01"
        ),
        (
            "amount",
            "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.01,USD,card,spring,letter-1,river-story,5.00,2025-04-01"
        ),
        (
            "method",
            "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,cash,spring,letter-1,river-story,5.00,2025-04-01"
        ),
        ("campaign", "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,autumn,,river-story,5.00,2025-04-01"),
        (
            "appeal",
            "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-2,river-story,5.00,2025-04-01"
        ),
        (
            "article",
            "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,harbour-story,5.00,2025-04-01"
        ),
        (
            "refunded_amount",
            "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,4.00,2025-04-01"
        ),
        ("refunded_amount", "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,,"),
        (
            "refunded_at",
            "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,5.00,2025-04-02"
        ),
    ])
    func anyOtherChangeIsRefusedWithItsLine(_ column: String, _ row: String) async throws {
        try await withGift { books in
            let before = try await books.contents()
            let mistakes = try await books.mistakes(
                "g0,new@example.org,New,2025-05-01,1.00,USD,card,,,,,\n" + row + "\n")
            #expect(mistakes.contains { $0.hasPrefix("line 3: \(column)") }, "\(mistakes)")
            #expect(mistakes.allSatisfy { $0.hasPrefix("line 3: ") })
            #expect(try await books.contents() == before)
        }
    }

    @Test func aChangedCurrencyIsRefused() async throws {
        try await withGift { books in
            let mistakes = try await books.mistakes(
                "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,EUR,card,spring,letter-1,river-story,5.00,2025-04-01\n"
            )
            #expect(mistakes.contains { $0.hasPrefix("line 2: currency \"EUR\": it was \"USD\"") }, "\(mistakes)")
        }
    }

    @Test func whatTheFileLeavesOutIsNoChange() async throws {
        try await withGift { books in
            let report = try await books.importing(
                "g1,ann@example.org,2025-03-01T12:00:00Z,25.00,USD\n",
                header: "external_id,donor_email,given_at,amount,currency")
            #expect(report.unchanged == 1)
        }
    }

    @Test func anErasedDonorsRowCanStillBeReadAgain() async throws {
        try await withGift { books in
            try await books.app.transaction { db in
                try db.run("DELETE FROM fundraising.donor_email")
                try db.run("DELETE FROM fundraising.donor_identity")
                try db.run("UPDATE fundraising.import_row SET fields[2] = NULL, fields[3] = NULL")
            }
            let report = try await books.importing(
                "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,25.00,USD,card,spring,letter-1,river-story,5.00,2025-04-01\n\n"
            )
            #expect(report.unchanged == 1)
            #expect(try await books.count("fundraising.donor_email") == 0)
            #expect(try await books.report() == ["2025 USD 1 2500 500 2000"])
        }
    }
}
