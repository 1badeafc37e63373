import Postgres
import TestDatabase
import Testing

@testable import Newsroom

struct LandedMigrationsTests {
    @Test func theProgramKnowsTheMigrationsItIsBuiltWith() async throws {
        let applied = try await withTestDatabase { database in
            try await database.owner.read { db in
                try db.rows("SELECT number, name, sha256 FROM migration.applied ORDER BY number") {
                    LandedMigration(try $0.next(), try $0.next(), try $0.next())
                }
            }
        }
        #expect(
            LandedMigrations.all == applied,
            "after a change to Migrations/, write the new hashes (sha256sum) into LandedMigrations.swift")
    }
}
