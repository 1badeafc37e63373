import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct FundNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "fund", "What gifts may be spent on, and from when.",
        verbs: [AddFundCommand.self, ListFundsCommand.self, ShowFundCommand.self, EditFundCommand.self],
        example: "masthead fund show investigations")
}

/// `fund add`
struct AddFundCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Opens a fund that gifts and pledges can name.",
        more: "Money in a fund with --purpose is for that alone; with --until it may not be spent before that is over.",
        example: """
            masthead fund add investigations --name Investigations --purpose 'Reporting on the courts'
            masthead fund add next-year --name 'Next year' --until 2026-12-31
            """)
    static let access = DatabaseAccess.write

    @Argument(help: "The fund's slug, for good.", transform: Slug.init) var slug: Slug
    @Option(help: "What the staff and donors call it.") var name: String
    @Option(help: "What alone it may be spent on.") var purpose: String?
    @Option(help: "The last day on which it may not be spent yet.", transform: { try LocalDate($0) })
    var until: LocalDate?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard purpose == nil || until == nil else {
            throw ValidationError("A fund is for a purpose or for a time: say --purpose or --until.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let restriction: Fund.Restriction =
            purpose.map { .purpose($0) } ?? until.map { .time(until: $0) } ?? .none
        let fund = try AddFund(slug: slug, name: name, restriction: restriction, by: context.actor(db)).perform(db)
        return FundLines.record(fund)
    }
}

/// `fund list`
struct ListFundsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the funds.", example: "masthead fund list")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.campaignRead)
        return Output(FundLines.columns, try Fund.all(db).map(FundLines.fields))
    }
}

/// `fund show`
struct ShowFundCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a fund and what has come for it and stayed, in each currency.",
        more: "Who may not see single gifts isn't told what fewer than \(SmallSums.fewest) brought.",
        example: "masthead fund show investigations")
    static let access = DatabaseAccess.read

    @Argument(help: "The fund's slug.", transform: Slug.init) var slug: Slug
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.campaignRead)
        let fund = try Fund.find(db, slug)
        let received = try fund.holdings(db).map { holding -> JSON in
            let isKept = SmallSums.areKept(from: actor, gifts: holding.gifts, isNothing: false)
            return [
                "currency": .string(holding.net.currency.code),
                "gifts": isKept ? .null : .integer(Int64(holding.gifts)),
                "net_minor": isKept ? .null : .integer(holding.net.minor),
            ]
        }
        return .record(
            zip(FundLines.columns, FundLines.fields(fund)).map { ($0, $1) } + [("received", .json(.array(received)))])
    }
}

/// `fund edit`
struct EditFundCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "edit", "Changes a fund's name, or what it is for while nobody has given for it.",
        more: "What was given for one thing stays given for it; for another open another fund.",
        example: "masthead fund edit investigations --name 'Court reporting'")
    static let access = DatabaseAccess.write

    @Argument(help: "The fund's slug.", transform: Slug.init) var slug: Slug
    @Option(help: "Its new name.") var name: String?
    @Option(help: "What alone it may be spent on.") var purpose: String?
    @Option(help: "The last day on which it may not be spent yet.", transform: { try LocalDate($0) })
    var until: LocalDate?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard name != nil || purpose != nil || until != nil else {
            throw ValidationError("Say what to change: --name, --purpose or --until.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let change = EditFund.Change(name: name, purpose: purpose, until: until)
        return FundLines.record(try EditFund(slug, change, by: context.actor(db)).perform(db))
    }
}

/// A fund as a line.
enum FundLines {
    static let columns: [Column] = ["id", "slug", "name", "restriction", "purpose", "until"]

    static func fields(_ fund: Fund) -> [Field] {
        [
            .id(fund.id), .text(fund.slug.text), .text(fund.name), .text(fund.restriction.word),
            .text(fund.restriction.purpose), .date(fund.restriction.until),
        ]
    }

    static func record(_ fund: Fund) -> Output {
        .record(zip(columns, fields(fund)).map { ($0, $1) })
    }
}
