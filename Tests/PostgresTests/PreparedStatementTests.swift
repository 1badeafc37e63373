import Postgres
import TestDatabase
import Testing

@Suite struct PreparedStatementTests {
    private func prepared(_ db: Connection) throws -> Int {
        try db.value(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT%::int8 AS probe'", as: Int.self)
            ?? -1
    }

    @Test(arguments: [true, false])
    func aStatementIsPreparedOnceOrNotAtAllWithTheSwitchOff(isOn: Bool) async throws {
        try await withTestDatabase { database in
            let pool = database.database(database.appURL) { $0.preparedStatements = isOn }
            let count = try await pool.read { db in
                for value in 0..<5 { _ = try db.value("SELECT \(value)::int8 AS probe", as: Int.self) }
                return try prepared(db)
            }
            #expect(count == (isOn ? 1 : 0))
            await pool.close()
        }
    }

    @Test func aTableChangedUnderAPreparedStatementIsNoticedAndTheNextUseWorks() async throws {
        try await withTestDatabase { database in
            let pool = database.database(database.ownerURL) { $0.poolSize = 1 }
            try await pool.transaction { try $0.script("CREATE TABLE t (a bigint); INSERT INTO t VALUES (1)") }
            let read: @Sendable (Connection) throws -> Int = { db in try db.one("SELECT * FROM t") { $0.columnCount } }
            let before = try await pool.read { try read($0) }
            try await pool.transaction { try $0.script("ALTER TABLE t ADD COLUMN b bigint") }
            let failure = await #expect(throws: PostgresError.self) { try await pool.read { try read($0) } }
            #expect(failure?.sqlstate == "0A000")
            let after = try await pool.read { try read($0) }
            #expect([before, after] == [1, 2])
            await pool.close()
        }
    }
}
