public import Postgres
internal import Values

extension GainLossReport {
    private var standings: SQL {
        """
        SELECT v.*, CASE WHEN v.donor IS NULL THEN 'unknown' WHEN v.now > 0 AND v.before > 0 THEN \
        CASE WHEN v.now > v.before THEN 'upgraded' WHEN v.now < v.before THEN 'downgraded' ELSE 'same' END \
        WHEN v.now > 0 AND v.earlier > 0 THEN 'recaptured' WHEN v.now > 0 THEN 'new' \
        WHEN v.before > 0 THEN 'lapsed' ELSE 'neither' END AS standing \
        FROM (\(Giving(year: year, split: split).rows)) v
        """
    }

    /// By part and currency; the lines of each in the order of ``Standing``.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func totals(_ db: Connection) throws -> [Total] {
        try db.prepareForReport()
        let lines = try withinRange {
            try db.rows(
                """
                SELECT s.part, s.standing, s.currency, count(*), sum(s.gifts)::bigint, sum(s.before)::bigint, \
                sum(s.now)::bigint, sum(s.now - s.before)::bigint, sum(least(s.now, s.before))::bigint \
                FROM (\(standings)) s WHERE s.before <> 0 OR s.now <> 0 GROUP BY 1, 2, 3 ORDER BY 1, 3
                """
            ) { try Line(&$0) }
        }
        var totals: [Total] = []
        var rest = lines[...]
        while let first = rest.first {
            let own = rest.prefix { $0.part == first.part && $0.before.currency == first.before.currency }
            rest = rest.dropFirst(own.count)
            let ordered = Standing.allCases.flatMap { standing in own.filter { $0.standing == standing } }
            do {
                totals.append(try Total(ordered, Money(minor: 0, currency: first.before.currency)))
            } catch { throw FundraisingError.totalTooLarge }
        }
        return totals
    }

    /// The donors behind the lines, by part, currency and standing.
    public func rows(_ db: Connection) throws -> [Row] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT s.donor, s.part, s.standing, s.currency, s.before::bigint, s.now::bigint, \
                (s.now - s.before)::bigint FROM (\(standings)) s WHERE s.before <> 0 OR s.now <> 0 \
                ORDER BY s.part, s.currency, s.standing, s.now - s.before DESC, s.donor
                """
            ) { row in
                let (donor, part) = (try row.next(ID<Donor>?.self), try row.next(String?.self))
                let standing = try row.next(Standing.self)
                let currency = try row.next(Currency.self)
                return Row(
                    donor: donor, part: part, standing: standing,
                    before: Money(minor: try row.next(), currency: currency),
                    now: Money(minor: try row.next(), currency: currency),
                    change: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}

extension GainLossReport.Line {
    init(_ row: inout Row) throws {
        part = try row.next()
        standing = try row.next()
        let currency = try row.next(Currency.self)
        donors = try row.next()
        gifts = try row.next()
        before = Money(minor: try row.next(), currency: currency)
        now = Money(minor: try row.next(), currency: currency)
        change = Money(minor: try row.next(), currency: currency)
        capped = try row.next()
    }
}
