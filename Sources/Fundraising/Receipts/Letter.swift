internal import Values

/// A receipt or a statement as it is read, before it is text or a page.
public struct Letter: Sendable, Hashable {
    /// A word across the head: DUPLICATE.
    let mark: String?
    let letterhead: Letterhead
    let title: String
    let number: String
    let date: LocalDate
    let addressee: Addressee
    let facts: [Fact]
    let table: Table?
    let sentences: [String]

    /// One thing that is said with its name before it.
    struct Fact: Sendable, Hashable {
        let name: String
        let value: String
        /// Set apart: what the letter is about.
        var isMain = false
    }

    struct Table: Sendable, Hashable {
        let headings: [String]
        /// As many cells as headings.
        let rows: [[String]]
        let totals: [[String]]
        /// Columns of figures, set to the right.
        let figures: Set<Int>
    }

    /// What a stranger wrote, as one line: without line ends, which would forge another, and without marks that turn
    /// the reading direction, which would make a figure beside it read otherwise.
    static func line(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.value {
                    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x200E, 0x200F, 0x061C, 0x202A...0x202E,
                        0x2066...0x2069:
                        " "
                    default: scalar
                    }
                }))
    }

    var heading: String { number.isEmpty ? title : "\(title) \(number)" }

    /// The letter as plain text, lines of at most ``width`` where words allow it.
    public var text: String {
        var lines: [String] = []
        if let mark { lines += [mark, ""] }
        lines.append(Self.line(letterhead.publishedName))
        if letterhead.legalName != letterhead.publishedName { lines.append(Self.line(letterhead.legalName)) }
        lines += letterhead.address.map(Self.line)
        lines += ["EIN \(Self.line(letterhead.ein))", "", heading, Self.words(date), ""]
        lines += ([addressee.name] + addressee.address).map(Self.line) + [""]
        let widest = facts.map(\.name.count).max() ?? 0
        lines += facts.map { $0.name + ":" + Self.spaces(widest - $0.name.count + 2) + Self.line($0.value) }
        if !facts.isEmpty { lines.append("") }
        if let table { lines += table.lines + [""] }
        for sentence in sentences { lines += Self.wrapped(Self.line(sentence)) + [""] }
        if !letterhead.signatory.isEmpty { lines += letterhead.signatory.map(Self.line) + [""] }
        for statement in letterhead.statements { lines += Self.wrapped(Self.line(statement)) + [""] }
        return lines.map(Self.withoutTail).joined(separator: "\n")
    }

    static let width = 78

    /// "March 1, 2025": these letters are American.
    static func words(_ date: LocalDate) -> String {
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        return "\(months[date.month - 1]) \(date.day), \(date.year)"
    }

    /// "1,234.56 USD": read by people, never by programs.
    static func words(_ money: Money) -> String {
        let parts = money.amountText.split(separator: ".", omittingEmptySubsequences: false)
        var grouped = ""
        let digits = Array(parts[0].drop { $0 == "-" })
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { grouped += "," }
            grouped.append(digit)
        }
        let sign = money.minor < 0 ? "-" : ""
        let decimals = parts.count > 1 ? ".\(parts[1])" : ""
        return "\(sign)\(grouped)\(decimals) \(money.currency.code)"
    }

    static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

    private static func withoutTail(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? "\(word)" : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }
}

extension Letter.Table {
    fileprivate var lines: [String] {
        let all = [headings] + rows + totals
        let widths = headings.indices.map { column in all.map { Letter.line($0[column]).count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            cells.indices.map { column in
                let cell = Letter.line(cells[column])
                let gap = Letter.spaces(widths[column] - cell.count)
                return figures.contains(column) ? gap + cell : cell + gap
            }.joined(separator: "  ")
        }
        let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * (widths.count - 1))
        return [line(headings), rule] + rows.map(line) + [rule] + totals.map(line)
    }
}

extension Receipt {
    /// The letter, from the snapshot and the number alone.
    public func letter(isDuplicate: Bool = false) -> Letter {
        let said = snapshot
        var facts = [Letter.Fact(name: "Received on", value: Letter.words(said.taxDate))]
        if let description = said.description { facts.append(.init(name: "What was given", value: description)) }
        if said.statesAmount {
            facts.append(.init(name: "Amount", value: Letter.words(said.amount), isMain: true))
        }
        if said.benefit.minor > 0 {
            facts.append(.init(name: "What you received", value: said.benefitText ?? ""))
            facts.append(.init(name: "Its estimated value", value: Letter.words(said.benefit)))
        }
        if let deductible = said.deductible, said.benefit.minor > 0 {
            facts.append(.init(name: "Deductible contribution", value: Letter.words(deductible), isMain: true))
        }
        if let replaces { facts.append(.init(name: "In place of receipt", value: replaces)) }
        return Letter(
            mark: isDuplicate ? "DUPLICATE" : nil, letterhead: said.organisation,
            title: said.form == ReceiptRule.Form.thanks.rawValue ? "Acknowledgment" : "Receipt", number: number,
            date: said.issuedOn, addressee: said.addressee, facts: facts, table: nil, sentences: said.sentences)
    }
}
