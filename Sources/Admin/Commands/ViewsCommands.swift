import Access
import ArgumentParser
import Audience
import FoundationEssentials
import Newsroom
import Postgres
import Synchronization
import Values

struct ViewsNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "views", "Page views: counted from access logs, reported and compared.",
        verbs: [
            ImportViewsCommand.self, ReportViewsCommand.self, TopViewsCommand.self, GrowthViewsCommand.self,
            SourcesViewsCommand.self, UtmViewsCommand.self, ViewsMeterNoun.self, ViewsHistoryNoun.self,
            CompletenessViewsCommand.self, ExplainViewsCommand.self, FilteredViewsCommand.self,
            RejectedViewsCommand.self, BotsViewsCommand.self, CloseViewsCommand.self, ClosedViewsCommand.self,
            ViewsCoveredNoun.self, ViewsMarkNoun.self,
        ], example: "masthead views import /var/log/nginx/access.log --site example.org")
}

/// What `--by` takes where a report goes by time.
enum ReportLength: String, Sendable, CaseIterable, ExpressibleByArgument {
    case hour, day, month, year

    var granularity: Granularity {
        switch self {
        case .hour: .hour
        case .day: .day
        case .month: .month
        case .year: .year
        }
    }
}

/// `views import`
struct ImportViewsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "import", "Counts access logs, every line exactly once.",
        more: """
            Logs in the combined or common format, with or without the virtual host in front, plain or gz. A log is \
            known by its content: the same file again, a copy or its gz adds nothing, and of a file that has grown only \
            the new lines are counted. A last line that no newline ends waits for it, unless --final is said; the end \
            of a gz is final.

            Lines that don't name a virtual host belong to --site, else to 'localhost'. A new site takes the \
            publication's time zone.
            """,
        example: "masthead views import access.log access.log.1.gz --site example.org")

    @Argument(help: "The logs.", completion: .file()) var files: [String]
    @Option(help: ArgumentHelp("All lines are views of this host.", valueName: "host")) var site: String?
    @Flag(help: "The files won't grow: count a last line that no newline ends.") var final = false
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let newsroom = try context.newsroom
        let database = try context.database
        try await database.read { db in try context.actor(db).require(.viewsImport) }
        var options = LogImport.Options(
            zone: newsroom.zone, bots: try newsroom.bots(), now: context.now)
        options.site = site
        options.isFinal = final
        options.workers = min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 64)
        let progress = Progress("views import", total: nil, unit: "B", context)
        let told = Mutex(0)
        let reports: [LogImport.Report]
        do {
            reports = try await LogImport(database, options).run(files) { bytes in
                progress.advance(
                    by: Int64(
                        told.withLock { last in
                            defer { last = bytes }; return bytes - last
                        }))
            }
        } catch {
            progress.finish()
            throw error
        }
        progress.finish()
        ViewsLateness.tell(reports, context)
        return Output(
            ["file", "lines", "new_lines", "views", "rejected", "excluded", "classes"], reports.map(Self.row))
    }

    private static func row(_ report: LogImport.Report) -> [Field] {
        [
            .text(report.path), .integer(report.lines), .integer(report.newLines), .integer(report.views),
            .json(counts(report.rejected.map { ($0.key.word, $0.value) })),
            .json(counts(ExclusionRule.allCases.map { ($0.word, report.excluded[$0] ?? 0) })),
            .json(counts([("human", report.views)] + report.classes.map { ($0.key.word, $0.value) })),
        ]
    }

    private static func counts(_ pairs: [(String, Int)]) -> JSON {
        .object(Dictionary(pairs.map { ($0.0, .integer(Int64($0.1))) }, uniquingKeysWith: { _, last in last }))
    }
}

/// `views report`
struct ReportViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "report", "Page views, visitors and visits by hour, day, month or year.",
        more: """
            Visitors are estimated (one in a hundred more or less) and exist for days and months only. Periods without \
            views between the first and the last print 0. On days that our log doesn't cover, what an imported meter \
            counted is told (see `masthead views history`); the column meter says by whom.

            \(ChartFile.explained)
            """,
        example: "masthead views report --by month --from 2025-01")
    static let access = DatabaseAccess.read

    @Option(help: "hour, day, month or year.") var by: ReportLength
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period?
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period?
    @OptionGroup var chart: ChartFile
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws { try requireOrder(from, to) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let lines = try ViewsReport(by: by.granularity, site: site, from: from, to: to).lines(db)
        let output = Output(
            [
                "period", Column("pv", heading: "PAGE VIEWS"), Column("visitors", heading: "READERS, EST. ±"),
                "visits", "bounces", "meter",
            ],
            lines.map { line in
                [
                    .text(line.name), .integer(line.views), line.visitors.map { .integer($0) } ?? .null,
                    line.hasVisits ? .integer(line.visits) : .null, line.hasVisits ? .integer(line.bounces) : .null,
                    .text(line.meters.joined(separator: "+")),
                ]
            })
        let points = lines.map {
            Chart.Point(series: "page views", label: $0.name, value: .count(Int64($0.views)))
        }
        return try chart.output(
            output,
            Chart(
                title: "Page views by \(by.rawValue)" + (site.map { ", \($0)" } ?? ""),
                description: "Page views by people, each line of the log counted once.", points: points))
    }
}

/// `views top`
struct TopViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "top", "What was viewed most: pages, articles, or what articles are filed under.",
        more: """
            Views of an article by two authors count fully for each of them, so authors add up to more than the total; \
            the same goes for topics. --split gives each its part. An article has one section and one kind: with a \
            line for pages that are no article these add up to the site. A source is where a visit came from: \
            utm_source, else source or ref, a click id, the referring host, else direct. --published ranks only what \
            was first published then.

            Regions and devices aren't counted.
            """,
        example: """
            masthead views top --by article --limit 10
            masthead views top --by author --published 2026-03 --split
            """)
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: TopReport.Dimension.self)).", transform: Choice.word)
    var by: TopReport.Dimension = .content
    @Flag(help: "Share the views of an article among its authors or topics.") var split = false
    @Option(
        help: ArgumentHelp("Only articles first published then.", valueName: "period"), transform: { try Period($0) })
    var published: Period?
    @Option(help: "At most so many.") var limit = 10
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period?
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        try requireListLimit(limit)
        try requireOrder(from, to)
        guard !split || by.isShared else {
            throw ValidationError("--split goes with --by author, topic or contributor-kind.")
        }
        guard published == nil || (by != .content && by != .source) else {
            throw ValidationError("--published goes with articles and what they are filed under, not \(by.rawValue).")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let names = by == .source ? try context.newsroom.sourceNames() : .none
        let lines = try TopReport(
            by: by, site: site, limit: limit, from: from, to: to, names: names, share: split ? .split : .whole,
            published: published
        ).lines(db)
        if by.isShared, !split {
            context.tell("An article counts fully for each \(by.rawValue): the lines add up to more than all views.")
        }
        return Output(
            [Column("key", heading: by.rawValue.uppercased()), Column("pv", heading: "PAGE VIEWS")],
            lines.map { [.text($0.key), .integer($0.views)] })
    }
}
