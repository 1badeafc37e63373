import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct ReviewGateTests {
    /// One way to hold a text up and to let it go again.
    private enum Hold: String, CaseIterable {
        case comment, checklist

        var rule: String { self == .comment ? "release_comments" : "release_checklist" }
    }

    private func hold(_ desk: Desk, _ id: ID<Article>, _ hold: Hold) async throws -> @Sendable () async throws -> Void {
        switch hold {
        case .comment:
            let comment = try await desk.comment(id, nil, "Not yet.", isBlocking: true).id
            return { _ = try await desk.mark(comment, .resolved, as: "copy") }
        case .checklist:
            try await desk.test.owner.transaction { db in
                try db.script(
                    """
                    INSERT INTO editorial.checklist (workflow, name)
                    SELECT version, 'gate' FROM editorial.workflow ON CONFLICT DO NOTHING;
                    INSERT INTO editorial.checklist_item (workflow, checklist, item, position, text)
                    SELECT version, 'gate', 'names', 1, 'Names.' FROM editorial.workflow ON CONFLICT DO NOTHING;
                    INSERT INTO editorial.policy_checklist (workflow, checklist)
                    SELECT version, 'gate' FROM editorial.workflow;
                    """)
            }
            return {
                _ = try await desk.act("copy") { db, actor in try TickChecklist(id, "names", by: actor).perform(db) }
            }
        }
    }

    private func expectBlocked(
        _ hold: Hold, _ what: String, _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let error = await refusal(body, sourceLocation: sourceLocation)
        guard case .blocked(_, hold.rule, _) = error else {
            Issue.record("\(what): \(String(describing: error))", sourceLocation: sourceLocation)
            return
        }
    }

    @Test(arguments: ["comment", "checklist"])
    func checklistsAndBlockingCommentsGatePublishScheduleAndUpdateAlike(_ name: String) async throws {
        let way = try #require(Hold(rawValue: name))
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            var release = try await hold(desk, id, way)
            await expectBlocked(way, "publish") { try await desk.publish(id) }
            await expectBlocked(way, "schedule") { _ = try await desk.schedule(id) }
            // In SQL, past the program.
            let publisher = try await desk.act("publisher") { _, actor in actor.account }
            let forged = await denied {
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                        SELECT article_id, number, hash, 'first', 'x', '/x', '', \(publisher) FROM editorial.revision
                        """)
                }
            }
            #expect(forged.rule == way.rule)
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 0)
            try await release()
            try await desk.publish(id)

            try await desk.save(id, body: "It fell.\n")
            try await desk.submit(id)
            try await desk.approve(id)
            if way == .comment { release = try await hold(desk, id, way) }
            await expectBlocked(way, "update") { try await desk.publish(id) }
            try await release()
            try await desk.publish(id)
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 2)
        }
    }

    @Test func aScheduleFailsVisiblyForABlockingCommentMadeAfterIt() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            _ = try await desk.schedule(id)
            _ = try await desk.comment(id, nil, "Stop.", isBlocking: true, as: "legal")
            try await desk.letTimeCome()
            #expect(try await desk.work().compactMap(\.refusal).count == 1)
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 0)
            #expect(try await desk.article(id).status == .scheduleFailed)
        }
    }

    @Test func anOverrideNamesItsReasonAndLetsOutWhatAChecklistHolds() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            _ = try await hold(desk, id, .checklist)
            let chief = try await desk.act("chief") { _, actor in actor.account }
            try await desk.test.app.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.override (article_id, revision, hash, reason, account_id) \
                    SELECT article_id, number, hash, 'The house is burning.', \(chief) FROM editorial.revision
                    """)
            }
            try await desk.publish(id)
        }
    }
}
