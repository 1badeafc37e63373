import Foundation
import Postgres
import TestDatabase

/// Lists of a magazine that has been at it for long: a million revisions and five million audit rows. What a page costs,
/// the first and the last, in a shell that is connected already.
struct ListBenchmark {
    static let articles = 100_000
    /// Of each article but the first, which has a hundred thousand.
    static let revisionsEach = 9
    static let auditRows = 5_000_000
    static let rounds = 20

    static func measure(masthead: String) async throws {
        try await withTestDatabase { test in
            let environment = [
                "MASTHEAD_DATABASE_URL": test.appURL, "MASTHEAD_DATABASE_OWNER_URL": test.ownerURL,
                "MASTHEAD_SHARE": packageFolder, "MASTHEAD_AS": "admin@example.org",
            ]
            for (name, role) in [("admin", "admin"), ("chief", "editor-in-chief")] {
                try run(
                    masthead, ["account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role],
                    environment: environment)
            }
            try run(masthead, ["section", "add", "world", "--name", "World"], environment: environment)
            try await fill(test)
            let shell = try ShellProcess(masthead, environment)
            let chief = "--as chief@example.org"
            for (name, first, last) in [
                ("articles", "article list \(chief)", "article list --after 60 \(chief)"),
                (
                    "articles with a word in the title", "article list --text seldom \(chief)",
                    "article list --text seldom --after 40000 \(chief)"
                ),
                (
                    "revisions of one article", "article revisions 1 \(chief)",
                    "article revisions 1 --before 40 \(chief)"
                ),
                ("audit rows", "audit tail", "audit tail --after 1000040"),
                (
                    "audit rows of one article", "audit tail --subject article:50000",
                    "audit tail --subject article:50000 --after 1100000"
                ),
            ] {
                var row = Comparison(
                    name: "the last page of \(name), against the first (1,000,000 revisions, "
                        + "5,000,000 audit rows)", unit: "ms", goal: "under 50 ms", isTime: true)
                for _ in 0..<rounds {
                    row.peers.append(try await seconds { _ = try shell.ask(first) } * 1_000)
                    row.ours.append(try await seconds { _ = try shell.ask(last) } * 1_000)
                }
                row.print()
            }
            shell.end()
        }
    }

    /// Set-wise, past the triggers: what the rules are about isn't what is measured here.
    private static func fill(_ test: TestDatabase) async throws {
        try await test.owner.transaction { db in
            for table in ["editorial.article", "editorial.revision", "journal.audit"] {
                try db.script("ALTER TABLE \(table) DISABLE TRIGGER USER")
            }
            try db.script(
                """
                INSERT INTO editorial.article (title, status, kind, section_id, created_by, head, workflow)
                SELECT 'Title number ' || i || CASE WHEN i % 1000 = 7 THEN ' seldom seen' ELSE '' END, 'drafting',
                       'reporting', (SELECT id FROM editorial.section), (SELECT min(id) FROM access.account),
                       CASE i WHEN 1 THEN 100000 ELSE \(revisionsEach) END, (SELECT max(version) FROM editorial.workflow)
                FROM generate_series(1, \(articles)) i;
                INSERT INTO editorial.revision (article_id, number, content, title, saved_by, saved_at)
                SELECT a.id, n, convert_to('{"bylines":[],"body":"Text ' || n || '","dek":"","title":"' || a.title
                       || '","version":1}', 'UTF8'), a.title, a.created_by, now()
                FROM editorial.article a, generate_series(1, a.head) n;
                INSERT INTO journal.audit (id, subject_kind, subject_id, seq, previous, hash, at, action, account, via,
                       os_user, facts)
                SELECT 1000000 + i, 'article', 1 + i % \(articles), 1000 + i, sha256('a'), sha256('b'), now(),
                       'revision.saved', (SELECT min(id) FROM access.account), 'cli', 'tester', '{"revision": 1}'
                FROM generate_series(1, \(auditRows)) i;
                """)
            for table in ["editorial.article", "editorial.revision", "journal.audit"] {
                try db.script("ALTER TABLE \(table) ENABLE TRIGGER USER")
            }
        }
        for table in ["editorial.article", "editorial.revision", "journal.audit"] {
            try await test.owner.statement { db in try db.script("VACUUM ANALYZE \(table)") }
        }
    }
}
