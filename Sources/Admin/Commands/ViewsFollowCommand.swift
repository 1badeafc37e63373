import Access
import ArgumentParser
import Audience
import Newsroom
import Postgres
import Synchronization
import Terminal

/// `views follow`
struct FollowViewsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "follow", "Counts access logs as they grow, through their rotation.",
        more: """
            Runs until it is stopped (SIGTERM or Ctrl-C). What isn't committed by then is counted by the next import or \
            follow: no line is lost or counted twice, however often it is killed.

            A log may be renamed, compressed, deleted and made anew, or copied and emptied; it needn't be there yet. \
            Logs beside it whose names begin with its own (access.log.1, access.log-20260301.gz) are gone on with when \
            they had been begun. The logs are looked at by their size and time, every --every seconds, which works on \
            any file system. While the database is away it waits, says so once, and goes on.
            """,
        example: "masthead views follow /var/log/nginx/access.log --site example.org")

    @Argument(help: "The logs.", completion: .file()) var files: [String]
    @Option(help: ArgumentHelp("All lines are views of this host.", valueName: "host")) var site: String?
    @Option(
        help: ArgumentHelp("What JSON lines call the parts of a request.", valueName: "part=name,…"),
        transform: { try JSONFields(parsing: $0) }) var fields: JSONFields?
    @Option(
        help: ArgumentHelp("A crawler-user-agents.json, as import takes it.", valueName: "file"), completion: .file())
    var bots: String?
    @Option(help: "Look for new lines so often, in seconds, from 1 to 3600.") var every: Int = 5
    @Flag(help: "Count what is there now, and end.") var once = false
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        guard (1...3_600).contains(every) else { throw ValidationError("--every is between 1 and 3600 seconds.") }
    }

    func run(_ context: CommandContext) async throws -> Output {
        let newsroom = try context.newsroom
        let database = try context.database
        try await database.read { db in try context.actor(db).require(.viewsImport) }
        let counted = Mutex<[String: LogImport.Report]>([:])
        var options = try newsroom.logOptions(now: context.now, crawlers: bots)
        options.site = site
        options.fields = fields ?? .standard
        let follower = LogFollower(files, database: database) { [options] in
            var options = options
            options.now = context.now
            return options
        } tell: { event in
            switch event {
            case .counted(let report):
                counted.withLock { counted in
                    if counted[report.path]?.add(report) == nil { counted[report.path] = report }
                }
                context.tell("\(report.path): \(report.newLines) lines, \(report.views) page views.")
            case .unreadable(let error): context.tell(Failure.log(error).message)
            case .trouble(let what): context.tell("The database can't be used (\(what)); trying again.")
            }
        }
        if once {
            try await follower.pass()
        } else {
            let following = Task { try await follower.run(every: .seconds(every)) }
            ThisProcess.whenAskedToStop { following.cancel() }
            context.tell("Following; Ctrl-C ends it.")
            try await following.value
        }
        let reports = counted.withLock { counted in counted.values.sorted { $0.path < $1.path } }
        return Output(ImportViewsCommand.columns, reports.map(ImportViewsCommand.row))
    }
}
