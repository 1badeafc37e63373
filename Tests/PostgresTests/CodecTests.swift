import FoundationEssentials
import Postgres
import TestDatabase
import Testing
import Values

/// Values through the server and back, held against what the server itself prints.
@Suite struct CodecTests {
    enum Colour: String, PostgresCodable, PostgresArrayElement { case red, green }
    struct Thing {}

    /// Sends a value, has the server print it, and reads it back.
    private func trip<T: PostgresCodable & Equatable>(_ value: T, as type: StaticString, prints text: String)
        async throws
    {
        try await withTestDatabase { database in
            try await database.app.statement { db in
                let answer = try db.one("SELECT \(value)::\(raw: type), \(value)::\(raw: type)::text") {
                    (try $0.next(T.self), try $0.next(String.self))
                }
                #expect(answer.0 == value)
                #expect(answer.1 == text)
            }
        }
    }

    @Test func scalarsArriveAsTheServerPrintsThem() async throws {
        try await trip(Int64.min, as: "int8", prints: "-9223372036854775808")
        try await trip(-7, as: "int4", prints: "-7")
        try await trip(true, as: "bool", prints: "true")
        try await trip("zażółć\t\"x\"\\", as: "text", prints: "zażółć\t\"x\"\\")
        try await trip("", as: "text", prints: "")
        try await trip([UInt8](0...255), as: "bytea", prints: "\\x" + (0...255).map(hex).joined())
        try await trip([UInt8](), as: "bytea", prints: "\\x")
        let uuid = try #require(UUID(uuidString: "6F9619FF-8B86-D011-B42D-00C04FC964FF"))
        try await trip(uuid, as: "uuid", prints: "6f9619ff-8b86-d011-b42d-00c04fc964ff")
        try await trip(Colour.green, as: "text", prints: "green")
        try await trip(ID<Thing>(42), as: "int8", prints: "42")
    }

    @Test func timesAndDatesArriveAsTheServerPrintsThem() async throws {
        try await trip(
            Timestamp(microseconds: 1_767_243_600_000_001), as: "timestamptz", prints: "2026-01-01 05:00:00.000001+00")
        try await trip(Timestamp(microseconds: -1), as: "timestamptz", prints: "1969-12-31 23:59:59.999999+00")
        try await trip(try LocalDate("2024-02-29"), as: "date", prints: "2024-02-29")
        try await trip(try LocalDate("1969-07-20"), as: "date", prints: "1969-07-20")
    }

    @Test func arraysKeepOrderNullsAndEmptiness() async throws {
        try await trip([3, 1, 2], as: "int8[]", prints: "{3,1,2}")
        try await trip([Int](), as: "int8[]", prints: "{}")
        try await trip(["a", "", "b,c\""], as: "text[]", prints: "{a,\"\",\"b,c\\\"\"}")
        try await trip([Int64?](arrayLiteral: 1, nil), as: "int8[]", prints: "{1,NULL}")
        try await trip([[1, 2], []] as [[UInt8]], as: "bytea[]", prints: "{\"\\\\x0102\",\"\\\\x\"}")
        try await trip([Colour.red], as: "text[]", prints: "{red}")
        try await trip([try LocalDate("2024-02-29")], as: "date[]", prints: "{2024-02-29}")
        try await trip([Timestamp(seconds: 0)], as: "timestamptz[]", prints: "{\"1970-01-01 00:00:00+00\"}")
    }

    @Test func jsonKeepsWhatItSays() async throws {
        try await trip(
            JSON.object(["a": .array([.integer(1), .null, .string("ż")])]), as: "jsonb",
            prints: #"{"a": [1, null, "ż"]}"#)
    }

    @Test func absenceIsNilAndOnlyWhereItIsAllowed() async throws {
        try await withTestDatabase { database in
            try await database.app.statement { db in
                let none: String? = nil
                let absent = try db.one("SELECT \(none)::text") { try $0.next(String?.self) }
                #expect(absent == nil)
                #expect(throws: PostgresError.self) { try db.value("SELECT NULL::text", as: String.self) }
                let nothing = try db.value("SELECT 1 WHERE false", as: Int.self)
                #expect(nothing == nil)
            }
        }
    }

    @Test(arguments: [
        ("SELECT 1.5::numeric", "numeric"), ("SELECT 'x'::text", "text"),
        ("SELECT now()::timestamp", "timestamp without"),
        ("SELECT 5000000000", "5000000000"),
    ])
    func aColumnOfAnotherTypeIsAnErrorThatNamesIt(query: String, named: String) async throws {
        try await withTestDatabase { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.app.statement { db in try db.value(SQL(stringLiteral: query), as: Int32.self) }
            }
            #expect(error?.description.contains(named) == true)
        }
    }

    @Test func aTextWithANulByteAndTooManyParametersAreRefusedBeforeTheyAreSent() async throws {
        try await withTestDatabase { database in
            for sql: SQL in ["SELECT \("a\0b")", SQL.joined(Array(repeating: "\(1)", count: 65_536), separator: ",")] {
                let error = await #expect(throws: PostgresError.self) {
                    try await database.app.statement { db in _ = try db.run(sql) }
                }
                guard case .unsendable = try #require(error) else { throw UnitTests.Stop() }
            }
        }
    }

    @Test func splicedPartsKeepTheirOwnValues() async throws {
        try await withTestDatabase { database in
            let filter: SQL = "b = \("two") AND c = \(3)"
            let sql: SQL =
                "SELECT a FROM (VALUES (1, 'two', 3)) AS v (a, b, c) WHERE a = \(1) AND \(filter) AND c <> \(9)"
            #expect(sql.text.hasSuffix("WHERE a = $1 AND b = $2 AND c = $3 AND c <> $4"))
            let found = try await database.app.statement { db in try db.value(sql, as: Int.self) }
            #expect(found == 1)
        }
    }

    private func hex(_ byte: Int) -> String {
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0" + text : text
    }
}
