public import Values

/// The year a report is about: the donors' tax year, or the organisation's own.
public struct ReportYear: Hashable, Sendable, CustomStringConvertible {
    public enum Calendar: String, Sendable, CaseIterable {
        /// January to December.
        case tax
        /// From the month in which the organisation's year begins. It bears the number of the year in which it ends.
        case fiscal
    }

    public let calendar: Calendar
    public let firstDay: LocalDate

    /// - Parameter startMonth: 1 to 12, the month in which a fiscal year begins.
    /// - Throws: for a year outside 2 to 9998, which has no year before or after it.
    public init(_ number: Int, _ calendar: Calendar = .tax, startMonth: Int = 1) throws(ValueError) {
        guard (2...9_998).contains(number) else {
            throw ValueError(kind: "year", value: "\(number)", reason: "write a year as 2026")
        }
        let month = calendar == .fiscal ? startMonth : 1
        self.init(calendar, try LocalDate(year: month == 1 ? number : number - 1, month: month, day: 1))
    }

    /// The year that a day lies in.
    public init(_ calendar: Calendar, containing day: LocalDate, startMonth: Int) throws(ValueError) {
        let isLate = calendar == .fiscal && startMonth > 1 && day.month >= startMonth
        try self.init(day.year + (isLate ? 1 : 0), calendar, startMonth: startMonth)
    }

    private init(_ calendar: Calendar, _ firstDay: LocalDate) {
        self.calendar = calendar
        self.firstDay = firstDay
    }

    public var lastDay: LocalDate { firstDay.adding(months: 12).adding(days: -1) }
    public var previous: ReportYear { ReportYear(calendar, firstDay.adding(months: -12)) }
    public var number: Int { lastDay.year }

    /// `2026`, or `fiscal 2026`.
    public var description: String { calendar == .tax ? "\(number)" : "fiscal \(number)" }
}
