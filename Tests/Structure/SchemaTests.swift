import Foundation
import Postgres
import TestDatabase
import Testing

/// What the migrations made, read back from the catalogue.
struct SchemaTests {
    private static let ours: SQL = """
        n.nspname NOT IN ('pg_catalog', 'information_schema', 'migration') AND n.nspname NOT LIKE 'pg\\_%'
        """

    private func lines(_ database: Database, _ query: SQL) async throws -> [String] {
        try await database.read { db in try db.rows(query) { try $0.next(String.self) } }
    }

    /// `schema.table -> schema.table` for every foreign key that leaves its schema to a table nobody shares.
    private func strayKeys(_ database: Database) async throws -> [String] {
        let keys = try await lines(
            database,
            """
            SELECT n.nspname || '.' || c.relname || ' -> ' || fn.nspname || '.' || f.relname FROM pg_constraint AS k \
            JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace \
            JOIN pg_class AS f ON f.oid = k.confrelid JOIN pg_namespace AS fn ON fn.oid = f.relnamespace \
            WHERE k.contype = 'f' AND n.oid <> fn.oid AND k.conparentid = 0 ORDER BY 1
            """)
        return keys.filter { key in !Architecture.sharedTables.contains { key.hasSuffix(" -> " + $0) } }
    }

    /// Constraints that PostgreSQL named, not we. Code catches constraints by name, so a name is a promise.
    private func unnamed(_ database: Database, given: Set<String>) async throws -> [String] {
        let constraints = try await lines(
            database,
            """
            SELECT n.nspname || '.' || k.conname FROM pg_constraint AS k \
            JOIN pg_namespace AS n ON n.oid = k.connamespace \
            WHERE \(Self.ours) AND k.contype NOT IN ('n', 't') AND k.conparentid = 0 AND k.coninhcount = 0 ORDER BY 1
            """)
        #expect(constraints.count > 20, "the constraints weren't found")
        return constraints.filter { name in !given.contains(String(name.drop { $0 != "." }.dropFirst())) }
    }

    private static func givenNames() throws -> Set<String> {
        let folder = packageFolder + "/Migrations"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }
        return try files.reduce(into: []) { names, file in
            names.formUnion(SQLText.givenNames(try String(contentsOfFile: folder + "/" + file, encoding: .utf8)))
        }
    }

    @Test func foreignKeysLeaveTheirSchemaToAccountsAndArticlesOnly() async throws {
        try await withTestDatabase { test in
            let before = try await strayKeys(test.owner)
            #expect(before == [])
            try await test.owner.transaction { db in
                try db.script("CREATE TABLE journal.planted (a text REFERENCES access.role (role))")
            }
            let planted = try await strayKeys(test.owner)
            #expect(planted == ["journal.planted -> access.role"])
        }
    }

    @Test func everyConstraintHasANameOfOurs() async throws {
        try await withTestDatabase { test in
            let given = try Self.givenNames()
            let before = try await unnamed(test.owner, given: given)
            #expect(before == [])
            try await test.owner.transaction { db in
                try db.script("CREATE TABLE journal.planted (a bigint UNIQUE CHECK (a > 0))")
            }
            let planted = try await unnamed(test.owner, given: given)
            #expect(planted == ["journal.planted_a_check", "journal.planted_a_key"])
        }
    }

    /// The slugs are those that were ever public: what is in every link.
    @Test func theReaderSeesPublicViewsAndNothingElse() async throws {
        try await withTestDatabase { test in
            func seen() async throws -> [String] {
                try await lines(
                    test.owner,
                    """
                    SELECT n.nspname || '.' || c.relname FROM pg_class AS c \
                    JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE \(Self.ours) \
                    AND c.relkind IN ('r', 'p', 'v', 'm', 'S') \
                    AND (has_any_column_privilege('masthead_reader', c.oid, 'SELECT, INSERT, UPDATE') \
                    OR has_table_privilege('masthead_reader', c.oid, 'DELETE, TRUNCATE')) \
                    AND NOT (c.relkind = 'v' AND c.relname LIKE 'public\\_%') \
                    AND c.oid <> 'editorial.slug'::regclass ORDER BY 1
                    """)
            }
            let before = try await seen()
            #expect(before == [])
            try await test.owner.transaction { db in
                try db.script("GRANT SELECT (email) ON access.account TO masthead_reader")
            }
            let planted = try await seen()
            #expect(planted == ["access.account"])
        }
    }

    @Test func theAppRoleNeitherEmptiesTablesNorMakesObjects() async throws {
        try await withTestDatabase { test in
            let tables = try await lines(
                test.owner,
                """
                SELECT n.nspname || '.' || c.relname FROM pg_class AS c \
                JOIN pg_namespace AS n ON n.oid = c.relnamespace \
                WHERE \(Self.ours) AND c.relkind IN ('r', 'p', 'v', 'm') \
                AND has_table_privilege('masthead_app', c.oid, 'TRUNCATE, REFERENCES, TRIGGER') ORDER BY 1
                """)
            #expect(tables == [])
            let schemas = try await lines(
                test.owner,
                """
                SELECT n.nspname::text FROM pg_namespace AS n, unnest(ARRAY['masthead_app', 'masthead_reader']) AS r \
                WHERE n.nspname <> 'pg_temp' AND n.nspname NOT LIKE 'pg\\_%temp\\_%' \
                AND has_schema_privilege(r, n.oid, 'CREATE') ORDER BY 1
                """)
            #expect(schemas == [])
        }
    }

    @Test func functionsWithTheOwnersRightsFixTheirSearchPath() async throws {
        try await withTestDatabase { test in
            func loose() async throws -> [String] {
                try await lines(
                    test.owner,
                    """
                    SELECT n.nspname || '.' || p.proname FROM pg_proc AS p \
                    JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE \(Self.ours) AND p.prosecdef \
                    AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp'] ORDER BY 1
                    """)
            }
            let before = try await loose()
            #expect(before == [])
            try await test.owner.transaction { db in
                try db.script(
                    "CREATE FUNCTION journal.planted() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
            }
            let planted = try await loose()
            #expect(planted == ["journal.planted"])
        }
    }

    @Test func functionsAreRunByThoseTheyWereGrantedTo() async throws {
        try await withTestDatabase { test in
            let open = try await lines(
                test.owner,
                """
                SELECT n.nspname || '.' || p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace \
                WHERE \(Self.ours) AND p.prosecdef AND (p.proacl IS NULL OR EXISTS (\
                SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')) ORDER BY 1
                """)
            #expect(open == [])
        }
    }
}
