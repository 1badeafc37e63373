import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// A week on one page, and what it costs to make it.
struct CalendarTests {
    private static let zone = Zone.utc

    private func week(_ desk: Desk, _ text: String, as name: String = "editor") async throws -> [Calendar.Entry] {
        try await desk.act(name) { db, actor in
            try Calendar.week(db, Week(text), in: Self.zone, for: actor)
        }
    }

    private func due(_ desk: Desk, _ id: ID<Article>, _ instant: String) async throws {
        let at = try Timestamp(iso8601: instant)
        try await desk.test.app.transaction { db in
            try db.run("UPDATE editorial.article SET due_at = \(at) WHERE id = \(id)")
        }
    }

    @Test func aWeekShowsWhatIsDueWithItsBudgetAndItsSlots() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch("The dam")
            try await desk.save(id, body: "One two three four five.\n")
            try await due(desk, id, "2030-11-27T16:00:00Z")
            let outside = try await desk.pitch("Next week")
            try await due(desk, outside, "2030-12-02T00:00:00Z")
            try await desk.act("editor") { db, actor in
                let fee = try Money(parsing: "400.00", currency: Currency("USD"))
                _ = try CommissionArticle(id, from: Desk.slug("gus-guest"), .init(price: .fee(fee)), by: actor)
                    .perform(db)
                _ = try AddSeries(Desk.slug("week-ahead"), name: "The Week Ahead", by: actor).perform(db)
                let slot = try AddSlot(
                    series: Desk.slug("week-ahead"), owner: Desk.address("writer"),
                    at: .init(weekday: 1, secondOfDay: 9 * 3_600, zone: try Zone.named("America/New_York")),
                    dueBefore: 0, by: actor
                ).perform(db)
                _ = try RecordSlot(slot.id, on: LocalDate("2030-11-25"), .filled(id), by: actor).perform(db)
                _ = try RequestReview(
                    id, from: Desk.address("deputy"), kind: .edit,
                    due: .init(try LocalDateTime("2030-11-26 12:00"), in: Self.zone), by: actor
                ).perform(db)
            }
            let entries = try await week(desk, "2030-W48")
            #expect(entries.map(\.kind) == [.slot, .review, .due])
            #expect(
                entries.map { $0.at.description } == [
                    "2030-11-25T14:00:00Z", "2030-11-26T12:00:00Z", "2030-11-27T16:00:00Z",
                ])
            #expect(entries.map(\.detail) == ["week-ahead filled", "edit", ""])
            #expect(entries.allSatisfy { $0.article?.id == id && $0.article?.words == 5 })
            #expect(entries[2].article?.hasArt == false)
            #expect(entries[2].article?.fees?.map(\.description) == ["400.00 USD"])
            // A writer plans, and knows no fee.
            #expect(try await week(desk, "2030-W48", as: "writer").allSatisfy { $0.article?.fees == nil })
            // An editor of books knows no fee of the world's section.
            #expect(try await week(desk, "2030-W48", as: "bookeditor").allSatisfy { $0.article?.fees == nil })
            for name in ["fundraiser", "freelance"] {
                await #expect(throws: AccessError.self) { _ = try await week(desk, "2030-W48", as: name) }
            }
        }
    }

    @Test func aWeekShowsWhatGoesOutByItselfAndWhatEmbargoEnds() async throws {
        try await withDesk { desk in
            let id = try await desk.approved()
            let schedule = try await desk.schedule(id, at: "2030-11-27 06:00")
            let other = try await desk.pitch("Under embargo")
            _ = try await desk.act("publisher") { db, actor in
                try EmbargoArticle(other, until: Desk.wall("2030-11-28 06:00"), by: actor).perform(db)
            }
            let entries = try await week(desk, "2030-W48")
            #expect(entries.map(\.kind) == [.schedule, .embargo])
            #expect(entries.map(\.detail) == ["publish pending", ""])
            #expect(entries.map(\.article?.id) == [id, other])
            #expect(entries.map { $0.at.description } == ["2030-11-27T06:00:00Z", "2030-11-28T06:00:00Z"])
            _ = try await desk.act("publisher") { db, actor in
                try ChangeSchedule(schedule.id, .cancel, by: actor).perform(db)
            }
            #expect(try await week(desk, "2030-W48").map(\.kind) == [.embargo])
        }
    }

    /// How often prepared statements ran in this session.
    private static func runs(_ db: Connection) throws -> Int {
        try db.one(
            "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint FROM pg_prepared_statements"
        ) { try $0.next(Int.self) }
    }

    @Test func aLongListTakesAsManyStatementsAsAShortOne() async throws {
        try await withDesk { desk in
            func cost() async throws -> [Int] {
                try await desk.act("chief") { db, actor in
                    // Once before, so that every statement is prepared.
                    var costs: [Int] = []
                    for _ in 0..<2 {
                        costs = []
                        func measured(_ body: () throws -> Void) throws {
                            let before = try Self.runs(db)
                            try body()
                            costs.append(try Self.runs(db) - before)
                        }
                        try measured { _ = try Calendar.week(db, Week("2030-W48"), in: Self.zone, for: actor) }
                        try measured { _ = try Search("dam").all(db, for: actor, limit: 100) }
                        try measured { _ = try Commissions().list(db, for: actor, limit: 100) }
                        try measured { _ = try Series.list(db, for: actor, limit: 100) }
                    }
                    return costs
                }
            }
            func fill(_ count: Int) async throws {
                for number in 0..<count {
                    let id = try await desk.pitch("The dam \(number)")
                    try await desk.save(id, body: "One dam.\n")
                    try await due(desk, id, "2030-11-27T16:00:00Z")
                    try await desk.act("editor") { db, actor in
                        let fee = try Money(parsing: "400.00", currency: Currency("USD"))
                        _ = try CommissionArticle(id, from: Desk.slug("gus-guest"), .init(price: .fee(fee)), by: actor)
                            .perform(db)
                    }
                }
            }
            try await fill(1)
            let short = try await cost()
            try await fill(20)
            let long = try await cost()
            #expect(short == long)
            #expect(try await week(desk, "2030-W48").count == 21)
            #expect(short.allSatisfy { (1...8).contains($0) }, "\(short)")
        }
    }
}
