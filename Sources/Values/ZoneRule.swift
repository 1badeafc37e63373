/// The rule at the end of a zone file, in the notation of POSIX's TZ variable as RFC 9636 widens it:
/// `EST5EDT,M3.2.0,M11.1.0`, `<-03>3`, `IST-1GMT0,M10.5.0,M3.5.0/1`.
struct ZoneRule {
    /// Seconds east of UTC (the notation counts west; here the sign is turned).
    let standardOffset: Int
    let daylight: Daylight?

    struct Daylight {
        let offset: Int
        let start: Moment
        let end: Moment
    }

    /// A day of the year, and the time on that day's clock (it may lie outside the day: −167 to 167 hours).
    struct Moment {
        enum Day {
            /// 1 to 365, 29 February never counted.
            case julian(Int)
            /// 0 to 365, 29 February counted.
            case ordinal(Int)
            /// Weekday 0 to 6 of week 1 to 5 (5 is the last) of a month.
            case weekday(month: Int, week: Int, weekday: Int)
        }
        let day: Day
        let seconds: Int

        /// Seconds since 1970 on the wall.
        func wallSeconds(in year: Int) -> Int64 {
            let days: Int
            switch day {
            case .julian(let number):
                let leapDay = LocalDate.isLeap(year) && number >= 60 ? 1 : 0
                days = Self.firstDay(of: 1, year) + number - 1 + leapDay
            case .ordinal(let number):
                days = Self.firstDay(of: 1, year) + number
            case .weekday(let month, let week, let weekday):
                let first = LocalDate(uncheckedYear: year, month: month, day: 1)
                var day = (weekday - first.weekday + 7) % 7 + 1 + (week - 1) * 7
                while day > LocalDate.days(inMonth: month, of: year) { day -= 7 }
                days = first.daysSince1970 + day - 1
            }
            return Int64(days) * 86_400 + Int64(seconds)
        }

        private static func firstDay(of month: Int, _ year: Int) -> Int {
            LocalDate(uncheckedYear: year, month: month, day: 1).daysSince1970
        }
    }

    /// Nil when the text isn't such a rule.
    init?(_ text: String) {
        var reader = DigitReader(text)
        guard Self.skipName(&reader), let west = Self.clock(&reader, hours: 24) else { return nil }
        standardOffset = -west
        if reader.isAtEnd {
            daylight = nil
            return
        }
        guard Self.skipName(&reader) else { return nil }
        var offset = standardOffset + 3_600
        if reader.next != UInt8(ascii: ",") {
            guard let west = Self.clock(&reader, hours: 24) else { return nil }
            offset = -west
        }
        guard reader.skip(","), let start = Self.moment(&reader), reader.skip(","), let end = Self.moment(&reader),
            reader.isAtEnd
        else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    /// Both changes of a year, the earlier first.
    func changes(in year: Int) -> [Zone.Table.Change] {
        guard let daylight else { return [] }
        let start = daylight.start.wallSeconds(in: year) - Int64(standardOffset)
        let end = daylight.end.wallSeconds(in: year) - Int64(daylight.offset)
        let begins = Zone.Table.Change(start: start, offset: daylight.offset)
        let ends = Zone.Table.Change(start: end, offset: standardOffset)
        return start < end ? [begins, ends] : [ends, begins]
    }

    // MARK: Reading

    /// Letters, or anything but > between angle brackets. Only the offsets matter here.
    private static func skipName(_ reader: inout DigitReader) -> Bool {
        var length = 0
        if reader.skip("<") {
            while !reader.skip(">") {
                guard reader.skipAny() else { return false }
                length += 1
            }
        } else {
            while let byte = reader.next, (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) {
                _ = reader.skipAny()
                length += 1
            }
        }
        return length >= 3
    }

    /// [+-]hh[:mm[:ss]] in seconds.
    private static func clock(_ reader: inout DigitReader, hours limit: Int) -> Int? {
        let isNegative = reader.skip("-")
        if !isNegative { _ = reader.skip("+") }
        guard let hours = reader.number(upTo: 3)?.value, hours <= limit else { return nil }
        var seconds = hours * 3_600
        for unit in [60, 1] where reader.skip(":") {
            guard let part = reader.number(digits: 2), part < 60 else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }

    private static func moment(_ reader: inout DigitReader) -> Moment? {
        let day: Moment.Day
        if reader.skip("J") {
            guard let number = reader.number(upTo: 3)?.value, (1...365).contains(number) else { return nil }
            day = .julian(number)
        } else if reader.skip("M") {
            guard let month = reader.number(upTo: 2)?.value, (1...12).contains(month), reader.skip("."),
                let week = reader.number(digits: 1), (1...5).contains(week), reader.skip("."),
                let weekday = reader.number(digits: 1), (0...6).contains(weekday)
            else { return nil }
            day = .weekday(month: month, week: week, weekday: weekday)
        } else {
            guard let number = reader.number(upTo: 3)?.value, number <= 365 else { return nil }
            day = .ordinal(number)
        }
        guard reader.skip("/") else { return Moment(day: day, seconds: 2 * 3_600) }
        guard let seconds = clock(&reader, hours: 167) else { return nil }
        return Moment(day: day, seconds: seconds)
    }
}

extension DigitReader {
    fileprivate mutating func skipAny() -> Bool {
        guard let byte = next else { return false }
        return skip(byte)
    }
}
