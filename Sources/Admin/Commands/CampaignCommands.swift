import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct CampaignNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "campaign", "Drives for money, and how far they are.",
        verbs: [AddCampaignCommand.self, ListCampaignsCommand.self, ShowCampaignCommand.self],
        example: "masthead campaign show year-end")
}

/// `campaign add`
struct AddCampaignCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Opens a campaign.",
        example: "masthead campaign add year-end --name 'Year end' --goal 50000.00 --currency USD --ends 2025-12-31")
    static let access = DatabaseAccess.write

    @Argument(help: "The campaign's slug, for good.", transform: Slug.init) var slug: Slug
    @Option(help: "What donors read.") var name: String
    @Option(help: "The amount to reach, in the currency's own units.") var goal: String
    @Option(help: "The currency's code (ISO 4217).", transform: Currency.init) var currency: Currency
    @Option(help: "Its first day.", transform: { try LocalDate($0) }) var starts: LocalDate?
    @Option(help: "Its last day.", transform: { try LocalDate($0) }) var ends: LocalDate?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let goal = try Money(parsing: goal, currency: currency)
        let actor = try context.actor(db)
        let campaign = try AddCampaign(slug: slug, name: name, goal: goal, starts: starts, ends: ends, by: actor)
            .perform(db)
        return CampaignLines.record(try CampaignProgress.find(db, campaign.slug), for: actor)
    }
}

/// `campaign list`
struct ListCampaignsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the campaigns with how far they are.", example: "masthead campaign list")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.campaignRead)
        return Output(
            CampaignLines.columns, try CampaignProgress.all(db).map { CampaignLines.fields($0, for: actor) })
    }
}

/// `campaign show`
struct ShowCampaignCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a campaign and how far it is.",
        more: """
            net_minor is what has come and stayed: without refunds, money under dispute and covered fees. percent is \
            net over goal, cut to one decimal and not rounded. Gifts in other currencies are counted, never added. left \
            is what is missing, needed_per_day what each day left has to bring, today counted; time_percent is how much \
            of the campaign's time is over, and thermometer how high it stands, from 0 to 100.

            Who may not see single gifts isn't told what fewer than \(SmallSums.fewest) brought.
            """, example: "masthead campaign show year-end")
    static let access = DatabaseAccess.read

    @Argument(help: "The campaign's slug.", transform: Slug.init) var slug: Slug
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.campaignRead)
        let progress = try CampaignProgress.find(db, slug)
        return CampaignLines.record(progress, progress.pace(on: context.zone.date(at: context.now)), for: actor)
    }
}

/// A campaign as a line.
enum CampaignLines {
    static let columns: [Column] = [
        "id", "slug", "name", "currency", "goal_minor", "net_minor", "percent", "gifts", "gifts_in_other_currencies",
        "starts", "ends",
    ]

    static func fields(_ progress: CampaignProgress, for actor: Actor) -> [Field] {
        let campaign = progress.campaign
        let isKept = SmallSums.areKept(from: actor, gifts: progress.gifts, isNothing: progress.net.minor == 0)
        return [
            .id(campaign.id), .text(campaign.slug.text), .text(campaign.name), .text(campaign.goal.currency.code),
            .money(campaign.goal), isKept ? .null : .money(progress.net),
            isKept ? .null : .number(progress.percentText), isKept ? .null : .integer(progress.gifts),
            .integer(progress.giftsInOtherCurrencies), .date(campaign.starts), .date(campaign.ends),
        ]
    }

    static func record(_ progress: CampaignProgress, _ pace: CampaignPace? = nil, for actor: Actor) -> Output {
        let line = zip(columns, fields(progress, for: actor)).map { ($0, $1) }
        guard let pace else { return .record(line) }
        let isKept = SmallSums.areKept(from: actor, gifts: progress.gifts, isNothing: progress.net.minor == 0)
        return .record(
            line + [
                ("left_minor", isKept ? .null : .money(pace.left)),
                ("days_left", .integer(pace.daysLeft.map(Int64.init))),
                ("needed_per_day_minor", isKept ? .null : .money(pace.neededPerDay)),
                (Column("time_percent", heading: "TIME %"), pace.timeText.map { .number($0) } ?? .null),
                ("thermometer", isKept ? .null : .integer(pace.thermometer)),
            ])
    }
}
