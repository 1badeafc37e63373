internal import Yams

/// The YAML between the two `---` lines at the top of a Markdown file, and the text after it.
struct FrontMatter {
    let fields: [String: Node]
    /// The lines between the fences, as they are written.
    let lines: [Substring]
    /// The text after the closing line, with leading empty lines dropped; lines end in LF.
    let body: String
    /// Whether it was written here: then every text is meant letter by letter.
    let isExact: Bool

    struct Malformed: Error, Equatable {
        let reason: String
    }

    init(_ bytes: [UInt8]) throws(Malformed) {
        guard bytes.count <= ImportFile.longest else {
            throw Malformed(reason: "it is longer than \(ImportFile.longest) bytes")
        }
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            throw Malformed(reason: "it is UTF-16: convert it to UTF-8, for example with iconv")
        }
        let unmarked = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: unmarked, as: UTF8.self) else {
            throw Malformed(reason: "it isn't UTF-8 text")
        }
        guard !unmarked.contains(0) else { throw Malformed(reason: "it contains a NUL byte") }
        let lines = text.replacingLineEnds().split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, Self.isFence(first) else {
            throw Malformed(reason: "it doesn't begin with front matter (a line ---)")
        }
        guard let end = lines.dropFirst().firstIndex(where: Self.isFence) else {
            throw Malformed(reason: "its front matter has no closing line ---")
        }
        self.lines = Array(lines[1..<end])
        fields = try Self.fields(self.lines.joined(separator: "\n"))
        isExact = fields[FrontMatterText.mark] != nil
        let after = lines[(end + 1)...]
        body = (isExact ? after : after.drop { $0.allSatisfy(\.isWhitespace) }).joined(separator: "\n")
    }

    private static func isFence(_ line: Substring) -> Bool {
        line.hasPrefix("---") && line.dropFirst(3).allSatisfy(\.isWhitespace)
    }

    private static func fields(_ yaml: String) throws(Malformed) -> [String: Node] {
        let root: Node?
        do { root = try compose(yaml: yaml) } catch {
            throw Malformed(reason: "its front matter isn't YAML: \(oneLine("\(error)"))")
        }
        guard let root else { throw Malformed(reason: "its front matter is empty") }
        guard let mapping = root.mapping else { throw Malformed(reason: "its front matter isn't a list of fields") }
        var fields: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.string else { throw Malformed(reason: "its front matter has a field without name") }
            fields[name] = value
        }
        return fields
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// The field's text as it stands in the file, trimmed; nil when it isn't there, empty or null.
    func text(_ name: String) -> String? {
        fields[name].flatMap { text($0) }
    }

    private func text(_ node: Node) -> String? {
        guard let scalar = node.scalar, !isNull(scalar) else { return nil }
        let text = isExact ? scalar.string : scalar.string.trimmed()
        return text.isEmpty ? nil : text
    }

    /// A list of groups of texts, as `- name: …`; a text alone is a group with the key "". What is neither is left out.
    func groups(_ name: String) -> [[String: String]] {
        let nodes = fields[name]?.sequence.map { Array($0) } ?? fields[name].map { [$0] } ?? []
        return nodes.compactMap { node in
            if let text = text(node) { return ["": text] }
            guard let mapping = node.mapping else { return nil }
            var group: [String: String] = [:]
            for (key, value) in mapping {
                guard let key = key.string, let value = text(value) else { continue }
                group[key] = value
            }
            return group
        }
    }

    /// A list of texts; one text alone is a list of one.
    func texts(_ name: String) -> [String] {
        guard let items = fields[name]?.sequence else { return text(name).map { [$0] } ?? [] }
        return items.compactMap { text($0) }
    }

    /// True and false as YAML writes them; nil for anything else.
    func flag(_ name: String) -> Bool? {
        switch text(name)?.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    private func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}

extension String {
    func trimmed() -> String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
