import Access
import Logging
import Postgres
import Values

// A stand-in until the Newsroom module has settings and wiring; then this file goes.

struct Newsroom: Sendable {
    let database: Database
    let zone: Zone

    static func open(environment: [String: String], config: String?) async throws -> Newsroom {
        guard let url = environment["MASTHEAD_DATABASE_URL"] else {
            throw Failure(.configuration, "not_initialised", "There is no database yet. Run `masthead db init`.")
        }
        let database = Database(.init(url: url), logger: Logger(label: "masthead") { _ in SwiftLogNoOpLogHandler() })
        let publication = try await database.statement { db in try Publication.load(db) }
        return Newsroom(database: database, zone: publication.zone)
    }
}
