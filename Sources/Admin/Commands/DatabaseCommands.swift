import Access
import ArgumentParser
import Journal
import Fundraising
import Newsroom
import Postgres
import Terminal
import Values

struct DatabaseNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "db", "The database: made, started, brought up to date, looked at.",
        verbs: [
            InitDatabaseCommand.self, StartDatabaseCommand.self, StopDatabaseCommand.self, DatabaseStatusCommand.self,
            PsqlCommand.self, MigrateDatabaseCommand.self, CheckDatabaseCommand.self,
        ], example: "masthead db init")
}

/// `db init`: from nothing to a database that commands can use.
struct InitDatabaseCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "init", "Makes the database and brings it up to date.",
        more: """
            Without database.url: a private PostgreSQL in MASTHEAD_HOME, reachable by you and root alone. With it: \
            the schema, as database.owner.url; the roles must be there, and --print-sql prints what makes them.

            A second run changes nothing that is there.
            """, example: "masthead db init")
    static let needsDatabase = false

    @Flag(help: "Print the SQL that makes roles and database on a server of your own, and do nothing.")
    var printSql = false
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        if printSql { return .document(Provision.script(database: Cluster.database)) }
        let installation = try context.installation()
        let applied = try await installation.initialise()
        let publication = try await installation.asOwner { owner in
            try await owner.read { db in try Publication.load(db) }
        }
        return .record([
            ("migrations_applied", .integer(applied.count)), ("publication", .text(publication.name)),
            ("timezone", .text(publication.zone.name)),
            ("home", installation.isEmbedded ? .text(installation.settings.home) : .null),
        ])
    }
}

/// `db migrate`
struct MigrateDatabaseCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "migrate", "Applies the migrations the database lacks.", example: "masthead db migrate")
    static let needsDatabase = false

    @Flag(help: "Only list what would be applied.") var dryRun = false
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let installation = try context.installation()
        try installation.requireMade()
        guard dryRun else {
            return Output(["applied"], try await installation.migrate().map { [.text($0.label)] })
        }
        let migrator = try installation.migrator()
        let pending = try await installation.asOwner { owner in
            try await owner.read { db in try migrator.pending(db) }
        }
        return Output(["pending"], pending.map { [.text($0)] })
    }
}

/// `db start`
struct StartDatabaseCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "start", "Starts the embedded PostgreSQL.",
        more: "Every command that needs it does this by itself and leaves it running.", example: "masthead db start")
    static let needsDatabase = false

    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let installation = try context.installation()
        try installation.requireEmbedded()
        try installation.requireMade()
        return DatabaseStatusCommand.output(.running(try await installation.cluster.ensureRunning()))
    }
}

/// `db stop`
struct StopDatabaseCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "stop", "Stops the embedded PostgreSQL.",
        more: "Work under way is rolled back. Stopping what doesn't run is no error.", example: "masthead db stop")
    static let needsDatabase = false

    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let installation = try context.installation()
        try installation.requireEmbedded()
        // Our own connections of an earlier line in the shell would only be cut off.
        await context.runner.office.close()
        _ = try await installation.cluster.stop()
        return DatabaseStatusCommand.output(try installation.cluster.status())
    }
}

/// `db status`
struct DatabaseStatusCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "status", "Says whether the embedded PostgreSQL runs, and where.", example: "masthead db status")
    static let needsDatabase = false

    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let installation = try context.installation()
        try installation.requireEmbedded()
        return Self.output(try installation.cluster.status())
    }

    static func output(_ status: Cluster.Status) -> Output {
        let (word, running): (String, Cluster.Running?) =
            switch status {
            case .absent: ("absent", nil)
            case .stopped: ("stopped", nil)
            case .running(let running): ("running", running)
            }
        return .record([
            ("status", .text(word)), ("process", .integer(running.map { Int64($0.process) })),
            ("socket_folder", .text(running?.socketFolder)), ("port", .integer(running.map { Int64($0.port) })),
        ])
    }
}

/// `db psql`
struct PsqlCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "psql", "Opens PostgreSQL's own prompt on the database.",
        more: "As the app role; --owner for the role that owns the tables. What follows -- goes to psql.",
        example: "masthead db psql -- -c 'SELECT count(*) FROM editorial.article'")
    static let needsDatabase = false

    @Flag(help: "As the owner of the schema.") var owner = false
    @Argument(help: "What to give psql.") var arguments: [String] = []
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        guard context.isAlone else {
            throw Failure(.usage, "usage", "psql wants the terminal for itself: run it outside the shell.")
        }
        let installation = try context.installation()
        try installation.requireMade()
        let addresses = try await installation.addresses()
        guard let url = owner ? addresses.owner : addresses.app else {
            throw Failure(.configuration, "no_owner", "Set database.owner.url to work as the owner of the schema.")
        }
        let error = ThisProcess.become(
            "psql", ["-X"] + arguments, environment: try ConnectionEnvironment.variables(of: url))
        throw Failure(.configuration, "psql_missing", "psql can't be started (\(error)). Install postgresql-client.")
    }
}

/// `db check`
struct CheckDatabaseCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "check", "Checks that what must hold in the database does.",
        more: """
            Migrations, privileges, every audit chain, and that the books balance. Ends with 76 when something doesn't \
            hold.
            """,
        example: "masthead db check")

    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let database = try context.database
        let checkup = Checkup(database, migrator: try context.installation().migrator(), folder: nil)
        var findings = try await checkup.findings(clock: context.surroundings.now)
            .filter { ["roles", "privileges", "migrations", "views"].contains($0.name) }
        let report = try await database.read { db in try Audit.verify(db) }
        let audit = "\(report.rows) rows in \(report.chains) chains"
        findings.append(
            report.isSound
                ? Finding("audit", .ok, audit)
                : Finding(
                    "audit", .failure, "\(report.findingCount) faults in \(audit)",
                    advice: "See `masthead audit verify`."
                ))
        findings.append(try await ledger(database))
        return try DoctorCommand.output(findings, context)
    }

    private func ledger(_ database: Database) async throws -> Finding {
        let faults = try await database.read { db in try Ledger.check(db) }
        guard let first = faults.first else {
            return Finding("ledger", .ok, "every entry balances, nothing below zero")
        }
        return Finding(
            "ledger", .failure, "\(faults.count) fault(s), the first: \(first.text)", advice: "Correct by new entries.")
    }
}

extension Installation {
    /// Refuses a command that is about the embedded server when another one is set.
    func requireEmbedded() throws {
        guard isEmbedded else {
            throw Failure(
                .configuration, "external_server", "database.url names a server that Masthead doesn't look after.")
        }
    }

    /// Refuses to make an embedded database by the way: a mistyped home would become an empty one.
    func requireMade() throws {
        if isEmbedded, try cluster.status() == .absent { throw ClusterError.absent(path: settings.home) }
    }
}
