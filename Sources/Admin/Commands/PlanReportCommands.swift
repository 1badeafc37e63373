import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `donations monthly`
struct MonthlyCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "monthly", "What plans bring a month (MRR), and what changed it.",
        more: MonthlyReport.formula + """


            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest) plans, nor what would give \
            one away by subtraction.
            """, example: "masthead donations monthly --from 2026-01-31 --to 2026-02-28", aliases: ["mrr"])
    static let access = DatabaseAccess.read

    @Option(help: "The day to begin with; 30 days before --to unless said.", transform: { try LocalDate($0) })
    var from: LocalDate?
    @Option(help: "The day to end with; today unless said.", transform: { try LocalDate($0) }) var to: LocalDate?
    @Flag(help: "Instead of the figures, how they come about.") var explain = false
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireDays(from, to) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        let last = to ?? context.zone.date(at: context.now)
        let first = from ?? last.adding(days: -30)
        if explain {
            return Explanation.record(
                "monthly", MonthlyReport.formula, basis: "plans", from: first, to: last, context)
        }
        return Output(
            ["change", "currency", "plans", "before_minor", "now_minor"],
            try MonthlyReport(from: first, to: last).totals(db).flatMap { fields($0, for: actor) })
    }

    private func fields(_ total: MonthlyReport.Total, for actor: Actor) -> [[Field]] {
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
            ]
        }
        return lines + [
            [
                .text("total"), .text(total.currency.code), .integer(total.plansNow),
                money(total.before, isTotalKept), money(total.now, isTotalKept),
            ]
        ]
    }
}

/// `donations forecast`
struct ForecastCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "forecast", "What plans will bring, month by month.",
        more: "Of each month and currency: " + ForecastReport.formula,
        example: "masthead donations forecast --months 12")
    static let access = DatabaseAccess.read

    @Option(help: "The first day; tomorrow unless said.", transform: { try LocalDate($0) }) var from: LocalDate?
    @Option(help: "So many months, 1 to 120.") var months = 12
    @Flag(help: "Instead of the figures, how they come about.") var explain = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...120).contains(months) else { throw ValidationError("--months goes from 1 to 120.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        let first = from ?? context.zone.date(at: context.now).adding(days: 1)
        let last = first.adding(months: months).adding(days: -1)
        if explain {
            return Explanation.record(
                "forecast", ForecastReport.formula, basis: "plans", from: first, to: last, context)
        }
        return Output(
            ["month", "currency", "plans", "instalments", "amount_minor"],
            try ForecastReport(from: first, to: last).lines(db, in: context.zone).map { line in
                let isKept = SmallSums.areKept(from: actor, gifts: line.instalments, isNothing: false)
                return [
                    .text(line.month.description), .text(line.currency.code), .integer(line.plans),
                    .integer(line.instalments), isKept ? .null : .money(line.amount),
                ]
            })
    }
}

/// `donations gaps`
struct GapsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "gaps", "What should be known and isn't: renewals of which nothing came, payouts nobody can explain.",
        more: """
            renewal: \(GapReport.formula) payout_without_lines: a payout whose itemised file wasn't imported; \
            payout_unknown_lines: one with lines whose money the books don't have. A locked payout is no gap.
            """, example: "masthead donations gaps --from 2026-01-01")
    static let access = DatabaseAccess.read

    @Option(help: "The first day; 60 days ago unless said.", transform: { try LocalDate($0) }) var from: LocalDate?
    @Option(help: "The last day.", transform: { try LocalDate($0) }) var to: LocalDate?
    @Flag(help: "Instead of the renewals, how they are found.") var explain = false
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireDays(from, to) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        let today = context.zone.date(at: context.now)
        let latest = today.adding(days: -GapReport.graceDays)
        let last = min(to ?? latest, latest)
        let first = from ?? today.adding(days: -60)
        if explain {
            return Explanation.record("gaps", GapReport.formula, basis: "plans", from: first, to: last, context)
        }
        try actor.require(.donorRead)
        let renewals = try GapReport(from: first, to: last).rows(db, in: context.zone).map { row -> [Field] in
            [
                .text("renewal"), .date(row.due), .integer(row.plan), .text(row.externalID),
                row.donor.map { .id($0) } ?? .null, .text(row.amount.currency.code), .money(row.amount), .null,
            ]
        }
        let payouts = try Payouts.gaps(db, for: actor, from: first, to: to ?? today).map { gap, payout -> [Field] in
            [
                .text(gap.rawValue), .date(payout.arrivesOn), .null, .null, .null, .text(payout.amount.currency.code),
                .money(payout.amount), .text(payout.externalID),
            ]
        }
        return Output(
            ["gap", "due", "plan", "subscription", "donor", "currency", "amount_minor", "payout"], renewals + payouts)
    }
}

/// `donations midnight`
struct MidnightCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "midnight", "Gifts at the turn of the year: which year do they count for?",
        more: "Listed are " + MidnightReport.formula, example: "masthead donations midnight --year 2025")
    static let access = DatabaseAccess.read

    @Option(help: "The tax year.") var year: Int
    @Flag(help: "Instead of the gifts, how they are found.") var explain = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (2...9_998).contains(year) else { throw ValidationError("Write the year as 2025.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        if explain {
            let days = try ReportYear(year)
            return Explanation.record(
                "midnight", MidnightReport.formula, basis: "gift-year", from: days.firstDay, to: days.lastDay, context)
        }
        try actor.require(.giftRead)
        return Output(
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
struct YearToDateCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "todate", "This year so far beside last year to the same date.",
        more: """
            Reckoned as follows: \(YearToDateReport.formula)

            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest).
            """, example: "masthead donations todate --year fiscal")
    static let access = DatabaseAccess.read

    @OptionGroup(title: "Report") var report: ReportOptions
    @Option(help: "The last day; today or the year's last day unless said.", transform: { try LocalDate($0) })
    var on: LocalDate?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        let year = try report.year.year(context)
        let day = on ?? min(year.lastDay, max(year.firstDay, context.zone.date(at: context.now)))
        let toDate = try YearToDateReport(year: year, through: day, split: report.split)
        if report.explain {
            return Explanation.record(
                "todate", YearToDateReport.formula, basis: "gift-year", from: year.firstDay, to: day,
                split: report.split, context)
        }
        if report.rows {
            try actor.require(.giftRead)
            return Output(
                report.partColumns + ["gift", "year", "tax_date", "currency", "net_minor"],
                try toDate.rows(db).map { row in
                    report.part(row.part) + [
                        .id(row.gift), .text(row.isOfThisYear ? "now" : "before"), .date(row.taxDate),
                        .text(row.net.currency.code), .money(row.net),
                    ]
                })
        }
        return Output(
            report.partColumns + [
                "currency", "through", "now_minor", "before_through", "before_minor", "change_minor",
                Column("percent", heading: "%"),
            ], fields(try toDate.lines(db), toDate, for: actor))
    }

    private func fields(
        _ lines: [YearToDateReport.Line], _ toDate: YearToDateReport, for actor: Actor
    ) -> [[Field]] {
        let isSplit = report.split != nil
        let now = SmallSums.kept(
            from: actor, lines, isSplit: isSplit, currency: \.now.currency, gifts: \.gifts,
            isNothing: { $0.now.minor == 0 })
        let before = SmallSums.kept(
            from: actor, lines, isSplit: isSplit, currency: \.now.currency, gifts: \.giftsBefore,
            isNothing: { $0.before.minor == 0 })
        return lines.enumerated().map { index, line in
            let (isNowKept, isBeforeKept) = (now.contains(index), before.contains(index))
            let isEitherKept = isNowKept || isBeforeKept
            return report.part(line.part) + [
                .text(line.now.currency.code), .date(toDate.day), isNowKept ? .null : .money(line.now),
                .date(toDate.dayBefore), isBeforeKept ? .null : .money(line.before),
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
