import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Of every report the rows add up to the figures, however it is taken apart.
struct ReportRowTests {
    private typealias Record = [String: String]

    /// Gifts of three years in two currencies, by two ways, some given back in part or whole, some by nobody.
    private static let csv: String = {
        var text = "external_id,donor_email,given_at,amount,currency,method,refunded_amount,refunded_at\n"
        for number in 0..<90 {
            let donor = number % 11 == 0 ? "" : "d\(number % 13)@example.org"
            let (year, month) = (2024 + number % 3, 1 + number % 12)
            let day = "\(year)-\(month < 10 ? "0" : "")\(month)-15"
            let back = number % 7 == 0 ? "1.00,2026-12-20" : number % 9 == 0 ? "\(5 + number).00,2026-12-21" : ","
            text += "g\(number),\(donor),\(day),\(5 + number).00,\(number % 4 == 0 ? "EUR" : "USD"),"
            text += "\(number % 3 == 0 ? "check" : "card"),\(back)\n"
        }
        return text
    }()

    private func withBooks(_ body: (DonationDesk) async throws -> Void) async throws {
        try await withDonationDesk(Self.csv) { desk in
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE fundraising.donor SET kind = 'foundation' WHERE id % 3 = 0")
                try db.run(
                    """
                    INSERT INTO fundraising.fund (slug, name, restriction, purpose) \
                    VALUES ('p', 'Presses', 'purpose', 'Presses')
                    """)
                try db.run("UPDATE fundraising.gift SET fund_id = 1 WHERE id % 4 = 0")
                try db.run(
                    """
                    INSERT INTO fundraising.plan (currency, anchor, live, source, external_id) \
                    SELECT 'USD', '2026-01-05T12:00:00Z', true, 'stripe', 's' || i FROM generate_series(1, 5) i
                    """)
                // 10.00 a year, 7.00 each three months, 1.00 a week: no month of theirs is whole cents.
                try db.run(
                    """
                    INSERT INTO fundraising.plan_state (plan_id, occurred_at, rank, standing, amount_minor, unit, \
                    every, source, external_id) SELECT p.id, p.anchor, 1, 'active', \
                    (ARRAY[1000, 1000, 700, 100, 1000])[p.id], (ARRAY['year', 'year', 'month', 'week', 'year'])[p.id], \
                    CASE p.id WHEN 3 THEN 3 ELSE 1 END, 'stripe', p.external_id FROM fundraising.plan p
                    """)
            }
            try await body(desk)
        }
    }

    private static let splits = ["", " --split kind", " --split donor-kind", " --split restriction"]

    /// Sums of a column by the values of others.
    private func sums(_ records: [Record], by keys: [String], _ value: (Record) -> Int) -> [String: Int] {
        records.reduce(into: [:]) { sums, record in
            sums[keys.map { record[$0] ?? "" }.joined(separator: "|"), default: 0] += value(record)
        }
    }

    private func number(_ column: String) -> (Record) -> Int { { Int($0[column] ?? "") ?? 0 } }

    /// What is nothing need not be there.
    private func something(_ sums: [String: Int]) -> [String: Int] { sums.filter { $0.value != 0 } }

    /// - Parameters:
    ///   - keys: the columns that both have.
    ///   - rowValue: what a row adds.
    private func expect(
        _ desk: DonationDesk, _ line: String, by keys: [String], _ figure: (Record) -> Int,
        _ rowValue: (Record) -> Int, where isMeant: (Record) -> Bool = { _ in true }, rows: ((Record) -> Bool)? = nil
    ) async throws {
        let keys = line.contains("--split") ? keys + ["part"] : keys
        let figures = try await desk.records("donations \(line)").filter(isMeant)
        let records = try await desk.records("donations \(line) --rows").filter(rows ?? { _ in true })
        #expect(!figures.isEmpty && !records.isEmpty, "\(line)")
        #expect(
            something(sums(records, by: keys, rowValue)) == something(sums(figures, by: keys, figure)), "\(line)")
    }

    private func net(_ record: Record) -> Int {
        number("gross_minor")(record) - number("refunds_minor")(record)
    }

    @Test func rowsOfMoneyAddUpToTheFigures() async throws {
        try await withBooks { desk in
            for split in Self.splits {
                for basis in ["gift-year", "cash", "gross"] {
                    for by in ["day", "month", "year"] {
                        let line = "report --by \(by) --basis \(basis)" + split
                        try await expect(desk, line, by: ["period", "currency"], number("net_minor"), net)
                    }
                    try await expect(
                        desk, "report --by campaign --basis \(basis)" + split, by: ["key", "currency"],
                        number("net_minor"), net)
                }
                try await expect(
                    desk, "report --by month --year fiscal:2026" + split, by: ["period", "currency"],
                    number("net_minor"), net)
                for by in ["article", "section", "author", "appeal"] {
                    try await expect(
                        desk, "credit --by \(by) --year 2026" + split, by: [by, "currency"], number("net_minor"), net)
                }
                try await expect(
                    desk, "average --year 2026" + split, by: ["currency"], number("net_minor"), number("net_minor"))
                let toDate = "todate --year 2026 --on 2026-06-30" + split
                try await expect(
                    desk, toDate, by: ["currency"], number("now_minor"), number("net_minor"),
                    rows: { $0["year"] == "now" })
                try await expect(
                    desk, toDate, by: ["currency"], number("before_minor"), number("net_minor"),
                    rows: { $0["year"] == "before" })
            }
        }
    }

    @Test func rowsOfDonorsAddUpToTheFigures() async throws {
        try await withBooks { desk in
            for split in Self.splits {
                let parts = split.isEmpty ? [] : ["part"]
                let retention = "retention --year 2026" + split
                let records = try await desk.records("donations \(retention) --rows")
                for line in try await desk.records("donations \(retention)") {
                    let own = records.filter { $0["part"] == line["part"] }.compactMap { $0["standing"] }
                    #expect(own.filter { $0.hasPrefix("retained") }.count == number("retained")(line))
                    #expect(own.filter { $0.hasPrefix("lapsed") }.count == number("lapsed")(line))
                    #expect(
                        own.filter { $0 == "new" || $0 == "recaptured" }.count
                            == number("new")(line) + number("recaptured")(line))
                }
                try await expect(
                    desk, "gainloss --year 2026" + split, by: ["standing", "currency"], number("change_minor"),
                    number("change_minor"), where: { $0["standing"] != "total" })
                for kind in ["lybunt", "sybunt --strict", "sybunt --inclusive"] {
                    let line = "lapsed --year 2026 --kind \(kind)" + split
                    let figures = try await desk.records("donations \(line)")
                    let rows = try await desk.records("donations \(line) --rows")
                    let keys = ["donor", "currency"] + parts
                    #expect(
                        something(sums(rows, by: keys, number("net_minor")))
                            == something(
                                sums(figures, by: keys) { number("before_minor")($0) + number("earlier_minor")($0) }),
                        "\(line)")
                }
                let recency = "recency --on 2026-12-31" + split
                try await expect(
                    desk, recency, by: ["donor", "currency"], number("net_minor"), number("net_minor"))
                try await expect(desk, recency, by: ["donor", "currency"], number("frequency"), { _ in 1 })
            }
        }
    }

    @Test func rowsOfPlansAddUpToTheFiguresBeforeTheyAreRounded() async throws {
        try await withBooks { desk in
            let line = "donations monthly --from 2026-01-01 --to 2026-02-01"
            let total = try #require(try await desk.records(line).first { $0["change"] == "total" })
            var (numerator, denominator) = (0, 1)
            let rows = try await desk.records(line + " --rows")
            #expect(rows.count == 5)
            for row in rows {
                let parts = (row["now_exact"] ?? "").split(separator: "/").compactMap { Int($0) }
                let below = parts.count == 2 ? parts[1] : 1
                (numerator, denominator) = (numerator * below + (parts.first ?? 0) * denominator, denominator * below)
            }
            // 3 × 1000/12 + 700/3 + 5200/12 = 916.67: rounded one by one it would be 915.
            #expect((2 * numerator + denominator) / (2 * denominator) == number("now_minor")(total))
            #expect(number("now_minor")(total) == 917)
            let forecast = "donations forecast --from 2026-01-10 --months 6"
            let months = sums(try await desk.records(forecast), by: ["month", "currency"], number("amount_minor"))
            let dated = try await desk.records(forecast + " --rows").map { row in
                row.merging(["month": String((row["due"] ?? "").prefix(7))]) { $1 }
            }
            #expect(sums(dated, by: ["month", "currency"], number("amount_minor")) == months)
            #expect(months.count >= 6)
        }
    }

    @Test func everyReportExplainsItself() async throws {
        try await withBooks { desk in
            for (line, basis) in [
                ("report --by month", "gift-year"), ("report --by day --basis cash", "cash"),
                ("report --by campaign --basis gross", "gross"), ("retention --year 2026", "gift-year"),
                ("lapsed --year 2026 --kind lybunt", "gift-year"), ("gainloss --year fiscal", "gift-year"),
                ("average --year tax", "gift-year"), ("recency", "gift-year"), ("todate --year 2025", "gift-year"),
                ("midnight --year 2025", "gift-year"), ("credit --by author --year 2026", "gift-year"),
                ("monthly", "plans"), ("forecast", "plans"), ("gaps", "plans"),
            ] {
                let record = try #require(try await desk.records("donations \(line) --explain", as: "analyst").first)
                #expect(record["basis"] == basis, "\(line)")
                #expect(record["formula"]?.isEmpty == false && record["zone"] == "UTC", "\(line)")
                #expect(record["report"] == line.split(separator: " ").first.map(String.init), "\(line)")
                #expect(await desk.run("donations \(line) --rows", as: "analyst").exit == 77, "\(line)")
                #expect(await desk.run("donations \(line) --rows --explain").exit == 64, "\(line)")
            }
        }
    }
}
