import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `gift add`
struct AddGiftCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Records a gift that came by hand: a check, cash, a wire, stock, a thing.",
        more: """
            A check counts for the day of its postmark; everything else for the day it was given, in the publication's \
            zone. Say who gave with --donor, or with --email and --name; without any of them nobody is known.

            The money is posted to the day the gift came, or to the first day after the closed months. With \
            --idempotency-key the same gift sent twice is one.
            """,
        example: """
            masthead gift add --kind check --amount 250.00 --currency USD --donor 12 --postmark 2025-12-31
            masthead gift add --kind stock --amount 0 --currency USD --donor 12 --shares 12.5 --symbol ACME
            """)
    static let access = DatabaseAccess.write

    @Option(help: "\(Choice.words(of: Gift.Kind.self)).", transform: Choice.word) var kind: Gift.Kind
    @Option(help: "How much, in the currency's own units.") var amount: String
    @Option(help: "The currency's code (ISO 4217).", transform: Currency.init) var currency: Currency
    @Option(help: "The donor's id.", transform: ListPage.id) var donor: ID<Donor>?
    @Option(help: "Or the donor's address.", transform: EmailAddress.init) var email: EmailAddress?
    @Option(help: "The donor's name, taken where none is known.") var name: String?
    @Option(help: "When it came: a day, a time on the publication's wall, or one with its offset; now unless said.")
    var given: String?
    @Option(help: "The day a check was mailed.", transform: { try LocalDate($0) }) var postmark: LocalDate?
    @Option(help: "The campaign's slug.", transform: Slug.init) var campaign: Slug?
    @Option(help: "The appeal's slug in that campaign.", transform: Slug.init) var appeal: Slug?
    @Option(help: "The fund's slug.", transform: Slug.init) var fund: Slug?
    @Option(help: "The story that moved the donor, by number or slug.") var article: String?
    @Option(help: "In whose honour or memory.") var tribute: String?
    @Flag(help: "The donor doesn't want to be named.") var anonymous = false
    @Option(help: "The value of what the donor got in return.") var benefit: String?
    @Option(help: "A note.") var note: String?
    @Option(help: "How many shares, as in 12.5.") var shares: String?
    @Option(help: "The stock's symbol.") var symbol: String?
    @Option(help: "What was given, of a thing.") var description: String?
    @Option(help: "The version of the naming policy the donor accepted with it.") var policy: String?
    @Option(help: "The deposit it goes into.", transform: ListPage.id) var batch: ID<DepositBatch>?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard donor == nil || (email == nil && name == nil) else {
            throw ValidationError("Say --donor, or --email and --name; not both.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var slip = RecordGift.Slip(kind: kind, amount: try Money(parsing: amount, currency: currency))
        if let donor {
            slip.giver = .known(donor)
        } else if let email {
            slip.giver = .address(email, name: name)
        } else if let name {
            slip.giver = .named(name)
        }
        slip.givenAt = try given.map { try WrittenTime.instant($0, in: context.zone) }
        slip.postmark = postmark
        slip.campaign = campaign
        slip.appeal = appeal
        slip.fund = fund
        slip.article = article
        slip.tribute = tribute
        slip.isAnonymous = anonymous
        slip.benefit = try benefit.map { try Money(parsing: $0, currency: currency) }
        slip.note = note
        slip.shares = shares
        slip.symbol = symbol
        slip.description = description
        slip.namingPolicy = policy
        let actor = try context.actor(db)
        let id = try RecordGift(slip, by: actor).perform(db)
        if let batch { _ = try DepositGifts([id], .into, batch, by: actor).perform(db) }
        return .record(zip(GiftLines.columns, GiftLines.fields(try Gift.find(db, id))).map { ($0, $1) })
    }
}

/// `gift refund`
struct RefundGiftCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "refund", "Records money of a gift that was given back by hand.",
        more: """
            Never more than came. Above \(ManualRefund.limitOfOnePerson) of the currency's own units, counting all \
            that went back of the gift by hand, it waits for a second person: `gift approve`. What came through a \
            payment processor is given back there.
            """, example: "masthead gift refund 12 --amount 25.00 --reason 'Given twice by mistake'")
    static let access = DatabaseAccess.write

    @Argument(help: "The gift's id.", transform: ListPage.id) var id: ID<Gift>
    @Option(help: "How much, in the gift's currency.") var amount: String
    @Option(help: "When it went back; now unless said.") var at: String?
    @Option(help: "Why.") var reason: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.giftRecord)
        let currency = try Gift.find(db, id).intended.currency
        let refund = try RefundGift(
            id, Money(parsing: amount, currency: currency),
            at: at.map { try WrittenTime.instant($0, in: context.zone) }, reason: reason, by: actor
        ).perform(db)
        return RefundLines.record(refund)
    }
}

/// `gift refunds`
struct ListRefundsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "refunds", "Lists what was given back by hand, the latest first.",
        more: "--open lists those that wait for a second person.", example: "masthead gift refunds --open")
    static let access = DatabaseAccess.read

    @Flag(help: "Only those that wait for a second person.") var open = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the refund of this id.", transform: ListPage.id) var after: ID<ManualRefund>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let refunds = try ManualRefund.list(db, isOpen: open, before: after, limit: limit)
        return Output(RefundLines.columns + ["reason"], refunds.map { RefundLines.fields($0) + [.text($0.reason)] })
    }
}

/// `gift approve`
struct ApproveRefundCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "approve", "Agrees to a refund that another person asked for.", example: "masthead gift approve 3")
    static let access = DatabaseAccess.write

    @Argument(help: "The refund's id.", transform: ListPage.id) var refund: ID<ManualRefund>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        RefundLines.record(try ApproveRefund(refund, by: context.actor(db)).perform(db))
    }
}

/// A refund by hand as a line, without its reason: what is kept under an idempotency key must name nobody.
enum RefundLines {
    static let columns: [Column] = [
        "id", "gift", "currency", "amount_minor", "at", "asked_by", "takes_two", "approved_by", "entry",
    ]

    static func fields(_ refund: ManualRefund) -> [Field] {
        [
            .id(refund.id), .id(refund.gift), .text(refund.amount.currency.code), .money(refund.amount),
            .time(refund.occurredAt), .text(refund.askedBy), .bool(refund.takesTwo), .text(refund.approvedBy),
            .integer(refund.entry?.rawValue),
        ]
    }

    static func record(_ refund: ManualRefund) -> Output {
        .record(zip(columns, fields(refund)).map { ($0, $1) })
    }
}

/// `gift decline`
struct DeclineGiftCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "decline", "Records that something offered wasn't taken; it is in no total.",
        example: """
            masthead gift decline --kind check --amount 5000.00 --currency USD --policy 'No gifts from parties' \
            --reason 'A party gave it' --returned 'The check, by mail'
            """)
    static let access = DatabaseAccess.write

    @Option(help: "\(Choice.words(of: Gift.Kind.self)).", transform: Choice.word) var kind: Gift.Kind
    @Option(help: "How much, in the currency's own units.") var amount: String
    @Option(help: "The currency's code (ISO 4217).", transform: Currency.init) var currency: Currency
    @Option(help: "The donor's id, when there is one.", transform: ListPage.id) var donor: ID<Donor>?
    @Option(help: "When it was offered; today unless said.", transform: { try LocalDate($0) }) var on: LocalDate?
    @Option(help: "The policy it falls under.") var policy: String
    @Option(help: "Why.") var reason: String
    @Option(help: "How it went back.") var returned: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let offer = DeclineGift.Offer(
            kind: kind, amount: try Money(parsing: amount, currency: currency), donor: donor, offeredOn: on)
        let declined = try DeclineGift(
            offer, policy: policy, reason: reason, returned: returned, by: context.actor(db)
        ).perform(db)
        return .record(
            zip(ListDeclinedCommand.columns, ListDeclinedCommand.fields(declined)).map { ($0, $1) })
    }
}

/// `gift declined`
struct ListDeclinedCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "declined", "Lists what was offered and not taken, the latest first.", example: "masthead gift declined")
    static let access = DatabaseAccess.read

    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the one of this id.", transform: ListPage.id) var after: ID<DeclinedGift>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let declined = try DeclinedGift.list(db, before: after, limit: limit)
        return Output(
            Self.columns + ["reason", "returned"],
            declined.map { Self.fields($0) + [.text($0.reason), .text($0.returned)] })
    }

    static let columns: [Column] = ["id", "donor", "kind", "currency", "amount_minor", "offered_on", "policy"]

    static func fields(_ declined: DeclinedGift) -> [Field] {
        [
            .id(declined.id), .integer(declined.donor?.rawValue), .text(declined.kind.rawValue),
            .text(declined.amount.currency.code), .money(declined.amount), .date(declined.offeredOn),
            .text(declined.policy),
        ]
    }
}
