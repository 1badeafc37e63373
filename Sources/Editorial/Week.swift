public import Values

/// A week as planners name it: 2026-W48, Monday to Sunday, after ISO 8601.
public struct Week: Hashable, Sendable, CustomStringConvertible {
    public let monday: LocalDate

    public var sunday: LocalDate { monday.adding(days: 6) }

    public init(containing day: LocalDate) {
        // A date counts Sunday as 0.
        monday = day.adding(days: -((day.weekday + 6) % 7))
    }

    /// Reads "2026-W48"; a year's last week may be its 53rd.
    public init(_ text: String) throws(ValueError) {
        let parts = text.uppercased().split(separator: "-", omittingEmptySubsequences: false)
        let refusal = ValueError(kind: "week", value: text, reason: "write it as 2026-W48")
        guard parts.count == 2, parts[0].utf8.count == 4, let year = Int(parts[0]), year > 0,
            parts[1].first == "W", parts[1].utf8.count == 3, let number = Int(parts[1].dropFirst())
        else { throw refusal }
        // The fourth of January is in the first week, always.
        let first = Week(containing: try LocalDate(year: year, month: 1, day: 4)).monday
        self.init(containing: first.adding(days: 7 * (number - 1)))
        guard number > 0, description == "\(parts[0])-\(parts[1])" else {
            throw ValueError(kind: "week", value: text, reason: "the year has no such week")
        }
    }

    public var description: String {
        // The year of a week is its Thursday's.
        let thursday = monday.adding(days: 3)
        var number = 1
        var day = thursday.adding(days: -7)
        while day.year == thursday.year {
            number += 1
            day = day.adding(days: -7)
        }
        let year = String(thursday.year)
        return String(repeating: "0", count: max(0, 4 - year.count)) + year + "-W" + (number < 10 ? "0" : "")
            + "\(number)"
    }
}
