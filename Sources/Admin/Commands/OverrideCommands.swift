import ArgumentParser
import Editorial
import Postgres
import Values

struct OverrideNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "override", "Letting a text out without what its policy wants, by name and with a reason.",
        verbs: [GiveOverrideCommand.self, ListOverridesCommand.self],
        example: "masthead override give 12 --revision 4 --reason \"the court rules at nine\"")
}

struct GiveOverrideCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "give", "Lets one text out without approvals or ticks it lacks.",
        more: """
            It holds for this very revision: the next one needs its approvals again. It lifts neither an embargo nor \
            what a picture lacks. It is named in the audit and in every month's count.
            """,
        example: "masthead override give 12 --revision 4 --reason \"the court rules at nine\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The revision that was read.") var revision: Int
    @OptionGroup var why: ReasonOption
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let given = try GiveOverride(target.id(db), revision: revision, reason: why.reason, by: context.actor(db))
            .perform(db)
        return .record(zip(Output.overrideColumns, Output.overrideFields(given)).map { (column: $0, field: $1) })
    }
}

struct ListOverridesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Overrides, latest first; or how many there were each month.",
        example: """
            masthead override list --month 2026-11
            masthead override list --by-month
            """)
    static let access = DatabaseAccess.read

    @Option(help: "Only this month's.", transform: Self.month) var month: Period?
    @Flag(help: "How many each month, and how many of them let something out.") var byMonth = false
    @Option(help: "At most so many.") var limit = 100
    @OptionGroup var global: GlobalOptions

    private static func month(_ text: String) throws -> Period {
        let period = try Period(text)
        guard period.granularity == .month else { throw ValidationError("--month is like 2026-11; not '\(text)'.") }
        return period
    }

    func validate() throws {
        try requireListLimit(limit)
        guard month == nil || !byMonth else { throw ValidationError("Say either --month or --by-month.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        if byMonth {
            return Output(
                ["month", "overrides", "used"],
                try Override.months(db, for: actor).map { [.text($0.month), .integer($0.count), .integer($0.used)] })
        }
        let span = month?.bounds(in: context.zone)
        let overrides = try Override.list(db, in: span, for: actor, limit: limit)
        return Output(Output.overrideColumns, overrides.map(Output.overrideFields))
    }
}

extension Output {
    fileprivate static let overrideColumns: [Column] = [
        "id", "article", "revision", "by", "at", "used", "reason",
    ]

    fileprivate static func overrideFields(_ given: Override) -> [Field] {
        [
            .id(given.id), .id(given.article), .integer(given.revision), .text(given.givenBy.text),
            .time(given.givenAt), .bool(given.isUsed), .text(given.reason),
        ]
    }
}
