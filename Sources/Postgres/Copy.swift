import CLibPQ
public import FoundationEssentials
public import Values

extension Connection {
    /// Streams rows in by binary COPY: `copyIn("COPY t (a, b) FROM STDIN (FORMAT binary)") { $0.row { $0.write(1) … } }`.
    /// Returns the number of rows. An error thrown by `body` ends the COPY and undoes it.
    @discardableResult
    public func copyIn(_ statement: SQL, _ body: (inout CopyWriter) throws -> Void) throws -> Int {
        try beginCopy(statement, expecting: PGRES_COPY_IN)
        var writer = CopyWriter { [handle, cancellation] bytes in
            try cancellation?.check()
            let sent = bytes.withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { PQputCopyData(handle, $0.baseAddress, Int32($0.count)) }
            }
            guard sent == 1 else { throw PostgresError.connection(String(cString: PQerrorMessage(handle)).trimmedLine) }
        }
        do {
            try body(&writer)
            try writer.finish()
            _ = PQputCopyEnd(handle, nil)
        } catch {
            _ = PQputCopyEnd(handle, "given up by the client")
            let answer = Result { try endCopy(sql: statement.text) }
            // What the server says is the cause when it gave up first (a full disk, a cancelled statement).
            if case .failure(let serverError as PostgresError) = answer, serverError.sqlstate != "57014",
                error is PostgresError
            {
                throw serverError
            }
            throw error
        }
        return try endCopy(sql: statement.text)
    }

    /// Streams out what `COPY … TO STDOUT` sends, a row (or, in binary, a chunk) at a time.
    public func copyOut(_ statement: SQL, _ body: ([UInt8]) throws -> Void) throws {
        try beginCopy(statement, expecting: PGRES_COPY_OUT)
        var failure: (any Error)?
        while true {
            var chunk: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(handle, &chunk, 0)
            guard length > 0, let chunk else { break }
            defer { PQfreemem(chunk) }
            guard failure == nil else { continue }
            let bytes = UnsafeRawBufferPointer(start: chunk, count: Int(length))
            do { try body(Array(bytes)) } catch { failure = error }
        }
        let answer = Result { try endCopy(sql: statement.text) }
        if let failure { throw failure }
        _ = try answer.get()
    }

    private func beginCopy(_ statement: SQL, expecting status: ExecStatusType) throws {
        precondition(statement.parameters.count == 0, "COPY takes no parameters")
        try cancellation?.check()
        guard let pointer = PQexec(handle, statement.text) else { throw lost() }
        let result = QueryResult(owning: pointer)
        guard result.status == status else {
            try check(result, sql: statement.text)
            throw PostgresError.decode("not a COPY in the expected direction: \(statement.text)")
        }
    }

    private func endCopy(sql: String) throws -> Int {
        var rows = 0
        var failure: PostgresError?
        while let pointer = PQgetResult(handle) {
            let result = QueryResult(owning: pointer)
            if result.status == PGRES_COMMAND_OK {
                rows = result.affectedRows
            } else {
                failure = result.error(sql: sql)
            }
        }
        if let failure { throw cancellation?.translate(failure) ?? failure }
        return rows
    }
}

/// Writes rows in COPY's binary format: a signature, then for each row its number of fields and each field behind its
/// length, then a row of -1 fields (PostgreSQL's manual, "COPY", binary format).
public struct CopyWriter {
    /// What is collected before it is handed to libpq: large enough that the call costs nothing, small enough to stay in
    /// the cache.
    private static let bufferSize = 64 * 1024

    private let send: ([UInt8]) throws -> Void
    private var buffer: [UInt8] = []

    init(send: @escaping ([UInt8]) throws -> Void) {
        self.send = send
        buffer.reserveCapacity(Self.bufferSize * 2)
        buffer += "PGCOPY\n".utf8
        buffer += [0xff, 0x0d, 0x0a, 0x00]
        buffer.append(bigEndian: Int32(0))
        buffer.append(bigEndian: Int32(0))
    }

    /// Writes a row. `fill` writes as many fields as the COPY statement lists columns.
    public mutating func row(_ fill: (inout Fields) throws -> Void) throws {
        let start = buffer.count
        buffer.append(bigEndian: Int16(0))
        var fields = Fields(bytes: buffer)
        // Moved, not copied: the writer lets go of the buffer while the row is being written.
        buffer = []
        defer { buffer = fields.bytes }
        try fill(&fields)
        fields.setCount(at: start)
        if fields.bytes.count >= Self.bufferSize {
            try send(fields.bytes)
            fields.bytes.removeAll(keepingCapacity: true)
        }
    }

    mutating func finish() throws {
        buffer.append(bigEndian: Int16(-1))
        try send(buffer)
        buffer = []
    }

    /// The fields of one row. Each is written in its type's binary format, so the column must be of exactly that type:
    /// bigint for Int, integer for Int32, smallint for Int16, text for strings.
    public struct Fields {
        fileprivate var bytes: [UInt8]
        private var count: Int16 = 0

        fileprivate init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        public mutating func write<Value: PostgresEncodable>(_ value: Value) {
            count += 1
            bytes.appendField(isNull: value.isNull) { buffer in
                // jsonb's binary form is a version byte and the text.
                if Value.postgresType == .jsonb { buffer.append(1) }
                value.encode(into: &buffer)
            }
        }

        // What tables of figures are made of, without the cost of a generic call for each field of each row.

        /// A smallint.
        public mutating func write(_ value: Int16) {
            count += 1
            bytes.append(bigEndian: Int32(2))
            bytes.append(bigEndian: value)
        }

        /// An integer.
        public mutating func write(_ value: Int32) {
            count += 1
            bytes.append(bigEndian: Int32(4))
            bytes.append(bigEndian: value)
        }

        public mutating func write(_ value: Timestamp) {
            count += 1
            bytes.append(bigEndian: Int32(8))
            value.encode(into: &bytes)
        }

        public mutating func write(_ value: UUID) {
            count += 1
            bytes.append(bigEndian: Int32(16))
            value.encode(into: &bytes)
        }

        /// Text that is already UTF-8.
        public mutating func write(utf8: some Collection<UInt8>) {
            count += 1
            bytes.appendField(isNull: false) { $0.append(contentsOf: utf8) }
        }

        fileprivate mutating func setCount(at start: Int) {
            bytes[start] = UInt8(truncatingIfNeeded: count >> 8)
            bytes[start + 1] = UInt8(truncatingIfNeeded: count)
        }
    }
}
