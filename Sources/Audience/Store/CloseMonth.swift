public import Access
internal import Journal
public import Postgres
public import Values

/// Closes a month: its figures can be given out, and whatever changes them later raises its revision.
///
/// Closing merges the month's sketches and, two days after its end, forgets the secrets by which its visitors were told
/// apart, once it is closed for every site that has lines of it. Closing it again does what is left to do.
public struct CloseMonth {
    let month: Period
    let site: String?
    let actor: Actor

    /// - Parameter site: a host; all sites with lines of that month when nil.
    public init(_ month: Period, site: String? = nil, by actor: Actor) {
        self.month = month
        self.site = site
        self.actor = actor
    }

    /// - Returns: the month as it stands, by site.
    /// - Throws: `AccessError.notPermitted`; `AudienceError`: `unknownSite`, `periodGranularity`, `futurePeriod` when it
    ///   isn't over, `nothingCounted` when no site has lines of it.
    public func perform(_ db: Connection) throws -> [MonthClose] {
        try actor.require(.viewsManage)
        guard month.granularity == .month else {
            throw AudienceError.periodGranularity(period: month.description, wanted: Granularity.month.rawValue)
        }
        let first = month.firstDay
        let sites = try counted(among: try Site.chosen(site, db).flatMap(\.meters), db)
        guard !sites.isEmpty else { throw AudienceError.nothingCounted(month.description) }
        try requireOver(sites, db)
        try lockImporters(sites, db)
        let closed = try db.rows(
            """
            INSERT INTO audience.month_close (site, month)
            SELECT site, \(first) FROM unnest(\(sites.map(\.id))::integer[]) AS site ORDER BY site
            ON CONFLICT ON CONSTRAINT month_close_pkey DO NOTHING RETURNING site
            """
        ) { try $0.next(Int.self) }
        try foldCells(sites, db)
        try mergeSketches(sites, db)
        if try isClosedEverywhere(db) { try ForgetSalts(.month(first)).perform(db) }
        for site in sites where closed.contains(site.id) {
            try Audit.append(
                db, Subject(.site, Int64(site.id)), "views.closed", by: actor.origin,
                facts: ["month": .string(month.description)])
        }
        let hosts = Set(sites.map(\.host))
        return try MonthClose.all(site: site, db).filter { $0.month == month && hosts.contains($0.host) }
    }

    private func counted(among sites: [Site], _ db: Connection) throws -> [Site] {
        try sites.filter { site in
            let bounds = month.bounds(in: site.zone)
            return try db.one(
                """
                SELECT EXISTS (SELECT FROM audience.line_hour WHERE site = \(site.id)
                               AND bucket >= \(bounds.lowerBound) AND bucket < \(bounds.upperBound))
                """
            ) { try $0.next(Bool.self) }
        }
    }

    private func requireOver(_ sites: [Site], _ db: Connection) throws {
        let ends = sites.map { month.bounds(in: $0.zone).upperBound }
        let isOver = try db.one("SELECT coalesce(max(e) <= now(), true) FROM unnest(\(ends)::timestamptz[]) AS e") {
            try $0.next(Bool.self)
        }
        guard isOver else { throw AudienceError.futurePeriod(month.description) }
    }

    /// The lock that importers of a site take: once it is ours, no import is half-way into this month.
    private func lockImporters(_ sites: [Site], _ db: Connection) throws {
        _ = try db.rows(
            """
            SELECT site FROM audience.open_visits WHERE stream = 0 AND site = ANY(\(sites.map(\.id))::integer[])
            ORDER BY site FOR UPDATE
            """
        ) { try $0.next(Int.self) }
    }

    /// One row a cell, and the month's sums.
    private func foldCells(_ sites: [Site], _ db: Connection) throws {
        for site in sites {
            let bounds = month.bounds(in: site.zone)
            try db.run("SELECT audience.fold_hours(\(bounds.lowerBound), \(bounds.upperBound))")
            try FoldMonths(site: site.host).perform(db)
        }
    }

    /// Days before months, as whoever forgets secrets locks them.
    private func mergeSketches(_ sites: [Site], _ db: Connection) throws {
        var day = month.firstDay
        while day <= month.lastDay {
            for site in sites { try MergeSketches(kind: .day, period: day, site: site.id).perform(db) }
            day = day.adding(days: 1)
        }
        for site in sites { try MergeSketches(kind: .month, period: month.firstDay, site: site.id).perform(db) }
    }

    /// Whether no other site has lines of this month that may still go on.
    private func isClosedEverywhere(_ db: Connection) throws -> Bool {
        let open = try counted(among: try Site.all(db).flatMap(\.meters), db)
        let closed = try db.rows("SELECT site FROM audience.month_close WHERE month = \(month.firstDay)") {
            try $0.next(Int.self)
        }
        return open.allSatisfy { closed.contains($0.id) }
    }
}
