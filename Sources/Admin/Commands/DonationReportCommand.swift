import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `donations report`
struct ReportDonationsCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "report", "Reports donations by period, campaign or article, each currency for itself.",
        more: """
            gift-year counts a gift on its tax date, and what is given back of it on that day too; cash counts every \
            movement on the day it is posted; gross counts gifts on their tax date and leaves refunds out. net is \
            gross less refunds. Periods between the first and the last without money are there with 0.

            --beside adds the budget (see `masthead budget import`) and net of the same days a year earlier: of a \
            period that isn't over, up to the same date, and of 29 February the 28th. Percentages are empty where \
            there is nothing to compare with. --rows lists the gifts, by cash the movements, for which gift.read is \
            needed.

            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest): its figures are left out.

            \(ChartFile.explained)
            """,
        example: """
            masthead donations report --by month --basis cash --from 2025
            masthead donations report --by month --year fiscal --beside
            masthead donations report --by day --from 2026-03-01 --rows
            """)
    static let rowsNeed = Permission.giftRead

    @Option(help: "\(Choice.words(of: DonationReport.Grouping.self)).", transform: Choice.word)
    var by: DonationReport.Grouping
    @Option(help: "\(Choice.words(of: DonationReport.Basis.self)); gift-year unless said.", transform: Choice.word)
    var basis: DonationReport.Basis = .giftYear
    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption?
    @Option(help: "Not before this day, month or year.", transform: ReportDonationsCommand.day) var from: Period?
    @Option(help: "Not after this day, month or year.", transform: ReportDonationsCommand.day) var to: Period?
    @Flag(help: "With the budget and the same days last year.") var beside = false
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var chart: ChartFile
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try requireOrder(from, to)
        guard year == nil || (from == nil && to == nil) else {
            throw ValidationError("Say --year, or --from and --to, not both.")
        }
        guard !beside || by.granularity != nil else {
            throw ValidationError("--beside goes with --by day, month or year.")
        }
        try chart.require(by.granularity != nil && !detail.rows && !detail.explain)
    }

    private func report(_ context: CommandContext) throws -> DonationReport {
        if let year {
            return DonationReport(by: by, basis: basis, year: try year.year(context), split: split.split)
        }
        return DonationReport(by: by, basis: basis, from: from?.firstDay, to: to?.lastDay, split: split.split)
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        let report = try report(context)
        return Explanation(
            report.formula, basis: basis.rawValue, from: report.from, to: report.to, split: split.split)
    }

    private var key: Column { by.granularity == nil ? "key" : "period" }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            [key] + split.columns + ["gift", "day", "currency", "gross_minor", "refunds_minor"],
            try report(context).rows(db).map { row in
                [Self.field(row.key)] + split.fields(row.part) + [
                    .id(row.gift), .date(row.day), .text(row.gross.currency.code), .money(row.gross),
                    .money(row.refunds),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        let report = try report(context)
        let lines = try report.lines(db)
        let kept = kept(lines, from: actor)
        let comparison =
            try beside ? BesideFigures(report, today: context.zone.date(at: context.now), db, for: actor) : nil
        let fields = try lines.enumerated().map { index, line -> [Field] in
            let isKept = kept.contains(index)
            let figures: [Field] =
                isKept
                ? [.null, .null, .null, .null]
                : [.integer(line.gifts), .money(line.gross), .money(line.refunds), .money(line.net)]
            return [Self.field(line.key)] + split.fields(line.part) + [.text(line.currency.code)] + figures
                + (try comparison?.fields(line, isKept: isKept) ?? [])
        }
        let output = Output(
            [key] + split.columns + ["currency", "gifts", "gross_minor", "refunds_minor", "net_minor"]
                + (comparison == nil ? [] : BesideFigures.columns), fields)
        guard by.granularity != nil else { return output }
        let points = lines.enumerated().map { index, line in
            Chart.Point(
                series: ([line.currency.code] + [line.part].compactMap { $0 }).joined(separator: ", "),
                label: line.key.description, value: kept.contains(index) ? nil : .money(line.net))
        }
        return try chart.output(
            output,
            Chart(title: "Donations by \(by.rawValue), \(basis.rawValue)", description: report.formula, points: points))
    }

    /// A period's parts are a whole of their own.
    private func kept(_ lines: [DonationReport.Line], from actor: Actor) -> Set<Int> {
        SmallSums.kept(
            from: actor, lines, isSplit: split.split != nil, whole: { [$0.key.description, $0.currency.code] },
            gifts: \.gifts, isNothing: { $0.gross.minor == 0 && $0.refunds.minor == 0 })
    }

    private static func field(_ key: DonationReport.Line.Key) -> Field {
        if case .name(nil) = key { return .null }
        return .text(key.description)
    }

    private static func day(_ text: String) throws -> Period {
        let period = try Period(text)
        guard period.granularity != .hour else {
            throw ValueError(kind: "day", value: text, reason: "donations count by the day: write 2025-12-31")
        }
        return period
    }
}

/// Budget and the same days last year, beside a line.
private struct BesideFigures {
    static let columns: [Column] = [
        "budget_minor", Column("budget_percent", heading: "OF BUDGET %"), "last_year_minor",
        Column("percent", heading: "+/- %"),
    ]

    private let report: DonationReport
    private let budget: Budget
    private let earlier: YearEarlier
    private let actor: Actor

    init(_ report: DonationReport, today: LocalDate, _ db: Connection, for actor: Actor) throws {
        self.report = report
        self.actor = actor
        budget = try Budget.load(db)
        earlier = try YearEarlier(report, today: today, db)
    }

    /// - Parameter isKept: that the line's own figures are kept from whoever asks; then so is what tells them.
    func fields(_ line: DonationReport.Line, isKept: Bool) throws -> [Field] {
        let foreseen = foreseen(line)
        let before = try earlier.sum(beside: line)
        let isBeforeKept =
            before.map { SmallSums.areKept(from: actor, gifts: $0.gifts, isNothing: $0.net.minor == 0) } ?? false
        let share = foreseen.map { Ratio(Int128(line.net.minor), of: Int128($0.minor)) }
        let growth = before.map {
            Ratio(Int128(line.net.minor) - Int128($0.net.minor), of: Int128(max($0.net.minor, 0)))
        }
        return [
            .money(foreseen), isKept ? .null : share.map { .percent($0) } ?? .null,
            isBeforeKept ? .null : .money(before?.net),
            isKept || isBeforeKept ? .null : growth.map { .percent($0) } ?? .null,
        ]
    }

    /// Nothing is foreseen of parts.
    private func foreseen(_ line: DonationReport.Line) -> Money? {
        guard report.split == nil else { return nil }
        let figure = BudgetLine.Figure(report.basis)
        switch line.key {
        case .period(let period):
            return budget.amount(figure, from: period.firstDay, to: period.lastDay, line.currency)
        case .year(let year): return budget.amount(figure, from: year.firstDay, to: year.lastDay, line.currency)
        case .name: return nil
        }
    }
}
