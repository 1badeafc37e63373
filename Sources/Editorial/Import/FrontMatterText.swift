internal import Values

/// Front matter as we write it: one way for each value, so that equal articles are equal bytes.
struct FrontMatterText {
    indirect enum Value {
        case text(String)
        case flag(Bool)
        case list([Value])
        case map([(String, Value)])
    }

    /// The key that says a file was written here: its texts are meant letter by letter, and hold no other system's
    /// template tags.
    static let mark = "masthead"

    private(set) var lines: [String] = []

    mutating func add(_ key: String, _ value: String?) {
        if let value, !value.isEmpty { add(key, .text(value)) }
    }

    mutating func add(_ key: String, _ values: [Value]) {
        if !values.isEmpty { add(key, .list(values)) }
    }

    mutating func add(_ key: String, _ value: Value) {
        write(key + ":", value, indent: "")
    }

    /// Lines that somebody else wrote, as they are.
    mutating func addVerbatim(_ text: some Sequence<Substring>) {
        lines += text.map(String.init)
    }

    private mutating func write(_ lead: String, _ value: Value, indent: String) {
        switch value {
        case .text(let text): lines.append("\(indent)\(lead) \(Self.quoted(text))")
        case .flag(let flag): lines.append("\(indent)\(lead) \(flag)")
        case .list(let values):
            lines.append(indent + lead)
            for value in values { item(value, indent: indent) }
        case .map(let members):
            lines.append(indent + lead)
            for (key, value) in members { write(key + ":", value, indent: indent + "  ") }
        }
    }

    private mutating func item(_ value: Value, indent: String) {
        guard case .map(let members) = value else { return write("-", value, indent: indent) }
        for (index, (key, value)) in members.enumerated() {
            write((index == 0 ? "- " : "") + key + ":", value, indent: index == 0 ? indent : indent + "  ")
        }
    }

    /// In double quotation marks, so that no text is ever taken for a number, a date or a mark of YAML's own.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: out += "\\\""
            case 0x5C: out += "\\\\"
            case 0x0A: out += "\\n"
            case 0x0D: out += "\\r"
            case 0x09: out += "\\t"
            case 0..<0x20, 0x7F...0x9F: out += "\\x" + hexadecimal(scalar.value, 2)
            case 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: out += "\\u" + hexadecimal(scalar.value, 4)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    private static func hexadecimal(_ value: UInt32, _ digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// The whole file.
    func file(body: String) -> [UInt8] {
        Array(("---\n" + lines.joined(separator: "\n") + "\n---\n" + body).utf8)
    }
}

extension FrontMatterText {
    /// The contents of a text, without what is the article's.
    mutating func add(_ content: Content) {
        add("title", .text(content.title))
        add("slug", content.slug?.text)
        add("dek", content.dek)
        add("teaser", content.teaser)
        add("short_headline", content.shortHeadline)
        add("social_title", content.socialTitle)
        add("social_text", content.socialText)
        add("disclosure", content.disclosure)
        add("authors", content.bylines.map(Self.value))
        add("tags", content.tags.map { .text($0) })
        add("images", content.images.map(Self.value))
    }

    private static func value(_ byline: Content.Byline) -> Value {
        var members: [(String, Value)] = [("slug", .text(byline.contributor.text)), ("name", .text(byline.name))]
        if byline.role != "author" { members.append(("role", .text(byline.role))) }
        if let title = byline.title { members.append(("title", .text(title))) }
        if let affiliation = byline.affiliation { members.append(("affiliation", .text(affiliation))) }
        return .map(members)
    }

    /// Every member, in one order.
    private static func value(_ image: Content.Image) -> Value {
        let members = image.json.object ?? [:]
        let order = ["placement", "media", "source", "alt", "caption", "credit"]
        let names = order.filter { members[$0] != nil } + members.keys.filter { !order.contains($0) }.sorted()
        return .map(names.map { ($0, .text(members[$0].map(text) ?? "")) })
    }

    /// A text as it is, a list of numbers as "30,40".
    private static func text(_ json: JSON) -> String {
        if let items = json.array { return items.map(\.text).joined(separator: ",") }
        return json.string ?? json.text
    }
}

extension Content.Image {
    /// Reads a group of front matter. Nil when it has a member nobody knows, or one of another form.
    init?(frontMatter group: [String: String]) throws(ValueError) {
        var members = group.mapValues { JSON.string($0) }
        members["source"] = members["source"] ?? members[""]
        members[""] = nil
        members["placement"] = members["placement"] ?? "inline"
        for name in ["focal", "size"] {
            guard let text = group[name] else { continue }
            members[name] = .array(text.split(separator: ",").compactMap { Int64($0) }.map(JSON.integer))
        }
        try self.init(JSON.object(members))
    }
}
