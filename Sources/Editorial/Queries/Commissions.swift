public import Access
public import Postgres
public import Values

/// Commissions, as somebody may see them: whoever manages them, and whoever may read fees. The sums are for the latter
/// alone.
public struct Commissions: Sendable {
    public var article: ID<Article>?
    public var contributor: Slug?
    /// Those whose last step this is.
    public var step: Commission.Step?
    /// Those that are owed and haven't been paid.
    public var isOwed = false

    public init() {}

    /// At most `limit` by falling id, from below the one already seen.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public func list(
        _ db: Connection, for actor: Actor, after: ID<Commission>? = nil, limit: Int
    ) throws -> [Commission] {
        try Self.requireSight(actor)
        var query: SQL = """
            SELECT \(raw: Commission.columns), s.slug FROM \(raw: Commission.tables) \
            WHERE \(Sight.commissions(actor))
            """
        if let article { query += " AND n.article_id = \(article)" }
        if let contributor { query += " AND c.slug = \(contributor)" }
        if let step {
            query += """
                 AND \(step) = (SELECT e.kind FROM editorial.commission_event e WHERE e.commission_id = n.id \
                ORDER BY e.id DESC LIMIT 1)
                """
        }
        if isOwed {
            query += """
                 AND n.payable_minor > 0 AND NOT EXISTS (SELECT FROM editorial.commission_event e \
                WHERE e.commission_id = n.id AND e.kind = 'paid')
                """
        }
        if let after { query += " AND n.id < \(after)" }
        return try db.rows(query + " ORDER BY n.id DESC LIMIT \(limit)") { try Self.veiled(&$0, for: actor) }
    }

    /// - Throws: `AccessError.notPermitted`, ``EditorialError/commissionUnknown(_:)``.
    public static func find(_ db: Connection, _ id: ID<Commission>, for actor: Actor) throws -> Commission {
        try requireSight(actor)
        let found = try db.row(
            """
            SELECT \(raw: Commission.columns), s.slug FROM \(raw: Commission.tables) \
            WHERE \(Sight.commissions(actor)) AND n.id = \(id)
            """
        ) { try veiled(&$0, for: actor) }
        guard let found else { throw EditorialError.commissionUnknown("\(id)") }
        return found
    }

    private static func requireSight(_ actor: Actor) throws {
        if actor.sections(for: .commissionManage) == nil { try actor.requireAnywhere(.feeRead) }
    }

    private static func veiled(_ row: inout Row, for actor: Actor) throws -> Commission {
        var commission = try Commission(&row)
        let section = try row.next(Slug?.self)
        if !actor.may(.feeRead, section: section) {
            commission.agreed = nil
            commission.payable = nil
        }
        if actor.sections(for: .articleRead) == nil, commission.articleStatus != .published { commission.title = nil }
        return commission
    }

    /// What was paid to a contributor in a year, by currency.
    public struct Paid: Sendable, Hashable {
        public let contributor: Slug
        public let name: String
        public let paid: Money
        public let payments: Int
        /// The last that was said of a form: "w9 received 2026-01-15".
        public let form: String?
        /// Whether the sum reaches the threshold; of another currency than the threshold's it is never said.
        public let isReportable: Bool?
    }

    /// By contributor and currency, for whoever may read all fees; the year is that of the days money was paid on.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func paid(
        _ db: Connection, in year: Int, threshold: Money, for actor: Actor, after: Slug? = nil, limit: Int
    ) throws -> [Paid] {
        try actor.require(.feeRead)
        let first = try LocalDate(year: year, month: 1, day: 1)
        let last = try LocalDate(year: year, month: 12, day: 31)
        var query: SQL = """
            SELECT c.slug, c.name, e.currency, sum(e.amount_minor)::bigint, count(*), \
            (SELECT f.form || ' ' || f.status || ' ' || f.day::text FROM editorial.tax_form f \
            WHERE f.contributor_id = c.id ORDER BY f.id DESC LIMIT 1) \
            FROM editorial.commission_event e JOIN editorial.commission m ON m.id = e.commission_id \
            JOIN editorial.contributor c ON c.id = m.contributor_id \
            WHERE e.kind = 'paid' AND e.day BETWEEN \(first) AND \(last)
            """
        if let after { query += " AND c.slug > \(after)" }
        return try db.rows(
            query + " GROUP BY c.id, e.currency ORDER BY c.slug, e.currency LIMIT \(limit)"
        ) { row in
            let (slug, name) = (try row.next(Slug.self), try row.next(String.self))
            let currency = try row.next(Currency.self)
            let sum = Money(minor: try row.next(), currency: currency)
            return Paid(
                contributor: slug, name: name, paid: sum, payments: try row.next(), form: try row.next(),
                isReportable: currency == threshold.currency ? sum.minor >= threshold.minor : nil)
        }
    }
}

extension Sight {
    /// Commissions an actor may know of, over `Commission.tables`: in the sections he manages or reads the fees of.
    static func commissions(_ actor: Actor) -> SQL {
        guard let managed = actor.sections(for: .commissionManage) ?? actor.sections(for: .feeRead) else {
            return "false"
        }
        guard let read = actor.sections(for: .feeRead) ?? actor.sections(for: .commissionManage) else {
            return "false"
        }
        if managed.isEmpty || read.isEmpty { return "true" }
        return "s.slug = ANY (\(managed + read))"
    }
}
