/// Keeps a value on its line and in its cell, and lets it be read back exactly.
///
/// Values come from strangers: a headline may hold a tab that forges a column, a newline that forges a record, an ESC
/// that repaints the terminal, a direction override that shows `gnp.exe` for `exe.png`. They are written as `\t`,
/// `\n`, `\r`, `\e`, the backslash as `\\`, everything else as `\u{HEX}`. `unescaped` undoes it.
enum Escape {
    /// `text` with every character that could act on the line or the terminal made visible.
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: mayNeedEscape) else { return text }
        var result = ""
        result.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    /// Only what could act on a terminal; newlines and tabs stay. For whole documents that a person reads.
    static func escapedDocument(_ text: String) -> String {
        guard text.utf8.contains(where: mayNeedEscape) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isHazard(scalar), scalar != "\n", scalar != "\t" {
                append(scalar, to: &result)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Everything that could act on the line or the terminal, but tabs: for a line of a text that a person reads.
    static func escapedLine(_ text: String) -> String {
        guard text.utf8.contains(where: mayNeedEscape) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isHazard(scalar), scalar != "\t" {
                append(scalar, to: &result)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text that `escaped` was given; nil when the backslashes don't spell anything `escaped` writes.
    static func unescaped(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        var result = ""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            guard let meant = escapedScalar(&rest) else { return nil }
            result.unicodeScalars.append(meant)
        }
        return result
    }

    /// Whether the character does something other than being seen: C0, DEL, C1, direction marks and overrides, and
    /// the two Unicode line ends.
    static func isHazard(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1f, 0x7f...0x9f: true
        case 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    /// The `\u{HEX}` form of any character.
    static func codePoint(_ scalar: Unicode.Scalar) -> String {
        "\\u{" + String(scalar.value, radix: 16) + "}"
    }

    /// A first look at bytes: everything below space, backslash, DEL, and the first bytes of the multi-byte hazards.
    private static func mayNeedEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x5c || byte == 0x7f || byte == 0xc2 || byte == 0xd8 || byte == 0xe2
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar {
        case "\\": result += "\\\\"
        case "\t": result += "\\t"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\u{1b}": result += "\\e"
        case let hazard where isHazard(hazard): result += codePoint(hazard)
        default: result.unicodeScalars.append(scalar)
        }
    }

    private static func escapedScalar(_ rest: inout Substring.UnicodeScalarView) -> Unicode.Scalar? {
        switch rest.popFirst() {
        case "\\": return "\\"
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "e": return "\u{1b}"
        case "u":
            guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}") else { return nil }
            let digits = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
            return UInt32(digits, radix: 16).flatMap { Unicode.Scalar($0) }
        default: return nil
        }
    }
}
