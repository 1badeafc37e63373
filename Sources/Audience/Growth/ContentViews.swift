internal import Postgres
internal import Values

/// What people viewed in a stretch of time, by site and content: from the sums of months as far as they reach, and from
/// hours where they don't.
struct ContentViews {
    /// Selects site, content and pv, each content of a site once.
    let statement: SQL

    /// - Parameter parts: the ids under which something was counted, each with the stretch that is asked of it; the
    ///   stretches of one id lie apart.
    init(_ parts: [(site: Int, zone: Zone, stretch: Range<Timestamp>)], _ db: Connection) throws {
        let folds = try MonthFold.all(of: Set(parts.map(\.site)), db)
        var months: [MonthFold.Key] = []
        var rest: [(site: Int, hours: Range<Timestamp>)] = []
        for part in parts {
            var low = part.stretch.lowerBound
            let own = folds.filter { $0.key.site == part.site }.sorted { $0.key.month < $1.key.month }
            for (key, until) in own {
                let bounds = Period(.month, containing: key.month).bounds(in: part.zone)
                guard bounds.lowerBound >= low, bounds.upperBound <= part.stretch.upperBound else { continue }
                months.append(key)
                if low < bounds.lowerBound { rest.append((part.site, low..<bounds.lowerBound)) }
                low = until
            }
            if low < part.stretch.upperBound { rest.append((part.site, low..<part.stretch.upperBound)) }
        }
        // A month's sums alone need no adding up.
        if months.count == 1, rest.isEmpty {
            statement = Self.summed(months)
        } else {
            let parts = rest.reduce(Self.summed(months)) { $0 + " UNION ALL " + Self.hours($1) }
            statement =
                "SELECT site, content, sum(pv)::bigint AS pv FROM (" + parts + ") AS part GROUP BY site, content"
        }
    }

    private static func summed(_ months: [MonthFold.Key]) -> SQL {
        if months.count == 1 {
            return
                "SELECT site, content, pv FROM audience.pv_month WHERE site = \(months[0].site) AND month = \(months[0].month)"
        }
        return """
            SELECT m.site, m.content, m.pv FROM audience.pv_month m
            JOIN unnest(\(months.map(\.site))::integer[], \(months.map(\.month))::date[]) AS chosen (site, month)
                ON chosen.site = m.site AND chosen.month = m.month
            """
    }

    private static func hours(_ rest: (site: Int, hours: Range<Timestamp>)) -> SQL {
        """
        SELECT h.site, h.content, h.pv FROM audience.pv_hour h
        WHERE h.site = \(rest.site) AND h.bucket >= \(rest.hours.lowerBound) AND h.bucket < \(rest.hours.upperBound)
          AND h.class = 0
        """
    }
}
