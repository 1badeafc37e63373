import Access
import ArgumentParser
import Audience
import Newsroom
import Postgres
import Values

/// What `views sources` and `views utm` are told.
struct SourcesOptions: ParsableArguments {
    @Option(help: "At most so many.") var limit = 20
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period?
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period?

    func validate() throws {
        try requireListLimit(limit)
        try requireOrder(from, to)
    }
}

/// `views sources`
struct SourcesViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "sources", "Where visits came from: how many, how many left after one page, what they viewed.",
        more: """
            A visit comes from where its first page says: utm_source, else source or ref, a click id, the referring \
            host, else direct. Views that came too late to join a visit are in no source.
            """,
        example: "masthead views sources --from 2026-03 --to 2026-03")
    static let access = DatabaseAccess.read

    @OptionGroup var options: SourcesOptions
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let report = SourcesReport(
            site: options.site, limit: options.limit, from: options.from, to: options.to,
            names: try context.newsroom.sourceNames())
        return Output(
            ["source", "known_by", "visits", "bounces", Column("pv", heading: "PAGE VIEWS")],
            try report.lines(db).map { line in
                [
                    .text(line.source), .text(line.kind.word), .integer(line.visits), .integer(line.bounces),
                    .integer(line.views),
                ]
            })
    }
}

/// `views utm`
struct UtmViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "utm", "Visits by the tags of the link that they came by: source, medium, campaign, term, content.",
        more: """
            A link is told by its utm_source; without one its other tags aren't kept. Tags are folded to lower case, \
            and at most 100 bytes long. --by, once or several times, takes links together that differ in other tags.
            """,
        example: """
            masthead views utm --from 2026-03
            masthead views utm --by campaign --by content --from 2026
            """)
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: UtmReport.Tag.self)); else all of them.", transform: Choice.word)
    var by: [UtmReport.Tag] = []
    @OptionGroup var options: SourcesOptions
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        guard Set(by).count == by.count else { throw ValidationError("--by names each tag once.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let tags = by.isEmpty ? UtmReport.Tag.allCases : by
        let report = UtmReport(
            site: options.site, by: tags, limit: options.limit, from: options.from, to: options.to)
        return Output(
            tags.map { Column($0.rawValue) } + ["visits", "bounces", Column("pv", heading: "PAGE VIEWS")],
            try report.lines(db).map { line in
                line.values.map { .text($0) } + [
                    .integer(line.visits), .integer(line.bounces), .integer(line.views),
                ]
            })
    }
}
