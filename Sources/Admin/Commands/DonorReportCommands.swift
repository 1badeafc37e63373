import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `donations retention`
struct RetentionCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "retention", "How many of last year's donors gave again, and who is new.",
        more: RetentionReport.formula + """


            Percentages have one decimal and are rounded once; empty where nobody gave in the year before. --rows \
            lists the donors that are counted, for whom donor.read is needed.
            """, example: "masthead donations retention --year 2026")
    static let rowsNeed = Permission.donorRead

    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func explanation(_ context: CommandContext) throws -> Explanation {
        Explanation(RetentionReport.formula, of: try year.year(context), split: split.split)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + ["donor", "standing"],
            try RetentionReport(year: year.year(context), split: split.split).rows(db).map {
                split.fields($0.part) + [.id($0.donor), .text($0.standing.rawValue)]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        let year = try year.year(context)
        let columns: [Column] =
            ["year"] + split.columns + [
                "donors_before", "retained", Column("percent", heading: "%"), "first_time_before",
                "first_time_retained", Column("first_time_percent", heading: "FIRST TIME %"), "repeat_before",
                "repeat_retained", Column("repeat_percent", heading: "REPEAT %"), "lapsed", "new", "recaptured",
                "donors",
            ]
        let rows = try RetentionReport(year: year, split: split.split).lines(db).map { line -> [Field] in
            [.text(year.description)] + split.fields(line.part) + [
                .integer(line.before), .integer(line.retained), .percent(line.retention),
                .integer(line.firstTimeBefore), .integer(line.firstTimeRetained), .percent(line.firstTimeRetention),
                .integer(line.repeatBefore), .integer(line.repeatRetained), .percent(line.repeatRetention),
                .integer(line.lapsed), .integer(line.new), .integer(line.recaptured), .integer(line.now),
            ]
        }
        guard split.split == nil, let row = rows.first else { return Output(columns, rows) }
        return .record(zip(columns, row).map { ($0, $1) })
    }
}

/// `donations lapsed`
struct LapsedCommand: ReportCommand {
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

            One line for each currency a donor gave in, the most of last year first. --rows lists the gifts behind.
            """, example: "masthead donations lapsed --year 2026 --kind sybunt --strict")
    static let rowsNeed = Permission.donorRead

    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @Option(help: "lybunt or sybunt.") var kind: Kind
    @Flag(help: "Of sybunt: without those who gave last year.") var strict = false
    @Flag(help: "Of sybunt: with those who gave last year.") var inclusive = false
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if kind == .sybunt, strict == inclusive { throw ValidationError("Say --strict or --inclusive with sybunt.") }
        if kind == .lybunt, strict || inclusive {
            throw ValidationError("--strict and --inclusive belong to sybunt, not to lybunt.")
        }
    }

    private func report(_ context: CommandContext) throws -> LapsedReport {
        LapsedReport(
            year: try year.year(context), kind: kind == .lybunt ? .lybunt : strict ? .sybuntStrict : .sybuntInclusive,
            split: split.split)
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        let report = try report(context)
        return Explanation("\(report.kind.rawValue): \(report.kind.formula)", of: report.year, split: split.split)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + ["donor", "gift", "tax_date", "currency", "net_minor"],
            try report(context).rows(db).map { row in
                split.fields(row.part) + [
                    .id(row.donor), .id(row.gift), .date(row.taxDate), .text(row.net.currency.code), .money(row.net),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        try actor.require(.donorRead)
        return Output(
            split.columns + ["donor", "name", "currency", "before_minor", "earlier_minor", "last_gift"],
            try report(context).lines(db).map { line in
                split.fields(line.part) + [
                    .id(line.donor), .text(line.name), .text(line.before.currency.code), .money(line.before),
                    .money(line.earlier), .date(line.lastGift),
                ]
            })
    }
}

/// `donations gainloss`
struct GainLossCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "gainloss", "Why this year's money differs from last year's.",
        more: GainLossReport.formula + """


            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest), nor what would give one \
            away by subtraction. --rows lists the donors, for whom donor.read is needed.
            """, example: "masthead donations gainloss --year 2026")
    static let rowsNeed = Permission.donorRead

    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func explanation(_ context: CommandContext) throws -> Explanation {
        Explanation(GainLossReport.formula, of: try year.year(context), split: split.split)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + ["donor", "standing", "currency", "before_minor", "now_minor", "change_minor"],
            try GainLossReport(year: year.year(context), split: split.split).rows(db).map { row in
                split.fields(row.part) + [
                    row.donor.map { .id($0) } ?? .null, .text(row.standing.rawValue),
                    .text(row.before.currency.code), .money(row.before), .money(row.now), .money(row.change),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + [
                "standing", "currency", "donors", "before_minor", "now_minor", "change_minor",
                Column("value_percent", heading: "VALUE %"),
                Column("value_capped_percent", heading: "VALUE CAPPED %"),
            ],
            try GainLossReport(year: year.year(context), split: split.split).totals(db).flatMap {
                fields($0, for: actor)
            })
    }

    private func fields(_ total: GainLossReport.Total, for actor: Actor) -> [[Field]] {
        let kept = SmallSums.kept(
            from: actor, total.lines.map { ($0.gifts, $0.before.minor == 0 && $0.now.minor == 0) })
        let isTotalKept = SmallSums.areKept(
            from: actor, gifts: total.gifts, isNothing: total.before.minor == 0 && total.now.minor == 0)
        let lines = total.lines.enumerated().map { index, line -> [Field] in
            let isKept = isTotalKept || kept.contains(index)
            return split.fields(line.part) + [
                .text(line.standing.rawValue), .text(line.before.currency.code),
                line.standing == .unknown ? .null : .integer(line.donors), isKept ? .null : .money(line.before),
                isKept ? .null : .money(line.now), isKept ? .null : .money(line.change), .null, .null,
            ]
        }
        let donors = total.lines.reduce(0) { $0 + ($1.standing == .unknown ? 0 : $1.donors) }
        let isValueKept = isTotalKept || !kept.isEmpty
        return lines + [
            split.fields(total.part) + [
                .text("total"), .text(total.before.currency.code), .integer(donors),
                isTotalKept ? .null : .money(total.before), isTotalKept ? .null : .money(total.now),
                isTotalKept ? .null : .money(total.change), isValueKept ? .null : .percent(total.value),
                isValueKept ? .null : .percent(total.valueCapped),
            ]
        ]
    }
}

/// `donations average`
struct AverageCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "average", "The usual gift: average and median.",
        more: AverageReport.formula.capitalisedFirst + """


            Who may not see single gifts is told nothing of fewer than \(SmallSums.fewest). --rows lists the gifts, \
            for which gift.read is needed.
            """, example: "masthead donations average --year 2026 --split kind")
    static let rowsNeed = Permission.giftRead

    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func explanation(_ context: CommandContext) throws -> Explanation {
        Explanation(AverageReport.formula, of: try year.year(context), split: split.split)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + ["gift", "tax_date", "currency", "net_minor"],
            try AverageReport(year: year.year(context), split: split.split).rows(db).map { row in
                split.fields(row.part) + [
                    .id(row.gift), .date(row.taxDate), .text(row.net.currency.code), .money(row.net),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        let lines = try AverageReport(year: year.year(context), split: split.split).lines(db)
        let kept = SmallSums.kept(
            from: actor, lines, isSplit: split.split != nil, whole: \.currency, gifts: \.gifts,
            isNothing: { _ in false })
        return Output(
            split.columns + ["currency", "gifts", "net_minor", "average_minor", "median_minor"],
            lines.enumerated().map { index, line in
                split.fields(line.part) + [.text(line.currency.code)]
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
struct RecencyCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "recency", "How lately, how often and how much each donor gave (RFM), and has been worth so far.",
        more: RecencyReport.formula.capitalisedFirst + "\n\n--rows lists the gifts behind.",
        example: "masthead donations recency --on 2026-12-31", aliases: ["rfm", "lifetime"])
    static let rowsNeed = Permission.donorRead

    @Option(help: "As of the end of this day; today unless said.", transform: { try LocalDate($0) }) var on: LocalDate?
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    private func report(_ context: CommandContext) -> RecencyReport {
        RecencyReport(on: on ?? context.zone.date(at: context.now), split: split.split)
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        Explanation(RecencyReport.formula, from: nil, to: report(context).day, split: split.split)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + ["donor", "gift", "tax_date", "currency", "net_minor"],
            try report(context).rows(db).map { row in
                split.fields(row.part) + [
                    .id(row.donor), .id(row.gift), .date(row.taxDate), .text(row.net.currency.code), .money(row.net),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        try actor.require(.donorRead)
        return Output(
            split.columns + ["donor", "name", "recency_days", "frequency", "currency", "net_minor"],
            try report(context).lines(db).map { line in
                split.fields(line.part) + [
                    .id(line.donor), .text(line.name), .integer(line.recencyDays), .integer(line.frequency),
                    .text(line.net.currency.code), .money(line.net),
                ]
            })
    }
}

extension String {
    /// As a sentence begins.
    fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
