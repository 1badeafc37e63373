import Access
import ArgumentParser
import Fundraising
import Newsroom
import Postgres
import Values

struct BudgetNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "budget", "What you mean to bring in, to set beside what came.",
        verbs: [ImportBudgetCommand.self, ListBudgetCommand.self], example: "masthead budget import 2026.csv")
}

/// `budget import`
struct ImportBudgetCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "import", "Takes a file of budget lines, all of it or nothing.",
        more: """
            CSV with the columns period, figure, amount and currency, in any order. A period is a month as 2026-03 or \
            a year as 2026 or fiscal:2026; a figure is \(Choice.words(of: BudgetLine.Figure.self)), as in `donations \
            report --basis` and `donations monthly`. What a line says holds until another file says otherwise; a file \
            with a mistake changes nothing.
            """,
        example: "masthead budget import budget-2026.csv")
    static let access = DatabaseAccess.write

    @Argument(help: "The file.", completion: .file(extensions: ["csv"])) var file: String
    @OptionGroup var global: GlobalOptions
    private var bytes: [UInt8] = []

    private enum CodingKeys: CodingKey { case file, global }

    mutating func prepare(_ context: CommandContext) throws {
        bytes = try GivenFile.bytes(file, atMost: ImportBudget.largestFile)
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let report = try ImportBudget(
            bytes, name: name, fiscalYearStart: context.newsroom.settings.fiscalYearStart, by: context.actor(db)
        ).perform(db)
        return .record([
            ("file", .text(file)), ("rows", .integer(report.rows)), ("changed", .integer(report.changed)),
        ])
    }
}

/// `budget list`
struct ListBudgetCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists what holds, by figure and period.", example: "masthead budget list")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.donationsReport)
        return Output(
            ["figure", "period", "currency", "amount_minor"],
            try Budget.load(db).lines.map { line in
                [
                    .text(line.figure.rawValue), .text(line.span.description), .text(line.amount.currency.code),
                    .money(line.amount),
                ]
            })
    }
}
