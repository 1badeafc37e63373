public import Access
internal import Journal
public import Postgres
public import Values

/// Moves a schedule to another time, or cancels it. One that is firing meanwhile has either fired or moved, never both.
public struct ChangeSchedule {
    public enum Change: Sendable {
        case move(to: ClockTime)
        case cancel
    }

    let schedule: ID<Schedule>
    let change: Change
    let actor: Actor

    public init(_ schedule: ID<Schedule>, _ change: Change, by actor: Actor) {
        self.schedule = schedule
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `scheduleUnknown`, `scheduleSettled`, `blocked`, `timePassed`,
    ///   `dueNonexistent`, `dueAmbiguous`, `offsetUnknown`.
    public func perform(_ db: Connection) throws -> Schedule {
        let (found, article) = try Schedules.lock(db, schedule, for: actor)
        try actor.require(.articleSchedule, section: article.section)
        if found.action == .unpublish { try actor.require(.articleUnpublish, section: article.section) }
        guard found.state == .pending else { throw EditorialError.scheduleSettled(found.id, found.state) }
        var facts: [String: JSON] = ["schedule": .integer(found.id.rawValue)]
        switch change {
        case .move(let time):
            let due = try time.instant()
            try naming(["schedule_ahead": .timePassed(time.local, zone: time.zone.name)]) {
                try article.refusing(but: "schedule_ahead") {
                    try db.run(
                        """
                        UPDATE editorial.schedule SET due_local = \(time.local.description), \
                        due_zone = \(time.zone.name), due_at = \(due) WHERE id = \(found.id)
                        """)
                }
            }
            facts["due"] = .integer(due.seconds)
            try append(db, article, "schedule.moved", facts)
        case .cancel:
            try db.run(
                """
                UPDATE editorial.schedule SET state = 'cancelled', rule = \(Schedules.Why.cancelled.rawValue), \
                settled_by = \(actor.account) WHERE id = \(found.id)
                """)
            if found.action != .unpublish, article.status == .scheduled {
                try article.move(db, to: .approved, by: .unschedule, as: actor)
            }
            facts["why"] = .string(Schedules.Why.cancelled.rawValue)
            try append(db, article, "schedule.cancelled", facts)
        }
        return try Schedule.find(db, found.id)
    }

    private func append(_ db: Connection, _ article: Article, _ action: String, _ facts: [String: JSON]) throws {
        try Audit.append(db, Subject(.article, article.id.rawValue), action, by: actor.origin, facts: facts)
    }
}
