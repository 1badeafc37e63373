public import Postgres
internal import Values

extension DonationReport {
    /// The lines of the report, from one statement, by period or key, part and currency. For each part and currency,
    /// periods between its first and its last that have no data are there with zeros.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try db.prepareForReport()
        guard let granularity = grouping.granularity else { return try named(db) }
        return filled(try periods(db, granularity), granularity)
    }

    /// The gifts, or by cash the movements, that the lines add up, by day.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func rows(_ db: Connection) throws -> [Row] {
        let (name, join) = grouping.name
        return try withinRange {
            try db.rows(
                """
                SELECT \(name), m.part, m.gift_id, m.day, m.currency, m.gross_minor, m.refunds_minor \
                FROM (\(money)) m\(join) ORDER BY m.day, m.part, m.currency, m.gift_id, m.entry_id
                """
            ) { row in
                let (name, part) = (try row.next(String?.self), try row.next(String?.self))
                let (gift, day) = (try row.next(ID<Gift>.self), try row.next(LocalDate.self))
                let currency = try row.next(Currency.self)
                return Row(
                    key: grouping.granularity.map { key(of: day, $0) } ?? .name(name), part: part, gift: gift, day: day,
                    gross: Money(minor: try row.next(), currency: currency),
                    refunds: Money(minor: try row.next(), currency: currency))
            }
        }
    }

    // MARK: Money with its day

    /// One row for each gift, by cash for each movement: gift_id, entry_id (NULL of a gift), day, currency, gifts (1 for
    /// a charge, of which a gift has one), gross_minor, refunds_minor, campaign_id, article_id, part.
    private var money: SQL {
        if basis == .cash {
            // By sign: a refund that failed comes back in another month than it went.
            return """
                SELECT g.id AS gift_id, k.entry_id, k.posting_date AS day, k.currency, \
                (k.kind = 'charge')::int AS gifts, greatest(k.amount_minor, 0) AS gross_minor, \
                greatest(-k.amount_minor, 0) AS refunds_minor, g.campaign_id, g.article_id, \(split.part) AS part \
                FROM fundraising.contribution k JOIN fundraising.gift g ON g.id = k.gift_id \
                WHERE g.live\(within("k.posting_date"))
                """
        }
        return """
            SELECT g.id AS gift_id, NULL::bigint AS entry_id, t.tax_date AS day, t.currency, \
            t.received::int AS gifts, t.gross_minor, \(refunds("t.refunds_minor")) AS refunds_minor, \
            g.campaign_id, g.article_id, \(split.part) AS part \
            FROM fundraising.gift_total t JOIN fundraising.gift g ON g.id = t.gift_id WHERE true\(within("t.tax_date"))
            """
    }

    /// One row for each day, or several: day, currency, gifts, gross_minor, refunds_minor, part.
    private var daily: SQL {
        guard split == nil else { return money }
        return """
            SELECT d.day, d.currency, d.gifts, d.gross_minor, \(refunds("d.refunds_minor")) AS refunds_minor, \
            NULL::text AS part FROM fundraising.day_total d \
            WHERE d.basis = \(basis == .cash ? "posting" : "tax")\(within("d.day"))
            """
    }

    private func refunds(_ column: SQL) -> SQL { basis == .gross ? "0" : column }

    private func within(_ day: SQL) -> SQL {
        var condition: SQL = ""
        if let from { condition = condition + " AND \(day) >= \(from)" }
        if let to { condition = condition + " AND \(day) <= \(to)" }
        return condition
    }

    private static let sums: SQL = """
        sum(m.gifts)::bigint, sum(m.gross_minor)::bigint, sum(m.refunds_minor)::bigint, \
        (sum(m.gross_minor) - sum(m.refunds_minor))::bigint
        """

    // MARK: Keys

    private func periods(_ db: Connection, _ granularity: Granularity) throws -> [Line] {
        // A year that doesn't begin in January is one period, whichever day it is called by.
        let day: SQL =
            if granularity == .year, let year { "\(year.firstDay)::date" } else {
                "date_trunc(\(granularity.rawValue), m.day)::date"
            }
        return try withinRange {
            try db.rows(
                """
                SELECT \(day), m.part, m.currency, \(Self.sums) FROM (\(daily)) m GROUP BY 1, 2, 3 \
                HAVING (sum(m.gifts), sum(m.gross_minor), sum(m.refunds_minor)) <> (0, 0, 0) ORDER BY 1, 2, 3
                """
            ) { row in
                let day = try row.next(LocalDate.self)
                return try Line(key(of: day, granularity), &row)
            }
        }
    }

    private func named(_ db: Connection) throws -> [Line] {
        let (name, join) = grouping.name
        return try withinRange {
            try db.rows(
                """
                SELECT \(name), m.part, m.currency, \(Self.sums) FROM (\(money)) m\(join) \
                GROUP BY 1, 2, 3 ORDER BY \(name) COLLATE "C" NULLS LAST, 2, 3
                """
            ) { try Line(.name(try $0.next()), &$0) }
        }
    }

    // MARK: Gaps

    /// Puts zeros where a part has no money in a currency between its first and its last period.
    private func filled(_ lines: [Line], _ granularity: Granularity) -> [Line] {
        struct Series: Hashable {
            let part: String?
            let currency: Currency
        }
        var filled: [Line] = []
        for (series, own) in Dictionary(grouping: lines, by: { Series(part: $0.part, currency: $0.currency) }) {
            let known = Dictionary(own.map { ($0.key, $0) }) { first, _ in first }
            guard case .period(var period)? = own.first?.key, case .period(let last)? = own.last?.key else {
                filled += own
                continue
            }
            while period.firstDay <= last.firstDay {
                filled.append(known[.period(period)] ?? Line(zeroIn: period, part: series.part, series.currency))
                // A date's period doesn't depend on a zone.
                period = period.next(in: .utc)
            }
        }
        return filled.sorted { $0.order < $1.order }
    }
}

extension DonationReport.Grouping {
    /// The name of what money `m` belongs to, and where it is found; of periods there is none.
    fileprivate var name: (SQL, join: SQL) {
        switch self {
        case .day, .month, .year: ("NULL::text", "")
        case .campaign: ("c.slug", " LEFT JOIN fundraising.campaign c ON c.id = m.campaign_id")
        case .article: ("n.name", " LEFT JOIN (\(ArticleNames.query)) n ON n.article_id = m.article_id")
        }
    }
}

extension DonationReport.Line {
    init(_ key: Key, _ row: inout Row) throws {
        self.key = key
        part = try row.next()
        currency = try row.next()
        gifts = try row.next()
        gross = Money(minor: try row.next(), currency: currency)
        refunds = Money(minor: try row.next(), currency: currency)
        net = Money(minor: try row.next(), currency: currency)
    }

    init(zeroIn period: Period, part: String?, _ currency: Currency) {
        let nothing = Money(minor: 0, currency: currency)
        key = .period(period)
        self.part = part
        self.currency = currency
        gifts = 0
        gross = nothing
        refunds = nothing
        net = nothing
    }

    fileprivate var order: (LocalDate, String, String) {
        switch key {
        case .period(let period): (period.firstDay, part ?? "", currency.code)
        case .year(let year): (year.firstDay, part ?? "", currency.code)
        case .name: preconditionFailure("only periods have gaps between them")
        }
    }
}
