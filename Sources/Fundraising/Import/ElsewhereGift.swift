internal import Postgres
internal import Values

/// A line of an export whose gift didn't come from a gifts file: an event, another file or somebody here brought it.
struct ElsewhereGift {
    let line: Int
    let source: String
    let externalID: String
    let amount: Money

    /// Those that the books don't have, or not of that amount.
    static func mistakes(_ gifts: [ElsewhereGift], _ db: Connection, limit: Int) throws -> [FileMistake] {
        guard !gifts.isEmpty else { return [] }
        return try db.rows(
            """
            SELECT s.line, s.source, s.external_id FROM unnest(\(gifts.map { Int64($0.line) }), \
            \(gifts.map(\.source)), \(gifts.map(\.externalID)), \(gifts.map(\.amount.minor)), \
            \(gifts.map(\.amount.currency.code))) AS s (line, source, external_id, minor, currency) \
            LEFT JOIN fundraising.gift g ON g.source = s.source AND g.external_id = s.external_id \
            AND g.intended_minor = s.minor AND g.currency = s.currency WHERE g.id IS NULL ORDER BY s.line \
            LIMIT \(limit)
            """
        ) { row in
            let (line, source, id) = (try row.next(Int.self), try row.next(String.self), try row.next(String.self))
            return FileMistake(
                line: line, column: "source", value: source,
                reason: "the books have no such gift \(id) of \(source), which only its own way brings in")
        }
    }
}

/// Text of a spreadsheet in which what could be a formula is kept from being one.
enum ArmedText {
    /// What begins a formula, and the apostrophe itself: an export puts an apostrophe before each.
    private static let guarded: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "'", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}",
    ]

    static func restored(_ text: String) -> String {
        guard text.utf8.first == UInt8(ascii: "'"), let next = text.unicodeScalars.dropFirst().first,
            guarded.contains(next)
        else { return text }
        return String(text.unicodeScalars.dropFirst())
    }

    /// The same array where nothing has to be restored: a million rows are read here.
    static func restored(_ fields: [String]) -> [String] {
        guard fields.contains(where: { $0.utf8.first == UInt8(ascii: "'") }) else { return fields }
        return fields.map(restored)
    }
}
