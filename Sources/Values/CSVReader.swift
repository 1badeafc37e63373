/// Reads comma-separated values (RFC 4180) as spreadsheets and payment processors really write them: with a byte order
/// mark or in UTF-16, with CRLF, LF or lone CR line ends, with quotes over several lines.
///
/// What can't be read one way only is refused with its line, counted as a text editor counts: a quote that never
/// closes, text after a closing quote, a row with too many or too few fields, a NUL byte.
///
///     var reader = try CSVReader(bytes)
///     try reader.readHeader(required: ["email", "amount"])
///     while let row = try reader.next() { … row["amount"] … row.line … }
public struct CSVReader: Sendable {
    /// What one file may ask of memory.
    public struct Limits: Sendable {
        public var fieldBytes: Int
        public var columns: Int

        /// A field of 1 MiB and 1,000 columns: more than any export has, less than hurts.
        public init(fieldBytes: Int = 1 << 20, columns: Int = 1_000) {
            self.fieldBytes = fieldBytes
            self.columns = columns
        }
    }

    public struct Row: Sendable {
        /// The line of the file on which the row begins; the first is 1.
        public let line: Int
        public let fields: [String]
        fileprivate let places: [String: Int]

        /// The field under that heading; nil when the file has no such column.
        public subscript(column: String) -> String? { places[column].map { fields[$0] } }
    }

    private let bytes: [UInt8]
    private let limits: Limits
    private let delimiter: UInt8
    private var position = 0
    private var line = 1
    private var places: [String: Int] = [:]
    private var width: Int?

    /// Throws when the bytes are not text in UTF-8, or in UTF-16 with a byte order mark.
    public init(_ bytes: [UInt8], delimiter: Character = ",", limits: Limits = Limits()) throws(CSVError) {
        self.bytes = try CSVEncoding.utf8(bytes)
        self.limits = limits
        self.delimiter = delimiter.asciiValue ?? UInt8(ascii: ",")
    }

    /// Reads the first row as headings, in whatever order they stand. Throws when there is none, when a required one
    /// is missing, when one comes twice, or (with `optional` given) when one is unknown.
    /// Returns the headings in the file's order.
    @discardableResult
    public mutating func readHeader(
        required: [String], optional: [String]? = nil
    ) throws(CSVError) -> [String] {
        guard let row = try next() else { throw CSVError(line: 1, reason: "the file is empty") }
        let headings = row.fields.map(\.trimmed)
        for (place, heading) in headings.enumerated() {
            guard places.updateValue(place, forKey: heading) == nil else {
                throw CSVError(line: row.line, reason: "the column \"\(heading)\" comes twice")
            }
        }
        let missing = required.filter { places[$0] == nil }
        guard missing.isEmpty else {
            let areTabs = headings.count == 1 && headings[0].contains("\t")
            throw CSVError(
                line: row.line,
                reason: areTabs
                    ? "the columns are separated by tabs; write it with commas (--format csv)"
                    : "missing columns: \(missing.joined(separator: ", "))")
        }
        if let optional {
            let unknown = headings.filter { !required.contains($0) && !optional.contains($0) }
            guard unknown.isEmpty else {
                let allowed = (required + optional).joined(separator: ", ")
                throw CSVError(
                    line: row.line, reason: "unknown columns: \(unknown.joined(separator: ", ")) (known: \(allowed))")
            }
        }
        return headings
    }

    /// The next row, nil after the last. Lines with nothing on them are stepped over.
    public mutating func next() throws(CSVError) -> Row? {
        while skipLineEnd() {}
        guard position < bytes.count else { return nil }
        let start = line
        var fields: [String] = []
        repeat {
            guard fields.count < limits.columns else {
                throw CSVError(line: line, reason: "more than \(limits.columns) fields in one row")
            }
            fields.append(try field())
        } while skip(delimiter)
        guard position == bytes.count || skipLineEnd() else {
            throw CSVError(line: line, reason: "text follows a closing quote")
        }
        if let width, fields.count != width {
            throw CSVError(line: start, reason: "\(fields.count) fields where the first row has \(width)")
        }
        width = fields.count
        return Row(line: start, fields: fields, places: places)
    }

    private mutating func field() throws(CSVError) -> String {
        guard position < bytes.count, bytes[position] == Self.quote else { return try bareField() }
        let opened = line
        position += 1
        var content: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            if byte == Self.quote {
                position += 1
                guard position < bytes.count, bytes[position] == Self.quote else {
                    return try text(content[...], opened)
                }
                content.append(byte)
                position += 1
            } else if byte == Self.lineFeed || byte == Self.carriageReturn {
                let start = position
                _ = skipLineEnd()
                content += bytes[start..<position]
            } else {
                content.append(byte)
                position += 1
            }
            guard content.count <= limits.fieldBytes else { throw tooLong(opened) }
        }
        throw CSVError(line: opened, reason: "a quote opens here and never closes")
    }

    private mutating func bareField() throws(CSVError) -> String {
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn { break }
            guard byte != Self.quote else {
                throw CSVError(line: line, reason: "a quote stands inside a field that doesn't begin with one")
            }
            position += 1
        }
        guard position - start <= limits.fieldBytes else { throw tooLong(line) }
        return try text(bytes[start..<position], line)
    }

    private func text(_ content: ArraySlice<UInt8>, _ line: Int) throws(CSVError) -> String {
        guard !content.contains(0) else {
            throw CSVError(line: line, reason: "a NUL byte (is this UTF-16 without its byte order mark?)")
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw CSVError(line: line, reason: "not valid UTF-8 (save the file as UTF-8)")
        }
        return text
    }

    private func tooLong(_ line: Int) -> CSVError {
        CSVError(line: line, reason: "a field is longer than \(limits.fieldBytes) bytes")
    }

    // MARK: Bytes

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// CRLF, LF or a lone CR (old Mac exports): one line each.
    private mutating func skipLineEnd() -> Bool {
        guard position < bytes.count else { return false }
        if bytes[position] == Self.carriageReturn {
            position += 1
            if position < bytes.count, bytes[position] == Self.lineFeed { position += 1 }
        } else if bytes[position] == Self.lineFeed {
            position += 1
        } else {
            return false
        }
        line += 1
        return true
    }
}

/// What is wrong with a CSV file, and on which line (from 1).
public struct CSVError: Error, Equatable, Sendable, CustomStringConvertible {
    public let line: Int
    public let reason: String

    public init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }

    public var description: String { "line \(line): \(reason)" }
}
