import Logging
import Postgres
import TestDatabase
import Testing

/// A unit of work: what it sees, when it is undone, when it is run again.
@Suite struct UnitTests {
    struct Stop: Error {}

    private func withTable(_ body: (TestDatabase) async throws -> Void) async throws {
        try await withTestDatabase { database in
            try await database.owner.transaction { db in
                try db.script("CREATE TABLE t (id bigint PRIMARY KEY, n bigint); INSERT INTO t VALUES (1, 0), (2, 0)")
            }
            try await body(database)
        }
    }

    private func sum(_ database: Database) async throws -> Int? {
        try await database.read { db in try db.value("SELECT sum(n)::bigint FROM t", as: Int.self) }
    }

    @Test func aUnitThatThrowsLeavesNothingBehind() async throws {
        try await withTable { database in
            await #expect(throws: Stop.self) {
                try await database.owner.transaction { db in
                    try db.run("UPDATE t SET n = 7")
                    throw Stop()
                }
            }
            let answered = try await sum(database.owner)
            #expect(answered == 0)
        }
    }

    @Test func aUnitThatHidesAFailedStatementIsToldThatItWasRolledBack() async throws {
        try await withTable { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.owner.transaction { db in
                    try db.run("UPDATE t SET n = 7")
                    _ = try? db.run("SELECT 1 / 0")
                }
            }
            #expect(error?.word == "rolledBack")
            let answered = try await sum(database.owner)
            #expect(answered == 0)
        }
    }

    @Test func aReadingUnitSeesOneSnapshotAndMayNotWrite() async throws {
        try await withTable { database in
            let owner = database.owner
            let other = database.database(database.ownerURL)
            let seen = try await owner.read { db in
                let before = try db.value("SELECT sum(n)::bigint FROM t", as: Int.self)
                try blocking { try await other.transaction { db in _ = try db.run("UPDATE t SET n = 5") } }
                return [before, try db.value("SELECT sum(n)::bigint FROM t", as: Int.self)]
            }
            #expect(seen == [0, 0])
            let after = try await sum(owner)
            #expect(after == 10)
            let error = await #expect(throws: PostgresError.self) {
                try await owner.read { db in _ = try db.run("UPDATE t SET n = 1") }
            }
            #expect(error?.sqlstate == "25006")
            await other.close()
        }
    }

    @Test func aDeadlockIsRetriedAndBothUnitsEndOnce() async throws {
        try await withTable { database in
            let runs = Counter()
            let meeting = Meeting(of: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[1, 2], [2, 1]] {
                    group.addTask {
                        try await database.owner.transaction { db in
                            let isFirstRun = runs.add() <= 2
                            try db.run("UPDATE t SET n = n + 1 WHERE id = \(order[0])")
                            if isFirstRun { meeting.arrive() }
                            try db.run("UPDATE t SET n = n + 1 WHERE id = \(order[1])")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(runs.count == 3)
            let answered = try await sum(database.owner)
            #expect(answered == 4)
        }
    }

    @Test func aSerializationFailureRunsTheWholeUnitAgain() async throws {
        try await withTable { database in
            let runs = Counter()
            let other = database.database(database.ownerURL)
            try await database.owner.transaction { db in
                let run = runs.add()
                try db.script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                let n = try db.value("SELECT n FROM t WHERE id = 1", as: Int.self) ?? 0
                if run == 1 {
                    try blocking {
                        try await other.transaction { db in _ = try db.run("UPDATE t SET n = 10 WHERE id = 1") }
                    }
                }
                try db.run("UPDATE t SET n = \(n + 1) WHERE id = 1")
            }
            #expect(runs.count == 2)
            let answered = try await sum(database.owner)
            #expect(answered == 11)
            await other.close()
        }
    }

    @Test func aUnitThatConsumesAStreamIsNotRunAgain() async throws {
        try await withTable { database in
            let runs = Counter()
            let error = await #expect(throws: PostgresError.self) {
                try await database.owner.transaction(.once) { db in
                    runs.add()
                    try db.script("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$")
                }
            }
            #expect(error?.sqlstate == "40001")
            #expect(runs.count == 1)
        }
    }

    @Test func retriesEndAtTheirLimit() async throws {
        try await withTable { database in
            let runs = Counter()
            let pool = database.database(database.ownerURL) { $0.retryLimit = 3 }
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { db in
                    runs.add()
                    try db.script("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40P01'; END $$")
                }
            }
            #expect(error?.sqlstate == "40P01")
            #expect(runs.count == 4)
            await pool.close()
        }
    }

    @Test func aSavepointUndoesItsPartAlone() async throws {
        try await withTable { database in
            try await database.owner.transaction { db in
                try db.run("UPDATE t SET n = 1 WHERE id = 1")
                var sqlstate: String?
                do {
                    try db.savepoint {
                        try db.run("UPDATE t SET n = 100 WHERE id = 2")
                        try db.run("SELECT 1 / 0")
                    }
                } catch let error as PostgresError {
                    sqlstate = error.sqlstate
                }
                #expect(sqlstate == "22012")
                try db.savepoint { _ = try db.run("UPDATE t SET n = 2 WHERE id = 2") }
            }
            let answered = try await sum(database.owner)
            #expect(answered == 3)
        }
    }
}
