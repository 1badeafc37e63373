/// What a calendar and a clock on the wall show: "2026-12-01 17:00". Which instant that is, if any, only a `Zone` says.
public struct LocalDateTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let date: LocalDate
    /// 0 to 86 399.
    public let secondOfDay: Int

    public init(date: LocalDate, secondOfDay: Int) {
        precondition((0..<86_400).contains(secondOfDay), "a day has 86 400 seconds")
        self.date = date
        self.secondOfDay = secondOfDay
    }

    /// Reads "2026-12-01 17:00" or "2026-12-01T17:00:30".
    public init(_ text: some StringProtocol) throws(ValueError) {
        func refused(_ reason: String) -> ValueError {
            ValueError(kind: "date and time", value: String(text), reason: reason)
        }
        var reader = DigitReader(text)
        guard let (year, month, day) = reader.day(), reader.skip(" T"),
            let (seconds, microseconds) = reader.timeOfDay(), microseconds == 0, reader.isAtEnd
        else { throw refused("write a date and time as 2026-12-01 17:00") }
        guard LocalDate.exists(year, month, day) else { throw refused("there is no such day") }
        self.init(date: LocalDate(uncheckedYear: year, month: month, day: day), secondOfDay: seconds)
    }

    /// Seconds from 1970-01-01 00:00 on the same wall, as if every day had 24 hours.
    init(wallSeconds: Int64) {
        let days = wallSeconds.flooredQuotient(by: 86_400)
        self.init(date: LocalDate(daysSince1970: Int(days)), secondOfDay: Int(wallSeconds - days * 86_400))
    }

    var wallSeconds: Int64 { Int64(date.daysSince1970) * 86_400 + Int64(secondOfDay) }

    public var hour: Int { secondOfDay / 3_600 }
    public var minute: Int { secondOfDay / 60 % 60 }
    public var second: Int { secondOfDay % 60 }

    /// "2026-12-01T17:00:00"
    public var description: String { "\(date)T\(hour.padded(to: 2)):\(minute.padded(to: 2)):\(second.padded(to: 2))" }

    public static func < (left: Self, right: Self) -> Bool {
        (left.date, left.secondOfDay) < (right.date, right.secondOfDay)
    }
}
