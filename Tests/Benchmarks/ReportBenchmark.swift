import Foundation
import Postgres
import TestDatabase

/// Reports over the books of a large magazine that has been at it for six years, each from the command line with a new
/// process and connection. `BENCH_GIFTS` says how many gifts; five million unless it does.
struct ReportBenchmark {
    static let rounds = 3
    private static let reports: [(line: String, goal: Double?)] = [
        ("report --by day", 1), ("report --by day --basis cash", 1), ("report --by month --year 2026 --beside", 1),
        ("retention --year 2026", 5), ("gainloss --year 2026", nil), ("lapsed --year 2026 --kind lybunt", nil),
        ("lapsed --year 2026 --kind sybunt --strict", nil), ("average --year 2026", nil),
        ("todate --year 2026 --on 2026-11-30", nil), ("report --by month --year 2026 --split kind", nil),
        ("recency --on 2026-12-31", nil),
    ]

    static func measure(masthead: String) async throws {
        let gifts = ProcessInfo.processInfo.environment["BENCH_GIFTS"].flatMap(Int.init) ?? 5_000_000
        try await withTestDatabase { test in
            let environment = [
                "MASTHEAD_DATABASE_URL": test.appURL, "MASTHEAD_DATABASE_OWNER_URL": test.ownerURL,
                "MASTHEAD_SHARE": packageFolder, "MASTHEAD_AS": "finance@example.org",
            ]
            for (name, role) in [("admin", "admin"), ("finance", "finance")] {
                try run(
                    masthead, ["account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role],
                    environment: environment.merging(name == "admin" ? [:] : ["MASTHEAD_AS": "admin@example.org"]) {
                        $1
                    })
            }
            let filled = try await seconds { try await fill(test, gifts: gifts) }
            print("books: \(gifts) gifts in \(Comparison.round(filled)) s")
            let expected = try await netOfEntries(test)
            for report in reports {
                var times: [Double] = []
                for _ in 0..<rounds {
                    var answer = ""
                    times.append(
                        try await seconds {
                            answer = try run(
                                masthead, ["donations"] + report.line.split(separator: " ").map(String.init),
                                environment: environment)
                        })
                    guard report.line == "report --by day" else { continue }
                    let net = answer.split(separator: "\n").dropFirst().reduce(0) { sum, line in
                        sum + (line.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
                    }
                    guard net == expected else {
                        throw CommandFailed(description: "the report adds up to \(net), the entries to \(expected)")
                    }
                }
                print(
                    "donations \(report.line): \(Comparison.round(median(times))) s "
                        + "[\(Comparison.round(times.min() ?? 0)) … \(Comparison.round(times.max() ?? 0))]"
                        + (report.goal.map { " (goal < \(Int($0)) s)" } ?? ""))
            }
        }
    }

    private static func netOfEntries(_ test: TestDatabase) async throws -> Int {
        try await test.app.read { db in
            try db.value("SELECT sum(amount_minor)::bigint FROM fundraising.contribution", as: Int.self) ?? 0
        }
    }

    /// Set-wise and past the triggers, so that it takes minutes and not hours; the sums that reports read are rebuilt
    /// as for books that were there before them. Eight gifts a donor, most by some, spread over six years; one in
    /// twenty in another currency, one in fifty given back, one in a hundred by nobody.
    private static func fill(_ test: TestDatabase, gifts: Int) async throws {
        try await test.owner.transaction { db in
            for table in ["gift", "entry"] { try db.script("ALTER TABLE fundraising.\(table) DISABLE TRIGGER USER") }
            try db.script(
                """
                INSERT INTO fundraising.donor (id) SELECT i FROM generate_series(1, greatest(\(gifts) / 8, 1)) i;
                INSERT INTO fundraising.gift (id, kind, donor_id, currency, intended_minor, given_at, tax_date, source,
                    external_id)
                SELECT i, CASE WHEN i % 10 = 0 THEN 'check' ELSE 'card' END,
                    CASE WHEN i % 100 > 0 THEN 1 + (hashint8(i) & 2147483647)::bigint * (hashint8(i + 7) & 1023) / 1024
                        % greatest(\(gifts) / 8, 1) END,
                    CASE WHEN i % 20 = 0 THEN 'EUR' ELSE 'USD' END, 500 + 500 * (i % 40),
                    d.day + interval '12 hours', d.day, 'made', 'g' || i
                FROM generate_series(1, \(gifts)::bigint) i
                CROSS JOIN LATERAL (SELECT date '2021-01-01' + (i * 2190 / \(gifts))::integer AS day) d;
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date,
                    processor, external_id)
                SELECT g.id, 'charge', g.intended_minor, g.currency, g.given_at, g.tax_date, 'made', g.external_id
                FROM fundraising.gift g;
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date,
                    processor, external_id)
                SELECT g.id, 'refund', -g.intended_minor, g.currency, g.given_at + interval '10 days', g.tax_date + 10,
                    'made', g.external_id
                FROM fundraising.gift g WHERE g.id % 50 = 7;
                """)
            for table in ["gift", "entry"] { try db.script("ALTER TABLE fundraising.\(table) ENABLE TRIGGER USER") }
            try db.script("SELECT fundraising.rebuild_totals()")
        }
        for table in ["donor", "gift", "entry", "gift_total", "day_total"] {
            try await test.owner.statement { db in try db.script("VACUUM ANALYZE fundraising.\(table)") }
        }
    }
}
