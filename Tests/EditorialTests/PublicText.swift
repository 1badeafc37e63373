import Postgres
import TestDatabase

extension Desk {
    /// Every relation the public's role may read, by its name with the schema.
    func publicRelations() async throws -> [String] {
        try await test.reader.read { db in
            try db.rows(
                """
                SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                WHERE n.nspname IN ('access', 'journal', 'editorial', 'fundraising', 'audience', 'delivery') \
                AND c.relkind IN ('r', 'p', 'v', 'm') AND has_schema_privilege(n.oid, 'USAGE') \
                AND has_any_column_privilege(c.oid, 'SELECT') ORDER BY 1
                """
            ) { try $0.next(String.self) }
        }
    }

    /// Everything the public's role can read, as one text in small letters; bytes as what they spell.
    func publicText() async throws -> String {
        let relations = try await publicRelations()
        precondition(relations.contains("editorial.public_article"), "the views weren't found")
        return try await test.reader.read { db in
            var all = ""
            for relation in relations {
                let name = SQL(stringLiteral: relation)
                all += try db.rows("SELECT v::text FROM \(name) AS v") { try $0.next(String.self) }
                    .joined(separator: "\n")
                // Bytes are printed as digits: what they spell has to be looked at, too.
                let columns = try db.rows(
                    """
                    SELECT attname::text FROM pg_attribute WHERE attrelid = \(relation)::regclass AND attnum > 0 \
                    AND atttypid = 'bytea'::regtype
                    """
                ) { try $0.next(String.self) }
                for column in columns {
                    all += try db.rows(
                        "SELECT encode(\(SQL(stringLiteral: column)), 'escape') FROM \(name)"
                    ) { try $0.next(String?.self) ?? "" }.joined(separator: "\n")
                }
            }
            return all.lowercased()
        }
    }
}
