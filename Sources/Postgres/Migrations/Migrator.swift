/// Brings a database's schema up to date, and says whether it is.
///
/// Any number may run at once: each step is one transaction behind an advisory lock, and looks first whether it is still
/// to be done.
public struct Migrator: Sendable {
    public let migrations: [Migration]
    /// The migrations the program was built with; empty to trust the folder.
    private let landed: [LandedMigration]

    public init(_ migrations: [Migration], landed: [LandedMigration] = []) {
        self.migrations = migrations
        self.landed = landed
    }

    /// "masthead" in ASCII, as a number: the advisory lock all migrators take.
    private static let lock: Int64 = 0x6d61_7374_6865_6164

    /// Applies what is missing, as the owner. Returns what was applied.
    public func migrate(_ owner: Database) async throws -> [Migration] {
        try await owner.transaction { db in
            try db.run("SELECT pg_advisory_xact_lock(\(Self.lock))")
            try Self.prepare(db)
        }
        var applied: [Migration] = []
        while let migration = try await owner.transaction(.once, { db in try applyNext(db) }) {
            applied.append(migration)
        }
        return applied
    }

    /// Throws `MigrationError` unless the database has exactly these migrations, with these texts. Reads no file: this is
    /// what every start asks.
    public static func requireCurrent(_ db: Connection, _ landed: [LandedMigration]) throws {
        let done = try recorded(db)
        try compare(done, with: landed)
        let pending = landed.dropFirst(done.count)
        guard pending.isEmpty else { throw MigrationError.behind(pending: pending.map(\.label)) }
    }

    /// The same, held against the files as well.
    public func requireCurrent(_ db: Connection) throws {
        let pending = try pending(db)
        guard pending.isEmpty else { throw MigrationError.behind(pending: pending) }
    }

    /// The labels of the migrations the database lacks.
    public func pending(_ db: Connection) throws -> [String] {
        let done = try Self.recorded(db)
        try Self.compare(done, with: files(db))
        return migrations.dropFirst(done.count).map(\.label)
    }

    private static func prepare(_ db: Connection) throws {
        try db.script(
            """
            CREATE SCHEMA IF NOT EXISTS migration;
            CREATE TABLE IF NOT EXISTS migration.applied (
                number integer CONSTRAINT applied_pk PRIMARY KEY,
                name text NOT NULL,
                sha256 text NOT NULL CONSTRAINT applied_sha256_is_hex CHECK (sha256 ~ '^[0-9a-f]{64}$'),
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            GRANT USAGE ON SCHEMA migration TO masthead_app;
            GRANT SELECT ON migration.applied TO masthead_app;
            """)
    }

    private func applyNext(_ db: Connection) throws -> Migration? {
        try db.run("SELECT pg_advisory_xact_lock(\(Self.lock))")
        let done = try Self.recorded(db)
        try Self.compare(done, with: files(db))
        guard let next = migrations.dropFirst(done.count).first else { return nil }
        do {
            try db.script(next.sql)
        } catch let error as PostgresError {
            throw MigrationError.failed(label: next.label, error)
        }
        guard !db.isIdle else {
            throw MigrationError.unreadable(
                "\(next.label) ends its own transaction; it must leave that to the migrator")
        }
        try db.run(
            """
            INSERT INTO migration.applied (number, name, sha256)
            VALUES (\(next.number), \(next.name), encode(sha256(convert_to(\(next.sql), 'UTF8')), 'hex'))
            """)
        return next
    }

    private static func recorded(_ db: Connection) throws -> [LandedMigration] {
        let exists = try db.value("SELECT to_regclass('migration.applied') IS NOT NULL", as: Bool.self) ?? false
        guard exists else { return [] }
        return try db.rows("SELECT number, name, sha256 FROM migration.applied ORDER BY number") {
            LandedMigration(try $0.next(), try $0.next(), try $0.next())
        }
    }

    /// The files with their hashes, which must be those the program was built with. PostgreSQL hashes them.
    private func files(_ db: Connection) throws -> [LandedMigration] {
        let hashes = try db.rows(
            """
            SELECT encode(sha256(convert_to(file, 'UTF8')), 'hex')
            FROM unnest(\(migrations.map(\.sql))) WITH ORDINALITY AS given (file, position) ORDER BY position
            """
        ) { try $0.next(String.self) }
        let files = zip(migrations, hashes).map { LandedMigration($0.number, $0.name, $1) }
        for (file, expected) in zip(files, landed) where file != expected {
            throw MigrationError.tampered(label: file.label)
        }
        if !landed.isEmpty, landed.count != files.count {
            throw MigrationError.tampered(label: (files.last ?? landed[0]).label)
        }
        return files
    }

    /// What was applied must be what is known, as far as it goes.
    private static func compare(_ done: [LandedMigration], with known: [LandedMigration]) throws {
        for (index, record) in done.enumerated() {
            guard index < known.count else { throw MigrationError.newer(label: record.label) }
            guard known[index] == record else { throw MigrationError.changed(label: known[index].label) }
        }
    }
}
