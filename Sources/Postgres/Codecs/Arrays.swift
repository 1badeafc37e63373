public import FoundationEssentials

/// A type whose arrays can be bound and read: one-dimensional, as `unnest` wants them.
public protocol PostgresArrayElement: Sendable {
    static var elementOID: UInt32 { get }
    static var arrayType: PostgresType { get }
    static func encodeArray(_ elements: [Self], into bytes: inout [UInt8])
    static func decodeArray(_ cell: Cell) throws -> [Self]
    var isNullElement: Bool { get }
    func encodeElement(into bytes: inout [UInt8])
    static func decodeElement(_ cell: Cell) throws -> Self
}

extension PostgresArrayElement {
    /// The server's `array_send`: dimensions, whether there is a NULL, the element's type, length and lower bound of the
    /// one dimension, then each element behind its length.
    public static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) {
        bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(elements.contains { $0.isNullElement } ? 1 : 0))
        bytes.append(bigEndian: elementOID)
        guard !elements.isEmpty else { return }
        bytes.append(bigEndian: Int32(elements.count))
        bytes.append(bigEndian: Int32(1))
        for element in elements {
            bytes.appendField(isNull: element.isNullElement) { element.encodeElement(into: &$0) }
        }
    }

    public static func decodeArray(_ cell: Cell) throws -> [Self] {
        guard let bytes = cell.bytes else {
            throw PostgresError.decode("column \(cell.column) is NULL where an array of \(Self.self) is expected")
        }
        guard bytes.count >= 12 else { throw cell.malformed([Self].self) }
        let dimensions = bytes.integer(as: Int32.self)
        let element = bytes.integer(at: 8, as: UInt32.self)
        guard OID.arrays[cell.oid] == element else { throw cell.mismatch([Self].self) }
        if dimensions == 0 { return [] }
        guard dimensions == 1, bytes.count >= 20 else { throw cell.malformed([Self].self) }
        var elements: [Self] = []
        elements.reserveCapacity(Int(bytes.integer(at: 12, as: Int32.self)))
        var offset = 20
        while offset + 4 <= bytes.count {
            let length = Int(bytes.integer(at: offset, as: Int32.self))
            offset += 4
            guard offset + length <= bytes.count else { throw cell.malformed([Self].self) }
            let slice = length < 0 ? nil : UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
            elements.append(try decodeElement(Cell(bytes: slice, oid: element, name: cell.name)))
            offset += max(length, 0)
        }
        return elements
    }
}

extension PostgresArrayElement where Self: PostgresCodable {
    public var isNullElement: Bool { isNull }
    public func encodeElement(into bytes: inout [UInt8]) { encode(into: &bytes) }
    public static func decodeElement(_ cell: Cell) throws -> Self { try decode(cell) }
}

extension [UInt8] {
    /// A field of an array or of a binary COPY: its length (-1 for NULL), then its bytes.
    mutating func appendField(isNull: Bool, _ encode: (inout [UInt8]) -> Void) {
        guard !isNull else { return append(bigEndian: Int32(-1)) }
        let start = count
        append(bigEndian: Int32(0))
        encode(&self)
        let length = Int32(count - start - 4).bigEndian
        Swift.withUnsafeBytes(of: length) { bytes in
            for index in 0..<4 { self[start + index] = bytes[index] }
        }
    }
}

extension OID {
    /// Array type → element type.
    static let arrays: [UInt32: UInt32] = [
        boolArray: bool, byteaArray: bytea, nameArray: name, int2Array: int2, int4Array: int4, textArray: text,
        varcharArray: varchar, int8Array: int8, float8Array: float8, dateArray: date,
        timestamptzArray: timestamptz, uuidArray: uuid, jsonbArray: jsonb,
    ]
}

extension FixedWidthInteger where Self: PostgresArrayElement & PostgresCodable & SignedInteger {
    public static var elementOID: UInt32 { OID.int8 }
    public static var arrayType: PostgresType { .binary(OID.int8Array) }
}
extension Int: PostgresArrayElement {}
extension Int64: PostgresArrayElement {}
extension Int32: PostgresArrayElement {}
extension Int16: PostgresArrayElement {}

extension Bool: PostgresArrayElement {
    public static var elementOID: UInt32 { OID.bool }
    public static var arrayType: PostgresType { .binary(OID.boolArray) }
}

extension Double: PostgresArrayElement {
    public static var elementOID: UInt32 { OID.float8 }
    public static var arrayType: PostgresType { .binary(OID.float8Array) }
}

extension String: PostgresArrayElement {
    public static var elementOID: UInt32 { OID.text }
    public static var arrayType: PostgresType { .binary(OID.textArray) }
}

extension UUID: PostgresArrayElement {
    public static var elementOID: UInt32 { OID.uuid }
    public static var arrayType: PostgresType { .binary(OID.uuidArray) }
}

extension RawRepresentable where Self: PostgresArrayElement & PostgresCodable, RawValue: PostgresArrayElement {
    public static var elementOID: UInt32 { RawValue.elementOID }
    public static var arrayType: PostgresType { RawValue.arrayType }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {
    public static var elementOID: UInt32 { Wrapped.elementOID }
    public static var arrayType: PostgresType { Wrapped.arrayType }
    public var isNullElement: Bool { self?.isNullElement ?? true }
    public func encodeElement(into bytes: inout [UInt8]) { self?.encodeElement(into: &bytes) }
    public static func decodeElement(_ cell: Cell) throws -> Wrapped? {
        cell.isNull ? nil : try Wrapped.decodeElement(cell)
    }
}

/// An array of bytes is `bytea`, not an array to PostgreSQL.
extension UInt8: PostgresArrayElement {
    public static var elementOID: UInt32 { OID.char }
    public static var arrayType: PostgresType { .bytea }
    public static func encodeArray(_ elements: [UInt8], into bytes: inout [UInt8]) { bytes += elements }
    public static func decodeArray(_ cell: Cell) throws -> [UInt8] {
        Array(try cell.bytes(of: OID.bytea, for: [UInt8].self))
    }
    public var isNullElement: Bool { false }
    public func encodeElement(into bytes: inout [UInt8]) { bytes.append(self) }
    public static func decodeElement(_ cell: Cell) throws -> UInt8 { throw cell.mismatch(UInt8.self) }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    public static var postgresType: PostgresType { Element.arrayType }
    public func encode(into bytes: inout [UInt8]) { Element.encodeArray(self, into: &bytes) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    public static func decode(_ cell: Cell) throws -> [Element] { try Element.decodeArray(cell) }
}

/// `bytea[]`.
extension Array: PostgresArrayElement where Element == UInt8 {
    public static var elementOID: UInt32 { OID.bytea }
    public static var arrayType: PostgresType { .binary(OID.byteaArray) }
}
