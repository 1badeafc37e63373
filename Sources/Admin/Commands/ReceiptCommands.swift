import Access
import ArgumentParser
import Fundraising
import Newsroom
import Postgres
import Terminal
import Values

struct ReceiptNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "receipt", "What donors are told about a gift, for their tax returns.",
        verbs: [
            IssueReceiptCommand.self, ListReceiptsCommand.self, ShowReceiptCommand.self, PrintReceiptCommand.self,
            VoidReceiptCommand.self, ReplaceReceiptCommand.self,
        ],
        example: """
            masthead receipt issue 12
            masthead receipt issue --year 2025 --missing
            masthead receipt print R-2025-000001 --html receipt.html
            """)
}

/// What the books don't say of a gift.
struct ReceiptWords: ParsableArguments {
    @Option(help: "What the donor got for the gift, where it has a value.") var benefit: String?
    @Option(help: "Which shares, or which things, where the gift doesn't say.") var description: String?
    @Option(
        help: "The donor it goes to: a fund's advisor, or the company that matched.", transform: ListPage.id)
    var to: ID<Donor>?

    var isEmpty: Bool { benefit == nil && description == nil && to == nil }

    var words: IssueReceipt.Words {
        var words = IssueReceipt.Words()
        words.benefit = benefit
        words.description = description
        words.addressee = to
        return words
    }
}

/// `receipt issue`
struct IssueReceiptCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "issue", "Issues a gift's receipt under the next number, or those of all gifts of a year that need one.",
        more: """
            A gift of 250.00 USD or more needs one, and one of more than 75.00 USD for which the donor got something \
            (IRS Publication 1771); gifts aren't added up. --on-request issues one for a smaller gift. A receipt states \
            what came less what went back.

            With --missing each is issued for itself; gifts that lack words, a name or an addressee are said and left \
            out.
            """,
        example: """
            masthead receipt issue 12 --benefit "two dinner tickets"
            masthead receipt issue --year 2025 --missing
            """)

    /// Receipts of one transaction: the year's numbers are held so long, and no longer.
    static let batch = 100
    /// Gifts left out that are named one by one.
    static let mostNamed = 20

    @Argument(help: "The gift's id.", transform: ListPage.id) var gift: ID<Gift>?
    @Option(help: "The tax year, with --missing.", transform: TaxYear.read) var year: Int?
    @Flag(help: "All gifts of the year that need one and have none.") var missing = false
    @Flag(help: "Issue it though the gift needs none.") var onRequest = false
    @OptionGroup var words: ReceiptWords
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (gift != nil) != missing, missing == (year != nil) else {
            throw ValidationError("Name one gift, or say --year 2025 --missing.")
        }
        guard !missing || (words.isEmpty && !onRequest) else {
            throw ValidationError("--benefit, --description, --to and --on-request are for one gift.")
        }
    }

    func run(_ context: CommandContext) async throws -> Output {
        if let year { return try await issueMissing(year, context) }
        let organisation = try context.newsroom.settings.organisation
        var words = words.words
        words.evenIfNotNeeded = onRequest
        let receipt = try await context.database.transaction { [gift, words] db in
            guard let gift else { throw ValidationError("Name one gift.") }
            return try IssueReceipt(gift, words: words, organisation: organisation, by: context.actor(db)).perform(db)
        }
        return ReceiptLines.record(receipt)
    }

    private func issueMissing(_ year: Int, _ context: CommandContext) async throws -> Output {
        let (database, organisation) = (try context.database, try context.newsroom.settings.organisation)
        try await database.read { db in try context.actor(db).require(.receiptIssue) }
        let progress = Progress("receipts \(year)", total: nil, unit: "receipts", context)
        defer { progress.finish() }
        var (issued, leftOut) = (0, 0)
        var last: ID<Gift>?
        while true {
            let batch = try await database.transaction { [last] db -> Batch in
                let actor = try context.actor(db)
                let gifts = try Receipts.missing(db, year: year, for: actor, after: last, limit: Self.batch)
                var batch = Batch(last: gifts.last?.gift)
                for missing in gifts {
                    do {
                        _ = try IssueReceipt(missing.gift, organisation: organisation, by: actor).perform(db)
                        batch.issued += 1
                    } catch FundraisingError.receipt(let refusal) {
                        if case .settingMissing = refusal { throw FundraisingError.receipt(refusal) }
                        // Somebody else issued it meanwhile: then it isn't missing any more.
                        if case .hasReceipt = refusal { continue }
                        batch.leftOut.append(Failure.receipt(refusal).message)
                    }
                }
                return batch
            }
            guard let reached = batch.last else { break }
            last = reached
            issued += batch.issued
            progress.advance(by: Int64(batch.issued))
            for message in batch.leftOut.prefix(max(0, Self.mostNamed - leftOut)) { context.tell(message) }
            leftOut += batch.leftOut.count
        }
        if leftOut > Self.mostNamed { context.tell("… and \(leftOut - Self.mostNamed) more were left out.") }
        return .record([("year", .integer(year)), ("issued", .integer(issued)), ("left_out", .integer(leftOut))])
    }

    private struct Batch: Sendable {
        var last: ID<Gift>?
        var issued = 0
        var leftOut: [String] = []
    }
}

/// `receipt list`
struct ListReceiptsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists receipts, the latest first; or gifts that need one and have none.",
        more: """
            --stale: those that state another amount than the gift is worth today, because money went back or came \
            again; replace or void them. --missing needs --year and lists gifts by id. For the next page give --after \
            the id of the last line.
            """, example: "masthead receipt list --stale")
    static let access = DatabaseAccess.read

    @Option(help: "Only those of this tax year.", transform: TaxYear.read) var year: Int?
    @Option(help: "Only those of this donor's gifts.", transform: ListPage.id) var donor: ID<Donor>?
    @Option(help: "\(Choice.words(of: Receipt.State.self)).", transform: Choice.word) var state: Receipt.State?
    @Flag(help: "Only those that aren't right any more.") var stale = false
    @Flag(help: "Gifts of the year that need a receipt and have none.") var missing = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after this id.", transform: ListPage.id) var after: ID<Receipt>?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard missing else { return }
        guard year != nil else { throw ValidationError("--missing is about a year: --year 2025.") }
        guard !stale, state == nil, donor == nil else {
            throw ValidationError("--missing lists gifts: it goes with --year, --limit and --after alone.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        if missing, let year {
            let gifts = try Receipts.missing(
                db, year: year, for: actor, after: after.map { ID($0.rawValue) }, limit: limit)
            return Output(
                ["gift", "form", "kind", "donor", "tax_date", "currency", "net_minor", "benefit_minor"],
                gifts.map { gift in
                    [
                        .id(gift.gift), .text(gift.form.rawValue), .text(gift.kind.rawValue),
                        .integer(gift.donor?.rawValue), .date(gift.taxDate), .text(gift.net.currency.code),
                        .money(gift.net), .money(gift.benefit),
                    ]
                })
        }
        var receipts = Receipts()
        receipts.year = year
        receipts.donor = donor
        receipts.state = state
        receipts.stale = stale
        return Output(
            ReceiptLines.columns, try receipts.list(db, for: actor, after: after, limit: limit).map(ReceiptLines.fields)
        )
    }
}

/// `receipt show`
struct ShowReceiptCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a receipt and what became of it.",
        more: "Nothing is printed by that: `receipt print` is what counts as a print.",
        example: "masthead receipt show R-2025-000001")
    static let access = DatabaseAccess.read

    @Argument(help: "Its number or id.") var receipt: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        ReceiptLines.record(try Receipts.find(db, receipt, for: context.actor(db)))
    }
}

/// `receipt print`
struct PrintReceiptCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "print", "Prints a receipt as a text, or as a page for a printer.",
        more: """
            From what was kept when it was issued: a new name or setting changes no old receipt. The first print is \
            the original; each further one is the same letter with the word DUPLICATE.
            """, example: "masthead receipt print R-2025-000001 --html receipt.html")

    @Argument(help: "Its number or id.") var receipt: String
    @Option(
        name: [.customLong("html"), .customLong("format-html")],
        help: "Write a page into this new file instead.", completion: .file(extensions: ["html"]))
    var html: String?
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        if let html { try LetterFile.requireFree(html) }
        let (printed, letter) = try await context.database.transaction { db in
            try PrintReceipt(receipt, by: context.actor(db)).perform(db)
        }
        return try LetterFile.output(letter, html: html, id: printed.id.rawValue, number: printed.number)
    }
}

/// `receipt void`
struct VoidReceiptCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "void", "Takes a receipt back.",
        more: """
            Its number stays taken. The donor isn't told by that: write to him. One of more than \
            \(ManualRefund.limitOfOnePerson) of the currency's own units stays issued until a second person voids it too.
            """,
        example: "masthead receipt void R-2025-000001 --reason \"The gift was refunded\"")
    static let access = DatabaseAccess.write

    @Argument(help: "Its number or id.") var receipt: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let voided = try VoidReceipt(receipt, reason: reason, by: context.actor(db)).perform(db)
        if voided.state == .issued {
            context.tell("It holds until a second person voids it too: masthead receipt void \(voided.number)")
        }
        return ReceiptLines.record(voided)
    }
}

/// `receipt replace`
struct ReplaceReceiptCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "replace", "Issues a new receipt in the place of one that isn't right any more.",
        more: """
            The new one has a number of its own and says which it replaces; it states the gift's amount, the donor's \
            name and the organisation as they are now. What was said in words of the gift stays unless it is said anew.
            """, example: "masthead receipt replace R-2025-000001 --reason \"100.00 was refunded\"")
    static let access = DatabaseAccess.write

    @Argument(help: "The number or id of the old one.") var receipt: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var words: ReceiptWords
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let organisation = try context.newsroom.settings.organisation
        return ReceiptLines.record(
            try ReplaceReceipt(
                receipt, reason: reason, words: words.words, organisation: organisation, by: context.actor(db)
            ).perform(db))
    }
}

/// A receipt as a line.
enum ReceiptLines {
    static let columns: [Column] = [
        "id", "number", "state", "kind", "gift", "donor", "form", "currency", "amount_minor", "deductible_minor",
        "net_now_minor", "stale", "tax_date", "issued_at", "issued_by", "prints", "replaces", "replaced_by",
    ]

    static func fields(_ receipt: Receipt) -> [Field] {
        let said = receipt.snapshot
        return [
            .id(receipt.id), .text(receipt.number), .text(receipt.state.rawValue), .text(receipt.kind.rawValue),
            .id(receipt.gift), .id(said.addressee.donor), .text(said.form), .text(said.amount.currency.code),
            .money(said.amount), said.deductible.map { .money($0) } ?? .null, .money(receipt.netNow),
            .bool(receipt.isStale), .date(said.taxDate), .time(receipt.issuedAt), .text(receipt.issuedBy),
            .integer(receipt.prints), .text(receipt.replaces), .text(receipt.replacedBy),
        ]
    }

    static func record(_ receipt: Receipt) -> Output {
        let said = receipt.snapshot
        return .record(
            zip(columns, fields(receipt)).map { ($0, $1) } + [
                ("name", .text(said.addressee.name)), ("benefit_minor", .money(said.benefit)),
                ("benefit", .text(said.benefitText)), ("description", .text(said.description)),
                ("ended_at", .time(receipt.endedAt)), ("ended_by", .text(receipt.endedBy)),
                ("reason", .text(receipt.reason)),
            ])
    }
}

/// A letter on its way out: onto standard output, or into a new file as a page.
enum LetterFile {
    /// Looked at before a print is counted; that the file is new is made sure of when it is written.
    static func requireFree(_ path: String) throws {
        guard (try? InputFile(path: path)) == nil else {
            throw Failure(
                .cannotWrite, "cannot_write", "'\(Escape.escaped(path))' can't be written: it is there already.")
        }
    }

    static func output(_ letter: Letter, html: String?, id: Int64, number: String) throws -> Output {
        guard let html else { return .verbatim(letter.text) }
        let bytes = Array(letter.html.utf8)
        do throws(StreamError) { try NewFile.write(bytes, to: html) } catch {
            let reason = error.isExisting ? "it is there already" : "\(error)"
            throw Failure(.cannotWrite, "cannot_write", "'\(Escape.escaped(html))' can't be written: \(reason).")
        }
        return .record([
            ("id", .integer(id)), ("number", .text(number)), ("file", .text(html)), ("bytes", .integer(bytes.count)),
        ])
    }
}

/// A tax year as it is typed.
enum TaxYear {
    static func read(_ text: String) throws -> Int {
        guard let year = Int(text), (1900...9999).contains(year) else {
            throw ValueError(kind: "year", value: text, reason: "write a year such as 2025")
        }
        return year
    }
}
