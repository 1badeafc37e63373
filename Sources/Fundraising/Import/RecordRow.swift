internal import Values

/// A row of a file of records: its fields by what they are called here, and what is wrong with it.
struct RecordRow {
    let line: Int
    private let row: CSVReader.Row
    /// The file's heading by the column's first name.
    private let headings: [String: String]
    private(set) var mistakes: [FileMistake] = []

    init(_ row: CSVReader.Row, headings: [String: String]) {
        line = row.line
        self.row = row
        self.headings = headings
    }

    /// Without white space around it; nil where there is none.
    subscript(column: String) -> String? {
        guard let heading = headings[column], let field = row[heading] else { return nil }
        let text = field.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return text.isEmpty ? nil : String(text)
    }

    func has(_ column: String) -> Bool { headings[column] != nil }

    mutating func refuse(_ column: String, _ reason: String) {
        mistakes.append(
            FileMistake(line: line, column: headings[column] ?? column, value: self[column], reason: reason))
    }

    /// A card number anywhere in the row, in columns nobody reads as well, is named and not repeated.
    mutating func refuseCardNumbers(_ columns: [String]) {
        for (column, field) in zip(columns, row.fields) where CardNumber.isContained(in: field) {
            mistakes.append(
                FileMistake(
                    line: line, column: CardNumber.isContained(in: column) ? nil : column,
                    reason: "this looks like a card number (not repeated here); remove it from the file"))
        }
    }

    // MARK: One field each

    private static let longestID = 255

    mutating func required(_ column: String) -> String? {
        guard let text = self[column] else {
            refuse(column, "it is empty")
            return nil
        }
        return text
    }

    /// An id of the other system's; nil where there is none, or it is too long.
    mutating func id(_ column: String) -> String? {
        guard let text = self[column] else { return nil }
        guard text.utf8.count <= Self.longestID else {
            refuse(column, "it is longer than \(Self.longestID) bytes")
            return nil
        }
        return text
    }

    mutating func requiredID(_ column: String) -> String? {
        guard required(column) != nil else { return nil }
        return id(column)
    }

    mutating func currency(_ column: String) -> Currency? {
        guard let text = required(column) else { return nil }
        do { return try Currency(text) } catch {
            refuse(column, error.reason)
            return nil
        }
    }

    /// An exact amount with its sign; nil where there is none, or it isn't one.
    mutating func amount(_ column: String, _ currency: Currency, _ style: AmountStyle = .plain) -> Money? {
        guard let text = required(column) else { return nil }
        do { return try style.amount(text, currency) } catch {
            refuse(column, error.reason)
            return nil
        }
    }

    /// `2026-01-05 14:03:59` or without seconds, in UTC.
    mutating func utc(_ column: String) -> Timestamp? {
        guard let text = required(column) else { return nil }
        do { return try WrittenTime.instant(text, in: .utc) } catch {
            refuse(column, error.reason)
            return nil
        }
    }

    mutating func email(_ column: String) -> EmailAddress? {
        guard let text = self[column] else { return nil }
        do { return try EmailAddress(text) } catch {
            refuse(column, error.reason)
            return nil
        }
    }

    mutating func name(_ column: String) -> String? {
        guard let text = self[column] else { return nil }
        guard text.utf8.count <= TypedText.name else {
            refuse(column, "it is longer than \(TypedText.name) bytes")
            return nil
        }
        return text
    }
}
