internal import Markdown
internal import XML

/// HTML of unknown origin, as a page of ours may show it: what isn't in the lists isn't in the result.
///
/// The tree is read as a browser reads it and written anew, so that what comes out has one reading only. It is done
/// when a text comes in, for whoever edits it, and again whenever it is rendered: the text in between is anybody's.
public struct Sanitiser {
    /// What was left out, by name, in order, each once.
    public private(set) var dropped: [String] = []

    /// False where pictures that nobody credited and described aren't shown, and no other site is told who reads.
    private let withPictures: Bool

    public init(withPictures: Bool = true) { self.withPictures = withPictures }

    /// As a page shows it: pictures of a page are those its text names, which the gate has looked at.
    static func cleanForPage(_ html: String) -> String {
        var sanitiser = Sanitiser(withPictures: false)
        return sanitiser.clean(html)
    }

    /// The same, as far as it may be shown. Text that can't be read at all gives nothing.
    public static func clean(_ html: String) -> String {
        var sanitiser = Sanitiser()
        return sanitiser.clean(html)
    }

    public mutating func clean(_ html: String) -> String {
        do { return clean(try HTML.parse(html)) } catch {
            drop("unreadable HTML")
            return ""
        }
    }

    mutating func clean(_ nodes: [HTML.Node]) -> String {
        var out = ""
        write(nodes, &out)
        return out
    }

    /// Elements that are kept. The others give up their tags and keep what is inside.
    static let elements: Set<String> = [
        "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre",
        "code", "em", "strong", "b", "i", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "abbr", "cite", "q",
        "kbd", "samp", "var", "time", "figure", "figcaption", "img", "a", "table", "caption", "colgroup", "col",
        "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary", "div", "span", "ruby", "rt", "rp", "wbr",
    ]

    /// Elements that go with everything in them: it was never meant to be read, or acts by itself.
    static let removed: Set<String> = [
        "script", "style", "iframe", "object", "embed", "applet", "noscript", "template", "svg", "math", "frame",
        "frameset", "noframes", "base", "link", "meta", "title", "head", "input", "button", "select", "textarea",
        "audio", "video", "source", "track", "canvas", "map", "area", "portal", "dialog", "xml", "xmp", "plaintext",
        "listing", "param", "bgsound", "marquee",
    ]

    private static let empty: Set<String> = ["br", "hr", "img", "col", "wbr"]

    private static let attributes: [String: Set<String>] = [
        "a": ["href"], "img": ["src", "alt", "width", "height"], "td": ["colspan", "rowspan", "headers"],
        "th": ["colspan", "rowspan", "scope", "headers", "abbr"], "col": ["span"], "colgroup": ["span"],
        "ol": ["start", "reversed"], "li": ["value"], "time": ["datetime"], "del": ["datetime"], "ins": ["datetime"],
        "details": ["open"],
    ]
    private static let everywhere: Set<String> = ["title", "lang", "dir"]
    private static let numbers: Set<String> = ["width", "height", "colspan", "rowspan", "span", "start", "value"]
    private static let marks: Set<String> = ["reversed", "open"]

    private mutating func drop(_ what: String) {
        if !dropped.contains(what) { dropped.append(what) }
    }

    private mutating func write(_ nodes: [HTML.Node], _ out: inout String) {
        for node in nodes {
            switch node {
            case .text(let text): out += Self.escaped(text)
            case .element(let element): write(element, &out)
            }
        }
    }

    private mutating func write(_ element: HTML.Element, _ out: inout String) {
        if Self.removed.contains(element.name) || element.name == "img" && !withPictures { return drop(element.name) }
        guard Self.elements.contains(element.name) else {
            drop(element.name)
            return write(element.children, &out)
        }
        out += "<" + element.name
        for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) {
            guard let kept = kept(name, value, of: element.name) else {
                // Looks are the theme's business, and losing them is no loss of meaning.
                if !["style", "class", "id", "rel", "target"].contains(name) { drop("\(element.name) \(name)") }
                continue
            }
            out += " \(name)=\"\(Self.escaped(kept))\""
        }
        out += ">"
        guard !Self.empty.contains(element.name) else { return }
        write(element.children, &out)
        out += "</\(element.name)>"
    }

    private func kept(_ name: String, _ value: String, of element: String) -> String? {
        guard Self.everywhere.contains(name) || Self.attributes[element]?.contains(name) == true else { return nil }
        if name == "href" || name == "src" {
            let address = String(value.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F })
            return Markdown.isHarmless(address) && (name == "href" || !address.lowercased().hasPrefix("mailto:"))
                ? address : nil
        }
        if Self.marks.contains(name) { return name }
        if name == "dir" { return ["ltr", "rtl", "auto"].contains(value.lowercased()) ? value.lowercased() : nil }
        if Self.numbers.contains(name) {
            guard let number = Int(value), (-99_999...99_999).contains(number) else { return nil }
            return String(number)
        }
        return value
    }

    /// Text between tags or in quotation marks.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
