import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct EmbargoTests {
    @discardableResult
    private func embargo(
        _ desk: Desk, _ id: ID<Article>, as name: String = "publisher", until: String? = "2099-01-01 06:00",
        reason: String? = nil
    ) async throws -> Timestamp? {
        try await desk.act(name) { db, actor in
            try EmbargoArticle(id, until: until.map { Desk.wall($0) }, reason: reason, by: actor).perform(db)
        }
    }

    @Test func nothingPublishesAnEmbargoedTextNotEvenAnOverride() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            try await embargo(desk, id)
            let chief = try await desk.act("chief") { _, actor in actor.account }
            try await desk.test.app.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.override (article_id, revision, hash, reason, account_id) \
                    SELECT article_id, number, hash, 'It is urgent now.', \(chief) FROM editorial.revision
                    """)
            }
            let refused = await refusal { try await desk.publish(id) }
            guard case .blocked(_, "release_embargoed", _) = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            // A schedule for later than that may stand; one for before may not.
            #expect(await refusal { try await desk.schedule(id, at: "2098-12-31 23:59") } == .embargoOutlasts(id))
            try await desk.schedule(id, at: "2099-01-01 06:00")
            // Whoever fires it early by his own hands is told the same.
            try await desk.letTimeCome()
            #expect(try await desk.work().map(\.refusal) == ["release_embargoed"])
        }
    }

    @Test func liftingItEarlyTakesThePrivilegeAndAReason() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            try await embargo(desk, id, as: "editor")
            await #expect(throws: AccessError.self) { try await embargo(desk, id, until: nil, reason: "Now.") }
            await #expect(throws: AccessError.self) { try await embargo(desk, id, until: "2098-01-01 06:00") }
            #expect(await refusal { try await embargo(desk, id, as: "chief", until: nil) } == .wordsNeeded(id))
            // To a later time it may be put by whoever may set one.
            try await embargo(desk, id, as: "editor", until: "2099-02-01 06:00")
            let publisher = try await desk.act("publisher") { _, actor in actor.account }
            #expect(
                await denied {
                    try await desk.test.app.transaction { db in
                        try db.run(
                            """
                            INSERT INTO editorial.embargo (article_id, reason, account_id) \
                            VALUES (\(id), 'Because.', \(publisher))
                            """)
                    }
                }.rule == "embargo_permitted")
            try await embargo(desk, id, as: "chief", until: nil, reason: "The ministry published it.")
            try await desk.publish(id)
            #expect(await refusal { try await embargo(desk, id, until: nil) } == .notEmbargoed(id))
            #expect(await refusal { try await embargo(desk, id) } == .alreadyPublic(id))
        }
    }

    @Test func aTimeThatIsPastIsNoEmbargo() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            let wall = Desk.wall("2001-01-01 06:00")
            #expect(
                await refusal { try await embargo(desk, id, until: "2001-01-01 06:00") }
                    == .timePassed(wall.local, zone: "UTC"))
        }
    }

    /// The views themselves hide it, whatever put the row there.
    @Test func thePublicViewsCannotReturnAnEmbargoedRow() async throws {
        try await withDesk { desk in
            let id = try await desk.published("Xyzzytoken")
            #expect(try await desk.publicText().contains("xyzzytoken"))
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.article SET embargo_until = now() + '1 hour'::interval WHERE id = \(id)")
            }
            let relations = try await desk.publicRelations()
            for relation in relations where relation != "editorial.slug" {
                let rows = try await desk.publicColumn("SELECT v::text FROM \(SQL(stringLiteral: relation)) AS v")
                #expect(rows == [], "\(relation)")
            }
        }
    }
}
