import ArgumentParser
import Editorial
import Postgres
import Values

struct StyleNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "style", "How the house writes, for `article check`.",
        verbs: [AddStyleCommand.self, RemoveStyleCommand.self, ListStyleCommand.self],
        example: """
            masthead style add e-mail --instead email
            masthead style add "Volodymyr Zelenskyy" --name
            """)
}

struct AddStyleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Adds a word that isn't written here, or a name as it is spelled.",
        example: "masthead style add e-mail --instead email")
    static let access = DatabaseAccess.write

    @Argument(help: "The word, or the name.") var word: String
    @Option(help: "What is written instead.") var instead: String?
    @Flag(help: "It is a name as it is spelled.") var name = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !name || instead == nil else { throw ValidationError("A name has no --instead.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try EditHouseWord(
            name ? .name : .style, word, .add(instead: instead), by: context.actor(db)
        ).perform(db)
        return .none
    }
}

struct RemoveStyleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "remove", "Takes a word or a name out of the list.", example: "masthead style remove e-mail")
    static let access = DatabaseAccess.write

    @Argument(help: "The word, or the name.") var word: String
    @Flag(help: "It is a name.") var name = false
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try EditHouseWord(name ? .name : .style, word, .remove, by: context.actor(db)).perform(db)
        return .none
    }
}

struct ListStyleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "The house's words and names.", example: "masthead style list")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        _ = try context.actor(db)
        return Output(
            ["kind", "word", "instead"],
            try HouseWord.list(db).map { [.text($0.kind.rawValue), .text($0.word), .text($0.instead)] })
    }
}

struct CheckArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "check", "Advice on a text: names, house style, links, double words, what is missing.",
        more: "Advice keeps nothing in. Names are compared with contributors and the names of `style list`.",
        example: "masthead article check 12")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @Option(help: "Another text than the current one.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let advice = try Advice.list(db, target.id(db), revision: revision, for: context.actor(db))
        return Output(
            ["advice", "found", "instead"],
            advice.map { [.text($0.rule.rawValue), .text($0.found), .text($0.instead)] })
    }
}

struct CoverageNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "coverage", "What was published, and how well.", verbs: [ReportCoverageCommand.self],
        example: "masthead coverage report --by section --from 2026-10 --against 2025-10")
}

struct ReportCoverageCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "report", "Counts stories, words, updates, corrections, retractions, newcomers, days and slots.",
        more: """
            Along region, topic, author and contributor-kind a story counts for each of its values; the total counts \
            it once. Slots are told by series and in the total. A period is a day, a month or a year in the \
            publication's zone; --against is one, or FROM..TO.
            """,
        example: """
            masthead coverage report --by section --from 2026-10
            masthead coverage report --by author --from 2026-01 --to 2026-06 --against 2025-01..2025-06
            """)
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: Coverage.Axis.self)).", transform: Choice.word) var by: Coverage.Axis
    @Option(help: "From this day, month or year on.", transform: { try Period($0) }) var from: Period
    @Option(help: "Through this one; the first one unless given.", transform: { try Period($0) }) var to: Period?
    @Option(help: "The stretch to compare with: 2025, or 2025-01..2025-06.", transform: Self.stretch)
    var against: Stretch?
    @OptionGroup var global: GlobalOptions

    struct Stretch: Sendable {
        let first: Period
        let last: Period

        var text: String { first == last ? first.description : "\(first)..\(last)" }
        func range(in zone: Zone) -> Range<Timestamp>? {
            let (start, end) = (first.bounds(in: zone).lowerBound, last.bounds(in: zone).upperBound)
            return start < end ? start..<end : nil
        }
    }

    private static func stretch(_ text: String) throws -> Stretch {
        guard let dots = text.firstRange(of: "..") else {
            let period = try Period(text)
            return Stretch(first: period, last: period)
        }
        return Stretch(
            first: try Period(String(text[..<dots.lowerBound])), last: try Period(String(text[dots.upperBound...])))
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        var rows: [[Field]] = []
        for stretch in [Stretch(first: from, last: to ?? from), against].compactMap(\.self) {
            guard let range = stretch.range(in: context.zone) else {
                throw Failure(.usage, "usage", "The stretch '\(stretch.text)' ends before it begins.")
            }
            let report = try Coverage(by: by, in: range, zone: context.zone).report(db, for: actor)
            rows += report.lines.map { Self.row(stretch.text, $0.key ?? "(none)", $0) }
            rows.append(Self.row(stretch.text, "(total)", report.total))
        }
        if by.overlaps { context.tell("A story counts for each \(by.rawValue) it has, and in the total once.") }
        return Output(
            [
                "period", "key", "stories", "words", "updates", "corrections", "corrections_per_100", "retractions",
                "new_outside", "days_to_publish", "slots_kept", "slots_missed", "slots_skipped",
            ], rows)
    }

    private static func row(_ period: String, _ key: String, _ line: Coverage.Line) -> [Field] {
        [
            .text(period), .text(key), .integer(line.stories), .integer(line.words), .integer(line.updates),
            .integer(line.corrections), line.correctionsPer100.map { .number($0) } ?? .null,
            .integer(line.retractions), .integer(line.newOutside), line.medianDays.map { .number($0) } ?? .null,
            .integer((line.slots?.kept).map(Int64.init)), .integer((line.slots?.missed).map(Int64.init)),
            .integer((line.slots?.skipped).map(Int64.init)),
        ]
    }
}
