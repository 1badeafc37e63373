import Foundation
import Postgres
import TestDatabase
import Testing

@testable import Admin

/// A budget and the same days last year beside what came. The console's clock stands at noon of 1 December 2025.
struct BudgetCommandTests {
    /// Five gifts and more in each month, so that nothing is kept from anybody.
    private static let csv: String = {
        var text = "external_id,donor_email,given_at,amount,currency,method\n"
        for (month, count) in [
            ("2024-02-28", 5), ("2024-02-29", 6), ("2024-11-30", 5), ("2024-12-01", 5), ("2024-12-20", 7),
            ("2025-02-28", 10), ("2025-03-01", 5), ("2025-11-02", 8), ("2025-12-01", 9),
        ] {
            for number in 0..<count { text += "\(month)-\(number),d\(number)@example.org,\(month),10.00,USD,card\n" }
        }
        return text
    }()

    private func withDesk(_ body: (DonationDesk, (String) throws -> String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "budget-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            // Left behind at worst; the system cleans its temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await withDonationDesk(Self.csv) { desk in
            try await body(desk) { text in
                let path = folder + "/\(UUID()).csv"
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                return path
            }
        }
    }

    @Test func reportsStandBesideTheBudgetAndTheSameDaysLastYear() async throws {
        try await withDesk { desk, file in
            let path = try file(
                """
                currency,figure,amount,period
                USD,gift-year,80.00,2025-02
                USD,gift-year,0.00,2025-03
                USD,cash,50.00,2025-11
                USD,gift-year,1000.00,2025

                """)
            let imported = try await desk.records("budget import \(path)")
            #expect(imported.map { $0["changed"] } == ["4"])
            #expect(try await desk.records("budget import \(path)").map { $0["changed"] } == ["0"])

            let lines = try await desk.records("donations report --by month --year 2025 --beside")
            let shown = Dictionary(
                uniqueKeysWithValues: lines.map { line in
                    (
                        line["period"] ?? "",
                        ["net_minor", "budget_minor", "budget_percent", "last_year_minor", "percent"].map {
                            line[$0] ?? ""
                        }
                    )
                })
            // February is over: all of last year's, the 29th included. 100 / 80; (100 - 110) / 110.
            #expect(shown["2025-02"] == ["10000", "8000", "125.0", "11000", "-9.1"])
            // Nothing foreseen and nothing then: no percentage.
            #expect(shown["2025-03"] == ["5000", "0", "", "0", ""])
            #expect(shown["2025-11"] == ["8000", "", "", "5000", "60.0"])
            // December has one day so far, and so has December of last year.
            #expect(shown["2025-12"] == ["9000", "", "", "5000", "80.0"])

            let cash = try await desk.records("donations report --by month --basis cash --year 2025 --beside")
            #expect(cash.first { $0["period"] == "2025-11" }?["budget_percent"] == "160.0")
            // A year that isn't over up to the same date: 28 and 29 February, 30 November and 1 December of 2024.
            let year = try #require(try await desk.records("donations report --by year --year 2025 --beside").first)
            #expect(year["net_minor"] == "32000" && year["budget_percent"] == "32.0")
            #expect(year["last_year_minor"] == "21000" && year["percent"] == "52.4")
        }
    }

    @Test func the29thOfFebruaryStandsBesideThe28th() async throws {
        try await withDonationDesk(
            """
            external_id,donor_email,given_at,amount,currency,method
            a,a@example.org,2023-02-27,1.00,USD,card
            b,a@example.org,2023-02-28,2.00,USD,card
            c,a@example.org,2023-03-01,4.00,USD,card
            d,a@example.org,2024-02-28,10.00,USD,card
            e,a@example.org,2024-02-29,20.00,USD,card

            """
        ) { desk async throws -> Void in
            func lastYear(_ line: String) async throws -> [String?] {
                try await desk.records("donations report --beside " + line).map { $0["last_year_minor"] }
            }
            #expect(try await lastYear("--by day --from 2024-02-28") == ["200", "200"])
            #expect(try await lastYear("--by month --from 2024-02 --to 2024-02-29") == ["300"])
            #expect(try await lastYear("--by month --from 2024-02 --to 2024-02-28") == ["300"])
            #expect(try await lastYear("--by month --from 2024-02 --to 2024-02-27") == [])
            #expect(try await lastYear("--by year --year 2024 --basis gross") == ["700"])
        }
    }

    @Test func whatPlansBringAMonthStandsBesideItsBudget() async throws {
        try await withDesk { desk, file in
            try await desk.test.owner.transaction { db in
                try db.script(
                    """
                    INSERT INTO fundraising.plan (currency, anchor, live, source, external_id)
                    SELECT 'USD', '2024-06-05T12:00:00Z', true, 'stripe', 's' || i FROM generate_series(1, 6) i;
                    INSERT INTO fundraising.plan_state (plan_id, occurred_at, rank, standing, amount_minor, unit, every,
                    source, external_id) SELECT p.id, p.anchor + (p.id % 2) * interval '300 days', 1, 'active', 1000,
                    'month', 1, 'stripe', p.external_id FROM fundraising.plan p;
                    """)
            }
            _ = try await desk.records(
                "budget import " + (try file("period,figure,amount,currency\n2025-11,mrr,75.00,USD\n")))
            let lines = try await desk.records("donations monthly --to 2025-11-30 --beside")
            let total = try #require(lines.first { $0["change"] == "total" })
            #expect(total["now_minor"] == "6000" && total["budget_minor"] == "7500")
            #expect(total["last_year_minor"] == "3000")
        }
    }

    @Test func aBudgetWithAMistakeChangesNothingAndSaysWhere() async throws {
        try await withDesk { desk, file in
            let path = try file(
                """
                period,figure,amount,currency
                2026-01,gift-year,10.00,USD
                2026-13,gift-year,10.00,USD
                2026,mrr,10.00,USD
                2026-01,cash,ten,USD
                2026-01,cash,-1.00,USD
                2026-01,money,1.00,USD
                2026-01,gross,1.00,XQX
                2026-01,gift-year,12.00,USD
                2026-01-05,cash,1.00,USD

                """)
            let ran = await desk.run("budget import \(path)")
            #expect(ran.exit == 65)
            for line in 3...10 { #expect(ran.err.contains("line \(line): "), "\(line): \(ran.err)") }
            #expect(ran.err.contains("line 9: line 2 says the same"))
            #expect(try await desk.records("budget list").isEmpty)
            for text in ["", "period,figure,amount\n", "period,figure,amount,currency,mood\n", "period,period\n"] {
                let path = try file(text)
                #expect(await desk.run("budget import \(path)").exit == 65, "\(text)")
            }
            #expect(await desk.run("budget import /nowhere/budget.csv").exit == 66)
            let good = try file("period,figure,amount,currency\n2026,cash,1.00,USD\nfiscal:2026,cash,2.00,EUR\n")
            #expect(await desk.run("budget import \(good)", as: "analyst").exit == 77)
            #expect(await desk.run("budget list", as: "writer").exit == 77)
            _ = try await desk.records("budget import \(good)")
            let later = try file("period,figure,amount,currency\n2026,cash,3.00,USD\n")
            _ = try await desk.records("budget import \(later)")
            let listed = try await desk.records("budget list", as: "analyst")
            #expect(listed.map { "\($0["period"] ?? "") \($0["amount_minor"] ?? "")" } == ["2026 200", "2026 300"])
            #expect(await desk.run("donations report --by campaign --beside").exit == 64)
        }
    }
}
