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
        /// What only the beacon counts; nil where it isn't authoritative.
        public let reading: Reading?
        /// The names of the meters that are authoritative in the period, in order. Visits are counted by our own only.
        public let meters: [String]

        /// Whether visits were counted there at all.
        public var hasVisits: Bool { !Set(meters).isDisjoint(with: [SiteMeters.log, SiteMeters.beacon]) }
    }

    /// How pages were read.
    public struct Reading: Hashable, Sendable {
        /// Stories opened in place inside another page; no page views.
        public var openings = 0
        /// Texts whose end was seen, or that were engaged with for 30 s and seen to 60 %.
        public var reads = 0
        public var engagedMs = 0
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

    fileprivate struct Sums {
        var views = 0
        var visits = 0
        var bounces = 0
        var reading: Reading?
        var meters: Set<String> = []
        /// Of a day that an imported meter is authoritative for.
        var importedVisitors: Int?
    }

    /// The lines in order of time; periods between the first and the last without data have zeros.
    ///
    /// - Throws: `AudienceError`.
    public func lines(_ db: Connection) throws -> [Line] {
        let sites = try SiteMeters.load(try Site.chosen(site, db), db)
        guard let zone = sites.first?.site.zone else { return [] }
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
                    visitors: sum.meters.isSubset(of: [SiteMeters.log, SiteMeters.beacon])
                        ? hasVisitors ? visitors[period] ?? (sum.views == 0 ? 0 : nil) : nil
                        // What another meter knows of a day can't be added up, neither to months nor over sites.
                        : granularity == .day && sites.count == 1 ? sum.importedVisitors : nil,
                    visits: sum.visits, bounces: sum.bounces, reading: sum.reading,
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
    private func range(_ sites: [SiteMeters]) throws -> Range<Timestamp> {
        let sites = sites.map(\.site)
        let starts = try sites.compactMap { site in
            try from.map { try part($0, first: true, site.zone).bounds(in: site.zone).lowerBound }
        }
        let ends = try sites.compactMap { site in
            try to.map { try part($0, first: false, site.zone).bounds(in: site.zone).upperBound }
        }
        // A bucket may begin up to an hour before a period whose clock change cuts it; none begins before 1970.
        let low = starts.min() ?? Timestamp(seconds: 1)
        return low..<max(low, ends.max() ?? SiteMeters.always.upperBound)
    }

    private func hourSums(_ sites: [SiteMeters], _ zone: Zone, _ db: Connection) throws -> [Period: Sums] {
        let range = try range(sites)
        var sums: [Period: Sums] = [:]
        for own in sites.flatMap({ $0.own(in: range) }) {
            try db.forEach(
                """
                SELECT bucket, pv, visits, bounces, openings, reads, engaged_ms FROM audience.site_hour
                WHERE site = \(own.id) AND bucket >= \(own.stretch.lowerBound) AND bucket < \(own.stretch.upperBound)
                """
            ) { row in
                let period = Period(hourStarting: try row.next(), in: zone)
                try sums[period, default: Sums()].add(&row, own.meter)
            }
        }
        return sums
    }

    private func daySums(_ sites: [SiteMeters], _ db: Connection) throws -> [Period: Sums] {
        let range = try range(sites)
        var sums: [Period: Sums] = [:]
        for meters in sites {
            let zone = meters.site.zone
            for own in meters.own(in: range) {
                // The database groups by local day, where a transaction's zones are; months and years are sums of days.
                try db.forEach(
                    """
                    SELECT day, sum(pv)::bigint, sum(visits)::bigint, sum(bounces)::bigint, sum(openings)::bigint,
                        sum(reads)::bigint, sum(engaged_ms)::bigint
                    FROM (
                        SELECT (bucket AT TIME ZONE \(zone.name))::date AS day, pv, visits, bounces, openings, reads,
                            engaged_ms
                        FROM audience.site_hour WHERE site = \(own.id) AND bucket >= \(own.stretch.lowerBound)
                            AND bucket < \(own.stretch.upperBound)
                    ) AS hour WHERE day <> ALL (\(meters.importedDays)::date[]) GROUP BY day
                    """
                ) { row in
                    let period = Period(granularity, containing: try row.next(LocalDate.self))
                    try sums[period, default: Sums()].add(&row, own.meter)
                }
            }
            for day in meters.imported where range.contains(zone.startOfDay(day.day)) {
                let period = Period(granularity, containing: day.day)
                sums[period, default: Sums()].views += day.views
                sums[period, default: Sums()].meters.insert(day.meter)
                sums[period, default: Sums()].importedVisitors = day.visitors
            }
        }
        return sums
    }

    /// By the one of our own meters that counts throughout the period; where they change none of them knows.
    private func visitors(_ sites: [SiteMeters], _ db: Connection) throws -> [Period: Int] {
        guard hasVisitors else { return [:] }
        var sketches: [Period: Sketch] = [:]
        let kind = granularity == .day ? SaltSource.Kind.day : .month
        var mixed: Set<Period> = []
        for meters in sites {
            try db.forEach(
                """
                SELECT site, period, sketch FROM audience.uniq_delta
                WHERE site = ANY(\(meters.site.ids)::integer[]) AND kind = \(kind)::"char"
                UNION ALL SELECT site, day, sketch FROM audience.uniq_day
                WHERE site = ANY(\(meters.site.ids)::integer[]) AND \(kind == .day)
                UNION ALL SELECT site, month, sketch FROM audience.uniq_month
                WHERE site = ANY(\(meters.site.ids)::integer[]) AND \(kind == .month)
                """
            ) { row in
                let id = try row.next(Int.self)
                let period = Period(granularity, containing: try row.next(LocalDate.self))
                let bytes = try row.next([UInt8].self)
                switch meters.counting(period) {
                case id: break
                case nil:
                    mixed.insert(period)
                    return
                default: return
                }
                do {
                    sketches[period, default: Sketch()].merge(try Sketch(bytes: bytes))
                } catch is Sketch.Malformed {
                    throw AudienceError.damagedState("sketch of \(period)")
                }
            }
        }
        return sketches.filter { !mixed.contains($0.key) }.mapValues(\.estimate)
    }
}

extension ViewsReport.Sums {
    /// Adds the sums of a row: views, visits, bounces, openings, reads, engaged time.
    fileprivate mutating func add(_ row: inout Row, _ meter: String) throws {
        views += try row.next(Int.self)
        visits += try row.next(Int.self)
        bounces += try row.next(Int.self)
        meters.insert(meter)
        guard meter == SiteMeters.beacon else { return }
        var reading = reading ?? ViewsReport.Reading()
        reading.openings += try row.next(Int.self)
        reading.reads += try row.next(Int.self)
        reading.engagedMs += try row.next(Int.self)
        self.reading = reading
    }
}
