import FoundationEssentials
import Postgres
import TestDatabase
import Testing

@Suite struct MigratorTests {
    private let steps = [
        Migration(number: 1, name: "first", sql: "CREATE TABLE log (step int); INSERT INTO log VALUES (1);"),
        Migration(number: 2, name: "second", sql: "INSERT INTO log VALUES (2);"),
    ]

    /// A database without our schema.
    private func withBlankDatabase(_ body: (TestDatabase, Database) async throws -> Void) async throws {
        try await withTestDatabase { database in
            let admin = database.database(database.superuserURL)
            let name = "\(database.name)_blank"
            try await admin.statement { try $0.script("CREATE DATABASE \(name) OWNER masthead_owner") }
            let blank = database.database(database.server.url(database: name, user: "masthead_owner"))
            try await body(database, blank)
            await blank.close()
            try await admin.statement { try $0.script("DROP DATABASE \(name) WITH (FORCE)") }
            await admin.close()
        }
    }

    @Test func twentyMigratorsAtOnceApplyEachStepOnce() async throws {
        try await withBlankDatabase { database, blank in
            let url = blank.configuration.url
            let steps = steps
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let pool = database.database(url)
                        let count = try await Migrator(steps).migrate(pool).count
                        await pool.close()
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(applied == 2)
            let log = try await blank.read { db in
                try db.rows("SELECT step FROM log ORDER BY step") { try $0.next(Int.self) }
            }
            #expect(log == [1, 2])
        }
    }

    @Test func aStepThatFailsIsUndoneAndNamed() async throws {
        try await withBlankDatabase { _, blank in
            let bad = Migration(number: 3, name: "third", sql: "INSERT INTO log VALUES (3); SELECT 1 / 0;")
            let error = await #expect(throws: MigrationError.self) { try await Migrator(steps + [bad]).migrate(blank) }
            #expect(error?.description.contains("0003_third") == true)
            let log = try await blank.read { db in
                try db.rows("SELECT step FROM log ORDER BY step") { try $0.next(Int.self) }
            }
            #expect(log == [1, 2])
            let pending = try await blank.read { db in try Migrator(steps + [bad]).pending(db) }
            #expect(pending == ["0003_third"])
        }
    }

    @Test func aDatabaseThatIsBehindNewerOrChangedIsRefused() async throws {
        try await withBlankDatabase { _, blank in
            func refusal(_ known: [LandedMigration]) async -> String {
                do {
                    try await blank.read { db in try Migrator.requireCurrent(db, known) }
                    return "accepted"
                } catch { return "\(error)" }
            }
            // Counted by sha256sum of the two texts above.
            let landed = [
                LandedMigration(1, "first", "18dc7e64ede94157def41ccac2b66ebeb783aa06c147b006626db321c7109977"),
                LandedMigration(2, "second", "f9c106bd31690c9d301a81fdcffc68fd193139504145a29c43eaa1f9b2e980d1"),
            ]
            #expect(await refusal(landed).contains("masthead db migrate"))
            _ = try await Migrator(steps, landed: landed).migrate(blank)
            #expect(await refusal(landed) == "accepted")
            #expect(await refusal([landed[0]]).contains("0002_second, which this program doesn't know"))
            let other = [landed[0], LandedMigration(2, "second", landed[0].sha256)]
            #expect(await refusal(other).contains("0002_second was applied with another text"))
            let edited = Migration(number: 2, name: "second", sql: "INSERT INTO log VALUES (22);")
            let tampered = Migrator([steps[0], edited], landed: landed)
            let refused = await #expect(throws: MigrationError.self) { try await tampered.migrate(blank) }
            #expect(refused?.description.contains("not the one this program was built with") == true)
            // Migrating refuses the same, and touches nothing.
            await #expect(throws: MigrationError.self) { try await Migrator([steps[0], edited]).migrate(blank) }
        }
    }

    @Test func aFolderWithAGapOrAStrayNameIsRefused() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mh-migrations-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: MigrationError.self) { try Migration.load(from: folder) }
        try Data("SELECT 1".utf8).write(to: URL(filePath: folder + "/0001_a.sql"))
        try Data("SELECT 1".utf8).write(to: URL(filePath: folder + "/0003_c.sql"))
        #expect(throws: MigrationError.self) { try Migration.load(from: folder) }
        try Data("SELECT 1".utf8).write(to: URL(filePath: folder + "/0002_b.sql"))
        #expect(try Migration.load(from: folder).map(\.label) == ["0001_a", "0002_b", "0003_c"])
        try Data("SELECT 1".utf8).write(to: URL(filePath: folder + "/four.sql"))
        #expect(throws: MigrationError.self) { try Migration.load(from: folder) }
    }
}
