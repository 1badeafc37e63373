import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Where donors live and who gave much, against a recount that is made here; and what a campaign still needs.
struct DonorListReportTests {
    private struct Given {
        let donor: Int?
        let minor: Int64
        let back: Int64
        let currency: String
        let day: LocalDate
    }

    private static func gifts(_ random: inout SeededRandom) throws -> [Given] {
        try (0..<150).map { number in
            let minor = Int64.random(in: 1...9, using: &random) * 100_000 + (number == 3 ? 9_000_000 : 0)
            let backs: [Int64] = [0, 0, 0, minor, minor / 4]
            let donor = Int.random(in: 0...15, using: &random)
            return Given(
                donor: donor == 0 ? nil : donor, minor: minor, back: backs.randomElement(using: &random) ?? 0,
                currency: number.isMultiple(of: 3) ? "EUR" : "USD",
                day: try LocalDate("2025-06-01").adding(days: Int.random(in: 0...500, using: &random)))
        }
    }

    private static func csv(_ gifts: [Given]) throws -> String {
        try gifts.enumerated().map { number, gift in
            let currency = try Currency(gift.currency)
            let back =
                gift.back == 0 ? "," : "\(Money(minor: gift.back, currency: currency).amountText),\(gift.day)"
            return "g\(number),\(gift.donor.map { "d\($0)@example.org" } ?? ""),,\(gift.day),"
                + "\(Money(minor: gift.minor, currency: currency).amountText),\(gift.currency),card,,,,\(back)\n"
        }.joined()
    }

    private func numbers(_ books: Books) async throws -> [ID<Donor>: Int] {
        let pairs = try await books.app.read { db in
            try db.rows("SELECT donor_id, substring(folded FROM 'd([0-9]+)@')::bigint FROM fundraising.donor_email") {
                (try $0.next(ID<Donor>.self), try $0.next(Int.self))
            }
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test func majorDonorsAreThoseAtOrAboveTheGreaterOfASumAndTwoPercent() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random major donors: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let gifts = try Self.gifts(&random)
        try await withBooks { books in
            try await books.importing(try Self.csv(gifts))
            let numbers = try await numbers(books)
            for (least, smallest) in [(5_000, 0), (0, 0), (5_000, 3_000), (20_000, 0)] as [(Int64, Int64)] {
                let report = MajorDonorsReport(year: try ReportYear(2026), least: least, smallestGift: smallest)
                let (lines, rows) = try await books.app.read { (try report.lines($0), try report.rows($0)) }
                for currency in ["EUR", "USD"] {
                    let own = gifts.filter { $0.currency == currency && $0.day.year == 2026 }
                    let total = own.reduce(0) { $0 + $1.minor - $1.back }
                    var sums: [Int: Int64] = [:]
                    for gift in own where gift.minor > gift.back && gift.minor - gift.back >= smallest * 100 {
                        guard let donor = gift.donor else { continue }
                        sums[donor, default: 0] += gift.minor - gift.back
                    }
                    let expected = sums.filter { $0.value >= least * 100 && $0.value * 50 >= total }
                    let found = lines.filter { $0.net.currency.code == currency }
                    #expect(
                        Dictionary(uniqueKeysWithValues: found.map { (numbers[$0.donor] ?? 0, $0.net.minor) })
                            == expected, "seed \(seed)")
                    #expect(found.allSatisfy { $0.total.minor == total }, "seed \(seed)")
                    for line in found {
                        let behind = rows.filter { $0.donor == line.donor && $0.net.currency == line.net.currency }
                        #expect(behind.count == line.gifts)
                        #expect(behind.reduce(0) { $0 + $1.net.minor } == line.net.minor)
                    }
                }
            }
        }
    }

    @Test func theBoundItselfIsMuch() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                a,a@example.org,,2026-01-01,5000.00,USD,card,,,,,
                b,b@example.org,,2026-01-01,4999.99,USD,card,,,,,
                c,c@example.org,,2026-01-01,5000,JPY,card,,,,,
                d,d@example.org,,2026-01-01,4999,JPY,card,,,,,
                e,e@example.org,,2026-01-01,5000.00,EUR,card,,,,,
                f,f@example.org,,2026-01-01,245000.01,EUR,card,,,,,

                """)
            let lines = try await books.app.read { try MajorDonorsReport(year: ReportYear(2026)).lines($0) }
            // Of 250,000.01 EUR two percent are 5,000.0002: a hair more than 5,000.00.
            #expect(
                lines.map { "\($0.net.currency.code) \($0.net.minor)" } == [
                    "EUR 24500001", "JPY 5000", "USD 500000",
                ])
        }
    }

    @Test func moneyBelongsToTheStateWhereTheDonorLivedThen() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                a,a@example.org,,2026-01-10,10.00,USD,card,,,,,
                b,a@example.org,,2026-06-10,20.00,USD,card,,,,,
                c,b@example.org,,2026-06-11,40.00,USD,card,,,,40.00,2026-07-01
                d,c@example.org,,2026-06-12,80.00,USD,card,,,,,
                e,,,2026-06-13,160.00,USD,card,,,,,
                f,d@example.org,,2025-12-31,320.00,USD,card,,,,,
                g,d@example.org,,2026-02-01,640.00,EUR,card,,,,,

                """)
            _ = try await books.test.owner.transaction { db in
                // a moved in March; b's address was learnt later than his gift; d is written in small letters.
                try db.run(
                    """
                    INSERT INTO fundraising.donor_address (donor_id, street, city, region, country, starts, ends) \
                    SELECT e.donor_id, 'A street 1', 'A city', n.region, n.country, n.starts::date, n.ends::date \
                    FROM (VALUES ('a', 'NY', 'US', '2020-01-01', '2026-03-01'), ('a', 'CA', 'US', '2026-03-01', NULL), \
                    ('b', 'NY', 'US', '2026-09-01', NULL), ('d', 'bc', 'CA', '2020-01-01', NULL)) \
                    AS n (name, region, country, starts, ends) \
                    JOIN fundraising.donor_email e ON e.folded = n.name || '@example.org'
                    """)
            }
            let report = StatesReport(year: try ReportYear(2026))
            let (lines, rows) = try await books.app.read { (try report.lines($0), try report.rows($0)) }
            #expect(
                lines.map {
                    "\($0.net.currency.code) \($0.place.country ?? "-") \($0.place.region ?? "-") \($0.donors) "
                        + "\($0.gifts) \($0.net.minor)"
                } == [
                    "EUR CA BC 1 1 64000", "USD US CA 1 1 2000", "USD US NY 2 2 1000", "USD - - 1 2 24000",
                ])
            for line in lines {
                let own = rows.filter { $0.place == line.place && $0.net.currency == line.net.currency }
                #expect(own.reduce(0) { $0 + $1.net.minor } == line.net.minor)
            }
        }
    }

    @Test func aCampaignsPaceIsWhatIsLeftOverTheDaysThatAreLeft() async throws {
        try await withBooks { books in
            _ = try await books.app.transaction { db in
                try AddCampaign(
                    slug: Slug("june"), name: "June", goal: Money(minor: 100_000, currency: Currency("USD")),
                    starts: LocalDate("2026-06-01"), ends: LocalDate("2026-06-30"), by: books.actor(db)
                ).perform(db)
            }
            try await books.importing("a,a@example.org,,2026-06-02,333.33,USD,card,june,,,,\n")
            let progress = try await books.app.read { try CampaignProgress.find($0, Slug("june")) }
            #expect(progress.percentText == "33.3")
            let middle = progress.pace(on: try LocalDate("2026-06-11"))
            #expect(middle.left.minor == 66_667 && middle.daysLeft == 20 && middle.thermometer == 33)
            // 666.67 / 20 = 33.3335: a cent less a day would miss the goal.
            #expect(middle.neededPerDay?.minor == 3_334 && middle.timeText == "33.3")
            let before = progress.pace(on: try LocalDate("2026-05-01"))
            #expect(before.daysLeft == 30 && before.timeText == "0.0" && before.neededPerDay?.minor == 2_223)
            let last = progress.pace(on: try LocalDate("2026-06-30"))
            #expect(last.daysLeft == 1 && last.neededPerDay?.minor == 66_667 && last.timeText == "96.6")
            let after = progress.pace(on: try LocalDate("2026-07-01"))
            #expect(after.daysLeft == 0 && after.neededPerDay == nil && after.timeText == "100.0")
        }
    }
}
