import Access
import ArgumentParser
import Fundraising
import Postgres
import Terminal
import Values

/// An appeal by its slug and its campaign's.
struct AppealArgument: ParsableArguments {
    @Argument(help: "The appeal's slug inside its campaign.", transform: Slug.init) var slug: Slug
    @Option(help: "The campaign's slug.", transform: Slug.init) var campaign: Slug

    func find(_ db: Connection) throws -> Appeal { try Appeal.find(db, slug, campaign: campaign) }
}

/// `appeal show`
struct ShowAppealCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows an appeal with its latest text, who signed that off, where it stands and when it runs.",
        example: "masthead appeal show story-box --campaign year-end")
    static let access = DatabaseAccess.read

    @OptionGroup var target: AppealArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.campaignRead)
        return try AppealContentLines.record(target.find(db), db)
    }
}

/// `appeal edit`
struct EditAppealCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "edit", "Changes what the staff calls an appeal, or its first and last day in the books.",
        more: "Its text is saved by `appeal save`, and when it runs said by `appeal window`.",
        example: "masthead appeal edit story-box --campaign year-end --name 'Box under stories'")
    static let access = DatabaseAccess.write

    @OptionGroup var target: AppealArgument
    @Option(help: "What the staff calls it.") var name: String?
    @Option(help: "Its first day.", transform: { try LocalDate($0) }) var starts: LocalDate?
    @Option(help: "Its last day.", transform: { try LocalDate($0) }) var ends: LocalDate?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard name != nil || starts != nil || ends != nil else {
            throw ValidationError("Say what to change: --name, --starts or --ends.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.campaignManage)
        let appeal = try EditAppeal(target.find(db), name: name, starts: starts, ends: ends, by: actor).perform(db)
        return .record(zip(AppealLines.columns, AppealLines.fields(appeal)).map { ($0, $1) })
    }
}

/// `appeal save`
struct SaveAppealCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "save", "Saves an appeal's text, and what it offers to give, as the next revision.",
        more: """
            What isn't named stays as it is. The new text is nobody's before somebody else signs it off, and doesn't \
            run until then. With --base it is refused when somebody saved another text since.
            """,
        example: """
            masthead appeal save story-box --campaign year-end --text box.md --amount 5 --amount 10 --amount 25
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: AppealArgument
    @Option(help: "The text in Markdown: a file, or - for standard input.") var text: TextSource?
    @Option(help: "An amount to offer, in the campaign's currency; as often as there are.") var amount: [String] = []
    @Flag(help: "Offer no amounts.") var noAmounts = false
    @Option(help: "The revision that was read.") var base: Int?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard text != nil || !amount.isEmpty || noAmounts else {
            throw ValidationError("Say what to save: --text, --amount or --no-amounts.")
        }
        guard amount.isEmpty || !noAmounts else { throw ValidationError("Say --amount or --no-amounts.") }
    }

    mutating func prepare(_ context: CommandContext) throws {
        try text?.read(context)
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.campaignManage)
        let appeal = try target.find(db)
        let currency = try CampaignProgress.find(db, appeal.campaign).campaign.goal.currency
        let amounts = try amount.map { try Money(parsing: $0, currency: currency) }
        _ = try SaveAppeal(
            appeal, text: text?.text(), amounts: noAmounts ? [] : amounts.isEmpty ? nil : amounts, base: base,
            by: actor
        ).perform(db)
        return try AppealContentLines.record(appeal, db)
    }
}

/// `appeal revisions`
struct ListAppealRevisionsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "revisions", "Lists an appeal's texts, the latest first, with who signed each off.",
        example: "masthead appeal revisions story-box --campaign year-end")
    static let access = DatabaseAccess.read

    @OptionGroup var target: AppealArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.campaignRead)
        return Output(
            ["revision", "saved_at", "saved_by", "signed_off_by", "amounts", "hash", "text"],
            try AppealRevision.all(db, of: target.find(db).id).map { revision in
                [
                    .integer(revision.number), .time(revision.savedAt), .text(revision.savedBy),
                    .text(revision.signOffs.map(\.signedBy).joined(separator: ", ")),
                    .text(revision.amounts.map(\.amountText).joined(separator: " ")), .text(revision.hash),
                    .text(revision.text),
                ]
            })
    }
}

/// `appeal sign-off`
struct SignOffAppealCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "sign-off", "Says yes to an appeal's latest text, to the letter.",
        more: """
            Who saved it can't. The next save takes the yes away. With --revision it is refused when somebody saved \
            another text since.
            """, example: "masthead appeal sign-off story-box --campaign year-end --revision 2")
    static let access = DatabaseAccess.write

    @OptionGroup var target: AppealArgument
    @Option(help: "The revision that was read.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.appealSignOff)
        let appeal = try target.find(db)
        _ = try SignOffAppeal(appeal, revision: revision, by: actor).perform(db)
        return try AppealContentLines.record(appeal, db)
    }
}

/// `appeal place`
struct PlaceAppealCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "place", "Puts an appeal under all stories, or those of a section or topic; or takes it away there.",
        more: "Never under retracted stories, nor under those that `appeal bar` names.",
        example: """
            masthead appeal place story-box --campaign year-end --on section:news --on topic:rivers
            masthead appeal place story-box --campaign year-end --off all
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: AppealArgument
    @Option(help: "all, section:SLUG or topic:SLUG; as often as there are.", transform: AppealPlace.init)
    var on: [AppealPlace] = []
    @Option(help: "Where it shall stand no longer.", transform: AppealPlace.init) var off: [AppealPlace] = []
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !on.isEmpty || !off.isEmpty else { throw ValidationError("Say --on or --off.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.campaignManage)
        let appeal = try target.find(db)
        for change in off.map(PlaceAppeal.Change.take) + on.map(PlaceAppeal.Change.put) {
            try PlaceAppeal(appeal, change, by: actor).perform(db)
        }
        return try AppealContentLines.record(appeal, db)
    }
}

/// `appeal window`
struct TimeAppealCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "window", "Says when an appeal runs, by the publication's wall clock.",
        more: "Without --until it runs until somebody says otherwise.",
        example: """
            masthead appeal window story-box --campaign year-end --from '2025-12-01 09:00' --until '2026-01-01 00:00'
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: AppealArgument
    @Option(help: "The first moment it runs.", transform: { try LocalDateTime($0) }) var from: LocalDateTime
    @Option(help: "The first moment it no longer does.", transform: { try LocalDateTime($0) }) var until: LocalDateTime?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.campaignManage)
        let appeal = try target.find(db)
        try PlaceAppeal(appeal, .run(AppealWindow(from: from, until: until)), by: actor).perform(db)
        return try AppealContentLines.record(appeal, db)
    }
}

/// `appeal running`
struct RunningAppealsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "running", "Shows what a reader of a story is asked now.",
        more: "Only boxes and banners stand on stories, and only texts that were signed off.",
        example: "masthead appeal running --article dam-that-isnt-there")
    static let access = DatabaseAccess.read

    @Option(help: "The story, by number or slug.") var article: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.campaignRead)
        return Output(
            ["campaign", "appeal", "channel", "amounts", "hash", "text"],
            try RunningAppeal.of(db, article: article).map { running in
                [
                    .text(running.campaign.text), .text(running.appeal.text), .text(running.channel.rawValue),
                    .text(running.amounts.map(\.amountText).joined(separator: " ")), .text(running.hash),
                    .text(running.text),
                ]
            })
    }
}

/// `appeal bar`
struct BarAppealsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "bar", "Keeps every appeal away from a story: a death, a disaster, a dispute over the story.",
        example: "masthead appeal bar --article dam-that-isnt-there --reason 'A death in it'")
    static let access = DatabaseAccess.write

    @Option(help: "The story, by number or slug.") var article: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try BarAppeals(article, .bar(reason: reason), by: context.actor(db)).perform(db)
        return .none
    }
}

/// `appeal unbar`
struct UnbarAppealsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "unbar", "Lets appeals stand under a story again.",
        example: "masthead appeal unbar --article dam-that-isnt-there")
    static let access = DatabaseAccess.write

    @Option(help: "The story, by number or slug.") var article: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try BarAppeals(article, .unbar, by: context.actor(db)).perform(db)
        return .none
    }
}

/// An appeal with all that is in it.
enum AppealContentLines {
    static func record(_ appeal: Appeal, _ db: Connection) throws -> Output {
        let revision = try appeal.revision(db)
        let window = try appeal.window(db)
        let signOffs = revision?.signOffs.map { JSON.string($0.signedBy) } ?? []
        return .record(
            zip(AppealLines.columns, AppealLines.fields(appeal)).map { ($0, $1) } + [
                ("revision", .integer(revision.map { Int64($0.number) })), ("hash", .text(revision?.hash)),
                ("signed_off_by", .json(.array(signOffs))),
                ("amounts", .text(revision?.amounts.map(\.amountText).joined(separator: " "))),
                ("places", .json(.array(try appeal.places(db).map { .string($0.description) }))),
                ("runs_from", .text(window?.from.description)), ("runs_until", .text(window?.until?.description)),
                ("text", .text(revision?.text)),
            ])
    }
}
