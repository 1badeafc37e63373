public import Postgres
internal import Values

/// Gifts with what is left of them: id, donor_id, part, day, currency, net; only those of which something is.
private func leftOf(_ split: GiftSplit?, _ days: SQL) -> SQL {
    """
    SELECT t.gift_id AS id, t.donor_id, \(split.part) AS part, t.tax_date AS day, t.currency, \
    t.gross_minor - t.refunds_minor AS net FROM \(split.totals) \
    WHERE \(days) AND t.gross_minor > t.refunds_minor
    """
}

extension AverageReport {
    private var gifts: SQL { leftOf(split, "t.tax_date BETWEEN \(year.firstDay) AND \(year.lastDay)") }

    /// By part and currency.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try db.prepareForReport()
        return try withinRange {
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
    /// The gifts that count, each with who its donor is now.
    private var gifts: SQL {
        """
        SELECT coalesce(a.survivor_id, v.donor_id) AS donor, v.part, v.id, v.day, v.currency, v.net \
        FROM (\(leftOf(split, "t.tax_date <= \(day) AND t.donor_id IS NOT NULL"))) v \
        LEFT JOIN fundraising.absorbed a ON a.donor_id = v.donor_id
        """
    }

    /// By part, currency and donor.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT r.part, r.donor, i.name, \(day)::date - r.last, r.gifts, r.currency, r.net::bigint FROM (\
                SELECT v.part, v.donor, v.currency, max(v.day) AS last, count(*) AS gifts, sum(v.net) AS net \
                FROM (\(gifts)) v GROUP BY 1, 2, 3) r \
                LEFT JOIN fundraising.donor_identity i ON i.donor_id = r.donor ORDER BY r.part, r.currency, r.donor
                """
            ) { row in
                let part = try row.next(String?.self)
                let (donor, name) = (try row.next(ID<Donor>.self), try row.next(String?.self))
                let (days, gifts) = (try row.next(Int.self), try row.next(Int.self))
                let currency = try row.next(Currency.self)
                return Line(
                    part: part, donor: donor, name: name, recencyDays: days, frequency: gifts,
                    net: Money(minor: try row.next(), currency: currency))
            }
        }
    }

    /// The gifts behind the lines, by part, currency, donor and day.
    public func rows(_ db: Connection) throws -> [Row] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT v.part, v.donor, v.id, v.day, v.currency, v.net FROM (\(gifts)) v \
                ORDER BY v.part, v.currency, v.donor, v.day, v.id
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
