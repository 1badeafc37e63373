import ArgumentParser
import Editorial
import Postgres
import Values

struct CommissionNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "commission", "What was agreed with contributors about articles, and what became of the money.",
        verbs: [
            AddCommissionCommand.self, ChangeCommissionCommand.self, ShowCommissionCommand.self,
            ListCommissionsCommand.self, InvoiceCommand.self, ApproveCommissionCommand.self,
            ExportCommissionsCommand.self, PayCommand.self,
        ],
        example: """
            masthead commission add 12 --to gus-guest --fee "400.00 USD" --words 1200 --kill-fee 25
            masthead commission list --owed
            """)
}

/// The terms, as options; all may be left out where there are terms already.
struct TermsOptions: ParsableArguments {
    @Option(help: "The whole fee: \"400.00 USD\".", transform: FeesOfContributorsCommand.money) var fee: Money?
    @Option(help: "Or so much a word: \"0.50 USD\".", transform: FeesOfContributorsCommand.money) var rate: Money?
    @Option(help: "How long it is to be, in words.") var words: Int?
    @Option(help: "When the text is due, on the publication's wall.", transform: { try LocalDateTime($0) })
    var due: LocalDateTime?
    @Option(help: "The zone of that wall, when it is another.", transform: Zone.named) var zone: Zone?
    @Option(help: "Of the fee, owed when the article is killed, in per cent.") var killFee: Int?
    @Flag(inversion: .prefixedNo, help: "First publication on the web.") var firstWeb: Bool?
    @Flag(inversion: .prefixedNo, help: "It may stay in the archive.") var archive: Bool?
    @Flag(inversion: .prefixedNo, help: "Others may be allowed to run it.") var republication: Bool?
    @Option(help: "Nobody else may run it through that day.", transform: { try LocalDate($0) })
    var exclusiveUntil: LocalDate?
    @Option(help: "Where the signed agreement is kept.") var agreement: String?
    @Option(help: "A note.") var note: String?

    func validate() throws {
        guard fee == nil || rate == nil else { throw ValidationError("Say --fee or --rate, not both.") }
    }

    func dueTime(_ context: CommandContext) -> Due? {
        due.map { Due($0, in: zone ?? context.zone) }
    }
}

struct AddCommissionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Agrees with a contributor on an article.",
        more: "A rate is reckoned on the number of words agreed on, whatever the length in the end.",
        example: "masthead commission add 12 --to gus-guest --fee \"400.00 USD\" --words 1200 --kill-fee 25")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The contributor's slug.", transform: Slug.init) var to: Slug
    @OptionGroup var terms: TermsOptions
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let price: Commission.Price
        if let fee = terms.fee {
            price = .fee(fee)
        } else if let rate = terms.rate, let words = terms.words {
            price = .rate(rate, words: words)
        } else {
            throw EditorialError.commissionUnpriced
        }
        let rights = Commission.Rights(
            firstWeb: terms.firstWeb ?? true, archive: terms.archive ?? true,
            republication: terms.republication ?? false, exclusiveUntil: terms.exclusiveUntil)
        let agreed = Commission.Terms(
            price: price, words: terms.words, due: terms.dueTime(context), killPercent: terms.killFee ?? 0,
            rights: rights, agreement: terms.agreement, note: terms.note)
        return .commission(
            try CommissionArticle(target.id(db), from: to, agreed, by: context.actor(db)).perform(db))
    }
}

/// A commission by its number.
struct CommissionArgument: ParsableArguments {
    @Argument(help: "The commission's number.", transform: Self.id) var commission: ID<Commission>

    static func id(_ text: String) throws -> ID<Commission> {
        guard let id = ID<Commission>(text: text) else {
            throw ValidationError("A commission is a number; not '\(text)'.")
        }
        return id
    }
}

struct ChangeCommissionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "change", "Changes the terms; the older ones stay on record.",
        example: "masthead commission change 7 --fee \"450.00 USD\" --note \"Longer than planned\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: CommissionArgument
    @OptionGroup var terms: TermsOptions
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var change = ChangeCommission.Change()
        if let fee = terms.fee {
            change.price = .fee(fee)
        } else if let rate = terms.rate {
            guard let words = terms.words else { throw EditorialError.commissionUnpriced }
            change.price = .rate(rate, words: words)
        }
        change.words = terms.words
        change.due = terms.dueTime(context)
        change.killPercent = terms.killFee
        change.firstWeb = terms.firstWeb
        change.archive = terms.archive
        change.republication = terms.republication
        change.exclusiveUntil = terms.exclusiveUntil
        change.agreement = terms.agreement
        change.note = terms.note
        return .commission(try ChangeCommission(target.commission, change, by: context.actor(db)).perform(db))
    }
}

struct ShowCommissionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "The terms of a commission as they are now, and what is owed.", example: "masthead commission show 7")
    static let access = DatabaseAccess.read

    @OptionGroup var target: CommissionArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .commission(try Commissions.find(db, target.commission, for: context.actor(db)))
    }
}

struct ListCommissionsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Commissions, latest first; the sums for who may read fees.",
        more: "--owed lists what is payable and not yet paid.", example: "masthead commission list --owed")
    static let access = DatabaseAccess.read

    @Option(help: "Only of this article.") var article: String?
    @Option(help: "Only with this contributor.", transform: Slug.init) var contributor: Slug?
    @Option(
        help: "Only those whose last step this is: \(Choice.words(of: Commission.Step.self)).", transform: Choice.word)
    var step: Commission.Step?
    @Flag(help: "Only what is payable and not paid.") var owed = false
    @Option(help: "At most so many, up to 1000.") var limit: Int = 50
    @Option(help: "Begin after this number.", transform: CommissionArgument.id) var after: ID<Commission>?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var commissions = Commissions()
        commissions.article = try article.map { try Articles.id(db, named: $0) }
        commissions.contributor = contributor
        commissions.step = step
        commissions.isOwed = owed
        let found = try commissions.list(db, for: context.actor(db), after: after, limit: limit)
        return Output(
            [
                "id", "article", "title", "contributor", "currency", "agreed_minor", "payable_minor", "words", "due",
                "step",
            ],
            found.map { one in
                [
                    .id(one.id), .id(one.article), .text(one.title), .text(one.contributor.text),
                    .text(one.agreed?.currency.code), one.agreed.map { .money($0) } ?? .null,
                    one.payable.map { .money($0) } ?? .null, .integer(one.words.map(Int64.init)), .time(one.dueAt),
                    .text(one.step?.rawValue),
                ]
            })
    }
}

struct InvoiceCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "invoice", "Notes that the contributor's invoice came.",
        example: "masthead commission invoice 7 --amount \"400.00 USD\" --reference 2026-17")
    static let access = DatabaseAccess.write

    @OptionGroup var target: CommissionArgument
    @Option(help: "What it asks for.", transform: FeesOfContributorsCommand.money) var amount: Money
    @Option(help: "Its number.") var reference: String?
    @Option(help: "When it came; today unless given.", transform: { try LocalDate($0) }) var on: LocalDate?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .commission(
            try AdvanceCommission(
                target.commission, .invoiced(amount, reference: reference), on: on, by: context.actor(db)
            ).perform(db))
    }
}

struct ApproveCommissionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "approve", "Approves what is payable now: the agreed sum, or the kill fee.",
        example: "masthead commission approve 7")
    static let access = DatabaseAccess.write

    @OptionGroup var target: CommissionArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .commission(try AdvanceCommission(target.commission, .approved, by: context.actor(db)).perform(db))
    }
}

struct ExportCommissionsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "export", "The list that somebody pays from: what was approved and not yet handed over.",
        more: "Each commission is handed over once; --again gives an earlier list once more.",
        example: """
            masthead commission export --format csv > fees.csv
            masthead commission export --again 3 --format csv
            """)
    static let access = DatabaseAccess.write

    @Option(help: "The number of an earlier list.") var again: Int64?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let lines = try ExportCommissions(again: again, by: context.actor(db)).perform(db)
        return Output(
            [
                "export", "commission", "contributor", "name", "email", "article", "currency", "amount_minor",
                "invoice", "approved_on",
            ],
            lines.map { line in
                [
                    .integer(line.export), .id(line.commission), .text(line.contributor.text), .text(line.name),
                    .text(line.email), .id(line.article), .text(line.amount.currency.code), .money(line.amount),
                    .text(line.invoice), .date(line.approvedOn),
                ]
            })
    }
}

struct PayCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "pay", "Notes that somebody paid; Masthead moves no money.",
        example: "masthead commission pay 7 --on 2026-12-04 --reference \"Bank 4711\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: CommissionArgument
    @Option(help: "The day it was paid; today unless given.", transform: { try LocalDate($0) }) var on: LocalDate?
    @Option(help: "The bank's reference.") var reference: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .commission(
            try AdvanceCommission(
                target.commission, .paid(reference: reference), on: on, by: context.actor(db)
            ).perform(db))
    }
}

extension Output {
    fileprivate static func commission(_ one: Commission) -> Output {
        .record([
            ("id", .id(one.id)), ("article", .id(one.article)), ("title", .text(one.title)),
            ("contributor", .text(one.contributor.text)), ("version", .integer(one.version)),
            ("currency", .text(one.agreed?.currency.code)), ("agreed_minor", one.agreed.map { .money($0) } ?? .null),
            ("payable_minor", one.payable.map { .money($0) } ?? .null),
            ("words", .integer(one.words.map(Int64.init))), ("due", .time(one.dueAt)),
            ("kill_percent", .integer(one.killPercent)), ("first_web", .bool(one.rights.firstWeb)),
            ("archive", .bool(one.rights.archive)), ("republication", .bool(one.rights.republication)),
            ("exclusive_until", .date(one.rights.exclusiveUntil)), ("agreement", .text(one.agreement)),
            ("note", .text(one.note)), ("step", .text(one.step?.rawValue)),
        ])
    }
}
