import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct ScheduleTests {
    @Test func whatIsDueGoesOutAndWhatIsNotWaits() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            let schedule = try await desk.schedule(id)
            #expect(schedule.state == .pending)
            #expect(schedule.dueLocal == "2099-01-01T06:00:00")
            #expect(try await desk.article(id).status == .scheduled)
            #expect(try await desk.work() == [])
            try await desk.letTimeCome()
            #expect(try await desk.work().map(\.refusal) == [nil])
            #expect(try await desk.article(id).status == .published)
            #expect(try await desk.schedules().map(\.state) == [.done])
            #expect(try await desk.work() == [])
        }
    }

    @Test func schedulingAnUnpublishNeedsTheRightToUnpublish() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            // A role that may schedule and not unpublish: what the default roles don't have.
            try await desk.test.owner.transaction { db in
                try db.run(
                    "INSERT INTO access.role_permission (role, permission) VALUES ('copy', 'article.schedule')")
            }
            await #expect(throws: AccessError.self) { try await desk.schedule(id, as: "copy", .unpublish) }
            let copy = try await desk.act("copy") { _, actor in actor.account }
            let forged: SQL = """
                INSERT INTO editorial.schedule (article_id, action, revision, hash, due_local, due_zone, due_at, \
                reason_class, account_id) SELECT article_id, 'unpublish', number, hash, '2099-01-01T00:00:00', 'UTC', \
                '2099-01-01Z', 'other', \(copy) FROM editorial.revision
                """
            #expect(
                await denied { try await desk.test.app.transaction { db in try db.run(forged) } }.rule
                    == "schedule_permitted")
            try await desk.schedule(id, .unpublish)
            try await desk.letTimeCome()
            try await desk.work()
            #expect(try await desk.article(id).publicStatus == .unpublished)
        }
    }

    @Test func aSuspendedAccountsActsFailAndItsScheduleFiresOnTheApprovalItRecorded() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            let other = try await desk.approved("Another")
            try await desk.schedule(id)
            // An act that was begun before the suspension and ends after it.
            let actor = try await desk.act("publisher") { _, actor in actor }
            try await desk.test.app.transaction { db in
                try db.run("UPDATE access.account SET status = 'suspended' WHERE id = \(actor.account)")
                try db.run("UPDATE access.account SET status = 'suspended' WHERE email_folded = 'editor@example.org'")
            }
            await #expect(throws: AccessError.self) { try await desk.publish(other) }
            let pending = await refusal {
                try await desk.test.app.transaction { db in try PublishArticle(other, by: actor).perform(db) }
            }
            guard case .blocked(_, "release_permitted", _) = pending else {
                Issue.record("\(String(describing: pending))")
                return
            }
            try await desk.letTimeCome()
            #expect(try await desk.work().map(\.refusal) == [nil])
            #expect(try await desk.article(id).publicStatus == .live)
            #expect(try await desk.schedules().map(\.authorisedBy) == [Desk.address("publisher")])
            let origin = try await desk.test.app.read { db in
                try db.value(
                    """
                    SELECT via || ' ' || account FROM journal.audit WHERE action = 'article.published' \
                    AND subject_id = \(id)
                    """, as: String.self)
            }
            #expect(origin == "worker \(actor.account)")
            #expect(
                try await desk.count(
                    """
                    SELECT count(*) FROM editorial.release l JOIN editorial.schedule c ON c.id = l.schedule_id \
                    WHERE l.approvals = c.approvals AND cardinality(l.approvals) = 2
                    """) == 1)
        }
    }

    @Test func anEditAfterSchedulingFailsVisiblyAndDelaysNobody() async throws {
        try await withDesk { desk in
            let edited = try await desk.approved("Edited")
            let fine = try await desk.approved("Fine")
            try await desk.schedule(edited)
            try await desk.schedule(fine)
            try await desk.save(edited, body: "Sneaked in.")
            try await desk.letTimeCome()
            #expect(try await desk.work().map(\.refusal) == ["stale_approval", nil])
            #expect(try await desk.article(edited).publicStatus == nil)
            #expect(try await desk.article(fine).publicStatus == .live)
            let failed = try await desk.act("chief") { db, actor in
                var query = Schedules()
                query.failedOnly = true
                return try query.list(db, for: actor, limit: 10)
            }
            #expect(failed.map(\.article) == [edited])
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'schedule.failed'") == 1)
            // It isn't tried again behind anybody's back.
            #expect(try await desk.work() == [])
        }
    }

    @Test func afterThreeHoursDownAllThatWasDueGoesOutOnceInOrderWithTheIntendedTime() async throws {
        try await withDesk { desk in
            var ids: [ID<Article>] = []
            for number in 0..<12 {
                let id = try await desk.approved("Story \(number)")
                try await desk.schedule(id)
                ids.append(id)
            }
            try await desk.letTimeCome(ago: "3 hours")
            #expect(try await desk.act("chief") { db, _ in try Schedules.standing(db).overdue } == 12)
            try await desk.work()
            let order = try await desk.test.app.read { db in
                try db.rows("SELECT article_id FROM editorial.release ORDER BY released_at, id") {
                    try $0.next(ID<Article>.self)
                }
            }
            #expect(order == ids)
            #expect(
                try await desk.count(
                    """
                    SELECT count(*) FROM editorial.release l JOIN editorial.schedule c ON c.id = l.schedule_id \
                    WHERE l.intended_at = c.due_at AND l.released_at > c.due_at + '2 h 59 min'::interval
                    """) == 12)
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'article.published'") == 12)
        }
    }

    @Test func unpublishKillAndRestoreCancelWhatIsPending() async throws {
        try await withDesk { desk in
            let published = try await desk.published("Published")
            try await desk.save(published, body: "Next.")
            try await desk.submit(published)
            try await desk.approve(published)
            try await desk.schedule(published)
            try await desk.schedule(published, .unpublish)
            try await desk.unpublish(published)
            #expect(try await desk.schedules().map(\.state) == [.cancelled, .cancelled])
            #expect(try await desk.article(published).status == .approved)

            // Whoever kills it, by whatever hands.
            let killed = try await desk.approved("Killed")
            try await desk.schedule(killed)
            try await desk.test.app.transaction { db in
                _ = try SetAside(killed, .kill, reason: "It fell through.", by: desk.actor(db, "chief")).perform(db)
            }
            let restored = try await desk.inReview("Restored")
            try await desk.save(restored, body: "Second.")
            try await desk.approve(restored)
            try await desk.schedule(restored)
            try await desk.test.app.transaction { db in
                try db.run("UPDATE editorial.article SET status = 'drafting' WHERE id = \(restored)")
            }
            try await desk.act("writer") { db, actor in
                _ = try RestoreRevision(restored, revision: 1, by: actor).perform(db)
            }
            #expect(try await desk.schedules().allSatisfy { $0.state == .cancelled })
            #expect(
                try await desk.schedules().compactMap(\.rule) == ["unpublished", "unpublished", "killed", "restored"])
            try await desk.letTimeCome()
            #expect(try await desk.work() == [])
            #expect(try await desk.publicColumn("SELECT title FROM editorial.public_article") == [])
        }
    }

    @Test func reschedulingWhileFiringEndsAsOneOfTheTwoOrders() async throws {
        try await withDesk { desk in
            for round in 0..<10 {
                let id = try await desk.approved("Round \(round)")
                let schedule = try await desk.schedule(id)
                try await desk.letTimeCome()
                async let fired = desk.work()
                async let moved: Bool = {
                    do {
                        try await desk.act("publisher") { db, actor in
                            let time = Desk.wall("2099-06-01 06:00")
                            _ = try ChangeSchedule(schedule.id, .move(to: time), by: actor).perform(db)
                        }
                        return true
                    } catch EditorialError.scheduleSettled(_, .done) { return false }
                }()
                let (outcomes, isMoved) = try await (fired, moved)
                let state = try await desk.schedules().first { $0.id == schedule.id }?.state
                #expect(outcomes.count == (isMoved ? 0 : 1))
                #expect(state == (isMoved ? .pending : .done))
                #expect(try await desk.article(id).publicStatus == (isMoved ? nil : .live))
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        UPDATE editorial.schedule SET state = 'cancelled', rule = 'cancelled' WHERE state = 'pending'
                        """)
                }
            }
        }
    }

    @Test func cancellingAndMovingTakeTheRightAndAPendingSchedule() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            let schedule = try await desk.schedule(id)
            #expect(await refusal { try await desk.schedule(id) } == .scheduledAlready(id, schedule.id))
            func cancel(_ name: String) async throws {
                try await desk.act(name) { db, actor in
                    _ = try ChangeSchedule(schedule.id, .cancel, by: actor).perform(db)
                }
            }
            await #expect(throws: AccessError.self) { try await cancel("writer") }
            #expect(await refusal { try await cancel("fundraiser") } == .scheduleUnknown("\(schedule.id)"))
            try await cancel("publisher")
            #expect(try await desk.article(id).status == .approved)
            #expect(await refusal { try await cancel("publisher") } == .scheduleSettled(schedule.id, .cancelled))
            // Published by hand before its hour, it doesn't go out again.
            try await desk.schedule(id)
            try await desk.publish(id)
            try await desk.letTimeCome()
            #expect(try await desk.work() == [])
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 1)
        }
    }

    @Test func whatGoesAwayByItselfEndsWhatWasToGoOutAndBothAreAudited() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.save(id, body: "Next.")
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.schedule(id, .unpublish, at: "2098-01-01 06:00")
            try await desk.schedule(id)
            try await desk.letTimeCome()
            _ = try await desk.work()
            #expect(try await Set(desk.schedules().map(\.state)) == [.done, .cancelled])
            for action in ["article.unpublished", "schedule.cancelled"] {
                #expect(
                    try await desk.count("SELECT count(*) FROM journal.audit WHERE action = \(action)") == 1,
                    "\(action)")
            }
        }
    }

    @Test func aScheduleIsMadeAsLongBeforeItsTimeAsThePolicyWants() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            try await desk.test.owner.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.policy_rule (workflow, notice_minutes) \
                    SELECT workflow, 60 FROM editorial.article WHERE id = \(id)
                    """)
            }
            func wall(inMinutes minutes: Int) async throws -> String {
                try await desk.test.app.read { db in
                    let sql: SQL = """
                        SELECT to_char((now() + make_interval(mins => \(minutes)::int)) AT TIME ZONE 'UTC', \
                        'YYYY-MM-DD HH24:MI')
                        """
                    return try db.value(sql, as: String.self) ?? ""
                }
            }
            func rule(_ body: () async throws -> Void) async -> String? {
                guard case .blocked(_, let rule, let message) = await refusal(body) else { return nil }
                #expect(message.contains("60 minutes"))
                return rule
            }
            let soon = try await wall(inMinutes: 30)
            #expect(await rule { _ = try await desk.schedule(id, at: soon) } == "schedule_notice")
            let schedule = try await desk.schedule(id, at: try await wall(inMinutes: 120))
            func move(_ minutes: Int) async throws {
                let time = Desk.wall(try await wall(inMinutes: minutes))
                try await desk.act("publisher") { db, actor in
                    _ = try ChangeSchedule(schedule.id, .move(to: time), by: actor).perform(db)
                }
            }
            #expect(await rule { try await move(30) } == "schedule_notice")
            try await move(180)
            try await move(90)
            // Going away takes no notice; nor does a person who looks at what goes out.
            try await desk.publish(id)
            _ = try await desk.schedule(id, .unpublish, at: try await wall(inMinutes: 5))
        }
    }

    @Test func noHandOfTheAppRoleFiresEarlyOrForgetsAFailure() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            let schedule = try await desk.schedule(id)
            let forged: SQL = """
                INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id, schedule_id) \
                SELECT article_id, revision, hash, 'first', 'x-y', '/x', '', account_id, id FROM editorial.schedule
                """
            #expect(
                await denied { try await desk.test.app.transaction { db in try db.run(forged) } }.rule
                    == "release_scheduled")
            #expect(
                await denied {
                    try await desk.test.app.transaction { db in
                        try db.run("UPDATE editorial.schedule SET state = 'done' WHERE id = \(schedule.id)")
                    }
                }.rule == "schedule_done")
            for statement in [
                "UPDATE editorial.schedule SET revision = 2", "UPDATE editorial.schedule SET account_id = 1",
                "DELETE FROM editorial.schedule", "UPDATE editorial.embargo SET until_at = NULL",
                "UPDATE editorial.article SET embargo_until = NULL", "UPDATE editorial.article SET fix_head = 1",
            ] {
                let error = await denied {
                    try await desk.test.app.transaction { db in try db.script(statement) }
                }
                #expect(error.state == "42501", "\(statement)")
            }
        }
    }

    @Test func whatTheClockSkipsOrShowsTwiceIsRefusedWithoutAChoice() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            func at(_ text: String, _ offset: String? = nil) async throws -> Timestamp {
                let seconds = try offset.map { try ClockTime.offset($0) }
                let time = Desk.wall(text, zone: "America/New_York", offset: seconds)
                return try time.instant()
            }
            let skipped = await refusal { try await at("2026-03-08 02:30") }
            guard case .dueNonexistent(_, "America/New_York", _, _) = skipped else {
                Issue.record("\(String(describing: skipped))")
                return
            }
            let twice = await refusal { try await at("2026-11-01 01:30") }
            guard case .dueAmbiguous(_, "America/New_York", _, _) = twice else {
                Issue.record("\(String(describing: twice))")
                return
            }
            #expect(try await at("2026-03-08 02:30", "-05:00") == Timestamp(iso8601: "2026-03-08T02:30:00-05:00"))
            #expect(try await at("2026-03-08 02:30", "-04:00") == Timestamp(iso8601: "2026-03-08T02:30:00-04:00"))
            #expect(try await at("2026-11-01 01:30", "-04:00") == Timestamp(iso8601: "2026-11-01T01:30:00-04:00"))
            #expect(try await at("2026-11-01 01:30", "-05:00") == Timestamp(iso8601: "2026-11-01T01:30:00-05:00"))
            #expect(try await at("2026-12-01 01:30", "-05:00") == Timestamp(iso8601: "2026-12-01T01:30:00-05:00"))
            for (text, offset) in [
                ("2026-12-01 01:30", "-04:00"), ("2026-11-01 01:30", "+01:00"), ("2026-03-08 02:30", "Z"),
            ] {
                let wrong = await refusal { try await at(text, offset) }
                guard case .offsetUnknown = wrong else {
                    Issue.record("\(text) \(offset): \(String(describing: wrong))")
                    continue
                }
            }
            // And it is the schedule that refuses it, and the embargo: 2037 has such a Sunday, too.
            let refused = await refusal {
                try await desk.act("publisher") { db, actor in
                    let time = Desk.wall("2037-11-01 01:30", zone: "America/New_York")
                    return try ScheduleArticle(id, at: time, by: actor).perform(db)
                }
            }
            guard case .dueAmbiguous = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.schedule") == 0)
        }
    }
}
