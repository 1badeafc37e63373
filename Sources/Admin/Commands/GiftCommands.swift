import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct GiftNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "gift", "Single gifts and what happened to their money.",
        verbs: [
            AddGiftCommand.self, ListGiftsCommand.self, ShowGiftCommand.self, RefundGiftCommand.self,
            ListRefundsCommand.self, ApproveRefundCommand.self, DeclineGiftCommand.self, ListDeclinedCommand.self,
            CreditGiftCommand.self, GiftTouchesCommand.self, AdjustGiftCommand.self, ListAdjustmentsCommand.self,
            ApproveAdjustmentCommand.self,
        ], example: "masthead gift list --campaign year-end")
}

/// `gift list`
struct ListGiftsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists gifts, the latest recorded first.",
        more: "For the next page give --after the id of the last gift of this one.",
        example: "masthead gift list --campaign year-end --limit 20")
    static let access = DatabaseAccess.read

    @Option(help: "Only those of this campaign.", transform: Slug.init) var campaign: Slug?
    @Option(help: "Only those of this donor.", transform: ListPage.id) var donor: ID<Donor>?
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the gift of this id.", transform: ListPage.id) var after: ID<Gift>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let gifts = try Gift.list(db, campaign: campaign, donor: donor, before: after, limit: limit)
        return Output(GiftLines.columns, gifts.map(GiftLines.fields))
    }
}

/// `gift show`
struct ShowGiftCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a gift with every movement of its money.", example: "masthead gift show 12")
    static let access = DatabaseAccess.read

    @Argument(help: "The gift's id.", transform: ListPage.id) var id: ID<Gift>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let gift = try Gift.find(db, id)
        let entries = try gift.entries(db).map { entry -> JSON in
            [
                "id": .integer(entry.id.rawValue), "kind": .string(entry.kind),
                "amount_minor": .integer(entry.amount.minor), "currency": .string(entry.amount.currency.code),
                "occurred_at": .string(entry.occurredAt.iso8601(in: context.zone)),
                "posting_date": .string(entry.postingDate.description), "processor": .string(entry.processor),
                "external_id": .string(entry.externalID),
            ]
        }
        return .record(
            zip(GiftLines.columns, GiftLines.fields(gift)).map { ($0, $1) }
                + GiftLines.slip(try gift.slip(db)) + [("entries", .json(.array(entries)))])
    }
}

/// A gift as a line.
enum GiftLines {
    static let columns: [Column] = [
        "id", "status", "kind", "donor", "currency", "gross_minor", "refunds_minor", "given_at", "tax_date",
        "campaign", "appeal", "article", "anonymous", "live", "source", "external_id",
    ]

    static func fields(_ gift: Gift) -> [Field] {
        [
            .id(gift.id), .text(gift.status.rawValue), .text(gift.kind.rawValue), .integer(gift.donor?.rawValue),
            .text(gift.gross.currency.code), .money(gift.gross), .money(gift.refunds), .time(gift.givenAt),
            .date(gift.taxDate), .text(gift.campaign?.text), .text(gift.appeal?.text), .integer(gift.article),
            .bool(gift.isAnonymous), .bool(gift.isLive), .text(gift.source), .text(gift.externalID),
        ]
    }

    /// What a single gift is shown with besides.
    static func slip(_ slip: Gift.Slip) -> [(column: Column, field: Field)] {
        [
            ("benefit_minor", .money(slip.benefit)), ("fund", .text(slip.fund?.text)), ("tribute", .text(slip.tribute)),
            ("note", .text(slip.note)), ("shares", slip.shares.map { .number($0) } ?? .null),
            ("symbol", .text(slip.symbol)), ("description", .text(slip.description)),
        ]
    }
}

/// How a list of gifts or donors is cut into pages.
enum ListPage {
    /// More lines than this are an export, not a list.
    static let longest = 10_000

    static func limit(_ text: String) throws -> Int {
        guard let limit = Int(text), (1...longest).contains(limit) else {
            throw ValueError(kind: "limit", value: text, reason: "write a number from 1 to \(longest)")
        }
        return limit
    }

    static func id<Subject>(_ text: String) throws -> ID<Subject> {
        guard let id = ID<Subject>(text: text) else {
            throw ValueError(kind: "id", value: text, reason: "write a number such as 12")
        }
        return id
    }
}
