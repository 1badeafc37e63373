public import Postgres
public import Values

/// Someone who gives. The id is all that the books know; the rest can be erased.
public struct Donor: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case person, household, foundation
        case dafSponsor = "daf_sponsor"
        case company, government, other
    }

    public let id: ID<Donor>
    public let kind: Kind
    /// Nil when unknown or erased.
    public let name: String?
    /// As they were written, oldest first.
    public let emails: [String]
    /// Gifts that brought money, in test mode left out.
    public let gifts: Int
    public let firstGift: LocalDate?
    public let lastGift: LocalDate?

    /// What reading donors begins with: who is part of whom, reckoned once a statement.
    static let with: StaticString =
        "WITH absorbed AS MATERIALIZED (SELECT donor_id, survivor_id FROM fundraising.absorbed) SELECT"

    static let columns: StaticString = """
        d.id, d.kind, i.name, \
        ARRAY(SELECT e.text FROM fundraising.donor_email e WHERE e.donor_id = ANY (w.ids) \
        ORDER BY e.added_at, e.folded), g.gifts, g.first_gift, g.last_gift
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        kind = try row.next()
        name = try row.next()
        emails = try row.next()
        gifts = try row.next()
        firstGift = try row.next()
        lastGift = try row.next()
    }
}
