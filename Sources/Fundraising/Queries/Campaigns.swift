public import Postgres
public import Values

extension CampaignProgress {
    /// Every campaign with how far it is, by slug.
    public static func all(_ db: Connection) throws -> [CampaignProgress] {
        try load(db, "true ORDER BY c.slug")
    }

    /// - Throws: `FundraisingError.unknownCampaign`.
    public static func find(_ db: Connection, _ slug: Slug) throws -> CampaignProgress {
        guard let found = try load(db, "c.slug = \(slug)").first else { throw FundraisingError.unknownCampaign(slug) }
        return found
    }

    private static func load(_ db: Connection, _ condition: SQL) throws -> [CampaignProgress] {
        // What donors added to cover fees isn't progress, as far as it is still there.
        try withinRange {
            try db.rows(
                """
                SELECT \(raw: Campaign.columns), coalesce(m.gifts, 0), coalesce(m.net_minor, 0), \
                coalesce(m.elsewhere, 0) FROM fundraising.campaign c LEFT JOIN LATERAL (\
                SELECT count(*) FILTER (WHERE v.currency = c.currency AND v.gross_minor > 0) AS gifts, \
                sum(v.net_minor - least(v.fee_cover_minor, greatest(v.net_minor, 0))) \
                FILTER (WHERE v.currency = c.currency)::bigint AS net_minor, \
                count(*) FILTER (WHERE v.currency <> c.currency) AS elsewhere FROM (\
                SELECT g.id, g.currency, g.fee_cover_minor, sum(k.gross_minor) AS gross_minor, \
                sum(k.gross_minor - k.refunds_minor) AS net_minor \
                FROM fundraising.gift g JOIN fundraising.contribution k ON k.gift_id = g.id \
                WHERE g.campaign_id = c.id AND g.live GROUP BY g.id) v) m ON true WHERE \(condition)
                """
            ) { try CampaignProgress(&$0) }
        }
    }
}

extension Appeal {
    /// A campaign's appeals by slug; of every campaign when none is named.
    public static func all(_ db: Connection, campaign: Slug? = nil) throws -> [Appeal] {
        try db.rows(
            """
            SELECT \(raw: columns) FROM fundraising.appeal a JOIN fundraising.campaign c ON c.id = a.campaign_id \
            WHERE \(campaign)::text IS NULL OR c.slug = \(campaign)::text ORDER BY c.slug, a.slug
            """
        ) { try Appeal(&$0) }
    }
}
