import Foundation
import Postgres
import Sodium

/// A pgbench script that sends the statements of a log again, each time for rows of its own.
///
/// Values that belong to the recorded life are told by their looks: its number in texts, ids by the million of their
/// table (see `spreadIdentities`), and the hash of its text. Everything else is sent as it was.
struct PgbenchScript {
    let text: String
    /// Statements sent, BEGIN and COMMIT among them.
    let count: Int

    /// Each identity of the schema starts in a range of ten million of its own, so that a number in a parameter says
    /// which table's id it is. Returns the tables by range.
    static func spreadIdentities(_ db: Connection) throws -> [Int: String] {
        let tables = try db.rows(
            """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id' AND a.attidentity <> '' \
            WHERE n.nspname = 'editorial' AND c.relkind = 'r' ORDER BY c.relname
            """
        ) { try $0.next(String.self) }
        var byRange: [Int: String] = [:]
        for (index, table) in tables.enumerated() where !["section", "contributor"].contains(table) {
            let range = index + 101
            byRange[range] = table
            try db.script("ALTER TABLE editorial.\(table) ALTER COLUMN id RESTART WITH \(range * 10_000_000 + 1)")
        }
        return byRange
    }

    init(_ log: StatementLog, number: String, tables: [Int: String]) {
        var sample = Sample(number: number, tables: tables)
        var lines = ["\\set i :i + 1", "\\set n 400000000 + :round * 10000000 + :client_id * 100000 + :i"]
        for statement in log.statements {
            let sql = Self.filled(statement.sql, statement.parameters.map { sample.literal($0) })
            let inserted = sql.firstMatch(of: /^\s*INSERT INTO editorial\.([a-z_]+)[\s\S]*RETURNING id/)
            lines.append(sql + (inserted.map { " \\gset \($0.1)_" } ?? ";"))
        }
        text = lines.joined(separator: "\n") + "\n"
        count = log.statements.count
    }

    /// The statement with its parameters in their places.
    private static func filled(_ sql: String, _ parameters: [String]) -> String {
        sql.replacing(/\$([0-9]+)/) { match in
            guard let index = Int(match.1), parameters.indices.contains(index - 1) else { return String(match.0) }
            return parameters[index - 1]
        }
    }
}

/// The recorded life, and what of it is put otherwise each time.
private struct Sample {
    let number: String
    let tables: [Int: String]
    /// The recorded text's hash as the server prints it, and the SQL of the text that stands in its place.
    private var content: (hash: String, sql: String)?

    init(number: String, tables: [Int: String]) {
        self.number = number
        self.tables = tables
    }

    mutating func literal(_ value: String?) -> String {
        guard let value else { return "NULL" }
        if value.hasPrefix("\\x"), let bytes = Hex.bytes(value.dropFirst(2)) {
            if let content, value == content.hash { return "sha256(\(content.sql))" }
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.contains(number) else { return quoted(value) }
            let sql = "convert_to(\(concatenated(text)), 'UTF8')"
            content = ("\\x" + Hex.text(SHA256.hash(bytes)), sql)
            return sql
        }
        if let variable = variable(value) { return variable }
        let text = concatenated(value)
        // The type of a literal is taken from its place, the type of a concatenation isn't.
        guard text.first == "(", value.first == "{" else { return text }
        return text + (value.hasPrefix("{\"") ? "::jsonb" : "::bigint[]")
    }

    private func variable(_ digits: some StringProtocol) -> String? {
        if digits == number { return ":n" }
        guard let id = Int(digits), let table = tables[id / 10_000_000] else { return nil }
        return ":\(table)_id"
    }

    /// A text in which the life's number and ids are variables.
    private func concatenated(_ text: String) -> String {
        var parts: [String] = []
        var plain = ""
        var rest = Substring(text)
        while let match = rest.firstMatch(of: /[0-9]{9,10}/) {
            plain += rest[..<match.range.lowerBound]
            if let variable = variable(match.0) {
                parts += [quoted(plain), "\(variable)::text"]
                plain = ""
            } else {
                plain += match.0
            }
            rest = rest[match.range.upperBound...]
        }
        parts.append(quoted(plain + rest))
        guard parts.count > 1 else { return parts[0] }
        return "(\(parts.joined(separator: " || ")))"
    }

    /// pgbench takes a colon before a letter for a variable's name, within quotes too.
    private func quoted(_ text: String) -> String {
        let safe = text.replacing("\\", with: "\\\\").replacing("'", with: "''").replacing(":", with: "\\x3a")
        return "E'\(safe)'"
    }
}
