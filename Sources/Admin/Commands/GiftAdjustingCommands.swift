import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `gift adjust`
struct AdjustGiftCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "adjust", "Corrects a gift's money by a further entry: more came, less came, or it won't come.",
        more: """
            Nothing that was written down is changed. Above \(ManualRefund.limitOfOnePerson) of the currency's own \
            units, counting all corrections of the gift, it waits for a second person: `gift approve-adjustment`. What \
            came through a payment processor is corrected there.
            """,
        example: """
            masthead gift adjust 12 --lower 225.00 --reason 'The check was for 25, not 250'
            masthead gift adjust 12 --write-off 250.00 --reason 'The check bounced'
            """)
    static let access = DatabaseAccess.write

    @Argument(help: "The gift's id.", transform: ListPage.id) var id: ID<Gift>
    @Option(help: "How much more came.") var raise: String?
    @Option(help: "How much less came.") var lower: String?
    @Option(help: "How much won't come.") var writeOff: String?
    @Option(help: "Why.") var reason: String
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard [raise, lower, writeOff].compactMap(\.self).count == 1 else {
            throw ValidationError("Say one of --raise, --lower and --write-off.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.giftRecord)
        let currency = try Gift.find(db, id).intended.currency
        func money(_ text: String) throws -> Money { try Money(parsing: text, currency: currency) }
        let change: AdjustGift.Change? =
            try raise.map { .raise(try money($0)) } ?? lower.map { .lower(try money($0)) }
            ?? writeOff.map { .writeOff(try money($0)) }
        guard let change else { throw ValidationError("Say one of --raise, --lower and --write-off.") }
        return AdjustmentLines.record(try AdjustGift(id, change, reason: reason, by: actor).perform(db))
    }
}

/// `gift adjustments`
struct ListAdjustmentsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "adjustments", "Lists corrections of gifts' money, the latest first.",
        more: "--open lists those that wait for a second person.", example: "masthead gift adjustments --open")
    static let access = DatabaseAccess.read

    @Flag(help: "Only those that wait for a second person.") var open = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the one of this id.", transform: ListPage.id) var after: ID<ManualAdjustment>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let found = try ManualAdjustment.list(db, isOpen: open, before: after, limit: limit)
        return Output(AdjustmentLines.columns, found.map(AdjustmentLines.fields))
    }
}

/// `gift approve-adjustment`
struct ApproveAdjustmentCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "approve-adjustment", "Agrees to a correction that another person asked for.",
        example: "masthead gift approve-adjustment 3")
    static let access = DatabaseAccess.write

    @Argument(help: "The correction's id.", transform: ListPage.id) var adjustment: ID<ManualAdjustment>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        AdjustmentLines.record(try ApproveAdjustment(adjustment, by: context.actor(db)).perform(db))
    }
}

/// A correction as a line.
enum AdjustmentLines {
    static let columns: [Column] = [
        "id", "gift", "kind", "currency", "amount_minor", "asked_by", "takes_two", "approved_by", "entry", "reason",
    ]

    static func fields(_ adjustment: ManualAdjustment) -> [Field] {
        [
            .id(adjustment.id), .id(adjustment.gift), .text(adjustment.kind.rawValue),
            .text(adjustment.amount.currency.code), .money(adjustment.amount), .text(adjustment.askedBy),
            .bool(adjustment.takesTwo), .text(adjustment.approvedBy), .integer(adjustment.entry?.rawValue),
            .text(adjustment.reason),
        ]
    }

    static func record(_ adjustment: ManualAdjustment) -> Output {
        .record(zip(columns, fields(adjustment)).map { ($0, $1) })
    }
}
