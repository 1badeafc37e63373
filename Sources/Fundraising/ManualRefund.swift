public import Postgres
public import Values

/// Money given back by hand, or asked to be.
public struct ManualRefund: Sendable, Hashable {
    /// One person gives back so much of one gift and no more, in the currency's own units; the database holds it.
    public static let limitOfOnePerson = 1_000

    public let id: ID<ManualRefund>
    public let gift: ID<Gift>
    public let amount: Money
    public let occurredAt: Timestamp
    /// Nil once it was erased.
    public let reason: String?
    public let askedBy: String
    /// That a second person has to agree.
    public let takesTwo: Bool
    public let approvedBy: String?
    /// Nil as long as nothing was given back.
    public let entry: ID<Entry>?

    static let columns: StaticString = """
        r.id, r.gift_id, g.currency, r.amount_minor, r.occurred_at, r.reason, a.email, r.takes_two, b.email, r.entry_id
        """

    private static let tables: StaticString = """
        fundraising.manual_refund r JOIN fundraising.gift g ON g.id = r.gift_id \
        JOIN access.account a ON a.id = r.asked_by LEFT JOIN access.account b ON b.id = r.approved_by
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        gift = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        occurredAt = try row.next()
        reason = try row.next()
        askedBy = try row.next()
        takesTwo = try row.next()
        approvedBy = try row.next()
        entry = try row.next()
    }

    /// The latest first; `isOpen` for those that wait for a second person.
    public static func list(
        _ db: Connection, isOpen: Bool = false, before: ID<ManualRefund>? = nil, limit: Int
    ) throws -> [ManualRefund] {
        var query: SQL = "SELECT \(raw: columns) FROM \(raw: tables) WHERE true"
        if isOpen { query += " AND r.entry_id IS NULL" }
        if let before { query += " AND r.id < \(before)" }
        return try db.rows(query + " ORDER BY r.id DESC LIMIT \(limit)") { try ManualRefund(&$0) }
    }

    /// - Throws: ``FundraisingError/unknownRefund(_:)``.
    public static func find(_ db: Connection, _ id: ID<ManualRefund>) throws -> ManualRefund {
        let found = try db.row("SELECT \(raw: columns) FROM \(raw: tables) WHERE r.id = \(id)") {
            try ManualRefund(&$0)
        }
        guard let found else { throw FundraisingError.unknownRefund(id) }
        return found
    }
}
