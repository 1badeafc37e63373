internal import Postgres
internal import Values

/// What each donor gave in a year, in the year before it, and earlier: by tax date, less what went back, each currency
/// for itself, gifts in test mode left out. Merged donors are one.
struct Giving {
    let year: ReportYear
    let split: GiftSplit?

    /// One row for each donor, part and currency: donor (NULL for money nobody's name is on), part, currency, earlier,
    /// before, now (sums in minor units), gifts (charges in the year and the one before), last (tax date of the last
    /// gift before the year of which something is left).
    var rows: SQL {
        let before = year.previous
        // By donor first, in the order of the index, and by who he is now after that: the gifts are many, the donors
        // fewer, the merged ones few.
        return """
            SELECT coalesce(a.survivor_id, v.donor_id) AS donor, v.part, v.currency, sum(v.earlier) AS earlier, \
            sum(v.before) AS before, sum(v.now) AS now, sum(v.gifts) AS gifts, max(v.last) AS last FROM (\
            SELECT t.donor_id, \(split.part) AS part, t.currency, \
            coalesce(sum(t.gross_minor - t.refunds_minor) FILTER (WHERE t.tax_date < \(before.firstDay)), 0) AS earlier, \
            coalesce(sum(t.gross_minor - t.refunds_minor) FILTER (WHERE t.tax_date >= \(before.firstDay) \
            AND t.tax_date < \(year.firstDay)), 0) AS before, \
            coalesce(sum(t.gross_minor - t.refunds_minor) FILTER (WHERE t.tax_date >= \(year.firstDay)), 0) AS now, \
            count(*) FILTER (WHERE t.received AND t.tax_date >= \(before.firstDay)) AS gifts, \
            max(t.tax_date) FILTER (WHERE t.tax_date < \(year.firstDay) AND t.gross_minor > t.refunds_minor) AS last \
            FROM \(split.totals) WHERE t.tax_date <= \(year.lastDay) GROUP BY 1, 2, 3) v \
            LEFT JOIN fundraising.absorbed a ON a.donor_id = v.donor_id GROUP BY 1, 2, 3
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
