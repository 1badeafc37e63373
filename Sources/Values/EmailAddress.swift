/// An e-mail address that mail could be sent to: `local@domain.tld`.
///
/// Two spellings that differ in case are one address, because people type both; the text is kept as it was given,
/// because a few servers do care. Quoted local parts and addresses in brackets are refused: in practice they are
/// mistakes or attacks.
public struct EmailAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// As it was given, without surrounding white space.
    public let text: String
    /// Lower-cased, for matching.
    public let folded: String

    public init(_ given: String) throws(ValueError) {
        let text = given.trimmed
        func refused(_ reason: String) -> ValueError {
            ValueError(kind: "e-mail address", value: given, reason: reason)
        }
        guard text.utf8.count <= Self.longest else { throw refused("it is longer than \(Self.longest) bytes") }
        // By bytes where that is enough: a million gifts bring a million addresses.
        let bytes = text.utf8
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")),
            !bytes[bytes.index(after: at)...].contains(UInt8(ascii: "@"))
        else { throw refused("it needs exactly one @") }
        let local = text[..<at]
        let domain = text[bytes.index(after: at)...]
        guard !local.isEmpty, local.utf8.count <= Self.longestLocal else {
            throw refused("the part before the @ has 1 to \(Self.longestLocal) bytes")
        }
        guard local.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw refused("the part before the @ holds a space, a quote, a bracket or another character not allowed")
        }
        guard
            !local.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).contains(where: \.isEmpty)
        else {
            throw refused("dots stand single, inside the part before the @")
        }
        let labels = domain.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { domain[$0.startIndex..<$0.endIndex] }
        guard labels.count >= 2 else { throw refused("the part after the @ is not a full domain") }
        guard labels.allSatisfy(Self.isLabel) else { throw refused("the part after the @ is not a domain") }
        self.text = text
        folded = text.lowercased()
    }

    public var description: String { text }

    public static func == (left: Self, right: Self) -> Bool { left.folded == right.folded }
    public static func < (left: Self, right: Self) -> Bool { left.folded < right.folded }
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }

    /// RFC 5321 4.5.3.1: 64 bytes before the @, 254 in all (256 with the angle brackets of a path).
    private static let longest = 254
    private static let longestLocal = 64

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "(", ")", ",", ":", ";", "<", ">", "[", "]", "\\": false
        default:
            scalar.isASCII
                ? scalar.value > 0x20 && scalar.value != 0x7F : !scalar.properties.isWhitespace && !scalar.isHidden
        }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        guard (1...63).contains(label.utf8.count), label.utf8.first != UInt8(ascii: "-"),
            label.utf8.last != UInt8(ascii: "-")
        else { return false }
        return label.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                ? scalar == "-" || ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
                    || ("A"..."Z").contains(scalar)
                : !scalar.properties.isWhitespace && !scalar.isHidden
        }
    }
}

extension Unicode.Scalar {
    /// Controls and format characters (zero-width joiners, direction overrides): they don't show, so two addresses
    /// that look the same would differ.
    fileprivate var isHidden: Bool {
        properties.generalCategory == .control || properties.generalCategory == .format
    }
}

extension String {
    /// Without white space at either end.
    var trimmed: String {
        // Most of the time there is none, and nothing is copied.
        if let first = utf8.first, let last = utf8.last, (0x21...0x7E).contains(first), (0x21...0x7E).contains(last) {
            return self
        }
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
