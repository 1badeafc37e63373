import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct DonationsNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "donations", "Money that came: imported from files, reported by period, campaign or article.",
        verbs: [
            ImportDonationsCommand.self, ExportDonationsCommand.self, ReportDonationsCommand.self,
            RetentionCommand.self, LapsedCommand.self,
            GainLossCommand.self, AverageCommand.self, RecencyCommand.self, YearToDateCommand.self,
            MonthlyCommand.self, ForecastCommand.self, GapsCommand.self, MidnightCommand.self, CreditCommand.self,
            StatesCommand.self, MajorDonorsCommand.self, RebuildTotalsCommand.self,
        ],
        example: "masthead donations report --by year")
}

/// What kind of file an import reads.
enum DonationsFile: String, Sendable, CaseIterable, ExpressibleByArgument {
    case gifts
    case stripePayouts = "stripe-payouts"
    case stripePayments = "stripe-payments"
    case paypal, checks, givewp

    static let words = allCases.map(\.rawValue).joined(separator: ", ")
}

/// What has to be said of a file where it doesn't say it itself.
struct FileReading: ParsableArguments {
    @Option(help: "In which order its dates are written: dmy or mdy (31/12 or 12/31).", transform: Choice.word)
    var dateOrder: WrittenDate.Order?
    @Option(help: "What parts its decimals: point or comma.", transform: Choice.word) var decimal: DecimalMark?
    @Option(help: "The currency of donations that name none.", transform: { try Currency($0) }) var currency: Currency?

    enum DecimalMark: String, Sendable, CaseIterable {
        case point, comma
    }

    /// The kind of records; nil of our own gifts.
    func kind(of file: DonationsFile) -> ImportRecords.Kind? {
        switch file {
        case .gifts: nil
        case .stripePayouts: .stripePayouts
        case .stripePayments: .stripePayments
        case .paypal: .payPal(dates: dateOrder, amounts: decimal == .comma ? .decimalComma : .decimalPoint)
        case .checks: .checks
        case .givewp: .giveWP(dates: dateOrder, currency: currency)
        }
    }

    /// Options that such a file has no use for are a mistake, not a wish.
    func check(for file: DonationsFile) throws {
        guard dateOrder == nil || file == .paypal || file == .givewp else {
            throw ValidationError("--date-order is for paypal and givewp; the others write the year first.")
        }
        guard decimal == nil || file == .paypal else { throw ValidationError("--decimal is for paypal.") }
        guard currency == nil || file == .givewp else { throw ValidationError("--currency is for givewp.") }
    }
}

/// `donations import`
struct ImportDonationsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "import", "Takes a file of gifts or of a processor into the books, all of it or nothing.",
        more: """
            gifts: CSV with the columns external_id, donor_email, given_at, amount, currency and, if you have them, \
            donor_name, method, campaign, appeal, article, refunded_amount, refunded_at, in any order. given_at is a \
            time with its offset, or a day or time in the publication's zone. A line of `donations export` whose \
            source is another (stripe, manual) must be in the books as it stands, and adds nothing.

            The same file again changes nothing. A row that was imported before may only add refunds; any other \
            change is an error with its line.

            stripe-payouts: Stripe's itemised payout reconciliation, with at least the columns automatic_payout_id, \
            balance_transaction_id, created_utc, currency, gross, fee, net, reporting_category, source_id. It brings \
            the lines that payouts are made of, and the fees that no event told us of; see `masthead payout reconcile`.

            stripe-payments: Stripe's payments export. Only what was paid; fees come with the payouts.

            paypal: PayPal's activity download. Payments, and refunds and reversals of them; the rest is counted.

            checks: date, number, name, amount, currency and, if you have them, postmark, email, campaign. A check \
            counts for the year of its postmark.

            givewp: GiveWP's donations export. Donations that name their payment at Stripe or PayPal land there.

            Money that an event or another file brought is never brought again, and no receipt is issued.
            """,
        example: """
            masthead donations import gifts.csv --from gifts --dry-run
            masthead donations import itemised.csv --from stripe-payouts
            masthead donations import Download.csv --from paypal --date-order dmy --decimal comma
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["csv"])) var file: String
    @Option(help: "What kind of file it is: \(DonationsFile.words).") var from: DonationsFile
    @Flag(help: "Check everything and say what would come of it, but change nothing.") var dryRun = false
    @OptionGroup(title: "How it is written") var reading: FileReading
    @OptionGroup var global: GlobalOptions

    func validate() throws { try reading.check(for: from) }

    func run(_ context: CommandContext) async throws -> Output {
        let mode: ImportGifts.Mode = dryRun ? .dryRun : .forReal
        if let kind = reading.kind(of: from) {
            return try await RecordsImport(file: file, kind: kind, mode: mode).run(context)
        }
        let database = try context.database
        // Before the file is read: who may not import doesn't wait for that.
        try await database.read { db in try context.actor(db).require(.donationsImport) }
        let bytes = try GivenFile.bytes(file, atMost: ImportGifts.largestFile)
        let progress = Progress(file, total: nil, unit: "rows", context)
        let advance = RecordsImport.steps(of: progress)
        defer { progress.finish() }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let report = try await database.transaction { db in
            try ImportGifts(bytes, name: name, mode: mode, by: context.actor(db), progress: advance).perform(db)
        }
        if report.wasImported { context.tell("'\(Escape.escaped(file))' was imported before; nothing changed.") }
        return .record([
            ("file", .text(file)), ("rows", .integer(report.rows)), ("new_gifts", .integer(report.newGifts)),
            ("new_refunds", .integer(report.newRefunds)), ("unchanged", .integer(report.unchanged)),
            ("imported_before", .bool(report.wasImported)), ("dry_run", .bool(dryRun)),
        ])
    }
}

/// `donations rebuild`
struct RebuildTotalsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "rebuild", "Reckons the sums that reports read anew from the entries.",
        more: """
            They are kept with every entry; only where `db check` says total_differs has somebody written past that. \
            Nothing is added to the books while it works.
            """, example: "masthead donations rebuild")
    static let access = DatabaseAccess.write

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .record([("gifts", .integer(try RebuildTotals(by: context.actor(db)).perform(db)))])
    }
}
