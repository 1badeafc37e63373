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
        let logged = try db.rows(
            """
            SELECT coalesce(sum(h.pv), 0)::bigint, count(h.pv) > 0
            FROM unnest(\(bounds.map(\.lowerBound))::timestamptz[], \(bounds.map(\.upperBound))::timestamptz[])
                WITH ORDINALITY AS asked (low, high, place)
            LEFT JOIN audience.site_hour h ON h.site = \(meters.site.id) AND h.bucket >= asked.low
                AND h.bucket < asked.high
                AND (h.bucket AT TIME ZONE \(meters.site.zone.name))::date <> ALL (\(meters.importedDays)::date[])
            GROUP BY asked.place ORDER BY asked.place
            """
        ) { (views: try $0.next(Int.self), hasData: try $0.next(Bool.self)) }
        return zip(bounds, logged).map { stretch, logged in
            var result = StretchViews(byMeter: meters.imported(in: stretch))
            // A stretch without a line was counted by the log too, when no other meter has it.
            if logged.hasData || result.byMeter.isEmpty { result.byMeter[SiteMeters.log] = logged.views }
            result.hasData = logged.hasData || !result.byMeter.keys.allSatisfy { $0 == SiteMeters.log }
            result.isComplete = meters.covers(stretch, now: now)
            return result
        }
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
