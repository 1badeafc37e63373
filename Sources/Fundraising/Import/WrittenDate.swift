internal import Values

/// A day as other systems write it: `31/12/2025` to some, `12/31/2025` to others.
public enum WrittenDate {
    public enum Order: String, Sendable, CaseIterable {
        case dayFirst = "dmy"
        case monthFirst = "mdy"
    }

    /// The day, when it can only be one.
    ///
    /// - Parameter order: nil when nobody said: then `03/04/2025` is refused, and `31/12/2025` isn't.
    /// - Throws: `ValueError`.
    static func day(_ text: String, in order: Order?) throws(ValueError) -> LocalDate {
        let parts = text.split(omittingEmptySubsequences: false) { "/.-".contains($0) }
        guard parts.count == 3, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            throw ValueError(kind: "day", value: text, reason: "write it as 31/12/2025 or 12/31/2025")
        }
        if parts[0].count == 4 { return try LocalDate(parts.joined(separator: "-")) }
        guard parts[2].count == 4, (1...2).contains(parts[0].count), (1...2).contains(parts[1].count),
            let first = Int(parts[0]), let second = Int(parts[1]), let year = Int(parts[2])
        else { throw ValueError(kind: "day", value: text, reason: "write the year with four digits, at the end") }
        switch order {
        case .dayFirst?: return try LocalDate(year: year, month: second, day: first)
        case .monthFirst?: return try LocalDate(year: year, month: first, day: second)
        case nil:
            guard first > 12 || second > 12 || first == second else {
                throw ValueError(
                    kind: "day", value: text, reason: "day or month first? Say --date-order dmy or --date-order mdy")
            }
            return try first > 12
                ? LocalDate(year: year, month: second, day: first) : LocalDate(year: year, month: first, day: second)
        }
    }
}
