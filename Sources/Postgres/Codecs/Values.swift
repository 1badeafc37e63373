public import Values

/// The values of `Values` as columns.

extension ID: PostgresCodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .int8 }
    public static var elementOID: UInt32 { OID.int8 }
    public static var arrayType: PostgresType { .binary(OID.int8Array) }
    public func encode(into bytes: inout [UInt8]) { rawValue.encode(into: &bytes) }
    public static func decode(_ cell: Cell) throws -> ID { ID(try Int64.decode(cell)) }
}

/// `timestamptz`: microseconds since 2000-01-01T00:00:00Z.
extension Timestamp: PostgresCodable, PostgresArrayElement {
    /// 2000-01-01T00:00:00Z in microseconds since 1970.
    private static let epoch: Int64 = 946_684_800_000_000

    public static var postgresType: PostgresType { .timestamptz }
    public static var elementOID: UInt32 { OID.timestamptz }
    public static var arrayType: PostgresType { .binary(OID.timestamptzArray) }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: microseconds - Self.epoch) }
    public static func decode(_ cell: Cell) throws -> Timestamp {
        let bytes = try cell.bytes(of: OID.timestamptz, for: Timestamp.self)
        guard bytes.count == 8 else { throw cell.malformed(Timestamp.self) }
        let (microseconds, overflow) = bytes.integer(as: Int64.self).addingReportingOverflow(epoch)
        // infinity is Int64.max, -infinity Int64.min.
        guard !overflow, microseconds != .min + epoch else { throw cell.malformed(Timestamp.self) }
        return Timestamp(microseconds: microseconds)
    }
}

/// `date`: days since 2000-01-01.
extension LocalDate: PostgresCodable, PostgresArrayElement {
    /// 2000-01-01 in days since 1970-01-01.
    private static let epoch = 10_957

    public static var postgresType: PostgresType { .date }
    public static var elementOID: UInt32 { OID.date }
    public static var arrayType: PostgresType { .binary(OID.dateArray) }
    public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: Int32(daysSince1970 - Self.epoch)) }
    public static func decode(_ cell: Cell) throws -> LocalDate {
        let bytes = try cell.bytes(of: OID.date, for: LocalDate.self)
        guard bytes.count == 4 else { throw cell.malformed(LocalDate.self) }
        let days = bytes.integer(as: Int32.self)
        guard days != .max, days != .min else { throw cell.malformed(LocalDate.self) }
        return LocalDate(daysSince1970: Int(days) + epoch)
    }
}

extension Slug: PostgresCodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .inferred }
    public static var elementOID: UInt32 { OID.text }
    public static var arrayType: PostgresType { .binary(OID.textArray) }
    public func encode(into bytes: inout [UInt8]) { text.encode(into: &bytes) }
    public static func decode(_ cell: Cell) throws -> Slug {
        do { return try Slug(String.decode(cell)) } catch is ValueError { throw cell.malformed(Slug.self) }
    }
}

extension EmailAddress: PostgresCodable, PostgresArrayElement {
    public static var postgresType: PostgresType { .inferred }
    public static var elementOID: UInt32 { OID.text }
    public static var arrayType: PostgresType { .binary(OID.textArray) }
    public func encode(into bytes: inout [UInt8]) { text.encode(into: &bytes) }
    public static func decode(_ cell: Cell) throws -> EmailAddress {
        do { return try EmailAddress(String.decode(cell)) } catch is ValueError {
            throw cell.malformed(EmailAddress.self)
        }
    }
}

extension Currency: PostgresCodable {
    public static var postgresType: PostgresType { .inferred }
    public func encode(into bytes: inout [UInt8]) { code.encode(into: &bytes) }
    public static func decode(_ cell: Cell) throws -> Currency {
        do { return try Currency(String.decode(cell)) } catch is ValueError { throw cell.malformed(Currency.self) }
    }
}

extension JSON: PostgresCodable {
    public static var postgresType: PostgresType { .jsonb }
    public func encode(into bytes: inout [UInt8]) { bytes += canonical() }
    public static func decode(_ cell: Cell) throws -> JSON {
        let bytes = try cell.bytes(of: OID.json, OID.jsonb, for: JSON.self)
        // jsonb's binary form is a version byte, 1, and the text.
        let text = cell.oid == OID.jsonb ? bytes.dropFirst() : bytes[...]
        do { return try JSON(parsing: Array(text)) } catch { throw cell.malformed(JSON.self) }
    }
}
