import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct CommentTests {
    @Test func aCommentStaysWithItsPassageThroughEditsAndIsNeverLost() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "It stood there.\n\nIt broke in 1911.\n", base: nil)
            let comment = try await desk.comment(id, "broke in 1911", "Who says so?")
            #expect(comment.quotation?.quote == "broke in 1911")
            #expect(comment.quotation?.before == "It stood there.\n\nIt ")
            #expect(comment.quotation?.after == ".\n")

            try await desk.save(id, body: "New.\n\nIt stood there.\n\nThen it broke in 1911.\n")
            var line = try await desk.comments(id)[0]
            #expect(line.place?.state == .kept)
            #expect(line.place?.line == 5)
            #expect(line.revision == 2)

            try await desk.save(id, body: "New.\n\nIt stood there.\n")
            line = try await desk.comments(id)[0]
            #expect(line.place?.state == .orphaned)
            #expect(line.comment.quotation?.quote == "broke in 1911")
            #expect(line.comment.text == "Who says so?")
            // Put back, it is there again; and an earlier text shows it where it was.
            #expect(try await desk.comments(id, revision: 2)[0].place?.line == 5)
            try await desk.save(id, body: "It broke in 1911.\n")
            #expect(try await desk.comments(id)[0].place?.state == .kept)
        }
    }

    @Test func aPassageThatIsThereSeveralTimesHasToBeNamed() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "the dam\nand\nthe dam\n", base: nil)
            #expect(
                await refusal { try await desk.comment(id, "the dam", "?") } == .quoteAmbiguous(.body, lines: [1, 3]))
            #expect(await refusal { try await desk.comment(id, "the levee", "?") } == .quoteMissing(.body, revision: 1))
            #expect(
                await refusal { try await desk.comment(id, "the dam", "?", occurrence: 3) }
                    == .occurrenceUnknown(3, of: 2))
            #expect(
                await refusal { try await desk.comment(id, "the dam", "?", occurrence: 0) }
                    == .occurrenceUnknown(0, of: 2))
            _ = try await desk.comment(id, "the dam", "?", occurrence: 2)
            #expect(try await desk.comments(id)[0].place?.line == 3)
            #expect(try await desk.count("SELECT count(*) FROM editorial.comment") == 1)
        }
    }

    @Test func repliesResolvingAndReopeningAreKeptWithWhoAndWhen() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let comment = try await desk.comment(id, nil, "Too long.")
            let reply = try await desk.act("writer") { db, actor in
                try ReplyComment(to: comment.id, text: "Shorter now.", by: actor).perform(db)
            }
            #expect(reply.thread == comment.id)
            // A reply to a reply belongs to the same thread.
            let second = try await desk.act("copy") { db, actor in
                try ReplyComment(to: reply.id, text: "Good.", by: actor).perform(db)
            }
            #expect(second.thread == comment.id)
            let resolved = try await desk.mark(reply.id, .resolved, as: "writer")
            #expect(resolved.id == comment.id)
            #expect(resolved.resolvedBy == Desk.address("writer"))
            #expect(
                await refusal { try await desk.mark(comment.id, .resolved, as: "copy") }
                    == .commentMarked(comment.id, isOpen: false, by: Desk.address("writer")))
            #expect(try await desk.comments(id, openOnly: true).isEmpty)
            #expect(try await desk.mark(comment.id, .reopened, as: "copy").isOpen)
            #expect(try await desk.comments(id, openOnly: true).map(\.comment.id) == [comment.id, reply.id, second.id])
            #expect(try await desk.count("SELECT count(*) FROM editorial.comment_mark") == 2)
        }
    }

    @Test func onlyItsMakerOrAReviewerResolvesABlockingComment() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let comment = try await desk.comment(id, "stood there", "Not proven.", isBlocking: true)
            await #expect(throws: AccessError.self) { try await desk.mark(comment.id, .resolved, as: "writer") }
            // The same in SQL, past the program.
            let writer = try await desk.act("writer") { _, actor in actor.account }
            let refused = await denied {
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO editorial.comment_mark (comment_id, mark, account_id) \
                        VALUES (\(comment.id), 'resolved', \(writer))
                        """)
                }
            }
            #expect(refused.rule == "comment_mark_permitted")
            #expect(try await desk.blocks(id).contains("release_comments"))
            _ = try await desk.mark(comment.id, .resolved, as: "editor")
            #expect(try await desk.blocks(id).contains("release_comments") == false)
        }
    }

    @Test func aWriterHoldsUpNothingUnlessAsked() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            await #expect(throws: AccessError.self) {
                try await desk.comment(id, "stood", "No.", isBlocking: true, as: "colleague")
            }
            _ = try await desk.ask(id, ["colleague@example.org"], [.fact])
            _ = try await desk.comment(id, "stood", "No.", isBlocking: true, as: "colleague")
        }
    }

    @Test func whoMayNotReadAnArticleLearnsNothingOfItsComments() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let comment = try await desk.comment(id, "stood there", "?")
            for name in ["fundraiser", "freelance"] {
                #expect(await refusal { try await desk.comments(id, as: name) } == .articleUnknown("\(id)"))
                #expect(
                    await refusal { try await desk.mark(comment.id, .resolved, as: name) }
                        == .commentUnknown(comment.id))
                #expect(
                    await refusal {
                        try await desk.act(name) { db, actor in
                            try ReplyComment(to: comment.id, text: "x", by: actor).perform(db)
                        }
                    } == .commentUnknown(comment.id))
            }
        }
    }

    @Test(arguments: ["", " \n", "a\0b", String(repeating: "x", count: 10_001)])
    func whatCannotBeAComment(_ text: String) async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            guard case .contentRefused("comment", _)? = await refusal({ try await desk.comment(id, nil, text) }) else {
                Issue.record("it was taken")
                return
            }
        }
    }

    @Test func theAppRoleNeitherChangesNorTakesAwayWhatWasSaid() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            _ = try await desk.comment(id, "stood there", "?", isBlocking: true)
            for statement in [
                "UPDATE editorial.comment SET blocking = false", "DELETE FROM editorial.comment",
                "DELETE FROM editorial.comment_mark", "DELETE FROM editorial.review_response",
                "DELETE FROM editorial.checklist_tick", "DELETE FROM editorial.signoff_event",
                "UPDATE editorial.signoff SET expires_at = 'infinity'", "SELECT token_hash FROM editorial.signoff",
                "INSERT INTO editorial.checklist VALUES (1, 'x')", "DELETE FROM editorial.policy_checklist",
                "DELETE FROM editorial.review_end",
            ] {
                let refused = await denied { try await desk.test.app.transaction { try $0.script(statement) } }
                #expect(refused.state == "42501", "\(statement)")
            }
        }
    }
}

extension Desk {
    func comment(
        _ id: ID<Article>, _ quote: String?, _ text: String, occurrence: Int? = nil, isBlocking: Bool = false,
        as name: String = "copy"
    ) async throws -> Editorial.Comment {
        try await act(name) { db, actor in
            try AddComment(
                id, on: quote.map { .init($0, occurrence: occurrence) }, text: text, isBlocking: isBlocking, by: actor
            ).perform(db)
        }
    }

    func comments(
        _ id: ID<Article>, openOnly: Bool = false, revision: Int? = nil, as name: String = "chief"
    ) async throws -> [Comments.Line] {
        try await act(name) { db, actor in
            try Comments.list(db, id, openOnly: openOnly, revision: revision, for: actor)
        }
    }

    func mark(_ id: ID<Editorial.Comment>, _ mark: MarkComment.Mark, as name: String) async throws -> Editorial.Comment
    {
        try await act(name) { db, actor in try MarkComment(id, mark, by: actor).perform(db) }
    }

    @discardableResult
    func ask(
        _ id: ID<Article>, _ reviewers: [String], _ kinds: [ApprovalKind], as name: String = "editor"
    ) async throws -> [ReviewRequest] {
        try await act(name) { db, actor in
            try RequestReview(id, from: try reviewers.map(Reviewer.init), kinds: kinds, by: actor).perform(db)
        }
    }

    func answer(
        _ id: ID<Article>, _ verdict: Verdict, kind: ApprovalKind? = nil, comment: String? = nil, as name: String
    ) async throws -> ReviewResponse {
        try await act(name) { db, actor in
            try RespondReview(id, kind: kind, verdict: verdict, comment: comment, by: actor).perform(db)
        }
    }

    /// The rules that keep the current text in.
    func blocks(_ id: ID<Article>) async throws -> [String] {
        try await test.app.read { db in
            try db.rows(
                """
                SELECT b.rule FROM editorial.article a, editorial.blocks(a.id, a.head) b WHERE a.id = \(id)
                """
            ) { try $0.next(String.self) }
        }
    }
}
