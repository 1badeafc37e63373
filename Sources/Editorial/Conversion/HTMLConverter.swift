internal import Markdown
internal import XML

/// HTML as Markdown that says the same, and says what it couldn't.
///
/// Each block is rendered as soon as it is made, and its words are compared with those of the original: a block that
/// would read differently is kept as sanitised HTML instead, in a fence `{=html}`. So are blocks that Markdown has no
/// form for, such as a table with merged cells.
public struct HTMLConverter {
    /// A picture of the text, with what its place says about it.
    public struct Picture: Hashable, Sendable {
        public let address: String
        public let alt: String
        /// As written, for systems that keep a picture's number there ("wp-image-12").
        public let classes: String
        public var caption: String?
    }

    public private(set) var markdown = ""
    /// What was lost, each thing once, in words for a person.
    public private(set) var losses: [String] = []
    /// How many blocks were kept as HTML.
    public private(set) var keptBlocks = 0
    public internal(set) var pictures: [Picture] = []

    /// Markdown of one block, and the words it must read as.
    struct Piece {
        enum Kind { case plain, bullets, numbers, kept }
        var text: String
        var words: [String]
        var kind = Kind.plain
    }

    private let breaksLines: Bool
    private var numbers: [String: Int] = [:]
    private var notes: [(id: String, nodes: [HTML.Node])] = []

    /// - Parameter breaksLines: whether an empty line in the source is a paragraph and a line end is a line break, as
    ///   WordPress's classic editor has it.
    public init(_ html: String, breaksLines: Bool = false) {
        self.breaksLines = breaksLines
        let nodes: [HTML.Node]
        do { nodes = Footnotes.gathered(try HTML.parse(html)) } catch {
            losses = ["everything: the HTML can't be read (\(error))"]
            return
        }
        var pieces = convert(nodes)
        pieces += definitions()
        markdown = Self.joined(pieces)
        // Blocks that read well one by one can still run together.
        if VisibleText.words(html: rendered(markdown)) != pieces.flatMap(\.words) {
            pieces = [kept(nodes, because: "blocks that run together")]
            markdown = Self.joined(pieces)
        }
        if !markdown.isEmpty { markdown += "\n" }
    }

    mutating func lose(_ what: String) {
        if !losses.contains(what) { losses.append(what) }
    }

    func rendered(_ markdown: String) -> String {
        // A text that can't be rendered reads as nothing, which is noticed by who compares.
        (try? Markdown.render(markdown, keeping: Sanitiser.clean).html) ?? ""
    }

    static func joined(_ pieces: [Piece]) -> String {
        pieces.map(\.text).joined(separator: "\n\n")
    }

    // MARK: Blocks

    mutating func convert(_ nodes: [HTML.Node]) -> [Piece] {
        var pieces: [Piece] = []
        var run: [HTML.Node] = []
        for node in nodes {
            guard case .element(let element) = node, Self.isBlock(element) else {
                run.append(node)
                continue
            }
            pieces += paragraphs(run)
            run = []
            pieces += block(element, after: pieces.last)
        }
        return pieces + paragraphs(run)
    }

    /// Inline elements are blocks when blocks are in them, as links around a whole card are.
    static func isBlock(_ element: HTML.Element) -> Bool {
        if element.name == "br" || Footnotes.element == element.name { return false }
        if Sanitiser.removed.contains(element.name) { return ["iframe", "video", "audio"].contains(element.name) }
        guard VisibleText.inline.contains(element.name) else { return true }
        return element.children.contains { node in
            if case .element(let child) = node { isBlock(child) } else { false }
        }
    }

    private mutating func block(_ element: HTML.Element, after last: Piece?) -> [Piece] {
        switch element.name {
        case "h1", "h2", "h3", "h4", "h5", "h6": return heading(element)
        case "ul", "ol": return [list(element, after: last)].compactMap(\.self)
        case "blockquote": return quotation(element)
        case "pre": return [code(element)]
        case "hr": return [Piece(text: "***", words: [])]
        case "table": return [table(element)].compactMap(\.self)
        case "dl", "details": return element.children.isBlank ? [] : [kept([.element(element)], because: element.name)]
        case "figure": return figure(element)
        case "iframe": return frame(element)
        case "video", "audio": return player(element)
        case "form": lose("<form>")
        case "center": lose("the look of <center>")
        case "a": lose("a link around more than text")
        default:
            if let style = element.attributes["style"], style.contains("text-align") || style.contains("float") {
                lose("alignment")
            }
            if element.attributes["align"] != nil { lose("alignment") }
        }
        return convert(element.children)
    }

    // MARK: Paragraphs

    /// A run of inline nodes as paragraphs: parted by double line breaks, and by empty lines where those count.
    private mutating func paragraphs(_ nodes: [HTML.Node]) -> [Piece] {
        var groups: [[HTML.Node]] = [[]]
        var breaks = 0
        for node in nodes {
            if case .element(let element) = node, element.name == "br" {
                breaks += 1
                groups[groups.count - 1].append(node)
                continue
            }
            if case .text(let text) = node {
                if text.allSatisfy(\.isWhitespace), breaks > 0 { continue }
                if breaksLines, text.contains("\n") {
                    let parts = Self.parts(text)
                    groups[groups.count - 1].append(.text(parts[0]))
                    groups += parts.dropFirst().map { [.text($0)] }
                    breaks = 0
                    continue
                }
            }
            if breaks > 1 { groups.append([]) }
            breaks = 0
            groups[groups.count - 1].append(node)
        }
        return groups.flatMap { paragraph($0) }
    }

    /// The parts between empty lines.
    private static func parts(_ text: String) -> [String] {
        var parts: [[Substring]] = [[]]
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let isEmpty = line.allSatisfy(\.isWhitespace)
            if isEmpty, index > 0, index < lines.count - 1 {
                if parts.last?.isEmpty == false { parts.append([]) }
            } else {
                parts[parts.count - 1].append(line)
            }
        }
        return parts.map { $0.joined(separator: "\n") }
    }

    private mutating func paragraph(_ nodes: [HTML.Node]) -> [Piece] {
        guard let inline = inline(nodes) else { return [] }
        if let reason = inline.needsHTML { return [keptParagraph(nodes, inline, because: reason)] }
        return [verified(inline, nodes) { $0 }]
    }

    private mutating func heading(_ element: HTML.Element) -> [Piece] {
        if element.children.contains(where: { if case .element(let e) = $0 { Self.isBlock(e) } else { false } }) {
            lose("a heading around more than text")
            return convert(element.children)
        }
        guard let inline = inline(element.children) else { return [] }
        let marks = String(repeating: "#", count: Int(element.name.dropFirst()) ?? 1)
        if let reason = inline.needsHTML { return [kept([.element(element)], because: reason)] }
        return [
            verified(inline, [.element(element)]) { text in
                let line = text.replacing("\\\n", with: " ")
                // Hashes at the end would close the heading.
                return "\(marks) \(line.hasSuffix("#") ? String(line.dropLast()) + "\\#" : line)"
            }
        ]
    }

    /// The run as Markdown, its pictures, notes and losses taken down; nil when there is nothing to read.
    mutating func inline(_ nodes: [HTML.Node]) -> InlineMarkup? {
        let inline = InlineMarkup(nodes, breaksLines: breaksLines, notes: numbers)
        for loss in inline.losses { lose(loss) }
        guard !inline.isEmpty else { return nil }
        pictures += inline.images
        for note in inline.notes {
            numbers[note.id] = numbers.count + 1
            notes.append(note)
        }
        return inline
    }

    /// The Markdown if it reads as it should, with as much emphasis as it can say; else the HTML.
    private mutating func verified(
        _ inline: InlineMarkup, _ nodes: [HTML.Node], _ made: (String) -> String
    ) -> Piece {
        let words = inline.words
        for withMarks in [true, false] {
            let text = made(inline.markdown(withMarks: withMarks))
            let html = rendered(text)
            // Notes are numbered by the whole text, whose words are compared in the end.
            guard inline.hasNotes || VisibleText.words(html: html) == words else { continue }
            if withMarks, Self.marks(in: html) < inline.markCount { continue }
            if !withMarks, inline.markCount > 0 { lose("emphasis") }
            return Piece(text: text, words: words)
        }
        return keptParagraph(nodes, inline, because: "text that Markdown would read otherwise")
    }

    private static func marks(in html: String) -> Int {
        ["<em>", "<strong>", "<del>"].reduce(0) {
            $0 + html.split(separator: $1, omittingEmptySubsequences: false).count - 1
        }
    }

    private mutating func keptParagraph(_ nodes: [HTML.Node], _ inline: InlineMarkup, because reason: String) -> Piece {
        kept([.element(HTML.Element("p", [:], nodes))], because: reason)
    }

    // MARK: Kept

    /// The nodes as sanitised HTML in a fence.
    mutating func kept(_ nodes: [HTML.Node], because reason: String) -> Piece {
        var sanitiser = Sanitiser()
        let html = sanitiser.clean(nodes)
        for what in sanitiser.dropped { lose("<\(what)>") }
        keptBlocks += 1
        lose("kept as HTML: \(reason)")
        return Piece(
            text: MarkdownText.fenced(html, info: Markdown.keptHTML), words: VisibleText.words(html: html) ?? [],
            kind: .kept)
    }

    // MARK: Footnotes

    private mutating func definitions() -> [Piece] {
        var pieces: [Piece] = []
        var index = 0
        // A note may hold a note.
        while index < notes.count {
            let (id, nodes) = notes[index]
            index += 1
            let inside = convert(nodes)
            let text = Self.joined(inside).replacing("\n", with: "\n    ").replacing("\n    \n", with: "\n\n")
            pieces.append(Piece(text: "[^\(numbers[id] ?? index)]: \(text)", words: inside.flatMap(\.words)))
        }
        return pieces
    }
}
