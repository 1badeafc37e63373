public import Postgres
public import Values

/// One way in which a site was counted: our beacon, our log, or a meter whose history was imported.
public struct Meter: Hashable, Sendable {
    public let site: String
    public let name: String
    /// `beacon`, `log`, or the format of what was imported.
    public let kind: String
    /// Days that it counted; of our own, days with a line or a beacon.
    public let days: Int
    public let firstDay: LocalDate?
    public let lastDay: LocalDate?
    public let views: Int
    /// Days for which it is the authoritative one.
    public let authoritativeDays: Int

    /// All meters, by site and in the order in which one yields to another.
    public static func all(site: String?, _ db: Connection) throws -> [Meter] {
        try SiteMeters.load(try Site.chosen(site, db), db).flatMap { meters in
            let beacon = try meters.site.beacon.flatMap { try own(SiteMeters.beacon, $0, meters, db) }
            let log = try own(SiteMeters.log, meters.site.id, meters, db)
            return [beacon, log].compactMap { $0 } + (try imported(meters, db))
        }
    }

    private static func own(_ name: String, _ id: Int, _ meters: SiteMeters, _ db: Connection) throws -> Meter? {
        let days = try db.rows(
            """
            SELECT (bucket AT TIME ZONE \(meters.site.zone.name))::date AS day, sum(pv)::bigint FROM audience.site_hour
            WHERE site = \(id) GROUP BY day ORDER BY day
            """
        ) { (day: try $0.next(LocalDate.self), views: try $0.next(Int.self)) }
        guard let first = days.first, let last = days.last else { return nil }
        let taken = Set(meters.importedDays)
        func counts(_ day: LocalDate) -> Bool {
            let isBeacon = meters.beaconRuns.contains { $0.contains(day) }
            return !taken.contains(day) && isBeacon == (name == SiteMeters.beacon)
        }
        return Meter(
            site: meters.site.host, name: name, kind: name, days: days.count, firstDay: first.day,
            lastDay: last.day, views: days.reduce(0) { $0 + $1.views },
            authoritativeDays: days.count { counts($0.day) })
    }

    private static func imported(_ meters: SiteMeters, _ db: Connection) throws -> [Meter] {
        try db.rows(
            """
            SELECT m.name, m.format, count(d.day), min(d.day), max(d.day), coalesce(sum(d.pv), 0)::bigint
            FROM audience.meter m LEFT JOIN audience.history_day d ON d.meter = m.id
            WHERE m.site = \(meters.site.id) GROUP BY m.id ORDER BY m.id
            """
        ) { row in
            let name = try row.next(String.self)
            return Meter(
                site: meters.site.host, name: name, kind: try row.next(), days: try row.next(),
                firstDay: try row.next(LocalDate?.self), lastDay: try row.next(LocalDate?.self),
                views: try row.next(), authoritativeDays: meters.imported.count { $0.meter == name })
        }
    }
}

/// How much of what one meter counted another counted too, on the days on which both did.
public struct Completeness: Hashable, Sendable {
    public let site: String
    public let meter: String
    public let against: String
    public let days: Int
    public let views: Int
    public let others: Int

    /// `0.8421`; nil where there is nothing to divide by.
    public var ratio: String? { others > 0 ? Factor(numerator: views, denominator: others).text : nil }
    /// Whether both ran side by side for long enough to estimate one by the other.
    public var isEnough: Bool { days >= SiteMeters.fewestCommonDays }

    /// Every pair of meters that have a day in common, by site.
    public static func all(
        site: String?, from: Period? = nil, to: Period? = nil, _ db: Connection
    ) throws -> [Completeness] {
        try SiteMeters.load(try Site.chosen(site, db), db).flatMap { meters -> [Completeness] in
            let names = meters.names
            let low = from?.firstDay ?? LocalDate(daysSince1970: 0)
            let high = max(low, to?.lastDay.adding(days: 1) ?? LocalDate(daysSince1970: 84_000))
            return names.indices.flatMap { index in
                names[(index + 1)...].compactMap { other in
                    let sums = meters.sideBySide(names[index], other, within: low..<high)
                    guard sums.days > 0 else { return nil }
                    return Completeness(
                        site: meters.site.host, meter: names[index], against: other, days: sums.days,
                        views: sums.views, others: sums.others)
                }
            }
        }
    }
}
