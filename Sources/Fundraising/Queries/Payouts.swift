public import Access
public import Postgres
public import Values

/// What processors paid out.
public enum Payouts {
    /// How a payout is named: by our number or the processor's id.
    public enum Reference: Sendable, Hashable {
        case number(ID<Payout>)
        case external(String)

        public init(_ text: String) {
            self = ID<Payout>(text: text).map(Self.number) ?? .external(text)
        }
    }

    private static let query: SQL = """
        SELECT p.id, p.processor, p.external_id, p.currency, p.amount_minor, p.live, p.arrives_on, \
        CASE WHEN EXISTS (SELECT FROM fundraising.entry e WHERE e.processor = p.processor AND e.processor_account = '' \
        AND e.kind = 'payout_failed' AND e.external_id = p.external_id) THEN 'failed' ELSE p.status END, \
        l.number, CASE WHEN l.is_same THEN l.net END, l.unknown, l.differing, k.locked_at, a.name \
        FROM fundraising.payout p LEFT JOIN fundraising.payout_lock k ON k.payout_id = p.id \
        LEFT JOIN access.account a ON a.id = k.locked_by \
        CROSS JOIN LATERAL (SELECT count(*) AS number, sum(l.net_minor)::bigint AS net, \
        bool_and(l.currency = p.currency) AS is_same, count(*) FILTER (WHERE b.state = 'unknown') AS unknown, \
        count(*) FILTER (WHERE b.state = 'differs') AS differing FROM fundraising.payout_line l \
        JOIN fundraising.payout_line_book b ON b.processor = l.processor AND b.external_id = l.external_id \
        WHERE l.processor = p.processor AND l.payout = p.external_id) l WHERE true
        """

    /// The latest to arrive first, at most `limit`.
    ///
    /// - Parameters:
    ///   - isOpen: only those that aren't locked yet.
    ///   - from: not those that arrived before this day, nor, with `to`, after that one.
    /// - Throws: `AccessError.notPermitted`; `FundraisingError.totalTooLarge`.
    public static func list(
        _ db: Connection, for actor: Actor, isOpen: Bool = false, from: LocalDate? = nil, to: LocalDate? = nil,
        limit: Int
    ) throws -> [Payout] {
        try actor.require(.payoutRead)
        var query = query
        if isOpen { query += " AND k.payout_id IS NULL" }
        if let from { query += " AND p.arrives_on >= \(from)" }
        if let to { query += " AND p.arrives_on <= \(to)" }
        return try withinRange {
            try db.rows(query + " ORDER BY p.arrives_on DESC, p.id DESC LIMIT \(limit)") { try Payout(&$0) }
        }
    }

    /// - Throws: `AccessError.notPermitted`; `FundraisingError.unknownPayout(_:)`.
    public static func find(_ db: Connection, _ reference: Reference, for actor: Actor) throws -> Payout {
        try actor.require(.payoutRead)
        return try find(db, reference)
    }

    static func find(_ db: Connection, _ reference: Reference) throws -> Payout {
        let (condition, name): (SQL, String) =
            switch reference {
            case .number(let id): (" AND p.id = \(id)", "\(id)")
            // Processors don't share ids; of two that did, the first counts.
            case .external(let id): (" AND p.external_id = \(id) ORDER BY p.id LIMIT 1", id)
            }
        let found = try withinRange { try db.row(query + condition) { try Payout(&$0) } }
        guard let found else { throw FundraisingError.unknownPayout(name) }
        return found
    }

    /// In the order of happening.
    public static func lines(_ db: Connection, of payout: Payout, for actor: Actor) throws -> [Payout.Line] {
        try actor.require(.payoutRead)
        return try db.rows(
            """
            SELECT l.external_id, l.category, l.source_id, l.occurred_at, l.currency, l.gross_minor, l.fee_minor, \
            l.net_minor, b.gift_id, b.amount_minor, b.currency, b.state FROM fundraising.payout_line l \
            JOIN fundraising.payout_line_book b ON b.processor = l.processor AND b.external_id = l.external_id \
            WHERE l.processor = \(payout.processor) AND l.payout = \(payout.externalID) \
            ORDER BY l.occurred_at, l.external_id
            """
        ) { try Payout.Line(&$0) }
    }

    /// What the gap report says of a payout.
    public enum Gap: String, Sendable {
        /// It came to the bank, and nobody knows of what.
        case withoutLines = "payout_without_lines"
        /// Some of its lines are money that the books don't have.
        case unknownLines = "payout_unknown_lines"
    }

    /// Payouts that arrived from one day to another, of which something isn't known.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func gaps(
        _ db: Connection, for actor: Actor, from: LocalDate, to: LocalDate
    ) throws -> [(gap: Gap, payout: Payout)] {
        // Fewer than one a day and currency: a report isn't cut.
        try list(db, for: actor, isOpen: true, from: from, to: to, limit: 1_000_000).reversed().compactMap { payout in
            if payout.lines == 0 { return payout.status == .paid ? (.withoutLines, payout) : nil }
            return payout.unknown > 0 ? (.unknownLines, payout) : nil
        }
    }
}

extension Payout {
    fileprivate init(_ row: inout Row) throws {
        id = try row.next()
        processor = try row.next()
        externalID = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        isLive = try row.next()
        arrivesOn = try row.next()
        status = try row.next()
        lines = try row.next()
        net = try row.next(Int64?.self).map { Money(minor: $0, currency: currency) }
        unknown = try row.next()
        differing = try row.next()
        lockedAt = try row.next()
        lockedBy = try row.next()
    }
}

extension Payout.Line {
    fileprivate init(_ row: inout Row) throws {
        externalID = try row.next()
        category = try row.next()
        source = try row.next()
        occurredAt = try row.next()
        let currency = try row.next(Currency.self)
        gross = Money(minor: try row.next(), currency: currency)
        fee = Money(minor: try row.next(), currency: currency)
        net = Money(minor: try row.next(), currency: currency)
        gift = try row.next()
        let (minor, other) = (try row.next(Int64?.self), try row.next(Currency?.self))
        booked = if let minor, let other { Money(minor: minor, currency: other) } else { nil }
        state = try row.next()
    }
}
