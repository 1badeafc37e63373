public import Access
public import Postgres
public import Values

/// What processors told us, latest first.
public struct Events: Sendable {
    public var state: InboxEvent.State?
    public var type: String?
    /// Only those under whose id something else came as well.
    public var conflicting = false

    public init() {}

    /// At most `limit` by falling id, from below the one already seen.
    public func list(
        _ db: Connection, for actor: Actor, after: ID<InboxEvent>? = nil, limit: Int
    ) throws -> [InboxEvent] {
        try actor.require(.eventRead)
        var query: SQL = "SELECT \(raw: InboxEvent.columns) FROM fundraising.webhook_inbox i WHERE true"
        if let state { query += " AND i.state = \(state)" }
        if let type { query += " AND i.type = \(type)" }
        if conflicting {
            query += " AND EXISTS (SELECT FROM fundraising.webhook_conflict c WHERE c.inbox_id = i.id)"
        }
        if let after { query += " AND i.id < \(after)" }
        return try db.rows(query + " ORDER BY i.id DESC LIMIT \(limit)") { try InboxEvent(&$0) }
    }

    /// - Throws: ``FundraisingError/unknownEvent(_:)``.
    public static func find(_ db: Connection, _ id: ID<InboxEvent>, for actor: Actor) throws -> InboxEvent {
        try actor.require(.eventRead)
        return try find(db, id)
    }

    static func find(_ db: Connection, _ id: ID<InboxEvent>) throws -> InboxEvent {
        let found = try db.row(
            "SELECT \(raw: InboxEvent.columns) FROM fundraising.webhook_inbox i WHERE i.id = \(id)"
        ) { try InboxEvent(&$0) }
        guard let found else { throw FundraisingError.unknownEvent(id) }
        return found
    }

    /// The bytes as they came; what names a person is gone from a redacted one.
    public static func body(_ db: Connection, of id: ID<InboxEvent>, for actor: Actor) throws -> [UInt8] {
        try actor.require(.eventRead)
        let body = try db.value("SELECT body FROM fundraising.webhook_inbox WHERE id = \(id)", as: [UInt8].self)
        guard let body else { throw FundraisingError.unknownEvent(id) }
        return body
    }

    /// The money that came of it.
    public static func entries(_ db: Connection, of id: ID<InboxEvent>, for actor: Actor) throws -> [Entry] {
        try actor.require(.eventRead)
        return try db.rows(
            "SELECT \(raw: Entry.columns) FROM fundraising.entry e WHERE e.inbox_id = \(id) ORDER BY e.id"
        ) { try Entry(&$0) }
    }
}
