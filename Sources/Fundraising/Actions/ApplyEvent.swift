public import Journal
public import Postgres
public import Values

/// Brings one stored event into the books, or says what it waits for.
///
/// Applying again is harmless: money is known by its own identity. An event that fails half-way leaves nothing behind.
public struct ApplyEvent {
    /// What became of it.
    public struct Applied: Sendable, Hashable {
        public let id: ID<InboxEvent>
        public let state: InboxEvent.State
        public let reason: String?
    }

    let id: ID<InboxEvent>?
    let origin: Origin

    /// - Parameter id: the event; nil for the oldest that nobody has tried and nobody else is at.
    public init(_ id: ID<InboxEvent>? = nil, by origin: Origin) {
        self.id = id
        self.origin = origin
    }

    /// - Returns: nil when there is nothing to do: no event left, or this one is settled.
    public func perform(_ db: Connection) throws -> Applied? {
        guard let (id, body) = try claim(db) else { return nil }
        try db.run("DELETE FROM fundraising.webhook_wait WHERE inbox_id = \(id)")
        let event: StripeEvent
        do { event = try StripeEvent(body) } catch EffectProblem.unreadable(let reason) {
            return try settle(db, id, .dead, reason)
        }
        var outcome = try attempt(db, event, id)
        if case .park(let names, _) = outcome {
            // Undoing the attempt let go of the names it had locked. Locked again, outside it, they stay so until this
            // event waits where whoever settles one of them sees it, or until what it waited for is found after all.
            _ = try ProcessorReferences(
                db, processor: StripeEvent.processor, names, isLive: event.isLive)
            outcome = try attempt(db, event, id)
        }
        switch outcome {
        case .settle(let state, let reason): return try settle(db, id, state, reason)
        case .park(let names, let reason): return try park(db, id, names, reason)
        }
    }

    private enum Attempt {
        case settle(InboxEvent.State, String?)
        case park(waitingFor: [String], String)
    }

    /// What it brings is in the books afterwards, or nothing of it.
    private func attempt(_ db: Connection, _ event: StripeEvent, _ id: ID<InboxEvent>) throws -> Attempt {
        do {
            let outcome = try db.savepoint {
                let outcome = try StripeEffect(db: db, event: event, inbox: id.rawValue, origin: origin).apply()
                // What is checked at the end otherwise is checked here, where it concerns this event alone.
                try db.run("SET CONSTRAINTS ALL IMMEDIATE")
                return outcome
            }
            switch outcome {
            case .applied: return .settle(.applied, nil)
            case .ignored(let reason): return .settle(.ignored, reason)
            }
        } catch let problem as EffectProblem {
            switch problem {
            case .irrelevant(let reason): return .settle(.ignored, reason)
            case .waiting(let names, let reason): return .park(waitingFor: names, reason)
            case .unreadable(let reason), .doubtful(let reason): return .settle(.dead, reason)
            }
        } catch FundraisingError.refundAboveCharge {
            // It may be a matter of order: a failed refund, or a later charge, can still make room.
            let names = [event.object.id("charge"), event.object.id("payment_intent")].compactMap { $0 }
            return .park(waitingFor: names, "more would be given back than was received")
        } catch let error as PostgresError {
            // An event that the books can't take must not keep those behind it from being applied.
            guard let reason = Self.refusal(error) else { throw error }
            return .settle(.dead, reason)
        }
    }

    /// Why the books refuse what this event says; nil where the trouble isn't the event's.
    private static func refusal(_ error: PostgresError) -> String? {
        switch error {
        case .server(let error) where ["22", "23", "P0"].contains(error.sqlstateClass):
            // Never the detail, and no message of class 22: those quote values.
            let what = error.constraint ?? (error.sqlstateClass == "22" ? nil : error.message)
            return "the books refuse it: " + (what ?? "a value can't be stored") + " (SQLSTATE \(error.sqlstate))"
        case .unsendable: return "a text in it can't be stored"
        default: return nil
        }
    }

    private func claim(_ db: Connection) throws -> (ID<InboxEvent>, [UInt8])? {
        let condition: SQL =
            id.map { "i.id = \($0) AND i.state <> 'applied' AND i.state <> 'ignored'" } ?? "i.state = 'new'"
        // One that is asked for by id is waited for; the next best is taken from those that are free.
        let lock: SQL = id == nil ? "FOR UPDATE SKIP LOCKED" : "FOR UPDATE"
        return try db.row(
            "SELECT i.id, i.body FROM fundraising.webhook_inbox i WHERE " + condition + " ORDER BY i.id LIMIT 1 " + lock
        ) { (try $0.next(ID<InboxEvent>.self), try $0.next([UInt8].self)) }
    }

    private func park(_ db: Connection, _ id: ID<InboxEvent>, _ names: [String], _ reason: String) throws -> Applied {
        try db.run(
            """
            INSERT INTO fundraising.webhook_wait (inbox_id, external_id) \
            SELECT \(id), name FROM (SELECT DISTINCT unnest(\(names)) AS name) AS given ORDER BY name
            """)
        return try settle(db, id, .parked, reason)
    }

    private func settle(
        _ db: Connection, _ id: ID<InboxEvent>, _ state: InboxEvent.State, _ reason: String?
    ) throws -> Applied {
        try db.run(
            """
            UPDATE fundraising.webhook_inbox SET state = \(state), reason = \(reason), attempts = attempts + 1, \
            settled_at = clock_timestamp() WHERE id = \(id)
            """)
        if state == .dead {
            try Outbox.put(
                db, type: "event.dead", subject: Subject(.processorEvent, id.rawValue),
                payload: ["event": .integer(id.rawValue)])
        }
        return Applied(id: id, state: state, reason: reason)
    }
}
