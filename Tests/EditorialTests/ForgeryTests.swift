import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// What somebody with the app role's password and psql can't do.
struct ForgeryTests {
    private func run(_ desk: Desk, _ sql: SQL) async throws -> Int {
        try await desk.test.app.transaction { db in try db.run(sql) }
    }

    @Test(arguments: [
        "UPDATE editorial.revision SET content = '{}'", "UPDATE editorial.revision SET saved_by = 2",
        "DELETE FROM editorial.revision", "UPDATE editorial.approval SET revision = 2",
        "UPDATE editorial.approval SET account_id = 2", "DELETE FROM editorial.approval",
        "UPDATE editorial.release SET html = 'x'", "UPDATE editorial.release SET released_at = now()",
        "DELETE FROM editorial.release", "UPDATE editorial.override SET reason = 'because I say so'",
        "DELETE FROM editorial.override", "UPDATE editorial.policy SET needed = 0", "DELETE FROM editorial.policy",
        "INSERT INTO editorial.policy (workflow, approval_kind, needed) VALUES (1, 'edit', 0)",
        "INSERT INTO editorial.workflow (version, name) VALUES (2, 'mine')",
        "INSERT INTO editorial.workflow_transition (workflow, from_state, to_state, action) VALUES (1, 'pitch', 'approved', 'x')",
        "DELETE FROM editorial.workflow_transition", "UPDATE editorial.import_door SET open_until = 'infinity'",
        "DELETE FROM editorial.article", "UPDATE editorial.article SET head = 1",
        "UPDATE editorial.article SET live_release_id = 1", "UPDATE editorial.article SET public_status = 'live'",
        "UPDATE editorial.article SET first_published_at = now()", "UPDATE editorial.article SET workflow = 1",
        "UPDATE editorial.article SET import_id = NULL", "UPDATE editorial.article SET created_by = 2",
        "UPDATE editorial.article SET created_at = now()", "UPDATE editorial.article SET version = 1",
        "DELETE FROM editorial.byline", "UPDATE editorial.byline SET account_id = NULL",
        "INSERT INTO editorial.slug (slug, article_id, path) VALUES ('x', 1, '/x')",
        "UPDATE editorial.slug SET article_id = 1", "DELETE FROM editorial.slug",
        "INSERT INTO editorial.path (path, article_id, release_id) VALUES ('/x', 1, 1)", "DELETE FROM editorial.path",
        "DELETE FROM editorial.review_request", "UPDATE editorial.review_response SET verdict = 'comment'",
        "DELETE FROM editorial.import_item", "UPDATE editorial.import_item SET source = ''",
        "DELETE FROM editorial.debt", "TRUNCATE editorial.revision, editorial.approval, editorial.release CASCADE",
        "ALTER TABLE editorial.release DISABLE TRIGGER ALL", "DROP TRIGGER release_gate ON editorial.release",
        "CREATE OR REPLACE FUNCTION editorial.is_apart(article bigint, revision bigint, account bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "UPDATE access.role_permission SET role = 'writer'",
        "INSERT INTO access.role_permission (role, permission) VALUES ('writer', 'approval.edit')",
    ])
    func theAppRoleMayNot(_ statement: String) async throws {
        try await withDesk { desk in
            _ = try await desk.published()
            let error = await denied {
                try await desk.test.app.transaction { db in try db.script(statement) }
            }
            #expect(error.state == "42501", "\(statement)")
        }
    }

    @Test func noReleaseWithoutTheApproval() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let forged: SQL = """
                INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                SELECT article_id, number, hash, 'first', 'forged', '/forged', '<p>', saved_by \
                FROM editorial.revision WHERE article_id = \(id)
                """
            #expect(await denied { try await run(desk, forged) }.rule == "release_approved")
            // With the state set by hand it is no different.
            _ = try await run(desk, "UPDATE editorial.article SET status = 'approved' WHERE id = \(id)")
            #expect(await denied { try await run(desk, forged) }.rule == "release_approved")
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 0)
        }
    }

    @Test func noReleaseOfAnythingButTheHead() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            try await desk.save(id, body: "Later.")
            let error = await denied {
                try await run(
                    desk,
                    """
                    INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                    SELECT article_id, 1, hash, 'first', 'forged', '/forged', '', 1 FROM editorial.revision \
                    WHERE article_id = \(id) AND number = 1
                    """)
            }
            #expect(error.rule == "release_of_head")
        }
    }

    @Test func anApprovalAndAReleaseNameARevisionWithItsOwnHash() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let wrong = [UInt8](repeating: 7, count: 32)
            let editor = try await desk.act("editor") { _, actor in actor.account }
            let publisher = try await desk.act("publisher") { _, actor in actor.account }
            #expect(
                await denied {
                    try await run(
                        desk,
                        """
                        INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                        VALUES (\(id), 1, \(wrong), 'edit', \(editor))
                        """)
                }.rule == "approval_revision_fkey")
            try await desk.approve(id)
            #expect(
                await denied {
                    try await run(
                        desk,
                        """
                        INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                        VALUES (\(id), 1, \(wrong), 'first', 'x-y', '/x', '', \(publisher))
                        """)
                }.rule == "release_revision_fkey")
        }
    }

    @Test func anApprovalNamesSomebodyWhoMayGiveItAndDidNotWriteTheText() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            for (name, rule) in [
                ("colleague", "approval_permitted"), ("admin", "approval_permitted"), ("copy", "approval_permitted"),
                ("bookeditor", "approval_permitted"),
            ] {
                let account = try await desk.act(name) { _, actor in actor.account }
                #expect(
                    await denied {
                        try await run(
                            desk,
                            """
                            INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                            SELECT article_id, number, hash, 'edit', \(account) FROM editorial.revision
                            """)
                    }.rule == rule, "\(name)")
            }
            try await desk.migrate(id, to: 1)
            try await desk.save(id, as: "editor", body: "Mine now.")
            let editor = try await desk.act("editor") { _, actor in actor.account }
            #expect(
                await denied {
                    try await run(
                        desk,
                        """
                        INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                        SELECT article_id, number, hash, 'edit', \(editor) FROM editorial.revision WHERE number = 2
                        """)
                }.rule == "approval_apart")
        }
    }

    @Test func aSuspendedEditorsApprovalIsRefusedByTheDatabase() async throws {
        try await withDesk { desk in
            _ = try await desk.inReview()
            let editor = try await desk.act("editor") { _, actor in actor.account }
            _ = try await run(desk, "UPDATE access.account SET status = 'suspended' WHERE id = \(editor)")
            #expect(
                await denied {
                    try await run(
                        desk,
                        """
                        INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                        SELECT article_id, number, hash, 'edit', \(editor) FROM editorial.revision
                        """)
                }.rule == "approval_permitted")
        }
    }

    @Test func anOverrideIsTheEditorInChiefsAndHasAReason() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            func override(_ name: String, _ reason: String) async throws -> Int {
                let account = try await desk.act(name) { _, actor in actor.account }
                return try await run(
                    desk,
                    """
                    INSERT INTO editorial.override (article_id, revision, hash, reason, account_id) \
                    SELECT article_id, number, hash, \(reason), \(account) FROM editorial.revision
                    """)
            }
            #expect(await denied { try await override("publisher", "The dam broke.") }.rule == "override_permitted")
            #expect(await denied { try await override("chief", " ") }.rule == "override_reason_given")
            _ = try await override("chief", "The dam broke.")
            let chief = try await desk.act("chief") { _, actor in actor.account }
            _ = try await run(desk, "UPDATE editorial.article SET status = 'approved' WHERE id = \(id)")
            _ = try await run(
                desk,
                """
                INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                SELECT article_id, 1, hash, 'first', 'x-y', '/x', '', \(chief) FROM editorial.revision
                """)
            #expect(try await desk.count("SELECT count(*) FROM editorial.release WHERE override_id IS NOT NULL") == 1)
        }
    }

    @Test func aReleaseCannotBeDatedOrSayWhatItStandsOn() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            let chief = try await desk.act("chief") { _, actor in actor.account }
            _ = try await run(
                desk,
                """
                INSERT INTO editorial.release \
                (article_id, revision, hash, kind, slug, path, html, account_id, released_at) \
                SELECT article_id, 1, hash, 'first', 'x-y', '/x', '', \(chief), '1999-01-01' FROM editorial.revision
                """)
            #expect(
                try await desk.count(
                    "SELECT count(*) FROM editorial.release WHERE released_at > now() - '1 h'::interval")
                    == 1)
            #expect(
                try await desk.count(
                    "SELECT count(*) FROM editorial.release WHERE approvals = ARRAY(SELECT id FROM editorial.approval)")
                    == 1)
        }
    }

    @Test func revisionsFollowOneAnother() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            for number in [1, 3, 0] {
                #expect(
                    await denied {
                        try await run(
                            desk,
                            """
                            INSERT INTO editorial.revision (article_id, number, content, saved_by) \
                            SELECT \(id), \(number), content || ' '::bytea, saved_by FROM editorial.revision
                            """)
                    }.rule == "revision_follows")
            }
            #expect(
                await denied {
                    try await run(
                        desk,
                        """
                        INSERT INTO editorial.revision (article_id, number, content, saved_by) \
                        SELECT \(id), 2, content, saved_by FROM editorial.revision
                        """)
                }.rule == "revision_differs")
        }
    }

    @Test func bylinesComeFromTheTextAndFromNowhereElse() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            let writer = try await desk.act("writer") { _, actor in actor.account }
            let content = Content(
                title: "t", bylines: [.init(contributor: Desk.slug("nobody-here"), name: "Nobody")])
            #expect(
                await denied {
                    try await run(
                        desk,
                        """
                        INSERT INTO editorial.revision (article_id, number, content, saved_by) \
                        VALUES (\(id), 1, \(content.canonical), \(writer))
                        """)
                }.rule == "byline_contributor")
            #expect(
                await denied {
                    try await run(
                        desk,
                        """
                        INSERT INTO editorial.byline (article_id, revision, position, contributor_id, role, name) \
                        VALUES (\(id), 1, 1, 1, 'author', 'x')
                        """)
                }.state == "42501")
        }
    }
}
