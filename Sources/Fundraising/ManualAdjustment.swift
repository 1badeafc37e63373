public import Postgres
public import Values

/// A correction of a gift's money by hand, or one that somebody asks for.
public struct ManualAdjustment: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        /// What was written down wrongly.
        case adjustment
        /// What won't come any more: a check that bounced.
        case writeOff = "write_off"
    }

    public let id: ID<ManualAdjustment>
    public let gift: ID<Gift>
    public let kind: Kind
    /// More is positive, less is negative.
    public let amount: Money
    /// Nil once it was erased.
    public let reason: String?
    public let askedBy: String
    /// That a second person has to agree.
    public let takesTwo: Bool
    public let approvedBy: String?
    /// Nil as long as nothing was changed.
    public let entry: ID<Entry>?

    private init(_ row: inout Row) throws {
        id = try row.next()
        gift = try row.next()
        kind = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        reason = try row.next()
        askedBy = try row.next()
        takesTwo = try row.next()
        approvedBy = try row.next()
        entry = try row.next()
    }

    private static func load(_ db: Connection, _ condition: SQL) throws -> [ManualAdjustment] {
        try db.rows(
            """
            SELECT m.id, m.gift_id, m.kind, g.currency, m.amount_minor, m.reason, a.email, m.takes_two, b.email, \
            m.entry_id FROM fundraising.manual_adjustment m JOIN fundraising.gift g ON g.id = m.gift_id \
            JOIN access.account a ON a.id = m.asked_by LEFT JOIN access.account b ON b.id = m.approved_by \
            WHERE \(condition)
            """
        ) { try ManualAdjustment(&$0) }
    }

    /// The latest first; `isOpen` for those that wait for a second person.
    public static func list(
        _ db: Connection, isOpen: Bool = false, before: ID<ManualAdjustment>? = nil, limit: Int
    ) throws -> [ManualAdjustment] {
        try load(
            db,
            """
            (NOT \(isOpen)::boolean OR m.entry_id IS NULL) \
            AND (\(before)::bigint IS NULL OR m.id < \(before)::bigint) ORDER BY m.id DESC LIMIT \(limit)
            """)
    }

    /// - Throws: ``AdjustmentRefusal/unknownAdjustment(_:)``.
    public static func find(_ db: Connection, _ id: ID<ManualAdjustment>) throws -> ManualAdjustment {
        guard let found = try load(db, "m.id = \(id)").first else {
            throw FundraisingError.adjustment(.unknownAdjustment(id))
        }
        return found
    }
}

/// Why a gift's money, or a receipt of much, can't be corrected so.
public enum AdjustmentRefusal: Error, Equatable {
    case unknownAdjustment(ID<ManualAdjustment>)
    /// Less is left of the gift.
    case aboveLeft(ID<Gift>, left: Money)
    /// A gift without money, or in test mode.
    case noMoney(ID<Gift>)
    /// Who asked for it can't agree to it.
    case ownAdjustment(ID<ManualAdjustment>)
    case adjustmentMade(ID<ManualAdjustment>)
    /// Voiding a receipt of so much was asked for by the same person.
    case ownVoid(number: String)
}
