import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// What may be said of a donor, as options. An empty text takes a field away.
struct DonorOptions: ParsableArguments {
    @Option(help: "\(Choice.words(of: Donor.Kind.self)).", transform: Choice.word) var kind: Donor.Kind?
    @Option(help: "The name.") var name: String?
    @Option(help: "How a letter begins.") var salutation: String?
    @Option(help: "The spouse's name.") var spouse: String?
    @Option(help: "Notes.") var notes: String?
    @Flag(inversion: .prefixedNo, help: "The donor has died.") var deceased: Bool?
    @Flag(help: "Asks no more for money; --solicitation takes it back.") var noSolicitation = false
    @Flag(help: .hidden) var solicitation = false
    @Flag(help: "No letters; --post takes it back.") var noPost = false
    @Flag(help: .hidden) var post = false
    @Flag(help: "No e-mail; --mail takes it back.") var noMail = false
    @Flag(help: .hidden) var mail = false
    @Flag(help: "No calls; --phone takes it back.") var noPhone = false
    @Flag(help: .hidden) var phone = false

    func validate() throws {
        let both = [(noSolicitation, solicitation), (noPost, post), (noMail, mail), (noPhone, phone)]
        guard !both.contains(where: { $0 && $1 }) else {
            throw ValidationError("A wish and its opposite can't both be said.")
        }
    }

    var change: EditDonor.Change {
        var change = EditDonor.Change()
        change.kind = kind
        change.name = name
        change.salutation = salutation
        change.spouse = spouse
        change.notes = notes
        change.flags[.deceased] = deceased
        for (flag, isSaid, isTakenBack) in [
            (DonorProfile.Flag.noSolicitation, noSolicitation, solicitation), (.noPost, noPost, post),
            (.noMail, noMail, mail), (.noPhone, noPhone, phone),
        ] where isSaid || isTakenBack { change.flags[flag] = isSaid }
        return change
    }
}

/// `donor add`
struct AddDonorCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Adds a donor.", more: "Look first whether he is there: `donor list --email`, `donor matches`.",
        example: "masthead donor add --kind foundation --name 'The Example Foundation' --email grants@example.org")
    static let access = DatabaseAccess.write

    @OptionGroup var options: DonorOptions
    @Option(help: "An address.", transform: EmailAddress.init) var email: EmailAddress?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard options.name != nil || email != nil else { throw ValidationError("Say --name or --email.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let id = try EditDonor(nil, options.change, by: actor).perform(db)
        if let email { try ReachDonor(id, .email(email), by: actor).perform(db) }
        return .donor(id)
    }
}

/// `donor edit`
struct EditDonorCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "edit", "Changes what is written down of a donor; an empty text takes it away.",
        example: "masthead donor edit 12 --salutation 'Dear Ann' --no-post --notes ''")
    static let access = DatabaseAccess.write

    @Argument(help: "The donor's id.", transform: ListPage.id) var id: ID<Donor>
    @OptionGroup var options: DonorOptions
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .donor(try EditDonor(id, options.change, by: context.actor(db)).perform(db))
    }
}

/// Whether something is added, struck out or listed.
enum Amendment: String, CaseIterable, Sendable {
    case add, remove, list
}

/// `donor address`
struct DonorAddressCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "address", "Adds a postal address with its first day, or lists those of a donor.",
        more: """
            A new address ends the one that held before; with --further it stands beside it (a summer house). \
            --ends is the first day it no longer holds.
            """,
        example: """
            masthead donor address add 12 --street '1 Example Road' --city Springfield --region IL --postcode 62701 --country US
            masthead donor address list 12
            """)
    static let access = DatabaseAccess.write

    @Argument(help: "add or list.", transform: Choice.word) var what: Amendment
    @Argument(help: "The donor's id.", transform: ListPage.id) var id: ID<Donor>
    @Option(help: "Street and whatever stands above the town.") var street: String?
    @Option(help: "The town.") var city: String?
    @Option(help: "State or province.") var region: String?
    @Option(help: "The postcode.") var postcode: String?
    @Option(help: "The country's two letters.") var country: String?
    @Option(help: "Its first day; today unless said.", transform: { try LocalDate($0) }) var starts: LocalDate?
    @Option(help: "The first day it no longer holds.", transform: { try LocalDate($0) }) var ends: LocalDate?
    @Flag(help: "It is one more, not a move.") var further = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard what != .remove else { throw ValidationError("An address isn't removed: its --ends says until when.") }
        guard what == .list || (street != nil && city != nil && country != nil) else {
            throw ValidationError("An address has --street, --city and --country.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        guard what == .add, let street, let city, let country else {
            try actor.require(.donorRead)
            return Output(
                ["id", "street", "city", "region", "postcode", "country", "starts", "ends"],
                try Donor.find(db, id).addresses(db).map { one in
                    [
                        .integer(one.id), .text(one.street), .text(one.city), .text(one.region), .text(one.postcode),
                        .text(one.country), .date(one.starts), .date(one.ends),
                    ]
                })
        }
        var place = ReachDonor.Place(street: street, city: city, country: country)
        place.region = region
        place.postcode = postcode
        place.starts = starts
        place.ends = ends
        place.isFurther = further
        try ReachDonor(id, .address(place), by: actor).perform(db)
        return .donor(id)
    }
}

/// `donor email`
struct DonorEmailCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "email", "Adds an address to a donor, or removes it.", more: "One address is one donor's.",
        example: "masthead donor email add 12 ann@example.org")
    static let access = DatabaseAccess.write

    @Argument(help: "add or remove.", transform: Choice.word) var what: Amendment
    @Argument(help: "The donor's id.", transform: ListPage.id) var id: ID<Donor>
    @Argument(help: "The address.", transform: EmailAddress.init) var email: EmailAddress
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard what != .list else { throw ValidationError("`masthead donor show` lists them.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try ReachDonor(id, what == .add ? .email(email) : .noEmail(email), by: context.actor(db)).perform(db)
        return .donor(id)
    }
}

/// `donor phone`
struct DonorPhoneCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "phone", "Adds a number to a donor, or removes it.", example: "masthead donor phone add 12 '+1 212 555 0199'")
    static let access = DatabaseAccess.write

    @Argument(help: "add or remove.", transform: Choice.word) var what: Amendment
    @Argument(help: "The donor's id.", transform: ListPage.id) var id: ID<Donor>
    @Argument(help: "The number.") var number: String
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard what != .list else { throw ValidationError("`masthead donor show` lists them.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try ReachDonor(id, what == .add ? .phone(number) : .noPhone(number), by: context.actor(db)).perform(db)
        return .donor(id)
    }
}

/// `donor contact`
struct DonorContactCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "contact", "Adds somebody to speak to at a foundation or a company.",
        example: "masthead donor contact 12 --name 'Pat Example' --role 'Programme officer' --email pat@example.org")
    static let access = DatabaseAccess.write

    @Argument(help: "The donor's id.", transform: ListPage.id) var id: ID<Donor>
    @Option(help: "The name.") var name: String
    @Option(help: "What he does there.") var role: String?
    @Option(help: "His address.", transform: EmailAddress.init) var email: EmailAddress?
    @Option(help: "His number.") var phone: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try ReachDonor(
            id, .contact(name: name, role: role, email: email, phone: phone), by: context.actor(db)
        ).perform(db)
        return .donor(id)
    }
}

extension Output {
    /// A donor by number alone: an answer is kept under its idempotency key, and must name nobody.
    static func donor(_ id: ID<Donor>) -> Output { .record([("donor", .id(id))]) }
}
