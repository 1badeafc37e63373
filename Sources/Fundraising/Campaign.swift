public import Postgres
public import Values

/// A drive for money with a goal.
public struct Campaign: Sendable, Hashable {
    public let id: ID<Campaign>
    public let slug: Slug
    public let name: String
    public let goal: Money
    public let starts: LocalDate?
    public let ends: LocalDate?

    static let columns: StaticString = "c.id, c.slug, c.name, c.currency, c.goal_minor, c.starts, c.ends"

    init(_ row: inout Row) throws {
        id = try row.next()
        slug = try row.next()
        name = try row.next()
        let currency = try row.next(Currency.self)
        goal = Money(minor: try row.next(), currency: currency)
        starts = try row.next()
        ends = try row.next()
    }
}

/// One ask inside a campaign: a mailing, a banner, the box under a story.
public struct Appeal: Sendable, Hashable {
    public enum Channel: String, Sendable, CaseIterable, PostgresCodable {
        case storyBox = "story_box"
        case banner, page, mail, letter, event, other
    }

    public let id: ID<Appeal>
    public let campaign: Slug
    public let slug: Slug
    public let name: String
    public let channel: Channel
    public let starts: LocalDate?
    public let ends: LocalDate?

    static let columns: StaticString = "a.id, c.slug, a.slug, a.name, a.channel, a.starts, a.ends"

    init(_ row: inout Row) throws {
        id = try row.next()
        campaign = try row.next()
        slug = try row.next()
        name = try row.next()
        channel = try row.next()
        starts = try row.next()
        ends = try row.next()
    }
}

/// How far a campaign is.
public struct CampaignProgress: Sendable, Hashable {
    public let campaign: Campaign
    /// Gifts that brought money in the goal's currency.
    public let gifts: Int
    /// What has come and stayed: without refunds, without money under dispute, without covered fees.
    public let net: Money
    /// Gifts in other currencies, which no sum includes.
    public let giftsInOtherCurrencies: Int

    /// Net over goal in percent with one decimal, cut and not rounded: "100.0" is never early. Not below "0.0".
    public var percentText: String {
        let tenths = Int128(max(net.minor, 0)) * 1000 / Int128(campaign.goal.minor)
        return "\(tenths / 10).\(tenths % 10)"
    }

    init(_ row: inout Row) throws {
        campaign = try Campaign(&row)
        gifts = try row.next()
        net = Money(minor: try row.next(), currency: campaign.goal.currency)
        giftsInOtherCurrencies = try row.next()
    }
}
