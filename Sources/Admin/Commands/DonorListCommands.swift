import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `donations states`
struct StatesCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "states", "Where the donors of a year live, and what came from there.",
        more: """
            Counted are \(StatesReport.formula)

            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest), nor what would give one \
            away by subtraction. --rows lists the gifts, for which donor.read is needed.
            """, example: "masthead donations states --year 2026")
    static let rowsNeed = Permission.donorRead

    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func explanation(_ context: CommandContext) throws -> Explanation {
        Explanation(StatesReport.formula, of: try year.year(context), split: split.split)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + ["country", "state", "donor", "gift", "tax_date", "currency", "net_minor"],
            try StatesReport(year: year.year(context), split: split.split).rows(db).map { row in
                split.fields(row.part) + [
                    .text(row.place.country), .text(row.place.region), row.donor.map { .id($0) } ?? .null,
                    .id(row.gift), .date(row.taxDate), .text(row.net.currency.code), .money(row.net),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        let lines = try StatesReport(year: year.year(context), split: split.split).lines(db)
        let kept = SmallSums.kept(
            from: actor, lines, isSplit: true, whole: \.net.currency, gifts: \.gifts, isNothing: { $0.net.minor == 0 })
        return Output(
            split.columns + ["country", "state", "currency", "donors", "gifts", "net_minor"],
            lines.enumerated().map { index, line in
                split.fields(line.part) + [
                    .text(line.place.country), .text(line.place.region), .text(line.net.currency.code),
                ]
                    + (kept.contains(index)
                        ? [.null, .null, .null]
                        : [.integer(line.donors), .integer(line.gifts), .money(line.net)])
            })
    }
}

/// `donations major`
struct MajorDonorsCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "major", "Donors who gave much of a year's money, as Schedule B asks for them.",
        more: """
            Listed are \(MajorDonorsReport.formula)

            --smallest leaves smaller gifts out, as the form's instructions do with those under 1,000. --rows lists \
            the gifts. donor.read is needed.
            """, example: "masthead donations major --year fiscal:2026 --smallest 1000")
    static let rowsNeed = Permission.donorRead

    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @Option(help: "The sum that is much, in whole units of each currency.") var least: Int64 = 5_000
    @Option(help: "The smallest gift that counts, in whole units of each currency.") var smallest: Int64 = 0
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        // Above these nobody gives, and the database's numbers end.
        let sums: ClosedRange<Int64> = 0...1_000_000_000_000
        guard sums.contains(least), sums.contains(smallest) else {
            throw ValidationError("--least and --smallest are whole sums from 0 to \(sums.upperBound).")
        }
    }

    private func report(_ context: CommandContext) throws -> MajorDonorsReport {
        MajorDonorsReport(year: try year.year(context), least: least, smallestGift: smallest)
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        Explanation(MajorDonorsReport.formula, of: try year.year(context))
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            ["donor", "gift", "tax_date", "currency", "net_minor"],
            try report(context).rows(db).map { row in
                [
                    .id(row.donor), .id(row.gift), .date(row.taxDate), .text(row.net.currency.code), .money(row.net),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        try actor.require(.donorRead)
        return Output(
            ["donor", "name", "currency", "gifts", "net_minor", "total_minor", Column("percent", heading: "%")],
            try report(context).lines(db).map { line in
                [
                    .id(line.donor), .text(line.name), .text(line.net.currency.code), .integer(line.gifts),
                    .money(line.net), .money(line.total), .percent(line.share),
                ]
            })
    }
}
