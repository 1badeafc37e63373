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
    /// bigint for integers, text for strings.
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
