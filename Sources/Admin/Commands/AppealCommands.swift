import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct AppealNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "appeal", "Asks inside a campaign: a mailing, a banner, the box under a story.",
        verbs: [
            AddAppealCommand.self, ListAppealsCommand.self, ShowAppealCommand.self, EditAppealCommand.self,
            SaveAppealCommand.self, ListAppealRevisionsCommand.self, SignOffAppealCommand.self,
            PlaceAppealCommand.self, TimeAppealCommand.self, RunningAppealsCommand.self, BarAppealsCommand.self,
            UnbarAppealsCommand.self,
        ], example: "masthead appeal running --article dam-that-isnt-there")
}

/// `appeal add`
struct AddAppealCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Adds an ask to a campaign, so that gifts can name it.",
        example: "masthead appeal add december-letter --campaign year-end --name 'December letter' --channel letter")
    static let access = DatabaseAccess.write

    @Argument(help: "The appeal's slug inside its campaign.", transform: Slug.init) var slug: Slug
    @Option(help: "The campaign's slug.", transform: Slug.init) var campaign: Slug
    @Option(help: "What the staff calls it.") var name: String
    @Option(help: "Where people meet it: \(Choice.words(of: Appeal.Channel.self)).", transform: Choice.word)
    var channel: Appeal.Channel = .other
    @Option(help: "Its first day.", transform: { try LocalDate($0) }) var starts: LocalDate?
    @Option(help: "Its last day.", transform: { try LocalDate($0) }) var ends: LocalDate?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let appeal = try AddAppeal(
            slug: slug, campaign: campaign, name: name, channel: channel, starts: starts, ends: ends,
            by: context.actor(db)
        ).perform(db)
        return .record(zip(AppealLines.columns, AppealLines.fields(appeal)).map { ($0, $1) })
    }
}

/// `appeal list`
struct ListAppealsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the appeals of a campaign, or of all.", example: "masthead appeal list --campaign year-end")
    static let access = DatabaseAccess.read

    @Option(help: "The campaign's slug.", transform: Slug.init) var campaign: Slug?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.campaignRead)
        if let campaign { _ = try CampaignProgress.find(db, campaign) }
        return Output(AppealLines.columns, try Appeal.all(db, campaign: campaign).map(AppealLines.fields))
    }
}

/// An appeal as a line.
enum AppealLines {
    static let columns: [Column] = ["id", "campaign", "slug", "name", "channel", "starts", "ends"]

    static func fields(_ appeal: Appeal) -> [Field] {
        [
            .id(appeal.id), .text(appeal.campaign.text), .text(appeal.slug.text), .text(appeal.name),
            .text(appeal.channel.rawValue), .date(appeal.starts), .date(appeal.ends),
        ]
    }
}
