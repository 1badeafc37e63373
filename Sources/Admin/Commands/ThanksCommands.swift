import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct ThanksNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "thanks", "For which gifts somebody has thanked, and for which not yet.",
        verbs: [ListThanksCommand.self, ThankCommand.self],
        example: "masthead thanks list --over 250.00 --currency USD --open")
}

/// `thanks list`
struct ListThanksCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists gifts of an amount and more, and who thanked for them.",
        more: """
            By what is left of a gift after refunds. Whoever wants neither letters nor e-mail nor calls isn't there. \
            For the next page give --after the id of the last gift of this one.
            """, example: "masthead thanks list --over 250.00 --currency USD --open")
    static let access = DatabaseAccess.read

    @Option(help: "Gifts of this amount and more.") var over: String
    @Option(help: "Its currency (ISO 4217); USD unless said.", transform: Currency.init) var currency: Currency?
    @Flag(help: "Only those for which nobody has thanked.") var open = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the gift of this id.", transform: ListPage.id) var after: ID<Gift>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.donorRead)
        let least = try Money(parsing: over, currency: currency ?? Currency("USD"))
        return Output(
            ["gift", "donor", "name", "kind", "currency", "net_minor", "tax_date", "thanked_at", "thanked_by"],
            try Thanks.list(db, least: least, isOpen: open, after: after, limit: limit).map { one in
                [
                    .id(one.gift), .id(one.donor), .text(one.name), .text(one.kind.rawValue),
                    .text(one.net.currency.code), .money(one.net), .date(one.taxDate), .time(one.thankedAt),
                    .text(one.thankedBy),
                ]
            })
    }
}

/// `thanks done`
struct ThankCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "done", "Notes that somebody thanked for a gift.", example: "masthead thanks done 12")
    static let access = DatabaseAccess.write

    @Argument(help: "The gift's id.", transform: ListPage.id) var gift: ID<Gift>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try ThankForGift(gift, by: context.actor(db)).perform(db)
        return .record([("gift", .id(gift)), ("thanked", .bool(true))])
    }
}

/// `gift credit`
struct CreditGiftCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "credit", "Notes that somebody had a part in a gift without giving it.",
        more: "It counts for donors (credited_gifts in `donor show`) and never in money.",
        example: "masthead gift credit 12 --to 7 --role advisor")
    static let access = DatabaseAccess.write

    @Argument(help: "The gift's id.", transform: ListPage.id) var gift: ID<Gift>
    @Option(help: "The donor's id.", transform: ListPage.id) var to: ID<Donor>
    @Option(help: "\(Choice.words(of: CreditGift.Role.self)).", transform: Choice.word) var role: CreditGift.Role
    @Flag(help: "It isn't so: take it back.") var remove = false
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try CreditGift(gift, to: to, as: role, isTakenBack: remove, by: context.actor(db)).perform(db)
        return .record([
            ("gift", .id(gift)), ("donor", .id(to)), ("role", .text(role.rawValue)), ("credited", .bool(!remove)),
        ])
    }
}
