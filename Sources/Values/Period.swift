/// How long the stretches are that a report goes by.
public enum Granularity: String, Hashable, Sendable, CaseIterable {
    case hour, day, month, year
}

/// A year, month, day or hour as a reader of a report names it. Which instants it covers depends on the zone: a
/// month in Warsaw begins an hour or two before the same month in UTC.
public struct Period: Hashable, Sendable {
    private enum Span: Hashable, Sendable {
        case year(Int)
        case month(year: Int, month: Int)
        case day(LocalDate)
        /// The instant at which the local hour begins, in that offset. The offset belongs to it: when clocks go back,
        /// two hours read the same, and where they move by half an hour, only the offset tells whose half it is.
        case hour(start: Int64, offset: Int)
    }
    private let span: Span

    /// Reads "2025", "2025-12", "2025-12-31" or "2025-12-31T14:00+01:00".
    public init(_ text: String) throws(ValueError) {
        func refused(_ reason: String) -> ValueError { ValueError(kind: "period", value: text, reason: reason) }
        let parts = text.split(separator: "-", maxSplits: 1)
        if text.utf8.count == 4, let year = Self.year(text) {
            span = .year(year)
        } else if text.utf8.count == 7, parts.count == 2, let year = Self.year(parts[0]) {
            do {
                let first = try LocalDate(text + "-01")
                span = .month(year: year, month: first.month)
            } catch { throw refused("there is no such month") }
        } else if text.utf8.count == 10 {
            do { span = .day(try LocalDate(text)) } catch { throw refused(error.reason) }
        } else if text.utf8.count > 10 {
            let start: Timestamp
            do { start = try Timestamp(iso8601: text) } catch { throw refused(error.reason) }
            var reader = DigitReader(text.dropFirst(16))
            guard let offset = reader.offset(), reader.isAtEnd, text.dropFirst(13).hasPrefix(":00") else {
                throw refused("an hour is written 2025-12-31T14:00+01:00")
            }
            span = .hour(start: start.seconds, offset: offset)
        } else {
            throw refused("write 2025, 2025-12, 2025-12-31 or 2025-12-31T14:00+01:00")
        }
    }

    private static func year(_ text: some StringProtocol) -> Int? {
        var reader = DigitReader(text)
        guard let year = reader.number(digits: 4), reader.isAtEnd, year > 0 else { return nil }
        return year
    }

    /// The period of that length which the instant lies in, on that zone's wall.
    public init(_ granularity: Granularity, containing instant: Timestamp, in zone: Zone) {
        if granularity == .hour {
            let offset = zone.offset(at: instant)
            let wall = instant.seconds + Int64(offset)
            self.init(.hour(start: wall.flooredQuotient(by: 3_600) * 3_600 - Int64(offset), offset: offset))
        } else {
            self.init(granularity, containing: zone.date(at: instant))
        }
    }

    /// The year, month or day that the date lies in. Of an hour a date knows nothing: asking is a bug.
    public init(_ granularity: Granularity, containing date: LocalDate) {
        switch granularity {
        case .year: self.init(.year(date.year))
        case .month: self.init(.month(year: date.year, month: date.month))
        case .day: self.init(.day(date))
        case .hour: preconditionFailure("a date doesn't tell the hour")
        }
    }

    /// The hour whose stored bucket begins at `start`. A bucket may begin at an instant at which the clock still showed
    /// the other offset (Lord Howe's half hour): then the offset it was counted under follows within the hour.
    public init(hourStarting start: Timestamp, in zone: Zone) {
        let seconds = start.seconds
        let first = zone.span(at: start)
        let isWhole = (seconds + Int64(first.offset)).isMultiple(of: 3_600)
        let offset =
            isWhole || first.end >= seconds + 3_600 ? first.offset : zone.offset(at: start.adding(seconds: 3_599))
        self.init(.hour(start: seconds, offset: offset))
    }

    private init(_ span: Span) {
        self.span = span
    }

    public var granularity: Granularity {
        switch span {
        case .year: .year
        case .month: .month
        case .day: .day
        case .hour: .hour
        }
    }

    /// The instants it covers: from the first of it to the first after it. An hour in which the clock changes covers
    /// only the part that was counted under its offset.
    public func bounds(in zone: Zone) -> Range<Timestamp> {
        if case .hour(let start, let offset) = span {
            return Self.hourBounds(start: start, offset: offset, in: zone)
        }
        let first = zone.startOfDay(firstDay)
        return first..<max(first, zone.startOfDay(lastDay.adding(days: 1)))
    }

    private static func hourBounds(start: Int64, offset: Int, in zone: Zone) -> Range<Timestamp> {
        var low = start
        var high = start + 3_600
        let first = zone.span(at: Timestamp(seconds: start))
        if first.end < high {
            if first.offset == offset { high = first.end } else { low = first.end }
        } else if first.offset == offset {
            low = max(low, first.start)
        }
        return Timestamp(seconds: low)..<Timestamp(seconds: high)
    }

    public func next(in zone: Zone) -> Period {
        switch span {
        case .year(let year): Period(.year(year + 1))
        case .month: Period(.month, containing: firstDay.adding(months: 1))
        case .day(let day): Period(.day(day.adding(days: 1)))
        case .hour: Period(.hour, containing: bounds(in: zone).upperBound, in: zone)
        }
    }

    public func previous(in zone: Zone) -> Period {
        switch span {
        case .year(let year): Period(.year(year - 1))
        case .month: Period(.month, containing: firstDay.adding(months: -1))
        case .day(let day): Period(.day(day.adding(days: -1)))
        case .hour: Period(.hour, containing: bounds(in: zone).lowerBound.adding(seconds: -1), in: zone)
        }
    }

    /// The same period a year earlier, clamped in February; an hour's is the hour that held the same wall time.
    public func yearEarlier(in zone: Zone) -> Period {
        switch span {
        case .year(let year): Period(.year(year - 1))
        case .month: Period(.month, containing: firstDay.adding(months: -12))
        case .day(let day): Period(.day(day.adding(months: -12)))
        case .hour(let start, let offset):
            Period(
                .hour, containing: Self.yearEarlier(LocalDateTime(wallSeconds: start + Int64(offset)), in: zone),
                in: zone)
        }
    }

    private static func yearEarlier(_ wall: LocalDateTime, in zone: Zone) -> Timestamp {
        let earlier = LocalDateTime(date: wall.date.adding(months: -12), secondOfDay: wall.secondOfDay)
        return switch zone.resolve(earlier) {
        case .unique(let instant), .ambiguous(let instant, _), .nonexistent(_, let instant): instant
        }
    }

    /// The first and last day of a year, month or day; of an hour, the day it lies in.
    public var firstDay: LocalDate {
        switch span {
        case .year(let year): LocalDate(uncheckedYear: year, month: 1, day: 1)
        case .month(let year, let month): LocalDate(uncheckedYear: year, month: month, day: 1)
        case .day(let day): day
        case .hour(let start, let offset): LocalDateTime(wallSeconds: start + Int64(offset)).date
        }
    }

    public var lastDay: LocalDate {
        switch span {
        case .year(let year): LocalDate(uncheckedYear: year, month: 12, day: 31)
        case .month(let year, let month):
            LocalDate(uncheckedYear: year, month: month, day: LocalDate.days(inMonth: month, of: year))
        case .day, .hour: firstDay
        }
    }

}

extension Period: CustomStringConvertible {
    /// The form that `init(_:)` reads: "2025", "2025-12", "2025-12-31", "2025-12-31T14:00+01:00".
    public var description: String {
        switch span {
        case .year(let year): year.padded(to: 4)
        case .month(let year, let month): "\(year.padded(to: 4))-\(month.padded(to: 2))"
        case .day(let day): day.description
        case .hour(let start, let offset):
            LocalDateTime(wallSeconds: start + Int64(offset)).description.dropLast(3) + Zone.offsetText(offset)
        }
    }
}
