import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// The report's figures, by hand and against a second computation over made-up releases.
struct CoverageTests {
    private static let utc = Zone.utc

    private func report(_ desk: Desk, _ axis: Coverage.Axis, _ range: Range<Timestamp>) async throws -> Coverage.Report
    {
        try await desk.act("editor") { db, actor in
            try Coverage(by: axis, in: range, zone: Self.utc).report(db, for: actor)
        }
    }

    private static func instant(_ text: String) -> Timestamp {
        do { return try Timestamp(iso8601: text) } catch { preconditionFailure("\(error)") }
    }

    /// One made-up release, written as the owner past the gate: a report must count whatever history holds.
    private struct Made: Sendable {
        let article: Int64
        let isFirst: Bool
        let kind: String
        let section: Int
        let articleKind: String
        let authors: [Int]
        let words: Int
        let at: Timestamp
        let pitched: Timestamp
    }

    private static let kinds = ["reporting", "analysis", "opinion"]
    private static let sections = ["books", "world"]
    /// Ann is staff, the others outside, by their ids.
    private static let people = ["ann-example", "gus-guest", "olaf-outside"]

    private static func make(_ random: inout SeededRandom, articles: Int) -> [Made] {
        let start = instant("2026-01-01T00:00:00Z")
        var made: [Made] = []
        for article in 1...articles {
            let pitched = start.adding(seconds: Int64.random(in: -5_000_000..<9_000_000, using: &random))
            let (section, kind) = (Int.random(in: 0..<2, using: &random), kinds[Int.random(in: 0..<3, using: &random)])
            var at = pitched
            for number in 0..<Int.random(in: 1...4, using: &random) {
                at = at.adding(seconds: Int64.random(in: 3_600..<1_500_000, using: &random))
                let other = ["update", "correction", "retraction", "clarification"]
                made.append(
                    Made(
                        article: Int64(article), isFirst: number == 0,
                        kind: number == 0 ? "first" : other[Int.random(in: 0..<4, using: &random)], section: section,
                        articleKind: kind, authors: (0..<3).filter { _ in Bool.random(using: &random) },
                        words: Int.random(in: 0..<40, using: &random), at: at, pitched: pitched))
            }
        }
        return made
    }

    private func store(_ desk: Desk, _ made: [Made]) async throws {
        try await desk.act("admin") { db, actor in
            _ = try AddContributor(name: "Olaf Outside", kind: .outside, by: actor).perform(db)
        }
        try await desk.test.owner.transaction { db in
            for table: StaticString in ["article", "revision", "release"] {
                try db.run("ALTER TABLE editorial.\(raw: table) DISABLE TRIGGER USER")
            }
            for (index, one) in made.enumerated() {
                let number = made[..<index].count { $0.article == one.article } + 1
                if one.isFirst {
                    try db.run(
                        """
                        INSERT INTO editorial.article (title, kind, section_id, created_by, created_at) VALUES ('t', \
                        \(one.articleKind), (SELECT id FROM editorial.section WHERE slug = \(Self.sections[one.section])), \
                        1, \(one.pitched))
                        """)
                }
                let body = (0..<one.words).map { "w\($0)" }.joined(separator: number % 2 == 0 ? " \n" : "  ")
                let content = Content(title: "t \(index)", body: body).canonical
                try db.run(
                    """
                    INSERT INTO editorial.revision (article_id, number, content, title, saved_by, saved_at) \
                    VALUES (\(one.article), \(number), \(content), 't', 1, \(one.at))
                    """)
                for author in one.authors {
                    try db.run(
                        """
                        INSERT INTO editorial.byline (article_id, revision, position, contributor_id, role, name) \
                        SELECT \(one.article), \(number), \(author + 1), id, 'author', name \
                        FROM editorial.contributor WHERE slug = \(Self.people[author])
                        """)
                }
                try db.run(
                    """
                    INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, note, account_id, \
                    released_at, section_id, article_kind, signed_by) \
                    SELECT \(one.article), \(number), r.hash, \(one.kind), \("s\(one.article)x"), \("/s\(one.article)"), \
                    '', 'A note.', 1, \(one.at), (SELECT id FROM editorial.section WHERE slug = \
                    \(Self.sections[one.section])), \(one.articleKind), \
                    \(one.kind == "retraction" ? "The editors" : nil as String?) \
                    FROM editorial.revision r WHERE r.article_id = \(one.article) AND r.number = \(number)
                    """)
            }
            for table: StaticString in ["article", "revision", "release"] {
                try db.run("ALTER TABLE editorial.\(raw: table) ENABLE TRIGGER USER")
            }
        }
    }

    /// The same report, counted by hand in Swift.
    private struct Expected: Equatable {
        var stories = 0, words = 0, updates = 0, corrections = 0, retractions = 0, newOutside = 0
        var medianDays: String?
    }

    private static func expected(
        _ made: [Made], in range: Range<Timestamp>, key: (Made) -> [String]
    ) -> [String: Expected] {
        var lines: [String: Expected] = [:]
        var days: [String: [Int64]] = [:]
        for one in made where range.contains(one.at) && one.kind != "clarification" {
            for key in key(one).isEmpty ? [""] : key(one) {
                var line = lines[key] ?? Expected()
                if one.kind == "first" {
                    line.stories += 1
                    line.words += one.words
                    days[key, default: []].append(one.at.seconds - one.pitched.seconds)
                }
                if one.kind == "update" { line.updates += 1 }
                if one.kind == "correction" { line.corrections += 1 }
                if one.kind == "retraction" { line.retractions += 1 }
                lines[key] = line
            }
        }
        for (key, spans) in days {
            let sorted = spans.sorted()
            let middle = sorted.count / 2
            let seconds =
                sorted.count % 2 == 1 ? 2 * sorted[middle] : sorted[middle - 1] + sorted[middle]
            // Tenths of days, halves away from zero: seconds are doubled here.
            let tenths = (seconds * 10 + 86_400) / (2 * 86_400)
            lines[key]?.medianDays = "\(tenths / 10).\(tenths % 10)"
        }
        for person in 1...2 {
            let debut = made.filter { $0.authors.contains(person) }.min { $0.at < $1.at }
            guard let debut, range.contains(debut.at) else { continue }
            for key in key(debut).isEmpty ? [""] : key(debut) { lines[key, default: Expected()].newOutside += 1 }
        }
        return lines
    }

    private static func same(_ line: Coverage.Line) -> Expected {
        Expected(
            stories: line.stories, words: line.words, updates: line.updates, corrections: line.corrections,
            retractions: line.retractions, newOutside: line.newOutside, medianDays: line.medianDays)
    }

    @Test func theReportAgreesWithASecondComputationAndItsSumsTie() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let made = Self.make(&random, articles: 60)
        try await withDesk { desk in
            try await store(desk, made)
            for (from, to) in [
                ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"), ("2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
                ("2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
            ] {
                let range = Self.instant(from)..<Self.instant(to)
                let total = Self.expected(made, in: range) { _ in ["all"] }["all"] ?? Expected()
                for axis in [Coverage.Axis.kind, .section] {
                    let found = try await report(desk, axis, range)
                    let expected = Self.expected(made, in: range) { one in
                        [axis == .kind ? one.articleKind : Self.sections[one.section]]
                    }
                    let lines = Dictionary(found.lines.map { ($0.key ?? "", Self.same($0)) }) { first, _ in first }
                    #expect(lines == expected, "\(axis) \(from), seed \(seed)")
                    #expect(Self.same(found.total) == total, "\(axis) \(from), seed \(seed)")
                    #expect(found.lines.reduce(0) { $0 + $1.stories } == found.total.stories)
                    #expect(found.lines.reduce(0) { $0 + $1.words } == found.total.words)
                    #expect(found.lines.reduce(0) { $0 + $1.corrections } == found.total.corrections)
                    #expect(found.lines.reduce(0) { $0 + $1.newOutside } == found.total.newOutside)
                }
                let authors = try await report(desk, .author, range)
                var expected = Self.expected(made, in: range) { one in one.authors.map { Self.people[$0] } }
                for key in expected.keys { expected[key]?.newOutside = 0 }
                for person in 1...2 {
                    let debut = made.filter { $0.authors.contains(person) }.min { $0.at < $1.at }
                    if let debut, range.contains(debut.at) {
                        expected[Self.people[person], default: Expected()].newOutside = 1
                    }
                }
                let lines = Dictionary(authors.lines.map { ($0.key ?? "", Self.same($0)) }) { first, _ in first }
                #expect(lines == expected, "authors \(from), seed \(seed)")
                #expect(Self.same(authors.total) == total, "authors \(from), seed \(seed)")
            }
        }
    }

    @Test func aStoryWithTwoAuthorsCountsForBothAndOnceInTheTotal() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch("Two of us")
            try await desk.save(
                id, body: "One two  three\nfour.\n", bylines: ["ann-example", "gus-guest", "ann-example:photographer"])
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.publish(id)
            let range = Self.instant("2020-01-01T00:00:00Z")..<Self.instant("2100-01-01T00:00:00Z")
            let found = try await report(desk, .author, range)
            #expect(found.lines.map(\.key) == ["ann-example", "gus-guest"])
            #expect(found.lines.map(\.stories) == [1, 1])
            #expect(found.lines.map(\.words) == [4, 4])
            #expect(found.lines.map(\.newOutside) == [0, 1])
            #expect(found.total.stories == 1)
            #expect(found.total.words == 4)
            #expect(found.total.newOutside == 1)
            #expect(found.total.medianDays == "0.0")
            let kinds = try await report(desk, .contributorKind, range)
            #expect(kinds.lines.map(\.key) == ["outside", "staff"])
            #expect(kinds.lines.map(\.newOutside) == [1, 0])
            await #expect(throws: AccessError.self) {
                _ = try await desk.act("fundraiser") { db, actor in
                    try Coverage(by: .kind, in: range, zone: .utc).report(db, for: actor).total.stories
                }
            }
        }
    }

    @Test func slotsKeptMissedAndSkippedAreCountedBySeries() async throws {
        try await withDesk { desk in
            try await desk.act("editor") { db, actor in
                _ = try AddSeries(Desk.slug("week-ahead"), name: "The Week Ahead", by: actor).perform(db)
                let slot = try AddSlot(
                    series: Desk.slug("week-ahead"), owner: Desk.address("writer"),
                    at: .init(weekday: 1, secondOfDay: 0, zone: .utc), dueBefore: 0, from: LocalDate("2025-01-01"),
                    by: actor
                ).perform(db)
                _ = try RecordSlot(slot.id, on: LocalDate("2025-01-13"), .skipped(reason: "Holiday"), by: actor)
                    .perform(db)
            }
            // Mondays of January 2025: 6, 13, 20, 27.
            let range = Self.instant("2025-01-01T00:00:00Z")..<Self.instant("2025-02-01T00:00:00Z")
            let found = try await report(desk, .series, range)
            #expect(found.lines.map(\.key) == ["week-ahead"])
            #expect(found.lines.first?.slots == .init(kept: 0, missed: 3, skipped: 1))
            #expect(found.total.slots == .init(kept: 0, missed: 3, skipped: 1))
        }
    }
}
