import Markdown
import Testing
import XML

@testable import Editorial

struct HTMLConverterTests {
    @Test(arguments: [
        ("<p>A <b>bold</b> and <i>fine</i> word.</p>", "A **bold** and *fine* word.\n"),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo.\n"), ("a<br>b", "a\\\nb\n"), ("a<br><br>b", "a\n\nb\n"),
        ("<h2>Head <em>line</em></h2>", "## Head *line*\n"), ("<hr>", "***\n"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c\n"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b\n"), ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b\n"),
        ("<pre><code class=\"language-swift\">let a = `b`\n</code></pre>", "```swift\nlet a = `b`\n```\n"),
        ("<a href=\"/x(1)\">t</a>", "[t](/x\\(1\\))\n"),
        ("<img src=\"a b.png\" alt=\"A [dam]\">", "![A \\[dam\\]](a%20b.png)\n"),
        ("<p>H<sub>2</sub>O, 10<sup>3</sup>, the 1<sup>st</sup></p>", "H₂O, 10³, the 1st\n"),
        ("<code>a`b</code>", "``a`b``\n"), ("<del>old</del>", "~~old~~\n"), ("<q>so</q>", "“so”\n"),
        (
            "<table><tr><th>a<th>b|c</tr><tr><td>1<td><b>2</b></tr></table>",
            "| a | b\\|c |\n| --- | --- |\n| 1 | **2** |\n"
        ),
        ("<p>* no list\\</p>", "\\* no list\\\\\n"), ("<p>1. no list</p>", "1\\. no list\n"),
        ("<p># no head</p>", "\\# no head\n"),
        ("<p>a_b _c_ [d](e) &amp;amp; &lt;b&gt;</p>", "a_b \\_c\\_ \\[d\\](e) \\&amp; \\<b>\n"),
        (
            "<iframe src=\"//www.youtube-nocookie.com/embed/abc?rel=0\"></iframe>",
            "https://www.youtube.com/watch?v=abc\n"
        ),
        ("<iframe src=\"https://player.vimeo.com/video/12\"></iframe>", "https://vimeo.com/12\n"),
        ("<div><p>a</p></div><section>b</section>", "a\n\nb\n"), ("<p>&nbsp;</p><p> </p>", "\u{A0}\n"),
        ("x<em></em>y<strong> z </strong>w", "xy **z** w\n"), ("<ul><li>a</ul><ul><li>b</ul>", "- a\n\n* b\n"),
        ("", ""), ("<script>x()</script>", ""),
    ])
    func theUsualBecomesMarkdown(_ html: String, _ markdown: String) {
        #expect(HTMLConverter(html).markdown == markdown)
    }

    @Test(arguments: [
        "<table><tr><td colspan=2>a</td></tr><tr><td>b</td><td>c</td></tr></table>",
        "<table><tr><th>a</th></tr><tr><td><ul><li>b</li></ul></td></tr></table>",
        "<dl><dt>Dam</dt><dd>A wall</dd></dl>", "<details><summary>More</summary>text</details>",
        "<p>x<sup>a+b</sup></p>",
    ])
    func whatMarkdownHasNoFormForIsKeptAndSaid(_ html: String) throws {
        let converter = HTMLConverter(html)
        #expect(converter.markdown.hasPrefix("```{=html}\n"), "\(converter.markdown)")
        #expect(converter.keptBlocks == 1)
        #expect(converter.losses.contains { $0.hasPrefix("kept as HTML") })
        let rendered = try Markdown.render(converter.markdown, keeping: Sanitiser.clean).html
        #expect(try HTML.parse(rendered).text.contains(try HTML.parse(html).text.prefix(1)))
        #expect(!rendered.contains("```") && !rendered.contains("&lt;"))
    }

    @Test func aCaptionGoesWithItsPicture() {
        let converter = HTMLConverter(
            "<figure><a href=\"/big\"><img src=\"/d.png\" alt=\"Dam\" class=\"wp-image-7\"></a><figcaption>The <b>dam</b></figcaption></figure>"
        )
        #expect(converter.markdown == "[![Dam](/d.png)](/big)\n")
        #expect(converter.pictures.map(\.caption) == ["The dam"])
        #expect(converter.pictures.map(\.classes) == ["wp-image-7"])
    }

    @Test(arguments: [
        "<p>Text<sup id=\"fnref1\"><a href=\"#fn1\">1</a></sup> goes on.</p><ol><li id=\"fn1\">The note. <a href=\"#fnref1\">↩</a></li></ol>",
        "<p>Text<sup data-fn=\"u\" class=\"fn\"><a href=\"#u\" id=\"u-link\">1</a></sup> goes on.</p><ol class=\"wp-block-footnotes\"><li id=\"u\">The note. <a href=\"#u-link\">↩︎</a></li></ol>",
        "<p>Text<x-footnote>The note.</x-footnote> goes on.</p>",
    ])
    func footnotesAreFootnotes(_ html: String) {
        #expect(HTMLConverter(html).markdown == "Text[^1] goes on.\n\n[^1]: The note.\n")
    }

    @Test func wordPressesLineEndsArePageBreaksWhereItSaysSo() {
        let text = "One\ntwo.\n\nThree <b>four\nfive</b>\n<ul>\n<li>six</li>\n</ul>\n"
        #expect(
            HTMLConverter(text, breaksLines: true).markdown
                == "One\\\ntwo.\n\nThree **four\\\nfive**\n\n- six\n")
        #expect(HTMLConverter(text).markdown == "One two. Three **four five**\n\n- six\n")
    }

    @Test func unsafeLinksLoseTheirAddressAndItIsSaid() {
        for address in ["javascript:x()", "JaVaScRiPt:x()", "data:text/html,x", "vbscript:x", " javascript:x()"] {
            let converter = HTMLConverter("<p><a href=\"\(address)\">t</a></p>")
            #expect(converter.markdown == "t\n")
            #expect(converter.losses.count == 1)
        }
    }

    // MARK: Any HTML

    @Test(arguments: (1...12).map { UInt64($0) &* 7919 &+ 20_261_122 })
    func noWordIsLostOrMovedWhateverTheHTML(_ seed: UInt64) throws {
        var made = MadeHTML(seed: seed)
        for round in 0..<60 {
            let html = made.document()
            let converter = HTMLConverter(html)
            let rendered = try Markdown.render(converter.markdown, keeping: Sanitiser.clean).html
            let want = Self.folded(VisibleText.words(try HTML.parse(html)))
            let got = Self.folded(VisibleText.words(try HTML.parse(rendered)))
            #expect(got == want, "seed \(seed), round \(round):\n\(html)\n---\n\(converter.markdown)\n---\n\(rendered)")
            if got != want { return }
        }
    }

    /// Raised digits as plain ones: the same words, set differently.
    static func folded(_ words: [String]) -> [String] {
        let plain = Dictionary(
            InlineMarkup.superscripts.map { ($0.value, $0.key) } + InlineMarkup.subscripts.map { ($0.value, $0.key) },
            uniquingKeysWith: { first, _ in min(first, "-") == "-" ? "-" : first })
        return words.map { String($0.map { plain[$0] ?? ($0 == "−" ? "-" : $0) }) }
    }
}

/// HTML from a seed: nested as writers and editors nest it, with text that looks like Markdown.
struct MadeHTML {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func number(_ below: Int) -> Int {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(below))
    }

    mutating func pick<T>(_ items: [T]) -> T { items[number(items.count)] }

    private static let words = [
        "dam", "river", "It’s", "*", "_", "**bold**", "__init__", "`code`", "[x](y)", "![z]", "#", "1.", "2)", "-", "+",
        "&gt;", "&lt;b&gt;", "&amp;amp;", "~~~", "~a~", "a_b_c", "http://x.example/a_b", "www.x.example", "|", "\\",
        "\\*",
        "===", "---", "***", "&nbsp;", "é", "日本", "“so”", "…", "$5", "100%", "[^1]", ":---:", "&quot;", "a*b*c", "!",
        "end.", "{% x %}", "{=html}", "```", "ⁿ", "x@y.example", "0", "=", "&copy;", "(c)", "؟",
    ]

    mutating func text() -> String {
        (0..<(1 + number(6))).map { _ in pick(Self.words) }.joined(separator: pick([" ", " ", "\n", "  ", ""]))
    }

    mutating func inline(_ depth: Int) -> String {
        guard depth > 0 else { return text() }
        return (0..<(1 + number(4))).map { _ -> String in
            switch number(16) {
            case 0: "<em>\(inline(depth - 1))</em>"
            case 1: "<strong>\(inline(depth - 1))</strong>"
            case 2: "<b> \(inline(depth - 1)) </b>"
            case 3: "<a href=\"/a_(b)?c=d&amp;e\">\(text())</a>"
            case 4: "<code>\(text())</code>"
            case 5: "<br>"
            case 6: "<del>\(inline(depth - 1))</del>"
            case 7: "<span style=\"x\">\(inline(depth - 1))</span>"
            case 8: "<sup>\(pick(["2", "3", "th", "a+b", "n"]))</sup>"
            case 9: "<img src=\"/p.png\" alt=\"\(pick(["A dam", "*x*", ""]))\">"
            case 10: "<q>\(inline(depth - 1))</q>"
            case 11: "<i>\(text())</i><i>\(text())</i>"
            default: text()
            }
        }.joined(separator: pick(["", " "]))
    }

    mutating func block(_ depth: Int) -> String {
        switch number(depth > 0 ? 13 : 4) {
        case 0, 1: return "<p>\(inline(3))</p>"
        case 2: return "<h\(1 + number(6))>\(inline(1))</h2>".replacing("</h2>", with: "</h6>")
        case 3: return text()
        case 4:
            let items = (0..<(1 + number(4))).map { _ in "<li>\(number(2) == 0 ? inline(2) : blocks(depth - 1))</li>" }
            return pick([
                "<ul>\(items.joined())</ul>", "<ol start=\"\(number(20))\">\(items.joined(separator: "\n"))</ol>",
            ])
        case 5: return "<blockquote>\(blocks(depth - 1))</blockquote>"
        case 6: return "<pre>\(text())\n  \(text())</pre>"
        case 7:
            let width = 1 + number(3)
            func row(_ tag: String, _ made: inout Self) -> String {
                "<tr>" + (0..<width).map { _ in "<\(tag)>\(made.inline(1))</\(tag)>" }.joined() + "</tr>"
            }
            var rows = number(4) == 0 ? "" : row("th", &self)
            for _ in 0..<(1 + number(3)) { rows += row("td", &self) }
            return "<table>\(rows)</table>"
        case 8: return "<div align=\"center\">\(blocks(depth - 1))</div>"
        case 9: return "<hr>"
        case 10: return "<dl><dt>\(text())</dt><dd>\(inline(1))</dd></dl>"
        case 11: return "<details><summary>\(text())</summary>\(blocks(depth - 1))</details>"
        default: return "<script>\(number(9))</script>"
        }
    }

    mutating func blocks(_ depth: Int) -> String {
        (0..<(1 + number(3))).map { _ in block(depth) }.joined(separator: pick(["", "\n", "\n\n"]))
    }

    mutating func document() -> String { blocks(3) + blocks(2) }
}
