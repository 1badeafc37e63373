public import Access
public import Postgres
public import Values

/// Receipts, the latest first.
public struct Receipts: Sendable {
    public var year: Int?
    public var donor: ID<Donor>?
    public var state: Receipt.State?
    /// Only live ones that state another amount than the gift is worth today.
    public var stale = false

    public init() {}

    private static let tables: StaticString = """
        fundraising.receipt r JOIN fundraising.gift_money m ON m.gift_id = r.gift_id \
        JOIN access.account i ON i.id = r.issued_by LEFT JOIN fundraising.receipt o ON o.id = r.replaces_id \
        LEFT JOIN fundraising.receipt_end x ON x.receipt_id = r.id \
        LEFT JOIN fundraising.receipt n ON n.id = x.replaced_by LEFT JOIN access.account v ON v.id = x.ended_by
        """

    /// At most `limit` by falling id, from below the one already seen.
    public func list(
        _ db: Connection, for actor: Actor, after: ID<Receipt>? = nil, limit: Int
    ) throws -> [Receipt] {
        try actor.require(.receiptRead)
        var query: SQL = "SELECT \(raw: Receipt.columns) FROM \(raw: Self.tables) WHERE true"
        if let year { query += " AND r.year = \(year)" }
        if let state { query += " AND coalesce(x.how, 'issued') = \(state)" }
        if let donor {
            query += """
                 AND r.gift_id IN (SELECT g.id FROM fundraising.gift g \
                JOIN fundraising.giver w ON w.donor_id = g.donor_id \
                WHERE w.survivor_id = (SELECT survivor_id FROM fundraising.giver WHERE donor_id = \(donor)))
                """
        }
        if stale { query += " AND x.receipt_id IS NULL AND r.amount_minor <> m.net_minor" }
        if let after { query += " AND r.id < \(after)" }
        return try db.rows(query + " ORDER BY r.id DESC LIMIT \(limit)") { try Receipt(&$0) }
    }

    /// A receipt by its number, `R-2025-000012`, or its id.
    /// - Throws: ``ReceiptRefusal/unknownReceipt(_:)``.
    public static func find(_ db: Connection, _ name: String, for actor: Actor) throws -> Receipt {
        try actor.require(.receiptRead)
        return try find(db, name)
    }

    static func find(_ db: Connection, _ name: String) throws -> Receipt {
        var query: SQL = "SELECT \(raw: Receipt.columns) FROM \(raw: tables) WHERE "
        if let (series, year, number) = Receipt.parts(name) {
            query += "r.series = \(series) AND r.year = \(year) AND r.number = \(number)"
        } else if let id = ID<Receipt>(text: name) {
            query += "r.id = \(id)"
        } else {
            throw FundraisingError.receipt(.unknownReceipt(name))
        }
        guard let found = try db.row(query, { try Receipt(&$0) }) else {
            throw FundraisingError.receipt(.unknownReceipt(name))
        }
        return found
    }

    /// The receipt of a gift that counts; nil when it has none.
    static func live(_ db: Connection, gift: ID<Gift>) throws -> Receipt? {
        try db.row(
            """
            SELECT \(raw: Receipt.columns) FROM \(raw: tables) WHERE r.gift_id = \(gift) AND x.receipt_id IS NULL
            """
        ) { try Receipt(&$0) }
    }

    /// A gift that needs a receipt and has none.
    public struct Missing: Sendable {
        public let gift: ID<Gift>
        public let donor: ID<Donor>?
        public let kind: Gift.Kind
        public let taxDate: LocalDate
        public let net: Money
        public let benefit: Money
        public let form: ReceiptRule.Form
    }

    /// Gifts of a tax year that need a receipt and have none, by id; at most `limit`, from above the one already seen.
    public static func missing(
        _ db: Connection, year: Int, for actor: Actor, after: ID<Gift>? = nil, limit: Int
    ) throws -> [Missing] {
        try actor.require(.receiptRead)
        var found: [Missing] = []
        var last = after ?? ID(0)
        while found.count < limit {
            let page = try candidates(db, year: year, after: last)
            for gift in page where found.count < limit {
                last = gift.gift
                let rule = try ReceiptRule(kind: gift.kind, amount: gift.net, benefit: gift.benefit)
                guard rule.isNeeded else { continue }
                found.append(
                    Missing(
                        gift: gift.gift, donor: gift.donor, kind: gift.kind, taxDate: gift.taxDate, net: gift.net,
                        benefit: gift.benefit, form: rule.form))
            }
            if page.count < pageSize { break }
        }
        return found
    }

    private typealias Candidate = (
        gift: ID<Gift>, kind: Gift.Kind, donor: ID<Donor>?, taxDate: LocalDate, net: Money, benefit: Money
    )
    private static let pageSize = 1_000

    /// Gifts that may need one: ``ReceiptRule`` has the last word.
    private static func candidates(_ db: Connection, year: Int, after: ID<Gift>) throws -> [Candidate] {
        try db.rows(
            """
            SELECT g.id, g.kind, g.donor_id, g.tax_date, g.currency, m.net_minor, g.benefit_minor \
            FROM fundraising.gift g JOIN fundraising.gift_money m ON m.gift_id = g.id \
            WHERE g.id > \(after) AND g.live AND g.kind NOT IN ('daf', 'grant_payment') \
            AND g.tax_date BETWEEN make_date(\(year)::integer, 1, 1) AND make_date(\(year)::integer, 12, 31) \
            AND (g.currency <> \(ReceiptRule.currency) OR m.net_minor > \(ReceiptRule.disclosedAbove) \
            OR g.kind IN ('stock', 'in_kind')) AND m.status <> 'disputed' AND (m.net_minor > 0 OR (g.kind IN ('stock', 'in_kind') AND m.gross_minor = 0)) \
            AND NOT EXISTS (SELECT FROM fundraising.receipt r WHERE r.gift_id = g.id AND NOT EXISTS (\
            SELECT FROM fundraising.receipt_end x WHERE x.receipt_id = r.id)) \
            ORDER BY g.id LIMIT \(pageSize)
            """
        ) { row in
            let (gift, kind) = (try row.next(ID<Gift>.self), try row.next(Gift.Kind.self))
            let (donor, taxDate) = (try row.next(ID<Donor>?.self), try row.next(LocalDate.self))
            let currency = try row.next(Currency.self)
            let net = Money(minor: try row.next(), currency: currency)
            return (gift, kind, donor, taxDate, net, Money(minor: try row.next(), currency: currency))
        }
    }
}
