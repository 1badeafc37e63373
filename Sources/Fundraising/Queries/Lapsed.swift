public import Postgres
internal import Values

extension LapsedReport {
    /// Those who lapsed: part, donor, currency, before, earlier, last. In one pass: whether somebody gave in a currency
    /// that he gives no more is asked of the same rows.
    private var lapsed: SQL {
        let condition: SQL =
            switch kind {
            case .lybunt: "v.gave_before AND NOT v.gives_now"
            case .sybuntStrict: "v.gave_earlier AND NOT v.gave_before AND NOT v.gives_now"
            case .sybuntInclusive: "(v.gave_earlier OR v.gave_before) AND NOT v.gives_now"
            }
        return """
            SELECT v.part, v.donor, v.currency, v.before, v.earlier, v.last FROM (SELECT r.*, \
            bool_or(r.earlier > 0) OVER w AS gave_earlier, bool_or(r.before > 0) OVER w AS gave_before, \
            bool_or(r.now > 0) OVER w AS gives_now FROM (\(Giving(year: year, split: split).rows)) r \
            WHERE r.donor IS NOT NULL WINDOW w AS (PARTITION BY r.donor, r.part)) v \
            WHERE \(condition) AND (v.before > 0 OR v.earlier > 0)
            """
    }

    /// Donors by what they gave last and most: a line for each currency they gave in.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT l.part, l.donor, i.name, l.currency, l.before::bigint, l.earlier::bigint, l.last \
                FROM (\(lapsed)) l LEFT JOIN fundraising.donor_identity i ON i.donor_id = l.donor \
                ORDER BY l.part, l.currency, l.before DESC, l.earlier DESC, l.donor
                """
            ) { row in
                let part = try row.next(String?.self)
                let donor = try row.next(ID<Donor>.self)
                let name = try row.next(String?.self)
                let currency = try row.next(Currency.self)
                return Line(
                    part: part, donor: donor, name: name, before: Money(minor: try row.next(), currency: currency),
                    earlier: Money(minor: try row.next(), currency: currency), lastGift: try row.next())
            }
        }
    }

    /// The gifts behind the lines, by part, currency, donor and day: they add up to what a donor gave before and earlier.
    public func rows(_ db: Connection) throws -> [Row] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT l.part, l.donor, t.gift_id, t.tax_date, t.currency, t.gross_minor - t.refunds_minor \
                FROM (\(lapsed)) l JOIN (SELECT coalesce(a.survivor_id, t.donor_id) AS donor, \(split.part) AS part, \
                t.gift_id, t.tax_date, t.currency, t.gross_minor, t.refunds_minor FROM \(split.totals) \
                LEFT JOIN fundraising.absorbed a ON a.donor_id = t.donor_id WHERE t.tax_date < \(year.firstDay)) t \
                ON t.donor = l.donor AND t.currency = l.currency AND t.part IS NOT DISTINCT FROM l.part \
                ORDER BY l.part, t.currency, l.donor, t.tax_date, t.gift_id
                """
            ) { row in
                let (part, donor) = (try row.next(String?.self), try row.next(ID<Donor>.self))
                let (gift, day) = (try row.next(ID<Gift>.self), try row.next(LocalDate.self))
                let currency = try row.next(Currency.self)
                return Row(
                    part: part, donor: donor, gift: gift, taxDate: day,
                    net: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}
