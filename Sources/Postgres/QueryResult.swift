import CLibPQ

/// A result of libpq, cleared when it goes out of scope. Rows are read in place, so they can't outlive it.
struct QueryResult: ~Copyable {
    /// Owned: made by libpq for us, cleared once, in `deinit`.
    private let result: OpaquePointer

    init(owning result: OpaquePointer) {
        self.result = result
    }

    deinit {
        PQclear(result)
    }

    var status: ExecStatusType { PQresultStatus(result) }
    var rowCount: Int { Int(PQntuples(result)) }
    var columnCount: Int { Int(PQnfields(result)) }

    /// "INSERT 0 3", "COMMIT", "ROLLBACK".
    var tag: String { String(cString: PQcmdStatus(result)) }

    /// Rows inserted, updated, deleted, selected or copied; 0 for statements that have none.
    var affectedRows: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// Reads the rows from the first on.
    borrowing func forEachRow(_ body: (inout Row) throws -> Void) throws {
        for index in 0..<rowCount {
            var row = Row(result: result, index: Int32(index))
            try body(&row)
        }
    }

    /// The error the server reported, with the statement it was about.
    func error(sql: String) -> PostgresError {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        guard let sqlstate = field(Field.sqlstate) else {
            let message = String(cString: PQresultErrorMessage(result))
            return .connection(message.trimmedLine)
        }
        return .server(
            ServerError(
                sqlstate: sqlstate, severity: field(Field.severity) ?? "ERROR", message: field(Field.message) ?? "",
                detail: field(Field.detail), hint: field(Field.hint), schema: field(Field.schema),
                table: field(Field.table), column: field(Field.column), constraint: field(Field.constraint), sql: sql))
    }

    /// The `PG_DIAG_…` codes of postgres_ext.h: character macros, which Swift doesn't import.
    private enum Field {
        static let severity = code("V")
        static let sqlstate = code("C")
        static let message = code("M")
        static let detail = code("D")
        static let hint = code("H")
        static let schema = code("s")
        static let table = code("t")
        static let column = code("c")
        static let constraint = code("n")
        private static func code(_ letter: Unicode.Scalar) -> Int32 { Int32(letter.value) }
    }
}

/// One row, read column by column in the order the statement lists them.
public struct Row: ~Copyable {
    /// Borrowed from the `QueryResult` whose `forEachRow` made this row and outlives it: a `Row` can't be copied out.
    private let result: OpaquePointer
    private let index: Int32
    private var column: Int32 = 0

    fileprivate init(result: OpaquePointer, index: Int32) {
        self.result = result
        self.index = index
    }

    /// Decodes the next column.
    public mutating func next<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard column < PQnfields(result) else {
            throw PostgresError.decode("column \(column + 1) is asked for, the row has \(column)")
        }
        defer { column += 1 }
        return try Value.decode(cell(column))
    }

    /// Passes over columns.
    public mutating func skip(_ count: Int = 1) {
        column += Int32(count)
    }

    /// How many columns the row has.
    public var columnCount: Int { Int(PQnfields(result)) }

    private func cell(_ column: Int32) -> Cell {
        let bytes: UnsafeRawBufferPointer? =
            PQgetisnull(result, index, column) == 1
            ? nil
            : UnsafeRawBufferPointer(
                start: PQgetvalue(result, index, column), count: Int(PQgetlength(result, index, column)))
        return Cell(
            bytes: bytes, oid: PQftype(result, column), name: PQfname(result, column))
    }
}

extension String {
    /// libpq ends its messages with a line end, and some have several lines.
    var trimmedLine: String {
        split(whereSeparator: \.isNewline).map { line in
            let text = line.drop(while: \.isWhitespace)
            return String(text.hasSuffix("?") ? text.dropLast() : text)
        }.joined(separator: "; ")
    }
}
