import Access
import ArgumentParser
import Audience
import Postgres
import Values

struct ViewsCoveredNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "covered", "Stretches of time that no log covers, and somebody vouches for.",
        verbs: [AddCoveredCommand.self, ListCoveredCommand.self, RemoveCoveredCommand.self],
        example: "masthead views covered list")
}

/// `views covered add`
struct AddCoveredCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Vouches for a stretch of time that no log covers.",
        more: """
            A period is compared when it is over and covered from its first second to its last, by logs or by somebody's \
            word. The stretch goes from the beginning of the one period to the end of the other, by the site's clock. \
            Nothing is added to the views.
            """,
        example:
            "masthead views covered add --site example.org --from 2026-03-07 --to 2026-03-09 --reason 'Server was down'"
    )
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
        return .record(Array(zip(ListCoveredCommand.columns, ListCoveredCommand.fields(covered))))
    }
}

/// `views covered list`
struct ListCoveredCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the stretches of time that somebody vouched for.",
        example: "masthead views covered list --site example.org")
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

/// `views covered remove`
struct RemoveCoveredCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "remove", "Takes back that a stretch of time is covered.", example: "masthead views covered remove 3")
    static let access = DatabaseAccess.write

    @Argument(help: "The number that 'views covered list' prints.") var id: Int64
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let covered = try UncoverTime(id, by: context.actor(db)).perform(db)
        return .record(Array(zip(ListCoveredCommand.columns, ListCoveredCommand.fields(covered))))
    }
}

struct ViewsMarkNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "mark", "Days on which something happened that a comparison across them can't know.",
        verbs: [AddMarkCommand.self, ListMarksCommand.self, RemoveMarkCommand.self],
        example: "masthead views mark list")
}

/// `views mark add`
struct AddMarkCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Marks a day on which something happened that a comparison across it can't know.",
        more: """
            Kinds: relaunch (the site was rebuilt), meter (it is counted in another way), bots (another list of bots), \
            news (a story that everybody read).
            """,
        example: "masthead views mark add 2026-03-14 'New site' --kind relaunch")
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
        return .record(Array(zip(ListMarksCommand.columns, ListMarksCommand.fields(mark))))
    }
}

/// `views mark list`
struct ListMarksCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the days that were marked.", example: "masthead views mark list --site example.org")
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

/// `views mark remove`
struct RemoveMarkCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "remove", "Takes a mark away.", example: "masthead views mark remove 2")
    static let access = DatabaseAccess.write

    @Argument(help: "The number that 'views mark list' prints.") var id: Int64
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let mark = try RemoveMark(id, by: context.actor(db)).perform(db)
        return .record(Array(zip(ListMarksCommand.columns, ListMarksCommand.fields(mark))))
    }
}

/// Says which marks lie between periods that are compared.
enum ViewsMarks {
    static func tell(_ lines: [GrowthReport.Line], _ site: String?, _ db: Connection, _ context: CommandContext) throws
    {
        let marks = try Mark.all(site: site, db)
        if marks.isEmpty { return }
        for line in lines {
            for mark in marks where mark.separates(line.stretch, line.against) {
                context.tell(
                    "\(line.stretch) against \(line.against): \(mark.kind.rawValue) on \(mark.day), "
                        + "\(Escape.escaped(mark.text))\(mark.host.map { " (\($0))" } ?? "").")
            }
        }
    }
}

/// One line of text that says something and fits its column.
private func requireLine(_ text: String, _ name: String, _ limit: Int) throws {
    guard !text.allSatisfy(\.isWhitespace), text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
    else { throw ValidationError("Write \(name) in one line of 1 to \(limit) bytes.") }
}
