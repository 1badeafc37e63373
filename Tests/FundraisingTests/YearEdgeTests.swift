import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Where one year meets the other.
struct YearEdgeTests {
    @Test func theSameDateLastYearIsThe28thForThe29th() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                g1,a@example.org,,2023-02-28,10.00,USD,,,,,,
                g2,a@example.org,,2023-03-01,40.00,USD,,,,,,
                g3,a@example.org,,2024-02-29,25.00,USD,,,,,5.00,2024-03-15
                g4,a@example.org,,2024-03-01,70.00,USD,,,,,,
                g5,b@example.org,,2024-01-02,3.00,EUR,,,,,,
                """)
            let report = try YearToDateReport(year: ReportYear(2024), through: LocalDate("2024-02-29"))
            let (lines, rows) = try await books.app.read { (try report.lines($0), try report.rows($0)) }
            let texts = lines.map {
                "\($0.now) \($0.before) \($0.change) \($0.growth.percentText ?? "-") \($0.gifts) \($0.giftsBefore)"
            }
            #expect(texts == ["3.00 EUR 0.00 EUR 3.00 EUR - 1 0", "20.00 USD 10.00 USD 10.00 USD 100.0 1 1"])
            for line in lines {
                let own = rows.filter { $0.net.currency == line.now.currency }
                #expect(own.filter(\.isOfThisYear).reduce(0) { $0 + $1.net.minor } == line.now.minor)
                #expect(own.filter { !$0.isOfThisYear }.reduce(0) { $0 + $1.net.minor } == line.before.minor)
            }
            #expect(throws: ValueError.self) {
                try YearToDateReport(year: ReportYear(2024), through: LocalDate("2025-01-01"))
            }
        }
    }

    @Test(.enabled(if: Vectors.path != nil, "the vectors are not beside the package"))
    func giftsAroundMidnightAreNamedWithTheirYear() async throws {
        let vectors = try Vectors()
        try await withBooks { books in
            try await books.importing(vectors.csv)
            let zone = books.zone
            let rows = try await books.app.read { db in
                let names = try Dictionary(
                    uniqueKeysWithValues: db.rows("SELECT id, external_id FROM fundraising.gift") {
                        (try $0.next(ID<Gift>.self), try $0.next(String.self))
                    })
                return try [2025, 2026].map { year in
                    try MidnightReport(year: year).rows(db, in: zone).map {
                        "\(names[$0.gift] ?? "") \($0.taxDate) \($0.seconds)"
                    }
                }
            }
            // In New York the year ends at 05:00 UTC.
            #expect(
                rows == [
                    ["g02 2025-12-31 -19800", "g05 2025-12-31 -1"],
                    [
                        "g02 2025-12-31 -19800", "g05 2025-12-31 -1", "g03 2026-12-31 -18001", "g16 2027-01-01 0",
                    ],
                ])
        }
    }
}
