public import Access
internal import Journal
public import Postgres
public import Values

/// Opens a campaign. Its slug is in links and in files that name it, so it is taken for good.
public struct AddCampaign {
    let slug: Slug
    let name: String
    let goal: Money
    let starts: LocalDate?
    let ends: LocalDate?
    let actor: Actor

    public init(slug: Slug, name: String, goal: Money, starts: LocalDate?, ends: LocalDate?, by actor: Actor) {
        self.slug = slug
        self.name = name
        self.goal = goal
        self.starts = starts
        self.ends = ends
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `goalNotPositive`, `endsBeforeItStarts`,
    ///   `campaignSlugTaken`; `ValueError` for a name that is empty or too long.
    public func perform(_ db: Connection) throws -> Campaign {
        try actor.require(.campaignManage)
        let name = try CampaignName(name)
        guard goal.minor > 0 else { throw FundraisingError.goalNotPositive(goal) }
        try requireOrder(starts, ends)

        let campaign = try insert(db, name)
        try Audit.append(
            db, Subject(.campaign, campaign.id.rawValue), "campaign.added", by: actor.origin,
            facts: ["goal_minor": .integer(goal.minor), "currency": .string(goal.currency.code)])
        return campaign
    }

    private func insert(_ db: Connection, _ name: CampaignName) throws -> Campaign {
        do {
            return try db.one(
                """
                INSERT INTO fundraising.campaign AS c (slug, name, goal_minor, currency, starts, ends, created_by) \
                VALUES (\(slug), \(name.text), \(goal.minor), \(goal.currency), \(starts), \
                \(ends), \(actor.account)) RETURNING \(raw: Campaign.columns)
                """
            ) { try Campaign(&$0) }
        } catch let error as PostgresError {
            throw error.orFundraisingError(["campaign_slug_key": .campaignSlugTaken(slug)])
        }
    }
}

/// What a campaign or an appeal is called: something, and no novel.
struct CampaignName {
    let text: String

    static let longest = 200

    init(_ text: String) throws(ValueError) {
        guard !text.allSatisfy(\.isWhitespace) else {
            throw ValueError(kind: "name", value: text, reason: "it is empty")
        }
        guard text.unicodeScalars.count <= Self.longest else {
            throw ValueError(kind: "name", value: text, reason: "it is longer than \(Self.longest) characters")
        }
        self.text = text
    }
}

func requireOrder(_ starts: LocalDate?, _ ends: LocalDate?) throws(FundraisingError) {
    if let starts, let ends, ends < starts { throw .endsBeforeItStarts(starts: starts, ends: ends) }
}
