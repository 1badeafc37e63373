/// SQL as these tests read it: what it names.
enum SQLText {
    /// Whether a literal is a statement or a part of one: it has a word of SQL in capitals, as ours are written.
    static func looksLikeSQL(_ text: String) -> Bool { text.contains(capitals) }

    /// Whether a literal is a statement of its own; one in the middle of a help text isn't.
    static func isStatement(_ text: String) -> Bool { text.prefixMatch(of: statement) != nil }

    private static var capitals: Regex<Substring> {
        /\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN|WHERE|WITH|TRUNCATE|COPY|LOCK TABLE|CALL|EXISTS|ORDER BY|AND|OR|UNION)\b/
    }

    private static var statement: Regex<Substring> {
        /\s*(?:SELECT|INSERT INTO|UPDATE \S+ SET|DELETE FROM|WITH \S+ AS|TRUNCATE|COPY|LOCK TABLE|CALL)\b/
    }

    /// Every name with one of our schemas before it.
    static func names(_ text: String) -> [QualifiedName] {
        text.matches(of: /\b([a-z_]+)\.([a-z_][a-z_0-9]*)/).compactMap { match in
            let name = QualifiedName(schema: String(match.1), object: String(match.2))
            return Architecture.schemas[name.schema] == nil ? nil : name
        }
    }

    /// Without `--` comments.
    static func withoutComments(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in line.firstRange(of: "--").map { String(line[..<$0.lowerBound]) } ?? String(line) }
            .joined(separator: "\n")
    }

    /// The names we gave: after CONSTRAINT, and of indexes.
    static func givenNames(_ text: String) -> Set<String> {
        let constraints = text.matches(of: /(?i)\bCONSTRAINT\s+([a-z_][a-z_0-9]*)/).map { String($0.1) }
        let indexes = text.matches(of: /(?i)\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?([a-z_][a-z_0-9]*)/)
            .map { String($0.1) }
        return Set(constraints).union(indexes)
    }
}
