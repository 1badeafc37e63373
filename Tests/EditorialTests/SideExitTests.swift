import Access
import Editorial
import Journal
import Postgres
import TestDatabase
import Testing
import Values

/// Held, declined, killed, let out by override: with a reason, by somebody who may, and found again afterwards.
struct SideExitTests {
    private func aside(
        _ desk: Desk, _ id: ID<Article>, _ way: SetAside.Way, as name: String, _ reason: String = "not today"
    ) async throws -> Article.Status {
        try await desk.act(name) { db, actor in try SetAside(id, way, reason: reason, by: actor).perform(db).status }
    }

    private func back(_ desk: Desk, _ id: ID<Article>, _ way: BringBack.Way, as name: String) async throws
        -> Article.Status
    {
        try await desk.act(name) { db, actor in try BringBack(id, way, by: actor).perform(db).status }
    }

    @Test func aHeldArticleComesBackToWhereItWas() async throws {
        try await withDesk { desk in
            let pitch = try await desk.pitch()
            #expect(try await aside(desk, pitch, .hold, as: "editor") == .onHold)
            #expect(try await back(desk, pitch, .resume, as: "editor") == .pitch)
            let approved = try await desk.inReview()
            try await desk.approve(approved)
            #expect(try await aside(desk, approved, .hold, as: "publisher") == .onHold)
            await #expect(throws: EditorialError.self) { try await desk.publish(approved) }
            #expect(try await back(desk, approved, .resume, as: "publisher") == .approved)
            try await desk.publish(approved)
        }
    }

    @Test func whatLostItsApprovalsWhileHeldComesBackIntoReview() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            _ = try await aside(desk, id, .hold, as: "chief")
            _ = try await desk.act("chief") { db, actor in
                try MoveArticle(id, to: Desk.slug("books"), kind: nil, by: actor).perform(db)
            }
            #expect(try await back(desk, id, .resume, as: "chief") == .inReview)
        }
    }

    @Test func aDeclinedPitchCanBeOpenedAgain() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            #expect(try await aside(desk, id, .decline, as: "editor") == .declined)
            #expect(
                await refusal { try await aside(desk, id, .hold, as: "editor") }
                    == .wrongState(
                        id, .declined,
                        needs: [
                            .pitch, .assigned, .drafting, .inReview, .approved, .scheduled, .scheduleFailed,
                        ]))
            #expect(try await back(desk, id, .reopen, as: "editor") == .pitch)
            let draft = try await desk.inReview()
            await #expect(throws: EditorialError.self) { try await aside(desk, draft, .decline, as: "editor") }
        }
    }

    @Test func onceApprovedOnlyTheChiefKills() async throws {
        try await withDesk { desk in
            let draft = try await desk.inReview()
            await #expect(throws: AccessError.self) { try await aside(desk, draft, .kill, as: "publisher") }
            #expect(try await aside(desk, draft, .kill, as: "editor") == .killed)
            #expect(try await back(desk, draft, .revive, as: "editor") == .drafting)
            let approved = try await desk.inReview()
            try await desk.approve(approved)
            await #expect(throws: AccessError.self) { try await aside(desk, approved, .kill, as: "editor") }
            try await desk.save(approved, body: "Changed.", base: .latest)
            await #expect(throws: AccessError.self) { try await aside(desk, approved, .kill, as: "editor") }
            #expect(try await aside(desk, approved, .kill, as: "chief") == .killed)
            // Its texts and its yeses are there still.
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE article_id = \(approved)") == 2)
        }
    }

    @Test func whatWasPublicIsNotKilled() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.save(id, body: "Changed.", base: .latest)
            #expect(await refusal { try await aside(desk, id, .kill, as: "chief") } == .killedTooLate(id))
        }
    }

    @Test(arguments: ["", "  ", "no"])
    func aReasonIsMoreThanASigh(_ reason: String) async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            #expect(
                await refusal { try await aside(desk, id, .kill, as: "chief", reason) }
                    == .reasonNeeded("article kill"))
            #expect(try await desk.count("SELECT count(*) FROM editorial.reason") == 0)
        }
    }

    // MARK: Overrides

    private func override(
        _ desk: Desk, _ id: ID<Article>, revision: Int, as name: String, _ reason: String = "the court rules at nine"
    ) async throws -> Override {
        try await desk.act(name) { db, actor in
            try GiveOverride(id, revision: revision, reason: reason, by: actor).perform(db)
        }
    }

    @Test func anOverrideLetsOneTextOutByNameAndWithAReason() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            await #expect(throws: AccessError.self) { try await override(desk, id, revision: 1, as: "publisher") }
            #expect(
                await refusal { try await override(desk, id, revision: 1, as: "chief", "because") }
                    == .reasonNeeded("override give"))
            let given = try await override(desk, id, revision: 1, as: "chief")
            #expect(given.givenBy == Desk.address("chief"))
            #expect(!given.isUsed)
            #expect(try await desk.article(id).status == .approved)
            #expect(try await desk.count("SELECT count(*) FROM journal.audit WHERE action = 'override.given'") == 1)
            try await desk.publish(id)
            let months = try await desk.act("chief") { db, actor in try Override.months(db, for: actor) }
            #expect(months.map(\.count) == [1])
            #expect(months.map(\.used) == [1])
            // The next text needs its approvals again.
            try await desk.save(id, body: "Changed.", base: .latest)
            try await desk.submit(id)
            await #expect(throws: EditorialError.self) { try await desk.publish(id) }
            #expect(
                await refusal { try await override(desk, id, revision: 1, as: "chief") }
                    == .staleApproval(id, revision: 1, current: 2))
        }
    }

    // MARK: Why

    @Test func whyNamesEveryObstacleAndWhoCouldMendIt() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            try await desk.save(id, as: "chief", body: "Changed.", base: .latest)
            try await desk.submit(id, as: "chief")
            let why = try await desk.act("writer") { db, actor in try Why.find(db, id, for: actor) }
            #expect(why.article.status == .inReview)
            let block = try #require(why.blocks.first { $0.rule == "release_approved" })
            #expect(block.roles.contains("section-editor"))
            #expect(block.isOverridable && !block.isOverridden)
            #expect(why.blocks.contains { $0.rule == "release_people" })
            #expect(why.doubts.map(\.fault) == [.olderText, .olderText])
            #expect(why.movements.map(\.to) == [.drafting, .inReview, .approved, .drafting, .inReview])
            #expect(
                why.movements.map { $0.who?.text }
                    == ["writer", "writer", "editor", "chief", "chief"].map { "\($0)@example.org" })
            #expect(why.steps.contains { $0.step == .kill && $0.roles == ["editor-in-chief", "section-editor"] })
            _ = try await aside(desk, id, .hold, as: "chief", "the minister answers on Monday")
            let held = try await desk.act("writer") { db, actor in try Why.find(db, id, for: actor) }
            #expect(held.home == .inReview)
            #expect(held.movements.last?.reason == "the minister answers on Monday")
            #expect(held.steps.filter { $0.step == .resume }.map(\.to) == [.inReview])
            #expect(
                await refusal {
                    try await desk.act("fundraiser") { db, actor in try Why.find(db, id, for: actor) }
                } == .articleUnknown("\(id)"))
        }
    }

    // MARK: Deadlines and origins

    @Test func whatShouldBeReadyByNowIsListedLongestAgoFirst() async throws {
        try await withDesk { desk in
            func due(_ id: ID<Article>, _ wall: String) async throws {
                _ = try await desk.act("editor") { db, actor in
                    let due = Due(try LocalDateTime(wall), in: try Zone.named("America/New_York"))
                    return try PlanArticle(id, .init(due: .on(due)), by: actor).perform(db)
                }
            }
            let late = try await desk.pitch("Late")
            let later = try await desk.pitch("Later")
            let coming = try await desk.pitch("Coming")
            let killed = try await desk.pitch("Killed")
            try await due(late, "2020-03-02 17:00")
            try await due(later, "2020-01-02 17:00")
            try await due(coming, "2999-01-02 17:00")
            try await due(killed, "2020-01-01 17:00")
            _ = try await aside(desk, killed, .kill, as: "chief")
            var articles = Articles()
            articles.isOverdue = true
            let query = articles
            let lines = try await desk.act("writer") { db, actor in try query.list(db, for: actor, limit: 10) }
            #expect(lines.map(\.article.id) == [later, late])
            #expect(lines.first?.article.due == (try Timestamp(iso8601: "2020-01-02T17:00:00-05:00")))
            let seen = try await desk.act("fundraiser") { db, actor in try query.list(db, for: actor, limit: 10) }
            #expect(seen.isEmpty)
            guard case .dueAmbiguous? = await refusal({ try await due(late, "2026-11-01 01:30") }) else {
                Issue.record("an hour that comes twice was taken")
                return
            }
        }
    }

    @Test func anOriginIsAnOutletWithAnAddress() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            func set(_ origin: PlanArticle.Origin) async throws {
                _ = try await desk.act("editor") { db, actor in
                    try PlanArticle(id, .init(origin: origin), by: actor).perform(db)
                }
            }
            try await set(.outlet("The Other Paper", url: "https://other.example/a", permission: "by mail, 2026-01-02"))
            for url in ["javascript:alert(1)", "other.example/a", "https://x y", ""] {
                guard
                    case .contentRefused? = await refusal({
                        try await set(.outlet("X", url: url, permission: nil))
                    })
                else {
                    Issue.record("\(url) was taken")
                    continue
                }
            }
            #expect(
                try await desk.count("SELECT count(*) FROM editorial.article WHERE origin_outlet = 'The Other Paper'")
                    == 1)
            try await set(.own)
            #expect(try await desk.count("SELECT count(*) FROM editorial.article WHERE origin_outlet IS NULL") == 1)
        }
    }
}
