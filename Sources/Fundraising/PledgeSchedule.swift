public import Values

/// When the parts of a promise are due: a promise of several parts may be written part by part, or spread evenly.
public struct PledgeSchedule: Sendable, Hashable {
    public enum Unit: String, Sendable, CaseIterable { case week, month, quarter, year }

    /// Twenty years of months. A longer promise is no schedule but a hope.
    public static let longest = 240

    public struct Part: Sendable, Hashable {
        public let dueOn: LocalDate
        public let amount: Money

        public init(dueOn: LocalDate, amount: Money) {
            self.dueOn = dueOn
            self.amount = amount
        }
    }

    public let parts: [Part]

    /// Part by part, by day.
    ///
    /// - Throws: ``PledgeRefusal``: `instalmentCount`, `twoInstalmentsOnOneDay`, `instalmentsDiffer`; `ValueError`;
    ///   ``FundraisingError/amountNotPositive(_:)``.
    public init(_ parts: [Part], promised: Money) throws {
        guard (1...Self.longest).contains(parts.count) else {
            throw FundraisingError.pledge(.instalmentCount(limit: Self.longest))
        }
        let sorted = parts.sorted { $0.dueOn < $1.dueOn }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.dueOn == next.dueOn {
            throw FundraisingError.pledge(.twoInstalmentsOnOneDay(one.dueOn))
        }
        if let nothing = sorted.first(where: { $0.amount.minor <= 0 }) {
            throw FundraisingError.amountNotPositive(nothing.amount)
        }
        let sum = try sorted.reduce(Money(minor: 0, currency: promised.currency)) { try $0.adding($1.amount) }
        guard sum == promised else {
            throw FundraisingError.pledge(.instalmentsDiffer(sum: sum, promised: promised))
        }
        self.parts = sorted
    }

    /// Evenly, the earlier parts taking the odd cents. The n-th day is reckoned from the first, so that the 31st
    /// doesn't drift to the 28th.
    public init(_ promised: Money, every unit: Unit, times: Int, from: LocalDate) throws {
        guard (1...Self.longest).contains(times) else {
            throw FundraisingError.pledge(.instalmentCount(limit: Self.longest))
        }
        let shares = try promised.shares(by: Array(repeating: 1, count: times))
        try self.init(
            shares.enumerated().map { number, share in Part(dueOn: from.adding(number, unit), amount: share) },
            promised: promised)
    }
}

extension LocalDate {
    fileprivate func adding(_ count: Int, _ unit: PledgeSchedule.Unit) -> LocalDate {
        switch unit {
        case .week: adding(days: 7 * count)
        case .month: adding(months: count)
        case .quarter: adding(months: 3 * count)
        case .year: adding(months: 12 * count)
        }
    }
}
