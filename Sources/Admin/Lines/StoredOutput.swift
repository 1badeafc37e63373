import Values

/// An answer as it is kept under an idempotency key, to be given again: the values, not how they looked.
extension Output {
    /// Reads what `stored` made. Nil for bytes of another form.
    init?(stored bytes: [UInt8]) {
        // A damaged answer is told as such by the caller, who knows the key.
        guard let document = try? JSON(parsing: bytes), let shape = document["shape"]?.string else { return nil }
        if shape == "document" {
            self = .document(document["text"]?.string ?? "")
            return
        }
        if shape == "verbatim" {
            self = .verbatim(document["text"]?.string ?? "")
            return
        }
        let columns = (document["columns"]?.array ?? []).map { column in
            Column(column["key"]?.string ?? "", heading: column["heading"]?.string)
        }
        let rows = (document["rows"]?.array ?? []).map { ($0.array ?? []).compactMap(Field.init(stored:)) }
        guard rows.allSatisfy({ $0.count == columns.count }) else { return nil }
        if shape == "record", let row = rows.first {
            self = .record(zip(columns, row).map { ($0, $1) })
        } else {
            self.init(columns, rows)
        }
    }

    var stored: [UInt8] {
        let word: String
        switch shape {
        case .list: word = "list"
        case .record: word = "record"
        case .document(let text):
            return JSON.object(["shape": "document", "text": .string(text)]).canonical()
        case .verbatim(let text):
            return JSON.object(["shape": "verbatim", "text": .string(text)]).canonical()
        case .painted(let lines):
            // Colours are how it looked.
            let text = lines.map { $0.plain + "\n" }.joined()
            return JSON.object(["shape": "document", "text": .string(text)]).canonical()
        }
        let document: [String: JSON] = [
            "shape": .string(word),
            "columns": .array(
                columns.map { .object(["key": .string($0.key), "heading": .string($0.heading)]) }),
            "rows": .array(rows.map { .array($0.map(\.stored)) }),
        ]
        return JSON.object(document).canonical()
    }
}

extension Field {
    fileprivate var stored: JSON {
        switch self {
        case .null: .null
        case .text(let text): .object(["text": .string(text)])
        case .integer(let value): .object(["integer": .integer(value)])
        case .number(let text): .object(["number": .string(text)])
        case .bool(let value): .bool(value)
        case .time(let instant): .object(["time": .integer(instant.microseconds)])
        case .date(let date): .object(["date": .string(date.description)])
        case .money(let money):
            .object(["money": .integer(money.minor), "currency": .string(money.currency.code)])
        case .json(let json): .object(["json": json])
        }
    }

    fileprivate init?(stored json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        default:
            guard let (key, value) = json.object?.first(where: { $0.key != "currency" }) else { return nil }
            // A value that doesn't read leaves a row too short, which the reader of the whole notices.
            switch (key, value) {
            case ("text", .string(let text)): self = .text(text)
            case ("integer", .integer(let number)): self = .integer(number)
            case ("number", .string(let text)): self = .number(text)
            case ("time", .integer(let microseconds)): self = .time(Timestamp(microseconds: microseconds))
            case ("date", .string(let text)):
                guard let date = try? LocalDate(text) else { return nil }
                self = .date(date)
            case ("money", .integer(let minor)):
                guard let code = json["currency"]?.string, let currency = try? Currency(code) else { return nil }
                self = .money(Money(minor: minor, currency: currency))
            case ("json", let nested): self = .json(nested)
            default: return nil
            }
        }
    }
}
