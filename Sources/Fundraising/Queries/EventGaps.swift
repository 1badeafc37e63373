public import Postgres
public import Values

/// What a processor told, or should have told, and isn't in the books.
public struct EventGap: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        /// Stored for over an hour, and nobody tried to apply it.
        case inLine = "event_in_line"
        /// Waits for over an hour for something that it names.
        case parked = "event_parked"
        /// Can't be applied as it stands.
        case dead = "event_dead"
        /// An address at which nothing has come for a day.
        case silent = "webhook_silent"
    }

    public let kind: Kind
    public let endpoint: String
    /// None of a silent address.
    public let event: ID<InboxEvent>?
    /// When the event came, or the last one did.
    public let since: Timestamp

    public static let formula = """
        event_in_line and event_parked: an event that has waited for over an hour; event_dead: one that can't be applied, \
        see events show; webhook_silent: an address at which live events came, and none in the last 24 hours.
        """

    /// By kind and time.
    ///
    /// - Parameter from: an address that fell silent before that day isn't told of.
    public static func list(_ db: Connection, from: LocalDate, in zone: Zone) throws -> [EventGap] {
        try db.rows(
            """
            SELECT CASE i.state WHEN 'new' THEN 'event_in_line' ELSE 'event_' || i.state END AS kind, i.endpoint, i.id, \
            i.received_at AS since FROM fundraising.webhook_inbox i WHERE i.state = 'dead' \
            OR i.state IN ('new', 'parked') AND i.received_at < now() - interval '1 hour' \
            UNION ALL SELECT 'webhook_silent', i.endpoint, NULL, max(i.received_at) FROM fundraising.webhook_inbox i \
            WHERE i.live AND i.received_at >= \(zone.startOfDay(from)) GROUP BY i.endpoint \
            HAVING max(i.received_at) < now() - interval '24 hours' ORDER BY kind, since, id
            """
        ) { row in
            EventGap(
                kind: try row.next(), endpoint: try row.next(), event: try row.next(), since: try row.next())
        }
    }
}
