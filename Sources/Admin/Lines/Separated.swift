import Values

/// Values with something between them: tabs for programs, commas for spreadsheets.
enum Separated {
    /// Tab-separated lines. A line can't hold more tabs than it has columns less one: see `Escape`.
    static func tsv(_ output: Output, _ style: Style) -> String {
        var lines = style.header ? [output.columns.map(\.key)] : []
        lines += output.rows.map { row in row.map { Escape.escaped(plain($0, style)) } }
        return lines.reduce(into: "") { text, cells in
            let line = cells.joined(separator: "\t")
            text += style.guarded ? Answer.guarded(line) : line
            text += "\n"
        }
    }

    /// Comma-separated lines after RFC 4180, ended by CR LF.
    static func csv(_ output: Output, _ style: Style) -> String {
        var text = ""
        if style.header { text += line(output.columns.map { Column.amountKey($0.key) }) }
        for row in output.rows { text += line(row.map { csvCell($0, style) }) }
        return text
    }

    /// The field as text, before any escaping. Money is minor units: the column's name says so.
    static func plain(_ field: Field, _ style: Style) -> String {
        switch field {
        case .null: ""
        case .text(let text): text
        case .integer(let number): String(number)
        case .number(let digits): digits
        case .bool(let value): value ? "true" : "false"
        case .time(let time): time.iso8601(in: style.zone)
        case .date(let date): date.description
        case .money(let money): String(money.minor)
        case .json(let json): json.text
        }
    }

    /// A spreadsheet runs a cell that begins with one of these as a formula, whoever wrote it (OWASP, "CSV
    /// injection"). The full-width forms count: some programs fold them first. The apostrophe makes it text; a text
    /// that begins with an apostrophe gets another one, so that taking one off restores either.
    static func disarmed(_ text: String) -> String {
        switch text.unicodeScalars.first {
        case "=", "+", "-", "@", "\t", "\r", "\n", "'", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}": "'" + text
        default: text
        }
    }

    private static func csvCell(_ field: Field, _ style: Style) -> String {
        switch field {
        case .money(let money): money.amountText
        case .text, .json: disarmed(escapedForCSV(plain(field, style)))
        default: plain(field, style)
        }
    }

    /// Line ends and tabs are RFC 4180's own business (quotes carry them); what a terminal would act on is escaped.
    private static func escapedForCSV(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\n", "\r", "\t": result.unicodeScalars.append(scalar)
            default:
                result += scalar == "\\" || Escape.isHazard(scalar) ? Escape.escaped(String(scalar)) : String(scalar)
            }
        }
    }

    private static func line(_ cells: [String]) -> String {
        cells.map(quotedIfNeeded).joined(separator: ",") + "\r\n"
    }

    private static func quotedIfNeeded(_ cell: String) -> String {
        let special = cell.utf8.contains { $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
        return special ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }
}
