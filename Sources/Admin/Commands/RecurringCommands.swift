import Access
import ArgumentParser
import Fundraising
import Postgres
import Synchronization
import Terminal
import Values

struct RecurringNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "recurring", "Who gives every month, and how each of these plans stands.",
        verbs: [
            ListPlansCommand.self, ShowPlanCommand.self, ImportPlansCommand.self, PausePlanCommand.self,
            ResumePlanCommand.self,
        ],
        example: """
            masthead recurring import subscriptions.csv --from stripe --dry-run
            masthead recurring list --standing overdue
            """, aliases: ["plan"])
}

/// `recurring list`
struct ListPlansCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists plans, the newest first.",
        more: "next is the first date from today on, reckoned from the day the plan began.",
        example: "masthead recurring list --standing overdue")
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: RecurringPlan.Standing.self)).", transform: Choice.word)
    var standing: RecurringPlan.Standing?
    @Option(help: "Only those of this donor.", transform: ListPage.id) var donor: ID<Donor>?
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Only those before this plan, the last of the page before.", transform: ListPage.id)
    var before: ID<RecurringPlan>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let plans = try RecurringPlans.list(
            db, for: context.actor(db), standing: standing, donor: donor, before: before, limit: limit)
        return Output(PlanLines.columns, plans.map { PlanLines.fields($0, context) })
    }
}

/// `recurring show`
struct ShowPlanCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a plan with all that was said of it.", example: "masthead recurring show 12")
    static let access = DatabaseAccess.read

    @Argument(help: "The plan's number.", transform: ListPage.id) var id: ID<RecurringPlan>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let plan = try RecurringPlans.find(db, id, for: actor)
        let events = try RecurringPlans.events(db, of: plan, for: actor).map { event -> JSON in
            [
                "at": .string(event.at.iso8601(in: context.zone)), "standing": .string(event.standing.rawValue),
                "amount_minor": .integer(event.amount.minor), "source": .string(event.source),
                "voluntary": event.isVoluntary.map { .bool($0) } ?? .null,
            ]
        }
        return PlanLines.record(plan, context, also: [("events", .json(.array(events)))])
    }
}

/// `recurring import`
struct ImportPlansCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "import", "Adopts plans that a processor goes on charging, without charging or writing to anyone.",
        more: """
            csv: the columns subscription_id, started_at, amount, currency, interval (day, week, month or year) and, \
            if you have them, every, status, customer_id, email, name. stripe: Stripe's subscriptions export. givewp: \
            GiveWP's, with the gateway's profile ids. Cancelled and ended ones are left out.

            The subscription's next event lands on the adopted plan. What it brought before is history: no receipt is \
            issued for it, and no renewal of that time is missed. A plan that is known already stays as it is.
            """, example: "masthead recurring import subscriptions.csv --from stripe --dry-run")

    @Argument(help: "The file.", completion: .file(extensions: ["csv"])) var file: String
    @Option(help: "Whose list it is: \(Choice.words(of: SubscriptionStyle.self)).", transform: Choice.word)
    var from: SubscriptionStyle
    @Option(help: "In which order a givewp file writes its dates: dmy or mdy.", transform: Choice.word)
    var dateOrder: WrittenDate.Order?
    @Flag(help: "Check everything and say what would come of it, but change nothing.") var dryRun = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard dateOrder == nil || from == .giveWP else {
            throw ValidationError("--date-order is for givewp; the others write the year first.")
        }
    }

    func run(_ context: CommandContext) async throws -> Output {
        try await RecordsImport(
            file: file, kind: .subscriptions(from, dates: dateOrder), mode: dryRun ? .dryRun : .forReal
        ).run(context)
    }
}

/// `recurring pause`
struct PausePlanCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "pause", "Says that nothing is expected of a plan for a while.",
        more: """
            It asks nothing of the processor, which is to be told there. What would have come during the pause isn't \
            owed afterwards.
            """, example: "masthead recurring pause 12")
    static let access = DatabaseAccess.write

    @Argument(help: "The plan's number.", transform: ListPage.id) var id: ID<RecurringPlan>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        PlanLines.record(try PausePlan(id, .pause, by: context.actor(db)).perform(db), context)
    }
}

/// `recurring resume`
struct ResumePlanCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "resume", "Says that a paused plan goes on, on the dates it always had.",
        example: "masthead recurring resume 12")
    static let access = DatabaseAccess.write

    @Argument(help: "The plan's number.", transform: ListPage.id) var id: ID<RecurringPlan>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        PlanLines.record(try PausePlan(id, .resume, by: context.actor(db)).perform(db), context)
    }
}

/// A plan as a line.
enum PlanLines {
    static let columns: [Column] = [
        "id", "standing", "donor", "currency", "amount_minor", "every", "unit", "anchor", "next", "gifts", "live",
        "source", "subscription",
    ]

    static func fields(_ plan: RecurringPlan, _ context: CommandContext) -> [Field] {
        let today = context.zone.date(at: context.now)
        return [
            .id(plan.id), .text(plan.standing.rawValue), plan.donor.map { .id($0) } ?? .null,
            .text(plan.amount.currency.code), .money(plan.amount), .integer(plan.every), .text(plan.unit.rawValue),
            .time(plan.anchor), .date(plan.next(from: today, in: context.zone)), .integer(plan.gifts),
            .bool(plan.isLive), .text(plan.source), .text(plan.externalID),
        ]
    }

    static func record(_ plan: RecurringPlan, _ context: CommandContext, also: [(Column, Field)] = []) -> Output {
        .record(zip(columns, fields(plan, context)).map { ($0, $1) } + also)
    }
}
