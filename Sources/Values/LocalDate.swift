/// A day of the calendar (proleptic Gregorian), wherever it is: 2025-12-31 has no hours and no zone.
public struct LocalDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to the month's last.
    public let day: Int

    /// Years 1 to 9999, which is what ISO 8601 writes with four digits. Throws for a day that doesn't exist.
    public init(year: Int, month: Int, day: Int) throws(ValueError) {
        func refused(_ reason: String) -> ValueError {
            ValueError(kind: "date", value: "\(year)-\(month)-\(day)", reason: reason)
        }
        guard (1...9999).contains(year) else { throw refused("the year is not between 1 and 9999") }
        guard (1...12).contains(month) else { throw refused("there is no such month") }
        guard (1...Self.days(inMonth: month, of: year)).contains(day) else { throw refused("there is no such day") }
        self.init(uncheckedYear: year, month: month, day: day)
    }

    /// Reads "2025-12-31", and nothing but that form.
    public init(_ text: some StringProtocol) throws(ValueError) {
        func refused(_ reason: String) -> ValueError {
            ValueError(kind: "date", value: String(text), reason: reason)
        }
        var reader = DigitReader(text)
        guard let (year, month, day) = reader.day(), reader.isAtEnd else {
            throw refused("write a day as 2025-12-31")
        }
        guard Self.exists(year, month, day) else { throw refused("there is no such day") }
        self.init(uncheckedYear: year, month: month, day: day)
    }

    static func exists(_ year: Int, _ month: Int, _ day: Int) -> Bool {
        (1...9999).contains(year) && (1...12).contains(month) && (1...days(inMonth: month, of: year)).contains(day)
    }

    init(uncheckedYear year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    // MARK: Reckoning

    /// Days since 1970-01-01, which is day 0. (Howard Hinnant, "chrono-compatible low-level date algorithms":
    /// eras of 400 years that begin in March, so that the leap day comes last.)
    public var daysSince1970: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredQuotient(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    public init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.init(uncheckedYear: year, month: month, day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    public func adding(days: Int) -> LocalDate { LocalDate(daysSince1970: daysSince1970 + days) }

    /// The same day of the month so many months later or earlier; the month's last day when it has no such day
    /// (31 January and a month is 28 or 29 February). Reckon a series from its first date, not from the one before:
    /// otherwise the 31st becomes the 28th for ever.
    public func adding(months: Int) -> LocalDate {
        let count = year * 12 + month - 1 + months
        let newYear = count.flooredQuotient(by: 12)
        let newMonth = count - newYear * 12 + 1
        let last = Self.days(inMonth: newMonth, of: newYear)
        return LocalDate(uncheckedYear: newYear, month: newMonth, day: min(day, last))
    }

    /// 28 to 31.
    public static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: isLeap(year) ? 29 : 28
        default: 31
        }
    }

    public static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    /// 0 for Sunday to 6 for Saturday.
    public var weekday: Int {
        let days = daysSince1970 + 4  // 1970-01-01 was a Thursday.
        return days - days.flooredQuotient(by: 7) * 7
    }

    // MARK: Text

    /// "2025-12-31"
    public var description: String {
        "\(year.padded(to: 4))-\(month.padded(to: 2))-\(day.padded(to: 2))"
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension BinaryInteger {
    /// Division that rounds towards the past: −1 second is in the day before 1970, not in its first.
    func flooredQuotient(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Decimal digits with leading zeros; the sign of a negative number comes first and isn't counted.
    func padded(to width: Int) -> String {
        let digits = String(magnitude)
        return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
