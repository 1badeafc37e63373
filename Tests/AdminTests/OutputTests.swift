import Testing
import Values

@testable import Admin

struct OutputTests {
    private let now = Timestamp(seconds: 1_764_590_400)  // 2025-12-01T12:00:00Z

    private func style(_ format: Format, width: Int? = nil, colour: Bool = false) throws -> Style {
        Style(format: format, colour: colour, width: width, zone: try Zone.named("America/New_York"), now: now)
    }

    private func gifts() throws -> Output {
        let usd = try Currency("USD")
        return Output(
            ["id", "donor", "given_at", "currency", "gross_minor", "share", "thanked", "facts"],
            [
                [
                    .integer(7), .text("O'Neill, \"Pat\""), .time(Timestamp(seconds: 1_764_590_400 - 7_200)),
                    .text("USD"), .money(Money(minor: 199_900, currency: usd)), .number("12.5"), .bool(true),
                    .json(.object(["b": .integer(1), "a": .string("x\ty")])),
                ],
                [
                    .integer(12), .text("=1+1\tok\nnext"), .null, .text("USD"), .money(Money(minor: -5, currency: usd)),
                    .null, .bool(false), .null,
                ],
            ])
    }

    @Test func tabSeparatedValuesHoldOneRecordALine() throws {
        #expect(
            try gifts().rendered(style(.tsv)) == """
                id\tdonor\tgiven_at\tcurrency\tgross_minor\tshare\tthanked\tfacts
                7\tO'Neill, "Pat"\t2025-12-01T05:00:00-05:00\tUSD\t199900\t12.5\ttrue\t{"a":"x\\\\ty","b":1}
                12\t=1+1\\tok\\nnext\t\tUSD\t-5\t\tfalse\t

                """)
    }

    @Test func jsonLinesKeepTheOrderOfColumnsAndTheTypes() throws {
        #expect(
            try gifts().rendered(style(.jsonl)) == #"""
                {"id":7,"donor":"O'Neill, \"Pat\"","given_at":"2025-12-01T05:00:00-05:00","currency":"USD","gross_minor":199900,"share":"12.5","thanked":true,"facts":{"a":"x\ty","b":1}}
                {"id":12,"donor":"=1+1\tok\nnext","given_at":null,"currency":"USD","gross_minor":-5,"share":null,"thanked":false,"facts":null}

                """#)
    }

    @Test func spreadsheetsGetNumbersAsNumbersAndNoFormulas() throws {
        let expected = [
            "id,donor,given_at,currency,gross,share,thanked,facts",
            #"7,"O'Neill, ""Pat""",2025-12-01T05:00:00-05:00,USD,1999.00,12.5,true,"{""a"":""x\\ty"",""b"":1}""#,
            "12,\"'=1+1\tok\nnext\",,USD,-0.05,,false,",
        ]
        #expect(try gifts().rendered(style(.csv)) == expected.map { $0 + "\r\n" }.joined())
    }

    @Test(arguments: ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'"])
    func aCellThatCouldBeAFormulaIsText(start: String) {
        #expect(Separated.disarmed(start + "cmd|' /C calc'!A0") == "'" + start + "cmd|' /C calc'!A0")
    }

    @Test func aPersonGetsATableWithRelativeTimes() throws {
        #expect(
            try gifts().rendered(style(.table)) == """
                ID  DONOR           GIVEN AT  CURRENCY    GROSS  SHARE  THANKED  FACTS
                 7  O'Neill, "Pat"  2 h ago   USD       1999.00   12.5  yes      {"a":"x\\\\ty","b":1}
                12  =1+1\\tok\\nnext  –         USD         -0.05      –  no       –

                """)
    }

    @Test func aTableFitsItsTerminal() throws {
        let output = Output(
            ["id", "title", "status"],
            [
                [.integer(1), .text("The rain that fell on the town for forty days"), .text("pitch")],
                [.integer(2), .text("雨雨雨雨雨雨雨雨雨雨雨雨"), .text("published")],
            ])
        #expect(
            try output.rendered(style(.table, width: 30, colour: true)) == """
                \u{1b}[1mID  TITLE            STATUS\u{1b}[0m
                 1  The rain that …  pitch
                 2  雨雨雨雨雨雨雨…  published

                """)
    }

    @Test func theFirstColumnStaysWholeAndAListReadsAsOne() throws {
        let roles = Field.json(.array([.string("admin"), .string("editor-in-chief")]))
        let output = Output(
            ["email", "roles"],
            [[.text("somebody.with.a.long.name@example.org"), roles], [.text("ada@example.org"), roles]])
        #expect(
            try output.rendered(style(.table, width: 30)) == """
                EMAIL                                  ROLES
                somebody.with.a.long.name@example.org  admin, edit…
                ada@example.org                        admin, edit…

                """)
    }

    @Test func oneRecordStandsUpright() throws {
        let output = Output.record([("id", .integer(7)), ("published_at", .time(now)), ("url", .text("/rain"))])
        #expect(
            try output.rendered(style(.table)) == """
                id            7
                published at  now
                url           /rain

                """)
        #expect(
            try output.rendered(style(.tsv)) == "id\tpublished_at\turl\n7\t2025-12-01T07:00:00-05:00\t/rain\n")
    }

    @Test func anEmptyListSaysSoToAPersonAndKeepsItsHeaderForAProgram() throws {
        let output = Output(["id", "title"], [])
        #expect(try output.rendered(style(.table)) == "(none)\n")
        #expect(try output.rendered(style(.tsv)) == "id\ttitle\n")
        #expect(try output.rendered(style(.jsonl)).isEmpty)
        #expect(try output.rendered(style(.csv)) == "id,title\r\n")
    }

    @Test func aDocumentPassesUnharmedExceptWhereStatusLinesAreCounted() throws {
        let text = "ok\t0\nsecond \\ line\u{1b}[2J\n"
        var style = try style(.tsv)
        #expect(Output.document(text).rendered(style) == text)
        style.guarded = true
        #expect(Output.document(text).rendered(style) == "ok\\t0\nsecond \\\\ line\\e[2J\n")
        style.format = .jsonl
        #expect(Output.document(text).rendered(style) == #"{"text":"ok\t0\nsecond \\ line\u001b[2J\n"}"# + "\n")
    }

    private static let spoken: [(seconds: Int64, text: String)] = [
        (0, "now"), (-59, "now"), (-60, "1 min ago"), (3_599, "in 59 min"), (-3_600, "1 h ago"),
        (-86_400, "1 day ago"), (172_800, "in 2 days"), (-2_592_000, "2025-11-01"), (3_456_000, "2026-01-10"),
    ]

    @Test func timesAreSaidAsPeopleSayThem() {
        for (seconds, text) in Self.spoken {
            #expect(RelativeTime.text(now.adding(seconds: seconds), now: now, zone: .utc) == text)
        }
    }
}
