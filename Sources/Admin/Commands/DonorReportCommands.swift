import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `donations retention`
struct RetentionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "retention", "How many of last year's donors gave again, and who is new.",
        more: RetentionReport.formula + """


            Percentages have one decimal and are rounded once; empty where nobody gave in the year before. --rows \
            lists the donors that are counted, for whom donor.read is needed.
            """, example: "masthead donations retention --year 2026")
    static let access = DatabaseAccess.read

    @OptionGroup(title: "Report") var report: ReportOptions
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        if report.explain { return try report.explanation("retention", RetentionReport.formula, context) }
        let retention = RetentionReport(year: try report.year.year(context), split: report.split)
        if report.rows {
            try actor.require(.donorRead)
            return Output(
                report.partColumns + ["donor", "standing"],
                try retention.rows(db).map { report.part($0.part) + [.id($0.donor), .text($0.standing.rawValue)] })
        }
        let columns: [Column] =
            ["year"] + report.partColumns + [
                "donors_before", "retained", Column("percent", heading: "%"), "first_time_before",
                "first_time_retained", Column("first_time_percent", heading: "FIRST TIME %"), "repeat_before",
                "repeat_retained", Column("repeat_percent", heading: "REPEAT %"), "lapsed", "new", "recaptured",
                "donors",
            ]
        let rows = try retention.lines(db).map { line -> [Field] in
            [.text(retention.year.description)] + report.part(line.part) + [
                .integer(line.before), .integer(line.retained), .percent(line.retention),
                .integer(line.firstTimeBefore), .integer(line.firstTimeRetained), .percent(line.firstTimeRetention),
                .integer(line.repeatBefore), .integer(line.repeatRetained), .percent(line.repeatRetention),
                .integer(line.lapsed), .integer(line.new), .integer(line.recaptured), .integer(line.now),
            ]
        }
        guard report.split == nil, let row = rows.first else { return Output(columns, rows) }
        return .record(zip(columns, row).map { ($0, $1) })
    }
}

/// `donations lapsed`
struct LapsedCommand: UnitCommand {
    /// What `--kind` takes.
    enum Kind: String, CaseIterable, Sendable, ExpressibleByArgument {
        case lybunt, sybunt
    }

    static let configuration = CommandConfiguration.verb(
        "lapsed", "Who gave and doesn't any more: LYBUNT and SYBUNT.",
        more: """
            lybunt: \(LapsedReport.Kind.lybunt.formula). sybunt --strict: \(LapsedReport.Kind.sybuntStrict.formula). \
            sybunt --inclusive: \(LapsedReport.Kind.sybuntInclusive.formula). A donor of a year is one whose gifts of \
            that year, by tax date and less all given back of them, come to more than nothing in some currency.

            One line for each currency a donor gave in, the most of last year first.
            """, example: "masthead donations lapsed --year 2026 --kind sybunt --strict")
    static let access = DatabaseAccess.read

    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @Option(help: "lybunt or sybunt.") var kind: Kind
    @Flag(help: "Of sybunt: without those who gave last year.") var strict = false
    @Flag(help: "Of sybunt: with those who gave last year.") var inclusive = false
    @Flag(help: "Instead of the donors, how they are found.") var explain = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if kind == .sybunt, strict == inclusive { throw ValidationError("Say --strict or --inclusive with sybunt.") }
        if kind == .lybunt, strict || inclusive {
            throw ValidationError("--strict and --inclusive belong to sybunt, not to lybunt.")
        }
    }

    private var reported: LapsedReport.Kind {
        kind == .lybunt ? .lybunt : strict ? .sybuntStrict : .sybuntInclusive
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        let year = try year.year(context)
        if explain {
            return Explanation.record(
                "lapsed \(reported.rawValue)", reported.formula, basis: "gift-year", from: year.firstDay,
                to: year.lastDay, context)
        }
        try actor.require(.donorRead)
        return Output(
            ["donor", "name", "currency", "before_minor", "earlier_minor", "last_gift"],
            try LapsedReport(year: year, kind: reported).rows(db).map { row in
                [
                    .id(row.donor), .text(row.name), .text(row.before.currency.code), .money(row.before),
                    .money(row.earlier), .date(row.lastGift),
                ]
            })
    }
}

/// `donations gainloss`
struct GainLossCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "gainloss", "Why this year's money differs from last year's.",
        more: GainLossReport.formula + """


            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest), nor what would give one \
            away by subtraction. --rows lists the donors, for whom donor.read is needed.
            """, example: "masthead donations gainloss --year 2026")
    static let access = DatabaseAccess.read

    @OptionGroup(title: "Report") var report: ReportOptions
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        if report.explain { return try report.explanation("gainloss", GainLossReport.formula, context) }
        let gainLoss = GainLossReport(year: try report.year.year(context), split: report.split)
        if report.rows {
            try actor.require(.donorRead)
            return Output(
                report.partColumns + ["donor", "standing", "currency", "before_minor", "now_minor", "change_minor"],
                try gainLoss.rows(db).map { row in
                    report.part(row.part) + [
                        row.donor.map { .id($0) } ?? .null, .text(row.standing.rawValue),
                        .text(row.before.currency.code), .money(row.before), .money(row.now), .money(row.change),
                    ]
                })
        }
        return Output(
            report.partColumns + [
                "standing", "currency", "donors", "before_minor", "now_minor", "change_minor",
                Column("value_percent", heading: "VALUE %"),
                Column("value_capped_percent", heading: "VALUE CAPPED %"),
            ], try gainLoss.totals(db).flatMap { fields($0, for: actor) })
    }

    private func fields(_ total: GainLossReport.Total, for actor: Actor) -> [[Field]] {
        let kept = SmallSums.kept(
            from: actor, total.lines.map { ($0.gifts, $0.before.minor == 0 && $0.now.minor == 0) })
        let isTotalKept = SmallSums.areKept(
            from: actor, gifts: total.gifts, isNothing: total.before.minor == 0 && total.now.minor == 0)
        let lines = total.lines.enumerated().map { index, line -> [Field] in
            let isKept = isTotalKept || kept.contains(index)
            return report.part(line.part) + [
                .text(line.standing.rawValue), .text(line.before.currency.code),
                line.standing == .unknown ? .null : .integer(line.donors), isKept ? .null : .money(line.before),
                isKept ? .null : .money(line.now), isKept ? .null : .money(line.change), .null, .null,
            ]
        }
        let donors = total.lines.reduce(0) { $0 + ($1.standing == .unknown ? 0 : $1.donors) }
        let isValueKept = isTotalKept || !kept.isEmpty
        return lines + [
            report.part(total.part) + [
                .text("total"), .text(total.before.currency.code), .integer(donors),
                isTotalKept ? .null : .money(total.before), isTotalKept ? .null : .money(total.now),
                isTotalKept ? .null : .money(total.change), isValueKept ? .null : .percent(total.value),
                isValueKept ? .null : .percent(total.valueCapped),
            ]
        ]
    }
}

/// `donations average`
struct AverageCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "average", "The usual gift: average and median.",
        more: AverageReport.formula.capitalisedFirst + """


            Who may not see single gifts is told nothing of fewer than \(SmallSums.fewest). --rows lists the gifts, \
            for which gift.read is needed.
            """, example: "masthead donations average --year 2026 --split gift-kind")
    static let access = DatabaseAccess.read

    @OptionGroup(title: "Report") var report: ReportOptions
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        if report.explain { return try report.explanation("average", AverageReport.formula, context) }
        let average = AverageReport(year: try report.year.year(context), split: report.split)
        if report.rows {
            try actor.require(.giftRead)
            return Output(
                report.partColumns + ["gift", "tax_date", "currency", "net_minor"],
                try average.rows(db).map { row in
                    report.part(row.part) + [
                        .id(row.gift), .date(row.taxDate), .text(row.net.currency.code), .money(row.net),
                    ]
                })
        }
        let lines = try average.lines(db)
        let kept = SmallSums.kept(
            from: actor, lines, isSplit: report.split != nil, currency: \.currency, gifts: \.gifts,
            isNothing: { _ in false })
        return Output(
            report.partColumns + ["currency", "gifts", "net_minor", "average_minor", "median_minor"],
            lines.enumerated().map { index, line in
                return report.part(line.part) + [.text(line.currency.code)]
                    + (kept.contains(index)
                        ? [.null, .null, .null, .null]
                        : [
                            .integer(line.gifts), .money(line.net), .money(line.averageAmount),
                            .money(line.medianAmount),
                        ])
            })
    }
}

/// `donations recency`
struct RecencyCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "recency", "How lately, how often and how much each donor gave (RFM).",
        more: RecencyReport.formula.capitalisedFirst, example: "masthead donations recency --on 2026-12-31",
        aliases: ["rfm"])
    static let access = DatabaseAccess.read

    @Option(help: "As of the end of this day; today unless said.", transform: { try LocalDate($0) }) var on: LocalDate?
    @Flag(help: "Instead of the donors, how the figures come about.") var explain = false
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        let day = on ?? context.zone.date(at: context.now)
        if explain {
            return Explanation.record(
                "recency", RecencyReport.formula, basis: "gift-year", from: nil, to: day, context)
        }
        try actor.require(.donorRead)
        return Output(
            ["donor", "name", "recency_days", "frequency", "currency", "net_minor"],
            try RecencyReport(on: day).rows(db).map { row in
                [
                    .id(row.donor), .text(row.name), .integer(row.recencyDays), .integer(row.frequency),
                    .text(row.net.currency.code), .money(row.net),
                ]
            })
    }
}

extension String {
    /// As a sentence begins.
    fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
