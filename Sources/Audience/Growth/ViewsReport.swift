public import Postgres
public import Values

/// Views, visitors and visits by hour, day, month or year.
public struct ViewsReport: Sendable {
    public struct Line: Hashable, Sendable {
        public let period: Period
        /// How the period reads in its site's zone.
        public let name: String
        public let views: Int
        /// Distinct visitors, estimated; nil for hours and years, and for a period closed before it was counted.
        public let visitors: Int?
        public let visits: Int
        public let bounces: Int
        /// The names of the meters that are authoritative in the period, in order. Visits are counted by our log only.
        public let meters: [String]

        /// Whether visits were counted there at all.
        public var hasVisits: Bool { meters.contains(SiteMeters.log) }
    }

    let granularity: Granularity
    let site: String?
    let from: Period?
    let to: Period?

    /// More lines than this are no report.
    public static let maximumLines = 100_000

    /// - Parameters:
    ///   - site: a host, or nil for all sites together, each in its own zone.
    ///   - from: the first period; the first with data when nil. A longer period means its first part.
    ///   - to: the last period, itself included; the last with data when nil.
    public init(by granularity: Granularity, site: String? = nil, from: Period? = nil, to: Period? = nil) {
        self.granularity = granularity
        self.site = site
        self.from = from
        self.to = to
    }

    private struct Sums {
        var views = 0
        var visits = 0
        var bounces = 0
        var meters: Set<String> = []
        /// Of a day that an imported meter is authoritative for.
        var importedVisitors: Int?
    }

    /// The lines in order of time; periods between the first and the last without data have zeros.
    ///
    /// - Throws: `AudienceError`.
    public func lines(_ db: Connection) throws -> [Line] {
        let sites = try Site.chosen(site, db)
        guard let zone = sites.first?.zone else { return [] }
        let sums = try granularity == .hour ? hourSums(sites, zone, db) : daySums(sites, db)
        let visitors = try visitors(sites, db)
        guard let first = try from.map({ try part($0, first: true, zone) }) ?? sums.keys.min(by: before(zone)),
            let last = try to.map({ try part($0, first: false, zone) }) ?? sums.keys.max(by: before(zone))
        else { return [] }
        var lines: [Line] = []
        var period = first
        let end = last.bounds(in: zone).lowerBound
        while period.bounds(in: zone).lowerBound <= end {
            let sum = sums[period] ?? Sums()
            lines.append(
                Line(
                    period: period, name: period.description, views: sum.views,
                    visitors: sum.meters.isSubset(of: [SiteMeters.log])
                        ? hasVisitors ? visitors[period] ?? (sum.views == 0 ? 0 : nil) : nil
                        // What another meter knows of a day can't be added up, neither to months nor over sites.
                        : granularity == .day && sites.count == 1 ? sum.importedVisitors : nil,
                    visits: sum.visits, bounces: sum.bounces,
                    meters: sum.meters.isEmpty ? [SiteMeters.log] : sum.meters.sorted()))
            guard lines.count <= ViewsReport.maximumLines else {
                throw AudienceError.tooManyPeriods(lines.count, limit: ViewsReport.maximumLines)
            }
            period = period.next(in: zone)
        }
        return lines
    }

    private var hasVisitors: Bool { granularity == .day || granularity == .month }

    private func before(_ zone: Zone) -> (Period, Period) -> Bool {
        { $0.bounds(in: zone).lowerBound < $1.bounds(in: zone).lowerBound }
    }

    /// A given period as one of the report's: the first or last day of a month, when days are reported.
    private func part(_ period: Period, first: Bool, _ zone: Zone) throws -> Period {
        let bounds = period.bounds(in: zone)
        let instant = first ? bounds.lowerBound : bounds.upperBound.adding(seconds: -1)
        return Period(granularity, containing: instant, in: zone)
    }

    /// Only the buckets of the asked stretch are read, and of its first and last period all.
    private func range(_ sites: [Site]) throws -> (Timestamp, Timestamp) {
        let starts = try sites.compactMap { site in
            try from.map { try part($0, first: true, site.zone).bounds(in: site.zone).lowerBound }
        }
        let ends = try sites.compactMap { site in
            try to.map { try part($0, first: false, site.zone).bounds(in: site.zone).upperBound }
        }
        // A bucket may begin up to an hour before a period whose clock change cuts it; none begins before 1970.
        let low = starts.min() ?? Timestamp(seconds: 1)
        return (low, ends.max() ?? Timestamp(seconds: 7_258_118_400))
    }

    private func hourSums(_ sites: [Site], _ zone: Zone, _ db: Connection) throws -> [Period: Sums] {
        let (low, high) = try range(sites)
        var sums: [Period: Sums] = [:]
        try db.forEach(
            """
            SELECT bucket, sum(pv)::bigint, sum(visits)::bigint, sum(bounces)::bigint FROM audience.site_hour
            WHERE site = ANY(\(sites.map(\.id))::integer[]) AND bucket >= \(low) AND bucket < \(high)
            GROUP BY bucket
            """
        ) { row in
            let period = Period(hourStarting: try row.next(), in: zone)
            sums[period, default: Sums()].views += try row.next(Int.self)
            sums[period, default: Sums()].visits += try row.next(Int.self)
            sums[period, default: Sums()].bounces += try row.next(Int.self)
        }
        return sums
    }

    private func daySums(_ sites: [Site], _ db: Connection) throws -> [Period: Sums] {
        let (low, high) = try range(sites)
        var sums: [Period: Sums] = [:]
        for meters in try SiteMeters.load(sites, db) {
            let (site, zone) = (meters.site.id, meters.site.zone)
            // The database groups by local day, where a transaction's zones are; months and years are sums of days.
            try db.forEach(
                """
                SELECT day, sum(pv)::bigint, sum(visits)::bigint, sum(bounces)::bigint FROM (
                    SELECT (bucket AT TIME ZONE \(zone.name))::date AS day, pv, visits, bounces
                    FROM audience.site_hour WHERE site = \(site) AND bucket >= \(low) AND bucket < \(high)
                ) AS hour WHERE day <> ALL (\(meters.importedDays)::date[]) GROUP BY day
                """
            ) { row in
                let period = Period(granularity, containing: try row.next(LocalDate.self))
                sums[period, default: Sums()].views += try row.next(Int.self)
                sums[period, default: Sums()].visits += try row.next(Int.self)
                sums[period, default: Sums()].bounces += try row.next(Int.self)
                sums[period, default: Sums()].meters.insert(SiteMeters.log)
            }
            for day in meters.imported where (low..<high).contains(zone.startOfDay(day.day)) {
                let period = Period(granularity, containing: day.day)
                sums[period, default: Sums()].views += day.views
                sums[period, default: Sums()].meters.insert(day.meter)
                sums[period, default: Sums()].importedVisitors = day.visitors
            }
        }
        return sums
    }

    private func visitors(_ sites: [Site], _ db: Connection) throws -> [Period: Int] {
        guard hasVisitors else { return [:] }
        var sketches: [Period: Sketch] = [:]
        let kind = granularity == .day ? SaltSource.Kind.day : .month
        try db.forEach(
            """
            SELECT period, sketch FROM audience.uniq_delta
            WHERE site = ANY(\(sites.map(\.id))::integer[]) AND kind = \(kind)::"char"
            UNION ALL SELECT day, sketch FROM audience.uniq_day
            WHERE site = ANY(\(sites.map(\.id))::integer[]) AND \(kind == .day)
            UNION ALL SELECT month, sketch FROM audience.uniq_month
            WHERE site = ANY(\(sites.map(\.id))::integer[]) AND \(kind == .month)
            """
        ) { row in
            let period = Period(granularity, containing: try row.next(LocalDate.self))
            do {
                sketches[period, default: Sketch()].merge(try Sketch(bytes: try row.next([UInt8].self)))
            } catch is Sketch.Malformed {
                throw AudienceError.damagedState("sketch of \(period)")
            }
        }
        return sketches.mapValues(\.estimate)
    }
}
