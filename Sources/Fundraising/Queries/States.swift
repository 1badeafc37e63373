public import Postgres
internal import Values

extension StatesReport {
    /// The gifts of the year with their place: part, country, region, donor, id, day, received, currency, net.
    private var gifts: SQL {
        """
        SELECT \(split.part) AS part, p.country, upper(p.region) AS region, w.survivor_id AS donor, t.gift_id AS id, \
        t.tax_date AS day, t.received, t.currency, t.gross_minor - t.refunds_minor AS net FROM \(split.totals) \
        LEFT JOIN fundraising.giver w ON w.donor_id = t.donor_id LEFT JOIN LATERAL (\
        SELECT a.country, a.region FROM fundraising.donor_address a \
        WHERE a.donor_id = t.donor_id OR a.donor_id = w.survivor_id \
        ORDER BY a.starts <= t.tax_date AND coalesce(a.ends > t.tax_date, true) DESC, \
        abs(a.starts - t.tax_date), a.id DESC LIMIT 1) p ON true \
        WHERE t.tax_date BETWEEN \(year.firstDay) AND \(year.lastDay)
        """
    }

    /// By part, currency, country and state; what is unknown last.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT v.part, v.country, v.region, count(DISTINCT v.donor), count(*) FILTER (WHERE v.received), \
                v.currency, sum(v.net)::bigint FROM (\(gifts)) v GROUP BY v.part, v.country, v.region, v.currency \
                ORDER BY v.part, v.currency, v.country NULLS LAST, v.region NULLS LAST
                """
            ) { row in
                let part = try row.next(String?.self)
                let place = Place(country: try row.next(), region: try row.next())
                let (donors, gifts) = (try row.next(Int.self), try row.next(Int.self))
                let currency = try row.next(Currency.self)
                return Line(
                    part: part, place: place, donors: donors, gifts: gifts,
                    net: Money(minor: try row.next(), currency: currency))
            }
        }
    }

    /// The gifts behind the lines.
    public func rows(_ db: Connection) throws -> [Row] {
        try withinRange {
            try db.rows(
                """
                SELECT v.part, v.country, v.region, v.donor, v.id, v.day, v.currency, v.net FROM (\(gifts)) v \
                ORDER BY v.part, v.currency, v.country NULLS LAST, v.region NULLS LAST, v.day, v.id
                """
            ) { row in
                let part = try row.next(String?.self)
                let place = Place(country: try row.next(), region: try row.next())
                let (donor, gift) = (try row.next(ID<Donor>?.self), try row.next(ID<Gift>.self))
                let day = try row.next(LocalDate.self)
                let currency = try row.next(Currency.self)
                return Row(
                    part: part, place: place, donor: donor, gift: gift, taxDate: day,
                    net: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}
