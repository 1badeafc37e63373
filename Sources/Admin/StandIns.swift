import Access
import FoundationEssentials
import Logging
import Postgres
import Terminal
import Values

// Stand-ins until the Newsroom module has settings and wiring; then this file goes.

struct Installation: Sendable {
    enum Server: Sendable {
        case embedded(Cluster)
        case external(app: String, owner: String?)
    }

    let server: Server
    let home: String?
    let zone: Zone
    let share: String?

    init(environment: [String: String], config: String?) throws {
        home = environment["MASTHEAD_HOME"] ?? Cluster.defaultHome(environment: environment)
        zone = try environment["MASTHEAD_PUBLICATION_TIMEZONE"].map { try Zone.named($0) } ?? .utc
        if let url = environment["MASTHEAD_DATABASE_URL"] {
            server = .external(app: url, owner: environment["MASTHEAD_DATABASE_OWNER_URL"])
        } else if let home {
            server = .embedded(Cluster(home: home, environment: environment))
        } else {
            throw Failure(.configuration, "no_home", "Set MASTHEAD_HOME or database.url.")
        }
        share = environment["MASTHEAD_SHARE"] ?? Self.ancestor(of: ThisProcess.executable ?? "")
    }

    private static func ancestor(of executable: String) -> String? {
        var parts = executable.split(separator: "/").dropLast()
        while !parts.isEmpty {
            let folder = "/" + parts.joined(separator: "/")
            for candidate in [folder, folder + "/share/masthead"]
            where FileManager.default.fileExists(atPath: candidate + "/Migrations") {
                return candidate
            }
            parts = parts.dropLast()
        }
        return nil
    }

    func migrator() throws -> Migrator {
        guard let share else { throw Failure(.configuration, "no_migrations", "Set MASTHEAD_SHARE.") }
        return Migrator(try Migration.load(from: share + "/Migrations"))
    }

    static func pool(_ url: String) -> Database {
        Database(.init(url: url), logger: Logger(label: "masthead") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The data folder of the embedded server; nil with a server of one's own.
    var embeddedHome: String? { if case .embedded(let cluster) = server { cluster.home } else { nil } }

    func embedded() throws -> Cluster {
        guard case .embedded(let cluster) = server else {
            throw Failure(
                .configuration, "external_server", "database.url names a server that Masthead doesn't look after.")
        }
        return cluster
    }

    func requireMade() throws {
        if case .embedded(let cluster) = server, try cluster.status() == .absent {
            throw ClusterError.absent(path: cluster.home)
        }
    }

    func appURL() async throws -> String {
        switch server {
        case .external(let app, _): return app
        case .embedded(let cluster):
            try requireMade()
            return try await cluster.ensureRunning().appURL
        }
    }

    func ownerURL() async throws -> String {
        switch server {
        case .external(_, let owner):
            guard let owner else {
                throw Failure(
                    .configuration, "no_owner", "Set database.owner.url to let masthead_owner change the schema.")
            }
            return owner
        case .embedded(let cluster): return try await cluster.ensureRunning().ownerURL
        }
    }
}

struct Newsroom: Sendable {
    let database: Database
    let zone: Zone
    let actor: EmailAddress?

    static func open(environment: [String: String], config: String?) async throws -> Newsroom {
        let installation = try Installation(environment: environment, config: config)
        let database = Installation.pool(try await installation.appURL())
        let migrator = try installation.migrator()
        do {
            let publication = try await database.read { db in
                try migrator.requireCurrent(db)
                return try Publication.load(db)
            }
            return Newsroom(database: database, zone: publication.zone, actor: nil)
        } catch {
            await database.close()
            throw error
        }
    }
}
