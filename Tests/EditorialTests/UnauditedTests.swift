import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct UnauditedTests {
    @Test func anApprovalWrittenPastTheProgramIsFoundByTheAudit() async throws {
        try await withDesk { desk in
            let sound = try await desk.published()
            #expect(try await desk.test.app.read { db in try Unaudited.find(db) } == [])
            let id = try await desk.inReview("Another")
            // In psql, as the role the program works as, in the name of somebody who may.
            try await desk.test.app.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                    SELECT r.article_id, r.number, r.hash, 'edit', a.id FROM editorial.revision r, access.account a \
                    WHERE r.article_id = \(id) AND a.email = 'deputy@example.org'
                    """)
                try db.run(
                    """
                    INSERT INTO editorial.override (article_id, revision, hash, reason, account_id) \
                    SELECT r.article_id, r.number, r.hash, 'as the chief would', a.id \
                    FROM editorial.revision r, access.account a \
                    WHERE r.article_id = \(id) AND a.email = 'chief@example.org'
                    """)
            }
            try await desk.test.app.transaction { db in
                try db.run("UPDATE editorial.article SET status = 'approved' WHERE id = \(id)")
            }
            try await PolicyTests.releaseBySQL(desk, id)
            let found = try await desk.test.app.read { db in try Unaudited.find(db) }
            #expect(found.map(\.kind) == [.approval, .override, .release])
            #expect(found.allSatisfy { $0.article == id && $0.article != sound })
        }
    }

    @Test func whatKeepsATextInIsFoundWhenItWasChangedPastTheProgram() async throws {
        try await withDesk { desk in
            // All of it by the program first: nothing to find.
            let sound = try await desk.published()
            let id = try await desk.inReview("Another", slug: "another")
            for article in [sound, id] {
                try await desk.act("chief") { db, actor in
                    _ = try FlagArticle(article, risks: [.sources], by: actor).perform(db)
                    _ = try MoveArticle(article, to: nil, kind: .analysis, by: actor).perform(db)
                }
            }
            let note = try await desk.comment(id, nil, "Who says so?", as: "editor").id
            _ = try await desk.mark(note, .resolved, as: "editor")
            try await desk.act("chief") { db, actor in
                _ = try EmbargoArticle(id, until: Desk.wall("2099-01-01 06:00"), by: actor).perform(db)
            }
            #expect(try await desk.test.app.read { db in try Unaudited.find(db) } == [])

            // In psql, as the role the program works as.
            let forgeries: [(Unaudited.Kind, SQL)] = [
                (.risks, "UPDATE editorial.article SET risks = '{}' WHERE id = \(id)"),
                (.place, "UPDATE editorial.article SET kind = 'opinion' WHERE id = \(id)"),
                (
                    .embargo,
                    """
                    INSERT INTO editorial.embargo (article_id, reason, account_id) \
                    SELECT \(id), 'lifted', a.id FROM access.account a WHERE a.email = 'chief@example.org'
                    """
                ),
                (
                    .mark,
                    """
                    INSERT INTO editorial.comment_mark (comment_id, mark, account_id) \
                    SELECT \(note), 'reopened', a.id FROM access.account a WHERE a.email = 'editor@example.org'
                    """
                ),
            ]
            var expected: Set<Unaudited.Kind> = []
            for (kind, forgery) in forgeries {
                try await desk.test.app.transaction { db in try db.run(forgery) }
                expected.insert(kind)
                let found = try await desk.test.app.read { db in try Unaudited.find(db) }
                #expect(Set(found.map(\.kind)) == expected)
                #expect(found.allSatisfy { $0.article == id })
            }
        }
    }

    @Test func aScheduleMovedPastTheProgramIsFound() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            let schedule = try await desk.schedule(id)
            try await desk.act("publisher") { db, actor in
                _ = try ChangeSchedule(schedule.id, .move(to: Desk.wall("2099-02-02 07:00")), by: actor).perform(db)
            }
            #expect(try await desk.test.app.read { db in try Unaudited.find(db) } == [])
            try await desk.test.app.transaction { db in
                try db.run(
                    """
                    UPDATE editorial.schedule SET due_local = '2099-02-02T06:00:00', due_at = due_at - interval '1 hour' \
                    WHERE id = \(schedule.id)
                    """)
            }
            let found = try await desk.test.app.read { db in try Unaudited.find(db) }
            #expect(found.map(\.kind) == [.schedule])
            #expect(found.map(\.id) == [schedule.id.rawValue])
        }
    }

    @Test func anEntryWithoutItsRowIsFoundToo() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.test.owner.transaction { db in
                try db.run("DELETE FROM editorial.approval WHERE kind = 'edit' AND article_id = \(id)")
            }
            let found = try await desk.test.app.read { db in try Unaudited.find(db) }
            #expect(found.map(\.kind) == [.entry])
        }
    }
}
