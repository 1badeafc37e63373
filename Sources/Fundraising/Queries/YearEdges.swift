public import Postgres
public import Values

extension YearToDateReport {
    private var gifts: SQL {
        """
        SELECT t.gift_id AS id, \(split.part) AS part, t.tax_date AS day, t.currency, \
        t.tax_date >= \(year.firstDay) AS is_now, t.gross_minor - t.refunds_minor AS net, t.received AS came \
        FROM \(split.totals) WHERE t.tax_date BETWEEN \(year.firstDay) AND \(day) \
        OR t.tax_date BETWEEN \(year.previous.firstDay) AND \(dayBefore)
        """
    }

    /// By part and currency.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try withinRange {
            try db.rows(
                """
                SELECT v.part, v.currency, count(*) FILTER (WHERE v.is_now AND v.came), \
                count(*) FILTER (WHERE NOT v.is_now AND v.came), \
                coalesce(sum(v.net) FILTER (WHERE v.is_now), 0)::bigint, \
                coalesce(sum(v.net) FILTER (WHERE NOT v.is_now), 0)::bigint, \
                sum(CASE WHEN v.is_now THEN v.net ELSE -v.net END)::bigint \
                FROM (\(gifts)) v GROUP BY 1, 2 ORDER BY 1, 2
                """
            ) { row in
                let part = try row.next(String?.self)
                let currency = try row.next(Currency.self)
                return Line(
                    part: part, gifts: try row.next(), giftsBefore: try row.next(),
                    now: Money(minor: try row.next(), currency: currency),
                    before: Money(minor: try row.next(), currency: currency),
                    change: Money(minor: try row.next(), currency: currency))
            }
        }
    }

    /// The gifts behind the lines, by part, currency and day.
    public func rows(_ db: Connection) throws -> [Row] {
        try withinRange {
            try db.rows(
                """
                SELECT v.id, v.part, v.day, v.is_now, v.currency, v.net::bigint FROM (\(gifts)) v \
                ORDER BY v.part, v.currency, v.day, v.id
                """
            ) { row in
                let (gift, part) = (try row.next(ID<Gift>.self), try row.next(String?.self))
                let (day, isNow) = (try row.next(LocalDate.self), try row.next(Bool.self))
                let currency = try row.next(Currency.self)
                return Row(
                    gift: gift, part: part, taxDate: day, isOfThisYear: isNow,
                    net: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}

extension MidnightReport {
    /// By the time they were given.
    public func rows(_ db: Connection, in zone: Zone) throws -> [Row] {
        let edges = try [year, year + 1].map { zone.startOfDay(try LocalDate(year: $0, month: 1, day: 1)) }
        let reach = Int64(Self.hours * 3_600)
        return try edges.flatMap { edge in
            try db.rows(
                """
                SELECT g.id, g.kind, g.given_at, g.tax_date, g.currency, m.net_minor FROM fundraising.gift g \
                JOIN fundraising.gift_money m ON m.gift_id = g.id \
                WHERE g.live AND g.given_at >= \(edge.adding(seconds: -reach)) \
                AND g.given_at < \(edge.adding(seconds: reach)) ORDER BY g.given_at, g.id
                """
            ) { row in
                let (gift, kind) = (try row.next(ID<Gift>.self), try row.next(Gift.Kind.self))
                let (given, taxDate) = (try row.next(Timestamp.self), try row.next(LocalDate.self))
                let currency = try row.next(Currency.self)
                return Row(
                    gift: gift, kind: kind, givenAt: given, taxDate: taxDate, byClock: zone.date(at: given),
                    seconds: given.seconds - edge.seconds, net: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}
