public import Postgres
internal import Values

extension DonationReport {
    /// The lines of the report, from one statement, by period or key and then by currency. For each currency, periods
    /// between its first and its last that have no data are there with zeros.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        switch grouping {
        case .year: filled(try periods(db, "year"), .year)
        case .month: filled(try periods(db, "month"), .month)
        case .day: filled(try periods(db, "day"), .day)
        case .campaign: try campaigns(db)
        case .article: try articles(db)
        }
    }

    // MARK: Money with its day

    /// One row for each movement: day, currency, gifts (1 for a charge, of which a gift has one), gross, refunds,
    /// campaign, article.
    private var money: SQL {
        let figures: SQL =
            switch basis {
            case .giftYear: "g.tax_date AS day, k.gross_minor, k.refunds_minor"
            case .gross: "g.tax_date AS day, k.gross_minor, 0 AS refunds_minor"
            // By sign: a refund that failed comes back in another month than it went.
            case .cash:
                """
                k.posting_date AS day, greatest(k.amount_minor, 0) AS gross_minor, \
                greatest(-k.amount_minor, 0) AS refunds_minor
                """
            }
        return """
            SELECT \(figures), k.currency, (k.kind = 'charge')::int AS gifts, g.campaign_id, g.article_id \
            FROM fundraising.contribution k JOIN fundraising.gift g ON g.id = k.gift_id \
            WHERE g.live\(within(basis == .cash ? "k.posting_date" : "g.tax_date"))
            """
    }

    private func within(_ day: SQL) -> SQL {
        var condition: SQL = ""
        if let from { condition = condition + " AND \(day) >= \(from)" }
        if let to { condition = condition + " AND \(day) <= \(to)" }
        return condition
    }

    private static let sums: SQL = """
        sum(m.gifts), sum(m.gross_minor)::bigint, sum(m.refunds_minor)::bigint, \
        (sum(m.gross_minor) - sum(m.refunds_minor))::bigint
        """

    // MARK: Keys

    private func periods(_ db: Connection, _ unit: StaticString) throws -> [Line] {
        let granularity = Granularity(rawValue: unit.description) ?? .day
        return try withinRange {
            try db.rows(
                """
                SELECT date_trunc('\(raw: unit)', m.day)::date, m.currency, \(Self.sums) FROM (\(money)) m \
                GROUP BY 1, 2 ORDER BY 1, 2
                """
            ) { row in
                let day = try row.next(LocalDate.self)
                return try Line(.period(Period(granularity, containing: day)), &row)
            }
        }
    }

    private func campaigns(_ db: Connection) throws -> [Line] {
        try withinRange {
            try db.rows(
                """
                SELECT c.slug, m.currency, \(Self.sums) FROM (\(money)) m \
                LEFT JOIN fundraising.campaign c ON c.id = m.campaign_id \
                GROUP BY 1, 2 ORDER BY c.slug COLLATE "C" NULLS LAST, 2
                """
            ) { try Line(.name(try $0.next()), &$0) }
        }
    }

    /// By the slug the article has now, else the last it had.
    private func articles(_ db: Connection) throws -> [Line] {
        try withinRange {
            try db.rows(
                """
                SELECT n.name, t.currency, t.gifts, t.gross_minor, t.refunds_minor, t.net_minor FROM (\
                SELECT m.article_id, m.currency, sum(m.gifts) AS gifts, sum(m.gross_minor)::bigint AS gross_minor, \
                sum(m.refunds_minor)::bigint AS refunds_minor, \
                (sum(m.gross_minor) - sum(m.refunds_minor))::bigint AS net_minor \
                FROM (\(money)) m GROUP BY 1, 2) t CROSS JOIN LATERAL (SELECT coalesce(\
                (SELECT p.slug FROM editorial.public_article p WHERE p.id = t.article_id), \
                (SELECT s.slug FROM editorial.slug s WHERE s.article_id = t.article_id \
                ORDER BY s.taken_at DESC, s.slug LIMIT 1), t.article_id::text) AS name) n \
                ORDER BY n.name COLLATE "C" NULLS LAST, t.article_id, 2
                """
            ) { try Line(.name(try $0.next()), &$0) }
        }
    }

    // MARK: Gaps

    /// Puts zeros where a currency has no money between its first and its last period.
    private func filled(_ lines: [Line], _ granularity: Granularity) -> [Line] {
        var filled: [Line] = []
        for (currency, own) in Dictionary(grouping: lines, by: \.currency) {
            let known = Dictionary(own.map { ($0.key, $0) }) { first, _ in first }
            guard case .period(var period)? = own.first?.key, case .period(let last)? = own.last?.key else { continue }
            while period.firstDay <= last.firstDay {
                filled.append(known[.period(period)] ?? Line(zeroIn: period, currency))
                // A date's period doesn't depend on a zone.
                period = period.next(in: .utc)
            }
        }
        return filled.sorted { $0.order < $1.order }
    }
}

extension DonationReport.Line {
    init(_ key: Key, _ row: inout Row) throws {
        self.key = key
        currency = try row.next()
        gifts = try row.next()
        gross = Money(minor: try row.next(), currency: currency)
        refunds = Money(minor: try row.next(), currency: currency)
        net = Money(minor: try row.next(), currency: currency)
    }

    init(zeroIn period: Period, _ currency: Currency) {
        let nothing = Money(minor: 0, currency: currency)
        key = .period(period)
        self.currency = currency
        gifts = 0
        gross = nothing
        refunds = nothing
        net = nothing
    }

    fileprivate var order: (LocalDate, String) {
        guard case .period(let period) = key else { preconditionFailure("only periods have gaps between them") }
        return (period.firstDay, currency.code)
    }
}
