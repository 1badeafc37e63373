/// A statement and its parameters.
///
///     "SELECT \(raw: Article.columns) FROM editorial.article WHERE id = \(id)"
///
/// Interpolated values are bound, never pasted into the text; what is pasted must be static (`raw:`) or SQL itself.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text with `$1`, `$2`, … where values were interpolated.
    public private(set) var text: String
    var parameters: Parameters

    public init(stringLiteral text: String) {
        self.text = text
        parameters = Parameters()
    }

    public init(stringInterpolation: Interpolation) {
        self = stringInterpolation.sql
    }

    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var sql: SQL

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql = SQL(stringLiteral: "")
            sql.text.reserveCapacity(literalCapacity + 4 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) {
            sql.text += literal
        }

        /// Binds a value.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
            sql.parameters.append(value)
            sql.text += "$\(sql.parameters.count)"
        }

        /// Binds a value, or NULL.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            sql.parameters.append(value)
            sql.text += "$\(sql.parameters.count)"
        }

        /// Pastes our own static text: column lists, a schema's name.
        public mutating func appendInterpolation(raw text: StaticString) {
            sql.text += text.description
        }

        /// Splices a statement's part with the values bound in it.
        public mutating func appendInterpolation(_ part: SQL) {
            sql.append(part)
        }
    }

    /// Joins two parts.
    public static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    public static func += (left: inout SQL, right: SQL) {
        left.append(right)
    }

    /// Joins parts with a separator between them; empty when there is none.
    public static func joined(_ parts: [SQL], separator: SQL) -> SQL {
        guard var sum = parts.first else { return "" }
        for part in parts.dropFirst() {
            sum.append(separator)
            sum.append(part)
        }
        return sum
    }

    private mutating func append(_ part: SQL) {
        let offset = parameters.count
        text += offset == 0 || part.parameters.count == 0 ? part.text : part.text(numberedFrom: offset)
        parameters.append(part.parameters)
    }

    /// The text with every `$n` raised. A part's own text holds `$n` only where a value was interpolated: a dollar sign
    /// before a digit in a literal would be a parameter to PostgreSQL as well.
    private func text(numberedFrom offset: Int) -> String {
        var raised = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            raised += rest[..<dollar]
            let digits = rest[rest.index(after: dollar)...].prefix { $0.isASCII && $0.isNumber }
            if let number = Int(digits) { raised += "$\(number + offset)" } else { raised += "$" + digits }
            rest = rest[digits.endIndex...]
        }
        return raised + rest
    }
}

/// The values bound to a statement: one buffer for all, and where each lies in it.
struct Parameters: Sendable {
    struct Place: Sendable {
        let type: UInt32
        let format: Int32
        /// Where the value begins in `bytes`; -1 for NULL.
        let offset: Int
        let length: Int
    }

    private(set) var bytes: [UInt8] = []
    private(set) var places: [Place] = []

    var count: Int { places.count }

    mutating func append<Value: PostgresEncodable>(_ value: Value) {
        let type = Value.postgresType
        guard !value.isNull else {
            places.append(Place(type: type.oid, format: type.format, offset: -1, length: 0))
            return
        }
        let offset = bytes.count
        value.encode(into: &bytes)
        places.append(Place(type: type.oid, format: type.format, offset: offset, length: bytes.count - offset))
        // Text parameters are C strings to libpq.
        if type.format == PostgresType.textFormat { bytes.append(0) }
    }

    mutating func append(_ others: Parameters) {
        let shift = bytes.count
        bytes += others.bytes
        places += others.places.map {
            Place(
                type: $0.type, format: $0.format, offset: $0.offset < 0 ? -1 : $0.offset + shift, length: $0.length)
        }
    }

    /// Refuses what libpq would cut short or the protocol can't number.
    func requireSendable() throws {
        guard count <= 65_535 else {
            throw PostgresError.unsendable("\(count) parameters; the protocol carries 65,535")
        }
        for place in places where place.format == PostgresType.textFormat && place.offset >= 0 {
            guard !bytes[place.offset..<place.offset + place.length].contains(0) else {
                throw PostgresError.unsendable("a text has a NUL character in it, which PostgreSQL can't store")
            }
        }
    }
}
