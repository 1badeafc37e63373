import Access
import ArgumentParser
import Audience
import Fundraising
import Newsroom
import Postgres
import Values

/// `donations credit`
struct CreditCommand: ReportCommand {
    static let configuration = CommandConfiguration.verb(
        "credit", "What articles, sections, authors and appeals brought.",
        more: """
            Counted are \(CreditReport.formula)

            --views adds, to articles, their page views in the months of the year and net per thousand of them, empty \
            where there were none; it needs views.read.

            Who may not see single gifts is told no sum of fewer than \(SmallSums.fewest), nor what would give one \
            away by subtraction. --rows lists the gifts' parts, for which gift.read is needed.
            """,
        example: """
            masthead donations credit --by article --year 2026 --share equal
            masthead donations credit --by author --year fiscal:2026
            """)
    static let rowsNeed = Permission.giftRead

    @Option(help: "\(Choice.words(of: CreditReport.Key.self)).", transform: Choice.word) var by: CreditReport.Key
    @Option(help: "\(Choice.words(of: CreditReport.Share.self)); last unless said.", transform: Choice.word)
    var share: CreditReport.Share = .last
    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @Flag(help: "With views, and money per thousand of them.") var views = false
    @OptionGroup var split: SplitOption
    @OptionGroup var detail: DetailOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !views || (by == .article && split.split == nil) else {
            throw ValidationError("--views goes with --by article, and not with --split.")
        }
    }

    private func report(_ context: CommandContext) throws -> CreditReport {
        CreditReport(by: by, share: share, year: try year.year(context), split: split.split)
    }

    func explanation(_ context: CommandContext) throws -> Explanation {
        Explanation(
            "by \(by.rawValue), \(share.rawValue): " + CreditReport.formula, of: try year.year(context),
            split: split.split)
    }

    func rows(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            split.columns + [Column(by.rawValue), "gift", "tax_date", "currency", "gross_minor", "refunds_minor"],
            try report(context).rows(db).map { row in
                split.fields(row.part) + [
                    .text(row.name), .id(row.gift), .date(row.taxDate), .text(row.gross.currency.code),
                    .money(row.gross), .money(row.refunds),
                ]
            })
    }

    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        if views { try actor.require(.viewsRead) }
        let report = try report(context)
        let lines = try ArticleYield.lines(report, db, withViews: views)
        let known = try report.known(db)
        let kept = SmallSums.kept(
            from: actor, lines, isSplit: true, whole: \.credit.currency, gifts: \.credit.gifts,
            isNothing: { $0.credit.gross.minor == 0 && $0.credit.refunds.minor == 0 })
        return Output(
            split.columns + [
                Column(by.rawValue), "currency", "gifts", "gross_minor", "refunds_minor", "net_minor", "new_donors",
            ] + (views ? ["views", Column("per_thousand_minor", heading: "PER 1,000 VIEWS")] : [])
                + [Column("known_percent", heading: "KNOWN %")],
            lines.enumerated().map { index, line in
                fields(line, isKept: kept.contains(index)) + [.percent(known.share)]
            })
    }

    private func fields(_ line: ArticleYield, isKept: Bool) -> [Field] {
        let credit = line.credit
        let figures: [Field] =
            isKept
            ? [.null, .null, .null, .null, .null]
            : [
                .integer(credit.gifts), .money(credit.gross), .money(credit.refunds), .money(credit.net),
                .integer(credit.newDonors),
            ]
        return split.fields(credit.part) + [.text(credit.name), .text(credit.currency.code)] + figures
            + (views ? [.integer(line.views), isKept ? .null : .money(line.perThousand)] : [])
    }
}

/// `gift touches`
struct GiftTouchesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "touches", "Says which articles led to a gift.",
        more: """
            In the order they were read, each once, at most \(RecordTouches.most); it is said once of a gift. Reports \
            that share equally go by it.
            """, example: "masthead gift touches 12 --article the-dam --article the-flood")
    static let access = DatabaseAccess.write

    @Argument(help: "The gift's id.", transform: ListPage.id) var id: ID<Gift>
    @Option(help: "An article's slug; once for each article.", transform: Slug.init) var article: [Slug]
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try RecordTouches(id, articles: article, by: context.actor(db)).perform(db)
        return .record([("gift", .id(id)), ("articles", .integer(article.count))])
    }
}
