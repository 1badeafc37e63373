/// Plain text as Markdown that reads as that text.
enum MarkdownText {
    /// Text inside a paragraph. What begins a line is `lineStart`'s business.
    static func escaped(_ text: String, inTable: Bool = false) -> String {
        var out = ""
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let before = index > 0 ? scalars[index - 1] : nil
            let after = index + 1 < scalars.count ? scalars[index + 1] : nil
            if needsEscape(scalar, before: before, after: after, inTable: inTable) { out += "\\" }
            out.unicodeScalars.append(scalar)
        }
        return out
    }

    private static func needsEscape(
        _ scalar: Unicode.Scalar, before: Unicode.Scalar?, after: Unicode.Scalar?, inTable: Bool
    ) -> Bool {
        switch scalar {
        case "\\", "`", "*", "[", "]", "<": true
        // Inside a word it is a letter like any other.
        case "_": !(isLetter(before) && isLetter(after))
        case "~": before == "~" || after == "~" || after == nil || before == nil
        case "&": after == "#" || isLetter(after)
        case "|": inTable
        default: false
        }
    }

    private static func isLetter(_ scalar: Unicode.Scalar?) -> Bool {
        scalar.map { $0.properties.isAlphabetic || ("0"..."9").contains($0) } ?? false
    }

    /// A line that has been escaped, so that it begins nothing: no heading, list, quotation, rule or table.
    static func lineStart(_ line: String) -> String {
        guard let first = line.first else { return line }
        if "#>+-=|:~".contains(first) { return "\\" + line }
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        if !digits.isEmpty, digits.count <= 9, let mark = line.dropFirst(digits.count).first, mark == "." || mark == ")"
        {
            return digits + "\\" + line.dropFirst(digits.count)
        }
        return line
    }

    /// An address between the parentheses of a link.
    static func address(_ address: String) -> String {
        var out = ""
        let scalars = Array(address.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case " ": out += "%20"
            case "<": out += "%3C"
            case ">": out += "%3E"
            case "(", ")", "\\", "*", "_", "[", "]", "`", "|":
                out += scalar == "_" ? "_" : "\\" + String(scalar)
            case "&":
                let after = index + 1 < scalars.count ? scalars[index + 1] : nil
                out += after == "#" || isEntity(scalars[(index + 1)...]) ? "&amp;" : "&"
            default:
                if scalar.value > 0x20, scalar.value != 0x7F { out.unicodeScalars.append(scalar) }
            }
        }
        return out
    }

    private static func isEntity(_ rest: ArraySlice<Unicode.Scalar>) -> Bool {
        let name = rest.prefix { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) }
        return !name.isEmpty && rest.dropFirst(name.count).first == ";"
    }

    /// A span of code.
    static func code(_ text: String) -> String {
        let line = String(text.map { $0.isNewline ? " " : $0 })
        guard line.contains(where: { !$0.isWhitespace }) else { return line.isEmpty ? "" : " " }
        let fence = String(repeating: "`", count: longestRun(of: "`", in: line) + 1)
        let padded = line.hasPrefix("`") || line.hasSuffix("`") || line.hasPrefix(" ") || line.hasSuffix(" ")
        return padded ? "\(fence) \(line) \(fence)" : fence + line + fence
    }

    /// A block of code, or of what else a fence holds.
    static func fenced(_ text: String, info: String = "") -> String {
        let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text) + 1))
        return "\(fence)\(info)\n\(text)\(text.isEmpty || text.hasSuffix("\n") ? "" : "\n")\(fence)"
    }

    private static func longestRun(of character: Character, in text: String) -> Int {
        var longest = 0
        var run = 0
        for one in text {
            run = one == character ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}

extension MarkdownText {
    /// An address between angle brackets.
    static func autolink(_ address: String) -> String {
        address.replacing("<", with: "%3C").replacing(">", with: "%3E").replacing(" ", with: "%20")
    }
}
