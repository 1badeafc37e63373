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
            func refusal(_ migrator: Migrator) async -> String {
                do {
                    try await blank.read { db in try migrator.requireCurrent(db) }
                    return "accepted"
                } catch { return "\(error)" }
            }
            #expect(await refusal(Migrator(steps)).contains("masthead db migrate"))
            _ = try await Migrator(steps).migrate(blank)
            #expect(await refusal(Migrator(steps)) == "accepted")
            #expect(await refusal(Migrator([steps[0]])).contains("0002_second, which this program doesn't know"))
            let edited = Migration(number: 2, name: "second", sql: "INSERT INTO log VALUES (22);")
            #expect(await refusal(Migrator([steps[0], edited])).contains("0002_second was applied with another text"))
            #expect(
                await refusal(Migrator(steps, landed: [1: "00"])).contains("not the one this program was built with"))
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
