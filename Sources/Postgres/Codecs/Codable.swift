/// A value that can be bound to a statement or written by COPY.
public protocol PostgresEncodable: Sendable {
    static var postgresType: PostgresType { get }
    var isNull: Bool { get }
    /// Appends the value as its type's format wants it: binary as in the server's `typsend`, or UTF-8 text.
    func encode(into bytes: inout [UInt8])
}

extension PostgresEncodable {
    public var isNull: Bool { false }
}

/// A value that can be read from a column.
public protocol PostgresDecodable: Sendable {
    /// Throws `PostgresError.decode` for a column of another type, NULL, or a value out of range.
    static func decode(_ cell: Cell) throws -> Self
}

public typealias PostgresCodable = PostgresEncodable & PostgresDecodable

/// One column of one row, for as long as the row is being read.
public struct Cell {
    /// The value's bytes in binary format; nil for NULL. They belong to the result and die with it: `Cell` is handed only
    /// to `decode`, which returns a value of its own.
    let bytes: UnsafeRawBufferPointer?
    let oid: UInt32
    /// A C string of the result; made a Swift one only for an error.
    let name: UnsafePointer<CChar>?

    var column: String { name.map { String(cString: $0) } ?? "?" }

    public var isNull: Bool { bytes == nil }

    /// The bytes of a column of one of these types.
    func bytes(of types: UInt32..., for swiftType: Any.Type) throws -> UnsafeRawBufferPointer {
        guard types.contains(oid) else { throw mismatch(swiftType) }
        guard let bytes else { throw PostgresError.decode("column \(column) is NULL where \(swiftType) is expected") }
        return bytes
    }

    func mismatch(_ swiftType: Any.Type) -> PostgresError {
        .decode("column \(column) is \(OID.describe(oid)) where \(swiftType) is expected")
    }

    func malformed(_ swiftType: Any.Type) -> PostgresError {
        .decode("column \(column) holds no valid \(swiftType)")
    }
}

extension UnsafeRawBufferPointer {
    /// A big-endian integer, which is how PostgreSQL sends them.
    func integer<Integer: FixedWidthInteger>(at offset: Int = 0, as: Integer.Type = Integer.self) -> Integer {
        Integer(bigEndian: loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}

extension [UInt8] {
    mutating func append<Integer: FixedWidthInteger>(bigEndian value: Integer) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
