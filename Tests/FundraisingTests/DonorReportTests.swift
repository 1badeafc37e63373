import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

@Suite(.enabled(if: Vectors.path != nil, "the vectors are not beside the package"))
struct DonorReportVectorTests {
    private func withVectors(_ body: (Books, Vectors, [ID<Donor>: String]) async throws -> Void) async throws {
        let vectors = try Vectors()
        try await withBooks { books in
            try await books.importing(vectors.csv)
            let names = try await books.app.read { db in
                try db.rows("SELECT donor_id, right(name, 1) FROM fundraising.donor_identity") {
                    (try $0.next(ID<Donor>.self), try $0.next(String.self))
                }
            }
            try await body(books, vectors, Dictionary(uniqueKeysWithValues: names))
        }
    }

    private func letters(_ vectors: Vectors, _ name: String) -> [String] {
        (vectors.json["expect"]?[name]?.array ?? []).compactMap(\.string)
    }

    private func ratio(_ vectors: Vectors, _ name: String) throws -> Ratio {
        let parts = (vectors.json["expect"]?[name]?.array ?? []).compactMap(\.integer)
        try #require(parts.count == 2)
        return Ratio(Int128(parts[0]), of: Int128(parts[1]))
    }

    @Test func retentionIsThatOfTheVectors() async throws {
        try await withVectors { books, vectors, names in
            let report = RetentionReport(year: try ReportYear(2026))
            let (lines, rows) = try await books.app.read { (try report.lines($0), try report.rows($0)) }
            let line = try #require(lines.first)
            #expect(lines.count == 1)
            #expect(line.retention == (try ratio(vectors, "retention_2026")))
            #expect(line.retention.percentText == "75.0")
            #expect(line.firstTimeRetention == (try ratio(vectors, "first_time_retention")))
            #expect(line.firstTimeRetention.percentText == "66.7")
            #expect(line.repeatRetention == (try ratio(vectors, "repeat_retention")))
            func donors(_ standings: RetentionReport.Standing...) -> [String] {
                rows.filter { standings.contains($0.standing) }.compactMap { names[$0.donor] }.sorted()
            }
            #expect(donors(.new) == letters(vectors, "new"))
            #expect(donors(.recaptured) == letters(vectors, "recaptured"))
            let years = vectors.json["expect"]?["donors"]
            #expect(
                donors(.retainedFirstTime, .retainedRepeat, .new, .recaptured)
                    == (years?["2026"]?.array ?? []).compactMap(\.string))
            #expect(
                donors(.retainedFirstTime, .retainedRepeat, .lapsedFirstTime, .lapsedRepeat)
                    == (years?["2025"]?.array ?? []).compactMap(\.string))
        }
    }

    @Test func lapsedDonorsAreThoseOfTheVectors() async throws {
        try await withVectors { books, vectors, names in
            for (kind, name) in [
                (LapsedReport.Kind.lybunt, "lybunt"), (.sybuntStrict, "sybunt_strict"),
                (.sybuntInclusive, "sybunt_inclusive"),
            ] {
                let report = LapsedReport(year: try ReportYear(2026), kind: kind)
                let rows = try await books.app.read { try report.lines($0) }
                #expect(rows.compactMap { names[$0.donor] }.sorted() == letters(vectors, name))
            }
        }
    }

    @Test func gainsAndLossesAreThoseOfTheVectorsAndTieToTheYears() async throws {
        try await withVectors { books, vectors, _ in
            let report = GainLossReport(year: try ReportYear(2026))
            let totals = try await books.app.read { try report.totals($0) }
            let total = try #require(totals.first)
            #expect(totals.count == 1)
            var expected = vectors.expected("gain_loss")
            #expect(total.change.minor == expected.removeValue(forKey: "net"))
            let changes = total.lines.filter { $0.change.minor != 0 }.map { ($0.standing.rawValue, $0.change.minor) }
            #expect(Dictionary(uniqueKeysWithValues: changes) == expected)
            let net = vectors.expected("gift_year_net")
            #expect(total.change.minor == (net["2026"] ?? 0) - (net["2025"] ?? 0))
            #expect(total.value == (try ratio(vectors, "value_retention")))
            #expect(total.valueCapped == (try ratio(vectors, "value_retention_capped")))
        }
    }

    @Test func averagesAndRecencyAreThoseOfTheVectors() async throws {
        try await withVectors { books, vectors, names in
            let average = AverageReport(year: try ReportYear(2026))
            let lines = try await books.app.read { try average.lines($0) }
            #expect(lines.count == 1)
            #expect(lines.first?.averageAmount?.minor == vectors.json["expect"]?["avg_2026"]?.integer)
            #expect(lines.first?.medianAmount?.minor == vectors.json["expect"]?["median_2026"]?.integer)

            let recency = RecencyReport(on: try LocalDate("2026-12-31"))
            let rows = try await books.app.read { try recency.lines($0) }
            let expected = vectors.json["expect"]?["rfm_2026_12_31"]?.object ?? [:]
            #expect(rows.count == expected.count)
            for row in rows {
                let name = names[row.donor] ?? ""
                let figures = (expected[name]?.array ?? []).compactMap(\.integer)
                #expect([Int64(row.recencyDays), Int64(row.frequency), row.net.minor] == figures, "\(name)")
            }
            for (name, worth) in vectors.expected("ltv") {
                #expect(rows.first { names[$0.donor] == name }?.net.minor == worth)
            }
        }
    }
}

/// The reports on donors against a recount of random gifts that is made here.
struct DonorReportTests {
    /// A gift as this file knows it; the years are counted from the offset 0 by the day it was written for.
    private struct Given {
        let donor: Int?
        let day: LocalDate
        let minor: Int64
        let back: Int64
        let currency: String
        let year: Int
        var net: Int64 { minor - back }
    }

    private static func gifts(_ random: inout SeededRandom) throws -> [Given] {
        try (0..<300).map { _ in
            let day = try LocalDate(year: 2021, month: 1, day: 1).adding(
                days: Int.random(in: 0...1_900, using: &random))
            let minor = Int64.random(in: 1...20, using: &random) * 500
            let backs: [Int64] = [0, 0, 0, minor, minor / 2]
            let back = backs.randomElement(using: &random) ?? 0
            let donor = Int.random(in: 0...40, using: &random)
            let currency = ["USD", "USD", "EUR"].randomElement(using: &random) ?? "USD"
            // The organisation's year begins in July and bears the number of its end.
            return Given(
                donor: donor == 0 ? nil : donor, day: day, minor: minor, back: back, currency: currency,
                year: day.month >= 7 ? day.year + 1 : day.year)
        }
    }

    private static func csv(_ gifts: [Given]) throws -> String {
        var text = ""
        for (index, gift) in gifts.enumerated() {
            let currency = try Currency(gift.currency)
            let amount = Money(minor: gift.minor, currency: currency).amountText
            let back =
                gift.back == 0 ? "," : "\(Money(minor: gift.back, currency: currency).amountText),\(gift.day)"
            let email = gift.donor.map { "d\($0)@example.org" } ?? ""
            text += "g\(index),\(email),,\(gift.day),\(amount),\(gift.currency),card,,,,\(back)\n"
        }
        return text
    }

    @Test func everyReportEqualsARecountAndItsRowsSumToIt() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random donors: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let gifts = try Self.gifts(&random)
        try await withBooks { books in
            try await books.importing(try Self.csv(gifts))
            for number in 2022...2027 {
                let year = try ReportYear(number, .fiscal, startMonth: 7)
                try await expectRetention(books, gifts, year, seed)
                try await expectGainLoss(books, gifts, year, seed)
                try await expectAverage(books, gifts, year, seed)
            }
        }
    }

    private func givers(_ gifts: [Given], _ isIn: (Int) -> Bool) -> Set<Int> {
        var sums: [String: (Int, Int64)] = [:]
        for gift in gifts where isIn(gift.year) {
            guard let donor = gift.donor else { continue }
            sums["\(donor) \(gift.currency)", default: (donor, 0)].1 += gift.net
        }
        return Set(sums.values.filter { $0.1 > 0 }.map(\.0))
    }

    private func expectRetention(_ books: Books, _ gifts: [Given], _ year: ReportYear, _ seed: UInt64) async throws {
        let report = RetentionReport(year: year)
        let (lines, rows) = try await books.app.read { (try report.lines($0), try report.rows($0)) }
        let line = try #require(lines.first)
        let now = givers(gifts) { $0 == year.number }
        let before = givers(gifts) { $0 == year.number - 1 }
        let earlier = givers(gifts) { $0 < year.number - 1 }
        #expect(line.before == before.count, "seed \(seed)")
        #expect(line.retained == before.intersection(now).count, "seed \(seed)")
        #expect(line.firstTimeBefore == before.subtracting(earlier).count, "seed \(seed)")
        #expect(line.repeatRetained == before.intersection(earlier).intersection(now).count, "seed \(seed)")
        #expect(line.new == now.subtracting(before).subtracting(earlier).count, "seed \(seed)")
        #expect(line.recaptured == now.subtracting(before).intersection(earlier).count, "seed \(seed)")
        let counts = Dictionary(grouping: rows, by: \.standing).mapValues(\.count)
        #expect(Set(rows.map(\.donor)).count == rows.count)
        #expect((counts[.retainedFirstTime] ?? 0) + (counts[.retainedRepeat] ?? 0) == line.retained)
        #expect((counts[.lapsedFirstTime] ?? 0) + (counts[.lapsedRepeat] ?? 0) == line.lapsed)
        #expect((counts[.new] ?? 0) == line.new)
        #expect((counts[.recaptured] ?? 0) == line.recaptured)

        func lapsed(_ kind: LapsedReport.Kind) async throws -> Int {
            let report = LapsedReport(year: year, kind: kind)
            return try await Set(books.app.read { try report.lines($0) }.map(\.donor)).count
        }
        #expect(try await lapsed(.lybunt) == before.subtracting(now).count, "seed \(seed)")
        #expect(
            try await lapsed(.sybuntStrict) == earlier.subtracting(before).subtracting(now).count, "seed \(seed)")
        #expect(
            try await lapsed(.sybuntInclusive) == earlier.union(before).subtracting(now).count, "seed \(seed)")
    }

    private func expectGainLoss(_ books: Books, _ gifts: [Given], _ year: ReportYear, _ seed: UInt64) async throws {
        let report = GainLossReport(year: year)
        let (totals, rows) = try await books.app.read { (try report.totals($0), try report.rows($0)) }
        for currency in ["EUR", "USD"] {
            func net(_ number: Int) -> Int64 {
                gifts.filter { $0.currency == currency && $0.year == number }.reduce(0) { $0 + $1.net }
            }
            let total = totals.first { $0.before.currency.code == currency }
            #expect(total?.now.minor ?? 0 == net(year.number), "seed \(seed)")
            #expect(total?.before.minor ?? 0 == net(year.number - 1), "seed \(seed)")
            #expect(total?.change.minor ?? 0 == net(year.number) - net(year.number - 1), "seed \(seed)")
            for line in total?.lines ?? [] {
                let own = rows.filter { $0.standing == line.standing && $0.change.currency == line.change.currency }
                #expect(own.count == line.donors)
                #expect(own.reduce(0) { $0 + $1.change.minor } == line.change.minor)
                #expect(own.reduce(0) { $0 + $1.now.minor } == line.now.minor)
            }
        }
    }

    private func expectAverage(_ books: Books, _ gifts: [Given], _ year: ReportYear, _ seed: UInt64) async throws {
        let report = AverageReport(year: year)
        let (lines, rows) = try await books.app.read { (try report.lines($0), try report.rows($0)) }
        for currency in ["EUR", "USD"] {
            let nets = gifts.filter { $0.currency == currency && $0.year == year.number && $0.net > 0 }.map(\.net)
                .sorted()
            let line = lines.first { $0.currency.code == currency }
            #expect(line?.gifts ?? 0 == nets.count, "seed \(seed)")
            guard let line, !nets.isEmpty else { continue }
            #expect(line.average == Ratio(Int128(nets.reduce(0, +)), of: Int128(nets.count)), "seed \(seed)")
            let middle = nets.count / 2
            let median =
                nets.count.isMultiple(of: 2)
                ? Ratio(Int128(nets[middle - 1] + nets[middle]), of: 2) : Ratio(Int128(nets[middle]), of: 1)
            #expect(line.median == median, "seed \(seed)")
            let own = rows.filter { $0.net.currency.code == currency }
            #expect(own.map(\.net.minor).sorted() == nets)
            #expect(own.reduce(0) { $0 + $1.net.minor } == line.net.minor)
        }
    }

    @Test func partsAddUpToTheWhole() async throws {
        var random = SeededRandom(seed: 7)
        let gifts = try Self.gifts(&random)
        try await withBooks { books in
            try await books.importing(try Self.csv(gifts))
            try await books.test.owner.transaction { db in
                try db.run("UPDATE fundraising.donor SET kind = 'foundation' WHERE id % 3 = 0")
                try db.run(
                    """
                    INSERT INTO fundraising.fund (slug, name, restriction, purpose) \
                    VALUES ('p', 'Presses', 'purpose', 'Presses')
                    """)
                try db.run("UPDATE fundraising.gift SET fund_id = 1 WHERE id % 4 = 0")
            }
            let year = try ReportYear(2024)
            for split in GiftSplit.allCases {
                try await books.app.read { db in
                    for whole in try GainLossReport(year: year).totals(db) {
                        let parts = try GainLossReport(year: year, split: split).totals(db)
                            .filter { $0.before.currency == whole.before.currency }
                        #expect(parts.reduce(0) { $0 + $1.change.minor } == whole.change.minor)
                        #expect(parts.reduce(0) { $0 + $1.now.minor } == whole.now.minor)
                    }
                    let all = try AverageReport(year: year).lines(db).reduce(0) { $0 + $1.gifts }
                    #expect(try AverageReport(year: year, split: split).lines(db).reduce(0) { $0 + $1.gifts } == all)
                    #expect(try RetentionReport(year: year, split: split).lines(db).allSatisfy { $0.part != nil })
                }
            }
        }
    }

    @Test func emptyBooksHaveNoPercentage() async throws {
        try await withBooks { books in
            let lines = try await books.app.read { try RetentionReport(year: ReportYear(2026)).lines($0) }
            #expect(lines.map(\.retention.percentText) == [nil])
            #expect(try await books.app.read { try GainLossReport(year: ReportYear(2026)).totals($0) } == [])
            #expect(try await books.app.read { try AverageReport(year: ReportYear(2026)).lines($0) } == [])
        }
    }

    @Test func smallPartsAreKeptWithWhatWouldTellThem() async throws {
        try await withBooks { books in
            let (analyst, finance) = try await books.app.read { db in
                (try books.actor(db, .analyst), try books.actor(db, .finance))
            }
            let parts = [(gifts: 2, isNothing: false), (gifts: 40, isNothing: false), (gifts: 7, isNothing: false)]
            #expect(SmallSums.kept(from: analyst, parts) == [0, 2])
            #expect(SmallSums.kept(from: finance, parts) == [])
            #expect(SmallSums.kept(from: analyst, Array(parts.dropFirst())) == [])
        }
    }
}

struct RatioTests {
    @Test func quotientsAreRoundedOnceAndHalvesUpwards() throws {
        #expect(Ratio(2, of: 3).percentText == "66.7")
        #expect(Ratio(1, of: 2_000).percentText == "0.1")
        #expect(Ratio(-1, of: 2_000).percentText == "-0.1")
        #expect(Ratio(1, of: 0).percentText == nil)
        #expect(Ratio(5, of: 2).rounded == 3)
        #expect(Ratio(-5, of: 2).rounded == -3)
        #expect(try Ratio(1, of: 6).adding(Ratio(1, of: 3)) == Ratio(1, of: 2))
        #expect(Ratio(Int128(Int64.max) + 1, of: 1).rounded == nil)
    }

    @Test func aFiscalYearBearsTheNumberOfItsEnd() throws {
        let year = try ReportYear(2026, .fiscal, startMonth: 7)
        #expect("\(year.firstDay) \(year.lastDay)" == "2025-07-01 2026-06-30")
        #expect("\(year.previous.firstDay) \(year.previous.lastDay)" == "2024-07-01 2025-06-30")
        #expect(try ReportYear(.fiscal, containing: LocalDate("2025-07-01"), startMonth: 7) == year)
        #expect(try ReportYear(.fiscal, containing: LocalDate("2026-06-30"), startMonth: 7) == year)
        #expect(try ReportYear(.tax, containing: LocalDate("2026-06-30"), startMonth: 7) == ReportYear(2026))
        #expect(try ReportYear(2026, .fiscal, startMonth: 1).firstDay == LocalDate("2026-01-01"))
        #expect(try ReportYear(2024, .fiscal, startMonth: 3).lastDay == LocalDate("2024-02-29"))
    }
}
