import Values

/// JSON lines: one object a line, keys in column order, nothing outside ASCII control that a terminal would act on.
enum JSONLines {
    static func text(_ output: Output, _ style: Style) -> String {
        let keys = output.columns.map { quoted($0.key) + ":" }
        var text = ""
        for row in output.rows {
            text += "{"
            for (index, field) in row.enumerated() {
                if index > 0 { text += "," }
                text += keys[index]
                text += value(field, style)
            }
            text += "}\n"
        }
        return text
    }

    /// A JSON string. What `Escape` calls a hazard is written `\uXXXX`, so that a line stays a line and a terminal
    /// stays as it is.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let hazard where Escape.isHazard(hazard): result += codeUnit(hazard)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func value(_ field: Field, _ style: Style) -> String {
        switch field {
        case .null: "null"
        case .text(let text): quoted(text)
        case .integer(let number): String(number)
        case .number(let digits): quoted(digits)
        case .bool(let value): value ? "true" : "false"
        case .time(let time): quoted(time.iso8601(in: style.zone))
        case .date(let date): quoted(date.description)
        case .money(let money): String(money.minor)
        case .json(let json): safe(json.text)
        }
    }

    /// Hazards inside a JSON text can only stand in its strings, where `\uXXXX` means the same.
    private static func safe(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: Escape.isHazard) else { return json }
        return json.unicodeScalars.reduce(into: "") { result, scalar in
            if Escape.isHazard(scalar) { result += codeUnit(scalar) } else { result.unicodeScalars.append(scalar) }
        }
    }

    /// All hazards lie in the basic plane, so four digits do.
    private static func codeUnit(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
