internal import Yams

/// The YAML between the two `---` lines at the top of a Markdown file, and the text after it.
struct FrontMatter {
    let fields: [String: Node]
    /// The text after the closing line, with leading empty lines dropped; lines end in LF.
    let body: String

    struct Malformed: Error, Equatable {
        let reason: String
    }

    init(_ bytes: [UInt8]) throws(Malformed) {
        guard bytes.count <= ImportFile.longest else {
            throw Malformed(reason: "it is longer than \(ImportFile.longest) bytes")
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
        fields = try Self.fields(lines[1..<end].joined(separator: "\n"))
        body = lines[(end + 1)...].drop { $0.allSatisfy(\.isWhitespace) }.joined(separator: "\n")
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
        guard let scalar = fields[name]?.scalar, !isNull(scalar) else { return nil }
        let text = scalar.string.trimmed()
        return text.isEmpty ? nil : text
    }

    /// A list of texts; one text alone is a list of one.
    func texts(_ name: String) -> [String] {
        guard let items = fields[name]?.sequence else { return text(name).map { [$0] } ?? [] }
        return items.compactMap { $0.scalar?.string.trimmed() }.filter { !$0.isEmpty }
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
