import Values

/// What a command answers: records under named columns, or a document.
///
/// A command says what the values are, never how they look: the same output is an aligned table for a person, a line
/// of tab-separated values for a pipe, an object for a program or a row for a spreadsheet.
/// ```swift
/// Output(["id", "title", "status"], articles.map { [.id($0.id), .text($0.title), .text($0.status.rawValue)] })
/// Output.record([("id", .id(article.id)), ("status", .text("pitch"))])
/// ```
struct Output: Sendable {
    /// How the records relate, which a person's table shows and the machine formats don't care about.
    enum Shape: Sendable {
        /// Any number of records, one a line.
        case list
        /// Exactly one; on a terminal its columns stand under each other.
        case record
        /// No records: a text for a person (a diff, a completion script). `jsonl` gives `{"text":…}`.
        case document(String)
        /// A text somebody wrote, to the byte: what goes into a file is what comes back from it.
        case verbatim(String)
        /// A text line by line, with colours.
        case painted([PaintedLine])
    }

    let shape: Shape
    let columns: [Column]
    let rows: [[Field]]
    /// The rows' figures, where they follow each other: drawn beside the table on a terminal, and nowhere else.
    var chart: Chart?

    /// A list of records; every row has as many fields as there are columns.
    init(_ columns: [Column], _ rows: [[Field]]) {
        self.init(shape: .list, columns: columns, rows: rows)
    }

    /// One record: the thing that was made or asked for.
    static func record(_ pairs: [(column: Column, field: Field)]) -> Output {
        Output(shape: .record, columns: pairs.map(\.column), rows: [pairs.map(\.field)])
    }

    /// A text of its own, printed as it is.
    static func document(_ text: String) -> Output {
        Output(shape: .document(text), columns: [], rows: [])
    }

    /// A text somebody wrote: into a pipe or a file to the byte, on a terminal with what would act on it made visible.
    static func verbatim(_ text: String) -> Output {
        Output(shape: .verbatim(text), columns: [], rows: [])
    }

    /// Lines with colours. No line holds another: a line end in one is made visible.
    static func painted(_ lines: [PaintedLine]) -> Output {
        Output(shape: .painted(lines), columns: [], rows: [])
    }

    /// Nothing to say: the command did what it was told.
    static let none = Output(shape: .list, columns: [], rows: [])

    private init(shape: Shape, columns: [Column], rows: [[Field]]) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "a row has one field for every column")
        self.shape = shape
        self.columns = columns
        self.rows = rows
    }
}

/// A column: its key is a promise to scripts, its heading is for people.
struct Column: Sendable, Hashable, ExpressibleByStringLiteral {
    /// `snake_case`; the JSON key and the TSV and CSV header. Money in minor units ends in `_minor`.
    let key: String
    /// Over the column on a terminal; from the key unless given.
    let heading: String

    init(_ key: String, heading: String? = nil) {
        self.key = key
        self.heading = heading ?? Column.amountKey(key).replacing("_", with: " ").uppercased()
    }

    init(stringLiteral key: String) { self.init(key) }

    /// The key without `_minor`, for the formats that show amounts in the currency's own units.
    static func amountKey(_ key: String) -> String {
        key.hasSuffix("_minor") ? String(key.dropLast(6)) : key
    }
}

/// One value of one record.
enum Field: Sendable {
    /// Unknown or not applicable: JSON `null`, empty elsewhere.
    case null
    case text(String)
    case integer(Int64)
    /// An exact decimal as text, `133` or `-4.5`: a JSON string, because a JSON reader's floating point would round
    /// it, and a number in CSV.
    case number(String)
    case bool(Bool)
    /// ISO 8601 in the publication's zone; on a terminal relative to now.
    case time(Timestamp)
    case date(LocalDate)
    /// Minor units in JSON and TSV (name the column `…_minor` and put the currency in a column of its own); an amount
    /// with decimals in CSV and on a terminal.
    case money(Money)
    /// A nested value: itself in JSON lines, its canonical text elsewhere.
    case json(JSON)

    static func id<Subject>(_ id: ID<Subject>) -> Field { .integer(id.rawValue) }
    static func integer(_ value: Int) -> Field { .integer(Int64(value)) }
    static func text(_ value: String?) -> Field { value.map { .text($0) } ?? .null }
    static func time(_ value: Timestamp?) -> Field { value.map { .time($0) } ?? .null }
    static func date(_ value: LocalDate?) -> Field { value.map { .date($0) } ?? .null }
    static func integer(_ value: Int64?) -> Field { value.map { .integer($0) } ?? .null }
}
