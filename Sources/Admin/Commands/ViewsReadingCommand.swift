import Access
import ArgumentParser
import Audience
import Postgres
import Values

/// `views reading`
struct ReadingViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "reading", "How pages were read, as far as the beacon tells.",
        more: """
            reads are texts whose end was seen, or that were engaged with for 30 seconds and seen to 60 %. openings are \
            stories opened in place inside another page, and no page views. read_percent is of both; mean_seconds is the \
            engaged time of each. Days that the beacon doesn't count are left out.
            """,
        example: "masthead views reading --from 2026-03 --limit 20")
    static let access = DatabaseAccess.read

    @Option(help: "At most so many.") var limit = 10
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period?
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        try requireListLimit(limit)
        try requireOrder(from, to)
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let lines = try ReadingReport(site: site, limit: limit, from: from, to: to).lines(db)
        return Output(
            [
                "page", Column("pv", heading: "PAGE VIEWS"), "openings", "reads", "read_percent", "engaged_seconds",
                "mean_seconds",
            ],
            lines.map { line in
                [
                    .text(line.path), .integer(line.views), .integer(line.openings), .integer(line.reads),
                    line.readPercent.map { .number($0) } ?? .null, .integer(line.engagedMs / 1_000),
                    line.meanSeconds.map { .integer($0) } ?? .null,
                ]
            })
    }
}
