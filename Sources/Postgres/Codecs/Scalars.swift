public import FoundationEssentials

extension FixedWidthInteger where Self: PostgresCodable & SignedInteger {
    public static var postgresType: PostgresType { .int8 }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: Int64(self))
    }

    public static func decode(_ cell: Cell) throws -> Self {
        let bytes = try cell.bytes(of: OID.int8, OID.int4, OID.int2, OID.oid, for: Self.self)
        let wide: Int64 =
            switch bytes.count {
            case 8: bytes.integer(as: Int64.self)
            case 4 where cell.oid == OID.oid: Int64(bytes.integer(as: UInt32.self))
            case 4: Int64(bytes.integer(as: Int32.self))
            case 2: Int64(bytes.integer(as: Int16.self))
            default: throw cell.malformed(Self.self)
            }
        guard let value = Self(exactly: wide) else {
            throw PostgresError.decode("column \(cell.column) holds \(wide), which \(Self.self) can't")
        }
        return value
    }
}

extension Int: PostgresCodable {}
extension Int64: PostgresCodable {}
extension Int32: PostgresCodable {}
extension Int16: PostgresCodable {}

extension Bool: PostgresCodable {
    public static var postgresType: PostgresType { .bool }
    public func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
    public static func decode(_ cell: Cell) throws -> Bool {
        try cell.bytes(of: OID.bool, for: Bool.self).first == 1
    }
}

extension Double: PostgresCodable {
    public static var postgresType: PostgresType { .float8 }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: bitPattern) }
    public static func decode(_ cell: Cell) throws -> Double {
        let bytes = try cell.bytes(of: OID.float8, for: Double.self)
        guard bytes.count == 8 else { throw cell.malformed(Double.self) }
        return Double(bitPattern: bytes.integer(as: UInt64.self))
    }
}

extension String: PostgresCodable {
    public static var postgresType: PostgresType { .inferred }
    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
    public static func decode(_ cell: Cell) throws -> String {
        // Enums and domains have numbers of their own, and send themselves as text.
        let isOwnType = cell.oid >= 16_384
        let bytes =
            isOwnType
            ? try cell.bytes(of: cell.oid, for: String.self)
            : try cell.bytes(
                of: OID.text, OID.varchar, OID.bpchar, OID.name, OID.char, OID.unknown, OID.json, for: String.self)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw cell.malformed(String.self) }
        return text
    }
}

extension UUID: PostgresCodable {
    public static var postgresType: PostgresType { .uuid }
    public func encode(into bytes: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
    }
    public static func decode(_ cell: Cell) throws -> UUID {
        let bytes = try cell.bytes(of: OID.uuid, for: UUID.self)
        guard bytes.count == 16 else { throw cell.malformed(UUID.self) }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public static var postgresType: PostgresType { Wrapped.postgresType }
    public var isNull: Bool { self?.isNull ?? true }
    public func encode(into bytes: inout [UInt8]) { self?.encode(into: &bytes) }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public static func decode(_ cell: Cell) throws -> Wrapped? {
        cell.isNull ? nil : try Wrapped.decode(cell)
    }
}

/// `enum Status: String, PostgresCodable`: stored as its raw value. A raw value the enum doesn't know is an error.
extension RawRepresentable where Self: PostgresEncodable, RawValue: PostgresEncodable {
    public static var postgresType: PostgresType { RawValue.postgresType }
    public func encode(into bytes: inout [UInt8]) { rawValue.encode(into: &bytes) }
}

extension RawRepresentable where Self: PostgresDecodable, RawValue: PostgresDecodable {
    public static func decode(_ cell: Cell) throws -> Self {
        guard let value = Self(rawValue: try RawValue.decode(cell)) else { throw cell.malformed(Self.self) }
        return value
    }
}
