import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `donations export`
struct ExportDonationsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "export", "Writes the gifts as a file that can be imported again, and changes nothing then.",
        more: """
            With --format csv: texts that a spreadsheet would take for a formula begin with an apostrophe, which the \
            import takes off again; amounts are numbers. Gifts in test mode, and things without a value, are left out.
            A gift stands there as it was received, with what was given back: of disputes, corrections and write-offs the \
            file has no column, and it is said how many gifts had one. `journal export` has all of it.
            """, example: "masthead donations export --from 2025 --to 2025 --format csv > gifts-2025.csv")
    static let access = DatabaseAccess.read

    @Option(help: "Not before this day, month or year.", transform: { try Period($0) }) var from: Period?
    @Option(help: "Not after this day, month or year.", transform: { try Period($0) }) var to: Period?
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireOrder(from, to) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let export = GiftExport(from: from?.firstDay, to: to?.lastDay)
        let changed = try export.changedOtherwise(db, for: context.actor(db))
        if changed > 0 {
            context.tell(
                "\(changed) of these gifts were in dispute, corrected or written off, which this file doesn't say; "
                    + "`masthead journal export` does.")
        }
        return Output(
            [
                "source", "external_id", "donor_email", "donor_name", "given_at", "amount_minor", "currency", "method",
                "campaign", "appeal", "article", "refunded_amount_minor", "refunded_at",
            ],
            try export.lines(db, for: context.actor(db)).map { line in
                [
                    .text(line.source), .text(line.externalID), .text(line.email), .text(line.name),
                    .time(line.givenAt), .money(line.amount), .text(line.amount.currency.code), .text(line.method),
                    .text(line.campaign), .text(line.appeal), .text(line.article),
                    line.refunded.map { .money($0) } ?? .null, .time(line.refundedAt),
                ]
            })
    }
}
