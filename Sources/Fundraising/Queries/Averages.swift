public import Postgres
internal import Values

/// Gifts with what is left of them: id, donor, part, day, currency, net; only those of which something is.
private func leftOf(_ split: GiftSplit?, _ days: SQL) -> SQL {
    """
    SELECT g.id, g.donor_id, \(split.part) AS part, g.tax_date AS day, g.currency, \
    sum(k.gross_minor - k.refunds_minor) AS net FROM fundraising.gift g \
    JOIN fundraising.contribution k ON k.gift_id = g.id \
    WHERE g.live AND \(days) GROUP BY g.id HAVING sum(k.gross_minor - k.refunds_minor) > 0
    """
}

extension AverageReport {
    private var gifts: SQL { leftOf(split, "g.tax_date BETWEEN \(year.firstDay) AND \(year.lastDay)") }

    /// By part and currency.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try withinRange {
            // The two in the middle, from either side; of an odd number both are the same.
            try db.rows(
                """
                SELECT v.part, v.currency, count(*), sum(v.net)::bigint, \
                percentile_disc(0.5) WITHIN GROUP (ORDER BY v.net)::bigint, \
                percentile_disc(0.5) WITHIN GROUP (ORDER BY v.net DESC)::bigint \
                FROM (\(gifts)) v GROUP BY 1, 2 ORDER BY 1, 2
                """
            ) { row in
                let part = try row.next(String?.self)
                let currency = try row.next(Currency.self)
                let count = try row.next(Int.self)
                let sum = try row.next(Int64.self)
                let (low, high) = (try row.next(Int64.self), try row.next(Int64.self))
                return Line(
                    part: part, currency: currency, gifts: count, net: Money(minor: sum, currency: currency),
                    average: Ratio(Int128(sum), of: Int128(count)), median: Ratio(Int128(low) + Int128(high), of: 2))
            }
        }
    }

    /// The gifts behind the lines, by part, currency and day.
    public func rows(_ db: Connection) throws -> [Row] {
        try withinRange {
            try db.rows(
                """
                SELECT v.id, v.part, v.day, v.currency, v.net::bigint FROM (\(gifts)) v \
                ORDER BY v.part, v.currency, v.day, v.id
                """
            ) { row in
                let (gift, part) = (try row.next(ID<Gift>.self), try row.next(String?.self))
                let day = try row.next(LocalDate.self)
                let currency = try row.next(Currency.self)
                return Row(gift: gift, part: part, taxDate: day, net: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}

extension RecencyReport {
    /// By currency and donor.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func rows(_ db: Connection) throws -> [Row] {
        try withinRange {
            try db.rows(
                """
                SELECT r.donor, i.name, \(day)::date - r.last, r.gifts, r.currency, r.net::bigint FROM (\
                SELECT w.survivor_id AS donor, v.currency, max(v.day) AS last, count(*) AS gifts, sum(v.net) AS net \
                FROM (\(leftOf(nil, "g.tax_date <= \(day)"))) v \
                JOIN fundraising.giver w ON w.donor_id = v.donor_id GROUP BY 1, 2) r \
                LEFT JOIN fundraising.donor_identity i ON i.donor_id = r.donor ORDER BY r.currency, r.donor
                """
            ) { row in
                let (donor, name) = (try row.next(ID<Donor>.self), try row.next(String?.self))
                let (days, gifts) = (try row.next(Int.self), try row.next(Int.self))
                let currency = try row.next(Currency.self)
                return Row(
                    donor: donor, name: name, recencyDays: days, frequency: gifts,
                    net: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}
