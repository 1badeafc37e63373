public import Postgres
public import Values

/// What goes to the bank together, with the sum and the number that its slip says.
public struct DepositBatch: Sendable, Hashable {
    /// The most gifts of one batch: what somebody counts by hand.
    public static let mostGifts = 10_000

    public let id: ID<DepositBatch>
    /// What the slip says.
    public let total: Money
    public let count: Int
    /// What was added so far.
    public let addedTotal: Money
    public let addedCount: Int
    public let depositedOn: LocalDate
    public let openedBy: String
    public let closedAt: Timestamp?
    public let closedBy: String?

    /// Whether the slip and what was added agree.
    public var isEqual: Bool { total == addedTotal && count == addedCount }

    private init(_ row: inout Row) throws {
        id = try row.next()
        let currency = try row.next(Currency.self)
        total = Money(minor: try row.next(), currency: currency)
        count = try row.next()
        addedTotal = Money(minor: try row.next(), currency: currency)
        addedCount = try row.next()
        depositedOn = try row.next()
        openedBy = try row.next()
        closedAt = try row.next()
        closedBy = try row.next()
    }

    private static func load(_ db: Connection, _ condition: SQL) throws -> [DepositBatch] {
        try withinRange {
            try db.rows(
                """
                SELECT b.id, b.currency, b.total_minor, b.gifts::bigint, i.minor, i.gifts, b.deposited_on, a.email, \
                b.closed_at, c.email FROM fundraising.deposit_batch b JOIN access.account a ON a.id = b.opened_by \
                LEFT JOIN access.account c ON c.id = b.closed_by CROSS JOIN LATERAL (\
                SELECT count(*) AS gifts, coalesce(sum(d.amount_minor), 0)::bigint AS minor \
                FROM fundraising.deposit_item d WHERE d.batch_id = b.id) i WHERE \(condition)
                """
            ) { try DepositBatch(&$0) }
        }
    }

    /// The latest first, from below the one already seen.
    public static func list(
        _ db: Connection, isOpen: Bool = false, before: ID<DepositBatch>? = nil, limit: Int
    ) throws -> [DepositBatch] {
        try load(
            db,
            """
            (NOT \(isOpen)::boolean OR b.closed_at IS NULL) AND (\(before)::bigint IS NULL OR b.id < \(before)::bigint) \
            ORDER BY b.id DESC LIMIT \(limit)
            """)
    }

    /// - Throws: ``BatchRefusal/unknownBatch(_:)``.
    public static func find(_ db: Connection, _ id: ID<DepositBatch>) throws -> DepositBatch {
        guard let found = try load(db, "b.id = \(id)").first else { throw FundraisingError.batch(.unknownBatch(id)) }
        return found
    }

    /// A gift in it.
    public struct Item: Sendable, Hashable {
        public let gift: ID<Gift>
        public let kind: Gift.Kind
        public let amount: Money
    }

    /// In the order in which they were added.
    public func items(_ db: Connection) throws -> [Item] {
        try db.rows(
            """
            SELECT i.gift_id, g.kind, i.amount_minor FROM fundraising.deposit_item i \
            JOIN fundraising.gift g ON g.id = i.gift_id WHERE i.batch_id = \(id) ORDER BY i.added_at, i.gift_id
            """
        ) { row in
            Item(
                gift: try row.next(), kind: try row.next(),
                amount: Money(minor: try row.next(), currency: total.currency))
        }
    }
}

/// Why a batch can't be changed or closed so.
public enum BatchRefusal: Error, Equatable {
    case unknownBatch(ID<DepositBatch>)
    case closed(ID<DepositBatch>)
    /// What the slip says and what was added differ.
    case differs(ID<DepositBatch>, slip: Money, count: Int, added: Money, addedCount: Int)
    /// It is in a batch already.
    case deposited(ID<Gift>, in: ID<DepositBatch>)
    /// A card's, stock, a thing; in another currency, in test mode, or without money.
    case notDeposited(ID<Gift>)
    /// It was corrected after it was put in.
    case changed(ID<Gift>, in: ID<DepositBatch>)
    case notInBatch(ID<Gift>, ID<DepositBatch>)
    case count(limit: Int)
}
