public import Values

/// The dates of a plan. Each is reckoned from the anchor, never from the date before: the 31st stays the 31st wherever a
/// month has one, and 29 February comes back every leap year.
public struct PlanSchedule: Hashable, Sendable {
    public enum Unit: String, Sendable, CaseIterable {
        case day, week, month, year
    }

    /// When the plan began, on the publication's wall clock.
    public let anchor: LocalDateTime
    public let unit: Unit
    /// Every so many units; at least 1.
    public let every: Int

    public init(anchor: LocalDateTime, unit: Unit, every: Int) {
        precondition(every >= 1, "a plan that comes around goes on")
        self.anchor = anchor
        self.unit = unit
        self.every = every
    }

    public init(anchor: Timestamp, unit: Unit, every: Int, in zone: Zone) {
        self.init(anchor: zone.local(at: anchor), unit: unit, every: every)
    }

    /// The n-th date; 0 is the anchor's.
    public func date(_ n: Int) -> LocalDate {
        let steps = n * every
        return switch unit {
        case .day: anchor.date.adding(days: steps)
        case .week: anchor.date.adding(days: 7 * steps)
        case .month: anchor.date.adding(months: steps)
        case .year: anchor.date.adding(months: 12 * steps)
        }
    }

    /// The n-th instant: the anchor's wall time on that date. Where the clock skips it, the moment the clock goes on;
    /// where it comes twice, the first of the two.
    public func instant(_ n: Int, in zone: Zone) -> Timestamp {
        switch zone.resolve(LocalDateTime(date: date(n), secondOfDay: anchor.secondOfDay)) {
        case .unique(let instant), .ambiguous(let instant, _), .nonexistent(_, let instant): instant
        }
    }

    /// The dates from the first day to the last, both included, with their numbers.
    public func dates(from first: LocalDate, through last: LocalDate) -> [(n: Int, date: LocalDate)] {
        guard first <= last else { return [] }
        // No step is longer than its unit's longest, so this begins at or before the first that counts.
        let longest =
            switch unit {
            case .day: 1
            case .week: 7
            case .month: 31
            case .year: 366
            }
        var n = max(0, (first.daysSince1970 - anchor.date.daysSince1970) / (longest * every) - 1)
        var dates: [(n: Int, date: LocalDate)] = []
        while date(n) <= last {
            if date(n) >= first { dates.append((n, date(n))) }
            n += 1
        }
        return dates
    }

    /// What an amount given by this rhythm is a month: a year has 12 months, 52 weeks and 365 days.
    public func monthly(_ amount: Money) -> Ratio {
        Ratio(Int128(amount.minor) * Int128(Self.aYear(unit)), of: Int128(12 * every))
    }

    static func aYear(_ unit: Unit) -> Int {
        switch unit {
        case .day: 365
        case .week: 52
        case .month: 12
        case .year: 1
        }
    }
}
