public import Postgres
public import Values

extension Donor {
    /// A donor is one record and all that were merged into it.
    private static let tables: StaticString = """
        fundraising.donor d LEFT JOIN fundraising.donor_identity i ON i.donor_id = d.id CROSS JOIN LATERAL (\
        SELECT ARRAY(SELECT d.id UNION ALL SELECT a.donor_id FROM absorbed a WHERE a.survivor_id = d.id) AS ids) w \
        LEFT JOIN LATERAL (SELECT count(*) AS gifts, min(g.tax_date) AS first_gift, max(g.tax_date) AS last_gift \
        FROM fundraising.gift g WHERE g.donor_id = ANY (w.ids) AND g.live) g ON true
        """

    /// Donors by id, those that became part of another left out. `after` is the last one already seen; `email` finds
    /// the one whose address it is.
    public static func list(
        _ db: Connection, email: EmailAddress? = nil, after: ID<Donor>? = nil, limit: Int
    ) throws -> [Donor] {
        var query: SQL = """
            \(raw: with) \(raw: columns) FROM \(raw: tables) \
            WHERE NOT EXISTS (SELECT FROM absorbed a WHERE a.donor_id = d.id)
            """
        if let email {
            query += """
                 AND d.id IN (SELECT coalesce(a.survivor_id, e.donor_id) FROM fundraising.donor_email e \
                LEFT JOIN absorbed a ON a.donor_id = e.donor_id WHERE e.folded = \(email.folded))
                """
        }
        if let after { query += " AND d.id > \(after)" }
        return try db.rows(query + " ORDER BY d.id LIMIT \(limit)") { try Donor(&$0) }
    }

    /// Who this is now: of a record that was merged, whom it became part of.
    ///
    /// - Throws: `FundraisingError.unknownDonor`.
    public static func find(_ db: Connection, _ id: ID<Donor>) throws -> Donor {
        let found = try db.row(
            """
            \(raw: with) \(raw: columns) FROM \(raw: tables) \
            WHERE d.id = coalesce((SELECT a.survivor_id FROM absorbed a WHERE a.donor_id = \(id)), \(id))
            """
        ) { try Donor(&$0) }
        guard let found else { throw FundraisingError.unknownDonor(id) }
        return found
    }

    /// This record and all that are part of it, as the array of a statement.
    var records: SQL {
        """
        ARRAY(SELECT \(id)::bigint UNION ALL SELECT a.donor_id FROM fundraising.absorbed a WHERE a.survivor_id = \(id))
        """
    }

    /// What came from this donor less what went back, a sum for each currency.
    public func given(_ db: Connection) throws -> [Money] {
        try withinRange {
            try db.rows(
                """
                SELECT g.currency, sum(m.net_minor)::bigint FROM fundraising.gift g \
                JOIN fundraising.gift_money m ON m.gift_id = g.id \
                WHERE g.donor_id = ANY (\(records)) AND g.live GROUP BY g.currency ORDER BY g.currency
                """
            ) { row in
                let currency = try row.next(Currency.self)
                return Money(minor: try row.next(), currency: currency)
            }
        }
    }
}
