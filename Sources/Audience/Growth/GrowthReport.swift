public import Postgres
public import Values

/// A stretch of time against another: the one before, the same a year earlier, or a period that is named.
public struct GrowthReport: Sendable {
    /// What is compared.
    public enum Subject: Hashable, Sendable {
        /// Every month or year that was counted.
        case each(Granularity)
        /// The present month, as far as whole hours of it were counted, against the same elapsed time of the wall.
        case monthToDate
        /// The last so many days that were counted whole.
        case trailing(days: Int)
        case one(Period)
    }

    public enum Comparison: Hashable, Sendable {
        case previous
        case yearAgo
        case period(Period)
    }

    /// What a year is compared by.
    public enum Measure: Sendable {
        case total
        /// A twelfth of its views: so a year can be held against a month.
        case averageMonth
    }

    /// Whether periods that aren't complete are compared all the same.
    public enum Completeness: Sendable {
        case required
        case partialAllowed
    }

    public struct Line: Sendable {
        public let stretch: Stretch
        /// Of an average month, rounded half up; of two meters, as estimated.
        public let views: Int
        public let against: Stretch
        public let previous: Int
        public let growth: Growth
        /// Growth of the mean per hour, for months of different lengths.
        public let perHour: Growth
        public let isComplete: Bool
        public let isPreviousComplete: Bool
        /// The names of the meters that counted the two, in order.
        public let meters: [String]
        /// By what the other meter's views were multiplied, with four decimals; nil where nothing was estimated.
        public let factor: String?
        public let measure: Measure
    }

    /// Ten years of days.
    public static let mostTrailingDays = 3_660

    let subject: Subject
    let comparison: Comparison
    let measure: Measure
    let completeness: Completeness
    let site: String?
    let from: Period?
    let to: Period?

    /// - Parameters:
    ///   - from: the first period told of; the first with data when nil. Periods before it are still compared with.
    ///   - to: the last period told of.
    public init(
        _ subject: Subject, against comparison: Comparison = .previous, measure: Measure = .total,
        completeness: Completeness = .required, site: String? = nil, from: Period? = nil, to: Period? = nil
    ) {
        self.subject = subject
        self.comparison = comparison
        self.measure = measure
        self.completeness = completeness
        self.site = site
        self.from = from
        self.to = to
    }

    /// The lines in order of time; `each` goes from the first period with data to the last. A period that ends in the
    /// future isn't complete, and isn't compared even where those that aren't complete are.
    ///
    /// - Throws: `AudienceError.periodGranularity` when the two are of different lengths, unless months and years are
    ///   compared by the month.
    public func lines(_ db: Connection, now: Timestamp) throws -> [Line] {
        let sites = try SiteMeters.load(try Site.chosen(site, db), db)
        guard let zone = sites.first?.site.zone else { return [] }
        let pairs = try pairs(sites, zone, now: now, db)
        try pairs.forEach(requireComparable)
        let stretches = Array(Set(pairs.flatMap { [$0.current, $0.previous] }))
        let counted = try sites.map { meters in
            Dictionary(
                uniqueKeysWithValues: zip(stretches, try StretchViews.load(stretches, meters, now: now, db)))
        }
        return pairs.map { pair in
            line(
                pair, zone, now: now,
                zip(sites, counted).map { meters, counted in
                    (meters, counted[pair.current] ?? StretchViews(), counted[pair.previous] ?? StretchViews())
                })
        }
    }

    // MARK: What is held against what

    private struct Pair {
        let current: Stretch
        let previous: Stretch
    }

    private func pairs(_ sites: [SiteMeters], _ zone: Zone, now: Timestamp, _ db: Connection) throws -> [Pair] {
        switch subject {
        case .each(let granularity):
            return try periods(granularity, sites, zone, db).map {
                Pair(current: Stretch($0), previous: Stretch(against($0, zone)))
            }
        case .one(let period): return [Pair(current: Stretch(period), previous: Stretch(against(period, zone)))]
        case .monthToDate:
            let counted = sites.compactMap(\.lastCounted).map { $0.adding(seconds: 1) }.min() ?? now
            // Where nothing was counted this month, the whole of it so far isn't complete, and says so.
            let month = Period(.month, containing: now, in: zone).bounds(in: zone)
            let end = counted > month.lowerBound ? min(counted, now) : now
            let current = Stretch.monthToDate(zone.local(at: end))
            return [Pair(current: current, previous: current.sameElapsed(monthsEarlier: isYearAgo ? 12 : 1))]
        case .trailing(let days):
            let counted = sites.compactMap(\.lastCounted).map { $0.adding(seconds: 1) }.min() ?? now
            let last = zone.date(at: min(counted, now)).adding(days: -1)
            let before = isYearAgo ? last.adding(months: -12) : last.adding(days: -days)
            return [Pair(current: .trailing(days, through: last), previous: .trailing(days, through: before))]
        }
    }

    private var isYearAgo: Bool { comparison == .yearAgo }

    private func against(_ period: Period, _ zone: Zone) -> Period {
        switch comparison {
        case .previous: period.previous(in: zone)
        case .yearAgo: period.yearEarlier(in: zone)
        case .period(let fixed): fixed
        }
    }

    private func periods(
        _ granularity: Granularity, _ sites: [SiteMeters], _ zone: Zone, _ db: Connection
    ) throws -> [Period] {
        var days: [LocalDate] = []
        for meters in sites {
            days += [meters.imported.first, meters.imported.last].compactMap { $0?.day }
            days += try db.rows(
                """
                SELECT bucket FROM (
                    SELECT min(bucket) FROM audience.site_hour WHERE site = ANY(\(meters.site.ids)::integer[])
                    UNION ALL
                    SELECT max(bucket) FROM audience.site_hour WHERE site = ANY(\(meters.site.ids)::integer[])
                ) AS ends (bucket) WHERE bucket IS NOT NULL
                """
            ) { meters.site.zone.date(at: try $0.next()) }
        }
        guard let first = days.min(), let last = days.max() else { return [] }
        var periods: [Period] = []
        var period = Period(granularity, containing: first)
        while period.firstDay <= last {
            let bounds = period.bounds(in: zone)
            let isTold =
                from.map { bounds.upperBound > $0.bounds(in: zone).lowerBound } ?? true
                && to.map { bounds.lowerBound < $0.bounds(in: zone).upperBound } ?? true
            if isTold { periods.append(period) }
            period = period.next(in: zone)
        }
        return periods
    }

    private func requireComparable(_ pair: Pair) throws {
        guard let current = pair.current.period?.granularity, let previous = pair.previous.period else { return }
        let byMonth: Set<Granularity> = [.month, .year]
        if measure == .averageMonth, byMonth.isSuperset(of: [current, previous.granularity]) { return }
        guard current == previous.granularity else {
            throw AudienceError.periodGranularity(period: previous.description, wanted: current.rawValue)
        }
    }

    // MARK: How it stands

    private func line(
        _ pair: Pair, _ zone: Zone, now: Timestamp,
        _ counted: [(meters: SiteMeters, current: StretchViews, previous: StretchViews)]
    ) -> Line {
        let isComplete = counted.allSatisfy(\.current.isComplete)
        let isPreviousComplete = counted.allSatisfy(\.previous.isComplete)
        let isOver = [pair.current, pair.previous].allSatisfy { $0.bounds(in: zone).upperBound <= now }
        // A period without any data is missing, not zero, unless it is covered.
        let isTold =
            completeness == .required
            ? isComplete && isPreviousComplete
            : isOver && (isComplete || counted.contains { $0.current.hasData })
                && (isPreviousComplete || counted.contains { $0.previous.hasData })
        let compared = counted.map { ComparedViews($0.current, $0.previous, $0.meters) }
        let known = compared.compactMap { $0 }
        let isEstimated = known.contains { $0.factor != nil }
        let isComparable = known.count == compared.count
        let current = isComparable ? sum(known.map(\.current)) : sum(counted.map(\.current.views))
        let previous = isComparable ? sum(known.map(\.previous)) : sum(counted.map(\.previous.views))
        let (months, previousMonths) = (months(pair.current), months(pair.previous))
        func stated(_ growth: @autoclosure () -> Growth) -> Growth {
            guard isTold else { return Growth(current: nil, previous: nil) }
            guard isComparable else { return .incomparable }
            return isEstimated ? growth().asEstimate : growth()
        }
        return Line(
            stretch: pair.current, views: (2 * current + months) / (2 * months), against: pair.previous,
            previous: (2 * previous + previousMonths) / (2 * previousMonths),
            growth: stated(
                Growth(
                    current: current, previous: previous, currentMonths: months, previousMonths: previousMonths)),
            perHour: stated(
                Growth.perHour(
                    current: current, seconds: seconds(pair.current, zone), previous: previous,
                    previousSeconds: seconds(pair.previous, zone))),
            isComplete: isComplete, isPreviousComplete: isPreviousComplete,
            meters: Set(counted.flatMap { Array($0.current.byMeter.keys) + Array($0.previous.byMeter.keys) }).sorted(),
            factor: known.count == 1 ? known[0].factor?.text : nil, measure: measure)
    }

    private func sum(_ counts: [Int]) -> Int { counts.reduce(0, +) }

    private func months(_ stretch: Stretch) -> Int {
        measure == .averageMonth && stretch.period?.granularity == .year ? 12 : 1
    }

    private func seconds(_ stretch: Stretch, _ zone: Zone) -> Int {
        let bounds = stretch.bounds(in: zone)
        return Int(bounds.upperBound.seconds - bounds.lowerBound.seconds)
    }
}
