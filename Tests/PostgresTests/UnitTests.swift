import Postgres
import TestDatabase
import Testing

/// A unit of work: what it sees, when it is undone, when it is run again.
@Suite struct UnitTests {
    @Test func aUnitThatThrowsLeavesNothingBehind() async throws {
        struct Stop: Error {}
        try await withTestDatabase { database in
            try await database.owner.transaction { db in try db.script("CREATE TABLE t (a bigint)") }
            await #expect(throws: Stop.self) {
                try await database.owner.transaction { db in
                    try db.run("INSERT INTO t VALUES (1)")
                    throw Stop()
                }
            }
            let count = try await database.owner.read { db in try db.value("SELECT count(*) FROM t", as: Int.self) }
            #expect(count == 0)
        }
    }
}
