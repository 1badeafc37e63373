public import Postgres
internal import Values

extension RetentionReport {
    /// One line a part, in the order of their names; without a split exactly one.
    public func lines(_ db: Connection) throws -> [Line] {
        let giving = Giving(year: year, split: split)
        let lines = try db.rows(
            """
            SELECT p.part, count(*) FILTER (WHERE p.before AND NOT p.earlier), \
            count(*) FILTER (WHERE p.before AND NOT p.earlier AND p.now), \
            count(*) FILTER (WHERE p.before AND p.earlier), \
            count(*) FILTER (WHERE p.before AND p.earlier AND p.now), \
            count(*) FILTER (WHERE p.now AND NOT p.before AND NOT p.earlier), \
            count(*) FILTER (WHERE p.now AND NOT p.before AND p.earlier) \
            FROM (\(giving.givers)) p GROUP BY 1 ORDER BY 1
            """
        ) { row in
            Line(
                part: try row.next(), firstTimeBefore: try row.next(), firstTimeRetained: try row.next(),
                repeatBefore: try row.next(), repeatRetained: try row.next(), new: try row.next(),
                recaptured: try row.next())
        }
        guard lines.isEmpty, split == nil else { return lines }
        return [
            Line(
                part: nil, firstTimeBefore: 0, firstTimeRetained: 0, repeatBefore: 0, repeatRetained: 0, new: 0,
                recaptured: 0)
        ]
    }

    /// The donors that the lines count, by part and id.
    public func rows(_ db: Connection) throws -> [Row] {
        let giving = Giving(year: year, split: split)
        return try db.rows(
            """
            SELECT p.donor, p.part, CASE WHEN p.before AND p.now AND p.earlier THEN 'retained_repeat' \
            WHEN p.before AND p.now THEN 'retained_first_time' WHEN p.before AND p.earlier THEN 'lapsed_repeat' \
            WHEN p.before THEN 'lapsed_first_time' WHEN p.earlier THEN 'recaptured' ELSE 'new' END \
            FROM (\(giving.givers)) p WHERE p.before OR p.now ORDER BY p.part, p.donor
            """
        ) { Row(donor: try $0.next(), part: try $0.next(), standing: try $0.next()) }
    }
}

extension LapsedReport {
    /// Donors by what they gave last and most: a line for each currency they gave in.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func rows(_ db: Connection) throws -> [Row] {
        let giving = Giving(year: year, split: nil)
        let condition: SQL =
            switch kind {
            case .lybunt: "p.before AND NOT p.now"
            case .sybuntStrict: "p.earlier AND NOT p.before AND NOT p.now"
            case .sybuntInclusive: "(p.earlier OR p.before) AND NOT p.now"
            }
        return try withinRange {
            try db.rows(
                """
                SELECT v.donor, i.name, v.currency, v.before::bigint, v.earlier::bigint, \
                (SELECT max(g.tax_date) FROM fundraising.giver w JOIN fundraising.gift g ON g.donor_id = w.donor_id \
                WHERE w.survivor_id = v.donor AND g.live AND g.tax_date < \(year.firstDay) AND g.currency = v.currency \
                AND (SELECT sum(k.gross_minor - k.refunds_minor) FROM fundraising.contribution k \
                WHERE k.gift_id = g.id) > 0) \
                FROM (\(giving.rows)) v JOIN (\(giving.givers)) p ON p.donor = v.donor \
                LEFT JOIN fundraising.donor_identity i ON i.donor_id = v.donor \
                WHERE \(condition) AND (v.before > 0 OR v.earlier > 0) \
                ORDER BY v.currency, v.before DESC, v.earlier DESC, v.donor
                """
            ) { row in
                let donor = try row.next(ID<Donor>.self)
                let name = try row.next(String?.self)
                let currency = try row.next(Currency.self)
                return Row(
                    donor: donor, name: name, before: Money(minor: try row.next(), currency: currency),
                    earlier: Money(minor: try row.next(), currency: currency), lastGift: try row.next())
            }
        }
    }
}
