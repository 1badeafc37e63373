public import Access
internal import Journal
public import Postgres
public import Values

/// Says that nothing is expected of a plan for a while, or that it goes on. What would have come meanwhile is not owed
/// afterwards: dates are reckoned from the anchor, and those of a pause are left out.
public struct PausePlan {
    public enum Change: String, Sendable {
        case pause, resume

        var standing: RecurringPlan.Standing { self == .pause ? .paused : .active }
    }

    let plan: ID<RecurringPlan>
    let change: Change
    let actor: Actor

    public init(_ plan: ID<RecurringPlan>, _ change: Change, by actor: Actor) {
        self.plan = plan
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownPlan`, `planStands`.
    public func perform(_ db: Connection) throws -> RecurringPlan {
        try actor.require(.planManage)
        // Two at once: the second sees what the first said.
        try db.run("SELECT FROM fundraising.plan WHERE id = \(plan) FOR NO KEY UPDATE")
        let found = try RecurringPlans.find(db, plan)
        let isAllowed = change == .pause ? found.standing.counts : found.standing == .paused
        guard isAllowed else { throw FundraisingError.planStands(plan, found.standing) }
        try db.run(
            """
            INSERT INTO fundraising.plan_state (plan_id, occurred_at, rank, standing, amount_minor, unit, every, source, \
            external_id) SELECT \(plan), clock_timestamp(), 1, \(change.standing), \(found.amount.minor), \
            \(found.unit.rawValue), \(found.every), 'manual', \(change.rawValue) || ' ' || clock_timestamp()
            """)
        try Audit.append(db, Subject(.plan, plan.rawValue), "plan.\(change.rawValue)d", by: actor.origin)
        return try RecurringPlans.find(db, plan)
    }
}
