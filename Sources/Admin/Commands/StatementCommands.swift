import Access
import ArgumentParser
import Fundraising
import Newsroom
import Postgres
import Values

struct StatementNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "statement", "What a donor gave in a tax year, in one letter.",
        verbs: [MakeStatementCommand.self, ListStatementsCommand.self, PrintStatementCommand.self],
        example: """
            masthead statement make 12 --year 2025
            masthead statement print 3 --html statement.html
            """)
}

/// `statement make`
struct MakeStatementCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "make", "Makes a donor's statement of a tax year, or those of all donors.",
        more: """
            Each gift with its date, its amount less refunds, and what of it is deductible; a total for each currency. \
            Gifts by way of donor-advised funds are left out: their donors had the deduction before. A year that reads \
            as it did gives the version there is; one that changed gives a new version.
            """,
        example: """
            masthead statement make 12 --year 2025
            masthead statement make --all --year 2025
            """)

    /// Donors of one transaction.
    static let batch = 100
    static let mostNamed = 20

    @Argument(help: "The donor's id.", transform: ListPage.id) var donor: ID<Donor>?
    @Option(help: "The tax year.", transform: TaxYear.read) var year: Int
    @Flag(help: "All donors who gave in the year.") var all = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (donor != nil) != all else { throw ValidationError("Name one donor, or say --all.") }
    }

    func run(_ context: CommandContext) async throws -> Output {
        let (database, organisation) = (try context.database, try context.newsroom.settings.organisation)
        guard let donor else { return try await makeAll(database, organisation, context) }
        let (statement, isNew) = try await database.transaction { [year] db in
            try MakeStatement(donor, year: year, organisation: organisation, by: context.actor(db)).perform(db)
        }
        return .record(
            zip(StatementLines.columns, StatementLines.fields(statement)).map { ($0, $1) } + [("new", .bool(isNew))])
    }

    private func makeAll(
        _ database: Database, _ organisation: Organisation, _ context: CommandContext
    ) async throws -> Output {
        try await database.read { db in try context.actor(db).require(.receiptIssue) }
        let progress = Progress("statements \(year)", total: nil, unit: "statements", context)
        defer { progress.finish() }
        var (made, unchanged, leftOut) = (0, 0, 0)
        var last: ID<Donor>?
        while true {
            let batch = try await database.transaction { [last, year] db -> Batch in
                let actor = try context.actor(db)
                let donors = try Statements.donors(db, year: year, for: actor, after: last, limit: Self.batch)
                var batch = Batch(last: donors.last)
                for donor in donors {
                    do {
                        let (_, isNew) = try MakeStatement(donor, year: year, organisation: organisation, by: actor)
                            .perform(db)
                        batch.made += isNew ? 1 : 0
                        batch.unchanged += isNew ? 0 : 1
                    } catch FundraisingError.receipt(let refusal) {
                        if case .settingMissing = refusal { throw FundraisingError.receipt(refusal) }
                        batch.leftOut.append(Failure.receipt(refusal).message)
                    }
                }
                return batch
            }
            guard let reached = batch.last else { break }
            last = reached
            made += batch.made
            unchanged += batch.unchanged
            progress.advance(by: Int64(batch.made + batch.unchanged))
            for message in batch.leftOut.prefix(max(0, Self.mostNamed - leftOut)) { context.tell(message) }
            leftOut += batch.leftOut.count
        }
        return .record([
            ("year", .integer(year)), ("made", .integer(made)), ("unchanged", .integer(unchanged)),
            ("left_out", .integer(leftOut)),
        ])
    }

    private struct Batch: Sendable {
        var last: ID<Donor>?
        var made = 0
        var unchanged = 0
        var leftOut: [String] = []
    }
}

/// `statement list`
struct ListStatementsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists statements, the latest first, every version.",
        more: "For the next page give --after the id of the last statement of this one.",
        example: "masthead statement list --year 2025")
    static let access = DatabaseAccess.read

    @Option(help: "Only those of this tax year.", transform: TaxYear.read) var year: Int?
    @Option(help: "Only this donor's.", transform: ListPage.id) var donor: ID<Donor>?
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the statement of this id.", transform: ListPage.id) var after: ID<Statement>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var statements = Statements()
        statements.year = year
        statements.donor = donor
        return Output(
            StatementLines.columns,
            try statements.list(db, for: context.actor(db), after: after, limit: limit).map(StatementLines.fields))
    }
}

/// `statement print`
struct PrintStatementCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "print", "Prints a statement as a text, or as a page for a printer.",
        more: "From what was kept when it was made, whatever changed since.",
        example: "masthead statement print 3 --html statement.html")

    @Argument(help: "The statement's id.", transform: ListPage.id) var id: ID<Statement>
    @Option(
        name: [.customLong("html"), .customLong("format-html")],
        help: "Write a page into this new file instead.", completion: .file(extensions: ["html"]))
    var html: String?
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        if let html { try LetterFile.requireFree(html) }
        let statement = try await context.database.read { [id] db in
            try Statements.find(db, id, for: context.actor(db))
        }
        return try LetterFile.output(
            statement.letter, html: html, id: statement.id.rawValue, number: "\(statement.year)/\(statement.version)")
    }
}

/// A statement as a line.
enum StatementLines {
    static let columns: [Column] = [
        "id", "donor", "year", "version", "gifts", "totals", "made_at", "made_by",
    ]

    static func fields(_ statement: Statement) -> [Field] {
        let totals = statement.snapshot.totals.map { total -> JSON in
            [
                "currency": .string(total.amount.currency.code), "amount_minor": .integer(total.amount.minor),
                "deductible_minor": .integer(total.deductible.minor),
            ]
        }
        return [
            .id(statement.id), .id(statement.donor), .integer(statement.year), .integer(statement.version),
            .integer(statement.snapshot.gifts.count), .json(.array(totals)), .time(statement.madeAt),
            .text(statement.madeBy),
        ]
    }
}
