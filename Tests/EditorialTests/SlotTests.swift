import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// Weekly promises: on the wall, through changes of clocks, holidays and deadlines.
struct SlotTests {
    private func day(_ text: String) throws -> LocalDate { try LocalDate(text) }

    private func slot(
        _ desk: Desk, weekday: Int, at seconds: Int, zone: String, dueBefore: Int64 = 0, from: String = "2020-01-01"
    ) async throws -> Slot {
        try await desk.act("editor") { db, actor in
            if try db.value("SELECT count(*) FROM editorial.series", as: Int.self) == 0 {
                _ = try AddSeries(Desk.slug("week-ahead"), name: "The Week Ahead", by: actor).perform(db)
            }
            return try AddSlot(
                series: Desk.slug("week-ahead"), owner: Desk.address("writer"),
                at: .init(weekday: weekday, secondOfDay: seconds, zone: try Zone.named(zone)), dueBefore: dueBefore,
                from: try LocalDate(from), by: actor
            ).perform(db)
        }
    }

    private func occurrences(_ desk: Desk, _ first: String, _ last: String) async throws -> [Slot.Occurrence] {
        let (first, last) = (try day(first), try day(last))
        return try await desk.act("editor") { db, actor in
            try Slots.occurrences(db, from: first, through: last, for: actor)
        }
    }

    /// The offsets by hand: New York is -5 in winter and -4 in summer, Berlin +1 and +2; the clocks change on
    /// 8 March and 1 November 2026 there, on 29 March and 25 October here.
    @Test(arguments: [
        ("America/New_York", "2026-03-02", ["2026-03-02T14:00:00Z", "2026-03-09T13:00:00Z", "2026-03-16T13:00:00Z"]),
        ("America/New_York", "2026-10-26", ["2026-10-26T13:00:00Z", "2026-11-02T14:00:00Z", "2026-11-09T14:00:00Z"]),
        ("Europe/Berlin", "2026-03-23", ["2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z", "2026-04-06T07:00:00Z"]),
        ("Europe/Berlin", "2026-10-19", ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z"]),
    ])
    func aWeeklySlotStaysAtNineAcrossAClockChange(zone: String, first: String, expected: [String]) async throws {
        try await withDesk { desk in
            _ = try await slot(desk, weekday: 1, at: 9 * 3_600, zone: zone)
            let monday = try day(first)
            let found = try await occurrences(desk, first, monday.adding(days: 20).description)
            #expect(found.map { $0.at.description } == expected)
            let wall = try Zone.named(zone)
            #expect(found.allSatisfy { wall.local(at: $0.at).hour == 9 && wall.local(at: $0.at).minute == 0 })
            #expect(found.map(\.day) == [monday, monday.adding(days: 7), monday.adding(days: 14)])
        }
    }

    @Test func aSlotAtATimeTheClockJumpsOverMovesOnByTheJumpThatDayOnly() async throws {
        try await withDesk { desk in
            _ = try await slot(desk, weekday: 7, at: 2 * 3_600 + 1_800, zone: "America/New_York")
            let found = try await occurrences(desk, "2026-03-01", "2026-03-15")
            // 02:30 EST; 03:30 EDT, because 02:30 never was; 02:30 EDT.
            #expect(
                found.map { $0.at.description } == [
                    "2026-03-01T07:30:00Z", "2026-03-08T07:30:00Z", "2026-03-15T06:30:00Z",
                ])
            let zone = try Zone.named("America/New_York")
            #expect(zone.local(at: found[1].at).description == "2026-03-08T03:30:00")
            // 01:30 comes twice on the first of November: the first one, still in summer time.
            _ = try await slot(desk, weekday: 7, at: 3_600 + 1_800, zone: "America/New_York")
            let autumn = try await occurrences(desk, "2026-11-01", "2026-11-01")
            #expect(autumn.contains { $0.at.description == "2026-11-01T05:30:00Z" })
        }
    }

    @Test func aHolidayIsNoMissAndAnEmptySlotIs() async throws {
        try await withDesk { desk in
            let slot = try await slot(desk, weekday: 1, at: 9 * 3_600, zone: "UTC", from: "2025-01-06")
            try await desk.act("editor") { db, actor in
                _ = try RecordSlot(
                    slot.id, on: LocalDate("2025-01-13"), .skipped(reason: "Holiday"), by: actor
                ).perform(db)
            }
            let found = try await occurrences(desk, "2025-01-06", "2025-01-20")
            #expect(found.map(\.state) == [.missed, .skipped, .missed])
            #expect(found[1].reason == "Holiday")
            try await desk.act("editor") { db, actor in
                _ = try RecordSlot(slot.id, on: LocalDate("2025-01-13"), .reopened, by: actor).perform(db)
            }
            #expect(try await occurrences(desk, "2025-01-13", "2025-01-13").map(\.state) == [.missed])
            let noReason = await refusal {
                try await desk.act("editor") { db, actor in
                    try RecordSlot(slot.id, on: LocalDate("2025-01-20"), .skipped(reason: "  "), by: actor).perform(db)
                }
            }
            #expect(noReason == .contentRefused(field: "reason", reason: "it is empty"))
            let tuesday = await refusal {
                try await desk.act("editor") { db, actor in
                    try RecordSlot(slot.id, on: LocalDate("2025-01-14"), .reopened, by: actor).perform(db)
                }
            }
            #expect(tuesday == .noOccurrence(slot.id, try day("2025-01-14")))
        }
    }

    @Test func aSlotIsKeptByWhatWentPublicInTimeAndLateWhenItsTextIsDueAndMissing() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            let article = try await desk.article(id)
            let published = try #require(article.firstPublishedAt)
            // On the wall in UTC a minute after it went public, and two hours before.
            let wall = Zone.utc.local(at: published.adding(seconds: 60))
            let past = Zone.utc.local(at: published.adding(seconds: -7_200))
            let weekday = { (date: LocalDate) in date.weekday == 0 ? 7 : date.weekday }
            let kept = try await slot(desk, weekday: weekday(wall.date), at: wall.secondOfDay, zone: "UTC")
            let late = try await slot(desk, weekday: weekday(past.date), at: past.secondOfDay, zone: "UTC")
            try await desk.act("editor") { db, actor in
                _ = try RecordSlot(kept.id, on: wall.date, .filled(id), by: actor).perform(db)
                _ = try RecordSlot(late.id, on: past.date, .filled(id), by: actor).perform(db)
            }
            func state(_ slot: Slot, _ date: LocalDate) async throws -> Slot.Occurrence? {
                try await occurrences(desk, date.description, date.description).first { $0.slot.id == slot.id }
            }
            #expect(try await state(kept, wall.date)?.state == .kept)
            #expect(try await state(late, past.date)?.state == .missed)

            // The day after tomorrow, but due three days before: nobody filled it, so it is late.
            let ahead = Zone.utc.local(at: published.adding(seconds: 2 * 86_400))
            let due = try await slot(
                desk, weekday: weekday(ahead.date), at: ahead.secondOfDay, zone: "UTC", dueBefore: 3 * 86_400)
            #expect(try await state(due, ahead.date)?.state == .open)
            #expect(try await state(due, ahead.date)?.isLate == true)
            let draft = try await desk.pitch("The next one")
            try await desk.act("writer") { db, actor in
                // The slot's owner fills it without managing slots.
                _ = try RecordSlot(due.id, on: ahead.date, .filled(draft), by: actor).perform(db)
            }
            #expect(try await state(due, ahead.date)?.state == .filled)
            #expect(try await state(due, ahead.date)?.isLate == true)
        }
    }

    @Test(arguments: [
        ("2026-W48", "2026-11-23"), ("2026-W01", "2025-12-29"), ("2026-W53", "2026-12-28"), ("2025-W01", "2024-12-30"),
        ("2020-W53", "2020-12-28"), ("2021-W01", "2021-01-04"),
    ])
    func aWeekIsReadAsIsoCountsIt(text: String, monday: String) throws {
        let week = try Week(text)
        #expect(week.monday.description == monday)
        #expect(week.description == text)
        for offset in 0..<7 { #expect(Week(containing: week.monday.adding(days: offset)) == week) }
    }

    @Test(arguments: ["2025-W53", "2026-W00", "2026-W54", "2026-48", "W48", "2026-W4", "26-W48", "", "2026-W048"])
    func whatIsNoWeekIsRefused(text: String) {
        #expect(throws: ValueError.self) { _ = try Week(text) }
    }
}
