import Testing
import Values

@Suite struct CSVReaderTests {
    /// The rows as line numbers and fields.
    static func rows(_ bytes: [UInt8]) throws -> [(Int, [String])] {
        var reader = try CSVReader(bytes)
        var rows: [(Int, [String])] = []
        while let row = try reader.next() { rows.append((row.line, row.fields)) }
        return rows
    }

    static func expect(
        _ text: String, _ expected: [(Int, [String])], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let rows = try rows(Array(text.utf8))
        #expect(rows.map(\.0) == expected.map(\.0), sourceLocation: sourceLocation)
        #expect(rows.map(\.1) == expected.map(\.1), sourceLocation: sourceLocation)
    }

    static func utf16(_ text: String, swapped: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        for unit in text.utf16 {
            let (low, high) = (UInt8(unit & 0xFF), UInt8(unit >> 8))
            bytes += swapped ? [high, low] : [low, high]
        }
        return bytes
    }

    static func failure(_ bytes: [UInt8]) -> CSVError? {
        do {
            _ = try rows(bytes)
            return nil
        } catch { return error as? CSVError }
    }

    @Test func quotesHoldCommasQuotesAndNewlines() throws {
        try Self.expect("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n", [(1, ["a", "b"]), (2, ["x, y", "say \"hi\""])])
        try Self.expect(
            "a,b\n\"one\ntwo\r\nthree\",x\nlast,y",
            [
                (1, ["a", "b"]), (2, ["one\ntwo\r\nthree", "x"]), (5, ["last", "y"]),
            ])
    }

    @Test func everyKindOfLineEndIsOneLine() throws {
        let expected = [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["3", "4"])]
        try Self.expect("a,b\r\n1,2\r\n3,4\r\n", expected)
        try Self.expect("a,b\n1,2\n3,4", expected)
        try Self.expect("a,b\r1,2\r3,4\r", expected)
        try Self.expect("a,b\n\r\n\n1,2\n", [(1, ["a", "b"]), (4, ["1", "2"])])
    }

    @Test func emptyFieldsAreKept() throws {
        try Self.expect(",\n\"\",x\n,\n", [(1, ["", ""]), (2, ["", "x"]), (3, ["", ""])])
    }

    @Test func aByteOrderMarkIsNotPartOfTheFirstHeading() throws {
        var reader = try CSVReader([0xEF, 0xBB, 0xBF] + Array("email,amount\na@example.org,1".utf8))
        #expect(try reader.readHeader(required: ["email"]) == ["email", "amount"])
        #expect(try reader.next()?["email"] == "a@example.org")
    }

    @Test func utf16ReadsInBothByteOrders() throws {
        let text = "name,town\r\nŻaneta 🖋,Łódź\r\n"
        let little = [0xFF, 0xFE] + Self.utf16(text)
        let big = [0xFE, 0xFF] + Self.utf16(text, swapped: true)
        for bytes in [little, big] {
            let rows = try Self.rows(bytes)
            #expect(rows.map(\.1) == [["name", "town"], ["Żaneta 🖋", "Łódź"]])
        }
        #expect(Self.failure(Array(little.dropLast()))?.reason.contains("middle of a letter") == true)
        let halfPair: [UInt8] = [0xFF, 0xFE, 0x61, 0, 0x0A, 0, 0x3D, 0xD8, 0x0A, 0]
        #expect(Self.failure(halfPair)?.line == 2)
    }

    @Test func anUnclosedQuoteIsNamedWhereItOpens() {
        #expect(Self.failure(Array("a,b\n1,2\n3,\"4\n5,6\n7,8\n".utf8))?.line == 3)
    }

    @Test func whatStandsAroundQuotesIsRefusedWithItsLine() {
        #expect(Self.failure(Array("a\n\"x\"y\n".utf8))?.line == 2)
        #expect(Self.failure(Array("a\nx\"y\"\n".utf8))?.line == 2)
        #expect(Self.failure(Array("a\n\"x\n\"y\n".utf8))?.line == 3)
    }

    @Test func aRaggedRowIsNamedByItsLine() {
        #expect(
            Self.failure(Array("a,b\n\"1\n1\",2\n3\n".utf8))
                == CSVError(line: 4, reason: "1 fields where the first row has 2"))
        #expect(Self.failure(Array("a,b\n1,2,3\n".utf8))?.line == 2)
    }

    @Test func nulAndBrokenTextAreRefusedWithTheirLine() {
        #expect(Self.failure(Array("a,b\n1,\u{0}\n".utf8))?.line == 2)
        #expect(Self.failure(Array("a,b\n1,2\n".utf8) + [0x33, 0x2C, 0xFF])?.line == 3)
        // UTF-16 without its mark: every other byte is NUL.
        #expect(Self.failure(Self.utf16("a,b\n"))?.line == 1)
    }

    @Test func aMegabyteFitsInAFieldAndMoreIsRefused() throws {
        let megabyte = [UInt8](repeating: 0x78, count: 1_000_000)
        let quote = UInt8(ascii: "\"")
        #expect(try Self.rows(megabyte)[0].1[0].utf8.count == 1_000_000)
        #expect(try Self.rows([quote] + megabyte + [quote])[0].1[0].utf8.count == 1_000_000)
        let more = [UInt8](repeating: 0x78, count: 1 << 20 | 1)
        #expect(Self.failure(Array("a\n".utf8) + more)?.line == 2)
        #expect(Self.failure(Array("a\n".utf8) + [quote] + more + [quote])?.line == 2)
        #expect(Self.failure([UInt8](repeating: UInt8(ascii: ","), count: 1_000))?.line == 1)
    }

    @Test func columnsMayStandInAnyOrder() throws {
        var reader = try CSVReader(Array("amount, email \n5,a@example.org\n".utf8))
        try reader.readHeader(required: ["email", "amount"], optional: ["name"])
        let row = try #require(try reader.next())
        #expect(row["email"] == "a@example.org")
        #expect(row["amount"] == "5")
        #expect(row["name"] == nil)
        #expect(row.line == 2)
    }

    @Test func headingsThatAreMissingDoubledOrUnknownAreNamed() throws {
        func failure(_ text: String) throws -> CSVError? {
            var reader = try CSVReader(Array(text.utf8))
            return #expect(throws: CSVError.self) { try reader.readHeader(required: ["a", "b"], optional: ["c"]) }
        }
        #expect(try failure("a\n")?.reason.contains("b") == true)
        #expect(try failure("a\tb\n")?.reason.contains("separated by tabs") == true)
        #expect(try failure("a,b,a\n")?.reason.contains("\"a\" comes twice") == true)
        #expect(try failure("a,b,d\n")?.reason.contains("unknown columns: d") == true)
        #expect(try failure("")?.reason == "the file is empty")
        #expect(try failure("\u{FEFF}")?.reason == "the file is empty")
    }

    @Test func anEmptyFileHasNoRows() throws {
        #expect(try Self.rows([]).isEmpty)
        #expect(try Self.rows(Array("\n\n".utf8)).isEmpty)
    }
}
