import Testing
import Values

@Suite struct JSONTests {
    @Test(arguments: [
        ("{\"b\":1,\"a\":[true,false,null,\"x\"]}", "{\"a\":[true,false,null,\"x\"],\"b\":1}"),
        (
            " [ 1 , -0 , 1.50 , 1e400 , 9223372036854775807 , 9223372036854775808 ] ",
            "[1,-0,1.50,1e400,9223372036854775807,9223372036854775808]"
        ),
        ("\"\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\u0001\\\"\\\\\"", "\"é😀/\\b\\f\\n\\r\\t\\u0001\\\"\\\\\""),
        ("{}", "{}"), ("[]", "[]"), ("\"\"", "\"\""), ("{\"\":{}}", "{\"\":{}}"),
        ("{\"é\":1,\"z\":2,\"\u{10000}\":3,\"\u{FFFF}\":4}", "{\"z\":2,\"é\":1,\"\u{FFFF}\":4,\"\u{10000}\":3}"),
    ])
    func aValueIsWrittenInItsOneForm(_ text: String, _ canonical: String) throws {
        let json = try JSON(parsing: text)
        #expect(json.text == canonical)
        #expect(try JSON(parsing: json.canonical()) == json)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{a:1}", "'a'", "01", "1.", ".5", "+1", "1e", "NaN",
        "tru",
        "\"\\x\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\u00g0\"", "\"a", "\"\u{1}\"", "1 2", "[1 2]", "{\"a\" 1}", "-",
        "\"\\ud83d\\u0041\"", String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
    ])
    func whatTwoReadersCouldReadDifferentlyIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try JSON(parsing: text) }
    }

    @Test func brokenUTF8IsRefused() {
        #expect(throws: ValueError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: ValueError.self) { try JSON(parsing: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test func membersAreReadByTheirType() throws {
        let json: JSON = ["name": "x", "count": 3, "yes": true, "list": [1, 2], "none": nil]
        #expect(json["name"]?.string == "x")
        #expect(json["count"]?.integer == 3)
        #expect(json["yes"]?.bool == true)
        #expect(json["list"]?.array?.count == 2)
        #expect(json["none"] == .null)
        #expect(json["missing"] == nil)
        #expect(json["name"]?.integer == nil)
    }

    @Test func theErrorSaysWhere() {
        let error = #expect(throws: ValueError.self) { try JSON(parsing: "{\"a\": tru}") }
        #expect(error?.reason.contains("byte 6") == true)
    }
}
