import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// What articles brought, against shares reckoned here.
struct CreditTests {
    @Test func tenThousandRandomAllocationsTieAndRefundsMirrorThem() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random allocations: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let amounts = (0..<10_000).map { _ in
            Bool.random(using: &random)
                ? Int64.random(in: 0...50, using: &random) : Int64.random(in: 0...Int64.max, using: &random)
        }
        let parts = amounts.map { _ in Int64.random(in: 1...20, using: &random) }
        try await withBooks { books in
            let shares = try await books.app.read { db in
                try db.rows(
                    """
                    SELECT ARRAY(SELECT fundraising.equal_share(a.minor * s.sign, a.parts, i) \
                    FROM generate_series(0, a.parts - 1) i ORDER BY i) \
                    FROM unnest(\(amounts)::bigint[], \(parts)::bigint[]) WITH ORDINALITY AS a (minor, parts, n), \
                    unnest(ARRAY[1, -1]) s (sign) ORDER BY a.n, s.sign DESC
                    """
                ) { try $0.next([Int64].self) }
            }
            #expect(shares.count == 20_000)
            let currency = try Currency("USD")
            for (index, amount) in amounts.enumerated() {
                let (given, back) = (shares[2 * index], shares[2 * index + 1])
                let expected = try Money(minor: amount, currency: currency).shares(
                    by: Array(repeating: 1, count: Int(parts[index])))
                #expect(given.reduce(0, +) == amount, "seed \(seed), \(amount) in \(parts[index])")
                #expect(given == expected.map(\.minor), "seed \(seed), \(amount) in \(parts[index])")
                #expect(zip(given, back).allSatisfy { $0 + $1 == 0 }, "seed \(seed), \(amount)")
            }
        }
    }

    private struct Given {
        let id: Int
        let minor: Int64
        let back: Int64
        let article: Int?
        let touches: [Int]
        let donor: Int
    }

    @Test func creditsTieToTheYearAndToARecount() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random credits: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let gifts = (0..<120).map { id -> Given in
            let minor = Int64.random(in: 1...10_000, using: &random)
            let backs: [Int64] = [0, 0, minor, Int64.random(in: 1...minor, using: &random)]
            let touches = Array((0..<5).shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random)))
            return Given(
                id: id, minor: minor, back: backs.randomElement(using: &random) ?? 0,
                article: Bool.random(using: &random) ? Int.random(in: 0..<5, using: &random) : nil, touches: touches,
                donor: Int.random(in: 1...30, using: &random))
        }
        try await withBooks { books in
            for index in 0..<5 { _ = try await books.addArticle("story-\(index)") }
            var text = ""
            for gift in gifts {
                let currency = try Currency("USD")
                let back =
                    gift.back == 0 ? "," : "\(Money(minor: gift.back, currency: currency).amountText),2026-05-01"
                text += "g\(gift.id),d\(gift.donor)@example.org,,2026-03-01,"
                text += "\(Money(minor: gift.minor, currency: currency).amountText),USD,card,,,"
                text += "\(gift.article.map { "story-\($0)" } ?? ""),\(back)\n"
            }
            try await books.importing(text)
            try await books.app.transaction { db in
                for gift in gifts where !gift.touches.isEmpty {
                    let id = try db.one("SELECT id FROM fundraising.gift WHERE external_id = \("g\(gift.id)")") {
                        try $0.next(ID<Gift>.self)
                    }
                    let slugs = try gift.touches.map { try Slug("story-\($0)") }
                    try RecordTouches(id, articles: slugs, by: books.actor(db)).perform(db)
                }
            }
            for share in CreditReport.Share.allCases {
                let report = CreditReport(by: .article, share: share, year: try ReportYear(2026))
                let (lines, rows) = try await books.app.read { (try report.lines($0), try report.rows($0)) }
                var expected: [String: Int64] = [:]
                for gift in gifts {
                    let keys = share == .equal && !gift.touches.isEmpty ? gift.touches.map { $0 } : [gift.article ?? -1]
                    let weights = Array(repeating: Int64(1), count: keys.count)
                    let currency = try Currency("USD")
                    let came = try Money(minor: gift.minor, currency: currency).shares(by: weights)
                    let went = try Money(minor: gift.back, currency: currency).shares(by: weights)
                    for (index, key) in keys.enumerated() {
                        expected[key < 0 ? "-" : "story-\(key)", default: 0] += came[index].minor - went[index].minor
                    }
                }
                #expect(
                    Dictionary(uniqueKeysWithValues: lines.map { ($0.name ?? "-", $0.net.minor) }) == expected,
                    "seed \(seed), \(share)")
                #expect(lines.reduce(0) { $0 + $1.net.minor } == gifts.reduce(0) { $0 + $1.minor - $1.back })
                for line in lines {
                    let own = rows.filter { $0.name == line.name }
                    #expect(own.reduce(0) { $0 + $1.gross.minor - $1.refunds.minor } == line.net.minor)
                    #expect(own.allSatisfy { $0.gross.minor >= $0.refunds.minor })
                }
                let known = try await books.app.read { try report.known($0) }
                let isKnown = gifts.filter { $0.article != nil || (share == .equal && !$0.touches.isEmpty) }
                #expect([known.gifts, known.all] == [isKnown.count, gifts.count])
            }
        }
    }

    @Test func aDonorIsWonByTheArticleOfHisFirstGift() async throws {
        try await withBooks { books in
            for slug in ["dam", "bridge"] { _ = try await books.addArticle(slug) }
            try await books.importing(
                """
                g1,a@example.org,,2025-12-01,10.00,USD,card,,,dam,,
                g2,a@example.org,,2026-01-05,10.00,USD,card,,,bridge,,
                g3,b@example.org,,2026-01-06,10.00,USD,card,,,dam,10.00,2026-01-07
                g4,b@example.org,,2026-02-06,10.00,USD,card,,,bridge,,
                g5,c@example.org,,2026-02-07,10.00,USD,card,,,dam,,

                """)
            let lines = try await books.app.read {
                try CreditReport(by: .article, year: ReportYear(2026)).lines($0)
            }
            // A first gift that was given back whole won nobody.
            #expect(
                lines.map { "\($0.name ?? "-") \($0.gifts) \($0.net.minor) \($0.newDonors)" } == [
                    "bridge 2 2000 1", "dam 2 1000 1",
                ])
        }
    }

    @Test func appealsAreCreditedAndWhatIsUnknownIsSaid() async throws {
        try await withBooks { books in
            try await books.addCampaign("spring")
            try await books.addAppeal("letter", campaign: "spring")
            try await books.importing(
                "g1,a@example.org,,2026-01-05,10.00,USD,card,spring,letter,,,\n"
                    + "g2,b@example.org,,2026-01-05,30.00,USD,card,,,,,\n")
            for key in [CreditReport.Key.appeal, .section, .author] {
                let report = CreditReport(by: key, share: .equal, year: try ReportYear(2026))
                let (lines, known) = try await books.app.read { (try report.lines($0), try report.known($0)) }
                #expect(lines.reduce(0) { $0 + $1.net.minor } == 4_000)
                #expect(lines.map(\.name) == (key == .appeal ? ["spring/letter", nil] : [nil]))
                #expect([known.gifts, known.all] == [key == .appeal ? 1 : 0, 2])
            }
        }
    }

    @Test func whichArticlesLedToAGiftIsSaidOnceAndOfWhatThereIs() async throws {
        try await withBooks { books in
            for slug in ["dam", "bridge"] { _ = try await books.addArticle(slug) }
            try await books.importing("g1,a@example.org,,2026-01-05,10.00,USD,card,,,,,\n")
            func refusal(_ slugs: String...) async throws -> String? {
                do {
                    try await books.app.transaction { db in
                        let id = try db.one("SELECT id FROM fundraising.gift") { try $0.next(ID<Gift>.self) }
                        try RecordTouches(id, articles: slugs.map { try Slug($0) }, by: books.actor(db)).perform(db)
                    }
                    return nil
                } catch let error as ValueError { return error.kind }
            }
            #expect(try await refusal() == "list of articles")
            #expect(try await refusal("dam", "dam") == "list of articles")
            #expect(try await refusal("dam", "unheard-of") == "article")
            #expect(try await refusal("dam", "bridge") == nil)
            #expect(try await refusal("bridge") == "gift")
            // Nor does the database take it, whoever writes there.
            for row in ["(1, 3, 1)", "(1, 1, 2)"] {
                let constraint = try await books.constraint(
                    "INSERT INTO fundraising.gift_touch (gift_id, position, article_id) VALUES \(row)")
                #expect(["gift_touch_at_once", "gift_touch_pkey", "gift_touch_once"].contains(constraint))
            }
            #expect(try await books.count("fundraising.gift_touch") == 2)
        }
    }
}
