import ArgumentParser
import Values

/// How lines look.
enum Format: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// Aligned, with headings and relative times: for a person.
    case table
    /// Tab-separated with a header line: for `cut`, `awk`, `join`.
    case tsv
    /// One JSON object a line: for `jq` and programs.
    case jsonl
    /// RFC 4180 with formulas disarmed: for spreadsheets.
    case csv
}

/// Everything printing needs to know that isn't in the output itself.
struct Style: Sendable {
    var format: Format
    var header = true
    var colour = false
    /// Columns of the terminal that shows it; nil when it isn't one.
    var width: Int?
    /// Whether a person's terminal shows it, of known width or not.
    var terminal = false
    var isTerminal: Bool { terminal || width != nil }
    /// Whether the terminal's locale takes more than ASCII.
    var isUnicode = true
    /// The publication's zone, in which times are written.
    var zone: Zone
    /// What relative times are relative to.
    var now: Timestamp
    /// Whether the lines go to a reader who tells data from status lines (`shell --status`): see `Answer`.
    var guarded = false
}

extension Output {
    /// The lines, each with its end, in the style asked for.
    func rendered(_ style: Style) -> String {
        switch shape {
        case .document(let text): return rendered(document: text, style)
        case .verbatim(let text):
            let isBare = style.format != .jsonl && !style.guarded && !style.isTerminal
            return isBare ? text : rendered(document: text, style)
        case .painted(let lines): return rendered(lines, style)
        case .list, .record: break
        }
        guard !columns.isEmpty else { return "" }
        return switch style.format {
        case .table: Table(self, style).text
        case .tsv: Separated.tsv(self, style)
        case .csv: Separated.csv(self, style)
        case .jsonl: JSONLines.text(self, style)
        }
    }

    private func rendered(document: String, _ style: Style) -> String {
        if style.format == .jsonl { return "{\"text\":" + JSONLines.quoted(document) + "}\n" }
        var text = document
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        if style.guarded {
            // Line by line and reversibly: no tab is left that could make a status line.
            return text.split(separator: "\n", omittingEmptySubsequences: false).map { Escape.escaped(String($0)) }
                .joined(separator: "\n")
        }
        return style.isTerminal ? Escape.escapedDocument(text) : text
    }

    private func rendered(_ lines: [PaintedLine], _ style: Style) -> String {
        if style.format == .jsonl {
            let text = lines.map { $0.plain + "\n" }.joined()
            return "{\"text\":" + JSONLines.quoted(text) + "}\n"
        }
        return lines.map { line in
            if style.guarded { return Escape.escaped(line.plain) + "\n" }
            return (style.colour ? line.coloured : Escape.escapedLine(line.plain)) + "\n"
        }.joined()
    }
}
