import Access
import ArgumentParser
import Audience
import Postgres
import Values

/// What `--by` takes where growth goes by time: shorter periods are noise.
enum GrowthLength: String, Sendable, CaseIterable, ExpressibleByArgument {
    case month, year

    var granularity: Granularity { self == .month ? .month : .year }
}

/// What `--against` takes.
struct ComparisonOption: ExpressibleByArgument {
    let comparison: GrowthReport.Comparison

    init?(argument: String) {
        switch argument {
        case "previous": comparison = .previous
        case "year-ago": comparison = .yearAgo
        default:
            // Losing the reason is right: the parser says what is allowed.
            guard let period = try? Period(argument) else { return nil }
            comparison = .period(period)
        }
    }
}

/// `views growth`
struct GrowthViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "growth", "Months, years and days against those before, the same a year earlier, or a period you name.",
        more: """
            --by compares every month or year; --of one period; --mtd the month so far with the same elapsed time of \
            the month before; --trailing the last N whole days with the N before.

            A period is complete when it is over and the counted logs cover it from its first second to its last; gaps \
            of up to a day are taken for quiet. Others are compared with --partial only, and never when they end in \
            the future. States: ok; new (nothing before); flat (nothing then or now); gone (nothing now); n/a (not \
            complete); incomparable (two meters counted that didn't run side by side for 28 days); estimated (they \
            did: the column factor says by what one was turned into the other). per_hour_percent allows for months of \
            different lengths.

            --average-month takes a year by a twelfth of its views, so that a month can be held against it.

            --wording prints the sentence for a letter, and refuses one that would be false: exact; rounded; \
            more-than (the round figure below); nearly (95 to under 100 % of the round figure above); doubled (at \
            least twice). more-than:130 claims that figure.
            """,
        example: """
            masthead views growth --by month --against year-ago
            masthead views growth --of 2025 --wording rounded
            masthead views growth --of 2026-03 --against 2025 --average-month
            """)
    static let access = DatabaseAccess.read

    @Option(help: "month or year.") var by: GrowthLength?
    @Option(help: ArgumentHelp("Only this period.", valueName: "period"), transform: { try Period($0) }) var of: Period?
    @Flag(help: "The month so far.") var mtd = false
    @Option(help: ArgumentHelp("The last so many days.", valueName: "days")) var trailing: Int?
    @Option(help: ArgumentHelp("previous, year-ago or a period.", valueName: "what")) var against: ComparisonOption?
    @Flag(help: "Years by their average month.") var averageMonth = false
    @Flag(help: "Compare periods that aren't complete, too.") var partial = false
    @Option(
        help: ArgumentHelp("The sentence for a letter, by form.", valueName: "form"), transform: { try Wording($0) })
    var wording: Wording?
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period?
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        try requireOrder(from, to)
        guard [by != nil, of != nil, mtd, trailing != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("Say one of --by, --of, --mtd and --trailing.")
        }
        guard by != nil || (from == nil && to == nil) else { throw ValidationError("--from and --to go with --by.") }
        if let trailing, !(1...GrowthReport.mostTrailingDays).contains(trailing) {
            throw ValidationError("--trailing takes 1 to \(GrowthReport.mostTrailingDays) days.")
        }
        if mtd || trailing != nil {
            guard !averageMonth else { throw ValidationError("--average-month goes with --by and --of.") }
            if case .period = against?.comparison {
                throw ValidationError("--mtd and --trailing go against previous or year-ago.")
            }
        }
        guard !averageMonth || !partial else {
            throw ValidationError("The average month of a year that isn't complete says nothing: leave --partial out.")
        }
    }

    private var subject: GrowthReport.Subject {
        if let by { return .each(by.granularity) }
        if let of { return .one(of) }
        return trailing.map { .trailing(days: $0) } ?? .monthToDate
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let lines = try GrowthReport(
            subject, against: against?.comparison ?? .previous, measure: averageMonth ? .averageMonth : .total,
            completeness: partial ? .partialAllowed : .required, site: site, from: from, to: to
        ).lines(db, now: context.now)
        try ViewsMarks.tell(lines, site, db, context)
        if let wording { return try sentences(lines, wording) }
        return Output(
            [
                "period", Column("pv", heading: "PAGE VIEWS"), "against", "previous", "state", "percent",
                "percent_exact", "per_hour_percent", "complete", "previous_complete", "meter", "factor",
            ],
            lines.map { line in
                [
                    .text(line.stretch.description), .integer(line.views), .text(line.against.description),
                    .integer(line.previous), .text(line.growth.state.rawValue), .number(line.growth.percent),
                    .number(line.growth.percentExact), .number(line.perHour.percentExact), .bool(line.isComplete),
                    .bool(line.isPreviousComplete), .text(line.meters.joined(separator: "+")), .number(line.factor),
                ]
            })
    }

    private func sentences(_ lines: [GrowthReport.Line], _ wording: Wording) throws -> Output {
        Output(
            ["period", "against", "sentence"],
            try lines.map { line in
                [
                    .text(line.stretch.description), .text(line.against.description),
                    .text(try line.sentence(wording, site: site)),
                ]
            })
    }
}

extension Field {
    /// A number in digits that may not be there.
    fileprivate static func number(_ digits: String?) -> Field { digits.map { .number($0) } ?? .null }
}
