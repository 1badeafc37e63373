import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct PeriodNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "period", "The months of the books, and which are closed.",
        verbs: [ClosePeriodCommand.self, ListPeriodsCommand.self], example: "masthead period close 2025-12")
}

/// `period close`
struct ClosePeriodCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "close", "Closes a month of the books and all before it, for good.",
        more: "What becomes known later is posted to the first day after it; the gift's tax year stays as it is.",
        example: "masthead period close 2025-12")
    static let access = DatabaseAccess.write

    @Argument(help: "The month.", transform: { try Period($0) }) var month: Period
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let closed = try ClosePeriod(month, by: context.actor(db)).perform(db)
        return .record(zip(ListPeriodsCommand.columns, ListPeriodsCommand.fields(closed)).map { ($0, $1) })
    }
}

/// `period list`
struct ListPeriodsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the months that were closed, the latest first.",
        more: "entries counts those posted since the month closed before.", example: "masthead period list")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        return Output(Self.columns, try ClosedPeriod.all(db).map(Self.fields))
    }

    static let columns: [Column] = ["month", "closed_at", "closed_by", "entries"]

    static func fields(_ period: ClosedPeriod) -> [Field] {
        [
            .text(period.month.description), .time(period.closedAt), .text(period.closedBy), .integer(period.entries),
        ]
    }
}
