public import Postgres
public import Values

/// Something a processor told us, kept byte for byte, and what came of it.
public struct InboxEvent: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable, PostgresCodable {
        /// Stored, not yet tried.
        case new
        case applied
        /// Nothing to do.
        case ignored
        /// Waits for something it names; tried again when that comes.
        case parked
        /// Can't be applied as it stands: somebody has to look, and can replay it.
        case dead
    }

    public let id: ID<InboxEvent>
    public let endpoint: String
    /// The processor's own id of the event.
    public let eventID: String
    public let type: String
    public let isLive: Bool
    public let occurredAt: Timestamp?
    public let receivedAt: Timestamp
    public let state: State
    public let reason: String?
    public let attempts: Int
    /// Other bodies that came under the same id. More than none is an alarm.
    public let conflicts: Int
    /// What a parked event waits for.
    public let waitsFor: [String]

    static let columns: StaticString = """
        i.id, i.endpoint, i.event_id, i.type, i.live, i.occurred_at, i.received_at, i.state, i.reason, i.attempts, \
        (SELECT count(*) FROM fundraising.webhook_conflict c WHERE c.inbox_id = i.id), \
        ARRAY(SELECT w.external_id FROM fundraising.webhook_wait w WHERE w.inbox_id = i.id ORDER BY w.external_id)
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        endpoint = try row.next()
        eventID = try row.next()
        type = try row.next()
        isLive = try row.next()
        occurredAt = try row.next()
        receivedAt = try row.next()
        state = try row.next()
        reason = try row.next()
        attempts = try row.next()
        conflicts = try row.next()
        waitsFor = try row.next()
    }
}
