import Access
import ArgumentParser
import Fundraising
import Journal
import Postgres
import Values

struct DonorNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "donor", "Who gives.",
        verbs: [
            AddDonorCommand.self, EditDonorCommand.self, ListDonorsCommand.self, ShowDonorCommand.self,
            DonorAddressCommand.self, DonorEmailCommand.self, DonorPhoneCommand.self, DonorContactCommand.self,
            DonorMatchesCommand.self, MergeDonorsCommand.self, UnmergeDonorsCommand.self, ListMergesCommand.self,
            NamingPolicyCommand.self, ConsentCommand.self, DonorWallCommand.self, EraseDonorCommand.self,
        ],
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
        "show", "Shows a donor, what he gave, each currency for itself, and what was changed.",
        more:
            "Of a record that was merged it shows whom it became part of. History shows the latest \(longestHistory).",
        example: "masthead donor show 12")
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
            zip(DonorLines.columns, DonorLines.fields(donor)).map { ($0, $1) } + [("given", .json(.array(given)))]
                + DonorLines.profile(try donor.profile(db))
                + [
                    ("history", .json(.array(try gifts(db, donor)))),
                    ("changes", .json(.array(try changes(db, donor)))),
                ])
    }

    /// More of them are a list of their own: `gift list --donor`.
    static let longestHistory = 100

    private func gifts(_ db: Connection, _ donor: Donor) throws -> [JSON] {
        try Gift.list(db, donor: donor.id, limit: Self.longestHistory).map { gift in
            [
                "gift": .integer(gift.id.rawValue), "kind": .string(gift.kind.rawValue),
                "tax_date": .string(gift.taxDate.description), "status": .string(gift.status.rawValue),
                "currency": .string(gift.gross.currency.code), "gross_minor": .integer(gift.gross.minor),
                "refunds_minor": .integer(gift.refunds.minor),
            ]
        }
    }

    private func changes(_ db: Connection, _ donor: Donor) throws -> [JSON] {
        try Audit.tail(db, subject: Subject(.donor, donor.id.rawValue), limit: Self.longestHistory).map { change in
            [
                "action": .string(change.action), "account": change.account.map(JSON.integer) ?? .null,
                "facts": .string(change.facts),
            ]
        }
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

    /// What a single donor is shown with besides.
    static func profile(_ profile: DonorProfile) -> [(column: Column, field: Field)] {
        let addresses = profile.addresses.map { one -> JSON in
            [
                "street": .string(one.street), "city": .string(one.city), "region": text(one.region),
                "postcode": text(one.postcode), "country": .string(one.country),
                "starts": .string(one.starts.description), "ends": text(one.ends?.description),
            ]
        }
        let contacts = profile.contacts.map { one -> JSON in
            ["name": .string(one.name), "role": text(one.role), "email": text(one.email), "phone": text(one.phone)]
        }
        return [
            ("salutation", .text(profile.salutation)), ("spouse", .text(profile.spouse)),
            ("notes", .text(profile.notes)),
            ("flags", .json(.array(profile.flags.map(\.rawValue).sorted().map(JSON.string)))),
            ("addresses", .json(.array(addresses))), ("phones", .json(.array(profile.phones.map(JSON.string)))),
            ("contacts", .json(.array(contacts))), ("public_name", .text(profile.publicName)),
            ("credited_gifts", .integer(profile.credited)),
            ("merged", .json(.array(profile.merged.map { .integer($0.rawValue) }))),
            ("erased_at", .time(profile.erasedAt)),
        ]
    }

    private static func text(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
}
