import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct ReviewRoundTests {
    private func list(
        _ desk: Desk, _ name: String, _ change: @Sendable (inout Reviews) -> Void = { $0.isMine = true }
    ) async throws -> [ReviewRequest] {
        var reviews = Reviews()
        change(&reviews)
        return try await desk.act(name) { [reviews] db, actor in try reviews.list(db, for: actor, limit: 100) }
    }

    @Test func aRoleIsAskedForWhoeverHoldsItWhereTheArticleIs() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let asked = try await desk.ask(id, ["chief@example.org", "role:section-editor"], [.edit, .copy])
            #expect(
                asked.map(\.reviewer.text).sorted() == [
                    "chief@example.org", "chief@example.org", "role:section-editor", "role:section-editor",
                ])
            #expect(try await list(desk, "editor").map(\.kind) == [.edit, .copy])
            #expect(try await list(desk, "deputy").count == 2)
            // An editor of books isn't one of world.
            #expect(try await list(desk, "bookeditor").isEmpty)
            #expect(try await list(desk, "fundraiser").isEmpty)
            // One of them answers for the role.
            _ = try await desk.answer(id, .approve, kind: .edit, as: "deputy")
            #expect(try await list(desk, "editor").map(\.kind) == [.copy])
            #expect(try await list(desk, "chief").map(\.kind) == [.edit, .copy])
        }
    }

    @Test func nobodyIsAskedWhoCannotAnswer() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            #expect(
                await refusal { try await desk.ask(id, ["fundraiser@example.org"], [.copy]) }
                    == .reviewerCannotRead(Desk.address("fundraiser"), id))
            #expect(
                await refusal { try await desk.ask(id, ["role:fact"], [.fact]) }
                    == .roleEmpty(.fact, section: Desk.slug("world")))
            await #expect(throws: AccessError.unknownRole(Role(rawValue: "wizard"))) {
                try await desk.ask(id, ["role:wizard"], [.fact])
            }
            // All or none.
            await #expect(throws: AccessError.self) {
                try await desk.ask(id, ["copy@example.org", "nobody@example.org"], [.copy])
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.review_request") == 0)
        }
    }

    @Test func askingTwiceIsRefusedAndNamesTheFirst() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let first = try await desk.ask(id, ["copy@example.org", "copy@example.org"], [.copy, .copy])
            #expect(first.count == 1)
            #expect(
                await refusal { try await desk.ask(id, ["copy@example.org"], [.copy]) }
                    == .alreadyAsked(first[0].id, .account(Desk.address("copy")), .copy))
        }
    }

    @Test func aYesToAReviewIsTheApproval() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.ask(id, ["editor@example.org"], [.edit])
            let response = try await desk.answer(id, .approve, comment: "Good.", as: "editor")
            #expect(response.kind == .edit)
            #expect(response.status == .approved)
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind = 'edit'") == 1)
            // Said again, it is the same yes.
            #expect(try await desk.answer(id, .approve, kind: .edit, as: "editor").id == response.id)
            #expect(try await desk.count("SELECT count(*) FROM editorial.review_response") == 1)
        }
    }

    @Test func anApprovalAnswersWhatWasAsked() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.ask(id, ["editor@example.org", "role:section-editor"], [.edit])
            try await desk.approve(id)
            #expect(try await list(desk, "editor").isEmpty)
            let all = try await list(desk, "chief") { $0.isAll = true }
            #expect(all.map(\.state) == [.answered, .answered])
            #expect(all.compactMap { $0.end?.verdict } == [.approve, .approve])
        }
    }

    @Test func aRecommendationIsSeenAndCountsForNothing() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.ask(id, ["colleague@example.org"], [.edit])
            await #expect(throws: AccessError.self) { try await desk.answer(id, .approve, as: "colleague") }
            let response = try await desk.answer(id, .recommend, comment: "Ready.", as: "colleague")
            #expect(response.status == .inReview)
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind <> 'author'") == 0)
            #expect(try await desk.blocks(id).contains("release_approved"))
            let steps = try await desk.act("chief") { db, actor in try Reviews.show(db, id, for: actor) }
            guard case .request(let request)? = steps.last else {
                Issue.record("the request isn't shown")
                return
            }
            #expect(request.end?.verdict == .recommend)
            #expect(request.end?.comment == "Ready.")
        }
    }

    @Test func whatAnEarlierRoundAskedIsOutdatedNotLost() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.ask(id, ["copy@example.org", "editor@example.org"], [.copy])
            _ = try await desk.answer(id, .changes, kind: .copy, comment: "Shorter.", as: "editor")
            try await desk.save(id, body: "Short.\n")
            // Not handed in yet: the question is still about the text there is.
            #expect(try await list(desk, "copy").map(\.state) == [.open])
            try await desk.submit(id)
            #expect(try await list(desk, "copy").map(\.state) == [.outdated])
            try await desk.ask(id, ["copy@example.org"], [.copy])
            let mine = try await list(desk, "copy")
            #expect(mine.map(\.state) == [.open, .outdated])
            #expect(mine.map(\.round) == [2, 1])
            #expect(mine.map(\.revision) == [2, 1])
            #expect(mine.map(\.head) == [2, 2])
            let steps = try await desk.act("chief") { db, actor in try Reviews.show(db, id, for: actor) }
            let words = steps.map { step in
                switch step {
                case .round(let number, let revision, _): "round \(number) of \(revision)"
                case .request(let request): "\(request.reviewer.text) \(request.state.rawValue)"
                case .response: "unasked"
                }
            }
            #expect(
                words == [
                    "round 1 of 1", "copy@example.org outdated", "editor@example.org answered", "round 2 of 2",
                    "copy@example.org open",
                ])
        }
    }

    @Test func overdueIsFoundWhenItIsReadAndFirstComesWhatIsDueFirst() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            for (wall, kind) in [("2099-01-02 09:00", ApprovalKind.fact), ("2001-01-02 09:00", .copy)] {
                let due = Due(try LocalDateTime(wall), in: .utc)
                _ = try await desk.act("editor") { db, actor in
                    try RequestReview(id, from: Desk.address("chief"), kind: kind, due: due, by: actor).perform(db)
                }
            }
            try await desk.ask(id, ["chief@example.org"], [.edit])
            let mine = try await list(desk, "chief")
            #expect(mine.map(\.kind) == [.copy, .fact, .edit])
            #expect(mine.map(\.isOverdue) == [true, false, false])
            #expect(mine[0].daysLeft ?? 0 < -9_000 && mine[1].daysLeft ?? 0 > 20_000 && mine[2].daysLeft == nil)
            #expect(try await list(desk, "chief") { $0.isOverdue = true }.map(\.kind) == [.copy])
            _ = try await desk.answer(id, .approve, kind: .copy, as: "chief")
            #expect(try await list(desk, "chief") { $0.isOverdue = true }.isEmpty)
        }
    }

    @Test func anOffsetPicksOneOfTwoInstantsAndNoOther() async throws {
        let zone = try Zone.named("America/New_York")
        func instant(_ wall: String, _ offset: String?) throws -> String {
            let due = Due(try LocalDateTime(wall), in: zone, offset: try offset.map { try Due.offset($0) })
            return try due.instant().iso8601(in: .utc)
        }
        #expect(try instant("2026-11-01 01:30", "-04:00") == "2026-11-01T05:30:00+00:00")
        #expect(try instant("2026-11-01 01:30", "-05:00") == "2026-11-01T06:30:00+00:00")
        #expect(try instant("2026-03-08 02:30", "-05:00") == "2026-03-08T07:30:00+00:00")
        #expect(try instant("2026-03-08 02:30", "-04:00") == "2026-03-08T06:30:00+00:00")
        #expect(try instant("2026-12-01 17:00", "-05:00") == "2026-12-01T22:00:00+00:00")
        for (wall, offset) in [("2026-11-01 01:30", "+01:00"), ("2026-12-01 17:00", "-04:00")] {
            #expect(throws: EditorialError.self) { try instant(wall, offset) }
        }
        for text in ["", "5", "+5:00", "-05.00", "+24:00", "+01:60", "-0a:00"] {
            #expect(throws: ValueError.self) { try Due.offset(text) }
        }
    }

    @Test func severalKindsAskedOfOnePersonAreAnsweredByName() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.ask(id, ["chief@example.org"], [.copy, .edit])
            #expect(
                await refusal { try await desk.answer(id, .approve, as: "chief") }
                    == .severalRequests(id, [.edit, .copy]))
            #expect(await refusal { try await desk.answer(id, .approve, as: "editor") } == .kindNeeded(id))
            _ = try await desk.answer(id, .approve, kind: .copy, as: "chief")
            #expect(try await desk.answer(id, .approve, as: "chief").kind == .edit)
        }
    }

    @Test func theSameAnswerTwiceHasOneEffect() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.ask(id, ["editor@example.org"], [.edit])
            _ = try await desk.answer(id, .changes, comment: "More.", as: "editor")
            guard
                case .alreadyAnswered(id, .changes, _)? = await refusal({
                    try await desk.answer(id, .changes, comment: "More.", as: "editor")
                })
            else {
                Issue.record("it was taken twice")
                return
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.review_response") == 1)
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'review.responded'") == 1)
        }
    }

    @Test func ofAnAnswerAndAWithdrawalAtOnceOneWins() async throws {
        try await withDesk { desk in
            var wins = [0, 0]
            for _ in 0..<8 {
                let id = try await desk.inReview()
                let request = try await desk.ask(id, ["colleague@example.org"], [.fact])[0].id
                async let answered = outcome { try await desk.answer(id, .recommend, as: "colleague") }
                async let withdrawn = outcome {
                    try await desk.act("editor") { db, actor in try WithdrawReview(request, by: actor).perform(db) }
                }
                let outcomes = await [answered, withdrawn]
                #expect(outcomes.filter { $0 == nil }.count == 1, "\(outcomes)")
                for (place, error) in outcomes.enumerated() {
                    guard let error else {
                        wins[place] += 1
                        continue
                    }
                    guard case .requestEnded(request, _) = error else {
                        Issue.record("\(error)")
                        continue
                    }
                }
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.review_end") == 8)
            #expect(try await desk.count("SELECT count(*) FROM editorial.review_response") == wins[0])
        }
    }

    /// Nil when it went well.
    private func outcome<T>(_ body: () async throws -> T) async -> EditorialError? {
        do {
            _ = try await body()
            return nil
        } catch let error as EditorialError {
            return error
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    @Test func aHundredAnswersAtOnceAreOneOfEach() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.ask(id, ["role:section-editor", "role:publisher", "chief@example.org"], [.edit])
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    let name = ["editor", "chief", "deputy", "publisher"][number % 4]
                    group.addTask {
                        await #expect(throws: Never.self) {
                            _ = try await desk.answer(id, .approve, kind: .edit, as: name)
                        }
                    }
                }
            }
            #expect(try await desk.article(id).status == .approved)
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind <> 'author'") == 4)
            #expect(try await desk.count("SELECT count(*) FROM editorial.review_response") == 4)
            #expect(try await desk.count("SELECT count(*) FROM editorial.review_end") == 3)
            #expect(try await desk.count("SELECT count(*) FROM journal.audit WHERE action = 'article.approved'") == 1)
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'review.responded'") == 4)
        }
    }

    @Test func deactivatingAReviewerDeletesNoCommentApprovalOrAuditRow() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.ask(id, ["editor@example.org"], [.edit])
            _ = try await desk.comment(id, "stood there", "Since when?", isBlocking: true, as: "editor")
            _ = try await desk.answer(id, .approve, comment: "Good.", as: "editor")
            @Sendable func counts() async throws -> [Int] {
                try await desk.test.app.read { db in
                    try db.value(
                        """
                        SELECT ARRAY[(SELECT count(*) FROM editorial.comment), (SELECT count(*) FROM editorial.approval), \
                        (SELECT count(*) FROM editorial.review_response), \
                        (SELECT count(*) FROM editorial.review_end), (SELECT count(*) FROM editorial.review_request)]
                        """, as: [Int].self) ?? []
                }
            }
            let before = try await counts()
            #expect(before == [1, 2, 1, 1, 1])
            let audit = try await desk.count("SELECT count(*) FROM journal.audit")
            _ = try await desk.act("admin") { db, actor in
                try SuspendAccount(Desk.address("editor"), by: actor).perform(db)
            }
            #expect(try await counts() == before)
            #expect(try await desk.count("SELECT count(*) FROM journal.audit") == audit + 1)
            // What he said is still read, and his blocking comment still blocks until somebody else resolves it.
            let comment = try await desk.comments(id)[0].comment
            #expect(comment.by == Desk.address("editor"))
            #expect(try await desk.blocks(id).contains("release_comments"))
            _ = try await desk.mark(comment.id, .resolved, as: "chief")
            #expect(try await desk.blocks(id).contains("release_comments") == false)
            // He can't be asked any more.
            await #expect(throws: AccessError.suspended(Desk.address("editor"))) {
                try await desk.ask(id, ["editor@example.org"], [.copy])
            }
        }
    }

    @Test func aReminderGoesOutOnce() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let request = try await desk.ask(id, ["copy@example.org"], [.copy])[0].id
            @Sendable func remind() async throws {
                _ = try await desk.act("editor") { db, actor in try RemindReviewer(request, by: actor).perform(db) }
            }
            try await remind()
            guard case .remindedAlready(request, _)? = await refusal({ try await remind() }) else {
                Issue.record("it went out twice")
                return
            }
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'review.reminded'") == 1)
        }
    }

    @Test func whoMayNotReadAnArticleSeesNoRequestOfIt() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let request = try await desk.ask(id, ["copy@example.org"], [.copy])[0].id
            #expect(try await list(desk, "freelance") { $0.isAll = true }.isEmpty)
            #expect(try await list(desk, "fundraiser") { $0.isAll = true }.isEmpty)
            #expect(
                await refusal { try await list(desk, "freelance") { $0.article = id } } == .articleUnknown("\(id)"))
            #expect(
                await refusal {
                    try await desk.act("fundraiser") { db, actor in try WithdrawReview(request, by: actor).perform(db) }
                } == .requestUnknown(request))
        }
    }
}
