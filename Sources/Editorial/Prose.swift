/// A Markdown text as advice reads it: its words in their order, and where its links lead.
struct Prose {
    struct Word: Hashable {
        let text: String
        /// Nothing but white space stands between this word and the one before.
        let follows: Bool
    }

    let words: [Word]
    let links: [String]
    /// The text without the addresses of links, for looking for phrases.
    let plain: String

    init(_ markdown: String) {
        var (plain, links) = ("", [String]())
        var isCode = false
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") || line.hasPrefix("~~~") {
                isCode.toggle()
            } else if !isCode {
                Self.take(line, &plain, &links)
                plain.append("\n")
            }
        }
        self.plain = plain
        self.links = links
        words = Self.words(of: plain)
    }

    private static func take(_ line: Substring, _ plain: inout String, _ links: inout [String]) {
        if line.hasPrefix("["), let mark = line.firstRange(of: "]: "), !line[..<mark.lowerBound].hasPrefix("[^") {
            links.append(String(line[mark.upperBound...].split(separator: " ").first ?? ""))
            return
        }
        var rest = line
        while let start = rest.firstRange(of: "](") {
            plain += rest[..<start.lowerBound]
            let target = rest[start.upperBound...]
            var depth = 1
            let end = target.indices.first { index in
                if target[index] == "(" { depth += 1 } else if target[index] == ")" { depth -= 1 }
                return depth == 0
            }
            let address = target[..<(end ?? target.endIndex)]
            links.append(String(address.split(separator: " ").first ?? ""))
            rest = end.map { target[target.index(after: $0)...] } ?? target[target.endIndex...]
        }
        plain += rest
    }

    private static func words(of text: String) -> [Word] {
        var words: [Word] = []
        var (current, isBroken) = ("", true)
        func isPart(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || "'’-".contains(character)
        }
        for character in text + "\n" {
            if isPart(character) {
                current.append(character)
            } else {
                if !current.isEmpty {
                    words.append(Word(text: current, follows: !isBroken))
                    (current, isBroken) = ("", false)
                }
                if !character.isWhitespace { isBroken = true }
            }
        }
        return words
    }
}
