import ArgumentParser
import Editorial
import Postgres
import Values

struct SlotNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "slot", "Places in the week that a series promises to fill.",
        verbs: [
            AddSlotCommand.self, ListSlotsCommand.self, FillSlotCommand.self, SkipSlotCommand.self,
            ReopenSlotCommand.self, EndSlotCommand.self,
        ],
        example: "masthead slot list --week 2026-W48")
}

enum Weekday: String, CaseIterable, ExpressibleByArgument {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// 1 for Monday.
    var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
    static func word(_ number: Int) -> String { allCases[(number + 6) % 7].rawValue }
}

struct AddSlotCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Promises a place in the week to a series.",
        more: """
            The time hangs on the wall of --zone and stays there when clocks change. A time that a clock jumps over \
            moves on by as much as the clock did; of one that comes twice the first counts. A slot is kept when its \
            article is public at most an hour after its time.
            """,
        example: """
            masthead slot add --series week-ahead --owner bo@example.org --weekday monday --at 09:00 \
            --zone America/New_York --due-before 1d
            """)
    static let access = DatabaseAccess.write

    @Option(help: "The series' slug.", transform: Slug.init) var series: Slug
    @Option(help: "Who sees to it: an account's e-mail.", transform: EmailAddress.init) var owner: EmailAddress
    @Option(help: "The day of the week.") var weekday: Weekday
    @Option(help: "The time on the wall: 09:00.", transform: Self.time) var at: Int
    @Option(help: "The wall's zone; the publication's unless given.", transform: Zone.named) var zone: Zone?
    @Option(help: "How long before the text is due: 1d, 12h, 30m.", transform: Self.span) var dueBefore: Int64 = 0
    @Option(help: "What goes out when it is empty: an article, or series for its latest instalment.")
    var fallback: String?
    @Option(help: "Its first day; today unless given.", transform: { try LocalDate($0) }) var from: LocalDate?
    @OptionGroup var global: GlobalOptions

    private static func time(_ text: String) throws -> Int {
        guard let wall = try? LocalDateTime("2000-01-01T" + text) else {
            throw ValueError(kind: "time", value: text, reason: "write it as 09:00")
        }
        return wall.secondOfDay
    }

    static func span(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["d": 86_400, "h": 3_600, "m": 60]
        guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()), (0...100_000) ~= count
        else { throw ValueError(kind: "span", value: text, reason: "write 1d, 12h or 30m") }
        return count * unit
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var standIn: Slot.Fallback?
        if let fallback { standIn = fallback == "series" ? .series : .article(try Articles.id(db, named: fallback)) }
        let slot = try AddSlot(
            series: series, owner: owner,
            at: .init(weekday: weekday.number, secondOfDay: at, zone: zone ?? context.zone), dueBefore: dueBefore,
            fallback: standIn, from: from, by: context.actor(db)
        ).perform(db)
        return .record([
            ("slot", .id(slot.id)), ("series", .text(slot.series.text)), ("owner", .text(slot.owner.text)),
            ("weekday", .text(Weekday.word(slot.weekday))), ("at", .text(slot.clock)),
            ("zone", .text(slot.zone.name)), ("from", .date(slot.from)),
        ])
    }
}

struct ListSlotsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "What a week's slots promise, and what became of them.",
        more: """
            open and filled lie ahead; kept, missed and skipped are how it ended. late says that the text's deadline \
            passed without one that could go out. --missed lists what was missed in the last weeks.
            """,
        example: "masthead slot list --week 2026-W48")
    static let access = DatabaseAccess.read

    @Option(help: "The week; this one unless given.", transform: Week.init) var week: Week?
    @Option(help: "So many weeks, up to 53.") var weeks: Int = 1
    @Flag(help: "Only what was missed or is late.") var missed = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...53).contains(weeks) else { throw ValidationError("--weeks is between 1 and 53.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let first = week ?? Week(containing: context.zone.date(at: context.now))
        let found = try Slots.occurrences(
            db, from: first.monday, through: first.monday.adding(days: 7 * weeks - 1), for: context.actor(db))
        return .occurrences(found.filter { !missed || $0.state == .missed || $0.isLate })
    }
}

/// One occurrence: which slot, which day.
struct OccurrenceArguments: ParsableArguments {
    @Argument(help: "The slot's number.", transform: Self.slot) var slot: ID<Slot>
    @Argument(help: "The day.", transform: { try LocalDate($0) }) var day: LocalDate

    static func slot(_ text: String) throws -> ID<Slot> {
        guard let id = ID<Slot>(text: text) else { throw ValidationError("A slot is a number; not '\(text)'.") }
        return id
    }
}

struct FillSlotCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "fill", "Says which article fills a slot on a day.", example: "masthead slot fill 3 2026-11-23 12")
    static let access = DatabaseAccess.write

    @OptionGroup var occurrence: OccurrenceArguments
    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let event = RecordSlot.Event.filled(try target.id(db))
        return .occurrences([
            try RecordSlot(occurrence.slot, on: occurrence.day, event, by: context.actor(db)).perform(db)
        ])
    }
}

struct SkipSlotCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "skip", "Leaves a slot out on a day: a holiday is no miss.",
        example: "masthead slot skip 3 2026-12-28 --reason \"Between the years\"")
    static let access = DatabaseAccess.write

    @OptionGroup var occurrence: OccurrenceArguments
    @Option(help: "Why.") var reason: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let event = RecordSlot.Event.skipped(reason: reason)
        return .occurrences([
            try RecordSlot(occurrence.slot, on: occurrence.day, event, by: context.actor(db)).perform(db)
        ])
    }
}

struct ReopenSlotCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "reopen", "Takes back what was said of a slot on a day.", example: "masthead slot reopen 3 2026-12-28")
    static let access = DatabaseAccess.write

    @OptionGroup var occurrence: OccurrenceArguments
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .occurrences([
            try RecordSlot(occurrence.slot, on: occurrence.day, .reopened, by: context.actor(db)).perform(db)
        ])
    }
}

struct EndSlotCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "end", "Ends a slot: the day is its last.", example: "masthead slot end 3 2026-12-31")
    static let access = DatabaseAccess.write

    @OptionGroup var occurrence: OccurrenceArguments
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let slot = try EndSlot(occurrence.slot, on: occurrence.day, by: context.actor(db)).perform(db)
        return .record([("slot", .id(slot.id)), ("series", .text(slot.series.text)), ("until", .date(slot.until))])
    }
}

extension Slot {
    /// "09:00".
    var clock: String {
        let parts = [secondOfDay / 3_600, secondOfDay / 60 % 60]
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}

extension Output {
    fileprivate static func occurrences(_ found: [Slot.Occurrence]) -> Output {
        Output(
            ["slot", "series", "day", "at", "due", "state", "late", "owner", "article", "title", "reason", "fallback"],
            found.map { one in
                let fallback: String? =
                    switch one.slot.fallback {
                    case .article(let id): "article \(id)"
                    case .series: "series"
                    case nil: nil
                    }
                return [
                    .id(one.slot.id), .text(one.slot.series.text), .date(one.day), .time(one.at), .time(one.due),
                    .text(one.state.rawValue), .bool(one.isLate), .text(one.slot.owner.text),
                    .integer(one.article?.rawValue), .text(one.title), .text(one.reason), .text(fallback),
                ]
            })
    }
}
