import Logging

/// The roles and the database Masthead needs on a server: made by `db init`, or by a DBA who runs the same SQL with psql.
///
/// Three roles that log in, each with as little as it needs:
/// - `masthead_owner` owns the tables: migrations and loading the workflow, nothing else.
/// - `masthead_app` is what the program works as. It makes no table but temporary ones.
/// - `masthead_reader` is the public site's: it reads what migrations grant it, and can't write at all.
///
/// Roles belong to the whole server, so two databases on one server share them; the statements can be run by two at
/// once, and again.
public enum Provision {
    public static let owner = "masthead_owner"
    public static let app = "masthead_app"
    public static let reader = "masthead_reader"
    public static let roles = [owner, app, reader]

    /// Raised when these statements change, so that an embedded cluster made before gets them, too.
    static let version = 1

    /// The whole of it for psql, run as a superuser or a role with CREATEROLE and CREATEDB.
    public static func script(database: String) -> String {
        """
        -- Roles and database for Masthead. Run with psql as a superuser, connected to the database postgres; running
        -- it again changes nothing.
        -- Then give each role a way to log in, for instance: \\password \(app)

        \(rolesSQL)
        -- psql's way to create a database only where there is none.
        SELECT \(literal(createDatabaseSQL(database)))
        WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = \(literal(database))) \\gexec

        \(databaseSQL(database))
        \\connect \(identifier(database))
        \(schemaSQL)
        """
    }

    /// Does the same over connections of our own.
    ///
    /// - Parameters:
    ///   - maintenanceURL: a superuser's, to the database `postgres`.
    ///   - databaseURL: the same user's, to the database to be made.
    public static func apply(maintenanceURL: String, databaseURL: String, database: String) async throws {
        try await with(maintenanceURL) { db in
            try db.script(rolesSQL)
            if try !exists(database, db) {
                do {
                    try db.script(createDatabaseSQL(database))
                } catch let error as PostgresError where ["42P04", "23505"].contains(error.sqlstate) {
                    // Another process made it between the look and the statement: that is what was wanted.
                }
            }
            try db.script(databaseSQL(database))
        }
        try await with(databaseURL) { db in try db.script(schemaSQL) }
    }

    private static func with(_ url: String, _ body: @Sendable (Connection) throws -> Void) async throws {
        let logger = Logger(label: "masthead.provision") { _ in SwiftLogNoOpLogHandler() }
        var configuration = Database.Configuration(url: url)
        configuration.poolSize = 1
        let database = Database(configuration, logger: logger)
        let outcome: Result<Void, any Error>
        // CREATE DATABASE runs outside a transaction; each statement can be run twice.
        do { outcome = .success(try await database.statement(body)) } catch { outcome = .failure(error) }
        await database.close()
        try outcome.get()
    }

    private static func exists(_ database: String, _ db: Connection) throws -> Bool {
        try db.value("SELECT EXISTS (SELECT FROM pg_database WHERE datname = \(database))", as: Bool.self) ?? false
    }

    // MARK: The SQL

    private static let rolesSQL = """
        DO $provision$
        DECLARE
            role_name text;
            setting record;
        BEGIN
            -- Roles are the whole server's: two databases being set up at once take turns.
            PERFORM pg_advisory_xact_lock(7377104);
            FOREACH role_name IN ARRAY ARRAY['masthead_owner', 'masthead_app', 'masthead_reader'] LOOP
                BEGIN
                    EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role_name);
                EXCEPTION WHEN duplicate_object OR unique_violation THEN
                    NULL;
                END;
            END LOOP;
            -- Limits for every session of a role, so that nothing has to be set per connection (a pooler would hand one
            -- caller's setting to another). A limit somebody has set already stays.
            FOR setting IN
                SELECT * FROM (VALUES
                    -- Migrations may take their time, but a lock they wait for makes everyone behind them wait, too.
                    ('masthead_owner', 'statement_timeout', '0'),
                    ('masthead_owner', 'lock_timeout', '60s'),
                    ('masthead_owner', 'idle_in_transaction_session_timeout', '10min'),
                    -- Imports and month reports are the longest statements there are.
                    ('masthead_app', 'statement_timeout', '5min'),
                    ('masthead_app', 'lock_timeout', '30s'),
                    ('masthead_app', 'idle_in_transaction_session_timeout', '5min'),
                    -- Nobody waits longer for a page.
                    ('masthead_reader', 'statement_timeout', '10s'),
                    ('masthead_reader', 'lock_timeout', '2s'),
                    ('masthead_reader', 'idle_in_transaction_session_timeout', '30s'),
                    ('masthead_reader', 'default_transaction_read_only', 'on')
                ) AS wanted (role_name, name, value)
                WHERE NOT EXISTS (
                    SELECT FROM pg_roles AS role, unnest(role.rolconfig) AS configured
                    WHERE role.rolname = wanted.role_name AND split_part(configured, '=', 1) = wanted.name)
            LOOP
                EXECUTE format('ALTER ROLE %I SET %I = %L', setting.role_name, setting.name, setting.value);
            END LOOP;
        END
        $provision$;
        """

    private static func createDatabaseSQL(_ database: String) -> String {
        "CREATE DATABASE \(identifier(database)) OWNER \(owner) ENCODING 'UTF8' TEMPLATE template0"
    }

    /// PUBLIC may connect to and fill any new database unless it is told not to.
    private static func databaseSQL(_ database: String) -> String {
        let name = identifier(database)
        return """
            BEGIN;
            SELECT pg_advisory_xact_lock(7377104);
            REVOKE ALL ON DATABASE \(name) FROM PUBLIC;
            GRANT CONNECT, TEMPORARY ON DATABASE \(name) TO \(app);
            GRANT CONNECT ON DATABASE \(name) TO \(reader);
            COMMIT;
            """
    }

    /// Nothing of ours lives in `public`, so nobody needs it.
    private static let schemaSQL = """
        BEGIN;
        SELECT pg_advisory_xact_lock(7377104);
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        COMMIT;

        """

    private static func identifier(_ name: String) -> String {
        "\"\(name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
    }

    private static func literal(_ text: String) -> String {
        "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
    }
}
