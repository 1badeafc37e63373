public import Postgres
public import Values

/// Who is reading now, as far as it is counted: by site and meter, at the last view that was.
public struct RealtimeReport: Sendable {
    public struct Line: Sendable {
        public let site: String
        /// `log` or `beacon`.
        public let meter: String
        /// The last view that was counted. Everything else is told of this instant.
        public let countedUntil: Timestamp
        /// Visits with a view in the five and in the thirty minutes before.
        public let reading: Int
        public let visits: Int
        /// Of the local hour that was going on, so far, and of the one before it.
        public let thisHour: Int
        public let hourBefore: Int
    }

    let site: String?

    public init(site: String? = nil) { self.site = site }

    /// - Throws: `AudienceError.unknownSite`, `damagedState`.
    public func lines(_ db: Connection) throws -> [Line] {
        try Site.chosen(site, db).flatMap { site in try site.meters.compactMap { try line($0, db) } }
    }

    private func line(_ site: Site, _ db: Connection) throws -> Line? {
        let stored = try db.row(
            "SELECT watermark, visits FROM audience.open_visits WHERE site = \(site.id) AND stream = 0"
        ) { (try $0.next(Timestamp.self), try $0.next([UInt8].self)) }
        guard let (watermark, bytes) = stored, !bytes.isEmpty else { return nil }
        var book = VisitBook()
        let open: OpenVisits
        do {
            open = try OpenVisits(watermark: watermark.seconds, bytes: bytes, site: UInt32(site.id), &book)
        } catch {
            throw AudienceError.damagedState("open visits of site \(site.id)")
        }
        let hour = Period(.hour, containing: watermark, in: site.zone).bounds(in: site.zone)
        let before = Period(.hour, containing: hour.lowerBound.adding(seconds: -1), in: site.zone).bounds(in: site.zone)
        let views = try db.one(
            """
            SELECT coalesce(sum(pv) FILTER (WHERE bucket >= \(hour.lowerBound)), 0)::bigint,
                coalesce(sum(pv) FILTER (WHERE bucket < \(hour.lowerBound)), 0)::bigint,
                (SELECT meter FROM audience.site WHERE id = \(site.id))
            FROM audience.site_hour
            WHERE site = \(site.id) AND bucket >= \(before.lowerBound) AND bucket < \(hour.upperBound)
            """
        ) { (try $0.next(Int.self), try $0.next(Int.self), try $0.next(String.self)) }
        return Line(
            site: site.host, meter: views.2, countedUntil: watermark,
            reading: open.visits.count { $0.last > watermark.seconds - 300 },
            visits: open.visits.count { $0.last > watermark.seconds - 1_800 }, thisHour: views.0, hourBefore: views.1)
    }
}
