import Access
import ArgumentParser
import Audience
import FoundationEssentials
import Newsroom
import Postgres
import Synchronization
import Terminal
import Values

struct ViewsNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "views", "Page views: counted from access logs, reported and compared.",
        verbs: [
            ImportViewsCommand.self, FollowViewsCommand.self, ReportViewsCommand.self, TopViewsCommand.self,
            GrowthViewsCommand.self,
            SourcesViewsCommand.self, UtmViewsCommand.self,
            VisitorsViewsCommand.self, RealtimeViewsCommand.self, MissingViewsCommand.self, ViewsMeterNoun.self,
            ViewsHistoryNoun.self,
            CompletenessViewsCommand.self, ExplainViewsCommand.self, FilteredViewsCommand.self,
            RejectedViewsCommand.self, BotsViewsCommand.self, CloseViewsCommand.self, ClosedViewsCommand.self,
            RebuildViewsCommand.self, StorageViewsCommand.self,
            ViewsCoveredNoun.self, ViewsMarkNoun.self, ViewsBeaconNoun.self, CollectViewsCommand.self,
            DrainViewsCommand.self, SpoolViewsCommand.self, ReadingViewsCommand.self,
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
            Logs in the combined or common format, with or without the virtual host in front, or of JSON lines as nginx, \
            Caddy and Traefik write them; plain or gz. The column form says how each was read. For JSON under other \
            names say them with --fields: \(JSONFields.words.joined(separator: ", ")); a dot leads into inner objects. A \
            request is one field or method and target; a time is RFC 3339, a log's own form or seconds since 1970.

            A log is known by its content: the same file again, a copy or its gz adds nothing, and of a file that has grown only \
            the new lines are counted. A last line that no newline ends waits for it, unless --final is said; the end \
            of a gz is final.

            Lines that don't name a virtual host belong to --site, else to 'localhost'. A new site takes the \
            publication's time zone.

            A dash reads a log from standard input, plain or gz; --name says what it is called in the records. It too \
            is known by its content: sent again from its beginning, only what is new is counted.
            """,
        example: """
            masthead views import access.log access.log.1.gz --site example.org
            ssh web cat /var/log/nginx/access.log | masthead views import - --name web
            masthead views import app.jsonl --site example.org --fields address=client.ip,time=at,target=path
            """)

    @Argument(help: "The logs, or - for standard input.", completion: .file()) var files: [String]
    @Option(help: ArgumentHelp("What the log on standard input is called.", valueName: "name")) var name: String?
    @Option(help: ArgumentHelp("All lines are views of this host.", valueName: "host")) var site: String?
    @Option(
        help: ArgumentHelp("What JSON lines call the parts of a request.", valueName: "part=name,…"),
        transform: { try JSONFields(parsing: $0) }) var fields: JSONFields?
    @Option(
        help: ArgumentHelp(
            "A crawler-user-agents.json to ask behind our own list; else that of the setting views.bots.",
            valueName: "file"), completion: .file()) var bots: String?
    @Flag(help: "The files won't grow: count a last line that no newline ends.") var final = false
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        let dashes = files.count { $0 == "-" }
        guard dashes <= 1 else { throw ValidationError("Standard input can be read once.") }
        guard dashes == (name == nil ? 0 : 1) else {
            throw ValidationError(
                name == nil
                    ? "Say by --name what the log on standard input is called." : "--name names the log of a dash.")
        }
        if let name, name.isEmpty || name.utf8.count > 4_096 {
            throw ValidationError("--name is 1 to 4096 bytes long.")
        }
    }

    func run(_ context: CommandContext) async throws -> Output {
        let newsroom = try context.newsroom
        let database = try context.database
        try await database.read { db in try context.actor(db).require(.viewsImport) }
        let kept = try files.contains("-") ? Self.kept(context) : nil
        let inputs = files.map { file in
            file == "-" ? LogInput(path: kept?.path ?? file, name: name) : LogInput(path: file)
        }
        var options = try newsroom.logOptions(now: context.now, crawlers: bots)
        options.site = site
        options.fields = fields ?? .standard
        options.isFinal = final
        options.workers = min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 64)
        let progress = Progress("views import", total: nil, unit: "B", context)
        let told = Mutex(0)
        let reports: [LogImport.Report]
        do {
            reports = try await LogImport(database, options).run(inputs) { bytes in
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
        if let site { Self.tellOfOtherSites(site, reports, context) }
        return Output(Self.columns, reports.map(Self.row))
    }

    private static func tellOfOtherSites(_ site: String, _ reports: [LogImport.Report], _ context: CommandContext) {
        for report in reports where !report.countedFor.isEmpty {
            context.tell(
                "\(report.lines - report.newLines) lines of '\(report.path)' were counted before, for "
                    + "\(report.countedFor.joined(separator: ", ")); a line counts once, so not for \(site). To move "
                    + "them see 'masthead views rebuild --help'.")
        }
    }

    /// Standard input in a file, because a log is read more than once.
    private static func kept(_ context: CommandContext) throws -> UnnamedFile {
        guard !context.runner.inputIsCommands else {
            throw Failure(
                .usage, "input_taken", "The commands come from standard input, so a log can't. Put it into a file.")
        }
        let folder = context.surroundings.environment["TMPDIR"] ?? "/tmp"
        do {
            let file = try UnnamedFile(in: folder)
            while case let bytes = try context.surroundings.read(1 << 18), !bytes.isEmpty { try file.write(bytes) }
            return file
        } catch {
            throw Failure(
                .cannotWrite, "no_room",
                "Standard input can't be kept in '\(folder)' while it is counted: \(error). TMPDIR names another folder."
            )
        }
    }

    static let columns: [Column] = [
        "file", "form", "lines", "new_lines", "views", "rejected", "excluded", "classes",
    ]

    static func row(_ report: LogImport.Report) -> [Field] {
        [
            .text(report.path), report.form.map { .text($0.description) } ?? .null, .integer(report.lines),
            .integer(report.newLines), .integer(report.views),
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
            counted is told (see `masthead views history`); the column meter says by whom. Where the beacon counts, \
            columns tell of stories opened in place, texts that were read and engaged time; by page 'views reading' does.

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
        let isRead = lines.contains { $0.reading != nil }
        let output = Output(
            [
                "period", Column("pv", heading: "PAGE VIEWS"), Column("visitors", heading: "READERS, EST. ±"),
                "visits", "bounces", "meter",
            ] + (isRead ? ["openings", "reads", "engaged_seconds"] : []),
            lines.map { line in
                [
                    .text(line.name), .integer(line.views), line.visitors.map { .integer($0) } ?? .null,
                    line.hasVisits ? .integer(line.visits) : .null, line.hasVisits ? .integer(line.bounces) : .null,
                    .text(line.meters.joined(separator: "+")),
                ] + (isRead ? Self.fields(line.reading) : [])
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

    private static func fields(_ reading: ViewsReport.Reading?) -> [Field] {
        guard let reading else { return [.null, .null, .null] }
        return [.integer(reading.openings), .integer(reading.reads), .integer(reading.engagedMs / 1_000)]
    }
}

/// `views top`
struct TopViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "top", "What was viewed most: pages, articles, or what articles are filed under.",
        more: """
            Views of an article by two authors count fully for each of them, so authors add up to more than the total; \
            the same goes for topics and regions. --split gives each its part. An article has one section and one kind: with a \
            line for pages that are no article these add up to the site. A source is where a visit came from: \
            utm_source, else source or ref, a click id, the referring host, else direct. --published ranks only what \
            was first published then. A device is what the user agent names: computer, phone, tablet, else unknown; an \
            iPad calls itself a computer.
            """,
        example: """
            masthead views top --by article --limit 10
            masthead views top --by author --published 2026-03 --split
            """)
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: TopReport.Dimension.self)).", transform: Choice.word)
    var by: TopReport.Dimension = .content
    @Flag(help: "Share the views of an article among its authors, topics or regions.") var split = false
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
            throw ValidationError("--split goes with --by author, topic, region or contributor-kind.")
        }
        guard published == nil || ![.content, .source, .device].contains(by) else {
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
