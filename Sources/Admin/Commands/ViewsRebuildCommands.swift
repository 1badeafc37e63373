import Access
import ArgumentParser
import Audience
import FoundationEssentials
import Newsroom
import Postgres
import Values

/// `views rebuild`
struct RebuildViewsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "rebuild", "Counts a month anew from its logs, and says what differs.",
        more: """
            Nothing changes unless --apply is said. Then what the logs give takes the place of what stands, as a whole; \
            a closed month's revision goes up, and --reason says why. Give all logs that have lines of the month, each \
            once, plain or gz; lines of other months are left out.

            Visitors of a day or month whose secret is gone stay as they are, and so does the beacon's count. Where the \
            logs have fewer lines of an hour than were counted, --apply refuses, unless --partial is said. A log that \
            wasn't imported is refused too: it would be counted again when it is.

            Lines that were imported for the wrong host move so: rebuild their months for the right --site from the same \
            logs, which may be the first that is counted for it, then for the wrong one from an empty file with \
            --partial. The right one's reports count the time as covered once 'masthead views covered add' says so.

            differing is how many rows say something else: an hour of a content, an hour, a source of a day.
            """,
        example: """
            masthead views rebuild 2026-03 --site example.org --from access.log.2.gz access.log.1
            masthead views rebuild 2026-03 --site example.org --from access.log.1 --apply --reason 'restored from archive'
            """)

    @Argument(help: "The month.", transform: { try Period($0) }) var month: Period
    @Option(help: ArgumentHelp("The host.", valueName: "host")) var site: String
    @Option(name: .customLong("from"), parsing: .upToNextOption, help: "The logs.", completion: .file())
    var files: [String]
    @Flag(help: "Put it in the place of what stands.") var apply = false
    @Flag(help: "Also where the logs have fewer lines than were counted.") var partial = false
    @Flag(help: "The logs name virtual hosts: only lines of the host are its views.") var virtualHosts = false
    @Option(help: ArgumentHelp("Why, for a closed month.", valueName: "text")) var reason: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    /// As the database has it.
    private static let reasonLimit = 1_000

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("Name the logs after --from.") }
        guard apply || !partial && reason == nil else {
            throw ValidationError("--partial and --reason go with --apply; without it nothing changes.")
        }
        if let reason, !(1...Self.reasonLimit).contains(reason.utf8.count) {
            throw ValidationError("--reason has between 1 and \(Self.reasonLimit) bytes.")
        }
    }

    func run(_ context: CommandContext) async throws -> Output {
        let newsroom = try context.newsroom
        let database = try context.database
        let actor = try await database.read { db in try context.actor(db) }
        var options = LogImport.Options(zone: newsroom.zone, bots: try newsroom.bots(), now: context.now)
        options.site = virtualHosts ? nil : site
        options.workers = min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 64)
        let mode: RebuildMonth.Mode = apply ? .replace(reason: reason, acceptsLess: partial) : .compare
        let report = try await RebuildMonth(month, host: site, from: files, options, mode, by: actor).perform(database)
        if report.closedPeriods > 0 {
            context.tell(
                "Visitors of \(report.closedPeriods) days and months stay as they are: their secrets are gone.")
        }
        if report.isNewSite { context.tell("Nothing was counted for '\(site)' before.") }
        context.tell(
            apply
                ? "\(month) stands as the logs have it."
                : report.isSame ? "Nothing differs." : "Nothing changed; --apply goes by the logs.")
        return Output(
            ["figure", "stands", "archive", "differing"],
            report.figures.map {
                [.text($0.name), .integer($0.stands), .integer($0.archive), .integer($0.differing)]
            })
    }
}

/// `views storage`
struct StorageViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "storage", "Says how much room the counted views take.",
        more: """
            A table by month where it is divided; rows are what the server's statistics have. Says also how far there \
            is room, and how many secrets live.
            """,
        example: "masthead views storage")
    static let access = DatabaseAccess.read

    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let report = try StorageReport(db)
        let standing = report.standing
        context.tell(
            "Room until \(report.lastMonth?.description ?? "no month"); \(standing.saltsAlive) secrets alive, "
                + "\(standing.saltsOverdue) of them overdue.")
        return Output(
            ["table", "month", "rows", "bytes"],
            report.lines.map { line in
                [
                    .text(line.table), line.month.map { .text($0.description) } ?? .null, .integer(line.rows),
                    .integer(line.bytes),
                ]
            })
    }
}
