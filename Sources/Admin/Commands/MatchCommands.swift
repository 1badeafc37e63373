import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct MatchNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "match", "Sponsors who give as others give, and what that comes to.",
        verbs: [AddMatchCommand.self, ListMatchesCommand.self, ReportMatchCommand.self],
        example: "masthead match report 1")
}

/// `match add`
struct AddMatchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Writes down that a sponsor gives as others give, out of what he promised.",
        more: """
            --ratio 2:1: the sponsor gives two for each one. Never more than --cap in all and --per-donor for one \
            donor; the caps of a pledge's matches come to no more than the pledge.
            """,
        example: """
            masthead match add --sponsor 12 --pledge 3 --ratio 1:1 --cap 10000.00 --from 2025-12-01 \
            --until 2025-12-31 --per-donor 500.00 --campaign year-end
            """)
    static let access = DatabaseAccess.write

    @Option(help: "The sponsor's id, of a donor.", transform: ListPage.id) var sponsor: ID<Donor>
    @Option(help: "The id of the sponsor's pledge.", transform: ListPage.id) var pledge: ID<Pledge>
    @Option(help: "What the sponsor gives for how much of a gift.", transform: Match.Ratio.init)
    var ratio: Match.Ratio
    @Option(help: "The most in all, in the pledge's currency.") var cap: String
    @Option(help: "The first day.", transform: { try LocalDate($0) }) var from: LocalDate
    @Option(help: "The last day.", transform: { try LocalDate($0) }) var until: LocalDate
    @Option(help: "The most for one donor.") var perDonor: String?
    @Option(help: "Only gifts of this campaign.", transform: Slug.init) var campaign: Slug?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.pledgeManage)
        let currency = try Pledge.find(db, pledge).promised.currency
        var terms = AddMatch.Terms(
            sponsor: sponsor, pledge: pledge, ratio: ratio, cap: try Money(parsing: cap, currency: currency),
            starts: from, ends: until)
        terms.perDonor = try perDonor.map { try Money(parsing: $0, currency: currency) }
        terms.campaign = campaign
        let match = try AddMatch(terms, by: actor).perform(db)
        return .record(zip(MatchLines.columns, MatchLines.fields(match)).map { ($0, $1) })
    }
}

/// `match list`
struct ListMatchesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists the matches with what they come to.",
        more: """
            matched_minor is what the gifts come to today; nothing of it is received before the sponsor pays. \
            paid_minor is what he paid of the pledge.
            """, example: "masthead match list")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        return Output(MatchLines.columns, try Match.list(db).map(MatchLines.fields))
    }
}

/// `match report`
struct ReportMatchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "report", "Lists a match's gifts in the order in which they count, with what the sponsor adds to each.",
        more: """
            By the instant they were given, then by number. What went back of a gift isn't matched, and makes room \
            for those after it. Once a cap is reached nothing is added. For the next page give --after the id of the \
            last gift of this one.
            """, example: "masthead match report 1 --format csv")
    static let access = DatabaseAccess.read

    @Argument(help: "The match's id.", transform: ListPage.id) var id: ID<Match>
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = ListPage.longest
    @Option(help: "Go on after the gift of this id.", transform: ListPage.id) var after: ID<Gift>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.giftRead)
        let lines = try Match.find(db, id).lines(db, after: after, limit: limit)
        return Output(
            ["gift", "donor", "given_at", "currency", "net_minor", "matched_minor"],
            lines.map { line in
                [
                    .id(line.gift), .integer(line.donor?.rawValue), .time(line.givenAt),
                    .text(line.net.currency.code), .money(line.net), .money(line.matched),
                ]
            })
    }
}

/// A match as a line.
enum MatchLines {
    static let columns: [Column] = [
        "id", "sponsor", "pledge", "ratio", "currency", "cap_minor", "per_donor_minor", "matched_minor", "gifts",
        "paid_minor", "from", "until", "campaign",
    ]

    static func fields(_ match: Match) -> [Field] {
        [
            .id(match.id), .id(match.sponsor), .id(match.pledge), .text(match.ratio.description),
            .text(match.cap.currency.code), .money(match.cap), .money(match.perDonor), .money(match.matched),
            .integer(match.gifts), .money(match.paid), .date(match.starts), .date(match.ends),
            .text(match.campaign?.text),
        ]
    }
}
