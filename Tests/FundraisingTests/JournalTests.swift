import Foundation
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// The books as an accounting program gets them.
struct JournalTests {
    private static let beanCheck: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/bean-check" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    private func exporting(_ from: String, _ to: String, _ map: AccountMap = .standard) throws -> JournalExport {
        JournalExport(from: try LocalDate(from), to: try LocalDate(to), accounts: map)
    }

    /// One entry, of the only gift there is.
    private func post(_ books: Books, _ kind: String, _ amount: Int64) async throws {
        try await books.app.transaction { db in
            let event = try Books.tell(db)
            try db.run(
                """
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                processor, external_id, inbox_id) SELECT CASE WHEN \(kind) <> 'payout' THEN min(g.id) END, \(kind), \
                \(amount), 'USD', '2025-03-05', '2025-03-05', 'test', \(event)::text, \(event) FROM fundraising.gift g
                """)
        }
    }

    /// What each account comes to, debits positive; accounts at nothing are left out.
    private func positions(_ lines: [JournalExport.Line]) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for line in lines {
            sums[line.account, default: 0] += line.side == .debit ? line.amount.minor : -line.amount.minor
        }
        return sums.filter { $0.value != 0 }
    }

    private func expectBalance(_ lines: [JournalExport.Line], _ place: SourceLocation = #_sourceLocation) {
        for (number, entry) in Dictionary(grouping: lines, by: \.number) {
            #expect(positions(entry).values.reduce(0, +) == 0, "\(number)", sourceLocation: place)
            #expect(Set(entry.map(\.amount.currency)).count == 1, "\(number)", sourceLocation: place)
            #expect(Set(entry.map(\.day)).count == 1, "\(number)", sourceLocation: place)
        }
    }

    @Test func aCardGiftsWholeLifeIsTheNetPositionsOfTheBook() async throws {
        try await withBooks { books in
            try await books.importing("g1,ann@example.org,Ann,2025-03-01T12:00:00Z,100.00,USD,card,,,,,\n")
            func now() async throws -> [String: Int64] {
                let export = try exporting("2025-01-01", "2025-12-31")
                let lines = try await books.app.read { try export.lines($0) }
                expectBalance(lines)
                return positions(lines)
            }
            try await post(books, "fee", -250)
            #expect(
                try await now() == ["Assets:Clearing": 9_750, "Expenses:Fees": 250, "Income:Contributions": -10_000])
            try await post(books, "refund", -2_500)
            try await post(books, "dispute_withdrawn", -7_500)
            try await post(books, "fee", -1_500)
            #expect(
                try await now() == [
                    "Assets:Clearing": -1_750, "Expenses:Fees": 1_750, "Income:Contributions": -7_500,
                    "Income:Contributions:Disputed": 7_500,
                ])
            try await post(books, "dispute_reinstated", 7_500)
            #expect(try await now()["Assets:Clearing"] == 5_750)
            try await post(books, "payout", -5_750)
            let end = try await now()
            #expect(
                end == ["Assets:Bank": 5_750, "Expenses:Fees": 1_750, "Income:Contributions": -7_500])
            let export = try exporting("2025-03-05", "2025-03-05")
            let numbers = try await books.app.read { try export.lines($0) }.map(\.number)
            // The payout is an entry of its own, as on the bank's statement.
            #expect(Set(numbers).count == 2)
        }
    }

    @Test func aClosedMonthIsUnchangedByALateRefund() async throws {
        try await withBooks { books in
            let gift = "g1,ann@example.org,Ann,2025-03-01T12:00:00Z,100.00,USD,card,,,"
            try await books.importing("\(gift),,\n")
            let march = try exporting("2025-03-01", "2025-03-31")
            let before = try await books.app.read { try march.lines($0) }
            try await books.test.owner.transaction { db in
                let close: SQL = """
                    INSERT INTO fundraising.period (month, status, closed_at, closed_by) \
                    SELECT '2025-03-01', 'closed', now(), min(id) FROM access.account
                    """
                _ = try db.run(close)
            }
            try await books.importing("\(gift),40.00,2025-03-20\n")
            #expect(try await books.app.read { try march.lines($0) } == before)
            let april = try exporting("2025-04-01", "2099-12-31")
            let late = try await books.app.read { try april.lines($0) }
            #expect(positions(late) == ["Assets:Clearing": -4_000, "Income:Contributions": 4_000])
            #expect(late.allSatisfy { $0.day == (try? LocalDate("2025-04-01")) })
        }
    }

    /// Random gifts in four currencies, and what a second sum over the transfers says.
    private func withRandomBooks(_ body: (Books, [JournalExport.Line], UInt64) async throws -> Void) async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random journal: seed \(seed)")
        var random = SeededRandom(seed: seed)
        var text = ""
        for id in 0..<200 {
            let currency = try Currency(["USD", "JPY", "KWD", "MGA"].randomElement(using: &random) ?? "USD")
            let minor = Int64.random(in: 1...900_000, using: &random)
            let day = try LocalDate("2025-01-01").adding(days: Int.random(in: 0...90, using: &random))
            let back = Bool.random(using: &random) ? Int64.random(in: 1...minor, using: &random) : 0
            let refund =
                back == 0
                ? "," : "\(Money(minor: back, currency: currency).amountText),\(day.adding(days: 3))"
            let method = ["card", "check", "wire"].randomElement(using: &random) ?? "card"
            let amount = Money(minor: minor, currency: currency).amountText
            text += "g\(id),d\(id % 9)@example.org,,\(day),\(amount),\(currency),\(method),,,,\(refund)\n"
        }
        try await withBooks { books in
            try await books.importing(text)
            let export = try exporting("2025-01-01", "2025-12-31")
            try await body(books, try await books.app.read { try export.lines($0) }, seed)
        }
    }

    @Test func debitsEqualCreditsInEveryEntryAndCurrency() async throws {
        try await withRandomBooks { books, lines, seed in
            expectBalance(lines)
            let sums = try await books.app.read { db in
                try db.rows(
                    "SELECT currency, sum(amount_minor)::bigint FROM fundraising.transfer GROUP BY 1"
                ) { (try $0.next(String.self), try $0.next(Int64.self)) }
            }
            #expect(sums.count == 4)
            for (currency, sum) in sums {
                for side in [JournalExport.Side.debit, .credit] {
                    let own = lines.filter { $0.amount.currency.code == currency && $0.side == side }
                    #expect(own.reduce(0) { $0 + $1.amount.minor } == sum, "\(currency), seed \(seed)")
                }
            }
        }
    }

    @Test(.enabled(if: beanCheck != nil, "there is no bean-check (beancount from PyPI) on the PATH"))
    func beancountFindsNothingWrong() async throws {
        try await withRandomBooks { _, lines, seed in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("journal-\(seed)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appendingPathComponent("books.beancount")
            let text = try exporting("2025-01-01", "2025-12-31").beancount(lines)
            #expect(try check(text, file) == "")
            // And that it would: a cent more on one side.
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("  ") && $0.hasSuffix("USD") })
            let amount = line.split(separator: " ")[1]
            let wrong = line.replacing(amount, with: amount.hasPrefix("-") ? "-0.07" : "0.07")
            #expect(try check(text.replacing(line, with: wrong, maxReplacements: 1), file).contains("does not balance"))
        }
    }

    private func check(_ text: String, _ file: URL) throws -> String {
        try Data(text.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.beanCheck ?? "")
        process.arguments = [file.path]
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        try process.run()
        let answer = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: answer, as: UTF8.self)
    }

    @Test func anAccountMapIsHeldToWhatThereIs() throws {
        let map = try AccountMap(JSON(parsing: Array(#"{"bank": "1010 Checking"}"#.utf8)))
        do {
            try map.requireBeancountNames()
            Issue.record("Beancount knows no account '1010 Checking'")
        } catch { #expect(error.value == "1010 Checking") }
        try AccountMap.standard.requireBeancountNames()
        for wrong in ["[]", #"{"banc": "Assets:Bank"}"#, #"{"bank": 3}"#, #"{"bank": ""}"#, #"{"bank": "a\nb"}"#] {
            do {
                _ = try AccountMap(JSON(parsing: Array(wrong.utf8)))
                Issue.record("\(wrong) is taken")
            } catch { #expect(error.kind.hasPrefix("account")) }
        }
    }
}
