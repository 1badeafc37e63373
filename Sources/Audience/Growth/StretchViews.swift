internal import Postgres
internal import Values

/// What a site had in a stretch of time, by the meter that is authoritative there.
struct StretchViews: Sendable {
    /// Views by the name of the meter; a stretch in which the meter changes has several.
    var byMeter: [String: Int] = [:]
    /// Whether anything was counted there at all: nothing counted isn't zero, unless the stretch is covered.
    var hasData = false
    var isComplete = false

    var views: Int { byMeter.values.reduce(0, +) }

    /// What the site had in each of the stretches, in their order.
    static func load(
        _ stretches: [Stretch], _ meters: SiteMeters, now: Timestamp, _ db: Connection
    ) throws -> [StretchViews] {
        let bounds = stretches.map { $0.bounds(in: meters.site.zone) }
        var results = bounds.map { StretchViews(byMeter: meters.imported(in: $0)) }
        let parts = bounds.enumerated().flatMap { place, stretch in
            meters.own(in: stretch).map { (place: place, own: $0) }
        }
        let counted = try db.rows(
            """
            SELECT coalesce(sum(h.pv), 0)::bigint, count(h.pv) > 0
            FROM unnest(\(parts.map(\.own.stretch.lowerBound))::timestamptz[],
                \(parts.map(\.own.stretch.upperBound))::timestamptz[], \(parts.map(\.own.id))::integer[])
                WITH ORDINALITY AS asked (low, high, site, place)
            LEFT JOIN audience.site_hour h ON h.site = asked.site AND h.bucket >= asked.low AND h.bucket < asked.high
                AND (h.bucket AT TIME ZONE \(meters.site.zone.name))::date <> ALL (\(meters.importedDays)::date[])
            GROUP BY asked.place ORDER BY asked.place
            """
        ) { (views: try $0.next(Int.self), hasData: try $0.next(Bool.self)) }
        for (part, counted) in zip(parts, counted) where counted.hasData {
            results[part.place].byMeter[part.own.meter, default: 0] += counted.views
        }
        for (place, stretch) in bounds.enumerated() {
            results[place].hasData = !results[place].byMeter.isEmpty
            // A stretch without a view was counted too, when no other meter has it: by the one whose it is.
            if results[place].byMeter.isEmpty {
                results[place].byMeter[meters.own(in: stretch).first?.meter ?? SiteMeters.log] = 0
            }
            results[place].isComplete = meters.covers(stretch, now: now)
        }
        return results
    }
}

/// Two stretches of a site, brought to one meter.
struct ComparedViews: Sendable {
    let current: Int
    let previous: Int
    /// By what views were multiplied to come to one meter; nil where one meter counted all.
    let factor: Factor?

    /// Nil when two meters counted them that didn't run side by side for long enough.
    init?(_ current: StretchViews, _ previous: StretchViews, _ meters: SiteMeters) {
        let names = Set(current.byMeter.keys).union(previous.byMeter.keys)
        guard names.count > 1 else {
            self.current = current.views
            self.previous = previous.views
            factor = nil
            return
        }
        // To the log where it is one of them, because it can be counted again; else to the first by name.
        let base = names.contains(SiteMeters.log) ? SiteMeters.log : names.sorted()[0]
        var used: Factor?
        func estimate(_ views: StretchViews) -> Int? {
            var sum = 0
            for (meter, count) in views.byMeter {
                guard meter != base else {
                    sum += count
                    continue
                }
                guard let factor = meters.factor(from: meter, to: base) else { return nil }
                used = factor
                sum += factor.applied(to: count)
            }
            return sum
        }
        guard let current = estimate(current), let previous = estimate(previous) else { return nil }
        self.current = current
        self.previous = previous
        factor = used
    }
}
