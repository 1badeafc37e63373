import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// The door for what was public elsewhere, and why nothing written here fits through it.
struct ImportGateTests {
    private func account(_ desk: Desk, _ name: String) async throws -> ID<Account> {
        try await desk.act(name) { _, actor in actor.account }
    }

    /// One transaction of raw SQL: an import row, an article in it, its text, its release.
    private func forge(
        _ desk: Desk, by account: ID<Account>, at: String = "2001-01-01", article: SQL? = nil
    ) async throws {
        try await desk.test.app.transaction { db in
            let batch = try db.one(
                "INSERT INTO editorial.import (source, account_id) VALUES ('forged', \(account)) RETURNING id"
            ) { try $0.next(Int64.self) }
            let id: Int64
            if let article {
                id = try db.one(article) { try $0.next(Int64.self) }
            } else {
                id = try db.one(
                    """
                    INSERT INTO editorial.article (title, status, import_id, created_by) \
                    VALUES ('t', 'published', \(batch), \(account)) RETURNING id
                    """
                ) { try $0.next(Int64.self) }
                try db.run(
                    """
                    INSERT INTO editorial.revision (article_id, number, content, saved_by) \
                    VALUES (\(id), 1, \(Content(title: "t").canonical), \(account))
                    """)
            }
            try db.run(
                """
                INSERT INTO editorial.release \
                (article_id, revision, hash, kind, slug, path, html, account_id, import_id, released_at) \
                SELECT article_id, number, hash, 'imported', 'forged', '/forged', '', \(account), \(batch), \
                \(at)::timestamptz FROM editorial.revision WHERE article_id = \(id)
                """)
        }
    }

    @Test func anArticleWrittenHereDoesNotGoOutAsAnImport() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let publisher = try await account(desk, "publisher")
            #expect(
                await denied { try await forge(desk, by: publisher, article: "SELECT \(id)::bigint") }.rule
                    == "release_imported")
        }
    }

    @Test func aDraftThatAnImportBroughtGoesThroughReview() async throws {
        try await withDesk { desk in
            let publisher = try await account(desk, "publisher")
            try await desk.test.app.transaction { db in
                try db.run("INSERT INTO editorial.import (source, account_id) VALUES ('x', \(publisher))")
                try db.run(
                    """
                    INSERT INTO editorial.article (title, status, import_id, created_by) \
                    SELECT 't', 'drafting', id, \(publisher) FROM editorial.import
                    """)
                try db.run(
                    """
                    INSERT INTO editorial.revision (article_id, number, content, saved_by) \
                    SELECT id, 1, \(Content(title: "t").canonical), \(publisher) FROM editorial.article
                    """)
            }
            // Later, in another transaction, even under its own import.
            let error = await denied {
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO editorial.release \
                        (article_id, revision, hash, kind, slug, path, html, account_id, import_id, released_at) \
                        SELECT r.article_id, 1, r.hash, 'imported', 'x-y', '/x', '', \(publisher), i.id, '2001-01-01' \
                        FROM editorial.revision r, editorial.import i
                        """)
                }
            }
            #expect(error.rule == "release_imported")
        }
    }

    @Test func onlyThePastIsImported() async throws {
        try await withDesk { desk in
            let publisher = try await account(desk, "publisher")
            for at in ["infinity", "2999-01-01"] {
                #expect(
                    await denied { try await forge(desk, by: publisher, at: at) }.rule == "release_imported")
            }
        }
    }

    @Test func onlyWhoMayImportImports() async throws {
        try await withDesk { desk in
            let writer = try await account(desk, "writer")
            #expect(await denied { try await forge(desk, by: writer) }.rule == "import_permitted")
        }
    }

    @Test func nothingIsImportedButWhileTheOwnerHoldsTheDoorOpen() async throws {
        try await withDesk { desk in
            let publisher = try await account(desk, "publisher")
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.import_door SET open_until = '-infinity'")
            }
            #expect(await denied { try await forge(desk, by: publisher) }.rule == "import_door_open")
            let file = ImportFile(name: "2020-01-01-x.md", bytes: Array("---\ntitle: x\n---\n".utf8))
            #expect(
                await refusal {
                    try await desk.act("publisher") { db, actor in
                        try ImportArticles([file], source: "x", zone: .utc, by: actor).perform(db)
                    }
                } == .importsShut)
        }
    }
}
