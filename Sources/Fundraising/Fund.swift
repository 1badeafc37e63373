public import Postgres
public import Values

/// A pot that gifts go into: what they may be spent on, or from when.
public struct Fund: Sendable, Hashable {
    /// What ties the money. A purpose has its words, a time its day.
    public enum Restriction: Sendable, Hashable {
        case none
        case purpose(String)
        /// May not be spent before the day after this one.
        case time(until: LocalDate)

        /// As the database and reports call it.
        public var word: String {
            switch self {
            case .none: "none"
            case .purpose: "purpose"
            case .time: "time"
            }
        }

        public var purpose: String? {
            if case .purpose(let text) = self { text } else { nil }
        }

        public var until: LocalDate? {
            if case .time(let day) = self { day } else { nil }
        }
    }

    public let id: ID<Fund>
    public let slug: Slug
    public let name: String
    public let restriction: Restriction

    static let columns: StaticString = "f.id, f.slug, f.name, f.restriction, f.purpose, f.until"

    init(_ row: inout Row) throws {
        id = try row.next()
        slug = try row.next()
        name = try row.next()
        let word = try row.next(String.self)
        let purpose = try row.next(String?.self)
        let until = try row.next(LocalDate?.self)
        restriction = purpose.map { .purpose($0) } ?? until.map { .time(until: $0) } ?? .none
        guard restriction.word == word else { throw PostgresError.decode("a fund restricted by \(word) without it") }
    }

    /// By slug.
    public static func all(_ db: Connection) throws -> [Fund] {
        try db.rows("SELECT \(raw: columns) FROM fundraising.fund f ORDER BY f.slug") { try Fund(&$0) }
    }

    /// - Throws: ``FundraisingError/unknownFund(_:)``.
    public static func find(_ db: Connection, _ slug: Slug) throws -> Fund {
        let found = try db.row("SELECT \(raw: columns) FROM fundraising.fund f WHERE f.slug = \(slug)") {
            try Fund(&$0)
        }
        guard let found else { throw FundraisingError.unknownFund(slug) }
        return found
    }

    /// What has come for it and stayed, in one currency.
    public struct Holding: Sendable, Hashable {
        public let gifts: Int
        public let net: Money
    }

    /// One for each currency, by its code.
    public func holdings(_ db: Connection) throws -> [Holding] {
        try withinRange {
            try db.rows(
                """
                SELECT count(DISTINCT k.gift_id), k.currency, sum(k.net_minor)::bigint \
                FROM fundraising.restricted_contribution k WHERE k.fund = \(slug) AND k.live \
                GROUP BY k.currency ORDER BY k.currency
                """
            ) { row in
                let gifts = try row.next(Int.self)
                let currency = try row.next(Currency.self)
                return Holding(gifts: gifts, net: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}
