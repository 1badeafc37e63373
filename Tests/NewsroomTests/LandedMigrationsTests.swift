import Postgres
import TestDatabase
import Testing

@testable import Newsroom

struct LandedMigrationsTests {
    @Test func theProgramKnowsTheMigrationsItIsBuiltWith() async throws {
        let files = try Migration.load(from: packageFolder + "/Migrations")
        let hashes = try await withTestDatabase { database in
            try await database.owner.read { db in
                try db.rows("SELECT number, sha256 FROM migration.applied ORDER BY number") {
                    (try $0.next(Int.self), try $0.next(String.self))
                }
            }
        }
        #expect(files.map(\.number) == hashes.map(\.0))
        #expect(
            LandedMigrations.sha256 == Dictionary(uniqueKeysWithValues: hashes),
            "after a change to Migrations/, write the new hashes into LandedMigrations.swift")
    }
}
