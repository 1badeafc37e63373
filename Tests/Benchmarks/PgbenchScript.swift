import Foundation
import Postgres
import Sodium
import TestDatabase

/// A pgbench script that sends the statements of a log again, each time for rows of its own.
///
/// Values that belong to the recorded life are told by their looks: its number in texts, ids by the million of their
/// table (see `spreadIdentities`), and the hash of its text. Everything else is sent as it was.
struct PgbenchScript {
    let text: String
    /// Statements sent, BEGIN and COMMIT among them.
    let count: Int

    /// Each identity of the schema, but those of `fixed` tables, starts in a range of ten million of its own, so that a
    /// number in a parameter says which table's id it is. Returns the tables by range.
    static func spreadIdentities(_ db: Connection, in schema: String, fixed: Set<String> = []) throws -> [Int: String] {
        let tables = try db.rows(
            """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'id' AND a.attidentity <> '' \
            WHERE n.nspname = \(schema) AND c.relkind = 'r' ORDER BY c.relname
            """
        ) { try $0.next(String.self) }
        var byRange: [Int: String] = [:]
        for (index, table) in tables.enumerated() where !fixed.contains(table) {
            let range = index + 101
            byRange[range] = table
            try db.script("ALTER TABLE \(schema).\(table) ALTER COLUMN id RESTART WITH \(range * 10_000_000 + 1)")
        }
        return byRange
    }

    init(_ log: StatementLog, number: String, tables: [Int: String]) {
        var sample = Sample(number: number, tables: tables)
        var lines = ["\\set i :i + 1", "\\set n 400000000 + :round * 10000000 + :client_id * 100000 + :i"]
        for statement in log.statements {
            let sql = Self.filled(statement.sql, statement.parameters.map { sample.literal($0) })
            let inserted = sql.firstMatch(of: /^\s*INSERT INTO [a-z]+\.([a-z_]+)[\s\S]*RETURNING id/)
            lines.append(sql + (inserted.map { " \\gset \($0.1)_" } ?? ";"))
        }
        text = lines.joined(separator: "\n") + "\n"
        count = log.statements.count
    }

    /// Runs the script so many times on each of so many connections, and gives how often a second.
    func perSecond(by pgbench: String, on test: TestDatabase, connections: Int, times: Int, round: Int) throws -> Double
    {
        let file = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString).sql")
        defer { try? FileManager.default.removeItem(at: file) }
        try text.write(to: file, atomically: true, encoding: .utf8)
        let answer = try run(
            pgbench,
            [
                "-n", "-M", "prepared", "-f", file.path, "-c", "\(connections)", "-j", "2", "-t", "\(times)", "-D",
                "i=0",
                "-D", "round=\(round)", "-h", test.server.folder, "-U", "masthead_app", test.name,
            ])
        guard let line = answer.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let figure = Double(line.dropFirst(6).prefix { $0 != " " }),
            answer.contains("number of failed transactions: 0 ")
        else { throw CommandFailed(description: "pgbench did not do it: \(answer)") }
        return figure
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
        if value.contains("\":") { return text + "::jsonb" }
        return text + (value.contains(where: \.isLetter) ? "::text[]" : "::bigint[]")
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
