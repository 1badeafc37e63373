public import Postgres
public import Values

/// How plans stood at the end of a day: plan, whether it counts, amount, unit, every, voluntary. The last thing said of
/// a plan counts; of one second that of the higher rank.
private func standing(atTheEndOf day: LocalDate) -> SQL {
    """
    SELECT DISTINCT ON (s.plan_id) s.plan_id, s.standing, s.standing IN ('active', 'overdue') AS counts, \
    s.amount_minor, s.unit, s.every, s.voluntary FROM fundraising.plan_state s \
    WHERE s.occurred_at < ((\(day)::date + 1)::timestamp AT TIME ZONE access.publication_zone()) \
    ORDER BY s.plan_id, s.occurred_at DESC, s.rank DESC, s.id DESC
    """
}

/// Amounts of a year, to be divided by 12 × every.
private let aYear: SQL = "CASE s.unit WHEN 'day' THEN 365 WHEN 'week' THEN 52 WHEN 'month' THEN 12 ELSE 1 END"

extension MonthlyReport {
    private struct Part {
        let currency: Currency
        let change: Change
        let plans: Int
        let before: Ratio
        let now: Ratio
    }

    /// By currency; the lines in the order of ``Change``, those without plans left out.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func totals(_ db: Connection) throws -> [Total] {
        let parts = try parts(db)
        return try Dictionary(grouping: parts, by: \.currency).sorted { $0.key.code < $1.key.code }.map { item in
            let lines = try Change.allCases.compactMap { change -> Line? in
                let own = item.value.filter { $0.change == change }
                guard !own.isEmpty else { return nil }
                return Line(
                    change: change, plans: own.reduce(0) { $0 + $1.plans }, before: try Self.sum(own.map(\.before)),
                    now: try Self.sum(own.map(\.now)))
            }
            let gone: Set<Change> = [.churnVoluntary, .churnInvoluntary, .churnOther]
            let came: Set<Change> = [.new, .reactivated]
            return Total(
                currency: item.key, lines: lines,
                plansBefore: lines.filter { !came.contains($0.change) }.reduce(0) { $0 + $1.plans },
                plansNow: lines.filter { !gone.contains($0.change) }.reduce(0) { $0 + $1.plans },
                before: try Self.sum(lines.map(\.before)), now: try Self.sum(lines.map(\.now)))
        }
    }

    private static func sum(_ ratios: [Ratio]) throws -> Ratio {
        var sum = Ratio.zero
        for ratio in ratios { sum = try sum.adding(ratio) }
        return sum
    }

    /// Plans that count on either day: id, external_id, donor, currency, change, every_before, every_now, before, now
    /// (what they bring in 12 × every months).
    private var changes: SQL {
        """
        SELECT p.id, p.external_id, p.donor_id, p.currency, CASE \
        WHEN NOT b.counts AND EXISTS (SELECT FROM fundraising.plan_state o WHERE o.plan_id = p.id \
        AND o.standing IN ('active', 'overdue') AND o.occurred_at < \
        ((\(from)::date + 1)::timestamp AT TIME ZONE access.publication_zone())) THEN 'reactivated' \
        WHEN NOT b.counts THEN 'new' \
        WHEN NOT n.counts THEN CASE WHEN n.standing = 'cancelled' AND n.voluntary THEN 'churn_voluntary' \
        WHEN n.standing = 'cancelled' AND NOT n.voluntary THEN 'churn_involuntary' ELSE 'churn_other' END \
        WHEN n.year * b.every > b.year * n.every THEN 'expansion' \
        WHEN n.year * b.every < b.year * n.every THEN 'contraction' ELSE 'unchanged' END AS change, \
        b.every AS every_before, n.every AS every_now, \
        CASE WHEN b.counts THEN b.year ELSE 0 END AS before, CASE WHEN n.counts THEN n.year ELSE 0 END AS now \
        FROM fundraising.plan p \
        JOIN (SELECT s.*, s.amount_minor::numeric * \(aYear) AS year FROM (\(standing(atTheEndOf: to))) s) n \
        ON n.plan_id = p.id \
        LEFT JOIN (SELECT s.*, s.amount_minor::numeric * \(aYear) AS year \
        FROM (\(standing(atTheEndOf: from))) s) raw ON raw.plan_id = p.id \
        CROSS JOIN LATERAL (SELECT coalesce(raw.counts, false) AS counts, coalesce(raw.year, 0) AS year, \
        coalesce(raw.every, 1) AS every) b \
        WHERE p.live AND (b.counts OR n.counts)
        """
    }

    /// Sums of plans that change alike and by the same rhythms, so that few rows come of many plans.
    private func parts(_ db: Connection) throws -> [Part] {
        try withinRange {
            try db.rows(
                """
                SELECT c.currency, c.change, c.every_before, c.every_now, count(*), sum(c.before)::bigint, \
                sum(c.now)::bigint FROM (\(changes)) c GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
                """
            ) { row in
                let (currency, change) = (try row.next(Currency.self), try row.next(Change.self))
                let (everyBefore, everyNow) = (try row.next(Int.self), try row.next(Int.self))
                let plans = try row.next(Int.self)
                let (before, now) = (try row.next(Int64.self), try row.next(Int64.self))
                return Part(
                    currency: currency, change: change, plans: plans,
                    before: Ratio(Int128(before), of: Int128(12 * everyBefore)),
                    now: Ratio(Int128(now), of: Int128(12 * everyNow)))
            }
        }
    }

    /// The plans behind the lines, by currency, change and plan.
    public func rows(_ db: Connection) throws -> [Row] {
        try withinRange {
            try db.rows(
                """
                SELECT c.id, c.external_id, w.survivor_id, c.currency, c.change, c.every_before, c.every_now, \
                c.before::bigint, c.now::bigint FROM (\(changes)) c \
                LEFT JOIN fundraising.giver w ON w.donor_id = c.donor_id ORDER BY c.currency, c.change, c.id
                """
            ) { row in
                let (plan, externalID) = (try row.next(Int64.self), try row.next(String.self))
                let donor = try row.next(ID<Donor>?.self)
                let (currency, change) = (try row.next(Currency.self), try row.next(Change.self))
                let (everyBefore, everyNow) = (try row.next(Int.self), try row.next(Int.self))
                let (before, now) = (try row.next(Int64.self), try row.next(Int64.self))
                return Row(
                    plan: plan, externalID: externalID, donor: donor, currency: currency, change: change,
                    before: Ratio(Int128(before), of: Int128(12 * everyBefore)),
                    now: Ratio(Int128(now), of: Int128(12 * everyNow)))
            }
        }
    }
}

extension ForecastReport {
    /// By month and currency.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection, in zone: Zone) throws -> [Line] {
        struct Key: Hashable {
            let month: LocalDate
            let currency: Currency
        }
        var sums: [Key: (plans: Set<Int64>, instalments: Int, amount: Money)] = [:]
        try forEachInstalment(db, in: zone) { row in
            let key = Key(month: Period(.month, containing: row.due).firstDay, currency: row.amount.currency)
            let sum = sums[key] ?? ([], 0, Money(minor: 0, currency: row.amount.currency))
            do {
                sums[key] = (sum.plans.union([row.plan]), sum.instalments + 1, try sum.amount.adding(row.amount))
            } catch { throw FundraisingError.totalTooLarge }
        }
        return sums.sorted { ($0.key.month, $0.key.currency.code) < ($1.key.month, $1.key.currency.code) }.map {
            Line(
                month: Period(.month, containing: $0.key.month), currency: $0.key.currency,
                plans: $0.value.plans.count, instalments: $0.value.instalments, amount: $0.value.amount)
        }
    }

    /// The instalments that are expected, by day and plan.
    public func rows(_ db: Connection, in zone: Zone) throws -> [Row] {
        var rows: [Row] = []
        try forEachInstalment(db, in: zone) { rows.append($0) }
        return rows.sorted { ($0.due, $0.plan) < ($1.due, $1.plan) }
    }

    private func forEachInstalment(_ db: Connection, in zone: Zone, _ body: (Row) throws -> Void) throws {
        try db.forEach(
            """
            SELECT p.id, p.external_id, p.anchor, p.currency, s.amount_minor, s.unit, s.every FROM fundraising.plan p \
            JOIN (\(standing(atTheEndOf: from.adding(days: -1)))) s ON s.plan_id = p.id \
            WHERE p.live AND s.standing = 'active'
            """
        ) { row in
            let (plan, externalID) = (try row.next(Int64.self), try row.next(String.self))
            let (anchor, currency) = (try row.next(Timestamp.self), try row.next(Currency.self))
            let amount = Money(minor: try row.next(), currency: currency)
            let schedule = try PlanSchedule(anchor, &row, zone)
            for (_, date) in schedule.dates(from: from, through: to) {
                try body(Row(plan: plan, externalID: externalID, due: date, amount: amount))
            }
        }
    }
}

extension GapReport {
    private struct Plan {
        let id: Int64
        let externalID: String
        let donor: ID<Donor>?
        let currency: Currency
        let anchor: Timestamp
    }

    private struct State {
        let day: LocalDate
        let counts: Bool
        let amount: Int64
        let unit: PlanSchedule.Unit
        let every: Int
    }

    /// By date and plan.
    public func rows(_ db: Connection, in zone: Zone) throws -> [Row] {
        var plans: [Int64: Plan] = [:]
        try db.forEach(
            """
            SELECT p.id, p.external_id, w.survivor_id, p.currency, p.anchor FROM fundraising.plan p \
            LEFT JOIN fundraising.giver w ON w.donor_id = p.donor_id WHERE p.live
            """
        ) { row in
            let plan = Plan(
                id: try row.next(), externalID: try row.next(), donor: try row.next(), currency: try row.next(),
                anchor: try row.next())
            plans[plan.id] = plan
        }
        var settled: [Int64: [LocalDate]] = [:]
        try db.forEach(
            """
            SELECT i.plan_id, i.due_at FROM fundraising.instalment i WHERE i.plan_id IS NOT NULL \
            AND (i.paid_at IS NOT NULL OR i.failed_at IS NOT NULL OR i.gift_id IS NOT NULL)
            """
        ) { row in
            let plan = try row.next(Int64.self)
            settled[plan, default: []].append(zone.date(at: try row.next()))
        }
        var states: [Int64: [State]] = [:]
        try db.forEach(
            """
            SELECT s.plan_id, s.occurred_at, s.standing IN ('active', 'overdue'), s.amount_minor, s.unit, s.every \
            FROM fundraising.plan_state s ORDER BY s.plan_id, s.occurred_at, s.rank, s.id
            """
        ) { row in
            let plan = try row.next(Int64.self)
            let day = zone.date(at: try row.next())
            let (counts, amount) = (try row.next(Bool.self), try row.next(Int64.self))
            let unit = PlanSchedule.Unit(rawValue: try row.next(String.self)) ?? .month
            states[plan, default: []].append(
                State(day: day, counts: counts, amount: amount, unit: unit, every: try row.next()))
        }
        var rows: [Row] = []
        for plan in plans.values {
            rows += gaps(plan, states[plan.id] ?? [], settled[plan.id] ?? [], zone)
        }
        return rows.sorted { ($0.due, $0.plan) < ($1.due, $1.plan) }
    }

    private func gaps(_ plan: Plan, _ states: [State], _ settled: [LocalDate], _ zone: Zone) -> [Row] {
        var rows: [Row] = []
        for (index, state) in states.enumerated() where state.counts {
            // Until the next thing is said of it, the plan stands like this.
            let end = index + 1 < states.count ? states[index + 1].day.adding(days: -1) : to
            let schedule = PlanSchedule(anchor: plan.anchor, unit: state.unit, every: state.every, in: zone)
            for (_, date) in schedule.dates(from: max(from, state.day), through: min(to, end)) {
                let isSettled = settled.contains {
                    abs($0.daysSince1970 - date.daysSince1970) <= Self.graceDays
                }
                guard !isSettled else { continue }
                rows.append(
                    Row(
                        plan: plan.id, externalID: plan.externalID, donor: plan.donor, due: date,
                        amount: Money(minor: state.amount, currency: plan.currency)))
            }
        }
        return rows
    }
}

extension PlanSchedule {
    /// Unit and rhythm as they come next in a row.
    fileprivate init(_ anchor: Timestamp, _ row: inout Row, _ zone: Zone) throws {
        let unit = Unit(rawValue: try row.next(String.self)) ?? .month
        self.init(anchor: anchor, unit: unit, every: try row.next(), in: zone)
    }
}
