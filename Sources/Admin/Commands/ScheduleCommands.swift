public import ArgumentParser
public import Editorial
import Newsroom
import Postgres
import Values

struct ScheduleNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "schedule", "What goes out, or away, by itself.",
        verbs: [
            AddScheduleCommand.self, ListSchedulesCommand.self, MoveScheduleCommand.self, CancelScheduleCommand.self,
        ],
        example: """
            masthead schedule add 12 --at "2026-12-01 06:00"
            masthead schedule list --overdue
            """)
}

struct AddScheduleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Has the approved text go out at a time, or what is public go away.",
        more: """
            The time is that of the publication's wall; one that doesn't exist or comes twice is refused unless \
            --offset says which is meant. It is bound to the text: edited afterwards, it fails at its time, visibly. \
            A worker does it: `masthead work`.
            """,
        example: """
            masthead schedule add 12 --at "2026-12-01 06:00"
            masthead schedule add 12 --action unpublish --at "2026-12-24 00:00" --reason-class copyright
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "When, as in \"2026-12-01 06:00\".", transform: { try LocalDateTime($0) }) var at: LocalDateTime
    @OptionGroup var choice: OffsetOption
    @Option(help: "publish, update or unpublish; publishing in the way that fits unless said.")
    var action: Schedule.Action?
    @Option(help: "The revision that is meant; refused when it isn't the approved, current one.") var revision: Int?
    @Option(help: "Of an unpublishing: legal, privacy, copyright, error or other.") var reasonClass: ReasonClass?
    @Option(help: "A note for the newsroom's own record.") var note: String?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard reasonClass == nil || action == .unpublish else {
            throw ValidationError("--reason-class goes with --action unpublish.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let schedule = try ScheduleArticle(
            target.id(db), action, at: ClockTime(at, in: context.zone, offset: choice.offset), revision: revision,
            reason: reasonClass, note: note, by: context.actor(db)
        ).perform(db)
        return .record(schedule.fields)
    }
}

struct ListSchedulesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "What is scheduled, earliest first.",
        more: "Without a filter, what is still to happen. Who authorised it stays, whatever becomes of the account.",
        example: """
            masthead schedule list --overdue
            masthead schedule list --failed
            """)
    static let access = DatabaseAccess.read

    @Flag(help: "Only what is due and not done: there is no worker, or it is late.") var overdue = false
    @Flag(help: "Only what failed, or was held because it would have overwritten another text.") var failed = false
    @Flag(help: "What is done or cancelled, too.") var all = false
    @Option(help: "Only of this article: its number, or a slug it was public under.") var article: String?
    @Option(help: "At most so many, up to 1000.") var limit: Int = 50
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
        guard !(overdue && failed) else { throw ValidationError("What failed isn't overdue: say one of the two.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var query = Schedules()
        query.overdueOnly = overdue
        query.failedOnly = failed
        query.withSettled = all
        query.article = try article.map { try Articles.id(db, named: $0) }
        let schedules = try query.list(db, for: context.actor(db), limit: limit)
        return Output(Schedule.columnKeys, schedules.map { $0.fields.map(\.field) })
    }
}

struct MoveScheduleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "move", "Puts what is scheduled at another time.",
        example: "masthead schedule move 3 --at \"2026-12-01 08:00\"")
    static let access = DatabaseAccess.write

    @Argument(help: "The schedule's number.") var schedule: Int64
    @Option(help: "When, as in \"2026-12-01 06:00\".", transform: { try LocalDateTime($0) }) var at: LocalDateTime
    @OptionGroup var choice: OffsetOption
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let time = ClockTime(at, in: context.zone, offset: choice.offset)
        let moved = try ChangeSchedule(ID<Schedule>(schedule), .move(to: time), by: context.actor(db)).perform(db)
        return .record(moved.fields)
    }
}

struct CancelScheduleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "cancel", "Calls off what is scheduled.", example: "masthead schedule cancel 3")
    static let access = DatabaseAccess.write

    @Argument(help: "The schedule's number.") var schedule: Int64
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let cancelled = try ChangeSchedule(ID<Schedule>(schedule), .cancel, by: context.actor(db)).perform(db)
        return .record(cancelled.fields)
    }
}

extension Schedule {
    /// One line about it.
    var fields: [(column: Column, field: Field)] {
        [
            ("schedule", .id(id)), ("article", .id(article)), ("action", .text(action.rawValue)),
            ("revision", .integer(revision)), ("at", .text(dueLocal)), ("zone", .text(dueZone)),
            ("due", .time(dueAt)), ("state", .text(isOverdue ? "overdue" : state.rawValue)),
            ("why", .text(rule)), ("message", .text(message)), ("authorised_by", .text(authorisedBy.text)),
            ("title", .text(title)),
        ]
    }

    static let columnKeys: [Column] = [
        "schedule", "article", "action", "revision", "at", "zone", "due", "state", "why", "message", "authorised_by",
        "title",
    ]
}

extension Schedule.Action: ExpressibleByArgument {}
