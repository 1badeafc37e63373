import Access
import ArgumentParser
import Audience
import Newsroom
import Postgres
import Values

struct ViewsBeaconNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "beacon", "The hosts whose pages tell of themselves.",
        verbs: [AddBeaconCommand.self, ListBeaconsCommand.self], example: "masthead views beacon list")
}

/// `views beacon add`
struct AddBeaconCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Lets a host be counted by the beacon.",
        more: """
            Pages of any other host are refused, so that nobody can make sites. The beacon is a meter of its own: on the \
            days that it covers from the first second to the last it counts, and the log doesn't.
            """,
        example: "masthead views beacon add example.org")
    static let access = DatabaseAccess.write

    @Argument(help: "The host, without www.") var host: String
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let site = try AddBeaconSite(host, zone: context.newsroom.zone, by: context.actor(db)).perform(db)
        return .record([("site", .text(site.host)), ("timezone", .text(site.zone.name))])
    }
}

/// `views beacon list`
struct ListBeaconsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the hosts that are counted by the beacon.", example: "masthead views beacon list")
    static let access = DatabaseAccess.read

    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        return Output(
            ["site", "timezone"], try BeaconSite.all(db).map { [.text($0.host), .text($0.zone.name)] })
    }
}

/// `views collect`
struct CollectViewsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "collect", "Takes beacons that another server wrote down into the spool.",
        more: """
            One JSON object a line: beacon (what the page said, with event, load, url and so on), peer (the address), \
            agent, and where they matter host, forwarded and at, the time. What is accepted is on the disk when the \
            command ends, and counts at the next 'views drain'. A page-load id that comes again within a day counts \
            once, so a file may be taken twice.
            """,
        example: "masthead views collect edge.jsonl")

    @Argument(help: "The file.", completion: .file(extensions: ["jsonl"])) var file: String
    @Option(help: ArgumentHelp("The spool's folder; else spool.path.", valueName: "dir")) var spool: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let newsroom = try context.newsroom
        let bots = try newsroom.bots()
        var rules = try await context.database.read { db in
            try context.actor(db).require(.viewsImport)
            return try Collector.Rules.load(bots: bots, db)
        }
        rules.proxies = newsroom.settings.viewsProxies
        let bytes = try GivenFile.bytes(file, atMost: BeaconFile.largest)
        guard bytes.count <= BeaconFile.largest else {
            throw Failure(.badData, "too_long", "More than \(BeaconFile.largest >> 20) MiB. Take it in parts.")
        }
        let counts = try await BeaconFile(bytes, now: context.now).collect(
            into: spool ?? newsroom.settings.spoolFolder, rules)
        return .record(
            [("file", .text(file)), ("beacons", .integer(counts.values.reduce(0, +)))]
                + BeaconFile.ends.map { (Column($0), .integer(counts[$0] ?? 0)) })
    }
}
