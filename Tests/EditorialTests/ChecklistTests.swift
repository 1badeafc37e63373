import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct ChecklistTests {
    /// A list "standards" of two items for every article, and one for what is risky; sources are of the article.
    private func withLists(_ body: (Desk) async throws -> Void) async throws {
        try await withDesk { desk in
            try await desk.test.owner.transaction { db in
                try db.script(
                    """
                    INSERT INTO editorial.checklist (workflow, name)
                    SELECT w.version, list.name FROM editorial.workflow w, unnest(ARRAY['standards', 'risk']) AS list (name)
                    ON CONFLICT DO NOTHING;
                    INSERT INTO editorial.checklist_item (workflow, checklist, item, position, text, per_text, permission)
                    SELECT version, given.* FROM editorial.workflow, (VALUES
                        ('standards', 'names', 1, 'All names are spelt as their bearers spell them.', true, NULL),
                        ('standards', 'sources', 2, 'Two sources.', false, NULL),
                        ('risk', 'lawyer', 1, 'A lawyer has seen it.', true, 'approval.legal')) AS given;
                    INSERT INTO editorial.policy_checklist (workflow, risk, checklist)
                    SELECT version, given.* FROM editorial.workflow, (VALUES (NULL, 'standards'), ('legal', 'risk'))
                        AS given;
                    """)
            }
            try await body(desk)
        }
    }

    private func tick(
        _ desk: Desk, _ id: ID<Article>, _ item: String, _ isTicked: Bool = true, as name: String = "copy",
        revision: Int? = nil
    ) async throws -> Checklist.Item {
        try await desk.act(name) { db, actor in
            try TickChecklist(id, item, isTicked: isTicked, revision: revision, by: actor).perform(db)
        }
    }

    private func ticked(_ desk: Desk, _ id: ID<Article>) async throws -> [String] {
        try await desk.act("chief") { db, actor in
            try Checklist.show(db, id, for: actor).filter(\.isTicked).map(\.name)
        }
    }

    @Test func anItemThatIsNotTickedKeepsTheTextIn() async throws {
        try await withLists { desk in
            let id = try await desk.inReview()
            #expect(try await desk.blocks(id).contains("release_checklist"))
            #expect(try await tick(desk, id, "names").by == Desk.address("copy"))
            #expect(try await desk.blocks(id).contains("release_checklist"))
            _ = try await tick(desk, id, "standards/sources")
            #expect(try await desk.blocks(id).contains("release_checklist") == false)
            #expect(try await tick(desk, id, "names", false).isTicked == false)
            #expect(try await desk.blocks(id).contains("release_checklist"))
        }
    }

    @Test func aTickOfTheTextIsLostWithAnEditAndOneOfTheArticleIsNot() async throws {
        try await withLists { desk in
            let id = try await desk.inReview()
            _ = try await tick(desk, id, "names")
            _ = try await tick(desk, id, "sources")
            try await desk.save(id, body: "Other.\n")
            #expect(try await ticked(desk, id) == ["sources"])
            #expect(
                await refusal { try await tick(desk, id, "names", revision: 1) }
                    == .staleApproval(id, revision: 1, current: 2))
        }
    }

    @Test func aTickWrittenPastTheProgramIsFoundByTheAudit() async throws {
        try await withLists { desk in
            let id = try await desk.inReview()
            _ = try await tick(desk, id, "names")
            _ = try await tick(desk, id, "names", false)
            #expect(try await desk.test.app.read { db in try Unaudited.find(db) } == [])
            try await desk.test.app.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.checklist_tick \
                    (article_id, revision, hash, workflow, checklist, item, ticked, account_id) \
                    SELECT article_id, revision, hash, workflow, checklist, item, true, account_id \
                    FROM editorial.checklist_tick WHERE ticked
                    """)
            }
            let found = try await desk.test.app.read { db in try Unaudited.find(db) }
            #expect(found.map(\.kind) == [.tick])
        }
    }

    @Test func tickingTwiceIsTickingOnce() async throws {
        try await withLists { desk in
            let id = try await desk.inReview()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await tick(desk, id, "names") } }
                try await group.waitForAll()
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.checklist_tick") == 1)
            #expect(try await desk.count("SELECT count(*) FROM journal.audit WHERE action = 'checklist.ticked'") == 1)
        }
    }

    @Test func anItemForLawyersIsTickedByThemOnly() async throws {
        try await withLists { desk in
            let id = try await desk.inReview()
            #expect(
                await refusal { try await tick(desk, id, "lawyer", as: "legal") }
                    == .itemUnknown(id, "lawyer", known: ["standards/names", "standards/sources"]))
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.article SET risks = '{legal}' WHERE id = \(id)")
            }
            await #expect(throws: AccessError.self) { try await tick(desk, id, "lawyer", as: "editor") }
            let editor = try await desk.act("editor") { _, actor in actor.account }
            let forged = await denied {
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO editorial.checklist_tick \
                        (article_id, revision, hash, workflow, checklist, item, ticked, account_id) \
                        SELECT r.article_id, r.number, r.hash, a.workflow, 'risk', 'lawyer', true, \(editor) \
                        FROM editorial.revision r JOIN editorial.article a ON a.id = r.article_id
                        """)
                }
            }
            #expect(forged.rule == "checklist_tick_permitted")
            _ = try await tick(desk, id, "lawyer", as: "legal")
            #expect(try await ticked(desk, id) == ["lawyer"])
        }
    }

    @Test func whoMayNotReadOrTickDoesNot() async throws {
        try await withLists { desk in
            let id = try await desk.inReview()
            #expect(await refusal { try await tick(desk, id, "names", as: "fundraiser") } == .articleUnknown("\(id)"))
            await #expect(throws: AccessError.self) { try await tick(desk, id, "names", as: "admin") }
            await #expect(throws: AccessError.self) { try await tick(desk, id, "names", as: "bookeditor") }
        }
    }
}
