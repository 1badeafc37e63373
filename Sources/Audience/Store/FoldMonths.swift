public import Postgres
public import Values

/// Sums up by content what was viewed in each month, up to the hour that is going on, and makes one row of each cell of
/// the hours that are over. Doing it again does what has come since.
public struct FoldMonths: Sendable {
    let now: Timestamp?
    let site: String?

    /// - Parameters:
    ///   - site: a host; all sites when nil.
    ///   - now: the database's clock when nil.
    public init(site: String? = nil, now: Timestamp? = nil) {
        self.site = site
        self.now = now
    }

    /// - Returns: how many months were added to.
    /// - Throws: `AudienceError.unknownSite`.
    @discardableResult public func perform(_ db: Connection) throws -> Int {
        let now = try now ?? db.one("SELECT now()") { try $0.next(Timestamp.self) }
        // An hour that is going on would be folded again and again.
        let end = Timestamp(seconds: now.seconds - now.seconds % 3_600)
        // In the order in which importers lock them.
        return try Site.chosen(site, db).flatMap(\.meters).sorted { $0.id < $1.id }.reduce(0) {
            try $0 + fold($1, before: end, db)
        }
    }

    private func fold(_ site: Site, before end: Timestamp, _ db: Connection) throws -> Int {
        let spans = try db.row(
            "SELECT min(bucket), max(bucket) FROM audience.site_hour WHERE site = \(site.id)"
        ) { (try $0.next(Timestamp?.self), try $0.next(Timestamp?.self)) }
        guard let first = spans?.0, let last = spans?.1 else { return 0 }
        // Nobody appends to the site until this is committed.
        try db.run("SELECT FROM audience.open_visits WHERE site = \(site.id) AND stream = 0 FOR UPDATE")
        let folded = try MonthFold.all(of: [site.id], db)
        var count = 0
        var month = Period(.month, containing: site.zone.date(at: first))
        while month.bounds(in: site.zone).lowerBound <= last {
            let bounds = month.bounds(in: site.zone)
            let from = folded[MonthFold.Key(site: site.id, month: month.firstDay)] ?? bounds.lowerBound
            let until = min(bounds.upperBound, end)
            if from < until {
                try fold(site, month.firstDay, from..<until, db)
                count += 1
            }
            month = Period(.month, containing: month.firstDay.adding(months: 1))
        }
        return count
    }

    private func fold(_ site: Site, _ month: LocalDate, _ hours: Range<Timestamp>, _ db: Connection) throws {
        try db.run("SELECT audience.fold_hours(\(hours.lowerBound), \(hours.upperBound))")
        try db.run(
            """
            INSERT INTO audience.month_fold (site, month, until) VALUES (\(site.id), \(month), \(hours.upperBound))
            ON CONFLICT ON CONSTRAINT month_fold_pkey DO UPDATE SET until = excluded.until
            """)
        try db.run(
            """
            INSERT INTO audience.pv_month AS m (site, month, content, pv)
            SELECT site, \(month), content, sum(pv)::bigint FROM audience.pv_hour
            WHERE site = \(site.id) AND class = 0 AND bucket >= \(hours.lowerBound) AND bucket < \(hours.upperBound)
            GROUP BY site, content HAVING sum(pv) > 0
            ON CONFLICT ON CONSTRAINT pv_month_pkey DO UPDATE SET pv = m.pv + excluded.pv
            """)
    }
}
