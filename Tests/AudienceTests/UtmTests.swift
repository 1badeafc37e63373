import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Visits by the tags of the links that they came by.
struct UtmTests {
    private struct Link: Hashable {
        let source: String
        let medium: String
        let campaign: String
        let term: String
        let content: String

        var query: String {
            let pairs = [("source", source), ("medium", medium), ("campaign", campaign), ("term", term)]
            return (pairs + [("content", content)]).filter { !$0.1.isEmpty }.map { "utm_\($0.0)=\($0.1)" }
                .joined(separator: "&")
        }

        func value(_ tag: UtmReport.Tag) -> String {
            switch tag {
            case .source: source
            case .medium: medium
            case .campaign: campaign
            case .term: term
            case .content: content
            }
        }
    }

    /// A day on which each of many readers comes once by a link, or by none, and reads a page or two more.
    private func day(readers: Int, seed: UInt64) -> (lines: [String], visits: [(link: Link, views: Int)]) {
        var random = SeededRandom(seed: seed)
        func pick(_ words: [String]) -> String { words[Int(random.next() % UInt64(words.count))] }
        var lines: [String] = []
        var visits: [(link: Link, views: Int)] = []
        for reader in 0..<readers {
            let link = Link(
                source: pick(["", "letter", "partner"]), medium: pick(["", "email", "web"]),
                campaign: pick(["", "spring", "autumn"]), term: pick(["", "dams"]), content: pick(["", "top", "end"]))
            let address = "10.1.\(reader / 250).\(reader % 250)"
            let views = 1 + Int(random.next() % 3)
            for view in 0..<views {
                let target = view == 0 ? "/a?\(link.query)" : "/b\(view)"
                lines.append(
                    logLine("17/May/2026:10:0\(view):03 +0000", address: address, request: "GET \(target) HTTP/1.1"))
            }
            if !link.source.isEmpty { visits.append((link, views)) }
        }
        return (lines, visits)
    }

    @Test func visitsAreCountedByEveryTagOfTheirLinksAndByAnyOfThem() async throws {
        let (lines, visits) = day(readers: 600, seed: 31)
        let folder = try TemporaryFolder()
        // In two files, so that what is counted already is added to, and visits go on from one to the other.
        let half = lines.count / 2
        let first = try folder.write("first.log", lines[..<half].joined())
        let second = try folder.write("second.log", lines[half...].joined())
        try await withTestDatabase { test in
            _ = try await importer(test.app).run([first])
            _ = try await importer(test.app).run([second])
            for tags in [UtmReport.Tag.allCases, [.campaign], [.content, .source]] {
                let lines = try await test.app.read { try UtmReport(by: tags, limit: 1_000).lines($0) }
                var expected: [[String]: (visits: Int, bounces: Int, views: Int)] = [:]
                for visit in visits {
                    let key = tags.map(visit.link.value)
                    expected[key, default: (0, 0, 0)].visits += 1
                    expected[key]?.bounces += visit.views == 1 ? 1 : 0
                    expected[key]?.views += visit.views
                }
                #expect(lines.count == expected.count)
                for line in lines {
                    let wanted = try #require(expected[line.values])
                    #expect((line.visits, line.bounces, line.views) == wanted, "\(line.values)")
                }
                #expect(lines.map(\.visits) == lines.map(\.visits).sorted(by: >))
            }
            // All tags of a source are one source among all sources.
            let sources = try await test.app.read { try SourcesReport(limit: 10, names: .none).lines($0) }
            for name in ["letter", "partner"] {
                #expect(
                    sources.first { $0.source == name && $0.kind == .utm }?.visits
                        == visits.count { $0.link.source == name })
            }
            #expect(sources.map(\.visits).reduce(0, +) == 600)
            let none = try await test.app.read {
                try UtmReport(limit: 10, from: Period("2026-06"), to: Period("2026-06")).lines($0)
            }
            #expect(none.isEmpty)
        }
    }

    @Test func tagsOfOtherSourcesAreRefused() async throws {
        try await withTestDatabase { test in
            let folder = try TemporaryFolder()
            _ = try await importer(test.app).run([folder.write("a.log", logLine(referrer: "https://x.example/"))])
            let refused = await refusal(test.owner, "UPDATE audience.source_day SET campaign = 'spring'")
            #expect(refused?.constraint == "source_day_tagged")
        }
    }

    /// Stored before links' tags were kept, with names whose lengths are one byte.
    @Test func openVisitsOfTheSecondVersionAreRead() throws {
        var book = VisitBook()
        let visit = Visit(
            visitor: 7, start: 1_000_000, last: 1_000_060, views: 2, content: book.number(Hash128(first: 1, second: 2)),
            source: book.number("uletter"), bucket: book.number(Bucket(site: 1, start: 997_200, day: 11)))
        let bytes = OpenVisits(watermark: 1_000_060, visits: [visit]).bytes(book)
        // The length of the only name is behind the version and the number of names.
        let second = [2] + bytes[1..<5] + bytes[6...]
        for stored in [bytes, Array(second)] {
            var read = VisitBook()
            let visits = try OpenVisits(watermark: 1_000_060, bytes: stored, site: 1, &read).visits
            #expect(visits.count == 1 && visits[0].views == 2 && visits[0].last == 1_000_060)
            #expect(read.sources[Int(visits[0].source)] == "uletter")
        }
    }
}
