import Foundation
import TestDatabase
import Testing
import Values

@testable import Admin

/// The reports on donors and the journal, as they are typed.
struct DonationReportCommandTests {
    private static let csv = """
        external_id,donor_email,given_at,amount,currency,method
        g1,a@example.org,2025-03-01,10.00,USD,card
        g2,b@example.org,2025-03-02,20.00,USD,card
        g3,b@example.org,2026-03-02,25.00,USD,check
        g4,c@example.org,2026-04-02,5.00,USD,card

        """

    private func withDesk(_ body: (DonationDesk) async throws -> Void) async throws {
        try await withDonationDesk(Self.csv, body)
    }

    @Test func retentionPrintsCountsAndPercentages() async throws {
        try await withDesk { desk in
            let record = try #require(try await desk.records("donations retention --year 2026").first)
            #expect(record["donors_before"] == "2")
            #expect(record["retained"] == "1")
            #expect(record["percent"] == "50.0")
            #expect(record["repeat_percent"] == "")
            #expect(record["new"] == "1")
            let rows = try await desk.records("donations retention --year 2026 --rows")
            #expect(rows.map { $0["standing"] } == ["lapsed_first_time", "retained_first_time", "new"])
            let parts = try await desk.records("donations retention --year 2026 --split kind")
            #expect(parts.map { "\($0["part"] ?? "") \($0["retained"] ?? "")" } == ["card 0", "check 0"])
        }
    }

    @Test func everyReportSaysHowItComesAbout() async throws {
        try await withDesk { desk in
            for line in [
                "retention --year 2026", "gainloss --year fiscal:2026", "average --year 2026",
                "lapsed --year 2026 --kind lybunt", "recency",
            ] {
                let record = try #require(try await desk.records("donations \(line) --explain", as: "analyst").first)
                #expect(record["formula"]?.isEmpty == false, "\(line)")
                #expect(record["zone"] == "UTC", "\(line)")
                #expect(record["basis"] == "gift-year", "\(line)")
            }
        }
    }

    @Test func aFiscalYearBeginsWhereTheSettingsSay() async throws {
        try await withDesk { desk in
            var console = Console(desk.test, as: "finance@example.org")
            console.environment["MASTHEAD_ORGANISATION_FISCAL_YEAR_START"] = "4"
            let ran = await console.run(
                "donations", "average", "--year", "fiscal:2026", "--explain", "--format", "jsonl")
            #expect(ran.out.contains(#""from":"2025-04-01""#), "\(ran)")
            #expect(ran.out.contains(#""to":"2026-03-31""#))
            let average = await console.run("donations", "average", "--year", "fiscal:2026", "--format", "csv")
            #expect(average.out == "currency,gifts,net,average,median\r\nUSD,1,25.00,25.00,25.00\r\n")
            console.environment["MASTHEAD_ORGANISATION_FISCAL_YEAR_START"] = "13"
            #expect(await console.run("donations", "average", "--year", "2026").exit == 78)
        }
    }

    @Test func sumsOfFewGiftsAndNamesAreKept() async throws {
        try await withDesk { desk in
            let lines = try await desk.records("donations gainloss --year 2026", as: "analyst")
            #expect(!lines.isEmpty)
            #expect(lines.allSatisfy { $0["change_minor"] == "" && $0["now_minor"] == "" && $0["value_percent"] == "" })
            let average = try await desk.records("donations average --year 2026", as: "analyst")
            #expect(average.map { $0["net_minor"] } == [""])
            for line in [
                "donations retention --year 2026 --rows", "donations gainloss --year 2026 --rows",
                "donations average --year 2026 --rows", "donations lapsed --year 2026 --kind lybunt",
                "donations recency", "journal export --from 2026 --to 2026",
            ] {
                #expect(await desk.run(line, as: "analyst").exit == 77, "\(line)")
                #expect(await desk.run(line, as: "finance").exit == 0, "\(line)")
            }
            for line in [
                "donations retention --year 2026", "donations gainloss --year 2026", "donations average --year 2026",
                "donations retention --year 2026 --explain",
            ] {
                #expect(await desk.run(line, as: "writer").exit == 77, "\(line)")
            }
        }
    }

    @Test func whatMakesNoSenseIsRefusedWithAReason() async throws {
        try await withDesk { desk in
            for line in [
                "donations retention", "donations retention --year 26", "donations retention --year fiscal:",
                "donations retention --year fiscal:0000", "donations retention --year moon:2026",
                "donations retention --year 2026 --split colour", "donations retention --year 2026 --rows --explain",
                "donations lapsed --year 2026 --kind sybunt", "donations lapsed --year 2026 --kind lybunt --strict",
                "donations lapsed --year 2026 --kind sybunt --strict --inclusive",
                "donations recency --on 2026-02-30", "journal export --from 2026-02 --to 2026-01",
                "journal export --from 2026-01-01T00:00Z --to 2026-01-02",
            ] {
                let ran = await desk.run(line)
                #expect(ran.exit == 64, "\(line): \(ran)")
                #expect(ran.err.count > 20, "\(line)")
            }
        }
    }

    @Test func creditIsPrintedBesideWhatIsKnown() async throws {
        try await withDesk { desk in
            let lines = try await desk.records("donations credit --by article --year 2026 --share equal")
            #expect(
                lines.map { "\($0["net_minor"] ?? "") \($0["new_donors"] ?? "") \($0["known_percent"] ?? "")" } == [
                    "3000 1 0.0"
                ])
            let rows = try await desk.records("donations credit --by section --year 2026 --rows")
            #expect(rows.reduce(0) { $0 + (Int($1["gross_minor"] ?? "") ?? 0) } == 3_000)
            let kept = try await desk.records("donations credit --by author --year 2026", as: "analyst")
            #expect(kept.map { $0["net_minor"] } == [""])
            #expect(await desk.run("donations credit --by author --year 2026 --views").exit == 64)
            #expect(await desk.run("donations credit --by mood --year 2026").exit == 64)
            #expect(await desk.run("donations credit --by article --year 2026 --views").exit == 77)
            let views = try await desk.records("donations credit --by article --year 2026 --views", as: "analyst")
            #expect(views.map { $0["per_thousand_minor"] } == [""])
            #expect(await desk.run("gift touches 1 --article unheard-of").exit == 65)
            #expect(await desk.run("gift touches 99 --article unheard-of").exit == 66)
            #expect(await desk.run("gift touches 1 --article unheard-of", as: "analyst").exit == 77)
        }
    }

    @Test func theJournalIsRecordsOrALedger() async throws {
        try await withDesk { desk in
            let csv = await desk.run("journal export --from 2025-03 --to 2025-03 --format csv").out
            #expect(
                csv == """
                    journal_no,journal_date,currency,account_name,debits,credits,description\r
                    D20250301-USD,2025-03-01,USD,Assets:Clearing,10.00,,"Gifts, refunds and fees of 2025-03-01"\r
                    D20250301-USD,2025-03-01,USD,Income:Contributions,,10.00,"Gifts, refunds and fees of 2025-03-01"\r
                    D20250302-USD,2025-03-02,USD,Assets:Clearing,20.00,,"Gifts, refunds and fees of 2025-03-02"\r
                    D20250302-USD,2025-03-02,USD,Income:Contributions,,20.00,"Gifts, refunds and fees of 2025-03-02"\r

                    """)
            let ledger = await desk.run("journal export --from 2025-03 --to 2025-03 --beancount").out
            #expect(ledger.contains("2025-03-01 open Assets:Clearing\n"))
            #expect(ledger.contains("  Assets:Clearing  10.00 USD\n  Income:Contributions  -10.00 USD\n"))
            let map = FileManager.default.temporaryDirectory.appendingPathComponent("map-\(UUID()).json")
            try Data(#"{"clearing": "=1+1"}"#.utf8).write(to: map)
            defer { try? FileManager.default.removeItem(at: map) }
            let line = "journal export --from 2025-03 --to 2025-03 --accounts \(map.path)"
            #expect(await desk.run(line + " --format csv").out.contains(",'=1+1,"))
            #expect(await desk.run(line + " --beancount").exit == 65)
            #expect(await desk.run("journal export --from 2025 --to 2025 --accounts /nowhere.json").exit == 66)
        }
    }
}
