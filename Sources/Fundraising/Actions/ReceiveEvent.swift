internal import Journal
public import Postgres
internal import Sodium
public import Values

/// Takes in what Stripe sent: checks the signature over the raw bytes and stores them. Once this is committed the sender
/// can be told that all is well; what the event means is ``ApplyEvent``'s business.
///
/// Answer 400 to a refusal, 413 to a body that is too large, and 500 when it can't be stored: then it is sent again.
public struct ReceiveEvent: Sendable {
    /// Stripe's own events are a few kilobytes.
    public static let largestBody = 1 << 20

    /// What came of it. All of them are success to the sender.
    public enum Receipt: Sendable, Hashable {
        case stored(ID<InboxEvent>)
        /// It was here already, the same to the byte.
        case repeated(ID<InboxEvent>)
        /// Another body under an id that is here: the first one counts, and an alarm is raised.
        case conflicting(ID<InboxEvent>)

        public var id: ID<InboxEvent> {
            switch self {
            case .stored(let id), .repeated(let id), .conflicting(let id): id
            }
        }
    }

    let body: [UInt8]
    let endpoint: String

    /// - Parameters:
    ///   - body: as received.
    ///   - signature: the value of the header `Stripe-Signature`.
    ///   - secrets: of this endpoint; two while they are being changed.
    ///   - endpoint: our name for the address it came to.
    ///   - now: our clock.
    /// - Throws: `FundraisingError.eventTooLarge(limit:)`, `FundraisingError.signatureRefused(_:)`.
    public init(
        _ body: [UInt8], signature: String, secrets: [String], endpoint: String, now: Timestamp
    ) throws(FundraisingError) {
        guard body.count <= Self.largestBody else { throw .eventTooLarge(limit: Self.largestBody) }
        do { try StripeSignature.verify(signature, body: body, secrets: secrets, now: now) } catch {
            throw .signatureRefused(error)
        }
        self.body = body
        self.endpoint = endpoint
    }

    public func perform(_ db: Connection) throws -> Receipt {
        let event = try? StripeEvent(body)
        let hash = SHA256.hash(body)
        // A body that is signed and can't be read is kept under its own hash: somebody has to look at it.
        let eventID = event?.id ?? "sha256:" + Hex.text(hash)
        let stored = try db.row(
            """
            INSERT INTO fundraising.webhook_inbox (processor, endpoint, event_id, type, live, occurred_at, body, sha256) \
            VALUES (\(StripeEvent.processor), \(endpoint), \(eventID), \(event?.type ?? ""), \
            \(event?.isLive ?? false), \(event?.createdAt), \(body), \(hash)) \
            ON CONFLICT ON CONSTRAINT webhook_inbox_event_key DO NOTHING RETURNING id
            """
        ) { try $0.next(ID<InboxEvent>.self) }
        if let stored { return .stored(stored) }
        let known = try db.one(
            """
            SELECT id, sha256 = \(hash) FROM fundraising.webhook_inbox \
            WHERE processor = \(StripeEvent.processor) AND endpoint = \(endpoint) AND event_id = \(eventID)
            """
        ) { (id: try $0.next(ID<InboxEvent>.self), isSame: try $0.next(Bool.self)) }
        if known.isSame { return .repeated(known.id) }
        let isNew = try db.run(
            """
            INSERT INTO fundraising.webhook_conflict (inbox_id, body) VALUES (\(known.id), \(body)) \
            ON CONFLICT ON CONSTRAINT webhook_conflict_once DO NOTHING
            """)
        if isNew > 0 {
            try Outbox.put(
                db, type: "event.conflicting", subject: Subject(.processorEvent, known.id.rawValue),
                payload: ["sha256": .string(Hex.text(hash))])
        }
        return .conflicting(known.id)
    }
}
