public import Postgres
internal import Values

extension MajorDonorsReport {
    /// The gifts of the year that count, of which something is left: donor, id, day, currency, net, unit (minor units
    /// in one of the currency).
    private var gifts: SQL {
        """
        SELECT coalesce(a.survivor_id, t.donor_id) AS donor, t.gift_id AS id, t.tax_date AS day, t.currency, \
        t.gross_minor - t.refunds_minor AS net, 10::numeric ^ c.exponent AS unit FROM fundraising.gift_total t \
        JOIN fundraising.currency c ON c.code = t.currency \
        LEFT JOIN fundraising.absorbed a ON a.donor_id = t.donor_id \
        WHERE t.tax_date BETWEEN \(year.firstDay) AND \(year.lastDay) AND t.donor_id IS NOT NULL \
        AND t.gross_minor > t.refunds_minor \
        AND t.gross_minor - t.refunds_minor >= \(smallestGift) * 10::numeric ^ c.exponent
        """
    }

    /// donor, currency, gifts, net, total.
    private var donors: SQL {
        """
        SELECT v.donor, v.currency, count(*) AS gifts, sum(v.net) AS net, s.total FROM (\(gifts)) v \
        JOIN (SELECT t.currency, sum(t.gross_minor - t.refunds_minor) AS total FROM fundraising.gift_total t \
        WHERE t.tax_date BETWEEN \(year.firstDay) AND \(year.lastDay) GROUP BY 1) s ON s.currency = v.currency \
        GROUP BY v.donor, v.currency, s.total \
        HAVING sum(v.net) >= \(least) * max(v.unit) AND 100 * sum(v.net) >= \(Self.percent) * s.total
        """
    }

    /// By currency, the most first.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT m.donor, i.name, m.gifts, m.currency, m.net::bigint, m.total::bigint FROM (\(donors)) m \
                LEFT JOIN fundraising.donor_identity i ON i.donor_id = m.donor ORDER BY m.currency, m.net DESC, m.donor
                """
            ) { row in
                let (donor, name) = (try row.next(ID<Donor>.self), try row.next(String?.self))
                let gifts = try row.next(Int.self)
                let currency = try row.next(Currency.self)
                return Line(
                    donor: donor, name: name, gifts: gifts, net: Money(minor: try row.next(), currency: currency),
                    total: Money(minor: try row.next(), currency: currency))
            }
        }
    }

    /// The gifts behind the lines, by currency, donor and day.
    public func rows(_ db: Connection) throws -> [Row] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT v.donor, v.id, v.day, v.currency, v.net FROM (\(gifts)) v \
                JOIN (\(donors)) m ON m.donor = v.donor AND m.currency = v.currency \
                ORDER BY v.currency, v.donor, v.day, v.id
                """
            ) { row in
                let (donor, gift) = (try row.next(ID<Donor>.self), try row.next(ID<Gift>.self))
                let day = try row.next(LocalDate.self)
                let currency = try row.next(Currency.self)
                return Row(
                    donor: donor, gift: gift, taxDate: day, net: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}
