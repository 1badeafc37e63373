import Access
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Newsroom

@Suite struct NewsroomTests {
    @Test func itOpensOnTheServerThatIsSet() async throws {
        try await withTestDatabase { test in
            let newsroom = try await Newsroom.open(environment: environment(["MASTHEAD_DATABASE_URL": test.appURL]))
            #expect(newsroom.zone == .utc)
            #expect(newsroom.addresses.listen == test.appURL)
            #expect(newsroom.addresses.owner == nil)
            #expect(newsroom.database.configuration.poolSize == 8)
            await newsroom.close()
        }
    }

    @Test func aDatabaseThatIsBehindIsNotOpened() async throws {
        try await withTestDatabase { test in
            try await test.owner.transaction { db in
                try db.script(
                    "DELETE FROM migration.applied WHERE number = (SELECT max(number) FROM migration.applied)")
            }
            let environment = environment(["MASTHEAD_DATABASE_URL": test.appURL])
            await #expect(throws: MigrationError.self) { try await Newsroom.open(environment: environment) }
        }
    }

    @Test func migratingASetServerNeedsTheOwnersAddress() async throws {
        let installation = try Installation(environment: environment(["MASTHEAD_DATABASE_URL": "host=/nonexistent"]))
        let error = await #expect(throws: SettingsError.self) { try await installation.migrate() }
        #expect(error?.problems.map(\.key) == ["database.owner.url"])
    }

    @Test func aMistypedHomeDoesNotBecomeAnEmptyMagazine() async throws {
        let home = "/tmp/masthead-mistyped-\(UUID().uuidString)"
        await #expect(throws: ClusterError.absent(path: home)) {
            try await Newsroom.open(environment: environment(["MASTHEAD_HOME": home]))
        }
        #expect(!FileManager.default.fileExists(atPath: home))
    }

    @Test func aNewEmbeddedPublicationTakesItsNameAndZoneAndKeepsThemOnceSomebodyWorksThere() async throws {
        let home = "/tmp/masthead-newsroom-\(UUID().uuidString)"
        let first = environment([
            "MASTHEAD_HOME": home, "MASTHEAD_PUBLICATION_NAME": "The Example",
            "MASTHEAD_PUBLICATION_TIMEZONE": "America/New_York",
        ])
        let installation = try Installation(environment: first)
        #expect(installation.isEmbedded)
        let outcome: Result<Void, any Error>
        do {
            let applied = try await installation.initialise()
            #expect(applied.count == (try installation.migrator().migrations.count))
            #expect(try await installation.initialise().isEmpty)

            let newsroom = try await Newsroom.open(environment: first)
            #expect(newsroom.zone.name == "America/New_York")
            #expect(newsroom.publication.name == "The Example")
            try await newsroom.database.transaction { db in
                try db.script(
                    """
                    INSERT INTO access.account (email, email_folded, name)
                    VALUES ('a@example.org', 'a@example.org', 'A')
                    """)
            }
            await newsroom.close()

            let second = environment(["MASTHEAD_HOME": home, "MASTHEAD_PUBLICATION_TIMEZONE": "Asia/Tokyo"])
            _ = try await Installation(environment: second).initialise()
            // Whoever finds the server at rest starts it.
            #expect(try await installation.cluster.stop())
            let reopened = try await Newsroom.open(environment: second)
            #expect(reopened.zone.name == "America/New_York")
            await reopened.close()
            outcome = .success(())
        } catch { outcome = .failure(error) }
        if case .running = try installation.cluster.status() { _ = try await installation.cluster.stop(.immediate) }
        try FileManager.default.removeItem(atPath: home)
        try outcome.get()
    }

    /// An environment of its own: what the tests are run with must not count.
    private func environment(_ settings: [String: String]) -> [String: String] {
        var environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "MASTHEAD_SHARE": packageFolder]
        environment["MASTHEAD_HOME"] = "/nonexistent"
        return environment.merging(settings) { $1 }
    }
}
