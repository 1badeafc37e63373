import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Lists of checks.
struct CheckFileTests {
    static let header = "date,postmark,number,name,address,amount,currency,email,campaign\n"

    @Test func aCheckCountsForTheYearOfItsPostmark() async throws {
        try await withBooks { books in
            try await books.addCampaign("year-end")
            let rows = """
                2026-01-05,2025-12-31,101,Ann Giver,1 Main Street,250.00,USD,ann@example.org,year-end
                2026-01-05,2026-01-02,102,Ann Giver,1 Main Street,100.00,USD,ann@example.org,
                2026-01-05,,101,Bob Giver,2 Main Street,50.00,USD,,

                """
            let report = try await books.importing(Self.header + rows, as: .checks)
            #expect(report.summary == "gifts 3" && report.ignoredColumns == ["address"])
            #expect(try await books.net() == ["2025": 25_000, "2026": 15_000])
            #expect(try await books.balances() == ["undeposited": 40_000, "contributions": -40_000])
            #expect(try await books.report(by: .campaign) == ["year-end USD 1 25000 0 25000", "- USD 2 15000 0 15000"])
            let donors = try await books.app.read { try Donor.list($0, limit: 10) }
            #expect(donors.map(\.name) == ["Ann Giver", "Bob Giver"])
            // The same checks in another file, with one more.
            let again = rows + "2026-01-06,,103,Bob Giver,,10.00,USD,,\n"
            #expect(try await books.importing(Self.header + again, as: .checks).summary == "gifts 1")
            #expect(try await books.net() == ["2025": 25_000, "2026": 16_000])
        }
    }

    @Test func aCheckIsOneWhetherItsPostmarkOrTheDayItCameIsTold() async throws {
        let lists = [
            "2026-01-05,,101,Ann Giver,,250.00,USD,,\n", "2026-01-05,2026-01-02,101,Ann Giver,,250.00,USD,,\n",
            "2026-01-06,2026-01-02,101,ann  giver,,250.00,USD,,\n",
        ]
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            try await withBooks { books in
                for index in order { try await books.importing(Self.header + lists[index], as: .checks) }
                #expect(try await books.count("fundraising.gift") == 1, "\(order)")
                #expect(try await books.net() == ["2026": 25_000], "\(order)")
            }
        }
    }

    @Test(
        arguments: [
            ("2026-01-05,2026-01-06,1,Ann,,5.00,USD,,", "line 2: postmark \"2026-01-06\": it is after the day"),
            ("01/05/2026,,1,Ann,,5.00,USD,,", "line 2: date \"01/05/2026\": "),
            ("2026-01-05,,,Ann,,5.00,USD,,", "line 2: number: "),
            ("2026-01-05,,1,,,5.00,USD,,", "line 2: name: "),
            ("2026-01-05,,1,Ann,,\"5,00\",USD,,", "line 2: amount \"5,00\": "),
            ("2026-01-05,,1,Ann,,5.00,,,", "line 2: currency: "),
            ("2026-01-05,,1,Ann,,-5.00,USD,,", "line 2: amount \"-5.00\": "),
            ("2026-01-05,,1,Ann,,5.00,USD,,spring", "line 2: campaign \"spring\": there is no such campaign"),
            ("2026-01-05,,1,Ann,4242424242424242,5.00,USD,,", "line 2: address: this looks like a card number"),
            (
                "2026-01-05,,1,Ann,,5.00,USD,,\n2026-01-05,,1,ANN,,6.00,USD,,",
                "line 3: number: line 2 is the same check"
            ),
        ])
    func aMistakeIsNamedWithItsLineAndNothingIsTaken(_ rows: String, _ message: String) async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let mistakes = try await books.mistakes(Self.header + rows + "\n", as: .checks)
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix(message), "\(mistakes)")
            #expect(try await books.contents() == before)
        }
    }

    @Test func aCheckOfAnotherAmountIsRefused() async throws {
        try await withBooks { books in
            try await books.importing(Self.header + "2026-01-05,,1,Ann,,5.00,USD,,\n", as: .checks)
            let mistakes = try await books.mistakes(Self.header + "2026-01-05,,1,Ann,,6.00,USD,,\n", as: .checks)
            #expect(mistakes.count == 1 && mistakes[0].hasPrefix("line 2: amount \"6.00\": the books have 5.00 USD"))
        }
    }
}
