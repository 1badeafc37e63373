public import Values

/// A stretch of local time whose views are told: a period, or the days and hours from one time on the wall to another.
///
/// It begins and ends where hours of the wall do, so that whole buckets lie in it.
public struct Stretch: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        case period(Period)
        case wall(from: LocalDateTime, to: LocalDateTime)
    }
    private let form: Form

    public init(_ period: Period) { form = .period(period) }

    /// - Parameter to: the first time that isn't in it.
    init(from: LocalDateTime, to: LocalDateTime) {
        precondition(from <= to, "a stretch runs forwards")
        form = .wall(from: from, to: to)
    }

    /// The days from the first to the last, both in it.
    init(firstDay: LocalDate, lastDay: LocalDate) {
        self.init(
            from: LocalDateTime(date: firstDay, secondOfDay: 0),
            to: LocalDateTime(date: lastDay.adding(days: 1), secondOfDay: 0))
    }

    /// The period it is, if it is one.
    public var period: Period? {
        if case .period(let period) = form { return period }
        return nil
    }

    /// The first and the last day of which something lies in it.
    var days: ClosedRange<LocalDate> {
        switch form {
        case .period(let period): period.firstDay...period.lastDay
        case .wall(let from, let to):
            from.date...max(from.date, to.secondOfDay == 0 ? to.date.adding(days: -1) : to.date)
        }
    }

    /// The instants in it, on that zone's wall.
    public func bounds(in zone: Zone) -> Range<Timestamp> {
        switch form {
        case .period(let period): return period.bounds(in: zone)
        case .wall(let from, let to):
            let first = Stretch.instant(from, zone)
            return first..<max(first, Stretch.instant(to, zone))
        }
    }

    /// A wall that shows a time twice means the second, one that steps over it what follows: hours before it are whole.
    private static func instant(_ wall: LocalDateTime, _ zone: Zone) -> Timestamp {
        if wall.secondOfDay == 0 { return zone.startOfDay(wall.date) }
        return switch zone.resolve(wall) {
        case .unique(let instant), .ambiguous(_, let instant), .nonexistent(_, let instant): instant
        }
    }

    /// In words for a letter: `December 2025`, `1 to 15 March 2026, 10:00`.
    public var words: String {
        switch form {
        case .period(let period):
            return switch period.granularity {
            case .year, .hour: period.description
            case .month: "\(Stretch.months[period.firstDay.month - 1]) \(period.firstDay.year)"
            case .day: Stretch.words(period.firstDay)
            }
        case .wall(let from, let to):
            let last = to.secondOfDay == 0 ? to.date.adding(days: -1) : to.date
            let end = Stretch.words(last) + (to.secondOfDay == 0 ? "" : " at \(to.description.dropFirst(11).prefix(5))")
            return "\(Stretch.words(from.date)) to \(end)"
        }
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private static func words(_ day: LocalDate) -> String { "\(day.day) \(months[day.month - 1]) \(day.year)" }
}

extension Stretch: CustomStringConvertible {
    /// `2025-12`; `2026-03-01..2026-03-14`; `2026-03-01..2026-03-15T10:00`, to the first minute that isn't in it.
    public var description: String {
        switch form {
        case .period(let period): return period.description
        case .wall(let from, let to):
            let end = to.secondOfDay == 0 ? to.date.adding(days: -1).description : "\(to.description.prefix(16))"
            return "\(from.date)..\(end)"
        }
    }
}

// MARK: Stretches that follow from what was counted

extension Stretch {
    /// The month so far, up to the end of the last whole hour of the wall.
    static func monthToDate(_ end: LocalDateTime) -> Stretch {
        let hour = LocalDateTime(date: end.date, secondOfDay: end.hour * 3_600)
        return Stretch(from: LocalDateTime(date: end.date.firstOfMonth, secondOfDay: 0), to: hour)
    }

    /// The same elapsed time of the wall in a month so many months earlier; no longer than that month is.
    func sameElapsed(monthsEarlier months: Int) -> Stretch {
        guard case .wall(let from, let to) = form else { return self }
        let first = from.date.adding(months: -months)
        let next = first.adding(months: 1)
        let day = first.adding(days: to.date.daysSince1970 - from.date.daysSince1970)
        let end =
            day < next
            ? LocalDateTime(date: day, secondOfDay: to.secondOfDay) : LocalDateTime(date: next, secondOfDay: 0)
        return Stretch(from: LocalDateTime(date: first, secondOfDay: 0), to: end)
    }

    /// So many days, the last of them given.
    static func trailing(_ days: Int, through last: LocalDate) -> Stretch {
        Stretch(firstDay: last.adding(days: 1 - days), lastDay: last)
    }
}

extension LocalDate {
    fileprivate var firstOfMonth: LocalDate { adding(days: 1 - day) }
}
