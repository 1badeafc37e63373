import Access
import Editorial
import Journal
import Postgres
import TestDatabase
import Testing
import Values

struct SignOffTests {
    private static let hour: Int64 = 3_600

    private func link(
        _ desk: Desk, _ id: ID<Article>, kind: ApprovalKind = .author,
        for signer: SignOff.Signer = .contributor(Desk.slug("ann-example")), seconds: Int64 = 72 * hour,
        as name: String = "editor"
    ) async throws -> (id: ID<SignOff>, secret: TokenSecret) {
        let secret = TokenSecret.random()
        let link = try await desk.act(name) { db, actor in
            try CreateSignOff(secret, id, kind: kind, for: signer, until: .seconds(seconds), by: actor).perform(db)
        }
        return (link.id, secret)
    }

    private func use(
        _ desk: Desk, _ secret: TokenSecret, _ act: UseSignOff.Act = .give(comment: nil)
    ) async throws -> UseSignOff.Outcome {
        try await desk.test.app.transaction { db in
            try UseSignOff(secret, act, via: .web, systemUser: "test").perform(db)
        }
    }

    private func log(_ desk: Desk, _ id: ID<Article>) async throws -> [String] {
        try await desk.act("editor") { db, actor in
            try SignOff.log(db, id, for: actor).map { [$0.event, $0.reason].compactMap { $0 }.joined(separator: " ") }
        }
    }

    private static let lawyer = SignOff.Signer.outside(name: "Lee Lawyer", email: Desk.address("lee"))

    @Test func anAuthorWithoutAnAccountSignsTheVeryTextTheLinkIsBoundTo() async throws {
        try await withDesk { desk in
            let id = try await desk.guest()
            let secret = try await link(desk, id, for: .contributor(Desk.slug("gus-guest"))).secret
            guard case .shown(let bound) = try await use(desk, secret, .look) else {
                Issue.record("the text isn't shown")
                return
            }
            #expect(bound.revision.content.body == "By a guest.\n")
            #expect(bound.link.hash == bound.revision.hash)
            guard case .approved(_, let approval) = try await use(desk, secret, .give(comment: "Fine.")) else {
                Issue.record("the yes wasn't taken")
                return
            }
            #expect(approval.kind == .author && approval.revision == 1)
            let row = try await desk.test.app.read { db in
                try db.row("SELECT person, account_id IS NULL, hash FROM editorial.approval") { row in
                    (try row.next(String.self), try row.next(Bool.self), try row.next([UInt8].self))
                }
            }
            #expect(row?.0.hasPrefix("contributor:") == true && row?.1 == true && row?.2 == bound.link.hash)
            #expect(try await log(desk, id) == ["looked", "given"])
            let history = try await desk.act("chief") { db, actor in try History.list(db, id, for: actor) }
            #expect(history.filter { $0.kind == .approval }.map(\.who) == ["Gus Guest (by link)"])
            #expect(history.filter { $0.kind == .approval }.map(\.note) == ["Fine."])
        }
    }

    @Test func nobodyButABylinedAuthorGetsAnAuthorsLink() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            #expect(
                await refusal { try await link(desk, id, for: .contributor(Desk.slug("gus-guest"))) }
                    == .notBylined(Desk.slug("gus-guest"), id, revision: 1))
            #expect(await refusal { try await link(desk, id, for: Self.lawyer) } == .signOffKind(.author))
            for kind in [ApprovalKind.edit, .copy] {
                #expect(await refusal { try await link(desk, id, kind: kind, for: Self.lawyer) } == .signOffKind(kind))
            }
            #expect(
                await refusal { try await link(desk, id, seconds: 91 * 24 * Self.hour) } == .signOffExpiry(mostDays: 90)
            )
            #expect(await refusal { try await link(desk, id, seconds: -1) } == .signOffExpiry(mostDays: 90))
            await #expect(throws: AccessError.self) { try await link(desk, id, as: "writer") }
            await #expect(throws: AccessError.self) { try await link(desk, id, as: "bookeditor") }
        }
    }

    @Test func aLinkWorksOnce() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let secret = try await link(desk, id).secret
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        if case .approved = try await use(desk, secret) { return true }
                        return false
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 }.count == 1)
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval") == 1)
            #expect(try await log(desk, id).filter { $0 == "denied used" }.count == 19)
        }
    }

    @Test func aLinkThatIsOverTellsAStrangerNoMoreThanOneThatNeverWas() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let used = try await link(desk, id)
            _ = try await use(desk, used.secret, .refuse(comment: "No."))
            let revoked = try await link(desk, id)
            _ = try await desk.act("editor") { db, actor in try RevokeSignOff(revoked.id, by: actor).perform(db) }
            let expired = try await link(desk, id)
            try await desk.test.owner.transaction { db in
                try db.run(
                    """
                    UPDATE editorial.signoff SET created_at = now() - interval '2 days', \
                    expires_at = now() - interval '1 day' WHERE id = \(expired.id)
                    """)
            }
            for secret in [used.secret, revoked.secret, expired.secret, TokenSecret.random(), TokenSecret(text: "")] {
                for act in [UseSignOff.Act.look, .give(comment: nil), .refuse(comment: nil)] {
                    let outcome = try await use(desk, secret, act)
                    #expect(outcome.error == .linkInvalid)
                }
            }
            let told = try await log(desk, id).filter { $0.hasPrefix("denied") }
            #expect(told.filter { $0 == "denied used" }.count == 3)
            #expect(told.filter { $0 == "denied revoked" }.count == 3)
            #expect(told.filter { $0 == "denied expired" }.count == 3)
            #expect(
                try await desk.count(
                    "SELECT count(*) FROM editorial.signoff_event WHERE signoff_id IS NULL AND reason = 'unknown'")
                    == 6)
            #expect(
                await refusal {
                    try await desk.act("editor") { db, actor in try RevokeSignOff(used.id, by: actor).perform(db) }
                } == .signOffEnded(used.id, .refused))
            let states = try await desk.act("editor") { db, actor in
                try SignOff.list(db, id, for: actor).map(\.state)
            }
            #expect(states == [.refused, .revoked, .expired])
        }
    }

    @Test func anEditAfterALinkWasMadeMakesItStale() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let secret = try await link(desk, id).secret
            try await desk.save(id, body: "Other.\n")
            let outcome = try await use(desk, secret)
            #expect(outcome.error == .linkStale(revision: 1))
            guard case .shown(let bound) = try await use(desk, secret, .look) else {
                Issue.record("the bound text isn't shown")
                return
            }
            #expect(bound.link.state == .stale)
            #expect(bound.revision.content.body == "It stood there.\n")
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind <> 'author'") == 0)
            #expect(try await log(desk, id) == ["denied stale", "looked"])
        }
    }

    @Test func aLinkIsNotUsedUpWhileTheArticleIsNotUnderReview() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let secret = try await link(desk, id).secret
            _ = try await desk.answer(id, .changes, comment: "x", as: "editor")
            let outcome = try await use(desk, secret)
            #expect(outcome.error == .linkNotNow(.drafting))
            try await desk.submit(id)
            guard case .approved = try await use(desk, secret) else {
                Issue.record("the yes wasn't taken")
                return
            }
        }
    }

    @Test func anOutsideLawyersYesRecommendsUnlessThePolicyCountsIt() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let first = try await link(desk, id, kind: .legal, for: Self.lawyer).secret
            guard case .recommended = try await use(desk, first, .give(comment: "No risk.")) else {
                Issue.record("it counted")
                return
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind <> 'author'") == 0)
            #expect(
                try await desk.count("SELECT count(*) FROM editorial.review_response WHERE verdict = 'recommend'") == 1)
            try await desk.test.owner.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.policy (workflow, approval_kind, needed, by_link) \
                    SELECT version, 'legal', 1, true FROM editorial.workflow
                    """)
            }
            let second = try await link(desk, id, kind: .legal, for: Self.lawyer).secret
            guard case .approved(_, let approval) = try await use(desk, second) else {
                Issue.record("it didn't count")
                return
            }
            #expect(approval.kind == .legal)
            // The same person by another link is still one.
            let third = try await link(desk, id, kind: .legal, for: Self.lawyer).secret
            _ = try await use(desk, third)
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind = 'legal'") == 1)
        }
    }

    @Test func aLinkMadeByWhoeverWroteTheTextDoesNotCount() async throws {
        try await withDesk { desk in
            try await desk.test.owner.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.policy (workflow, approval_kind, needed, by_link) \
                    SELECT version, 'legal', 1, true FROM editorial.workflow
                    """)
            }
            let id = try await desk.inReview()
            try await desk.save(id, as: "editor", body: "Edited.\n")
            let own = try await link(desk, id, kind: .legal, for: Self.lawyer, as: "editor").secret
            guard case .recommended = try await use(desk, own) else {
                Issue.record("it counted")
                return
            }
            // Nor one for the author himself under a lawyer's name.
            let author = SignOff.Signer.outside(name: "Nobody", email: Desk.address("writer"))
            let his = try await link(desk, id, kind: .legal, for: author, as: "chief").secret
            guard case .recommended = try await use(desk, his) else {
                Issue.record("it counted")
                return
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind <> 'author'") == 0)
        }
    }

    @Test func anAuthorWithAnAccountWhoAlsoSignsByLinkIsOnePerson() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id, as: "writer", .author)
            let secret = try await link(desk, id).secret
            guard case .approved = try await use(desk, secret) else {
                Issue.record("the yes wasn't taken")
                return
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind = 'author'") == 1)

            // An account that is said to be his afterwards wasn't his when the text was saved.
            let guest = try await desk.guest()
            let other = try await link(desk, guest, for: .contributor(Desk.slug("gus-guest"))).secret
            _ = try await use(desk, other)
            try await desk.test.owner.transaction { db in
                try db.run(
                    """
                    UPDATE editorial.contributor SET account_id = (SELECT id FROM access.account \
                    WHERE email = 'colleague@example.org') WHERE slug = 'gus-guest'
                    """)
            }
            #expect(
                await refusal { try await desk.approve(guest, as: "colleague", .author) }
                    == .notTheAuthor(guest, revision: 1))
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE article_id = \(guest)") == 1)
        }
    }

    @Test func theLastWantedYesMayComeByLink() async throws {
        try await withDesk { desk in
            try await desk.wantAuthor()
            let id = try await desk.guest()
            #expect(try await desk.approve(id).missing == [.author])
            // Made by the one who said yes himself, it would be no second person's.
            let secret = try await link(desk, id, for: .contributor(Desk.slug("gus-guest")), as: "deputy").secret
            guard case .approved(_, let approval) = try await use(desk, secret) else {
                Issue.record("the yes wasn't taken")
                return
            }
            #expect(approval.status == .approved)
            #expect(try await desk.article(id).status == .approved)
            try await desk.publish(id)
        }
    }

    @Test func aYesByLinkIsForgedByNoStatementOfTheApp() async throws {
        try await withDesk { desk in
            let id = try await desk.guest()
            let made = try await link(desk, id, for: .contributor(Desk.slug("gus-guest")))
            // Without the link having been used.
            let unused = await denied {
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO editorial.approval (article_id, revision, hash, kind, signoff_id) \
                        SELECT article_id, revision, hash, kind, id FROM editorial.signoff WHERE id = \(made.id)
                        """)
                }
            }
            #expect(unused.rule == "approval_of_link")
            _ = try await use(desk, made.secret, .refuse(comment: nil))
            // Another kind, with an account beside it, for nobody.
            for columns: SQL in [
                "'edit', NULL::bigint, \(made.id)", "'author', 1::bigint, \(made.id)",
                "'author', NULL::bigint, NULL::bigint",
            ] {
                let refused = await denied {
                    try await desk.test.app.transaction { db in
                        try db.run(
                            """
                            INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id, signoff_id) \
                            SELECT article_id, number, hash, \(columns) FROM editorial.revision
                            """)
                    }
                }
                #expect(refused.state == "23514" || refused.state == "23502", "\(refused)")
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval") == 0)
        }
    }

    @Test func nothingOfTheLinkButNumbersAndHashesIsInTheAudit() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            _ = try await use(
                desk, try await link(desk, id, kind: .legal, for: Self.lawyer).secret, .give(comment: "X9"))
            let facts = try await desk.test.app.read { db in
                try db.rows("SELECT action || facts::text FROM journal.audit WHERE subject_kind = 'article'") {
                    try $0.next(String.self)
                }
            }
            #expect(facts.contains { $0.hasPrefix("signoff.created") })
            #expect(facts.contains { $0.hasPrefix("signoff.answered") })
            for word in ["Lee", "lee@", "X9", "masthead_"] { #expect(!facts.joined().contains(word)) }
        }
    }
}

extension Desk {
    /// In review, under a guest's name.
    func guest() async throws -> ID<Article> {
        let id = try await pitch()
        try await save(id, body: "By a guest.\n", bylines: ["gus-guest"], base: nil)
        try await submit(id)
        return id
    }

    func wantAuthor() async throws {
        try await test.owner.transaction { db in
            try db.run(
                """
                INSERT INTO editorial.policy (workflow, approval_kind, needed, separation) \
                SELECT version, 'author', 1, 'any' FROM editorial.workflow
                """)
        }
    }
}
