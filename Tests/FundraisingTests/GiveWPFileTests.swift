import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// What GiveWP kept of donations.
struct GiveWPFileTests {
    static let header =
        "Donation ID,First Name,Last Name,Email Address,Donation Total,Currency,Donation Status,Payment Gateway,"
        + "Transaction ID,Donation Date,Donation Time,Form Title\n"
    static let kind = ImportRecords.Kind.giveWP(dates: .monthFirst, currency: nil)

    @Test func donationsLandUnderTheirProcessorsIdAndOthersUnderGiveWPs() async throws {
        let rows = """
            12,A,Giver,giver@example.org,"100.00",USD,Complete,Stripe - Credit Card,pi_1,12/29/2025,4:20 am,Support us
            13,A,Giver,giver@example.org,"1,000.00",USD,Complete,PayPal Donations,T1,12/29/2025,16:20,Support us
            14,B,Giver,b@example.org,20.00,USD,Renewal,Offline Donation,,12/31/2025,11:59 pm,Support us
            15,C,Giver,c@example.org,30.00,USD,Refunded,Manual,,01/01/2026,12:00 am,Support us
            16,D,Giver,d@example.org,40.00,USD,Abandoned,Stripe,,01/01/2026,12:00 am,Support us

            """
        for fileFirst in [true, false] {
            try await withBooks { books in
                let desk = StripeDesk(books: books)
                if !fileFirst { try await desk.deliver(StripePaymentEvents(number: 1).chargeSucceeded) }
                let report = try await books.importing(Self.header + rows, as: Self.kind)
                #expect(report.summary == "gifts \(fileFirst ? 4 : 3) refunds 1")
                #expect(report.skipped.map(\.what) == ["status abandoned"])
                try await desk.deliver(StripePaymentEvents(number: 1).chargeSucceeded)
                let activity =
                    PayPalFileTests.header
                    + PayPalFileTests.row("T1", zone: "EST", gross: "1,000.00", fee: "0", net: "")
                #expect(
                    try await books.importing(activity, as: PayPalFileTests.us).summary == "gifts 0 refunds 0 fees 0")
                #expect(
                    try await books.report() == ["2025 USD 3 112000 0 112000", "2026 USD 1 3000 3000 0"])
                #expect(try await books.count("fundraising.receipt") == 0)
                #expect(try await books.expectSoundLedger().isEmpty)
            }
        }
    }

    @Test func aCurrencyIsNeverGuessed() async throws {
        try await withBooks { books in
            let header = "Donation ID,Email Address,Donation Total,Donation Status,Donation Date\n"
            let row = "12,a@example.org,19.99,Complete,12/29/2025\n"
            let mistakes = try await books.mistakes(header + row, as: Self.kind)
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix("line 2: Currency: it is empty, and never guessed"))
            try await books.importing(header + row, as: .giveWP(dates: nil, currency: Currency("EUR")))
            #expect(try await books.report() == ["2025 EUR 1 1999 0 1999"])
        }
    }
}
