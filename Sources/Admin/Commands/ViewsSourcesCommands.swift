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

    func output(
        _ kinds: [SourcesReport.Kind], _ db: Connection, _ context: CommandContext
    ) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let report = SourcesReport(
            site: site, kinds: kinds, limit: limit, from: from, to: to, names: try context.newsroom.sourceNames())
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
        try options.output(SourcesReport.Kind.allCases, db, context)
    }
}

/// `views utm`
struct UtmViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "utm", "Visits by the utm_source of the link that they came by.",
        more: "utm_medium and utm_campaign aren't kept: only the source is counted.",
        example: "masthead views utm --from 2026-03")
    static let access = DatabaseAccess.read

    @OptionGroup var options: SourcesOptions
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try options.output([.utm], db, context)
    }
}
