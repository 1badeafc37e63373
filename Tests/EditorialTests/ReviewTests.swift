import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct ReviewTests {
    @Test func theLastWantedApprovalMovesToApproved() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let approval = try await desk.approve(id)
            #expect(approval.status == .approved)
            #expect(approval.missing == [])
            #expect(try await desk.article(id).status == .approved)
        }
    }

    @Test func anotherKindOfApprovalIsNotTheOneThatIsWanted() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let approval = try await desk.approve(id, as: "copy", .copy)
            #expect(approval.status == .inReview)
            #expect(approval.missing == [.edit])
        }
    }

    @Test func whoSavedTheTextCannotApproveIt() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.migrate(id, to: 1)
            try await desk.save(id, as: "editor", body: "It stood there, once.", base: .revision(1))
            #expect(await refusal { try await desk.approve(id) } == .ownApproval(id, revision: 2))
            try await desk.approve(id, as: "chief")
        }
    }

    @Test func whoIsBylinedCannotApproveHoweverTheLinkIsKnown() async throws {
        try await withDesk { desk in
            // By account, by e-mail that a contributor had before the account, and by a link made afterwards.
            _ = try await desk.act("admin") { db, actor in
                _ = try AddContributor(
                    name: "Ed Linked", kind: .staff, account: Desk.address("editor"), by: actor
                ).perform(db)
                _ = try AddContributor(
                    name: "De Puty", email: Desk.address("deputy"), kind: .staff, by: actor
                ).perform(db)
                _ = try AddContributor(
                    name: "Chi Ef", email: Desk.address("CHIEF"), kind: .outside, by: actor
                ).perform(db)
            }
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.contributor SET account_id = NULL WHERE slug = 'chi-ef'")
            }
            let id = try await desk.pitch()
            try await desk.migrate(id, to: 1)
            try await desk.save(
                id, body: "x", bylines: ["ed-linked", "de-puty:with", "chi-ef:photographer"], base: nil)
            try await desk.submit(id)
            for name in ["editor", "deputy", "chief"] {
                #expect(await refusal { try await desk.approve(id, as: name) } == .ownApproval(id, revision: 1))
            }
            try await desk.approve(id, as: "publisher")
        }
    }

    @Test func unlinkingAnAccountDoesNotFreeItToApprove() async throws {
        try await withDesk { desk in
            _ = try await desk.act("admin") { db, actor in
                try AddContributor(name: "Ed Linked", kind: .staff, account: Desk.address("editor"), by: actor)
                    .perform(db)
            }
            let id = try await desk.pitch()
            try await desk.migrate(id, to: 1)
            try await desk.save(id, body: "x", bylines: ["ed-linked"], base: nil)
            try await desk.submit(id)
            try await desk.test.app.transaction { db in
                try db.run("UPDATE editorial.contributor SET account_id = NULL WHERE slug = 'ed-linked'")
            }
            #expect(await refusal { try await desk.approve(id) } == .ownApproval(id, revision: 1))
        }
    }

    @Test func onlyAnAuthorGivesTheAuthorsApproval() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            #expect(
                await refusal { try await desk.approve(id, as: "chief", .author) } == .notTheAuthor(id, revision: 1))
            try await desk.approve(id, as: "writer", .author)
        }
    }

    @Test func aContributorsAddressChangedAfterwardsMakesNobodyItsAuthor() async throws {
        try await withDesk { desk in
            _ = try await desk.act("admin") { db, actor in
                try AddContributor(name: "Outside Author", kind: .outside, by: actor).perform(db)
            }
            let id = try await desk.pitch()
            try await desk.save(id, as: "editor", body: "Ours.", bylines: ["outside-author"], base: nil)
            try await desk.submit(id, as: "editor")
            try await desk.act("admin") { db, actor in
                var change = EditContributor.Change()
                change.email = Desk.address("admin")
                _ = try EditContributor(Desk.slug("outside-author"), change, by: actor).perform(db)
            }
            #expect(
                await refusal { try await desk.approve(id, as: "admin", .author) } == .notTheAuthor(id, revision: 1))
            let forged = await denied {
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                        SELECT r.article_id, 1, r.hash, 'author', a.id FROM editorial.revision r, access.account a \
                        WHERE a.email = 'admin@example.org'
                        """)
                }
            }
            #expect(forged.rule == "approval_by_author")
            #expect(
                try await desk.count(
                    """
                    SELECT count(*) FROM journal.audit WHERE action = 'contributor.edited' \
                    AND facts -> 'changed' ->> 0 = 'email'
                    """) == 1)
        }
    }

    @Test func anApprovalOfAnOlderTextIsRefused() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.save(id, body: "Changed.", base: .revision(1))
            #expect(
                await refusal { try await desk.approve(id, revision: 1) } == .staleApproval(id, revision: 1, current: 2)
            )
            #expect(
                await refusal { try await desk.approve(id, revision: 3) } == .revisionUnknown(id, number: 3))
        }
    }

    @Test func aDraftThatWasNotHandedInCannotBeApproved() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            #expect(await refusal { try await desk.approve(id) } == .nothingSaved(id))
            try await desk.save(id, body: "x", base: nil)
            #expect(
                await refusal { try await desk.approve(id) }
                    == .wrongState(id, .drafting, needs: [.inReview, .approved]))
        }
    }

    @Test func savingAnApprovedTextMakesItADraftAgain() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            try await desk.save(id, body: "Changed.", base: .revision(1))
            #expect(try await desk.article(id).status == .drafting)
        }
    }

    @Test func theSamePersonTwiceCountsOnce() async throws {
        try await withDesk { desk in
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.policy SET needed = 2 WHERE approval_kind = 'edit'")
            }
            let id = try await desk.inReview()
            let first = try await desk.approve(id)
            let second = try await desk.approve(id)
            #expect(first.id == second.id)
            #expect(second.status == .inReview)
            #expect(second.missing == [.edit])
            #expect(try await desk.approve(id, as: "chief").status == .approved)
        }
    }

    @Test func aHundredApprovalsAtOnceFinishOnce() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    let name = ["editor", "chief", "deputy", "publisher"][number % 4]
                    group.addTask { try await desk.approve(id, as: name) }
                }
                try await group.waitForAll()
            }
            #expect(try await desk.article(id).status == .approved)
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind = 'edit'") == 4)
            #expect(
                try await desk.count("SELECT count(*) FROM journal.audit WHERE action = 'article.approved'") == 1)
            // The author's, by handing in, and one each of the four.
            #expect(try await desk.count("SELECT count(*) FROM journal.audit WHERE action = 'approval.given'") == 5)
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'article.approved'") == 1)
        }
    }

    @Test func askingForChangesMakesADraftOfIt() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let request = try await desk.act("writer") { db, actor in
                try RequestReview(id, from: Desk.address("editor"), kind: .edit, by: actor).perform(db)[0]
            }
            #expect(request.revision == 1)
            let response = try await desk.act("editor") { db, actor in
                try RespondReview(id, verdict: .changes, comment: "One source more.", by: actor).perform(db)
            }
            #expect(response.status == .drafting)
            #expect(try await desk.article(id).status == .drafting)
            #expect(
                try await desk.count("SELECT count(*) FROM editorial.review_response WHERE request_id = \(request.id)")
                    == 1)
        }
    }

    @Test(arguments: ["editor", "deputy"])
    func askingForChangesTakesEveryYesToThatTextBackUntilItIsSaidAgain(_ name: String) async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            #expect(try await desk.approve(id, as: "editor").status == .approved)
            _ = try await desk.act(name) { db, actor in
                try RespondReview(id, kind: .edit, verdict: .changes, comment: "The number is wrong.", by: actor)
                    .perform(db)
            }
            // Handed in again as it is.
            try await desk.submit(id)
            #expect(try await desk.article(id).status == .inReview)
            guard case .notApproved = await refusal({ try await desk.publish(id) }) else {
                Issue.record("it went out")
                return
            }
            let why = try await desk.act("writer") { db, actor in try Why.find(db, id, for: actor) }
            #expect(why.doubts.map(\.fault) == [.takenBack])
            #expect(try await desk.approve(id, as: "editor").status == .approved)
            try await desk.publish(id)
            #expect(
                try await desk.count(
                    "SELECT count(*) FROM editorial.approval WHERE kind = 'edit' AND article_id = \(id)") == 1)
        }
    }

    @Test func aCommentChangesNoState() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let response = try await desk.act("editor") { db, actor in
                try RespondReview(id, verdict: .comment, comment: "Good.", by: actor).perform(db)
            }
            #expect(response.status == .inReview)
        }
    }

    @Test func whoWasAskedMayAnswerWithoutAnyOtherRight() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            await #expect(throws: AccessError.self) {
                try await desk.act("colleague") { db, actor in
                    try RespondReview(id, verdict: .comment, comment: "!", by: actor).perform(db)
                }
            }
            _ = try await desk.act("writer") { db, actor in
                try RequestReview(id, from: Desk.address("colleague"), kind: .fact, by: actor).perform(db)
            }
            _ = try await desk.act("colleague") { db, actor in
                try RespondReview(id, verdict: .comment, comment: "!", by: actor).perform(db)
            }
        }
    }

    @Test func aDeadlineThatIsNoTimeOrTwoTimesIsRefused() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let zone = try Zone.named("America/New_York")
            @Sendable func request(_ wall: String) async throws -> ReviewRequest {
                try await desk.act("writer") { db, actor in
                    try RequestReview(
                        id, from: Desk.address("editor"), kind: .edit, due: .init(try LocalDateTime(wall), in: zone),
                        by: actor
                    ).perform(db)[0]
                }
            }
            guard case .dueNonexistent? = await refusal({ try await request("2026-03-08 02:30") }) else {
                Issue.record("the hour that is left out was taken")
                return
            }
            guard
                case .dueAmbiguous(_, _, let earlier, let later)? = await refusal({
                    try await request("2026-11-01 01:30")
                })
            else {
                Issue.record("the hour that comes twice was taken")
                return
            }
            #expect(later.seconds - earlier.seconds == 3_600)
            #expect(try await desk.count("SELECT count(*) FROM editorial.review_request") == 0)
            let due = try await request("2026-12-01 17:00").due
            #expect(due == (try Timestamp(iso8601: "2026-12-01T17:00:00-05:00")))
        }
    }

    @Test func anEditorOfOneSectionAddsContributorsForAll() async throws {
        try await withDesk { desk in
            let added = try await desk.act("editor") { db, actor in
                try AddContributor(name: "Jo Outside", kind: .outside, by: actor).perform(db)
            }
            #expect(added.slug.text == "jo-outside")
            await #expect(throws: AccessError.self) {
                try await desk.act("writer") { db, actor in
                    try AddContributor(name: "Jo Other", kind: .outside, by: actor).perform(db)
                }
            }
            #expect(
                await refusal {
                    try await desk.act("editor") { db, actor in
                        try AddContributor(name: "Jo Outside", kind: .staff, by: actor).perform(db)
                    }
                } == .contributorExists(added.slug))
        }
    }

    @Test func anEditorOfOneSectionCannotActInAnother() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            for act in Desk.acts(on: id) {
                await #expect(throws: AccessError.self, "\(act.name)") {
                    try await desk.act("bookeditor") { db, actor in try act.perform(db, actor) }
                }
            }
            // Moved, the article is his, and not the other's any more.
            _ = try await desk.act("chief") { db, actor in
                try MoveArticle(id, to: Desk.slug("books"), kind: nil, by: actor).perform(db)
            }
            for act in Desk.acts(on: id) {
                await #expect(throws: AccessError.self, "\(act.name)") {
                    try await desk.act("editor") { db, actor in try act.perform(db, actor) }
                }
            }
            try await desk.approve(id, as: "bookeditor")
        }
    }
}

extension Desk {
    struct Act: Sendable {
        let name: String
        let perform: @Sendable (Connection, Actor) throws -> Void
    }

    /// What a section editor may do to an article of his section.
    static func acts(on id: ID<Article>) -> [Act] {
        [
            Act(name: "assign") { db, actor in
                _ = try AssignArticle(id, to: Desk.address("writer"), by: actor).perform(db)
            },
            Act(name: "move") { db, actor in
                _ = try MoveArticle(id, to: nil, kind: .opinion, by: actor).perform(db)
            },
            Act(name: "save") { db, actor in
                _ = try SaveRevision(id, .init(body: "x"), base: .latest, by: actor).perform(db)
            },
            Act(name: "submit") { db, actor in _ = try SubmitArticle(id, by: actor).perform(db) },
            Act(name: "request") { db, actor in
                _ = try RequestReview(id, from: Desk.address("copy"), kind: .copy, by: actor).perform(db)
            },
            Act(name: "respond") { db, actor in
                _ = try RespondReview(id, verdict: .comment, comment: "x", by: actor).perform(db)
            },
            Act(name: "approve") { db, actor in _ = try GiveApproval(id, .edit, by: actor).perform(db) },
        ]
    }
}
