import Access
import ArgumentParser
import Audience
import Newsroom
import Postgres
import Terminal
import Values

/// `views drain`
struct DrainViewsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "drain", "Counts what beacons told, every record exactly once.",
        more: """
            Collectors write to a spool, whether or not there is a database; this counts it, and removes segments that \
            were counted and are older than spool.retention_days. Any number may run at once. A database that was \
            restored from a backup goes on from where the backup stood.

            Records that were removed before this database counted them are refused by name; --skip-missing goes on \
            without them and keeps on record how many are lost.
            """,
        example: """
            masthead views drain
            masthead views drain --follow
            """)

    @Option(help: ArgumentHelp("The spool's folder; else spool.path.", valueName: "dir")) var spool: String?
    @Flag(help: "Go on until it is stopped (SIGTERM or Ctrl-C).") var follow = false
    @Flag(help: "Go on without records that are missing.") var skipMissing = false
    @Option(help: "With --follow, look so often, in seconds, from 1 to 3600.") var poll = 5
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        guard (1...3_600).contains(poll) else { throw ValidationError("--poll is between 1 and 3600 seconds.") }
    }

    func run(_ context: CommandContext) async throws -> Output {
        let database = try context.database
        try await database.read { db in try context.actor(db).require(.viewsImport) }
        let folder = try spool ?? context.newsroom.settings.spoolFolder
        var sum = try await pass(folder, context)
        guard follow else { return Self.output(folder, sum) }
        let bell = ScheduleWorker.Bell()
        ThisProcess.whenAskedToStop { bell.stop() }
        context.tell("Counting what comes; Ctrl-C ends it.")
        while !bell.isStopping {
            for _ in 0..<(poll * 10) where !bell.isStopping { try await Task.sleep(for: .milliseconds(100)) }
            do {
                sum.add(try await pass(folder, context))
            } catch let error as PostgresError {
                // Nothing is lost while it is away: that is what a spool is for.
                context.tell("The database can't be used (\(error)); trying again.")
            }
        }
        return Self.output(folder, sum)
    }

    private func pass(_ folder: String, _ context: CommandContext) async throws -> SpoolDrain.Report {
        let newsroom = try context.newsroom
        var options = SpoolDrain.Options(zone: newsroom.zone, now: context.surroundings.now())
        options.retention = Int64(newsroom.settings.spoolRetentionDays) * 86_400
        options.missing = skipMissing ? .skip : .refuse
        return try await SpoolDrain(newsroom.database, folder: folder, options).run()
    }

    private static func output(_ folder: String, _ report: SpoolDrain.Report) -> Output {
        .record([
            ("spool", .text(folder)), ("records", .integer(report.records)),
            (Column("pv", heading: "PAGE VIEWS"), .integer(report.views)), ("openings", .integer(report.openings)),
            ("engagements", .integer(report.engagements)), ("repeated", .integer(report.repeated)),
            ("left_out", .integer(report.leftOut)), ("unsessioned", .integer(report.unsessioned)),
            ("lost", .integer(report.lost)), ("removed_segments", .integer(report.removedSegments)),
        ])
    }
}

/// `views spool`
struct SpoolViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "spool", "Says what lies in the spool, and how much of it wasn't counted.",
        more: "oldest_uncounted is when the oldest beacon came that 'views drain' hasn't counted.",
        example: "masthead views spool")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("The spool's folder; else spool.path.", valueName: "dir")) var spool: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let status = try SpoolStatus.load(folder: spool ?? context.newsroom.settings.spoolFolder, db)
        return .record([
            ("spool", .text(status.folder)), ("segments", .integer(status.segments)),
            ("bytes", .integer(status.bytes)), ("bytes_behind", .integer(status.bytesBehind)),
            ("oldest_uncounted", .time(status.oldestUncounted)), ("last_counted", .time(status.lastCounted)),
        ])
    }
}
