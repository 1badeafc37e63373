import Access
import Audience
import FoundationEssentials
public import Postgres
public import Values

/// One thing a careful person would check, what was found, and what to do about it.
public struct Finding: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case ok
        /// Works, but not for long, or not as meant.
        case warning
        /// Doesn't work.
        case failure
    }

    /// What was looked at: `server`, `clock`, …
    public let name: String
    public let state: State
    /// What was found, with the figures.
    public let found: String
    /// What to do; empty when all is well.
    public let advice: String

    public init(_ name: String, _ state: State, _ found: String, advice: String = "") {
        self.name = name
        self.state = state
        self.found = found
        self.advice = advice
    }
}

/// Looks over an installation as the app role sees it. Every check answers, whatever the others say.
public struct Checkup: Sendable {
    private let database: Database
    private let migrator: Migrator
    /// The folder whose disk must not fill up; nil where the server keeps its own house.
    private let folder: String?

    public init(_ database: Database, migrator: Migrator, folder: String?) {
        self.database = database
        self.migrator = migrator
        self.folder = folder
    }

    /// PostgreSQL 15: the oldest the migrations and the tests run on.
    private static let oldestServer = 150_000
    /// Beyond two seconds, times typed and times stored begin to disagree about "now".
    private static let clockTolerance: Int64 = 2
    /// Below 1 GiB PostgreSQL's next checkpoint or a backup may not fit.
    private static let diskNeededBytes: UInt64 = 1 << 30

    /// All findings in a fixed order. Throws only when the database can't be reached at all.
    /// - Parameter clock: the time of this machine.
    public func findings(clock: @Sendable () -> Timestamp) async throws -> [Finding] {
        var findings = [try await server(), try await clockFinding(clock), await zone()]
        findings += [await roles(), await privileges(), await migrations(), disk(), await connections()]
        findings.append(await views())
        return findings
    }

    private func server() async throws -> Finding {
        let (number, text) = try await database.statement { db in
            (db.serverVersion, try db.value("SELECT current_setting('server_version')", as: String.self) ?? "?")
        }
        if number >= Self.oldestServer { return Finding("server", .ok, "PostgreSQL \(text)") }
        return Finding("server", .failure, "PostgreSQL \(text)", advice: "Masthead needs PostgreSQL 15 or later.")
    }

    private func clockFinding(_ clock: @Sendable () -> Timestamp) async throws -> Finding {
        let before = clock()
        let theirs = try await database.statement { db in
            try db.value("SELECT clock_timestamp()", as: Timestamp.self)
        }
        let after = clock()
        guard let theirs else { return Finding("clock", .failure, "the server tells no time") }
        // Ours is known only to lie between the two readings.
        let apart = max(before.microseconds - theirs.microseconds, theirs.microseconds - after.microseconds, 0)
        let off = (apart + 999_999) / 1_000_000
        if off <= Self.clockTolerance { return Finding("clock", .ok, "this machine and the server agree") }
        return Finding(
            "clock", .warning, "this machine and the server are \(off) s apart",
            advice: "Let both follow an NTP server.")
    }

    private func zone() async -> Finding {
        await answered("zone") { db in
            let zone = try Publication.load(db).zone
            let theirs = try db.rows(
                """
                SELECT t, extract(epoch FROM (t AT TIME ZONE \(zone.name)) - (t AT TIME ZONE 'UTC'))::bigint
                FROM generate_series(timestamptz '1970-01-01Z', timestamptz '2100-01-01Z', interval '121 hours') AS t
                ORDER BY t
                """
            ) { row in (at: try row.next(Timestamp.self), offset: try row.next(Int.self)) }
            let name = zone.name
            guard let first = theirs.first(where: { zone.offset(at: $0.at) != $0.offset }) else {
                return Finding("zone", .ok, "\(name), the same here and on the server from 1970 to 2100")
            }
            return Finding(
                "zone", .warning,
                "\(name) differs at \(first.at.iso8601(in: .utc)): \(zone.offset(at: first.at)) s here, "
                    + "\(first.offset) s on the server",
                advice: "Update the time zone data (tzdata) on both machines.")
        }
    }

    private func roles() async -> Finding {
        await answered("roles") { db in
            let name = try db.value("SELECT current_user::text", as: String.self) ?? "?"
            let powers = try db.rows(
                """
                SELECT power FROM pg_catalog.pg_roles AS r
                CROSS JOIN LATERAL (VALUES ('superuser', r.rolsuper), ('createrole', r.rolcreaterole),
                    ('createdb', r.rolcreatedb), ('replication', r.rolreplication), ('bypassrls', r.rolbypassrls),
                    ('member of masthead_owner', pg_catalog.pg_has_role(r.rolname, 'masthead_owner', 'MEMBER')))
                    AS p (power, held)
                WHERE r.rolname = current_user AND p.held ORDER BY power
                """
            ) { try $0.next(String.self) }
            if powers.isEmpty { return Finding("roles", .ok, "works as \(name), which has no power over the schema") }
            return Finding(
                "roles", .failure, "works as \(name), which is \(powers.joined(separator: ", "))",
                advice: "Put the app role's address (masthead_app) into database.url.")
        }
    }

    /// The public site's role must see views only (and the slugs, which are addresses anyone can try), and nobody but the owner may empty a table.
    private func privileges() async -> Finding {
        await answered("privileges") { db in
            let wrong = try db.rows(
                """
                SELECT format('%s may %s %I.%I', p.role, p.privilege, n.nspname, c.relname)
                FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                CROSS JOIN (VALUES ('masthead_reader', 'SELECT'), ('masthead_reader', 'INSERT'),
                    ('masthead_reader', 'UPDATE'), ('masthead_reader', 'DELETE'), ('masthead_app', 'TRUNCATE'),
                    ('masthead_app', 'TRIGGER')) AS p (role, privilege)
                WHERE c.relkind IN ('r', 'p') AND n.nspname IN
                    ('access', 'journal', 'editorial', 'fundraising', 'audience', 'migration')
                    AND pg_catalog.has_table_privilege(p.role, c.oid, p.privilege)
                    AND NOT (p.role = 'masthead_reader' AND p.privilege = 'SELECT'
                        AND n.nspname = 'editorial' AND c.relname = 'slug')
                UNION ALL
                SELECT format('masthead_app may %s journal.audit', p.privilege)
                FROM (VALUES ('INSERT'), ('UPDATE'), ('DELETE')) AS p (privilege)
                WHERE pg_catalog.has_table_privilege('masthead_app', 'journal.audit', p.privilege)
                ORDER BY 1
                """
            ) { try $0.next(String.self) }
            if wrong.isEmpty { return Finding("privileges", .ok, "no more than each role needs") }
            return Finding(
                "privileges", .failure, wrong.joined(separator: "; "),
                advice: "Somebody granted more than the migrations do: REVOKE it as the owner.")
        }
    }

    private func migrations() async -> Finding {
        await answered("migrations") { [migrator] db in
            do {
                try migrator.requireCurrent(db)
                return Finding("migrations", .ok, "all \(migrator.migrations.count) applied, unchanged")
            } catch let error as MigrationError {
                return Finding("migrations", .failure, "\(error)", advice: "See `masthead db migrate --help`.")
            }
        }
    }

    /// Counted views are kept in order by a worker; where none runs, it shows here.
    private func views() async -> Finding {
        await answered("views") { db in
            let standing = try UpkeepStanding(db)
            let missing = standing.missingMonths.map { Period(.month, containing: $0).description }
            var wrong: [String] = []
            if !missing.isEmpty { wrong.append("no partition for \(missing.joined(separator: ", "))") }
            if standing.saltsOverdue > 0 {
                wrong.append("\(standing.saltsOverdue) secrets by which visitors are told apart outlive their time")
            }
            if wrong.isEmpty {
                return Finding("views", .ok, "in order, \(standing.saltsAlive) secrets of days and months alive")
            }
            return Finding(
                "views", .warning, wrong.joined(separator: "; "),
                advice: "Keep `masthead work` running, or run `masthead work --once` each day.")
        }
    }

    private func disk() -> Finding {
        guard let folder else { return Finding("disk", .ok, "kept by the server") }
        do {
            let facts = try FileManager.default.attributesOfFileSystem(forPath: folder)
            guard let free = facts[.systemFreeSize] as? UInt64 else {
                return Finding("disk", .warning, "free space under \(folder) isn't known", advice: "Look with `df`.")
            }
            let text = "\(free >> 20) MiB free under \(folder)"
            if free >= Self.diskNeededBytes { return Finding("disk", .ok, text) }
            return Finding("disk", .warning, text, advice: "Make room: below 1 GiB the server may stop.")
        } catch {
            return Finding("disk", .failure, "\(folder) can't be looked at: \(error)", advice: "Check MASTHEAD_HOME.")
        }
    }

    private func connections() async -> Finding {
        let wanted = database.configuration.poolSize
        return await answered("connections") { db in
            let free = try db.value(
                """
                SELECT current_setting('max_connections')::bigint
                    - current_setting('superuser_reserved_connections')::bigint
                    - (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend')
                """, as: Int.self)
            guard let free, free >= wanted else {
                return Finding(
                    "connections", .warning, "\(free ?? 0) free on the server, the pool may want \(wanted)",
                    advice: "Raise max_connections, or lower database.pool.")
            }
            return Finding("connections", .ok, "\(free) free on the server, the pool may want \(wanted)")
        }
    }

    /// A check that can't be made is a finding too, and doesn't keep the others from being made.
    private func answered(_ name: String, _ check: @Sendable (Connection) throws -> Finding) async -> Finding {
        do {
            return try await database.read(check)
        } catch {
            return Finding(name, .failure, "couldn't be checked: \(error)", advice: "Run `masthead db migrate`?")
        }
    }
}
