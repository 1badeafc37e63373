import Foundation
import TestDatabase
import Testing
import Values

@testable import Admin

/// What articles and authors brought beside their views: articles, an access log and gifts as they are imported.
struct CreditCommandTests {
    /// Two stories of 2025, one by two people, and a third that nobody viewed.
    private static let posts = [
        ("2025-01-05-dam.md", "title: The dam\nauthors: [Ann Example, Bob Example]\npermalink: /dam/"),
        ("2025-01-06-flood.md", "title: The flood\nauthors: [Bob Example]\npermalink: /flood/"),
        ("2025-01-07-well.md", "title: The well\nauthors: [Ann Example]\npermalink: /well/"),
    ]

    /// Six gifts by the dam, of which one went back; one by the flood, one by the well, one by nobody knows what.
    private static let gifts = """
        external_id,donor_email,given_at,amount,currency,method,article,refunded_amount,refunded_at
        g1,a@example.org,2025-05-01,10.01,USD,card,dam,,
        g2,b@example.org,2025-05-02,10.00,USD,card,dam,,
        g3,c@example.org,2025-05-03,10.00,USD,card,dam,,
        g4,d@example.org,2025-05-04,10.00,USD,card,dam,,
        g5,e@example.org,2025-05-05,10.00,USD,card,dam,,
        g6,f@example.org,2025-05-06,10.01,USD,card,dam,10.01,2025-05-09
        g7,a@example.org,2025-06-01,7.00,USD,card,flood,,
        g8,b@example.org,2025-06-02,3.00,USD,card,well,,
        g9,g@example.org,2025-06-03,1.00,USD,card,,,

        """

    private func withDesk(_ body: (Console) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "credit-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder + "/posts", withIntermediateDirectories: true)
        defer {
            // Left behind at worst; the system cleans its temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        for (name, head) in Self.posts {
            try "---\n\(head)\n---\nText.\n".write(
                toFile: folder + "/posts/" + name, atomically: true, encoding: .utf8)
        }
        try Self.gifts.write(toFile: folder + "/gifts.csv", atomically: true, encoding: .utf8)
        try log.write(toFile: folder + "/access.log", atomically: true, encoding: .utf8)
        try await withTestDatabase { test in
            let console = Console(test)
            for line in [
                "account add --email admin@example.org --name admin --role admin",
                "--as admin@example.org account add --email finance@example.org --name f --role finance --role analyst",
                "--as admin@example.org account add --email analyst@example.org --name a --role analyst",
                "--as admin@example.org article import \(folder)/posts",
                "--as admin@example.org views import \(folder)/access.log --site example.org",
                "--as finance@example.org donations import \(folder)/gifts.csv --from gifts",
            ] {
                let ran = await console.run(line.split(separator: " ").map(String.init), input: [])
                try #require(ran.exit == 0, "\(line): \(ran.err)")
            }
            try await body(console)
        }
    }

    /// Eight views of the dam and three of the flood in 2025; one of the flood a year earlier.
    private var log: String {
        var lines = ["16/May/2024:10:00:00 /flood/"]
        lines += (0..<8).map { "17/May/2025:10:0\($0):00 /dam/" } + (0..<3).map { "18/May/2025:10:0\($0):00 /flood/" }
        return lines.enumerated().map { index, line in
            let parts = line.split(separator: " ")
            return "192.0.2.\(index) - - [\(parts[0]) +0000] \"GET \(parts[1]) HTTP/1.1\" 200 9 \"-\" "
                + "\"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\"\n"
        }.joined()
    }

    private func objects(
        _ console: Console, _ line: String, as name: String = "finance"
    ) async throws -> [[String: JSON]] {
        let words = "--as \(name)@example.org --format jsonl \(line)".split(separator: " ").map(String.init)
        let ran = await console.run(words, input: [])
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try ran.out.split(separator: "\n").map { try JSON(parsing: String($0)).object ?? [:] }
    }

    @Test func moneyForAThousandViewsIsNetOverViewsAndNothingWithoutViews() async throws {
        try await withDesk { console in
            let lines = try await objects(console, "donations credit --by article --year 2025 --views")
            // 5001 / 8 views × 1000 = 625125; 700 / 3 × 1000 = 233333.3…; nobody viewed the well.
            #expect(lines.map { $0["article"] } == ["dam", "flood", "well", .null])
            #expect(lines.map { $0["net_minor"] } == [5_001, 700, 300, 100])
            #expect(lines.map { $0["views"] } == [8, 3, .null, .null])
            #expect(lines.map { $0["per_thousand_minor"] } == [625_125, 233_333, .null, .null])
            // Eight of nine gifts: 88.888… %. A gift that went back whole won nobody.
            #expect(lines.allSatisfy { $0["known_percent"] == "88.9" })
            #expect(lines.map { $0["new_donors"] } == [5, 0, 0, 1])
            let table = await console.run(
                "--as", "finance@example.org", "--format", "table", "donations", "credit", "--by", "article", "--year",
                "2025", "--views")
            #expect(table.out.contains("–"), "\(table.out)")
        }
    }

    @Test func authorsOfOneStoryShareItToTheCentAndTheirPartsAreTheWhole() async throws {
        try await withDesk { console in
            for share in ["last", "equal"] {
                let line = "donations credit --by author --year 2025 --share \(share)"
                let lines = try await objects(console, line)
                // Of each 10.01 the first of the two has the cent; what went back is taken from both as it came.
                // Ann: 501 + 4 × 500 and the well's 300; Bob: 5 × 500 and the flood's 700.
                #expect(lines.map { $0["author"] } == ["bob-example", "ann-example", .null])
                #expect(lines.map { $0["net_minor"] } == [3_200, 2_801, 100])
                #expect(lines.map { $0["refunds_minor"] } == [500, 501, 0])
                let rows = try await objects(console, line + " --rows")
                for part in lines {
                    let own = rows.filter { $0["author"] == part["author"] }
                    let net = own.reduce(Int64(0)) {
                        $0 + ($1["gross_minor"]?.integer ?? 0) - ($1["refunds_minor"]?.integer ?? 0)
                    }
                    #expect(net == part["net_minor"]?.integer)
                }
            }
        }
    }

    @Test func whoMayNotSeeGiftsIsToldNothingOfFewerThanFive() async throws {
        try await withDesk { console in
            let lines = try await objects(
                console, "donations credit --by article --year 2025 --views", as: "analyst")
            // Three gifts are left when the dam is taken off, so the dam is kept, too.
            #expect(lines.map { $0["net_minor"] } == [.null, .null, .null, .null])
            #expect(lines.map { $0["per_thousand_minor"] } == [.null, .null, .null, .null])
            #expect(lines.first?["views"] == 8 || lines.contains { $0["views"] == 8 })
            let rows = await console.run(
                "--as", "analyst@example.org", "donations", "credit", "--by", "article", "--year", "2025", "--rows")
            #expect(rows.exit == 77)
        }
    }
}
