import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// A command that reports on donations. All of them print their formula and basis, and the records behind them.
protocol ReportCommand: UnitCommand {
    var detail: DetailOptions { get }

    /// What seeing single records needs.
    static var rowsNeed: Permission { get }

    /// How the figures come about.
    func explanation(_ context: CommandContext) throws -> Explanation

    /// The records that the figures count or add up.
    func rows(_ db: Connection, _ context: CommandContext) throws -> Output

    /// The report itself.
    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output
}

extension ReportCommand {
    static var access: DatabaseAccess { .read }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(.donationsReport)
        if detail.explain {
            return try explanation(context).record(Self.configuration.commandName ?? "", zone: context.zone)
        }
        guard detail.rows else { return try figures(db, for: actor, context) }
        try actor.require(Self.rowsNeed)
        return try rows(db, context)
    }
}

/// A report that is a list of records: the figures are the rows.
protocol RecordReportCommand: ReportCommand {}

extension RecordReportCommand {
    func figures(_ db: Connection, for actor: Actor, _ context: CommandContext) throws -> Output {
        try actor.require(Self.rowsNeed)
        return try rows(db, context)
    }
}

/// What every report takes.
struct DetailOptions: ParsableArguments, Sendable {
    @Flag(help: "Instead of the figures, the records that they count or add up.") var rows = false
    @Flag(help: "Instead of the figures, how they come about.") var explain = false

    func validate() throws {
        guard !rows || !explain else { throw ValidationError("Say --rows or --explain, not both.") }
    }
}

/// `--split`
struct SplitOption: ParsableArguments, Sendable {
    @Option(help: "Take it apart by \(Choice.words(of: GiftSplit.self)).", transform: Choice.word)
    var split: GiftSplit?

    /// The column of the parts, when they are asked for.
    var columns: [Column] { split == nil ? [] : [Column("part", heading: split?.rawValue.uppercased())] }

    func fields(_ part: String?) -> [Field] { split == nil ? [] : [.text(part)] }
}

/// How a report's figures come about, in words that need no SQL.
struct Explanation {
    let formula: String
    let basis: String
    let from: LocalDate?
    let to: LocalDate?
    var split: GiftSplit?

    static let giftYear = DonationReport.Basis.giftYear.rawValue
    static let plans = "plans"

    init(_ formula: String, basis: String = giftYear, from: LocalDate?, to: LocalDate?, split: GiftSplit? = nil) {
        self.formula = formula
        self.basis = basis
        self.from = from
        self.to = to
        self.split = split
    }

    init(_ formula: String, of year: ReportYear, split: GiftSplit? = nil) {
        self.init(formula, from: year.firstDay, to: year.lastDay, split: split)
    }

    func record(_ report: String, zone: Zone) -> Output {
        .record([
            ("report", .text(report)), ("formula", .text(formula)), ("basis", .text(basis)),
            ("zone", .text(zone.name)), ("from", .date(from)), ("to", .date(to)), ("split", .text(split?.rawValue)),
            ("left_out", .text("gifts in test mode")),
            ("currencies", .text("each for itself; nothing is exchanged")),
        ])
    }
}
