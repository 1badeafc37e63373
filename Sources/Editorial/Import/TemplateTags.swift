/// Jekyll's and Eleventy's template tags in a Markdown text, turned into Markdown where their meaning is known.
///
/// What isn't known is taken out and named: it would stand in print as code. The file itself is kept beside.
struct TemplateTags {
    private(set) var text = ""
    /// Each tag that was taken out, as it was written.
    private(set) var unknown: [String] = []

    init(_ source: String) {
        var rest = source[...]
        while let open = rest.firstIndex(of: "{") {
            text += rest[..<open]
            rest = rest[open...]
            if rest.hasPrefix("{%"), let tag = Self.tag(&rest, closing: "%}") {
                if Self.name(of: tag) == "raw" { text += Self.verbatim(&rest) } else { block(tag) }
            } else if rest.hasPrefix("{{"), let tag = Self.tag(&rest, closing: "}}") {
                output(tag)
            } else {
                text.append(rest.removeFirst())
            }
        }
        text += rest
    }

    /// The inside of the tag at the front of `rest`, which then begins after it; nil when it isn't closed.
    private static func tag(_ rest: inout Substring, closing: String) -> String? {
        guard let end = rest.firstRange(of: closing) else { return nil }
        let inside = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound])
        rest = rest[end.upperBound...]
        return inside.trimmed()
    }

    private static func name(of tag: String) -> String {
        String(tag.prefix { !$0.isWhitespace })
    }

    /// What stands between `{% raw %}` and `{% endraw %}` is meant to be read.
    private static func verbatim(_ rest: inout Substring) -> String {
        var inside = ""
        while let open = rest.firstRange(of: "{%") {
            inside += rest[..<open.lowerBound]
            rest = rest[open.lowerBound...]
            var after = rest
            guard let tag = tag(&after, closing: "%}") else { break }
            if tag == "endraw" {
                rest = after
                return inside
            }
            inside += rest[..<after.startIndex]
            rest = after
        }
        defer { rest = rest[rest.endIndex...] }
        return inside + rest
    }

    /// `{% image "path" "alt" %}` and `{% image_with_class "path" "class" "alt" %}` are pictures.
    private mutating func block(_ tag: String) {
        let name = Self.name(of: tag)
        if jekyll(name, tag.dropFirst(name.count).trimmedFront()) { return }
        let words = tag.dropFirst(name.count).split(separator: "\"", omittingEmptySubsequences: false)
        guard name == "image" || name == "image_with_class", words.count >= 3 else {
            return unknown.append("{% \(tag) %}")
        }
        let path = String(words[1])
        // The alt text runs to the last quotation mark: authors quote inside it, too.
        var alt = words.dropFirst(3).joined(separator: "\"").dropLastQuote()
        if let styled = alt.firstRange(of: "\" \""), alt.hasPrefix("width-") { alt = alt[styled.upperBound...] }
        let address = path.contains("://") || path.hasPrefix("/") ? path : "/" + path
        text += "![\(Self.escaped(alt))](\(address))"
    }

    /// Jekyll's own: code, and addresses within the site. False when it is none of them.
    private mutating func jekyll(_ name: String, _ rest: Substring) -> Bool {
        switch name {
        case "highlight":
            let language = rest.prefix { !$0.isWhitespace }
            text += "```\(language)"
        case "endhighlight": text += "```"
        case "link":
            // "_posts/2015-01-08-dam.md" and "about.md": what Jekyll makes of them.
            let name = rest.prefix { !$0.isWhitespace }
            let base = name.split(separator: "/").last ?? name
            let stem = base.lastIndex(of: ".").map { base[..<$0] } ?? base
            text +=
                ImportDate(fileName: String(base)) == nil
                ? "/"
                    + (name.split(separator: "/").dropLast() + [stem])
                    .joined(separator: "/") + "/" : Self.dated(stem)
        case "post_url": text += Self.dated(rest.split(separator: "/").last?.prefix { !$0.isWhitespace } ?? "")
        default: return false
        }
        return true
    }

    /// "2015-01-08-dam" as "/2015/01/08/dam/".
    private static func dated(_ stem: Substring) -> String {
        let day = stem.prefix(10).split(separator: "-").joined(separator: "/")
        return "/\(day)/\(stem.dropFirst(11))/"
    }

    private mutating func output(_ tag: String) {
        let parts = tag.split(separator: "|", maxSplits: 1).map { String($0).trimmed() }
        if tag == "site.baseurl" { return }
        guard let value = parts.first, value.hasPrefix("\""), value.hasSuffix("\""), value.count > 1 else {
            return unknown.append("{{ \(tag) }}")
        }
        let literal = value.dropFirst().dropLast()
        switch parts.count == 2 ? parts[1].prefix(while: { $0.isLetter || $0 == "_" }) : "" {
        // An address, a name from the staff list, and a frame that becomes the address it showed.
        case "", "url", "team_link", "embed", "relative_url", "absolute_url": text += literal
        default: unknown.append("{{ \(tag) }}")
        }
    }

    private static func escaped(_ alt: Substring) -> String {
        String(alt).replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]")
    }
}

extension Substring {
    fileprivate func trimmedFront() -> Substring { drop(while: \.isWhitespace) }
}

extension String {
    fileprivate func dropLastQuote() -> Substring {
        guard let last = lastIndex(of: "\"") else { return self[...] }
        return self[..<last]
    }
}
