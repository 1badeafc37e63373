internal import Markdown
internal import XML

/// A run of text with its emphasis, links and pictures, on its way from HTML to Markdown.
struct InlineMarkup {
    enum Mark: String { case emphasis = "*", strong = "**", deleted = "~~" }

    enum Token: Equatable {
        case text(String)
        case open(Mark)
        case close(Mark)
        /// Markdown that stands for itself.
        case atom(String)
        case lineBreak
    }

    /// What Markdown can't say of it, by name; the text is all there.
    private(set) var losses: [String] = []
    /// What only HTML can say: without it the text would mean something else.
    private(set) var needsHTML: String?
    private(set) var images: [HTMLConverter.Picture] = []
    private(set) var notes: [(id: String, nodes: [HTML.Node])] = []
    private var tokens: [Token] = []
    /// Whether a line end in the source is one on the page, as in texts that WordPress breaks itself.
    private let breaksLines: Bool
    private var numbers: [String: Int]
    private var nextNumber: Int

    init(_ nodes: [HTML.Node], breaksLines: Bool, notes numbers: [String: Int]) {
        self.breaksLines = breaksLines
        self.numbers = numbers
        nextNumber = numbers.count + 1
        add(nodes)
        tokens = Self.tidied(tokens)
    }

    var isEmpty: Bool { tokens.isEmpty }

    private mutating func lose(_ what: String) {
        if !losses.contains(what) { losses.append(what) }
    }

    // MARK: From the tree

    private mutating func add(_ nodes: [HTML.Node]) {
        for node in nodes {
            switch node {
            case .text(let text): add(text)
            case .element(let element): add(element)
            }
        }
    }

    private mutating func add(_ text: String) {
        guard breaksLines, text.contains("\n") else { return tokens.append(.text(text)) }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { tokens.append(.lineBreak) }
            tokens.append(.text(String(line)))
        }
    }

    private mutating func add(_ element: HTML.Element) {
        switch element.name {
        case "em", "i", "cite", "dfn", "var": mark(.emphasis, element)
        case "strong", "b": mark(.strong, element)
        case "del", "s", "strike": mark(.deleted, element)
        case "code", "tt", "kbd", "samp": tokens.append(.atom(MarkdownText.code(element.children.text)))
        case "br": tokens.append(.lineBreak)
        case "wbr": break
        case "q":
            tokens.append(.text("“"))
            add(element.children)
            tokens.append(.text("”"))
        case "sup", "sub": raised(element)
        case "img": image(element)
        case "a": link(element)
        case Footnotes.element: note(element)
        case "u", "small", "big", "mark", "ins", "font", "ruby":
            lose("the look of <\(element.name)>")
            add(element.children)
        default:
            if Sanitiser.removed.contains(element.name) { return lose("<\(element.name)>") }
            add(element.children)
        }
    }

    private mutating func mark(_ mark: Mark, _ element: HTML.Element) {
        tokens.append(.open(mark))
        add(element.children)
        tokens.append(.close(mark))
    }

    /// Raised and lowered digits are characters of their own; other text can't be either in Markdown.
    private mutating func raised(_ element: HTML.Element) {
        let table = element.name == "sup" ? Self.superscripts : Self.subscripts
        let text = element.children.text
        let inner = InlineMarkup(element.children, breaksLines: false, notes: numbers)
        if inner.tokens.isEmpty { return }
        guard case .text? = inner.tokens.first, inner.tokens.count == 1,
            text.allSatisfy({ table[$0] != nil || $0.isWhitespace })
        else {
            // Ordinals ("1st") are set high for looks alone.
            if ["st", "nd", "rd", "th", "®", "™", "*"].contains(text.lowercased()) {
                lose("the look of <\(element.name)>")
            } else {
                needsHTML = "<\(element.name)>"
            }
            return add(element.children)
        }
        tokens.append(.text(String(text.compactMap { table[$0] })))
    }

    static let superscripts: [Character: Character] = [
        "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹", "+": "⁺",
        "-": "⁻", "−": "⁻", "=": "⁼", "(": "⁽", ")": "⁾", "n": "ⁿ",
    ]
    static let subscripts: [Character: Character] = [
        "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈", "9": "₉", "+": "₊",
        "-": "₋", "−": "₋", "=": "₌", "(": "₍", ")": "₎",
    ]

    private mutating func image(_ element: HTML.Element) {
        guard let address = Self.address(of: element, "src") ?? Self.address(of: element, "data-src") else {
            return lose("a picture without a harmless address")
        }
        let alt = (element.attributes["alt"] ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        images.append(
            HTMLConverter.Picture(
                address: address, alt: alt, classes: element.attributes["class"] ?? "", caption: nil))
        tokens.append(.atom("![\(MarkdownText.escaped(alt))](\(MarkdownText.address(address)))"))
    }

    private static func address(of element: HTML.Element, _ name: String) -> String? {
        guard let given = element.attributes[name] else { return nil }
        let address = given.trimmed()
        return !address.isEmpty && Markdown.isHarmless(address) ? address : nil
    }

    private mutating func link(_ element: HTML.Element) {
        var inner = InlineMarkup(element.children, breaksLines: breaksLines, notes: numbers)
        guard let address = Self.address(of: element, "href") else {
            if let given = element.attributes["href"], !given.isEmpty { lose("a link that isn't harmless") }
            return add(element.children)
        }
        if inner.isEmpty { return }
        images += inner.images
        for loss in inner.losses { lose(loss) }
        needsHTML = needsHTML ?? inner.needsHTML
        notes += inner.notes
        inner.tokens = inner.tokens.map { $0 == .lineBreak ? .text(" ") : $0 }
        // The spaces around what is linked belong to the text outside.
        tokens.append(.text(element.children.text.first?.isWhitespace == true ? " " : ""))
        tokens.append(.atom("[\(inner.markdown(withMarks: true))](\(MarkdownText.address(address)))"))
        tokens.append(.text(element.children.text.last?.isWhitespace == true ? " " : ""))
    }

    private mutating func note(_ element: HTML.Element) {
        let id = element.attributes["id"] ?? ""
        let number: Int
        if let known = numbers[id], !id.isEmpty {
            number = known
        } else {
            number = nextNumber
            nextNumber += 1
            let key = id.isEmpty ? "note \(number)" : id
            numbers[key] = number
            notes.append((key, element.children))
        }
        tokens.append(.atom("[^\(number)]"))
    }

    // MARK: Spaces

    /// Spaces as a browser shows them: runs as one, none at the ends of a line, none just inside a mark.
    private static func tidied(_ tokens: [Token]) -> [Token] {
        var out: [Token] = []
        var wantsSpace = false
        var isLineStart = true
        for token in tokens {
            switch token {
            case .text(let text):
                var word = ""
                for character in text {
                    if " \t\n\r\u{0C}".contains(character) || character == "\r\n" {
                        if !word.isEmpty { flush(&word, &out) }
                        wantsSpace = wantsSpace || !isLineStart
                        continue
                    }
                    if wantsSpace { word.append(" ") }
                    wantsSpace = false
                    isLineStart = false
                    word.append(character)
                }
                flush(&word, &out)
            case .atom:
                if wantsSpace { append(" ", &out) }
                (wantsSpace, isLineStart) = (false, false)
                out.append(token)
            case .open(let mark):
                if wantsSpace { append(" ", &out) }
                wantsSpace = false
                if out.last == .close(mark) { out.removeLast() } else { out.append(token) }
            case .close(let mark):
                // The space before a closing mark goes behind it, and is still wanted there.
                if out.last == .open(mark) { out.removeLast() } else { out.append(token) }
            case .lineBreak:
                wantsSpace = false
                if !isLineStart { out.append(.lineBreak) }
                isLineStart = true
            }
        }
        return trimmed(out)
    }

    private static func flush(_ word: inout String, _ out: inout [Token]) {
        append(word, &out)
        word = ""
    }

    private static func append(_ text: String, _ out: inout [Token]) {
        guard !text.isEmpty else { return }
        // A space just inside an opening mark goes before it.
        if text.hasPrefix(" "), case .open? = out.last {
            let first = (out.lastIndex { if case .open = $0 { false } else { true } } ?? -1) + 1
            let opened = Array(out[first...])
            out.removeSubrange(first...)
            append(" ", &out)
            out += opened
            return append(String(text.dropFirst()), &out)
        }
        if case .text(let before)? = out.last {
            out[out.count - 1] = .text(before + text)
        } else {
            out.append(.text(text))
        }
    }

    /// Without line breaks at the end, where Markdown would print the backslash.
    private static func trimmed(_ tokens: [Token]) -> [Token] {
        var out = tokens
        while let index = out.lastIndex(where: { if case .close = $0 { false } else { true } }),
            out[index] == .lineBreak
        {
            out.remove(at: index)
        }
        return out
    }

    // MARK: To Markdown

    /// The words a reader would see.
    var words: [String] {
        let text = tokens.map { token in
            switch token {
            case .text(let text): text
            case .atom(let markdown): Self.visible(markdown)
            case .lineBreak: " "
            case .open, .close: ""
            }
        }
        return VisibleText.words(text.joined())
    }

    private static func visible(_ atom: String) -> String {
        if atom.hasPrefix("[^") { return String(atom.dropFirst(2).dropLast()) }
        // An atom alone reads as it reads anywhere; a reading that fails makes the words differ, which is noticed.
        let html = (try? Markdown.render(atom).html) ?? ""
        return VisibleText.words(html: html)?.joined(separator: " ") ?? ""
    }

    /// How often each mark is meant.
    var markCount: Int { tokens.filter { if case .open = $0 { true } else { false } }.count }
    var hasNotes: Bool { tokens.contains { if case .atom(let text) = $0 { text.hasPrefix("[^") } else { false } } }
    var hasLineBreaks: Bool { tokens.contains(.lineBreak) }

    /// - Parameter withMarks: false leaves out emphasis, where it can't be told from stars that are text.
    func markdown(withMarks: Bool, inTable: Bool = false) -> String {
        var lines = [""]
        for token in tokens {
            switch token {
            case .text(let text): lines[lines.count - 1] += MarkdownText.escaped(text, inTable: inTable)
            case .atom(let markdown): lines[lines.count - 1] += markdown
            case .lineBreak: lines.append("")
            case .open(let mark), .close(let mark): if withMarks { lines[lines.count - 1] += mark.rawValue }
            }
        }
        return lines.map { line in
            // A line that begins with a mark or an atom begins nothing else by it.
            let isMarked = withMarks && ["*", "~"].contains(where: line.hasPrefix)
            return isMarked || line.hasPrefix("\\") ? line : MarkdownText.lineStart(line)
        }.joined(separator: "\\\n")
    }
}
