import Access
public import Logging
public import Postgres

/// An installation before its newsroom is open: what `db init`, `db migrate` and `db stop` work on.
public struct Installation: Sendable {
    public let settings: Settings
    public let share: Share
    /// The embedded server, used when `database.url` is not set.
    public let cluster: Cluster
    public let logger: Logger

    public init(environment: [String: String], config: String? = nil) throws {
        settings = try Settings.load(
            environment: environment, config: config, defaultHome: Cluster.defaultHome(environment: environment))
        share = try Share.find(environment: environment, executable: Share.executable)
        cluster = Cluster(home: settings.home, environment: environment)
        var logger = Logger(label: "masthead") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = settings.logLevel
        self.logger = logger
    }

    /// True when no server is set and Masthead keeps its own.
    public var isEmbedded: Bool { settings.databaseURL == nil }

    /// Where the database is; makes and starts the embedded one where no other is set.
    public func addresses() async throws -> Newsroom.Addresses {
        guard let url = settings.databaseURL else {
            let running = try await cluster.ensureRunning()
            return .init(
                app: running.appURL, owner: running.ownerURL, reader: running.readerURL, listen: running.appURL)
        }
        return .init(
            app: url, owner: settings.databaseOwnerURL, reader: settings.databaseReaderURL,
            listen: settings.databaseListenURL ?? url)
    }

    public func migrator() throws -> Migrator {
        Migrator(try Migration.load(from: share.migrations), landed: LandedMigrations.all)
    }

    /// Makes what isn't there (the embedded server, the schema) and gives a new publication its name and zone from the
    /// settings. Does nothing that is done already; a publication with accounts keeps its name and zone.
    ///
    /// - Returns: the migrations that were applied.
    public func initialise() async throws -> [Migration] {
        try await asOwner { owner in
            let applied = try await migrator().migrate(owner)
            try await owner.transaction { db in
                try Publication.establish(db, name: settings.publicationName, zone: settings.publicationZone)
            }
            return applied
        }
    }

    /// Brings the schema up to date; returns what was applied.
    public func migrate() async throws -> [Migration] {
        try await asOwner { owner in try await migrator().migrate(owner) }
    }

    /// Runs `body` with a pool of the role that owns the schema, and closes it.
    public func asOwner<T>(_ body: (Database) async throws -> T) async throws -> T {
        guard let url = try await addresses().owner else {
            throw SettingsError([
                .init(
                    key: Setting.databaseOwnerURL.key, origin: "default",
                    reason: "it has to be set for this, because database.url is: \(Setting.databaseOwnerURL.allowed)")
            ])
        }
        let owner = database(url)
        let outcome: Result<T, any Error>
        do { outcome = .success(try await body(owner)) } catch { outcome = .failure(error) }
        await owner.close()
        return try outcome.get()
    }

    /// A pool with the settings' limits.
    public func database(_ url: String) -> Database {
        var configuration = Database.Configuration(url: url)
        configuration.poolSize = settings.databasePoolSize
        configuration.preparedStatements = settings.databasePreparedStatements
        return Database(configuration, logger: logger)
    }
}
