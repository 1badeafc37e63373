public import Postgres
public import Values

extension Donor {
    private static let tables: StaticString = """
        fundraising.donor d LEFT JOIN fundraising.donor_identity i ON i.donor_id = d.id LEFT JOIN LATERAL (\
        SELECT count(*) AS gifts, min(g.tax_date) AS first_gift, max(g.tax_date) AS last_gift \
        FROM fundraising.gift g WHERE g.donor_id = d.id AND g.live) g ON true
        """

    /// Donors by id. `after` is the last one already seen; `email` finds the one whose address it is.
    public static func list(
        _ db: Connection, email: EmailAddress? = nil, after: ID<Donor>? = nil, limit: Int
    ) throws -> [Donor] {
        var query: SQL = "SELECT \(raw: columns) FROM \(raw: tables) WHERE true"
        if let email {
            query = query + " AND d.id IN (SELECT donor_id FROM fundraising.donor_email WHERE folded = \(email.folded))"
        }
        if let after { query = query + " AND d.id > \(after)" }
        return try db.rows(query + " ORDER BY d.id LIMIT \(limit)") { try Donor(&$0) }
    }

    /// - Throws: `FundraisingError.unknownDonor`.
    public static func find(_ db: Connection, _ id: ID<Donor>) throws -> Donor {
        let found = try db.row("SELECT \(raw: columns) FROM \(raw: tables) WHERE d.id = \(id)") { try Donor(&$0) }
        guard let found else { throw FundraisingError.unknownDonor(id) }
        return found
    }

    /// What came from this donor less what went back, a sum for each currency.
    public func given(_ db: Connection) throws -> [Money] {
        try withinRange {
            try db.rows(
                """
                SELECT g.currency, sum(m.net_minor)::bigint FROM fundraising.gift g \
                JOIN fundraising.gift_money m ON m.gift_id = g.id \
                WHERE g.donor_id = \(id) AND g.live GROUP BY g.currency ORDER BY g.currency
                """
            ) { row in
                let currency = try row.next(Currency.self)
                return Money(minor: try row.next(), currency: currency)
            }
        }
    }
}
