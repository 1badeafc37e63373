import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Every answer of the vectors, by its key: a key that nothing here reckons is a failure.
@Suite(.enabled(if: Vectors.path != nil, "the vectors are not beside the package"))
struct VectorKeyTests {
    @Test func everyKeyOfTheVectorsIsReckonedAndRight() async throws {
        let vectors = try Vectors()
        let expected = try #require(vectors.json["expect"]?.object)
        try await withBooks { books in
            try await books.importing(vectors.csv)
            let answers = try await books.app.read { db in try Answers(db).all }
            for (key, value) in expected where key != "utc_wrong" {
                let answer = try #require(answers[key], "nothing reckons '\(key)'")
                // Of an object the vectors name some members only: some years, some donors.
                if case .object(let members) = value, case .object(let own) = answer {
                    #expect(own.filter { members[$0.key] != nil } == members, "\(key)")
                } else {
                    #expect(answer == value, "\(key)")
                }
            }
            #expect(Set(answers.keys).subtracting(expected.keys).isEmpty)
        }
        try await withBooks(in: "UTC") { books in
            try await books.importing(vectors.csv)
            let net = try await books.net()
            let wrong = try #require(expected["utc_wrong"]?.object)
            for (year, value) in wrong { #expect(net[year] == value.integer, "utc_wrong \(year)") }
        }
    }

    @Test func theOtherListsOfTheVectorsAreReckonedAndRight() async throws {
        let vectors = try Vectors()
        let known: Set<String> = [
            // Reckoned here or above; the rest says what the vectors are about, and the signature has its own tests.
            "alloc", "expect", "fee_cover_220bp_30c", "gifts", "mrr", "note", "refunds", "stripe_sig", "tz",
        ]
        #expect(Set(try #require(vectors.json.object).keys) == known)
        let currency = try Currency("USD")

        let shares = try #require(vectors.json["alloc"]?.array)
        #expect(shares.count == 3)
        for item in shares {
            let parts = try #require(item.array)
            let weights = try #require(parts[1].array).compactMap(\.integer)
            let expected = try #require(parts[2].array).compactMap(\.integer)
            let amount = Money(minor: try #require(parts[0].integer), currency: currency)
            #expect(try amount.shares(by: weights).map(\.minor) == expected)
        }

        let cover = try #require(vectors.json["fee_cover_220bp_30c"]?.object)
        #expect(cover.count == 4)
        for (amount, paid) in cover {
            let amount = Money(minor: try #require(Int64(amount)), currency: currency)
            #expect(FeeCover(basisPoints: 220, fixedMinor: 30).paid(for: amount)?.minor == paid.integer)
        }

        try await withBooks { books in
            let plans = Plans(books: books)
            for (index, plan) in try #require(vectors.json["mrr"]?["plans"]?.array).enumerated() {
                let word = plan.array?[1].string ?? ""
                try await plans.add("sub_\(index)", anchor: "2026-01-05T12:00:00Z")
                try await plans.say(
                    "sub_\(index)", "2026-01-05T12:00:00Z", "active", plan.array?[0].integer ?? 0,
                    word == "quarter" ? "month" : word, every: word == "quarter" ? 3 : 1)
            }
            let day = try LocalDate("2026-01-05")
            let totals = try await books.app.read { try MonthlyReport(from: day, to: day).totals($0) }
            #expect(totals.map(\.now.rounded) == [vectors.json["mrr"]?["expect"]?.integer])
        }
    }

    /// The answers in the form of the vectors.
    private struct Answers {
        let all: [String: JSON]

        init(_ db: Connection) throws {
            let year = try ReportYear(2026)
            let names = Dictionary(
                uniqueKeysWithValues: try db.rows("SELECT donor_id, right(name, 1) FROM fundraising.donor_identity") {
                    (try $0.next(ID<Donor>.self), try $0.next(String.self))
                })
            func letters(_ donors: [ID<Donor>]) -> JSON {
                .array(donors.compactMap { names[$0] }.sorted().map(JSON.string))
            }
            func pair(_ numerator: Int, _ denominator: Int) -> JSON {
                .array([.integer(Int64(numerator)), .integer(Int64(denominator))])
            }
            func exact(_ ratio: Ratio) -> JSON {
                .array([.integer(Int64(ratio.numerator)), .integer(Int64(ratio.denominator))])
            }
            func byYear(_ basis: DonationReport.Basis) throws -> JSON {
                let lines = try DonationReport(by: .year, basis: basis).lines(db)
                return .object(
                    Dictionary(uniqueKeysWithValues: lines.map { ($0.key.description, .integer($0.net.minor)) }))
            }
            let retention = RetentionReport(year: year)
            let line = try #require(try retention.lines(db).first)
            let standings = Dictionary(grouping: try retention.rows(db), by: \.standing).mapValues { $0.map(\.donor) }
            func of(_ wanted: RetentionReport.Standing...) -> [ID<Donor>] { wanted.flatMap { standings[$0] ?? [] } }
            func lapsed(_ kind: LapsedReport.Kind) throws -> JSON {
                letters(try LapsedReport(year: year, kind: kind).lines(db).map(\.donor))
            }
            let gains = try #require(try GainLossReport(year: year).totals(db).first)
            var changes: [String: JSON] = ["net": .integer(gains.change.minor)]
            for line in gains.lines { changes[line.standing.rawValue] = .integer(line.change.minor) }
            let average = try #require(try AverageReport(year: year).lines(db).first)
            let recency = try RecencyReport(on: LocalDate("2026-12-31")).lines(db)
            let figures = recency.map { line -> (String, JSON) in
                (
                    names[line.donor] ?? "",
                    .array([
                        .integer(Int64(line.recencyDays)), .integer(Int64(line.frequency)), .integer(line.net.minor),
                    ])
                )
            }
            let worth = recency.map { (names[$0.donor] ?? "", JSON.integer($0.net.minor)) }
            all = [
                "gift_year_net": try byYear(.giftYear), "cash_net": try byYear(.cash), "gross": try byYear(.gross),
                "donors": .object([
                    "2025": letters(
                        of(.retainedFirstTime, .retainedRepeat, .lapsedFirstTime, .lapsedRepeat)),
                    "2026": letters(of(.retainedFirstTime, .retainedRepeat, .new, .recaptured)),
                ]),
                "retention_2026": pair(line.retained, line.before),
                "first_time_retention": pair(line.firstTimeRetained, line.firstTimeBefore),
                "repeat_retention": pair(line.repeatRetained, line.repeatBefore), "new": letters(of(.new)),
                "recaptured": letters(of(.recaptured)), "lybunt": try lapsed(.lybunt),
                "sybunt_strict": try lapsed(.sybuntStrict), "sybunt_inclusive": try lapsed(.sybuntInclusive),
                "gain_loss": .object(changes), "value_retention": exact(gains.value),
                "value_retention_capped": exact(gains.valueCapped),
                "avg_2026": .integer(average.averageAmount?.minor ?? -1),
                "median_2026": .integer(average.medianAmount?.minor ?? -1),
                "ltv": .object(Dictionary(uniqueKeysWithValues: worth)),
                "rfm_2026_12_31": .object(Dictionary(uniqueKeysWithValues: figures)),
            ]
        }
    }
}
