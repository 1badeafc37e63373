public import Postgres
public import Values

/// Each period against another: the one before, the same a year earlier, or a fixed one.
public struct GrowthReport: Sendable {
    public enum Comparison: Hashable, Sendable {
        case previous
        case yearAgo
        case period(Period)
    }

    /// Whether periods that aren't complete are compared all the same.
    public enum Completeness: Sendable {
        case required
        case partialAllowed
    }

    public struct Line: Sendable {
        public let period: Period
        public let views: Int
        public let against: Period
        public let previous: Int
        public let growth: Growth
        /// Growth of the mean per hour, for months of different lengths.
        public let perHour: Growth
        public let isComplete: Bool
        public let isPreviousComplete: Bool
    }

    let granularity: Granularity
    let comparison: Comparison
    let completeness: Completeness
    let site: String?
    let from: Period?
    let to: Period?

    /// - Parameters:
    ///   - from: the first period told of; the first with data when nil. Periods before it are still compared with.
    ///   - to: the last period told of.
    public init(
        by granularity: Granularity, against comparison: Comparison = .previous,
        completeness: Completeness = .required, site: String? = nil, from: Period? = nil, to: Period? = nil
    ) {
        self.granularity = granularity
        self.comparison = comparison
        self.completeness = completeness
        self.site = site
        self.from = from
        self.to = to
    }

    /// The lines in order of time, from the first period with data to the last. A period that ends in the future isn't
    /// complete.
    ///
    /// - Throws: `AudienceError.periodGranularity` when the fixed period is of another length.
    public func lines(_ db: Connection, now: Timestamp) throws -> [Line] {
        if case .period(let fixed) = comparison, fixed.granularity != granularity {
            throw AudienceError.periodGranularity(period: fixed.description, wanted: granularity.rawValue)
        }
        let sites = try Site.chosen(site, db)
        guard let zone = sites.first?.zone else { return [] }
        let coverages = try sites.map { ($0, try Coverage.load([$0], db)) }
        let report = try ViewsReport(by: granularity, site: site).lines(db)
        let views = Dictionary(uniqueKeysWithValues: report.map { ($0.period, $0.views) })
        func isComplete(_ period: Period) -> Bool {
            coverages.allSatisfy { $1.contains(period.bounds(in: $0.zone), now: now) }
        }
        let told = report.filter { line in
            let bounds = line.period.bounds(in: zone)
            return from.map { bounds.upperBound > $0.bounds(in: zone).lowerBound } ?? true
                && to.map { bounds.lowerBound < $0.bounds(in: zone).upperBound } ?? true
        }
        return told.map { line in
            let against = self.against(line.period, zone)
            let complete = isComplete(line.period)
            let previousComplete = isComplete(against)
            // A period without any data is missing, not zero, unless it is covered.
            let previous = views[against]
            let isComparable =
                completeness == .partialAllowed
                ? previous != nil || previousComplete : complete && previousComplete
            let current = line.views
            let growth = Growth(
                current: isComparable ? current : nil, previous: isComparable ? previous ?? 0 : nil)
            return Line(
                period: line.period, views: current, against: against, previous: previous ?? 0, growth: growth,
                perHour: isComparable
                    ? Growth.perHour(
                        current: current, seconds: seconds(line.period, zone), previous: previous ?? 0,
                        previousSeconds: seconds(against, zone)) : Growth(current: nil, previous: nil),
                isComplete: complete, isPreviousComplete: previousComplete)
        }
    }

    private func against(_ period: Period, _ zone: Zone) -> Period {
        switch comparison {
        case .previous: period.previous(in: zone)
        case .yearAgo: period.yearEarlier(in: zone)
        case .period(let fixed): fixed
        }
    }

    private func seconds(_ period: Period, _ zone: Zone) -> Int {
        let bounds = period.bounds(in: zone)
        return Int(bounds.upperBound.seconds - bounds.lowerBound.seconds)
    }
}
