public import Postgres
public import Values

/// A part of a promise that nobody expects any more, or that somebody asks not to expect.
public struct PledgeWriteOff: Sendable, Hashable {
    public let id: ID<PledgeWriteOff>
    public let instalment: ID<PledgeInstalment>
    public let pledge: ID<Pledge>
    public let amount: Money
    /// Nil once it was erased.
    public let reason: String?
    public let askedBy: String
    /// That a second person has to agree.
    public let takesTwo: Bool
    public let approvedBy: String?
    /// Whether it holds already.
    public let counts: Bool

    private init(_ row: inout Row) throws {
        id = try row.next()
        instalment = try row.next()
        pledge = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        reason = try row.next()
        askedBy = try row.next()
        takesTwo = try row.next()
        approvedBy = try row.next()
        counts = try row.next()
    }

    private static func load(_ db: Connection, _ condition: SQL) throws -> [PledgeWriteOff] {
        try db.rows(
            """
            SELECT o.id, o.instalment_id, i.pledge_id, p.currency, o.amount_minor, o.reason, a.email, o.takes_two, \
            b.email, o.counts FROM fundraising.pledge_write_off o \
            JOIN fundraising.pledge_instalment i ON i.id = o.instalment_id \
            JOIN fundraising.pledge p ON p.id = i.pledge_id JOIN access.account a ON a.id = o.asked_by \
            LEFT JOIN access.account b ON b.id = o.approved_by WHERE \(condition)
            """
        ) { try PledgeWriteOff(&$0) }
    }

    /// The latest first; `isOpen` for those that wait for a second person.
    public static func list(
        _ db: Connection, isOpen: Bool = false, before: ID<PledgeWriteOff>? = nil, limit: Int
    ) throws -> [PledgeWriteOff] {
        try load(
            db,
            """
            (NOT \(isOpen)::boolean OR NOT o.counts) AND (\(before)::bigint IS NULL OR o.id < \(before)::bigint) \
            ORDER BY o.id DESC LIMIT \(limit)
            """)
    }

    /// - Throws: ``PledgeRefusal/unknownWriteOff(_:)``.
    public static func find(_ db: Connection, _ id: ID<PledgeWriteOff>) throws -> PledgeWriteOff {
        guard let found = try load(db, "o.id = \(id)").first else {
            throw FundraisingError.pledge(.unknownWriteOff(id))
        }
        return found
    }
}
