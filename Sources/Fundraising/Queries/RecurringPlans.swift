public import Access
public import Postgres
public import Values

/// The plans, each as the last thing said of it has it.
public enum RecurringPlans {
    private static let query: SQL = """
        SELECT p.id, p.external_id, p.source, w.survivor_id, s.standing, p.currency, s.amount_minor, s.unit, s.every, \
        p.anchor, p.live, (SELECT count(*) FROM fundraising.instalment i WHERE i.plan_id = p.id \
        AND i.gift_id IS NOT NULL) FROM fundraising.plan p LEFT JOIN fundraising.giver w ON w.donor_id = p.donor_id \
        CROSS JOIN LATERAL (SELECT s.standing, s.amount_minor, s.unit, s.every FROM fundraising.plan_state s \
        WHERE s.plan_id = p.id ORDER BY s.occurred_at DESC, s.rank DESC, s.id DESC LIMIT 1) s WHERE true
        """

    /// The newest first, at most `limit`.
    ///
    /// - Parameter before: the last one already seen.
    /// - Throws: `AccessError.notPermitted`.
    public static func list(
        _ db: Connection, for actor: Actor, standing: RecurringPlan.Standing? = nil, donor: ID<Donor>? = nil,
        before: ID<RecurringPlan>? = nil, limit: Int
    ) throws -> [RecurringPlan] {
        try actor.require(.donorRead)
        var query = query
        if let standing { query += " AND s.standing = \(standing)" }
        if let donor { query += " AND w.survivor_id = \(donor)" }
        if let before { query += " AND p.id < \(before)" }
        return try db.rows(query + " ORDER BY p.id DESC LIMIT \(limit)") { try RecurringPlan(&$0) }
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError/unknownPlan(_:)``.
    public static func find(_ db: Connection, _ id: ID<RecurringPlan>, for actor: Actor) throws -> RecurringPlan {
        try actor.require(.donorRead)
        return try find(db, id)
    }

    static func find(_ db: Connection, _ id: ID<RecurringPlan>) throws -> RecurringPlan {
        let found = try db.row(query + " AND p.id = \(id)") { try RecurringPlan(&$0) }
        guard let found else { throw FundraisingError.unknownPlan(id) }
        return found
    }

    /// Everything said of a plan, in the order of happening.
    public static func events(
        _ db: Connection, of plan: RecurringPlan, for actor: Actor
    ) throws -> [RecurringPlan.Event] {
        try actor.require(.donorRead)
        return try db.rows(
            """
            SELECT s.occurred_at, s.standing, s.amount_minor, s.unit, s.every, s.voluntary, s.source \
            FROM fundraising.plan_state s WHERE s.plan_id = \(plan.id) ORDER BY s.occurred_at, s.rank, s.id
            """
        ) { row in
            RecurringPlan.Event(
                at: try row.next(), standing: try row.next(),
                amount: Money(minor: try row.next(), currency: plan.amount.currency),
                unit: PlanSchedule.Unit(rawValue: try row.next(String.self)) ?? .month, every: try row.next(),
                isVoluntary: try row.next(), source: try row.next())
        }
    }
}

extension RecurringPlan {
    fileprivate init(_ row: inout Row) throws {
        id = try row.next()
        externalID = try row.next()
        source = try row.next()
        donor = try row.next()
        standing = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        unit = PlanSchedule.Unit(rawValue: try row.next(String.self)) ?? .month
        every = try row.next()
        anchor = try row.next()
        isLive = try row.next()
        gifts = try row.next()
    }
}
