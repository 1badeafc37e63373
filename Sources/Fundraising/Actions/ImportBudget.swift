public import Access
internal import Journal
public import Postgres
internal import Sodium
internal import Values

/// Takes a file of budget lines, all of it or nothing. What it says of a figure, period and currency holds from then on.
///
/// CSV with the columns period, figure, amount and currency in any order.
public struct ImportBudget {
    /// Ten years of months of every figure are a hundredth of this.
    public static let mostLines = 100_000
    public static let largestFile = 16 << 20
    /// So many mistakes are named; the rest is counted.
    private static let mostMistakes = 20

    public struct Report: Sendable, Hashable {
        public let rows: Int
        /// Lines that say something new.
        public let changed: Int
    }

    let bytes: [UInt8]
    let name: String
    let fiscalYearStart: Int
    let actor: Actor

    /// - Parameters:
    ///   - name: the file's name, for messages.
    ///   - fiscalYearStart: 1 to 12, the month in which the organisation's year begins.
    public init(_ bytes: [UInt8], name: String, fiscalYearStart: Int, by actor: Actor) {
        self.bytes = bytes
        self.name = name
        self.fiscalYearStart = fiscalYearStart
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; `FundraisingError.badFile` with the first mistakes by line,
    ///   `FundraisingError.fileTooLarge`.
    public func perform(_ db: Connection) throws -> Report {
        try actor.require(.budgetManage)
        guard bytes.count <= Self.largestFile else {
            throw FundraisingError.fileTooLarge(name: name, limit: Self.largestFile)
        }
        let rows = try read()
        // One import at a time, so that the last one to come is the last in the book, whole.
        try db.run("SELECT pg_advisory_xact_lock(fundraising.import_lock())")
        let known = Set(try Budget.load(db).lines)
        let fresh = rows.filter { !known.contains($0.line) }
        try write(fresh, db)
        try Audit.append(
            db, Subject(.budget, 1), "budget.imported", by: actor.origin,
            facts: [
                "sha256": .string(Hex.text(SHA256.hash(bytes))), "rows": .integer(Int64(rows.count)),
                "changed": .integer(Int64(fresh.count)),
            ])
        return Report(rows: rows.count, changed: fresh.count)
    }

    private struct Read {
        let line: BudgetLine
        /// Where it stands in the file.
        let number: Int
    }

    private func write(_ rows: [Read], _ db: Connection) throws {
        try db.run(
            """
            INSERT INTO fundraising.budget_line \
            (figure, starts, months, currency, amount_minor, sha256, line, recorded_by) \
            SELECT n.figure, n.starts::date, n.months, n.currency, n.amount_minor, \(SHA256.hash(bytes)), n.line, \
            \(actor.account) FROM unnest(\(rows.map(\.line.figure.rawValue))::text[], \
            \(rows.map(\.line.span.starts.description))::text[], \(rows.map { Int64($0.line.span.months) })::bigint[], \
            \(rows.map(\.line.amount.currency.code))::text[], \(rows.map(\.line.amount.minor))::bigint[], \
            \(rows.map { Int64($0.number) })::bigint[]) AS n (figure, starts, months, currency, amount_minor, line) \
            ORDER BY n.line
            """)
    }

    // MARK: The file

    private func read() throws -> [Read] {
        var rows: [Read] = []
        var seen: [Budget.Key: Int] = [:]
        var mistakes: [FileMistake] = []
        do {
            var reader = try CSVReader(bytes)
            try reader.readHeader(required: ["period", "figure", "amount", "currency"], optional: [])
            while let row = try reader.next() {
                do throws(FileMistake) {
                    let line = try read(row)
                    let key = Budget.Key(figure: line.figure, span: line.span, currency: line.amount.currency)
                    if let first = seen.updateValue(row.line, forKey: key) {
                        throw FileMistake(
                            line: row.line, reason: "line \(first) says the same of \(line.figure.rawValue) already")
                    }
                    rows.append(Read(line: line, number: row.line))
                } catch { mistakes.append(error) }
                guard rows.count <= Self.mostLines else {
                    throw FundraisingError.badFile(
                        name: name,
                        mistakes: [FileMistake(line: row.line, reason: "there are more than \(Self.mostLines) lines")],
                        more: 0)
                }
            }
        } catch let error as CSVError {
            throw FundraisingError.badFile(
                name: name, mistakes: [FileMistake(line: error.line, reason: error.reason)], more: 0)
        }
        guard mistakes.isEmpty else {
            throw FundraisingError.badFile(
                name: name, mistakes: Array(mistakes.prefix(Self.mostMistakes)),
                more: max(0, mistakes.count - Self.mostMistakes))
        }
        return rows
    }

    private func read(_ row: CSVReader.Row) throws(FileMistake) -> BudgetLine {
        func field<Value>(_ column: String, _ read: (String) throws -> Value) throws(FileMistake) -> Value {
            let text = row[column] ?? ""
            do { return try read(text) } catch let error as ValueError {
                throw FileMistake(line: row.line, column: column, value: text, reason: error.reason)
            } catch { throw FileMistake(line: row.line, column: column, value: text, reason: "\(error)") }
        }
        let span = try field("period") { try BudgetLine.Span($0, fiscalYearStart: fiscalYearStart) }
        let figure = try field("figure") { text throws -> BudgetLine.Figure in
            guard let figure = BudgetLine.Figure(rawValue: text) else {
                throw ValueError(
                    kind: "figure", value: text,
                    reason: "write \(BudgetLine.Figure.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return figure
        }
        let currency = try field("currency") { try Currency($0) }
        let amount = try field("amount") { text throws -> Money in
            let amount = try Money(parsing: text, currency: currency)
            guard amount.minor >= 0 else {
                throw ValueError(kind: "amount", value: text, reason: "a budget isn't less than nothing")
            }
            return amount
        }
        guard figure != .mrr || span.months == 1 else {
            throw FileMistake(
                line: row.line, column: "period", value: row["period"],
                reason: "mrr is what plans bring a month: name a month")
        }
        return BudgetLine(figure, span, amount)
    }
}
