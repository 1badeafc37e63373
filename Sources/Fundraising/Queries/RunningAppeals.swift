public import Postgres
public import Values

extension Appeal {
    /// - Throws: ``FundraisingError``: `unknownCampaign`, `unknownAppeal`.
    public static func find(_ db: Connection, _ slug: Slug, campaign: Slug) throws -> Appeal {
        let found = try db.row(
            """
            SELECT \(raw: columns) FROM fundraising.appeal a JOIN fundraising.campaign c ON c.id = a.campaign_id \
            WHERE c.slug = \(campaign) AND a.slug = \(slug)
            """
        ) { try Appeal(&$0) }
        if let found { return found }
        _ = try CampaignProgress.find(db, campaign)
        throw FundraisingError.unknownAppeal(slug, campaign: campaign)
    }

    /// Its latest text; nil before the first.
    public func revision(_ db: Connection) throws -> AppealRevision? { try AppealRevision.latest(db, of: id) }

    public func window(_ db: Connection) throws -> AppealWindow? {
        try db.one(
            """
            SELECT to_char(runs_from, 'YYYY-MM-DD HH24:MI:SS'), to_char(runs_until, 'YYYY-MM-DD HH24:MI:SS') \
            FROM fundraising.appeal WHERE id = \(id)
            """
        ) { row in
            let (from, until) = (try row.next(String?.self), try row.next(String?.self))
            return try from.map {
                AppealWindow(from: try LocalDateTime($0), until: try until.map { try LocalDateTime($0) })
            }
        }
    }

    /// Everywhere it stands, all stories first.
    public func places(_ db: Connection) throws -> [AppealPlace] {
        try db.rows(
            """
            SELECT concat_ws(':', p.kind, p.slug) FROM fundraising.appeal_placement p WHERE p.appeal_id = \(id) \
            ORDER BY p.kind, p.slug
            """
        ) { try AppealPlace(try $0.next(String.self)) }
    }
}

/// What a reader of a story is asked now.
public struct RunningAppeal: Sendable, Hashable {
    public let campaign: Slug
    public let appeal: Slug
    public let channel: Appeal.Channel
    public let text: String
    public let amounts: [Money]
    public let hash: String

    /// Those of a story, by campaign and slug; none for one that isn't public, is retracted, or barred.
    ///
    /// - Throws: ``FundraisingError/unknownArticle(_:)`` for one that never was public.
    public static func of(_ db: Connection, article: String) throws -> [RunningAppeal] {
        let id = try PublicStory.id(db, article)
        return try db.rows(
            """
            SELECT v.campaign, v.appeal, v.channel, v.text, v.currency, v.amounts, v.hash \
            FROM fundraising.public_appeal v WHERE v.article_id = \(id) ORDER BY v.campaign, v.appeal
            """
        ) { row in
            let (campaign, appeal) = (try row.next(Slug.self), try row.next(Slug.self))
            let (channel, text) = (try row.next(Appeal.Channel.self), try row.next(String.self))
            let currency = try row.next(Currency.self)
            let amounts = try row.next([Int64].self).map { Money(minor: $0, currency: currency) }
            return RunningAppeal(
                campaign: campaign, appeal: appeal, channel: channel, text: text, amounts: amounts,
                hash: try row.next())
        }
    }
}

/// A story that was ever public, by its number or any slug it had.
enum PublicStory {
    /// - Throws: ``FundraisingError/unknownArticle(_:)``.
    static func id(_ db: Connection, _ name: String) throws -> Int64 {
        let found = try db.value(
            "SELECT s.article_id FROM editorial.slug s WHERE s.slug = \(name) OR s.article_id::text = \(name) LIMIT 1",
            as: Int64.self)
        guard let found else { throw FundraisingError.unknownArticle(name) }
        return found
    }
}
