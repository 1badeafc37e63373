import Access
import ArgumentParser
import Audience
import Newsroom
import Postgres
import Values

struct ViewsMeterNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "meter", "The ways in which a site was counted.", verbs: [ListMetersCommand.self],
        example: "masthead views meter list")
}

/// `views meter list`
struct ListMetersCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists our log and what was imported, with the days that each counts for.",
        more: """
            Meters are never added: on each local day one counts. Our log does on the days that it covers from the \
            first second to the last; on others the meter that was imported first.
            """,
        example: "masthead views meter list --site example.org")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        return Output(
            [
                "site", "meter", "kind", "days", "first_day", "last_day", Column("pv", heading: "PAGE VIEWS"),
                Column("authoritative_days", heading: "DAYS IT COUNTS FOR"),
            ],
            try Meter.all(site: site, db).map { meter in
                [
                    .text(meter.site), .text(meter.name), .text(meter.kind), .integer(meter.days),
                    .date(meter.firstDay), .date(meter.lastDay), .integer(meter.views),
                    .integer(meter.authoritativeDays),
                ]
            })
    }
}

struct ViewsHistoryNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "history", "What other programs counted before, or beside, our log.",
        verbs: [ImportHistoryCommand.self, RemoveHistoryCommand.self],
        example: "masthead views history import visitors.csv --from plausible --site example.org --meter plausible")
}

/// `views history import`
struct ImportHistoryCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "import", "Takes the daily totals of another meter, all of the file or nothing.",
        more: """
            plausible: imported_visitors_….csv out of the archive of an export, or the dashboard's visitors.csv. ga4: \
            a report or an exploration by day, with Views, as CSV. matomo: API.get or Actions.get for a range of days, \
            as CSV. csv: the columns date,path,page_views,visitors; a day is a row without a path, or one row for each \
            path.

            Importing a file twice changes nothing. A day that is there with other figures is refused; --replace takes \
            the meter's history out first. Days that aren't over are refused.
            """,
        example: """
            masthead views history import visitors.csv --from plausible --site example.org --meter plausible --dry-run
            masthead views history import ga4.csv --from ga4 --site example.org --meter ga4 --replace
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["csv"])) var file: String
    @Option(help: "\(Choice.words(of: HistoryFile.Format.self)).", transform: Choice.word)
    var from: HistoryFile.Format
    @Option(help: ArgumentHelp("The host that was counted.", valueName: "host")) var site: String
    @Option(help: ArgumentHelp("What to call the meter.", valueName: "name")) var meter: String
    @Flag(help: "Put the file in the place of what the meter has.") var replace = false
    @Flag(help: "Check everything and say what would come of it, but change nothing.") var dryRun = false
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    /// Carries the report out of a transaction that is taken back.
    private struct OnlyTried: Error { let report: ImportHistory.Report }

    func run(_ context: CommandContext) async throws -> Output {
        let database = try context.database
        // Before the file is read: who may not import doesn't wait for that.
        try await database.read { db in try context.actor(db).require(.viewsImport) }
        let bytes = try GivenFile.bytes(file, atMost: HistoryFile.largest)
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let zone = try context.newsroom.zone
        let report: ImportHistory.Report
        do {
            report = try await database.transaction { db in
                let report = try ImportHistory(
                    bytes, name: name, as: from, site: site, meter: meter, mode: replace ? .replace : .add,
                    now: context.now, zone: zone, by: context.actor(db)
                ).perform(db)
                if dryRun { throw OnlyTried(report: report) }
                return report
            }
        } catch let tried as OnlyTried { report = tried.report }
        return .record([
            ("file", .text(file)), ("meter", .text(meter)), ("first_day", .date(report.firstDay)),
            ("last_day", .date(report.lastDay)), ("days", .integer(report.days)),
            ("new_days", .integer(report.newDays)), ("removed_days", .integer(report.removedDays)),
            (Column("pv", heading: "PAGE VIEWS"), .integer(report.views)), ("dry_run", .bool(dryRun)),
        ])
    }
}

/// `views history remove`
struct RemoveHistoryCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "remove", "Takes a meter's history out again, all of it.",
        example: "masthead views history remove --site example.org --meter plausible")
    static let access = DatabaseAccess.write

    @Option(help: ArgumentHelp("The host that was counted.", valueName: "host")) var site: String
    @Option(help: ArgumentHelp("The meter.", valueName: "name")) var meter: String
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let days = try RemoveHistory(site: site, meter: meter, by: context.actor(db)).perform(db)
        return .record([("meter", .text(meter)), ("removed_days", .integer(days))])
    }
}

/// `views completeness`
struct CompletenessViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "completeness", "How much of what one meter counts another counts too, on the days of both.",
        more: """
            ratio is the meter's views divided by the other's. Where both ran side by side for 28 days (enough), \
            periods that one and the other counted are compared by it, and said to be estimated.
            """,
        example: "masthead views completeness --site example.org")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period?
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws { try requireOrder(from, to) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        return Output(
            [
                "site", "meter", "against", "days", Column("pv", heading: "PAGE VIEWS"),
                Column("against_pv", heading: "PAGE VIEWS THERE"), "ratio", "enough",
            ],
            try Completeness.all(site: site, from: from, to: to, db).map { pair in
                [
                    .text(pair.site), .text(pair.meter), .text(pair.against), .integer(pair.days),
                    .integer(pair.views), .integer(pair.others), pair.ratio.map { .number($0) } ?? .null,
                    .bool(pair.isEnough),
                ]
            })
    }
}
