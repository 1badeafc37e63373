import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct BatchNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "batch", "Deposits: checks, cash and wires that went to the bank together.",
        verbs: [
            OpenBatchCommand.self, AddToBatchCommand.self, RemoveFromBatchCommand.self, ShowBatchCommand.self,
            ListBatchesCommand.self, CloseBatchCommand.self,
        ],
        example: """
            masthead batch open --total 1250.00 --currency USD --count 3 --deposited 2026-01-05
            masthead batch add 1 120 121 122
            masthead batch close 1
            """)
}

/// `batch open`
struct OpenBatchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "open", "Opens a deposit with the sum and the number that its slip says.",
        example: "masthead batch open --total 1250.00 --currency USD --count 3 --deposited 2026-01-05")
    static let access = DatabaseAccess.write

    @Option(help: "The slip's sum, in the currency's own units.") var total: String
    @Option(help: "The currency's code (ISO 4217).", transform: Currency.init) var currency: Currency
    @Option(help: "How many gifts, at most \(DepositBatch.mostGifts).") var count: Int
    @Option(help: "The day it went to the bank.", transform: { try LocalDate($0) }) var deposited: LocalDate
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let total = try Money(parsing: total, currency: currency)
        return BatchLines.record(
            try OpenBatch(total: total, count: count, depositedOn: deposited, by: context.actor(db)).perform(db))
    }
}

/// `batch add`
struct AddToBatchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Puts gifts into an open deposit: all that are named, or none.",
        more: "A gift is deposited once. Cards, stock and things aren't.", example: "masthead batch add 1 120 121 122")
    static let access = DatabaseAccess.write

    @Argument(help: "The batch's id.", transform: ListPage.id) var batch: ID<DepositBatch>
    @Argument(help: "The gifts' ids.", transform: ListPage.id) var gifts: [ID<Gift>]
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        BatchLines.record(try DepositGifts(gifts, .into, batch, by: context.actor(db)).perform(db))
    }
}

/// `batch remove`
struct RemoveFromBatchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "remove", "Takes gifts out of an open deposit.", example: "masthead batch remove 1 121")
    static let access = DatabaseAccess.write

    @Argument(help: "The batch's id.", transform: ListPage.id) var batch: ID<DepositBatch>
    @Argument(help: "The gifts' ids.", transform: ListPage.id) var gifts: [ID<Gift>]
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        BatchLines.record(try DepositGifts(gifts, .outOf, batch, by: context.actor(db)).perform(db))
    }
}

/// `batch close`
struct CloseBatchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "close", "Closes a deposit whose gifts come to what its slip says, in sum and number.",
        more: "It can't be changed any more. What lay undeposited is at the bank then, from that day on.",
        example: "masthead batch close 1")
    static let access = DatabaseAccess.write

    @Argument(help: "The batch's id.", transform: ListPage.id) var batch: ID<DepositBatch>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        BatchLines.record(try CloseBatch(batch, by: context.actor(db)).perform(db))
    }
}

/// `batch show`
struct ShowBatchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a deposit with its gifts.", example: "masthead batch show 1")
    static let access = DatabaseAccess.read

    @Argument(help: "The batch's id.", transform: ListPage.id) var batch: ID<DepositBatch>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let batch = try DepositBatch.find(db, batch)
        let items = try batch.items(db).map { item -> JSON in
            [
                "gift": .integer(item.gift.rawValue), "kind": .string(item.kind.rawValue),
                "amount_minor": .integer(item.amount.minor),
            ]
        }
        return .record(
            zip(BatchLines.columns, BatchLines.fields(batch)).map { ($0, $1) } + [("items", .json(.array(items)))])
    }
}

/// `batch list`
struct ListBatchesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists deposits, the latest opened first.", example: "masthead batch list --open")
    static let access = DatabaseAccess.read

    @Flag(help: "Only those that aren't closed.") var open = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the batch of this id.", transform: ListPage.id) var after: ID<DepositBatch>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let batches = try DepositBatch.list(db, isOpen: open, before: after, limit: limit)
        return Output(BatchLines.columns, batches.map(BatchLines.fields))
    }
}

/// A deposit as a line.
enum BatchLines {
    static let columns: [Column] = [
        "id", "deposited_on", "currency", "total_minor", "count", "added_minor", "added", "equal", "opened_by",
        "closed_at", "closed_by",
    ]

    static func fields(_ batch: DepositBatch) -> [Field] {
        [
            .id(batch.id), .date(batch.depositedOn), .text(batch.total.currency.code), .money(batch.total),
            .integer(batch.count), .money(batch.addedTotal), .integer(batch.addedCount), .bool(batch.isEqual),
            .text(batch.openedBy), .time(batch.closedAt), .text(batch.closedBy),
        ]
    }

    static func record(_ batch: DepositBatch) -> Output {
        .record(zip(columns, fields(batch)).map { ($0, $1) })
    }
}
