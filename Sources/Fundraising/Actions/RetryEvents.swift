public import Access
internal import Journal
public import Postgres
public import Values

/// Puts an event that is parked or dead in line again, after somebody looked at it.
///
/// Applied ones aren't touched: applying them again changes nothing, and would say that it did.
public struct RetryEvents {
    let id: ID<InboxEvent>?
    let actor: Actor

    /// - Parameter id: the event; nil for all that are parked or dead.
    public init(_ id: ID<InboxEvent>? = nil, by actor: Actor) {
        self.id = id
        self.actor = actor
    }

    /// - Returns: how many are in line again.
    /// - Throws: `AccessError.notPermitted`, ``FundraisingError/unknownEvent(_:)``.
    public func perform(_ db: Connection) throws -> Int {
        try actor.require(.eventHandle)
        var condition: SQL = "state IN ('parked', 'dead')"
        if let id {
            _ = try Events.find(db, id)
            condition += " AND id = \(id)"
        }
        let ids = try db.rows(
            """
            UPDATE fundraising.webhook_inbox SET state = 'new', reason = NULL WHERE id IN (\
            SELECT id FROM fundraising.webhook_inbox WHERE \(condition) ORDER BY id FOR UPDATE) RETURNING id
            """
        ) { try $0.next(Int64.self) }
        for id in ids.sorted() {
            try Audit.append(db, Subject(.processorEvent, id), "event.retried", by: actor.origin)
        }
        return ids.count
    }
}
