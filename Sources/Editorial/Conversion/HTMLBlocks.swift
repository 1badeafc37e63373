internal import Markdown
internal import XML

/// Blocks with blocks inside, and those Markdown has a form of its own for.
extension HTMLConverter {
    // MARK: Lists and quotations

    mutating func list(_ element: HTML.Element, after last: Piece?) -> Piece? {
        let isOrdered = element.name == "ol"
        if isOrdered, element.attributes["reversed"] != nil || element.attributes["type"] != nil {
            lose("the numbering of a list")
        }
        let first = isOrdered ? Int(element.attributes["start"] ?? "1").map { max(0, min($0, 99_999_999)) } ?? 1 : 1
        // Two lists of one kind after each other would be one.
        let follows = last?.kind == (isOrdered ? .numbers : .bullets)
        let usedAlternative = last?.text.first == "*" || last?.text.prefix { $0 != "\n" }.contains(")") == true
        let isAlternative = follows && !usedAlternative
        var items: [[Piece]] = []
        for child in element.children {
            guard case .element(let item) = child else {
                guard case .text(let text) = child, text.contains(where: { !$0.isWhitespace }) else { continue }
                items.append(convert([child]))
                continue
            }
            if item.name == "li" {
                items.append(convert(item.children))
            } else if items.isEmpty || !["ul", "ol"].contains(item.name) {
                items.append(convert([child]))
            } else {
                // A list between the items of another belongs to the item before.
                items[items.count - 1] += [list(item, after: items[items.count - 1].last)].compactMap(\.self)
            }
        }
        items.removeAll { $0.isEmpty }
        guard !items.isEmpty else { return nil }
        let isTight = items.allSatisfy { pieces in
            pieces.filter { $0.kind == .plain }.count <= 1 && pieces.dropFirst().allSatisfy { $0.kind != .plain }
                && !pieces.contains { $0.kind == .kept || $0.text.hasPrefix("```") }
        }
        let texts = items.enumerated().map { index, pieces in
            let end = isAlternative ? ")" : "."
            let mark = isOrdered ? "\(first + index)\(end) " : isAlternative ? "* " : "- "
            let text = pieces.map(\.text).joined(separator: isTight ? "\n" : "\n\n")
            return mark + Self.indented(text, by: mark.count)
        }
        let piece = Piece(
            text: texts.joined(separator: isTight ? "\n" : "\n\n"), words: items.flatMap { $0.flatMap(\.words) },
            kind: isOrdered ? .numbers : .bullets)
        return checked(piece, [.element(element)])
    }

    /// Lines after the first, moved to the right; empty ones stay empty.
    private static func indented(_ text: String, by width: Int) -> String {
        let space = String(repeating: " ", count: width)
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, line in
            index == 0 || line.isEmpty ? String(line) : space + line
        }.joined(separator: "\n")
    }

    mutating func quotation(_ element: HTML.Element) -> [Piece] {
        let pieces = convert(element.children)
        guard !pieces.isEmpty else { return [] }
        let text = Self.joined(pieces).split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? ">" : "> \($0)" }.joined(separator: "\n")
        return [checked(Piece(text: text, words: pieces.flatMap(\.words)), [.element(element)])]
    }

    /// The piece if it reads as it should; else its HTML. Notes are numbered by the whole text, so a piece that has
    /// some is judged with it.
    private mutating func checked(_ piece: Piece, _ nodes: [HTML.Node]) -> Piece {
        if piece.text.contains("[^") || VisibleText.words(html: rendered(piece.text)) == piece.words { return piece }
        return kept(nodes, because: "a block that Markdown would read otherwise")
    }

    mutating func code(_ element: HTML.Element) -> Piece {
        var text = element.children.text
        if text.hasPrefix("\r\n") || text.hasPrefix("\n") { text.removeFirst() }
        var classes = element.attributes["class"] ?? ""
        if case .element(let inner)? = element.children.first { classes += " " + (inner.attributes["class"] ?? "") }
        let language = classes.split(whereSeparator: \.isWhitespace).lazy.compactMap { name -> Substring? in
            for prefix in ["language-", "lang-"] where name.hasPrefix(prefix) { return name.dropFirst(prefix.count) }
            return nil
        }.first { $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-#_".contains($0)) } }
        return checked(
            Piece(text: MarkdownText.fenced(text, info: String(language ?? "")), words: VisibleText.words(text)),
            [.element(element)])
    }

    // MARK: Tables

    /// Rows of cells under one head: what Markdown can say. Merged cells, blocks inside cells, captions and tables
    /// without head are kept as they are.
    mutating func table(_ element: HTML.Element) -> Piece? {
        guard !element.children.isBlank else { return nil }
        guard let rows = Self.rows(element), let head = rows.first, head.isHead, rows.count > 1,
            rows.allSatisfy({ $0.cells.count == head.cells.count })
        else { return kept([.element(element)], because: "a table Markdown has no form for") }
        var lines: [String] = []
        var words: [String] = []
        for (index, row) in rows.enumerated() {
            var texts: [String] = []
            for cell in row.cells {
                guard let inline = inline(cell.children) else {
                    texts.append("")
                    continue
                }
                guard inline.needsHTML == nil, !inline.hasLineBreaks else {
                    return kept([.element(element)], because: "a table Markdown has no form for")
                }
                texts.append(inline.markdown(withMarks: true, inTable: true))
                words += inline.words
            }
            lines.append("| " + texts.joined(separator: " | ") + " |")
            if index == 0 { lines.append("| " + head.cells.map { Self.rule($0) }.joined(separator: " | ") + " |") }
        }
        return checked(Piece(text: lines.joined(separator: "\n"), words: words), [.element(element)])
    }

    private static func rule(_ cell: HTML.Element) -> String {
        let given = (cell.attributes["style"] ?? "") + " text-align:" + (cell.attributes["align"] ?? "")
        let style = given.lowercased().filter { !$0.isWhitespace }
        if style.contains("text-align:center") { return ":---:" }
        if style.contains("text-align:right") { return "---:" }
        return "---"
    }

    private struct Row {
        var cells: [HTML.Element]
        var isHead: Bool
    }

    /// The rows; nil for a table that is more than rows of plain cells.
    private static func rows(_ table: HTML.Element) -> [Row]? {
        var rows: [Row] = []
        for child in table.children {
            guard case .element(let part) = child else { continue }
            switch part.name {
            case "thead", "tbody", "tfoot":
                for case .element(let row) in part.children {
                    guard row.name == "tr", let cells = cells(row) else { return nil }
                    let isHead = part.name == "thead" || cells.allSatisfy { $0.name == "th" }
                    rows.append(Row(cells: cells, isHead: isHead && rows.isEmpty))
                }
            case "tr":
                guard let cells = cells(part) else { return nil }
                rows.append(Row(cells: cells, isHead: rows.isEmpty && cells.allSatisfy { $0.name == "th" }))
            case "colgroup", "col": continue
            default: return nil
            }
        }
        return rows
    }

    private static func cells(_ row: HTML.Element) -> [HTML.Element]? {
        var cells: [HTML.Element] = []
        for case .element(let cell) in row.children {
            guard cell.name == "td" || cell.name == "th" else { return nil }
            for name in ["colspan", "rowspan"] where (cell.attributes[name] ?? "1") != "1" { return nil }
            // One paragraph around the whole cell says nothing.
            var inner = cell
            if case .element(let only)? = cell.children.first, cell.children.count == 1, only.name == "p" {
                inner.children = only.children
            }
            let hasBlocks = inner.children.contains { node in
                if case .element(let element) = node { isBlock(element) } else { false }
            }
            if hasBlocks { return nil }
            cells.append(inner)
        }
        return cells.isEmpty ? nil : cells
    }

    // MARK: Figures and players

    /// A picture with its caption, which goes with the picture and not into the text; any other figure is what is in
    /// it, with the caption as a paragraph.
    mutating func figure(_ element: HTML.Element) -> [Piece] {
        var captions: [HTML.Element] = []
        let rest = element.children.filter { node in
            guard case .element(let child) = node, child.name == "figcaption" else { return true }
            captions.append(child)
            return false
        }
        let before = pictures.count
        let pieces = convert(rest)
        let caption = captions.map { $0.children.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            .filter { !$0.isEmpty }.joined(separator: " ")
        guard !caption.isEmpty else { return pieces }
        guard pictures.count == before + 1, pieces.flatMap(\.words).isEmpty else {
            return pieces + captions.flatMap { convert($0.children) }
        }
        pictures[before].caption = caption
        return pieces
    }

    mutating func frame(_ element: HTML.Element) -> [Piece] {
        let given = element.attributes["src"] ?? element.attributes["data-src"] ?? ""
        guard let address = Frames.address(of: given) else {
            lose("a frame without a harmless address")
            return []
        }
        if !Frames.isKnown(given) { lose("a frame of \(Frames.host(of: address) ?? address)") }
        return [Self.bare(address)]
    }

    mutating func player(_ element: HTML.Element) -> [Piece] {
        let sources = element.children.compactMap { node -> String? in
            guard case .element(let child) = node, child.name == "source" else { return nil }
            return child.attributes["src"]
        }
        guard
            let address = ([element.attributes["src"]] + sources).lazy.compactMap({ $0 }).compactMap(Frames.address)
                .first
        else {
            lose("<\(element.name)>")
            return []
        }
        lose("a player: its address is left")
        return [Self.bare(address)]
    }

    /// An address alone in its paragraph, which publication makes a player of where it knows the provider.
    static func bare(_ address: String) -> Piece {
        let isAbsolute = address.hasPrefix("https://") || address.hasPrefix("http://")
        let isPlain = address.unicodeScalars.allSatisfy { $0.isASCII && !"<>[]()*_`\\&~|".unicodeScalars.contains($0) }
        if isAbsolute, isPlain { return Piece(text: address, words: [address]) }
        if isAbsolute { return Piece(text: "<\(MarkdownText.autolink(address))>", words: [address]) }
        return Piece(
            text: "[\(MarkdownText.escaped(address))](\(MarkdownText.address(address)))", words: [address])
    }
}
