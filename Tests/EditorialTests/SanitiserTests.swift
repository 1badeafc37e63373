import Foundation
import Markdown
import Postgres
import TestDatabase
import Testing

@testable import Editorial

struct SanitiserTests {
    @Test(arguments: [
        ("<p onclick=\"x()\" style=\"y\" class=\"z\">a</p>", "<p>a</p>"), ("<script>x</script>a", "a"),
        ("<a href=\"javascript:x\">a</a>", "<a>a</a>"), ("<a href=\"java\tscript:x\">a</a>", "<a>a</a>"),
        ("<a href=\"/b?c=d&amp;e\">a</a>", "<a href=\"/b?c=d&amp;e\">a</a>"),
        ("<img src=\"data:x\" alt=\"b\">", "<img alt=\"b\">"), ("<form><input>a</form>", "a"),
        ("<iframe src=\"x\">b</iframe>", ""), ("<svg><script>a</script></svg>b", "b"),
        ("<td colspan=\"2\" onmouseover=x>a", "<td colspan=\"2\">a</td>"), ("<td colspan=\"x\">a", "<td>a</td>"),
        ("<x-y>a</x-y>", "a"), ("a &lt;b&gt; &amp;", "a &lt;b&gt; &amp;"),
    ])
    func onlyWhatIsListedIsLeft(_ html: String, _ clean: String) {
        #expect(Sanitiser.clean(html) == clean)
    }

    @Test func aKeptBlockIsSanitisedAgainWhenItGoesOut() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            let body = """
                ```{=html}
                <table onclick="steal()"><tr><td colspan="2">Kept<script>steal()</script><img
                src="https://example.net/uncredited.jpg"></td></tr></table>
                ```
                """
            try await desk.save(id, body: body, bylines: ["ann-example"], base: nil)
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.publish(id)
            let html = try await desk.test.reader.read { db in
                try db.value("SELECT html FROM editorial.public_article", as: String.self)
            }
            #expect(html?.contains("<td colspan=\"2\">Kept</td>") == true, "\(html ?? "")")
            #expect(html?.contains("steal") == false)
            // A picture without credit and alternative text that no gate has seen.
            #expect(html?.contains("uncredited") == false)
        }
    }

    private static let pieces = [
        "<", ">", "\"", "'", "/", "=", " ", "\n", "\t", "\0", "&", ";", "#", "script", "svg", "img", "a", "iframe",
        "math",
        "style", "href", "src", "onload", "onerror=x()", "javascript:", "java&#10;script:", "data:text/html,",
        "vbscript:",
        "<a href=", "<img src=x onerror=", "<svg/onload=", "</", "<!--", "-->", "<![CDATA[", "]]>", "<p>", "</p>", "`",
        "```", "```{=html}\n", "\n```\n", "[x](", ")", "![", "]", "&colon;", "&Tab;", "&#x6a;avascript:", "text",
        "<table>", "<td ", "<details ontoggle=", "<template>", "<noscript>", "<title>", "<textarea>", "<style>", "é",
        "<a xlink:href=", "<base href=", "<form action=", "<math href=", "\u{202E}", "jAvAsCrIpT:x",
    ]

    /// Texts from a seed, each as sanitised HTML, as a kept block of a body, and by the converter.
    private static func pages(seed: UInt64, count: Int) throws -> [String] {
        var made = MadeHTML(seed: seed)
        return try (0..<count).flatMap { _ -> [String] in
            let text = (0..<(1 + made.number(25))).map { _ in made.pick(pieces) }.joined()
            return [
                Sanitiser.clean(text),
                try Markdown.render("```{=html}\n\(text)\n```\n\n\(text)", keeping: Sanitiser.clean).html,
                try Markdown.render(HTMLConverter(text).markdown, keeping: Sanitiser.clean).html,
            ]
        }
    }

    /// Judged by another parser than the one that wrote it: Python's.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "there is no python3"))
    func nothingThatRunsIsLeftWhateverTheText() throws {
        let judge = """
            import sys, json, re
            from html.parser import HTMLParser
            class Judge(HTMLParser):
                bad = None
                def handle_starttag(self, tag, attributes):
                    if tag in ('script', 'iframe', 'object', 'embed', 'style', 'base', 'form', 'svg', 'math', 'link', 'meta'):
                        self.bad = tag
                    for name, value in attributes:
                        if name.startswith('on') or name in ('style', 'srcdoc', 'formaction'): self.bad = name
                        if name in ('href', 'src', 'xlink:href', 'action'):
                            plain = re.sub(r'[\\x00-\\x20]', '', value or '').lower()
                            if re.match(r'(javascript|data|vbscript):', plain): self.bad = value
                handle_startendtag = handle_starttag
            for page in json.load(sys.stdin):
                judge = Judge(convert_charrefs=True)
                judge.feed(page); judge.close()
                if judge.bad: print(repr(judge.bad), repr(page))
            """
        for seed: UInt64 in [1, 20_261_122, 3_141_592] {
            let pages = try Self.pages(seed: seed, count: 400)
            let process = Process()
            let (input, output) = (Pipe(), Pipe())
            process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            process.arguments = ["-c", judge]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            let writer = Thread {
                input.fileHandleForWriting.write((try? JSONEncoder().encode(pages)) ?? Data())
                try? input.fileHandleForWriting.close()
            }
            writer.start()
            let found = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            #expect(found == "", "seed \(seed)")
        }
    }
}
