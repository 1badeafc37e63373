import Markdown
import Testing

struct MarkdownTests {
    @Test func tablesFootnotesStrikethroughAndBareLinksAreRendered() throws {
        let html = try Markdown.render(
            """
            | Year | Dams |
            | --- | ---: |
            | 2025 | 3 |

            ~~Four~~ three.[^1] See https://example.org/report.

            [^1]: As counted by the ministry.
            """
        ).html
        #expect(html.contains("<th>Year</th>"))
        #expect(html.contains("<td align=\"right\">3</td>"))
        #expect(html.contains("<del>Four</del>"))
        #expect(html.contains("<a href=\"https://example.org/report\">https://example.org/report</a>"))
        #expect(html.contains("As counted by the ministry."))
        #expect(html.contains("footnote"))
    }

    @Test(arguments: [
        "<script>steal()</script>", "<img src=x onerror=steal()>", "<svg/onload=steal()>", "<iframe src=//steal>",
        "a <b onclick=\"steal()\">b</b>", "<a href=\"javascript:steal()\">x</a>", "[x](javascript:steal())",
        "[x](JaVaScRiPt:steal())", "[x](<java\tscript:steal()>)", "[x](&#106;avascript:steal())",
        "[x](&#1;javascript:steal())", "[x](vbscript:steal())", "[x](data:text/html,<script>steal()</script>)",
        "![x](javascript:steal())", "[x]: javascript:steal()\n\n[x]", "<javascript:steal()>",
        "[x](data:image/svg+xml,<svg onload=steal()>)", "<style>@import 'steal'</style>",
        "<div\nonclick=steal()>\n\n</div>",
        "<!-- steal -->", "<![CDATA[steal]]>", "<?steal?>", "[x](feed:javascript:steal())",
        "| <img onerror=steal()> |\n| --- |\n| <script>steal()</script> |", "[^1]\n\n[^1]: <script>steal()</script>",
        "<details ontoggle=steal() open>", "![\" onerror=\"steal()](x.png)", "[x](\" onclick=\"steal())",
        "[x](x 'y\" onclick=\"steal()')",
    ])
    func nothingThatRunsReachesThePage(_ text: String) throws {
        let html = try Markdown.render(text).html
        // What is left of the tags is text: every < that remains begins a tag of the renderer's own.
        let tags = html.split(separator: "<").dropFirst(html.hasPrefix("<") ? 0 : 1).map {
            String($0.prefix { $0 != ">" })
        }
        let own = [
            "p", "/p", "a", "/a", "img", "table", "thead", "tbody", "tr", "th", "td", "/table", "/thead", "/tbody",
            "/tr", "/th", "/td", "section", "/section", "ol", "/ol", "li", "/li", "sup", "/sup", "code", "/code",
            "pre", "/pre",
        ]
        for tag in tags {
            #expect(own.contains(String(tag.prefix { !$0.isWhitespace })), "\(html)")
            let outside = tag.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
            let attributes = outside.lowercased().split(whereSeparator: \.isWhitespace).dropFirst()
            #expect(!attributes.contains { $0.hasPrefix("on") }, "a handler: \(html)")
        }
        for scheme in ["href=\"javascript", "src=\"javascript", "vbscript", "href=\"data", "src=\"data", "href=\"feed"]
        {
            #expect(!html.lowercased().contains(scheme), "\(html)")
        }
    }

    @Test func harmlessAddressesStay() throws {
        for address in [
            "https://example.org/a?b=c", "/2026/03/x", "#note", "mailto:desk@example.org", "x:y/../z", "a.png",
        ] {
            let rendering = try Markdown.render("[x](\(address))")
            let isScheme = address.hasPrefix("x:")
            #expect(rendering.html.contains("href=\"\(isScheme ? "" : address)\""))
            #expect(rendering.droppedAddresses == (isScheme ? 1 : 0))
        }
    }

    @Test func whatWasTakenOutIsCounted() throws {
        let rendering = try Markdown.render("<div>\nx\n</div>\n\na <b>b</b> <!-- note -->\n\n![A *big* dam](/dam.png)")
        #expect(rendering.droppedHTML == 3)
        #expect(rendering.images == [.init(address: "/dam.png", alt: "A big dam")])
        #expect(rendering.html.contains("a b"))
    }

    @Test func aTextWithoutEndIsRefused() {
        let text = String(repeating: "x", count: Markdown.longestText + 1)
        #expect(throws: Markdown.Failure.tooLong(bytes: text.utf8.count)) { try Markdown.render(text) }
    }

    @Test func aThousandTextsAtOnceRenderAsOneByOne() async throws {
        let expected = try Markdown.render("| a |\n| - |\n| ~~b~~ |").html
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<1_000 { group.addTask { try Markdown.render("| a |\n| - |\n| ~~b~~ |").html } }
            for try await html in group { #expect(html == expected) }
        }
    }
}
