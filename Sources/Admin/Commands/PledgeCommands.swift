import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct PledgeNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "pledge", "What was promised: pledges and grants, their instalments and reports.",
        verbs: [
            AddPledgeCommand.self, ListPledgesCommand.self, ShowPledgeCommand.self, DuePledgesCommand.self,
            PledgeTotalsCommand.self, SettleInstalmentCommand.self, WriteOffInstalmentCommand.self,
            ListWriteOffsCommand.self, ApproveWriteOffCommand.self, MeetConditionCommand.self,
            ReportDoneCommand.self,
        ],
        example: "masthead pledge due --days 30")
}

/// `pledge add`
struct AddPledgeCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Writes down what a donor promised.",
        more: """
            A promise is no money received. Say when its parts are due: one by one with --instalment, evenly with \
            --every, --times and --from, or all at once with --from. Its instalments come to its amount.

            What hangs on a condition (--condition) stands apart in every total until `pledge met`.
            """,
        example: """
            masthead pledge add 12 1200.00 --currency USD --every month --times 12 --from 2026-01-31
            masthead pledge add 7 50000.00 --currency USD --kind grant --instalment 2026-03-01:30000.00 \
            --instalment 2026-09-01:20000.00 --condition 'Raise the same from readers' --report-due 2027-01-31
            """)
    static let access = DatabaseAccess.write

    @Argument(help: "The donor's id.", transform: ListPage.id) var donor: ID<Donor>
    @Argument(help: "How much, in the currency's own units.") var amount: String
    @Option(help: "The currency's code (ISO 4217).", transform: Currency.init) var currency: Currency
    @Option(help: "\(Choice.words(of: Pledge.Kind.self)).", transform: Choice.word) var kind: Pledge.Kind = .pledge
    @Option(help: "A part with its day, as 2026-03-01:500.00; as often as there are parts.")
    var instalment: [String] = []
    @Option(help: "Even parts, every \(Choice.words(of: PledgeSchedule.Unit.self)).", transform: Choice.word)
    var every: PledgeSchedule.Unit?
    @Option(help: "How many even parts, at most \(PledgeSchedule.longest).") var times: Int?
    @Option(help: "The day the first is due.", transform: { try LocalDate($0) }) var from: LocalDate?
    @Option(help: "What it hangs on.") var condition: String?
    @Option(help: "The fund's slug.", transform: Slug.init) var fund: Slug?
    @Option(help: "The campaign's slug.", transform: Slug.init) var campaign: Slug?
    @Option(help: "The day it was promised; today unless said.", transform: { try LocalDate($0) })
    var on: LocalDate?
    @Option(help: "A day on which the funder wants a report; as often as he does.", transform: { try LocalDate($0) })
    var reportDue: [LocalDate] = []
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard instalment.isEmpty == (from != nil) else {
            throw ValidationError("Say when it is due: --instalment DATE:AMOUNT, or --from DATE.")
        }
        guard (every == nil) == (times == nil), every == nil || from != nil else {
            throw ValidationError("Even parts take all three: --every, --times and --from.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.pledgeManage)
        let amount = try Money(parsing: amount, currency: currency)
        guard amount.minor > 0 else { throw FundraisingError.amountNotPositive(amount) }
        var promise = AddPledge.Promise(kind, of: donor, amount, try schedule(amount))
        promise.condition = condition
        promise.fund = fund
        promise.campaign = campaign
        promise.promisedOn = on
        promise.reportsDue = reportDue
        let pledge = try AddPledge(promise, by: actor).perform(db)
        return try PledgeLines.record(pledge, db)
    }

    private func schedule(_ amount: Money) throws -> PledgeSchedule {
        if let from { return try PledgeSchedule(amount, every: every ?? .month, times: times ?? 1, from: from) }
        let parts = try instalment.map { text -> PledgeSchedule.Part in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw ValueError(
                    kind: "instalment", value: text, reason: "write a day and an amount: 2026-03-01:500.00")
            }
            return .init(
                dueOn: try LocalDate(parts[0]), amount: try Money(parsing: String(parts[1]), currency: currency))
        }
        return try PledgeSchedule(parts, promised: amount)
    }
}

/// `pledge list`
struct ListPledgesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists promises, the latest written down first.",
        more: """
            promised_minor is what was promised, never what was received; settled_minor is what came for it and \
            stayed. hangs: on a condition that isn't met.
            """, example: "masthead pledge list --kind grant --open")
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: Pledge.Kind.self)).", transform: Choice.word) var kind: Pledge.Kind?
    @Option(help: "Only those of this donor.", transform: ListPage.id) var donor: ID<Donor>?
    @Flag(help: "Only those on which something is still to come.") var open = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the pledge of this id.", transform: ListPage.id) var after: ID<Pledge>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let pledges = try Pledge.list(db, kind: kind, donor: donor, isOpen: open, before: after, limit: limit)
        return Output(PledgeLines.columns, pledges.map(PledgeLines.fields))
    }
}

/// `pledge show`
struct ShowPledgeCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a promise with its instalments and reports.", example: "masthead pledge show 3")
    static let access = DatabaseAccess.read

    @Argument(help: "The pledge's id.", transform: ListPage.id) var id: ID<Pledge>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        return try PledgeLines.record(try Pledge.find(db, id), db)
    }
}

/// `pledge due`
struct DuePledgesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "due", "Lists open instalments and reports that are overdue or due soon, the longest overdue first.",
        more: "days is how many days are left; below zero it is overdue.", example: "masthead pledge due --days 30")
    static let access = DatabaseAccess.read

    @Option(help: "Look so many days ahead.", transform: Self.ahead) var days = 0
    @Option(help: "How many of each at most, \(ListPage.longest).", transform: ListPage.limit) var limit = 1_000
    @OptionGroup var global: GlobalOptions

    /// Ten years: beyond that nobody prepares anything.
    private static func ahead(_ text: String) throws -> Int {
        guard let days = Int(text), (0...3_650).contains(days) else {
            throw ValueError(kind: "number of days", value: text, reason: "write a number from 0 to 3650")
        }
        return days
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let today = context.zone.date(at: context.now)
        let last = today.adding(days: days)
        let instalments = try PledgeInstalment.due(db, upTo: last, limit: limit).map { part -> (LocalDate, [Field]) in
            let fields: [Field] = [
                .text("instalment"), .id(part.id), .id(part.pledge), .id(part.donor), .date(part.dueOn),
                .integer(part.dueOn.daysSince1970 - today.daysSince1970), .text(part.open.currency.code),
                .money(part.open), .bool(part.hangs),
            ]
            return (part.dueOn, fields)
        }
        let reports = try PledgeReport.due(db, upTo: last, limit: limit).map { report -> (LocalDate, [Field]) in
            let fields: [Field] = [
                .text("report"), .id(report.id), .id(report.pledge), .id(report.donor), .date(report.dueOn),
                .integer(report.dueOn.daysSince1970 - today.daysSince1970), .null, .null, .null,
            ]
            return (report.dueOn, fields)
        }
        let lines = (instalments + reports).enumerated()
            .sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
        return Output(
            ["what", "id", "pledge", "donor", "due_on", "days", "currency", "open_minor", "hangs"], lines)
    }
}

/// `pledge totals`
struct PledgeTotalsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "totals", "Adds promises up, by currency; those that hang on a condition apart.",
        more: "promised_minor less settled_minor and written_off_minor is what is still to come.",
        example: "masthead pledge totals")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        return Output(
            [
                "currency", "hangs", "pledges", "promised_minor", "settled_minor", "written_off_minor", "open_minor",
            ],
            try Pledge.totals(db).map { total in
                [
                    .text(total.promised.currency.code), .bool(total.hangs), .integer(total.pledges),
                    .money(total.promised), .money(total.settled), .money(total.writtenOff), .money(total.open),
                ]
            })
    }
}

/// `pledge met`
struct MeetConditionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "met", "Says that what a promise hung on has come about.", example: "masthead pledge met 3 --on 2026-05-01")
    static let access = DatabaseAccess.write

    @Argument(help: "The pledge's id.", transform: ListPage.id) var id: ID<Pledge>
    @Option(help: "The day; today unless said.", transform: { try LocalDate($0) }) var on: LocalDate?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try PledgeLines.record(try MeetCondition(id, on: on, by: context.actor(db)).perform(db), db)
    }
}

/// `pledge report-done`
struct ReportDoneCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "report-done", "Says that a funder has had a report.", example: "masthead pledge report-done 2")
    static let access = DatabaseAccess.write

    @Argument(help: "The report's id, as `pledge show` lists it.", transform: ListPage.id) var id: ID<PledgeReport>
    @Option(help: "The day; today unless said.", transform: { try LocalDate($0) }) var on: LocalDate?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let report = try ReportToFunder(id, on: on, by: context.actor(db)).perform(db)
        return .record([
            ("id", .id(report.id)), ("pledge", .id(report.pledge)), ("due_on", .date(report.dueOn)),
            ("done_on", .date(report.doneOn)),
        ])
    }
}

/// A promise as a line.
enum PledgeLines {
    static let columns: [Column] = [
        "id", "kind", "donor", "currency", "promised_minor", "settled_minor", "written_off_minor", "open_minor",
        "promised_on", "next_due", "hangs", "condition", "met_on", "fund", "campaign",
    ]

    static func fields(_ pledge: Pledge) -> [Field] {
        [
            .id(pledge.id), .text(pledge.kind.rawValue), .id(pledge.donor), .text(pledge.promised.currency.code),
            .money(pledge.promised), .money(pledge.settled), .money(pledge.writtenOff), .money(pledge.open),
            .date(pledge.promisedOn), .date(pledge.nextDue), .bool(pledge.hangs), .text(pledge.condition),
            .date(pledge.metOn), .text(pledge.fund?.text), .text(pledge.campaign?.text),
        ]
    }

    static func record(_ pledge: Pledge, _ db: Connection) throws -> Output {
        let instalments = try pledge.instalments(db).map { part -> JSON in
            [
                "id": .integer(part.id.rawValue), "due_on": .string(part.dueOn.description),
                "amount_minor": .integer(part.amount.minor), "settled_minor": .integer(part.settled.minor),
                "written_off_minor": .integer(part.writtenOff.minor), "open_minor": .integer(part.open.minor),
            ]
        }
        let reports = try pledge.reports(db).map { report -> JSON in
            [
                "id": .integer(report.id.rawValue), "due_on": .string(report.dueOn.description),
                "done_on": report.doneOn.map { .string($0.description) } ?? .null,
            ]
        }
        return .record(
            zip(columns, fields(pledge)).map { ($0, $1) }
                + [("instalments", .json(.array(instalments))), ("reports", .json(.array(reports)))])
    }
}
