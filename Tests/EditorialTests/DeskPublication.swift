import Access
import Editorial
import Postgres
import TestDatabase
import Values

/// Steps of publication.
extension Desk {
    static func wall(_ text: String, zone: String = "UTC", offset: Int? = nil) -> ClockTime {
        do {
            return ClockTime(try LocalDateTime(text), in: try Zone.named(zone), offset: offset)
        } catch { preconditionFailure("\(error)") }
    }

    /// Written, handed in and approved.
    func approved(_ title: String = "The dam that wasn't", slug: String? = nil) async throws -> ID<Article> {
        let id = try await inReview(title, slug: slug)
        try await approve(id)
        return id
    }

    /// A draft beside the live text, not handed in.
    func publishedWithDraft(body: String, draft: String) async throws -> ID<Article> {
        let id = try await pitch()
        try await save(id, body: body, bylines: ["ann-example"], base: nil)
        try await submit(id)
        try await approve(id)
        try await publish(id)
        try await save(id, body: draft)
        return id
    }

    @discardableResult
    func fix(_ id: ID<Article>, as name: String = "writer", body: String) async throws -> Int {
        try await act(name) { db, actor in
            try FixArticle(id, SaveRevision.Change(body: body), by: actor).perform(db).revision.number
        }
    }

    @discardableResult
    func correct(
        _ id: ID<Article>, as name: String = "publisher", _ kind: CorrectArticle.Kind = .correction,
        note: String = "It said one dam; there are two.", revision: Int? = nil
    ) async throws -> Release {
        try await act(name) { db, actor in
            try CorrectArticle(id, kind, note: note, revision: revision, by: actor).perform(db)
        }
    }

    @discardableResult
    func retract(_ id: ID<Article>, as name: String = "chief") async throws -> Release {
        try await act(name) { db, actor in
            try RetractArticle(id, reason: "The letters are forged.", signedBy: "The editors", by: actor).perform(db)
        }
    }

    @discardableResult
    func unpublish(_ id: ID<Article>, as name: String = "publisher") async throws -> Release {
        try await act(name) { db, actor in
            try UnpublishArticle(id, reason: .legal, note: "Injunction", by: actor).perform(db)
        }
    }

    @discardableResult
    func schedule(
        _ id: ID<Article>, as name: String = "publisher", _ action: Schedule.Action? = nil,
        at: String = "2099-01-01 06:00", revision: Int? = nil
    ) async throws -> Schedule {
        try await act(name) { db, actor in
            try ScheduleArticle(id, action, at: Desk.wall(at), revision: revision, by: actor).perform(db)
        }
    }

    /// Lets the time come, and go by for so long: what no test waits for. In the order of the schedules' numbers, a
    /// second apart.
    func letTimeCome(ago: String = "1 second") async throws {
        try await test.owner.transaction { db in
            try db.script(
                """
                ALTER TABLE editorial.schedule DISABLE TRIGGER schedule_changes;
                UPDATE editorial.schedule SET due_at = clock_timestamp() - '\(ago)'::interval
                    - ((SELECT max(m.id) FROM editorial.schedule m) - schedule.id) * '1 second'::interval
                    WHERE state = 'pending';
                ALTER TABLE editorial.schedule ENABLE TRIGGER schedule_changes;
                """)
        }
    }

    /// What a worker does that finds what is due now.
    @discardableResult
    func work() async throws -> [FireSchedule.Outcome] {
        var outcomes: [FireSchedule.Outcome] = []
        while true {
            let outcome = try await test.app.transaction { db in
                try FireSchedule(embeds: .none, systemUser: "worker").perform(db)
            }
            if case .idle = outcome { return outcomes }
            outcomes.append(outcome)
        }
    }

    func schedules(all: Bool = true) async throws -> [Schedule] {
        try await act("chief") { db, actor in
            var query = Schedules()
            query.withSettled = all
            return try query.list(db, for: actor, limit: 1_000)
        }
    }

    /// One column of what the public sees.
    func publicColumn(_ sql: SQL) async throws -> [String] {
        try await test.reader.read { db in try db.rows(sql) { try $0.next(String?.self) ?? "-" } }
    }
}

extension FireSchedule.Outcome {
    /// The rule by which it was refused.
    var refusal: String? { if case .refused(let schedule) = self { schedule.rule } else { nil } }
}
