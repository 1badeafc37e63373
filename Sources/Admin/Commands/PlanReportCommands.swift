import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `donations monthly`
struct MonthlyCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "monthly", "What plans bring a month (MRR), and what changed it.",
        more: MonthlyReport.formula + """


            --beside adds, to the totals, the budget of the month that --to lies in and what plans brought on the same \
            day a year earlier. --rows lists the plans, each with what it brings a month as an exact fraction; \
            donor.read is needed for that.

            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest) plans, nor what would give \
            one away by subtraction.
            """, example: "masthead donations monthly --from 2026-01-31 --to 2026-02-28", aliases: ["mrr"])
    static let rowsNeed = Permission.donorRead

    @Option(help: "The day to begin with; 30 days before --to unless said.", transform: { try LocalDate($0) })
    var from: LocalDate?
    @Option(help: "The day to end with; today unless said.", transform: { try LocalDate($0) }) var to: LocalDate?
    @Flag(help: "With the budget and the same day last year.") var beside = false
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireDays(from, to) }

    private func report(_ context: CommandContext) -> MonthlyReport {
        let last = to ?? context.zone.date(at: context.now)
        return MonthlyReport(from: from ?? last.adding(days: -30), to: last)
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        let report = report(context)
        return Explanation(MonthlyReport.formula, basis: Explanation.plans, from: report.from, to: report.to)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            ["change", "plan", "subscription", "donor", "currency", "before_exact", "now_exact"],
            try report(context).rows(db).map { row in
                [
                    .text(row.change.rawValue), .integer(row.plan), .text(row.externalID),
                    row.donor.map { .id($0) } ?? .null, .text(row.currency.code), .text(row.before.fractionText),
                    .text(row.now.fractionText),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        let report = report(context)
        let beside = try beside ? Beside(report, db) : nil
        return Output(
            ["change", "currency", "plans", "before_minor", "now_minor"]
                + (beside == nil ? [] : ["budget_minor", "last_year_minor"]),
            try report.totals(db).flatMap { fields($0, beside, for: actor) })
    }

    /// What is set beside a total.
    private struct Beside {
        let budget: Budget
        let month: Period
        let earlier: [MonthlyReport.Total]

        init(_ report: MonthlyReport, _ db: Connection) throws {
            budget = try Budget.load(db)
            month = Period(.month, containing: report.to)
            let day = report.to.adding(months: -12)
            earlier = try MonthlyReport(from: day, to: day).totals(db)
        }

        func fields(_ currency: Currency, for actor: Actor) -> [Field] {
            let foreseen = budget.amount(.mrr, from: month.firstDay, to: month.lastDay, currency)
            let then = earlier.first { $0.currency == currency }
            let isKept = then.map { SmallSums.areKept(from: actor, gifts: $0.plansNow, isNothing: false) } ?? false
            let nothing = Money(minor: 0, currency: currency)
            let amount = then.map { $0.now.rounded.map { Money(minor: $0, currency: currency) } } ?? nothing
            return [.money(foreseen), isKept ? .null : .money(amount)]
        }
    }

    private func fields(_ total: MonthlyReport.Total, _ beside: Beside?, for actor: Actor) -> [[Field]] {
        let kept = SmallSums.kept(from: actor, total.lines.map { ($0.plans, false) })
        let plans = total.lines.reduce(0) { $0 + $1.plans }
        let isTotalKept = SmallSums.areKept(from: actor, gifts: plans, isNothing: false)
        func money(_ ratio: Ratio, _ isKept: Bool) -> Field {
            isKept ? .null : .money(ratio.rounded.map { Money(minor: $0, currency: total.currency) })
        }
        let lines = total.lines.enumerated().map { index, line -> [Field] in
            let isKept = isTotalKept || kept.contains(index)
            return [
                .text(line.change.rawValue), .text(total.currency.code), .integer(line.plans),
                money(line.before, isKept), money(line.now, isKept),
            ] + (beside == nil ? [] : [.null, .null])
        }
        return lines + [
            [
                .text("total"), .text(total.currency.code), .integer(total.plansNow),
                money(total.before, isTotalKept), money(total.now, isTotalKept),
            ] + (beside?.fields(total.currency, for: actor) ?? [])
        ]
    }
}

/// `donations forecast`
struct ForecastCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "forecast", "What plans will bring, month by month.",
        more: """
            Of each month and currency: \(ForecastReport.formula)

            --rows lists the instalments, for which donor.read is needed. \(ChartFile.explained)
            """,
        example: "masthead donations forecast --months 12")
    static let rowsNeed = Permission.donorRead

    @Option(help: "The first day; tomorrow unless said.", transform: { try LocalDate($0) }) var from: LocalDate?
    @Option(help: "So many months, 1 to 120.") var months = 12
    @OptionGroup var detail: DetailOptions
    @OptionGroup var chart: ChartFile
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...120).contains(months) else { throw ValidationError("--months goes from 1 to 120.") }
        try chart.require(!detail.rows && !detail.explain)
    }

    private func report(_ context: CommandContext) -> ForecastReport {
        let first = from ?? context.zone.date(at: context.now).adding(days: 1)
        return ForecastReport(from: first, to: first.adding(months: months).adding(days: -1))
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        let report = report(context)
        return Explanation(ForecastReport.formula, basis: Explanation.plans, from: report.from, to: report.to)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            ["due", "plan", "subscription", "currency", "amount_minor"],
            try report(context).rows(db, in: context.zone).map { row in
                [
                    .date(row.due), .integer(row.plan), .text(row.externalID), .text(row.amount.currency.code),
                    .money(row.amount),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        let report = report(context)
        let lines = try report.lines(db, in: context.zone)
        var points: [Chart.Point] = []
        let fields = lines.map { line -> [Field] in
            let isKept = SmallSums.areKept(from: actor, gifts: line.plans, isNothing: false)
            points.append(
                Chart.Point(
                    series: line.currency.code, label: line.month.description, value: isKept ? nil : .money(line.amount)
                ))
            return [
                .text(line.month.description), .text(line.currency.code), .integer(line.plans),
                .integer(line.instalments), isKept ? .null : .money(line.amount),
            ]
        }
        return try chart.output(
            Output(["month", "currency", "plans", "instalments", "amount_minor"], fields),
            Chart(title: "Expected from plans, by month", description: ForecastReport.formula, points: points))
    }
}

/// `donations gaps`
struct GapsCommand: RecordReportCommand {
    static let configuration = CommandConfiguration.verb(
        "gaps",
        "What should be known and isn't: renewals without news, payouts nobody can explain, events left behind.",
        more: """
            renewal: \(GapReport.formula) payout_without_lines: a payout whose itemised file wasn't imported; \
            payout_unknown_lines: one with lines whose money the books don't have. A locked payout is no gap. \
            \(EventGap.formula)
            """, example: "masthead donations gaps --from 2026-01-01")
    static let rowsNeed = Permission.donorRead

    @Option(help: "The first day; 60 days ago unless said.", transform: { try LocalDate($0) }) var from: LocalDate?
    @Option(help: "The last day.", transform: { try LocalDate($0) }) var to: LocalDate?
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireDays(from, to) }

    private func report(_ context: CommandContext) -> GapReport {
        let today = context.zone.date(at: context.now)
        let latest = today.adding(days: -GapReport.graceDays)
        return GapReport(from: from ?? today.adding(days: -60), to: min(to ?? latest, latest))
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        let report = report(context)
        return Explanation(GapReport.formula, basis: Explanation.plans, from: report.from, to: report.to)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        let report = report(context)
        let renewals = try report.rows(db, in: context.zone).map { row -> [Field] in
            [
                .text("renewal"), .date(row.due), .integer(row.plan), .text(row.externalID),
                row.donor.map { .id($0) } ?? .null, .text(row.amount.currency.code), .money(row.amount), .null, .null,
                .null,
            ]
        }
        let last = to ?? context.zone.date(at: context.now)
        let payouts = try Payouts.gaps(db, for: context.actor(db), from: report.from, to: last).map {
            gap, payout -> [Field] in
            [
                .text(gap.rawValue), .date(payout.arrivesOn), .null, .null, .null, .text(payout.amount.currency.code),
                .money(payout.amount), .text(payout.externalID), .null, .null,
            ]
        }
        let zone = context.zone
        let events = try EventGap.list(db, from: report.from, in: zone).map { gap -> [Field] in
            [
                .text(gap.kind.rawValue), .date(zone.date(at: gap.since)), .null, .null, .null, .null, .null, .null,
                gap.event.map { .id($0) } ?? .null, .text(gap.endpoint),
            ]
        }
        return Output(
            [
                "gap", "due", "plan", "subscription", "donor", "currency", "amount_minor", "payout", "event",
                "endpoint",
            ], renewals + payouts + events)
    }
}

/// `donations midnight`
struct MidnightCommand: RecordReportCommand {
    static let configuration = CommandConfiguration.verb(
        "midnight", "Gifts at the turn of the year: which year do they count for?",
        more: "Listed are " + MidnightReport.formula, example: "masthead donations midnight --year 2025")
    static let rowsNeed = Permission.giftRead

    @Option(help: "The tax year.") var year: Int
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (2...9_998).contains(year) else { throw ValidationError("Write the year as 2025.") }
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        Explanation(MidnightReport.formula, of: try ReportYear(year))
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            ["gift", "kind", "given_at", "tax_date", "by_clock", "seconds_from_midnight", "currency", "net_minor"],
            try MidnightReport(year: year).rows(db, in: context.zone).map { row in
                [
                    .id(row.gift), .text(row.kind.rawValue), .time(row.givenAt), .date(row.taxDate),
                    .date(row.byClock), .integer(row.seconds), .text(row.net.currency.code), .money(row.net),
                ]
            })
    }
}

/// `donations todate`
struct YearToDateCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "todate", "This year so far beside last year to the same date.",
        more: """
            Reckoned as follows: \(YearToDateReport.formula)

            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest).
            """, example: "masthead donations todate --year fiscal")
    static let rowsNeed = Permission.giftRead

    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @Option(help: "The last day; today or the year's last day unless said.", transform: { try LocalDate($0) })
    var on: LocalDate?
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    private func report(_ context: CommandContext) throws -> YearToDateReport {
        let year = try year.year(context)
        let day = on ?? min(year.lastDay, max(year.firstDay, context.zone.date(at: context.now)))
        return try YearToDateReport(year: year, through: day, split: split.split)
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        let report = try report(context)
        return Explanation(
            YearToDateReport.formula, from: report.year.firstDay, to: report.day, split: split.split)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + ["gift", "year", "tax_date", "currency", "net_minor"],
            try report(context).rows(db).map { row in
                split.fields(row.part) + [
                    .id(row.gift), .text(row.isOfThisYear ? "now" : "before"), .date(row.taxDate),
                    .text(row.net.currency.code), .money(row.net),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        let report = try report(context)
        return Output(
            split.columns + [
                "currency", "through", "now_minor", "before_through", "before_minor", "change_minor",
                Column("percent", heading: "%"),
            ], fields(try report.lines(db), report, for: actor))
    }

    private func fields(
        _ lines: [YearToDateReport.Line], _ report: YearToDateReport, for actor: Actor
    ) -> [[Field]] {
        let isSplit = split.split != nil
        let now = SmallSums.kept(
            from: actor, lines, isSplit: isSplit, whole: \.now.currency, gifts: \.gifts,
            isNothing: { $0.now.minor == 0 })
        let before = SmallSums.kept(
            from: actor, lines, isSplit: isSplit, whole: \.now.currency, gifts: \.giftsBefore,
            isNothing: { $0.before.minor == 0 })
        return lines.enumerated().map { index, line in
            let (isNowKept, isBeforeKept) = (now.contains(index), before.contains(index))
            let isEitherKept = isNowKept || isBeforeKept
            return split.fields(line.part) + [
                .text(line.now.currency.code), .date(report.day), isNowKept ? .null : .money(line.now),
                .date(report.dayBefore), isBeforeKept ? .null : .money(line.before),
                isEitherKept ? .null : .money(line.change), isEitherKept ? .null : .percent(line.growth),
            ]
        }
    }
}

/// Two days in their order.
private func requireDays(_ from: LocalDate?, _ to: LocalDate?) throws {
    guard let from, let to, from > to else { return }
    throw ValidationError("--from \(from) is after --to \(to).")
}
