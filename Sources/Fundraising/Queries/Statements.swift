public import Access
public import Postgres
public import Values

/// Statements that were made, the latest first.
public struct Statements: Sendable {
    public var year: Int?
    public var donor: ID<Donor>?

    public init() {}

    private static let tables: StaticString =
        "fundraising.statement s JOIN access.account a ON a.id = s.made_by"

    /// At most `limit` by falling id, from below the one already seen.
    public func list(
        _ db: Connection, for actor: Actor, after: ID<Statement>? = nil, limit: Int
    ) throws -> [Statement] {
        try actor.require(.receiptRead)
        var query: SQL = "SELECT \(raw: Statement.columns) FROM \(raw: Self.tables) WHERE true"
        if let year { query += " AND s.year = \(year)" }
        if let donor { query += " AND s.donor_id = \(donor)" }
        if let after { query += " AND s.id < \(after)" }
        return try db.rows(query + " ORDER BY s.id DESC LIMIT \(limit)") { try Statement(&$0) }
    }

    /// - Throws: ``ReceiptRefusal/unknownStatement(_:)``.
    public static func find(_ db: Connection, _ id: ID<Statement>, for actor: Actor) throws -> Statement {
        try actor.require(.receiptRead)
        return try find(db, id)
    }

    static func find(_ db: Connection, _ id: ID<Statement>) throws -> Statement {
        let found = try db.row("SELECT \(raw: Statement.columns) FROM \(raw: tables) WHERE s.id = \(id)") {
            try Statement(&$0)
        }
        guard let found else { throw FundraisingError.receipt(.unknownStatement(id)) }
        return found
    }

    /// Donors with something to state in a year, by id; at most `limit`, from above the one already seen.
    public static func donors(
        _ db: Connection, year: Int, for actor: Actor, after: ID<Donor>? = nil, limit: Int
    ) throws -> [ID<Donor>] {
        try actor.require(.receiptRead)
        return try db.rows(
            """
            SELECT DISTINCT w.survivor_id FROM fundraising.gift g \
            JOIN fundraising.giver w ON w.donor_id = g.donor_id JOIN fundraising.gift_money m ON m.gift_id = g.id \
            WHERE \(isStated) AND \(inYear(year)) AND w.survivor_id > \(after ?? ID(0)) \
            ORDER BY w.survivor_id LIMIT \(limit)
            """
        ) { try $0.next(ID<Donor>.self) }
    }

    /// A donor's gifts of a year that belong into a statement, by tax date.
    static func lines(_ db: Connection, _ donor: ID<Donor>, year: Int) throws -> [StatementSnapshot.GiftLine] {
        try withinRange {
            try db.rows(
                """
                SELECT g.id, g.kind, g.tax_date, g.currency, m.net_minor, m.refunds_minor, g.benefit_minor, \
                r.series, r.year, r.number FROM fundraising.gift g \
                JOIN fundraising.giver w ON w.donor_id = g.donor_id \
                JOIN fundraising.gift_money m ON m.gift_id = g.id LEFT JOIN fundraising.receipt r \
                ON r.gift_id = g.id AND NOT EXISTS (\
                SELECT FROM fundraising.receipt_end x WHERE x.receipt_id = r.id) \
                WHERE w.survivor_id = \(donor) AND \(isStated) AND \(inYear(year)) ORDER BY g.tax_date, g.id
                """
            ) { row in
                let (gift, kind) = (try row.next(ID<Gift>.self), try row.next(Gift.Kind.self))
                let taxDate = try row.next(LocalDate.self)
                let currency = try row.next(Currency.self)
                let net = Money(minor: try row.next(), currency: currency)
                let refunds = Money(minor: try row.next(), currency: currency)
                let rule = try ReceiptRule(
                    kind: kind, amount: net, benefit: Money(minor: try row.next(), currency: currency))
                let series = try row.next(String?.self)
                let (year, number) = (try row.next(Int?.self), try row.next(Int64?.self))
                let receipt = series.flatMap { series in
                    year.flatMap { year in number.map { Receipt.number(series, year, $0) } }
                }
                return StatementSnapshot.GiftLine(
                    gift: gift, kind: kind.rawValue, taxDate: taxDate, amount: rule.statesAmount ? net : nil,
                    refunds: refunds, deductible: rule.deductible, receipt: receipt)
            }
        }
    }

    /// Money that is there, and things; not what a fund gave, whose donor had his deduction before.
    private static let isStated: SQL = """
        g.live AND g.kind <> 'daf' AND (m.net_minor > 0 OR (g.kind IN ('stock', 'in_kind') AND m.gross_minor = 0))
        """

    private static func inYear(_ year: Int) -> SQL {
        "g.tax_date BETWEEN make_date(\(year)::integer, 1, 1) AND make_date(\(year)::integer, 12, 31)"
    }
}
