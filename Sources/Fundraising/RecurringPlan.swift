public import Postgres
public import Values

/// A promise to give again and again, as it stands now.
public struct RecurringPlan: Sendable, Hashable {
    /// Raw values as in `fundraising.plan_state`.
    public enum Standing: String, Sendable, CaseIterable, PostgresCodable {
        case pending, active, paused, overdue, cancelled, ended

        /// Whether money is expected.
        public var counts: Bool { self == .active || self == .overdue }
    }

    public let id: ID<RecurringPlan>
    /// The processor's subscription.
    public let externalID: String
    public let source: String
    public let donor: ID<Donor>?
    public let standing: Standing
    public let amount: Money
    public let unit: PlanSchedule.Unit
    public let every: Int
    /// From which every date is reckoned.
    public let anchor: Timestamp
    public let isLive: Bool
    /// Instalments that brought a gift.
    public let gifts: Int

    /// The first date from a day on; nil of one that isn't expected to bring any.
    public func next(from day: LocalDate, in zone: Zone) -> LocalDate? {
        guard standing.counts else { return nil }
        let schedule = PlanSchedule(anchor: anchor, unit: unit, every: every, in: zone)
        // No step is longer than a thousand years, and none is looked for beyond ten.
        return schedule.dates(from: day, through: day.adding(months: 120)).first?.date
    }

    /// What was said of a plan, and when.
    public struct Event: Sendable, Hashable {
        public let at: Timestamp
        public let standing: Standing
        public let amount: Money
        public let unit: PlanSchedule.Unit
        public let every: Int
        /// Of a cancelled plan: whether the donor wanted it.
        public let isVoluntary: Bool?
        /// Who said it: a processor, a file, or somebody here.
        public let source: String
    }
}
