import Fundraising
import TestDatabase
import Testing
import Values

@Suite(.enabled(if: Vectors.path != nil, "the vectors are not beside the package"))
struct VectorTests {
    @Test func theVectorsGiveTheirAnswersInNewYork() async throws {
        let vectors = try Vectors()
        try await withBooks { books in
            let report = try await books.importing(vectors.csv)
            #expect(report.newGifts == 16)
            #expect(report.newRefunds == 3)

            #expect(try await books.net() == vectors.expected("gift_year_net"))
            let cash = try await books.net(.cash)
            for (year, net) in vectors.expected("cash_net") { #expect(cash[year] == net) }
            let gross = try await books.net(.gross)
            for (year, net) in vectors.expected("gross") { #expect(gross[year] == net) }
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test func aYearCutInUTCGivesOtherFigures() async throws {
        let vectors = try Vectors()
        try await withBooks(in: "UTC") { books in
            try await books.importing(vectors.csv)
            let net = try await books.net()
            for (year, wrong) in vectors.expected("utc_wrong") { #expect(net[year] == wrong) }
        }
    }

    @Test func everyLineOfTheYearlyReportAddsUp() async throws {
        let vectors = try Vectors()
        try await withBooks { books in
            try await books.importing(vectors.csv)
            #expect(
                try await books.report() == [
                    "2023 USD 1 4000 0 4000", "2024 USD 2 13000 0 13000", "2025 USD 6 77500 7500 70000",
                    "2026 USD 6 90000 4500 85500", "2027 USD 1 9900 0 9900",
                ])
            #expect(
                try await books.report(basis: .cash, from: "2025-01-01", to: "2026-12-31") == [
                    "2025 USD 6 77500 0 77500", "2026 USD 6 90000 12000 78000",
                ])
            #expect(
                try await books.report(basis: .gross, from: "2026-01-01", to: "2026-12-31") == [
                    "2026 USD 6 90000 0 90000"
                ])
        }
    }
}
