import ArgumentParser
import Newsroom
import Postgres
import Values

struct DemoNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "demo", "Made data to try things with: never anybody's.",
        verbs: [DemoTrafficCommand.self, DemoGiftsCommand.self, DemoLogCommand.self],
        example: "masthead demo traffic > access.log")
}

/// The stretch of time that made data covers.
struct DemoSpan: ParsableArguments {
    @Option(help: "The first day.", transform: { try LocalDate($0) }) var from: LocalDate
    @Option(help: "How many days, 3,660 at the most.") var days: Int
    @Option(help: "The same seed gives the same data.") var seed: UInt64 = 1

    func validate() throws {
        guard (1...3_660).contains(days) else { throw ValidationError("--days is 1 to 3660, not \(days)") }
    }
}

/// `demo traffic`
struct DemoTrafficCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "traffic", "Prints an access log of made readers of what is published here.",
        more: "Combined log format, in the publication's zone, growing with the seasons of a magazine.",
        example: "masthead demo traffic --from 2024-01-01 --days 731 > access.log")

    @OptionGroup var span: DemoSpan
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let newsroom = try context.newsroom
        let zone = newsroom.zone
        let published = try await newsroom.database.read { db in try DemoPages.published(db, in: zone) }
        var traffic = DemoTraffic(
            pages: published.pages, from: span.from, days: span.days, zone: zone, seed: span.seed)
        try traffic.write { try context.surroundings.emit($0) }
        return .none
    }
}

/// `demo gifts`
struct DemoGiftsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "gifts", "Prints made gifts as CSV for 'donations import --from gifts'.",
        example: "masthead demo gifts --from 2024-01-01 --days 731 --campaign year-end > gifts.csv")

    @OptionGroup var span: DemoSpan
    @Option(help: "The campaign that December's gifts belong to.", transform: Slug.init) var campaign: Slug?
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let newsroom = try context.newsroom
        let zone = newsroom.zone
        let published = try await newsroom.database.read { db in try DemoPages.published(db, in: zone) }
        var gifts = DemoGifts(
            from: span.from, days: span.days, zone: zone, campaign: campaign, articles: published.slugs, seed: span.seed
        )
        try context.surroundings.emit(gifts.csv())
        return .none
    }
}
