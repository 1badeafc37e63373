public import Postgres
public import Values

/// A sponsor's word to give as others give. What it comes to is reckoned from the gifts that are there, shown apart, and
/// received when the sponsor pays his pledge.
public struct Match: Sendable, Hashable {
    /// How much the sponsor adds for how much of a gift: `2:1` doubles and adds the same again.
    public struct Ratio: Sendable, Hashable, CustomStringConvertible {
        /// What the sponsor gives, and for how much of a gift.
        public let added: Int
        public let given: Int

        public static let largest = 100

        /// - Throws: `ValueError` unless it is two numbers from 1 to 100 with a colon between.
        public init(_ text: String) throws(ValueError) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            let numbers = parts.compactMap { part in
                part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil
            }
            guard parts.count == 2, numbers.count == 2, numbers.allSatisfy((1...Self.largest).contains) else {
                throw ValueError(kind: "ratio", value: text, reason: "write it as in 1:1 or 2:1, each up to 100")
            }
            (added, given) = (numbers[0], numbers[1])
        }

        fileprivate init(added: Int, given: Int) { (self.added, self.given) = (added, given) }

        public var description: String { "\(added):\(given)" }
    }

    public let id: ID<Match>
    public let pledge: ID<Pledge>
    public let sponsor: ID<Donor>
    public let ratio: Ratio
    public let cap: Money
    public let perDonor: Money?
    public let starts: LocalDate
    public let ends: LocalDate
    public let campaign: Slug?
    /// What the gifts there are come to, at most the cap.
    public let matched: Money
    /// Gifts that brought any of it.
    public let gifts: Int
    /// What the sponsor paid of the pledge, for this match and for whatever else it is.
    public let paid: Money

    private init(_ row: inout Row) throws {
        id = try row.next()
        pledge = try row.next()
        sponsor = try row.next()
        ratio = Ratio(added: try row.next(), given: try row.next())
        let currency = try row.next(Currency.self)
        cap = Money(minor: try row.next(), currency: currency)
        perDonor = try row.next(Int64?.self).map { Money(minor: $0, currency: currency) }
        starts = try row.next()
        ends = try row.next()
        campaign = try row.next()
        matched = Money(minor: try row.next(), currency: currency)
        gifts = try row.next()
        paid = Money(minor: try row.next(), currency: currency)
    }

    private static func load(_ db: Connection, _ condition: SQL) throws -> [Match] {
        try db.rows(
            """
            SELECT m.id, m.pledge_id, p.donor_id, m.added::bigint, m.given::bigint, p.currency, m.cap_minor, \
            m.per_donor_minor, m.starts, m.ends, c.slug, x.minor, x.gifts, w.settled_minor \
            FROM fundraising.match m JOIN fundraising.pledge p ON p.id = m.pledge_id \
            JOIN fundraising.pledge_money w ON w.pledge_id = p.id \
            LEFT JOIN fundraising.campaign c ON c.id = m.campaign_id CROSS JOIN LATERAL (\
            SELECT coalesce(sum(g.matched_minor), 0)::bigint AS minor, \
            count(*) FILTER (WHERE g.matched_minor > 0) AS gifts FROM fundraising.match_gift g \
            WHERE g.match_id = m.id) x WHERE \(condition)
            """
        ) { try Match(&$0) }
    }

    /// By their first day.
    public static func list(_ db: Connection) throws -> [Match] { try load(db, "true ORDER BY m.starts, m.id") }

    /// - Throws: ``MatchRefusal/unknownMatch(_:)``.
    public static func find(_ db: Connection, _ id: ID<Match>) throws -> Match {
        guard let found = try load(db, "m.id = \(id)").first else { throw FundraisingError.match(.unknownMatch(id)) }
        return found
    }

    /// A gift that counts, and what the sponsor adds to it.
    public struct Line: Sendable, Hashable {
        public let gift: ID<Gift>
        /// Nil when nobody knows who gave it.
        public let donor: ID<Donor>?
        public let givenAt: Timestamp
        /// What is still there of it.
        public let net: Money
        /// Nothing once a cap is reached.
        public let matched: Money
    }

    /// By the instant they were given, then by number; from below the one already seen.
    public func lines(_ db: Connection, after: ID<Gift>? = nil, limit: Int) throws -> [Line] {
        try db.rows(
            """
            SELECT g.gift_id, g.donor_id, g.given_at, g.net_minor, g.matched_minor FROM fundraising.match_gift g \
            WHERE g.match_id = \(id) AND (\(after)::bigint IS NULL OR (g.given_at, g.gift_id) > (\
            SELECT a.given_at, a.id FROM fundraising.gift a WHERE a.id = \(after)::bigint)) \
            ORDER BY g.given_at, g.gift_id LIMIT \(limit)
            """
        ) { row in
            Line(
                gift: try row.next(), donor: try row.next(), givenAt: try row.next(),
                net: Money(minor: try row.next(), currency: cap.currency),
                matched: Money(minor: try row.next(), currency: cap.currency))
        }
    }
}

/// Why there is no such match.
public enum MatchRefusal: Error, Equatable {
    case unknownMatch(ID<Match>)
    /// The pledge is another donor's.
    case notTheSponsors(ID<Pledge>, ID<Donor>)
    /// More than the pledge has left besides its other matches.
    case abovePledge(ID<Pledge>, promised: Money)
}
