import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct DonorNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "donor", "Who gives.", verbs: [ListDonorsCommand.self, ShowDonorCommand.self],
        example: "masthead donor list --email ann@example.org")
}

/// `donor list`
struct ListDonorsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists donors by id.", more: "For the next page give --after the id of the last donor of this one.",
        example: "masthead donor list --limit 20")
    static let access = DatabaseAccess.read

    @Option(help: "Only the one with this address.", transform: EmailAddress.init) var email: EmailAddress?
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the donor of this id.", transform: ListPage.id) var after: ID<Donor>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.donorRead)
        let donors = try Donor.list(db, email: email, after: after, limit: limit)
        return Output(DonorLines.columns, donors.map(DonorLines.fields))
    }
}

/// `donor show`
struct ShowDonorCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a donor and what he gave, each currency for itself.", example: "masthead donor show 12")
    static let access = DatabaseAccess.read

    @Argument(help: "The donor's id.", transform: ListPage.id) var id: ID<Donor>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.donorRead)
        let donor = try Donor.find(db, id)
        let given = try donor.given(db).map { sum -> JSON in
            ["currency": .string(sum.currency.code), "net_minor": .integer(sum.minor)]
        }
        return .record(
            zip(DonorLines.columns, DonorLines.fields(donor)).map { ($0, $1) } + [("given", .json(.array(given)))])
    }
}

/// A donor as a line.
enum DonorLines {
    static let columns: [Column] = ["id", "kind", "name", "emails", "gifts", "first_gift", "last_gift"]

    static func fields(_ donor: Donor) -> [Field] {
        [
            .id(donor.id), .text(donor.kind.rawValue), .text(donor.name),
            .json(.array(donor.emails.map(JSON.string))), .integer(donor.gifts), .date(donor.firstGift),
            .date(donor.lastGift),
        ]
    }
}
