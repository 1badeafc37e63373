public import Postgres
public import Values

extension Gift {
    private static let tables: StaticString = """
        fundraising.gift g JOIN fundraising.gift_money m ON m.gift_id = g.id \
        LEFT JOIN fundraising.campaign c ON c.id = g.campaign_id LEFT JOIN fundraising.appeal a ON a.id = g.appeal_id
        """

    /// Gifts with the newest first. `before` is the id of the last one already seen.
    public static func list(
        _ db: Connection, campaign: Slug? = nil, donor: ID<Donor>? = nil, before: ID<Gift>? = nil, limit: Int
    ) throws -> [Gift] {
        var query: SQL = "SELECT \(raw: columns) FROM \(raw: tables) WHERE true"
        if let campaign { query = query + " AND c.slug = \(campaign)" }
        if let donor {
            // Whoever was merged into him gave it too.
            query += """
                 AND g.donor_id = ANY (ARRAY(SELECT \(donor)::bigint \
                UNION ALL SELECT a.donor_id FROM fundraising.absorbed a WHERE a.survivor_id = \(donor)))
                """
        }
        if let before { query = query + " AND g.id < \(before)" }
        return try db.rows(query + " ORDER BY g.id DESC LIMIT \(limit)") { try Gift(&$0) }
    }

    /// - Throws: `FundraisingError.unknownGift`.
    public static func find(_ db: Connection, _ id: ID<Gift>) throws -> Gift {
        let found = try db.row("SELECT \(raw: columns) FROM \(raw: tables) WHERE g.id = \(id)") { try Gift(&$0) }
        guard let found else { throw FundraisingError.unknownGift(id) }
        return found
    }

    /// What happened to its money, in the order it was recorded.
    public func entries(_ db: Connection) throws -> [Entry] {
        try db.rows("SELECT \(raw: Entry.columns) FROM fundraising.entry e WHERE e.gift_id = \(id) ORDER BY e.id") {
            try Entry(&$0)
        }
    }
}

extension Gift {
    /// What else was written down of a gift.
    public struct Slip: Sendable, Hashable {
        /// What the donor got in return.
        public let benefit: Money
        public let fund: Slug?
        public let tribute: String?
        public let note: String?
        /// An exact decimal without zeros at its end.
        public let shares: String?
        public let symbol: String?
        public let description: String?
    }

    public func slip(_ db: Connection) throws -> Slip {
        try db.one(
            """
            SELECT g.benefit_minor, f.slug, g.tribute, g.note, trim_scale(g.shares)::text, g.symbol, g.description \
            FROM fundraising.gift g LEFT JOIN fundraising.fund f ON f.id = g.fund_id WHERE g.id = \(id)
            """
        ) { row in
            Slip(
                benefit: Money(minor: try row.next(), currency: intended.currency), fund: try row.next(),
                tribute: try row.next(), note: try row.next(), shares: try row.next(), symbol: try row.next(),
                description: try row.next())
        }
    }
}
