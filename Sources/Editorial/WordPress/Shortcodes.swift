internal import Markdown

/// WordPress's shortcodes in an HTML text, as the HTML they stand for. What isn't known is taken out and named; text in
/// brackets that is no shortcode ("[sic]") stays.
struct Shortcodes {
    private(set) var html = ""
    /// Names of those that were taken out, each once. Their attributes may hold keys, so they aren't repeated.
    private(set) var unknown: [String] = []
    private let site: WXRSite

    init(_ source: String, site: WXRSite) {
        self.site = site
        html = expanded(source[...])
    }

    /// One shortcode: `[name a="b"]`, and what stands before its `[/name]` if it has one.
    private struct Code {
        var name: String
        var attributes: [String: String]
        var values: [String]
        var inside: Substring?
    }

    /// Shortcodes of well-known plugins, which are that even without attributes.
    private static let wellKnown: Set<String> = [
        "gallery", "caption", "wp_caption", "embed", "audio", "video", "playlist", "contact-form", "contact-form-7",
        "gravityform", "rev_slider", "products", "woocommerce_cart", "toc", "jetpack_subscription_form", "sharedaddy",
        "recent_posts", "ninja_form", "wpforms", "mc4wp_form", "tribe_events", "youtube", "vimeo", "tweet",
        "soundcloud",
        "pullquote", "dropcap", "button", "column", "row", "vc_row", "vc_column", "vc_column_text", "et_pb_section",
        "et_pb_row", "et_pb_column", "et_pb_text", "footnote", "efn_note", "mfn", "ref", "modern_footnote", "spoiler",
        "instagram", "facebook", "twitter", "spotify", "ad", "adrotate", "table", "latexpage", "code", "sourcecode",
    ]

    private mutating func expanded(_ source: Substring) -> String {
        var out = ""
        var rest = source
        while let open = rest.firstIndex(where: { $0 == "[" || $0 == "<" }) {
            out += rest[..<open]
            rest = rest[open...]
            if rest.first == "<" {
                out += Self.verbatim(&rest)
            } else if rest.hasPrefix("[["), let end = rest.firstRange(of: "]]") {
                // Doubled brackets are how WordPress shows a shortcode.
                out += rest[rest.index(after: rest.startIndex)..<end.lowerBound] + "]"
                rest = rest[end.upperBound...]
            } else if let code = Self.code(&rest) {
                out += expanded(code)
            } else {
                out.append(rest.removeFirst())
            }
        }
        return out + rest
    }

    /// A tag at the front, or a whole `<pre>`, `<code>` or comment: no shortcode is looked for in them.
    private static func verbatim(_ rest: inout Substring) -> String {
        let lower = rest.prefix(8).lowercased()
        var end = rest.firstIndex(of: ">").map { rest.index(after: $0) }
        for (start, mark) in [("<pre", "</pre>"), ("<code", "</code>"), ("<!--", "-->"), ("<script", "</script>")]
        where lower.hasPrefix(start) {
            end = rest.firstRange(of: mark)?.upperBound ?? end
        }
        guard let end else {
            defer { rest = rest[rest.endIndex...] }
            return String(rest)
        }
        defer { rest = rest[end...] }
        return String(rest[..<end])
    }

    private static func code(_ rest: inout Substring) -> Code? {
        // What closes a shortcode that was never opened has nothing to say.
        let isClosing = rest.dropFirst().first == "/"
        let name = String(
            rest.dropFirst(isClosing ? 2 : 1).prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
        )
        guard let first = name.first, first.isLetter, let end = rest.prefix(4_000).firstIndex(of: "]") else {
            return nil
        }
        let start = rest.index(rest.startIndex, offsetBy: name.count + (isClosing ? 2 : 1))
        let text = rest[start..<end]
        guard text.isEmpty || text.first?.isWhitespace == true || text.first == "/" || text.first == "=" else {
            return nil
        }
        let (attributes, values) = read(text)
        let after = rest.index(after: end)
        let close = rest[after...].firstRange(of: "[/\(name)]")
        guard wellKnown.contains(name.lowercased()) || !attributes.isEmpty || close != nil, !text.contains("[") else {
            return nil
        }
        if isClosing {
            guard wellKnown.contains(name.lowercased()) else { return nil }
            rest = rest[after...]
            return Code(name: "/", attributes: [:], values: [], inside: nil)
        }
        let isEmpty = text.last == "/"
        guard !isEmpty, let close else {
            rest = rest[after...]
            return Code(name: name.lowercased(), attributes: attributes, values: values)
        }
        defer { rest = rest[close.upperBound...] }
        return Code(
            name: name.lowercased(), attributes: attributes, values: values, inside: rest[after..<close.lowerBound])
    }

    /// `a="b" c='d' e=f` and bare values.
    private static func read(_ text: Substring) -> (attributes: [String: String], values: [String]) {
        var attributes: [String: String] = [:]
        var values: [String] = []
        var rest = text.drop { $0.isWhitespace || $0 == "=" }
        while let first = rest.first {
            let name = rest.prefix { $0.isLetter || $0.isNumber || "-_".contains($0) }
            let after = rest.dropFirst(name.count)
            if !name.isEmpty, after.first == "=" {
                rest = after.dropFirst()
                attributes[name.lowercased()] = value(&rest)
            } else if first == "/" && rest.count == 1 {
                break
            } else {
                values.append(value(&rest))
            }
            rest = rest.drop(while: \.isWhitespace)
        }
        return (attributes, values)
    }

    private static func value(_ rest: inout Substring) -> String {
        guard let quote = rest.first, "\"'”“″".contains(quote) else {
            let value = rest.prefix { !$0.isWhitespace }
            rest = rest.dropFirst(value.count)
            return String(value)
        }
        let inside = rest.dropFirst()
        let end = inside.firstIndex { $0 == quote || ($0 == "”" && quote != "'") } ?? inside.endIndex
        rest = end == inside.endIndex ? inside[end...] : inside[inside.index(after: end)...]
        return String(inside[..<end])
    }

    // MARK: What they stand for

    private mutating func expanded(_ code: Code) -> String {
        let inside = code.inside ?? ""
        switch code.name {
        case "/": return ""
        case "caption", "wp_caption": return caption(code, inside)
        case "gallery":
            let ids = (code.attributes["ids"] ?? code.attributes["include"] ?? "").split { !$0.isNumber }
            guard !ids.isEmpty else { return unknown(code, inside) }
            return ids.map { figure(String($0)) }.joined(separator: "\n\n")
        case "embed", "youtube", "vimeo", "tweet", "soundcloud", "instagram", "facebook", "twitter", "spotify":
            let address =
                String(inside).trimmed().isEmpty ? code.attributes["url"] ?? code.values.first : String(inside)
            guard let address = address?.trimmed(), address.contains("://") else { return unknown(code, inside) }
            return "\n\n<p>\(Sanitiser.escaped(address))</p>\n\n"
        case "audio", "video":
            let sources = ["src", "mp3", "mp4", "m4a", "ogg", "wav", "webm", "m4v", "ogv", "flv"]
            guard let address = sources.lazy.compactMap({ code.attributes[$0] }).first ?? code.values.first else {
                return unknown(code, inside)
            }
            return "\n\n<\(code.name) src=\"\(Sanitiser.escaped(address))\"></\(code.name)>\n\n"
        case "footnote", "efn_note", "mfn", "ref", "modern_footnote":
            return "<\(Footnotes.element)>\(expanded(inside))</\(Footnotes.element)>"
        case "code", "sourcecode":
            return "<pre>\(inside)</pre>"
        default: return unknown(code, inside)
        }
    }

    private mutating func unknown(_ code: Code, _ inside: Substring) -> String {
        if !unknown.contains(code.name) { unknown.append(code.name) }
        return expanded(inside)
    }

    /// `[caption]<img …> Words[/caption]`, or the words as an attribute in old texts.
    private mutating func caption(_ code: Code, _ inside: Substring) -> String {
        let inside = expanded(inside)
        var picture = inside
        var words = code.attributes["caption"] ?? ""
        if let start = inside.range(of: "<img"), let end = inside[start.lowerBound...].firstIndex(of: ">") {
            var cut = inside.index(after: end)
            let rest = inside[cut...].drop(while: \.isWhitespace)
            if rest.hasPrefix("</a>") { cut = rest.index(rest.startIndex, offsetBy: 4) }
            picture = String(inside[..<cut])
            if words.isEmpty { words = String(inside[cut...]) }
        }
        return "\n\n<figure>\(picture)<figcaption>\(words)</figcaption></figure>\n\n"
    }

    private func figure(_ id: String) -> String {
        guard let attachment = site.attachments[id] else { return "" }
        let alt = Sanitiser.escaped(attachment.alt ?? "")
        let picture = "<img class=\"wp-image-\(id)\" src=\"\(Sanitiser.escaped(attachment.address))\" alt=\"\(alt)\">"
        let caption = attachment.caption.map { "<figcaption>\(Sanitiser.escaped($0))</figcaption>" } ?? ""
        return "<figure>\(picture)\(caption)</figure>"
    }
}

extension String {
    fileprivate func range(of mark: String) -> Range<Index>? { firstRange(of: mark) }
}
