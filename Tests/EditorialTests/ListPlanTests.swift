import Access
import Postgres
import TestDatabase
import Testing
import Values

@testable import Editorial

/// A list of a hundred thousand articles costs what its page costs, wherever the page is and whatever is asked for.
struct ListPlanTests {
    private static let articles = 100_000

    /// Made set-wise by the owner, past the triggers: what the rules are about isn't what is measured here.
    private func fill(_ desk: Desk) async throws {
        try await desk.test.owner.transaction { db in
            for table in ["article", "revision", "release"] {
                try db.script("ALTER TABLE editorial.\(table) DISABLE TRIGGER USER")
            }
            try db.run(
                """
                INSERT INTO editorial.article (title, status, kind, section_id, owner_id, created_by, head, workflow) \
                SELECT 'Title number ' || i || CASE WHEN i % 1000 = 7 THEN ' Seldom seen' ELSE '' END, \
                CASE WHEN i % 500 = 0 THEN 'in_review' ELSE 'drafting' END, \
                CASE WHEN i % 2000 = 1 THEN 'podcast' ELSE 'reporting' END, \
                (SELECT id FROM editorial.section WHERE slug = CASE WHEN i % 1500 = 2 THEN 'books' ELSE 'world' END), \
                (SELECT id FROM access.account WHERE email_folded = \
                CASE WHEN i % 1000 = 3 THEN 'freelance@example.org' ELSE 'writer@example.org' END), \
                (SELECT min(id) FROM access.account), 1, (SELECT max(version) FROM editorial.workflow) \
                FROM generate_series(1, \(Self.articles)) i
                """)
            try db.run(
                """
                INSERT INTO editorial.revision (article_id, number, content, title, saved_by, saved_at) \
                SELECT a.id, 1, convert_to('{"bylines":[],"body":"","dek":"","title":"' || a.title || '","version":1}', \
                'UTF8'), a.title, a.created_by, now() FROM editorial.article a
                """)
            try db.run(
                """
                INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                SELECT r.article_id, 1, r.hash, 'first', 'a' || r.article_id, '/a' || r.article_id, '', r.saved_by \
                FROM editorial.revision r JOIN editorial.article a ON a.id = r.article_id \
                WHERE a.status = 'drafting' AND a.id % 40 <> 0
                """)
            try db.run(
                """
                UPDATE editorial.article a SET live_release_id = l.id, public_status = 'live', status = 'published', \
                first_published_at = l.released_at FROM editorial.release l WHERE l.article_id = a.id
                """)
            for table in ["article", "revision", "release"] {
                try db.script("ALTER TABLE editorial.\(table) ENABLE TRIGGER USER")
            }
        }
        try await desk.test.owner.statement { db in try db.script("VACUUM ANALYZE editorial.article") }
        for table in ["revision", "release", "section"] {
            try await desk.test.owner.statement { db in try db.script("VACUUM ANALYZE editorial.\(table)") }
        }
    }

    private struct Cost {
        var nodes: [String] = []
        var rows: Int64 = 0
        var buffers: Int64 = 0
        var sorted: Int64 = 0

        init(_ plan: JSON) { add(plan, top: true) }

        private mutating func add(_ plan: JSON, top: Bool) {
            func number(_ key: String) -> Int64 {
                switch plan[key] {
                case .integer(let number)?: number
                case .number(let text)?: Int64(Double(text) ?? 0)
                default: 0
                }
            }
            let type = plan["Node Type"]?.string ?? ""
            nodes.append(type + (plan["Index Name"]?.string.map { " " + $0 } ?? ""))
            let passed = (number("Actual Rows") + number("Rows Removed by Filter")) * max(1, number("Actual Loops"))
            rows = max(rows, passed)
            if type.contains("Sort") { sorted = max(sorted, number("Actual Rows")) }
            if top { buffers = number("Shared Hit Blocks") + number("Shared Read Blocks") }
            for child in plan["Plans"]?.array ?? [] { add(child, top: false) }
        }
    }

    /// The plan of the very statement the list runs, as the app role, with the values it has.
    private func cost(_ desk: Desk, _ articles: Articles, after: Int64? = nil) async throws -> Cost {
        try await desk.act("chief") { db, actor in
            try db.run("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
            let statement = try articles.statement(db, for: actor, after: after.map { ID($0) }, limit: 50)
            let plan = try db.value("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) \(statement)", as: String.self)
            let json = try JSON(parsing: Array((plan ?? "").utf8))
            return Cost(try #require(json.array?.first?["Plan"]))
        }
    }

    @Test func anyPageOfAHundredThousandArticlesTouchesOnlyItsOwnRows() async throws {
        try await withDesk { desk in
            try await fill(desk)
            var filters: [(name: String, list: Articles)] = [("all", Articles())]
            func add(_ name: String, _ change: (inout Articles) -> Void) {
                var articles = Articles()
                change(&articles)
                filters.append((name, articles))
            }
            add("a rare state") { $0.status = .inReview }
            add("the common state") { $0.status = .published }
            add("a rare section") { $0.section = Desk.slug("books") }
            add("the common section") { $0.section = Desk.slug("world") }
            add("a rare kind") { $0.kind = .podcast }
            add("a rare owner") { $0.owner = Desk.address("freelance") }
            add("the common owner") { $0.owner = Desk.address("writer") }
            add("public") { $0.isPublic = true }
            add("unpublished") { $0.isPublic = false }
            add("rare words") { $0.text = "seldom" }
            add("common words") { $0.text = "title" }
            add("words nobody wrote") { $0.text = "zebra%_" }
            add("two filters") {
                $0.status = .inReview
                $0.section = Desk.slug("world")
            }
            let ends = try await desk.test.app.read { db in
                try db.one("SELECT min(id), max(id) FROM editorial.article") {
                    (try $0.next(Int64.self), try $0.next(Int64.self))
                }
            }
            for (name, list) in filters {
                for after in [nil, (ends.0 + ends.1) / 2, ends.0 + 60] {
                    let cost = try await cost(desk, list, after: after)
                    let page = "\(name) after \(after ?? 0): \(cost.nodes)"
                    #expect(cost.rows <= 2_000, "\(cost.rows) rows: \(page)")
                    #expect(cost.buffers <= 3_000, "\(cost.buffers) buffers: \(page)")
                    #expect(cost.sorted <= 200, "sorts \(cost.sorted): \(page)")
                    #expect(!cost.nodes.contains { $0.hasPrefix("Seq Scan") && $0.contains("article") })
                }
            }
            // Without a filter the plan is the same on every page.
            let first = try await cost(desk, Articles()).nodes
            let last = try await cost(desk, Articles(), after: ends.0 + 60).nodes
            #expect(first == last)
            #expect(first.contains("Index Scan article_pkey"))
        }
    }

    @Test func aListIsAsManyStatementsHoweverLongItIs() async throws {
        try await withDesk { desk in
            var ids: [ID<Article>] = []
            for number in 0..<5 { ids.append(try await desk.pitch("Number \(number)")) }
            /// How often statements ran, prepared ones and repeated ones alike.
            @Sendable func runs(_ db: Connection) throws -> Int64 {
                try db.one(
                    "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint FROM pg_prepared_statements"
                ) { try $0.next(Int64.self) }
            }
            func statements(_ limit: Int) async throws -> Int64 {
                try await desk.act("chief") { db, actor in
                    var count: Int64 = 0
                    // Once before, so that every statement is prepared.
                    for _ in 0..<2 {
                        let before = try runs(db)
                        #expect(try Articles().list(db, for: actor, limit: limit).count == limit)
                        count = try runs(db) - before
                    }
                    return count
                }
            }
            let one = try await statements(1)
            let five = try await statements(5)
            // The list's own, and the one that counts.
            #expect(one >= 1 && one <= 3 && five == one)
        }
    }
}
