public import Access
internal import Journal
public import Postgres
public import Values

/// Adds an ask to a campaign, so that gifts can say what moved them.
public struct AddAppeal {
    let slug: Slug
    let campaign: Slug
    let name: String
    let channel: Appeal.Channel
    let starts: LocalDate?
    let ends: LocalDate?
    let actor: Actor

    public init(
        slug: Slug, campaign: Slug, name: String, channel: Appeal.Channel, starts: LocalDate?, ends: LocalDate?,
        by actor: Actor
    ) {
        self.slug = slug
        self.campaign = campaign
        self.name = name
        self.channel = channel
        self.starts = starts
        self.ends = ends
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownCampaign`, `appealSlugTaken`,
    ///   `endsBeforeItStarts`; `ValueError` for a name that is empty or too long.
    public func perform(_ db: Connection) throws -> Appeal {
        try actor.require(.campaignManage)
        let name = try CampaignName(name)
        try requireOrder(starts, ends)

        let appeal = try insert(db, name)
        try Audit.append(db, Subject(.appeal, appeal.id.rawValue), "appeal.added", by: actor.origin)
        return appeal
    }

    private func insert(_ db: Connection, _ name: CampaignName) throws -> Appeal {
        do {
            let added = try db.row(
                """
                WITH c AS (SELECT id, slug FROM fundraising.campaign WHERE slug = \(campaign)), \
                a AS (INSERT INTO fundraising.appeal (campaign_id, slug, name, channel, starts, ends, created_by) \
                SELECT c.id, \(slug), \(name.text), \(channel), \(starts)::date, \(ends)::date, \
                \(actor.account) FROM c RETURNING id, slug, name, channel, starts, ends) \
                SELECT \(raw: Appeal.columns) FROM a CROSS JOIN c
                """
            ) { try Appeal(&$0) }
            guard let added else { throw FundraisingError.unknownCampaign(campaign) }
            return added
        } catch let error as PostgresError {
            throw error.orFundraisingError(["appeal_slug_key": .appealSlugTaken(slug, campaign: campaign)])
        }
    }
}
