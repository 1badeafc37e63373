import Access
import ArgumentParser
import Audience
import Newsroom
import Postgres
import Values

/// `views visitors`
struct VisitorsViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "visitors", "How many readers came, how often, and how far they went.",
        more: """
            Readers are estimated by address and program, one in a hundred more or less, and exist for days and months \
            only: nobody is followed from one month into the next, and readers of days don't add up to those of a \
            month. A visit ends after half an hour without a view, and at local midnight. A bounce is a visit of one \
            view (by the beacon: and of less than ten seconds).
            """,
        example: "masthead views visitors --by month --from 2026-01")
    static let access = DatabaseAccess.read

    enum Length: String, Sendable, CaseIterable, ExpressibleByArgument { case day, month }

    @Option(help: "day or month.") var by: Length = .month
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period?
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws { try requireOrder(from, to) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let lines = try ViewsReport(by: by == .day ? .day : .month, site: site, from: from, to: to).lines(db)
        return Output(
            [
                "period", Column("visitors", heading: "READERS, EST. ±"), "visits",
                Column("visits_per_visitor", heading: "VISITS EACH"),
                Column("views_per_visit", heading: "PAGE VIEWS A VISIT"),
                Column("bounce_percent", heading: "BOUNCES %"),
                "meter",
            ],
            lines.map { line in
                [
                    .text(line.name), line.visitors.map { .integer($0) } ?? .null,
                    line.hasVisits ? .integer(line.visits) : .null,
                    Self.quotient(line.hasVisits ? line.visits : nil, line.visitors),
                    Self.quotient(line.hasVisits ? line.views : nil, line.visits),
                    Self.quotient(line.hasVisits ? line.bounces * 100 : nil, line.visits, decimals: 1),
                    .text(line.meters.joined(separator: "+")),
                ]
            })
    }

    /// Rounded half up; null where there is nothing to divide, or to divide by.
    private static func quotient(_ dividend: Int?, _ divisor: Int?, decimals: Int = 2) -> Field {
        guard let dividend, let divisor, divisor > 0 else { return .null }
        let scale = decimals == 1 ? 10 : 100
        let scaled = (dividend * scale * 2 + divisor) / (divisor * 2)
        let digits = String(scaled % scale)
        return .text(
            "\(scaled / scale)." + String(repeating: "0", count: decimals - digits.utf8.count) + digits)
    }
}

/// `views realtime`
struct RealtimeViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "realtime", "Who is reading now, as far as it is counted.",
        more: """
            Told of the last view that was counted, which `masthead views follow` keeps seconds behind: visits with a \
            view in the five and in the thirty minutes before it, and the views of its hour and of the hour before.
            """,
        example: "masthead views realtime")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        return Output(
            [
                "site", "meter", "counted_until", Column("reading", heading: "READING NOW"),
                Column("visits", heading: "VISITS, 30 MIN"), Column("this_hour", heading: "PAGE VIEWS, THIS HOUR"),
                Column("hour_before", heading: "HOUR BEFORE"),
            ],
            try RealtimeReport(site: site).lines(db).map { line in
                [
                    .text(line.site), .text(line.meter), .time(line.countedUntil), .integer(line.reading),
                    .integer(line.visits), .integer(line.thisHour), .integer(line.hourBefore),
                ]
            })
    }
}

/// `views missing`
struct MissingViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "missing", "Pages that people asked for and that weren't there (404 and 410).",
        more: """
            Requests of people for pages, by the rules that count views: no bots, no images or styles. With --referrers \
            a line for each page that sent them, by host and path; one of your own is a link to mend.
            """,
        example: "masthead views missing --from 2026-03 --referrers")
    static let access = DatabaseAccess.read

    @Flag(help: "A line for each page that sent somebody.") var referrers = false
    @Option(help: "At most so many.") var limit = 20
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @Option(help: ArgumentHelp("The first period.", valueName: "period"), transform: { try Period($0) }) var from:
        Period?
    @Option(help: ArgumentHelp("The last period.", valueName: "period"), transform: { try Period($0) }) var to: Period?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func validate() throws {
        try requireListLimit(limit)
        try requireOrder(from, to)
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let lines = try MissingReport(site: site, from: from, to: to, limit: limit, byReferrer: referrers).lines(db)
        return Output(
            ["path"] + (referrers ? ["referrer"] : []) + ["requests", "last_day"],
            lines.map { line in
                [.text(line.path)] + (referrers ? [.text(line.referrer)] : [])
                    + [.integer(line.requests), .text(line.lastDay.description)]
            })
    }
}
