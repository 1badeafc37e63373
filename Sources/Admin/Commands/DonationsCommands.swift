import Access
import ArgumentParser
import Fundraising
import Postgres
import Synchronization
import Values

struct DonationsNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "donations", "Money that came: imported from files, reported by period, campaign or article.",
        verbs: [
            ImportDonationsCommand.self, ReportDonationsCommand.self, RetentionCommand.self, LapsedCommand.self,
            GainLossCommand.self, AverageCommand.self, RecencyCommand.self, YearToDateCommand.self,
            MonthlyCommand.self, ForecastCommand.self, GapsCommand.self, MidnightCommand.self, CreditCommand.self,
        ],
        example: "masthead donations report --by year")
}

/// What kind of file an import reads.
enum DonationsFile: String, Sendable, CaseIterable, ExpressibleByArgument {
    case gifts
    case stripePayouts = "stripe-payouts"

    static let words = allCases.map(\.rawValue).joined(separator: ", ")

    /// The kind of records; nil of our own gifts.
    var records: ImportRecords.Kind? {
        switch self {
        case .gifts: nil
        case .stripePayouts: .stripePayouts
        }
    }
}

/// `donations import`
struct ImportDonationsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "import", "Takes a file of gifts or of a processor into the books, all of it or nothing.",
        more: """
            gifts: CSV with the columns external_id, donor_email, given_at, amount, currency and, if you have them, \
            donor_name, method, campaign, appeal, article, refunded_amount, refunded_at, in any order. given_at is a \
            time with its offset, or a day or time in the publication's zone.

            The same file again changes nothing. A row that was imported before may only add refunds; any other \
            change is an error with its line.

            stripe-payouts: Stripe's itemised payout reconciliation, with at least the columns automatic_payout_id, \
            balance_transaction_id, created_utc, currency, gross, fee, net, reporting_category, source_id. It brings \
            the lines that payouts are made of, and the fees that no event told us of; see `masthead payout reconcile`.

            Money that an event or another file brought is never brought again.
            """,
        example: """
            masthead donations import gifts.csv --from gifts --dry-run
            masthead donations import itemised.csv --from stripe-payouts
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["csv"])) var file: String
    @Option(help: "What kind of file it is: \(DonationsFile.words).") var from: DonationsFile
    @Flag(help: "Check everything and say what would come of it, but change nothing.") var dryRun = false
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let database = try context.database
        // Before the file is read: who may not import doesn't wait for that.
        try await database.read { db in try context.actor(db).require(.donationsImport) }
        let bytes = try GivenFile.bytes(file, atMost: ImportGifts.largestFile)
        let progress = Progress(file, total: nil, unit: "rows", context)
        let told = Mutex(0)
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let advance: ImportGifts.Progress = { rows in
            progress.advance(
                by: Int64(
                    told.withLock { last in
                        defer { last = rows }; return rows - last
                    }))
        }
        defer { progress.finish() }
        let mode: ImportGifts.Mode = dryRun ? .dryRun : .forReal
        guard let kind = from.records else {
            let report = try await database.transaction { db in
                try ImportGifts(bytes, name: name, mode: mode, by: context.actor(db), progress: advance).perform(db)
            }
            return output(report, context)
        }
        let report = try await database.transaction { db in
            try ImportRecords(bytes, name: name, kind: kind, mode: mode, by: context.actor(db), progress: advance)
                .perform(db)
        }
        if !dryRun {
            // Events that waited for what came with the file.
            let origin = try await database.read { db in try context.actor(db).origin }
            try await EventLines.drain(database, by: origin)
        }
        return output(report, context)
    }

    private func output(_ report: ImportGifts.Report, _ context: CommandContext) -> Output {
        tell(wasImported: report.wasImported, context)
        return .record([
            ("file", .text(file)), ("rows", .integer(report.rows)), ("new_gifts", .integer(report.newGifts)),
            ("new_refunds", .integer(report.newRefunds)), ("unchanged", .integer(report.unchanged)),
            ("imported_before", .bool(report.wasImported)), ("dry_run", .bool(dryRun)),
        ])
    }

    private func output(_ report: ImportRecords.Report, _ context: CommandContext) -> Output {
        tell(wasImported: report.wasImported, context)
        if !report.ignoredColumns.isEmpty {
            context.tell("Not read: the columns \(Escape.escaped(report.ignoredColumns.joined(separator: ", "))).")
        }
        for reason in report.skipped { context.tell("Skipped: \(reason.number) (\(Escape.escaped(reason.what))).") }
        let skipped = report.skipped.reduce(0) { $0 + $1.number }
        return .record(
            [("file", .text(file)), ("rows", .integer(report.rows))]
                + report.brought.map { (Column(stringLiteral: "new_" + $0.what), .integer($0.number)) } + [
                    ("unchanged", .integer(report.unchanged)), ("skipped", .integer(skipped)),
                    ("imported_before", .bool(report.wasImported)), ("dry_run", .bool(dryRun)),
                ])
    }

    private func tell(wasImported: Bool, _ context: CommandContext) {
        if wasImported { context.tell("'\(Escape.escaped(file))' was imported before; nothing changed.") }
    }
}

/// `donations report`
struct ReportDonationsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "report", "Reports donations by period, campaign or article, each currency for itself.",
        more: """
            gift-year counts a gift on its tax date, and what is given back of it on that day too; cash counts every \
            movement on the day it is posted; gross counts gifts on their tax date and leaves refunds out. net is \
            gross less refunds. Periods between the first and the last without money are there with 0.

            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest): its figures are left out.
            """, example: "masthead donations report --by month --basis cash --from 2025")
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: DonationReport.Grouping.self)).", transform: Choice.word)
    var by: DonationReport.Grouping
    @Option(help: "\(Choice.words(of: DonationReport.Basis.self)); gift-year unless said.", transform: Choice.word)
    var basis: DonationReport.Basis = .giftYear
    @Option(help: "Not before this day, month or year.", transform: ReportDonationsCommand.day) var from: Period?
    @Option(help: "Not after this day, month or year.", transform: ReportDonationsCommand.day) var to: Period?
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireOrder(from, to) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        let report = DonationReport(by: by, basis: basis, from: from?.firstDay, to: to?.lastDay)
        let key: Column =
            switch by {
            case .day, .month, .year: "period"
            case .campaign, .article: "key"
            }
        return Output(
            [key, "currency", "gifts", "gross_minor", "refunds_minor", "net_minor"],
            try report.lines(db).map { line in
                let isNothing = line.gross.minor == 0 && line.refunds.minor == 0
                let figures: [Field] =
                    SmallSums.areKept(from: actor, gifts: line.gifts, isNothing: isNothing)
                    ? [.null, .null, .null, .null]
                    : [.integer(line.gifts), .money(line.gross), .money(line.refunds), .money(line.net)]
                return [Self.field(line.key), .text(line.currency.code)] + figures
            })
    }

    private static func field(_ key: DonationReport.Line.Key) -> Field {
        switch key {
        case .period(let period): .text(period.description)
        case .name(let name): .text(name)
        }
    }

    private static func day(_ text: String) throws -> Period {
        let period = try Period(text)
        guard period.granularity != .hour else {
            throw ValueError(kind: "day", value: text, reason: "donations count by the day: write 2025-12-31")
        }
        return period
    }
}
