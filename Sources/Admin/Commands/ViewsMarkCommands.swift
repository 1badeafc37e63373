import Access
import ArgumentParser
import Audience
import Postgres
import Values

/// `views cover`
struct CoverViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "cover", "Vouches for a stretch of time that no log covers.",
        more: """
            A period is compared when it is over and covered from its first second to its last, by logs or by somebody's \
            word. The stretch goes from the beginning of the one period to the end of the other, by the site's clock. \
            Nothing is added to the views.
            """,
        example: "masthead views cover --site example.org --from 2026-03-07 --to 2026-03-09 --reason 'Server was down'")
    static let access = DatabaseAccess.write

    @Option(help: ArgumentHelp("The host.", valueName: "host")) var site: String
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period
    @Option(help: "Why there is no log, in a sentence.") var reason: String
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        try requireOrder(from, to)
        try requireLine(reason, "--reason", CoverTime.maximumReason)
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let covered = try CoverTime(of: site, from: from, to: to, reason: reason, by: context.actor(db)).perform(db)
        return .record(Array(zip(CoveredViewsCommand.columns, CoveredViewsCommand.fields(covered))))
    }
}

/// `views covered`
struct CoveredViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "covered", "Lists the stretches of time that somebody vouched for.",
        example: "masthead views covered --site example.org")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        return Output(Self.columns, try CoveredTime.all(site: site, db).map(Self.fields))
    }

    static let columns: [Column] = ["id", "site", "from", "to", "reason", "added_by", "added_at"]

    static func fields(_ covered: CoveredTime) -> [Field] {
        [
            .integer(covered.id), .text(covered.host), .time(covered.from), .time(covered.to), .text(covered.reason),
            .text(covered.addedBy), .time(covered.addedAt),
        ]
    }
}

/// `views uncover`
struct UncoverViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "uncover", "Takes back that a stretch of time is covered.", example: "masthead views uncover 3")
    static let access = DatabaseAccess.write

    @Argument(help: "The number that 'views covered' prints.") var id: Int64
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let covered = try UncoverTime(id, by: context.actor(db)).perform(db)
        return .record(Array(zip(CoveredViewsCommand.columns, CoveredViewsCommand.fields(covered))))
    }
}

/// `views mark`
struct MarkViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "mark", "Marks a day on which something happened that a comparison across it can't know.",
        more: """
            Kinds: relaunch (the site was rebuilt), meter (it is counted in another way), bots (another list of bots), \
            news (a story that everybody read).
            """,
        example: "masthead views mark 2026-03-14 'New site' --kind relaunch")
    static let access = DatabaseAccess.write

    @Argument(help: "The day.", transform: { try LocalDate($0) }) var day: LocalDate
    @Argument(help: "What happened, in a few words.") var text: String
    @Option(
        help: ArgumentHelp("\(Choice.words(of: Mark.Kind.self)).", valueName: "kind"),
        transform: { try Choice.word($0) }) var kind: Mark.Kind
    @Option(help: ArgumentHelp("Only of this host.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws { try requireLine(text, "the text", Mark.maximumText) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let mark = try AddMark(text, on: day, kind: kind, site: site, by: context.actor(db)).perform(db)
        return .record(Array(zip(MarksViewsCommand.columns, MarksViewsCommand.fields(mark))))
    }
}

/// `views marks`
struct MarksViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "marks", "Lists the days that were marked.", example: "masthead views marks --site example.org")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("Only those of this host and of all.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        return Output(Self.columns, try Mark.all(site: site, db).map(Self.fields))
    }

    static let columns: [Column] = ["id", "day", "kind", "text", "site"]

    static func fields(_ mark: Mark) -> [Field] {
        [.integer(mark.id), .date(mark.day), .text(mark.kind.rawValue), .text(mark.text), .text(mark.host)]
    }
}

/// `views unmark`
struct UnmarkViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "unmark", "Takes a mark away.", example: "masthead views unmark 2")
    static let access = DatabaseAccess.write

    @Argument(help: "The number that 'views marks' prints.") var id: Int64
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let mark = try RemoveMark(id, by: context.actor(db)).perform(db)
        return .record(Array(zip(MarksViewsCommand.columns, MarksViewsCommand.fields(mark))))
    }
}

/// One line of text that says something and fits its column.
private func requireLine(_ text: String, _ name: String, _ limit: Int) throws {
    guard !text.allSatisfy(\.isWhitespace), text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
    else { throw ValidationError("Write \(name) in one line of 1 to \(limit) bytes.") }
}
