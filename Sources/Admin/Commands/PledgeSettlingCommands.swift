import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `pledge settle`
struct SettleInstalmentCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "settle", "Says that a gift is an instalment of a promise.",
        more: """
            All that is left of the gift unless --amount says less, and never more than is open. A gift may settle \
            several instalments. When money of the gift goes back, the instalment is open again by itself.
            """, example: "masthead pledge settle 8 --gift 120")
    static let access = DatabaseAccess.write

    @Argument(help: "The instalment's id, as `pledge show` lists it.", transform: ListPage.id)
    var instalment: ID<PledgeInstalment>
    @Option(help: "The gift's id.", transform: ListPage.id) var gift: ID<Gift>
    @Option(help: "How much of the gift, in its currency.") var amount: String?
    @Flag(help: "It is meant that another donor's gift settles it.") var fromAnyone = false
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.pledgeManage)
        let currency = try PledgeInstalment.find(db, instalment).open.currency
        let amount = try amount.map { try Money(parsing: $0, currency: currency) }
        let settled = try SettleInstalment(
            instalment, by: gift, amount: amount, from: fromAnyone ? .anyone : .thePromiser, as: actor
        ).perform(db)
        return InstalmentLines.record(settled)
    }
}

/// `pledge write-off`
struct WriteOffInstalmentCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "write-off", "Gives up what is open of an instalment, or a part of it.",
        more: """
            Above \(ManualRefund.limitOfOnePerson) of the currency's own units, counting all that was given up of the \
            pledge, it waits for a second person: `pledge approve`.
            """, example: "masthead pledge write-off 8 --reason 'The company closed'")
    static let access = DatabaseAccess.write

    @Argument(help: "The instalment's id.", transform: ListPage.id) var instalment: ID<PledgeInstalment>
    @Option(help: "How much; all that is open unless said.") var amount: String?
    @Option(help: "Why.") var reason: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.pledgeManage)
        let currency = try PledgeInstalment.find(db, instalment).open.currency
        let writeOff = try WriteOffInstalment(
            instalment, amount: amount.map { try Money(parsing: $0, currency: currency) }, reason: reason, by: actor
        ).perform(db)
        return WriteOffLines.record(writeOff)
    }
}

/// `pledge write-offs`
struct ListWriteOffsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "write-offs", "Lists what was given up of promises, the latest first.",
        more: "--open lists those that wait for a second person.", example: "masthead pledge write-offs --open")
    static let access = DatabaseAccess.read

    @Flag(help: "Only those that wait for a second person.") var open = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the one of this id.", transform: ListPage.id) var after: ID<PledgeWriteOff>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let found = try PledgeWriteOff.list(db, isOpen: open, before: after, limit: limit)
        return Output(WriteOffLines.columns, found.map(WriteOffLines.fields))
    }
}

/// `pledge approve`
struct ApproveWriteOffCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "approve", "Agrees to a write-off that another person asked for.", example: "masthead pledge approve 3")
    static let access = DatabaseAccess.write

    @Argument(help: "The write-off's id.", transform: ListPage.id) var writeOff: ID<PledgeWriteOff>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        WriteOffLines.record(try ApproveWriteOff(writeOff, by: context.actor(db)).perform(db))
    }
}

/// A write-off as a line.
enum WriteOffLines {
    static let columns: [Column] = [
        "id", "pledge", "instalment", "currency", "amount_minor", "asked_by", "takes_two", "approved_by", "counts",
        "reason",
    ]

    static func fields(_ writeOff: PledgeWriteOff) -> [Field] {
        [
            .id(writeOff.id), .id(writeOff.pledge), .id(writeOff.instalment), .text(writeOff.amount.currency.code),
            .money(writeOff.amount), .text(writeOff.askedBy), .bool(writeOff.takesTwo), .text(writeOff.approvedBy),
            .bool(writeOff.counts), .text(writeOff.reason),
        ]
    }

    static func record(_ writeOff: PledgeWriteOff) -> Output {
        .record(zip(columns, fields(writeOff)).map { ($0, $1) })
    }
}

/// An instalment as a record.
enum InstalmentLines {
    static func record(_ part: PledgeInstalment) -> Output {
        .record([
            ("id", .id(part.id)), ("pledge", .id(part.pledge)), ("due_on", .date(part.dueOn)),
            ("currency", .text(part.amount.currency.code)), ("amount_minor", .money(part.amount)),
            ("settled_minor", .money(part.settled)), ("written_off_minor", .money(part.writtenOff)),
            ("open_minor", .money(part.open)),
        ])
    }
}
