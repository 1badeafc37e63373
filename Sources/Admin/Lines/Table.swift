import Values

/// An aligned table for a person, or a record with its columns under each other.
struct Table {
    private let output: Output
    private let style: Style

    init(_ output: Output, _ style: Style) {
        self.output = output
        self.style = style
    }

    /// The whole table; an empty list is a sentence, so that nobody waits for more.
    var text: String {
        if case .record = output.shape { return record }
        return list
    }

    private var record: String {
        let labels = output.columns.map { $0.heading.lowercased() }
        let width = labels.map(DisplayWidth.of).max() ?? 0
        var text = ""
        for row in output.rows {
            for (label, field) in zip(labels, row) {
                let padded = label + String(repeating: " ", count: width - DisplayWidth.of(label))
                text += bold(padded) + "  " + shown(field) + "\n"
            }
        }
        return text
    }

    private var list: String {
        guard !output.rows.isEmpty else { return style.header ? "(none)\n" : "" }
        var cells = output.rows.map { $0.map(shown) }
        let right = output.columns.indices.map { column in output.rows.contains { isNumeric($0[column]) } }
        var widths = output.columns.indices.map { column in
            max(
                style.header ? DisplayWidth.of(output.columns[column].heading) : 0,
                cells.map { DisplayWidth.of($0[column]) }.max() ?? 0)
        }
        fit(&widths, right)
        cells = cells.map { row in zip(row, widths).map { DisplayWidth.shortened($0, to: $1) } }
        var text = ""
        if style.header { text += bold(line(output.columns.map(\.heading), widths, right)) + "\n" }
        let bars = bars(beside: widths)
        for (index, row) in cells.enumerated() {
            let line = line(row, widths, right)
            guard let bar = bars?[index], !bar.isEmpty else {
                text += line + "\n"
                continue
            }
            let used = widths.reduce(0, +) + 2 * widths.count
            text += line + String(repeating: " ", count: max(2, used - DisplayWidth.of(line))) + bar + "\n"
        }
        return text + sparklines
    }

    /// A bar for each row, where a terminal has room for them.
    private func bars(beside widths: [Int]) -> [String]? {
        guard style.isTerminal, let width = style.width, let chart = output.chart else { return nil }
        let used = widths.reduce(0, +) + 2 * (widths.count - 1)
        return TableChart(chart, used: used, width: width, isUnicode: style.isUnicode)?.bars
    }

    private var sparklines: String {
        guard style.isTerminal, let width = style.width, let chart = output.chart else { return "" }
        return TableChart.sparklines(chart, width: width, isUnicode: style.isUnicode).map { $0 + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int], _ right: [Bool]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { line += "  " }
            let space = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(cell)))
            let isLast = index == cells.count - 1
            line += right[index] ? space + cell : isLast ? cell : cell + space
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Takes cells from the widest text column until the table fits. The first column stays whole (it says which
    /// record this is), and none is made unreadable: then the table is wider than the terminal.
    private func fit(_ widths: inout [Int], _ right: [Bool]) {
        guard let limit = style.width else { return }
        let narrowest = 12
        func excess() -> Int { widths.reduce(0, +) + 2 * (widths.count - 1) - limit }
        while excess() > 0 {
            let texts = widths.indices.dropFirst().filter { !right[$0] && widths[$0] > narrowest }
            guard let widest = texts.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    private func shown(_ field: Field) -> String {
        switch field {
        case .time(let time): RelativeTime.text(time, now: style.now, zone: style.zone)
        case .money(let money): money.amountText
        case .bool(let value): value ? "yes" : "no"
        case .null: "–"
        case .json(.array(let items)): Escape.escaped(items.map(Self.word).joined(separator: ", "))
        default: Escape.escaped(Separated.plain(field, style))
        }
    }

    /// An item of a list: a text without its quotes.
    private static func word(_ item: JSON) -> String {
        if case .string(let text) = item { text } else { item.text }
    }

    private func isNumeric(_ field: Field) -> Bool {
        switch field {
        case .integer, .number, .money: true
        default: false
        }
    }

    private func bold(_ text: String) -> String { style.colour ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
}

/// How many terminal cells a text takes.
enum DisplayWidth {
    static func of(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + of($1) }
    }

    /// `text` cut to `width` cells, the last one an ellipsis when something is missing.
    static func shortened(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        var result = ""
        var used = 0
        for character in text {
            let next = of(character)
            guard used + next <= width - 1 else { break }
            result.append(character)
            used += next
        }
        return result + "…"
    }

    /// A character is as wide as its base: what follows the first scalar combines with it. Wide are the ranges that
    /// Unicode's East Asian Width calls W or F, and emoji.
    private static func of(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x300...0x36f, 0x200b...0x200d, 0xfe00...0xfe0f, 0xfeff: return 0
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
            0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff,
            0x20000...0x3fffd:
            return 2
        default: return scalar.properties.isEmojiPresentation ? 2 : 1
        }
    }
}
