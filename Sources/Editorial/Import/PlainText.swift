/// HTML in a field that has none: the tags go, the text stays.
enum PlainText {
    private static let entities = [
        ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&ldquo;", "“"),
        ("&rdquo;", "”"), ("&lsquo;", "‘"), ("&rsquo;", "’"), ("&mdash;", "—"), ("&ndash;", "–"), ("&hellip;", "…"),
        ("&nbsp;", "\u{A0}"), ("&amp;", "&"),
    ]

    /// Only what looks like a tag is one: "a < b" and "<3" stay.
    static func of(_ text: String) -> String {
        guard text.contains(where: { $0 == "<" || $0 == "&" }) else { return text }
        var plain = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            plain += rest[..<open]
            rest = rest[open...]
            let after = rest.dropFirst()
            if let first = after.first, first == "/" || first == "!" || (first.isASCII && first.isLetter),
                let close = after.firstIndex(of: ">")
            {
                rest = rest[rest.index(after: close)...]
            } else {
                plain.append(rest.removeFirst())
            }
        }
        plain += rest
        for (entity, character) in entities { plain = plain.replacing(entity, with: character) }
        return plain
    }
}
