import Access
import ArgumentParser
import Audience
import Fundraising
import Newsroom
import Postgres
import Values

/// `donations credit`
struct CreditCommand: UnitCommand {
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
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: CreditReport.Key.self)).", transform: Choice.word) var by: CreditReport.Key
    @Option(help: "\(Choice.words(of: CreditReport.Share.self)); last unless said.", transform: Choice.word)
    var share: CreditReport.Share = .last
    @Option(help: YearOption.help, transform: YearOption.init) var year: YearOption
    @Flag(help: "With views, and money per thousand of them.") var views = false
    @Flag(help: "Instead of the figures, the records that they add up.") var rows = false
    @Flag(help: "Instead of the figures, how they come about.") var explain = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !rows || !explain else { throw ValidationError("Say --rows or --explain, not both.") }
        guard !views || by == .article else { throw ValidationError("--views goes with --by article.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        if views { try actor.require(.viewsRead) }
        let report = CreditReport(by: by, share: share, year: try year.year(context))
        if explain {
            return Explanation.record(
                "credit by \(by.rawValue), \(share.rawValue)", CreditReport.formula, basis: "gift-year",
                from: report.year.firstDay, to: report.year.lastDay, context)
        }
        if rows {
            try actor.require(.giftRead)
            return Output(
                [Column(by.rawValue), "gift", "tax_date", "currency", "gross_minor", "refunds_minor"],
                try report.rows(db).map { row in
                    [
                        .text(row.name), .id(row.gift), .date(row.taxDate), .text(row.gross.currency.code),
                        .money(row.gross), .money(row.refunds),
                    ]
                })
        }
        return try figures(report, db, for: actor)
    }

    private func figures(_ report: CreditReport, _ db: Connection, for actor: Actor) throws -> Output {
        let lines = try ArticleYield.lines(report, db, withViews: views)
        let known = try report.known(db)
        let kept = SmallSums.kept(
            from: actor, lines, isSplit: true, currency: \.credit.currency, gifts: \.credit.gifts,
            isNothing: { $0.credit.gross.minor == 0 && $0.credit.refunds.minor == 0 })
        let fields = lines.enumerated().map { index, line -> [Field] in
            let isKept = kept.contains(index)
            let credit = line.credit
            var fields: [Field] = [.text(credit.name), .text(credit.currency.code)]
            fields +=
                isKept
                ? [.null, .null, .null, .null, .null]
                : [
                    .integer(credit.gifts), .money(credit.gross), .money(credit.refunds), .money(credit.net),
                    .integer(credit.newDonors),
                ]
            if views { fields += [.integer(line.views), isKept ? .null : .money(line.perThousand)] }
            return fields + [.percent(known.share)]
        }
        return Output(
            [
                Column(by.rawValue), "currency", "gifts", "gross_minor", "refunds_minor", "net_minor", "new_donors",
            ] + (views ? [Column("views"), Column("per_thousand_minor", heading: "PER 1,000 VIEWS")] : [])
                + [Column("known_percent", heading: "KNOWN %")], fields)
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
