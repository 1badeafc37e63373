public import Access
public import Logging
public import Postgres
public import Values

/// The wiring: settings, the database (the embedded one is started when no other is set), and the publication's zone.
public struct Newsroom: Sendable {
    public let settings: Settings
    public let share: Share
    public let addresses: Addresses
    /// As `masthead_app`.
    public let database: Database
    public let publication: Publication
    public let logger: Logger
    let rules = RulesRead()

    /// Decides which day or hour everything belongs to.
    public var zone: Zone { publication.zone }

    /// Where the database is, by role; secrets.
    public struct Addresses: Sendable {
        public let app: String
        /// Nil where the settings don't say.
        public let owner: String?
        public let reader: String?
        public let listen: String
    }

    /// Opens the newsroom: reads the settings, starts the embedded server if it is at rest, and looks whether the
    /// database is the one this program was made for.
    ///
    /// An embedded database that was never made isn't made here: a mistyped home would quietly become an empty magazine.
    ///
    /// - Throws: `SettingsError`, `ClusterError`, `MigrationError` or `PostgresError`.
    public static func open(environment: [String: String], config: String? = nil) async throws -> Newsroom {
        let installation = try Installation(environment: environment, config: config)
        if installation.settings.databaseURL == nil, try installation.cluster.status() == .absent {
            throw ClusterError.absent(path: installation.settings.home)
        }
        let addresses = try await installation.addresses()
        let database = installation.database(addresses.app)
        do {
            let publication = try await database.statement { db in
                try Migrator.requireCurrent(db, LandedMigrations.all)
                return try Publication.load(db)
            }
            return Newsroom(
                settings: installation.settings, share: installation.share, addresses: addresses, database: database,
                publication: publication, logger: installation.logger)
        } catch {
            await database.close()
            throw error
        }
    }

    /// Gives the connections back. The embedded server keeps running.
    public func close() async { await database.close() }
}
