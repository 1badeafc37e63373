import Access
import ArgumentParser
import Audience
import Postgres
import Values

/// `views close`
struct CloseViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "close", "Closes a month, so that its figures can be given out.",
        more: """
            Lines that come later are counted all the same, and raise the month's revision: a figure that was printed \
            can be told from the one that stands today.

            Two days after the month's end the secrets by which its visitors were told apart are forgotten, once it is \
            closed for every site that has lines of it. From then on later lines count as page views and not as \
            visitors. Import old logs first. Closing a month again does what is left to do.
            """,
        example: "masthead views close 2026-03")
    static let access = DatabaseAccess.write

    @Argument(help: "The month.", transform: { try Period($0) }) var month: Period
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let closed = try CloseMonth(month, site: site, by: context.actor(db)).perform(db)
        return ClosedViewsCommand.output(closed)
    }
}

/// `views closed`
struct ClosedViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "closed", "Lists the months that were closed, with their revisions.",
        more: """
            revision is 1 when a month is closed, and one more after each change since. open_for_visitors says whether \
            lines that come later still count as visitors. Where a site is counted by the beacon too, each meter has its \
            figures, and a column says which.
            """,
        example: "masthead views closed --site example.org")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        return Self.output(try MonthClose.all(site: site, db))
    }

    static func output(_ months: [MonthClose]) -> Output {
        let hasBeacon = months.contains { $0.meter != "log" }
        return Output(
            columns + (hasBeacon ? ["meter"] : []), months.map { fields($0) + (hasBeacon ? [.text($0.meter)] : []) })
    }

    private static let columns: [Column] = [
        "site", "month", "revision", Column("pv", heading: "PAGE VIEWS"), "closed_at", "changed_at",
        "open_for_visitors",
    ]

    private static func fields(_ close: MonthClose) -> [Field] {
        [
            .text(close.host), .text(close.month.description), .integer(close.revision), .integer(close.views),
            .time(close.closedAt), .time(close.changedAt), .bool(close.isOpenForVisitors),
        ]
    }
}

/// Says after an import what of it came too late.
enum ViewsLateness {
    static func tell(_ reports: [LogImport.Report], _ context: CommandContext) {
        let withoutVisitors = reports.reduce(0) { $0 + $1.withoutUniques }
        if withoutVisitors > 0 {
            context.tell(
                "\(withoutVisitors) views are of days whose visitors can't be told apart any more: they count as page "
                    + "views, not as visitors or visits.")
        }
        let unsessioned = reports.reduce(0) { $0 + $1.unsessioned } - withoutVisitors
        if unsessioned > 0 {
            context.tell("\(unsessioned) views came too late to join a visit: they count as page views, not as visits.")
        }
    }
}
