import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct JournalNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "journal", "The books for an accounting program.", verbs: [ExportJournalCommand.self],
        example: "masthead journal export --from 2026-01 --to 2026-01 --format csv")
}

/// `journal export`
struct ExportJournalCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "export", "Exports debits and credits: as records, CSV for QuickBooks, or a Beancount ledger.",
        more: """
            One journal entry for each day and currency, and one for each payout; in every entry debits equal credits. \
            Days are posting dates: a closed month never changes, because what is recorded later is posted to an open \
            one. --format csv has the columns of QuickBooks' journal import, with amounts in the currency's own units. \
            Gifts in test mode are left out.

            --accounts names a JSON file that maps our accounts to yours, as in {"bank": "1010 Checking"}: clearing, \
            undeposited, bank, property, fx, contributions, contributions_disputed, adjustments, fees, write_offs. \
            With --beancount they are Beancount's, as in Assets:Bank.
            """,
        example: """
            masthead journal export --from 2026-01 --to 2026-01 --format csv > january.csv
            masthead journal export --from 2026 --to 2026 --beancount > 2026.beancount
            """)
    static let access = DatabaseAccess.read

    @Option(help: "Not before this day, month or year.", transform: { try Period($0) }) var from: Period
    @Option(help: "Not after this day, month or year.", transform: { try Period($0) }) var to: Period
    @Option(help: "A JSON file with the names of the accounts.", completion: .file(extensions: ["json"]))
    var accounts: TextSource?
    @Flag(help: "A Beancount ledger, to check or to keep.") var beancount = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try requireOrder(from, to)
        guard from.granularity != .hour, to.granularity != .hour else {
            throw ValidationError("The books go by the day: write 2026-01-31, 2026-01 or 2026.")
        }
    }

    mutating func prepare(_ context: CommandContext) throws { try accounts?.read(context) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        // A day's sum is often one gift's.
        try actor.require(.giftRead)
        let map = try accounts.map { try AccountMap(JSON(parsing: Array($0.text().utf8))) } ?? .standard
        let export = JournalExport(from: from.firstDay, to: to.lastDay, accounts: map)
        if beancount {
            try map.requireBeancountNames()
            return .verbatim(export.beancount(try export.lines(db)))
        }
        return Output(
            [
                "journal_no", "journal_date", "currency", Column("account_name", heading: "ACCOUNT"), "debits_minor",
                "credits_minor", Column("description", heading: "MEMO"),
            ],
            try export.lines(db).map { line in
                [
                    .text(line.number), .date(line.day), .text(line.amount.currency.code), .text(line.account),
                    line.side == .debit ? .money(line.amount) : .null,
                    line.side == .credit ? .money(line.amount) : .null, .text(line.memo),
                ]
            })
    }
}
