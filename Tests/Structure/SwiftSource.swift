import Foundation
import TestDatabase

/// A source file as these tests read it: its imports, its string literals, its name.
struct SwiftSource {
    let module: String
    /// From the package's folder.
    let path: String
    let text: String

    /// Every Swift file of every module.
    static func all() throws -> [SwiftSource] {
        let root = packageFolder + "/Sources"
        let files = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return try files.filter { $0.hasSuffix(".swift") }.sorted().map { file in
            SwiftSource(
                module: String(file.prefix { $0 != "/" }), path: "Sources/" + file,
                text: try String(contentsOfFile: root + "/" + file, encoding: .utf8))
        }
    }

    static func modules() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: packageFolder + "/Sources").sorted()
    }

    /// The modules imported, whatever the attributes and access levels before the word.
    var imports: [String] {
        text.split(separator: "\n").compactMap { line in
            // A regular expression on every line of the program takes a minute.
            guard line.utf8.contains(UInt8(ascii: "i")), line.contains("import ") else { return nil }
            let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
            guard let match = code.wholeMatch(of: Self.importLine) else { return nil }
            return String(match.1.prefix { $0 != "." })
        }
    }

    private static var importLine: Regex<(Substring, Substring)> {
        /\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?([\w.]+)\s*/
    }

    /// The text of every string literal, without what is interpolated into it; comments are left out.
    var literals: [String] {
        var reader = LiteralReader(text)
        reader.readCode(untilParenthesis: false)
        return reader.literals
    }
}

/// Finds string literals in Swift, nested ones too.
private struct LiteralReader {
    private let bytes: [UInt8]
    private var index = 0
    private(set) var literals: [String] = []

    init(_ text: String) { bytes = Array(text.utf8) }

    /// Reads code up to its end, or to the parenthesis that closes an interpolation.
    mutating func readCode(untilParenthesis: Bool) {
        var depth = 0
        while index < bytes.count {
            if skip("//") {
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            } else if skip("/*") {
                while index < bytes.count, !skip("*/") { index += 1 }
            } else if bytes[index] == UInt8(ascii: "\"") || startsRawString {
                readString()
            } else {
                if bytes[index] == UInt8(ascii: "(") { depth += 1 }
                if bytes[index] == UInt8(ascii: ")") {
                    if untilParenthesis, depth == 0 {
                        index += 1
                        return
                    }
                    depth -= 1
                }
                index += 1
            }
        }
    }

    private var startsRawString: Bool {
        var ahead = index
        while ahead < bytes.count, bytes[ahead] == UInt8(ascii: "#") { ahead += 1 }
        return ahead > index && ahead < bytes.count && bytes[ahead] == UInt8(ascii: "\"")
    }

    private mutating func readString() {
        var hashes = ""
        while bytes[index] == UInt8(ascii: "#") {
            hashes += "#"
            index += 1
        }
        let quotes = skip("\"\"\"") ? "\"\"\"" : "\""
        if quotes == "\"" { index += 1 }
        let (end, interpolation, escape) = (quotes + hashes, "\\" + hashes + "(", "\\" + hashes)
        var literal: [UInt8] = []
        while index < bytes.count, !skip(end) {
            if skip(interpolation) {
                readCode(untilParenthesis: true)
                // Something stands there, so the words before and after stay apart.
                literal.append(UInt8(ascii: "?"))
            } else if skip(escape) {
                // A line that goes on, or an escaped character; neither is part of a name.
                literal.append(UInt8(ascii: " "))
                index += 1
            } else {
                literal.append(bytes[index])
                index += 1
            }
        }
        literals.append(String(decoding: literal, as: UTF8.self))
    }

    private mutating func skip(_ text: String) -> Bool {
        var ahead = index
        for byte in text.utf8 {
            guard ahead < bytes.count, bytes[ahead] == byte else { return false }
            ahead += 1
        }
        index = ahead
        return true
    }
}
