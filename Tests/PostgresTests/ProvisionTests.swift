import Postgres
import TestDatabase
import Testing

@Suite struct ProvisionTests {
    @Test func databasesMadeAtOnceOnOneServerDoNotCollideOverTheirRoles() async throws {
        // A server of its own: roles belong to the whole server, and here there are none yet.
        let server = try TestServer()
        let names = ["first", "second", "third", "fourth"]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names {
                group.addTask {
                    try await Provision.apply(
                        maintenanceURL: server.url(database: "postgres", user: "postgres"),
                        databaseURL: server.url(database: name, user: "postgres"), database: name)
                }
            }
            try await group.waitForAll()
        }
        for name in names {
            let database = Database(
                .init(url: server.url(database: name, user: "masthead_app")), logger: .silent)
            let facts = try await database.statement { db in
                try db.one(
                    "SELECT current_database()::text, has_schema_privilege('masthead_app', 'public', 'CREATE')"
                ) { (try $0.next(String.self), try $0.next(Bool.self)) }
            }
            #expect(facts == (name, false))
            await database.close()
        }
    }
}
