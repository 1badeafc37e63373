import Editorial
import Foundation
import TestDatabase
import Testing
import Values

struct RenderingTests {
    private static let embeds: Embeds = {
        do {
            return try Embeds(parsing: [UInt8](Data(contentsOf: URL(filePath: packageFolder + "/Config/embeds.json"))))
        } catch { preconditionFailure("\(error)") }
    }()

    private func html(_ body: String) throws -> String {
        try Rendering.page(Content(title: "x", body: body), embeds: Self.embeds).html
    }

    @Test func aParagraphThatIsOnlyAPlayersAddressBecomesAFrameToClick() throws {
        for address in [
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://youtu.be/dQw4w9WgXcQ?t=3",
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1",
        ] {
            let page = try Rendering.page(
                Content(title: "x", body: "Look:\n\n\(address)\n\nWell.\n"), embeds: Self.embeds)
            #expect(page.frames == 1, "\(address)")
            #expect(page.html.contains("data-frame=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ\""))
            // Nothing that loads by itself.
            for tag in ["<iframe", "<script", "<img", "src="] { #expect(!page.html.contains(tag)) }
        }
    }

    @Test(arguments: [
        "See https://youtu.be/dQw4w9WgXcQ for it.", "https://youtu.be.example.org/dQw4w9WgXcQ",
        "https://example.org/https://youtu.be/dQw4w9WgXcQ", "http://youtu.be/dQw4w9WgXcQ", "https://youtu.be/",
        "https://youtu.be/dQw4\"onload=x", "`https://youtu.be/dQw4w9WgXcQ`", "    https://youtu.be/dQw4w9WgXcQ",
        "[a player](https://youtu.be/dQw4w9WgXcQ)", "https://youtu.be/dQw4w9WgXcQ/../../evil",
        "\\<p>\\<a href=\"https://youtu.be/x\">https://youtu.be/x\\</a>\\</p>",
    ])
    func nothingElseDoes(_ body: String) throws {
        #expect(try Rendering.page(Content(title: "x", body: body), embeds: Self.embeds).frames == 0)
    }

    @Test(arguments: [
        "[]", "{\"a\": {}}",
        "{\"a\": {\"name\": \"A\", \"addresses\": [\"http://a/{id}\"], \"frame\": \"https://a/{id}\"}}",
        "{\"a\": {\"name\": \"A\", \"addresses\": [\"https://a/{id}\"], \"frame\": \"javascript:{id}\"}}",
        "{\"a\": {\"name\": \"A\", \"addresses\": [\"https://a/\"], \"frame\": \"https://a/{id}\"}}",
        "{\"\\\"x\": {\"name\": \"A\", \"addresses\": [\"https://a/{id}\"], \"frame\": \"https://a/{id}\"}}",
    ])
    func aListOfProvidersThatIsWrongIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try Embeds(parsing: Array(text.utf8)) }
    }

    /// Pieces that do something in a browser, in every company.
    @Test func rawHTMLScriptsAndHandlersNeverReachAPage() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let schemes = [
            "javascript:", "JaVaScRiPt:", "java\tscript:", "java\nscript:", "&#106;avascript:",
            "&#x6A;avascript&colon;",
            "\u{1}javascript:", " javascript:", "javascript&#58;", "vbscript:", "data:text/html,",
            "data:image/svg+xml,",
            "feed:javascript:", "jar:javascript:", "\u{feff}javascript:", "blob:", "file:///",
        ]
        let tags = [
            "<script>x()</script>", "<img src=x onerror=x()>", "<svg/onload=x()>", "<svg><script>x()</script></svg>",
            "<iframe src=//x>", "<b onclick=\"x()\">b</b>", "<style>@import 'x'</style>", "<object data=x>",
            "<base href=//x>",
            "<form action=//x>", "<math><a xlink:href=javascript:x()>", "<!--><img onerror=x()>", "<p onmouseover=x()>",
            "</figure><img onerror=x()>", "\" onclick=\"x()", "' onfocus='x()", "<a href=javascript:x()>",
            "<\u{0C}script>x()",
        ]
        let shells = [
            "%", "[x](%)", "![x](%)", "[x](<%>)", "<%>", "[x]: %\n\n[x]", "> %", "- %", "| % |\n| --- |\n| % |",
            "[^1]\n\n[^1]: %", "**%**", "# %", "[%](https://example.org)", "![%](image:1)", "\n\n%\n\n",
            "https://youtu.be/%",
            "[x](https://example.org \"%\")", "~~%~~",
        ]
        for _ in 0..<4_000 {
            var body = ""
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let piece =
                    Bool.random(using: &random)
                    ? tags.randomElement(using: &random) ?? "" : (schemes.randomElement(using: &random) ?? "") + "x()"
                body += (shells.randomElement(using: &random) ?? "%").replacing("%", with: piece)
                body += ["", "\n", "\n\n", " "].randomElement(using: &random) ?? ""
            }
            let page = try html(body)
            let fault = Self.fault(in: page)
            #expect(fault == nil, "seed \(seed): \(fault ?? "") in \(page) of \(body)")
        }
    }

    /// The first tag or attribute that isn't the renderer's own, or address that does more than lead somewhere.
    private static func fault(in html: String) -> String? {
        let own: Set<String> = [
            "p", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "section", "ol", "ul", "li", "sup", "code",
            "pre",
            "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "del", "hr", "br", "figure", "figcaption",
        ]
        let attributes: Set<String> = [
            "href", "src", "alt", "title", "class", "id", "align", "data-footnote-ref", "data-footnote-backref",
            "data-footnote-backref-idx", "data-footnotes", "aria-label", "rel", "data-provider", "data-frame", "start",
        ]
        for piece in html.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
            guard let end = piece.firstIndex(of: ">") else { return "an open tag: \(piece)" }
            var rest = piece[..<end]
            if rest.hasPrefix("/") { rest = rest.dropFirst() }
            if rest.hasSuffix("/") { rest = rest.dropLast() }
            let name = String(rest.prefix { !$0.isWhitespace })
            guard own.contains(name) else { return "a tag: \(name)" }
            // Names stand outside of quotes, values inside: every second part.
            for (index, part) in rest.dropFirst(name.count).split(separator: "\"", omittingEmptySubsequences: false)
                .enumerated()
            {
                if index.isMultiple(of: 2) {
                    for word in part.split(whereSeparator: \.isWhitespace) {
                        let attribute = word.prefix { $0 != "=" }
                        guard attributes.contains(String(attribute)) else { return "an attribute: \(word)" }
                    }
                }
            }
            for attribute in ["href=\"", "src=\"", "data-frame=\""] {
                guard let start = rest.firstRange(of: attribute) else { continue }
                let address = rest[start.upperBound...].prefix { $0 != "\"" }.lowercased()
                    .replacing("&#x27;", with: "'").replacing("&amp;", with: "&")
                let scheme = address.prefix { !":/?#".contains($0) }
                let isRelative = scheme.count == address.count || address.dropFirst(scheme.count).first != ":"
                guard isRelative || ["http", "https", "mailto", "tel"].contains(scheme) else {
                    return "an address: \(address)"
                }
            }
        }
        return nil
    }
}
