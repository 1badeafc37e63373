import Postgres
import TestDatabase
import Testing
import Values

@Suite struct CopyTests {
    private func withTable(_ body: (TestDatabase) async throws -> Void) async throws {
        try await withTestDatabase { database in
            try await database.owner.transaction { db in
                try db.script("CREATE TABLE t (id bigint, name text, at timestamptz, data jsonb)")
            }
            try await body(database)
        }
    }

    private static let statement: SQL = "COPY t (id, name, at, data) FROM STDIN (FORMAT binary)"

    @Test func rowsCopiedInAreThereWithEveryValue() async throws {
        try await withTable { database in
            let copied = try await database.owner.transaction(.once) { db in
                try db.copyIn(Self.statement) { writer in
                    for id in 1...10_000 {
                        try writer.row { row in
                            row.write(id)
                            row.write(id % 3 == 0 ? nil : "name \(id)")
                            row.write(Timestamp(seconds: Int64(id)))
                            row.write(JSON.object(["id": .integer(Int64(id))]))
                        }
                    }
                }
            }
            #expect(copied == 10_000)
            // 3,333 of 10,000 are divisible by 3; the sum of 1…10,000 is 50,005,000.
            let counts = try await database.owner.read { db in
                try db.one(
                    """
                    SELECT sum(id)::bigint, count(*) - count(name), max(name), sum((data->>'id')::bigint)::bigint,
                        extract(epoch FROM max(at))::bigint
                    FROM t
                    """
                ) { row in
                    [
                        String(try row.next(Int.self)), String(try row.next(Int.self)), try row.next(String.self),
                        String(try row.next(Int.self)), String(try row.next(Int.self)),
                    ]
                }
            }
            #expect(counts == ["50005000", "3333", "name 9998", "50005000", "10000"])
        }
    }

    @Test func aCopyGivenUpHalfWayLeavesNothing() async throws {
        try await withTable { database in
            await #expect(throws: UnitTests.Stop.self) {
                try await database.owner.transaction(.once) { db in
                    _ = try db.copyIn(Self.statement) { writer in
                        for id in 1...50_000 {
                            if id == 40_000 { throw UnitTests.Stop() }
                            try writer.row { row in
                                row.write(id)
                                row.write("x")
                                row.write(Timestamp(seconds: 0))
                                row.write(JSON.null)
                            }
                        }
                    }
                }
            }
            let count = try await database.owner.read { db in try db.value("SELECT count(*) FROM t", as: Int.self) }
            #expect(count == 0)
        }
    }

    @Test func aRowTheTableRefusesIsTheServersError() async throws {
        try await withTable { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.owner.transaction(.once) { db in
                    _ = try db.copyIn("COPY t (id) FROM STDIN (FORMAT binary)") { writer in
                        try writer.row { $0.write("not a bigint") }
                    }
                }
            }
            #expect(error?.sqlstate == "22P03")
        }
    }

    @Test func whatIsCopiedOutIsWhatTheTableHolds() async throws {
        try await withTable { database in
            let text = try await database.owner.transaction { db in
                try db.run("INSERT INTO t (id, name) VALUES (1, 'a'), (2, NULL)")
                var bytes: [UInt8] = []
                try db.copyOut("COPY (SELECT id, name FROM t ORDER BY id) TO STDOUT (FORMAT csv)") { bytes += $0 }
                return String(decoding: bytes, as: UTF8.self)
            }
            #expect(text == "1,a\n2,\n")
        }
    }

    @Test func aLargeResultIsReadRowByRowAndMayBeLeftEarly() async throws {
        try await withTestDatabase { database in
            let result = try await database.app.read { db in
                var sum = 0
                try db.forEach("SELECT n FROM generate_series(1, 100000) AS g (n)") { sum += try $0.next(Int.self) }
                var seen = 0
                do {
                    try db.forEach("SELECT n FROM generate_series(1, 100000) AS g (n)") { _ in
                        seen += 1
                        if seen == 10 { throw UnitTests.Stop() }
                    }
                } catch is UnitTests.Stop {}
                return [sum, seen, try db.value("SELECT 7", as: Int.self) ?? 0]
            }
            #expect(result == [5_000_050_000, 10, 7])
        }
    }
}
