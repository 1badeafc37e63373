internal import Postgres
internal import Values

/// What each donor gave in a year, in the year before it, and earlier: by tax date, less what went back, each currency
/// for itself, gifts in test mode left out. Merged donors are one.
struct Giving {
    let year: ReportYear
    let split: GiftSplit?

    /// One row for each donor, part and currency: donor (NULL for money nobody's name is on), part, currency, earlier,
    /// before, now (sums in minor units), gifts (charges in the year and the one before).
    var rows: SQL {
        let before = year.previous
        // By donor first, and by who he is now after that: the gifts are many, the donors fewer.
        return """
            SELECT w.survivor_id AS donor, v.part, v.currency, sum(v.earlier) AS earlier, sum(v.before) AS before, \
            sum(v.now) AS now, sum(v.gifts) AS gifts FROM (\
            SELECT g.donor_id, \(split.part) AS part, k.currency, \
            coalesce(sum(k.gross_minor - k.refunds_minor) FILTER (WHERE g.tax_date < \(before.firstDay)), 0) AS earlier, \
            coalesce(sum(k.gross_minor - k.refunds_minor) FILTER (WHERE g.tax_date >= \(before.firstDay) \
            AND g.tax_date < \(year.firstDay)), 0) AS before, \
            coalesce(sum(k.gross_minor - k.refunds_minor) FILTER (WHERE g.tax_date >= \(year.firstDay)), 0) AS now, \
            count(*) FILTER (WHERE k.kind = 'charge' AND g.tax_date >= \(before.firstDay)) AS gifts \
            FROM fundraising.contribution k JOIN fundraising.gift g ON g.id = k.gift_id \
            WHERE g.live AND g.tax_date <= \(year.lastDay) GROUP BY 1, 2, 3) v \
            LEFT JOIN fundraising.giver w ON w.donor_id = v.donor_id GROUP BY 1, 2, 3
            """
    }

    /// One row for each donor and part: donor, part, and whether he gave earlier, before and now, in any currency.
    var givers: SQL {
        """
        SELECT v.donor, v.part, bool_or(v.earlier > 0) AS earlier, bool_or(v.before > 0) AS before, \
        bool_or(v.now > 0) AS now FROM (\(rows)) v WHERE v.donor IS NOT NULL GROUP BY 1, 2
        """
    }
}
