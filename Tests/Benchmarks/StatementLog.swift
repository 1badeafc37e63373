import Foundation
import Postgres
import TestDatabase

/// What a PostgreSQL server logged with `log_statement = all`, in order: each statement with its parameters, as they can be
/// sent again by pgbench.
struct StatementLog {
    struct Statement {
        /// With `$1`, `$2` … where parameters stand.
        let sql: String
        /// Nil for NULL.
        let parameters: [String?]
    }

    let statements: [Statement]

    /// Reads what a server with the default prefix (`%m [%p] `) wrote: a line that begins with a tab goes on with the
    /// one before.
    init(_ text: some StringProtocol) {
        var entries: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.first == "\t" {
                entries[entries.count - 1] += "\n" + line.dropFirst()
            } else {
                entries.append(String(line))
            }
        }
        var statements: [Statement] = []
        for entry in entries {
            if let sql = entry.part(after: "LOG:  statement: ") {
                statements.append(Statement(sql: sql, parameters: []))
            } else if let execute = entry.part(after: "LOG:  execute "), let colon = execute.range(of: ": ") {
                statements.append(Statement(sql: String(execute[colon.upperBound...]), parameters: []))
            } else if let detail = entry.part(after: "DETAIL:  parameters: "), let last = statements.popLast() {
                statements.append(Statement(sql: last.sql, parameters: Self.parameters(detail)))
            }
        }
        self.statements = statements
    }

    /// What `body` lets the program send after it called the closure that it is given. Before that it may connect and
    /// prepare.
    static func of(
        _ test: TestDatabase, _ superuser: Database, _ body: (_ begin: () throws -> Void) async throws -> Void
    ) async throws -> StatementLog {
        let name = test.name
        try await superuser.statement { db in
            try db.script("ALTER ROLE masthead_app IN DATABASE \(name) SET log_statement = 'all'")
        }
        let log = URL(fileURLWithPath: test.server.folder + "/log")
        var before = 0
        try await body { before = try Data(contentsOf: log).count }
        let text = String(decoding: try Data(contentsOf: log).dropFirst(before), as: UTF8.self)
        try await superuser.statement { db in
            try db.script("ALTER ROLE masthead_app IN DATABASE \(name) RESET log_statement")
        }
        return StatementLog(text)
    }

    /// Reads `$1 = 'it''s', $2 = NULL`.
    private static func parameters(_ text: String) -> [String?] {
        var values: [String?] = []
        var rest = Substring(text)
        while let equals = rest.range(of: " = ") {
            rest = rest[equals.upperBound...]
            guard rest.first == "'" else {
                values.append(nil)
                continue
            }
            rest = rest.dropFirst()
            var value = ""
            while let quote = rest.firstIndex(of: "'") {
                value += rest[..<quote]
                rest = rest[rest.index(after: quote)...]
                guard rest.first == "'" else { break }
                value += "'"
                rest = rest.dropFirst()
            }
            values.append(value)
        }
        return values
    }
}

extension String {
    fileprivate func part(after marker: String) -> String? {
        range(of: marker).map { String(self[$0.upperBound...]) }
    }
}
