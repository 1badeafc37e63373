internal import Postgres
internal import Values

/// How a site was counted: by our beacon, by our log, and by the meters whose history was imported. One of them is
/// authoritative on each local day; meters are never added.
///
/// Our beacon is, on the days that it covers from the first second to the last; on others our log, where it covers them
/// so; then the meter that was imported first among those that have the day. On a day that none has whole, as today, it is
/// the beacon if it has been running since the day began, else the log if it has a line, else the beacon.
struct SiteMeters: Sendable {
    /// Our own names among meters.
    static let log = "log"
    static let beacon = "beacon"
    /// Two meters that ran side by side for fewer days say too little of each other.
    static let fewestCommonDays = 28

    struct ImportedDay: Sendable {
        let day: LocalDate
        let meter: String
        let views: Int
        let visitors: Int?
    }

    let site: Site
    /// What imported meters are authoritative for, by day.
    let imported: [ImportedDay]
    /// The days on which the beacon is authoritative, in runs of days that follow each other.
    let beaconRuns: [ClosedRange<LocalDate>]
    /// The days of which the log has a line, where there is a beacon to tell them from.
    private let loggedDays: Set<LocalDate>
    /// All that every meter counted, by its name: of our own whole days, and only where there is something to hold them
    /// against.
    private let daily: [String: [LocalDate: Int]]
    private let coverage: Coverage

    var importedDays: [LocalDate] { imported.map(\.day) }

    static func load(_ sites: [Site], _ db: Connection) throws -> [SiteMeters] {
        try sites.map { try SiteMeters($0, db) }
    }

    private init(_ site: Site, _ db: Connection) throws {
        let history = try db.rows(
            """
            SELECT d.day, m.name, d.pv, d.visitors
            FROM audience.meter m JOIN audience.history_day d ON d.meter = m.id WHERE m.site = \(site.id)
            ORDER BY d.day, m.id
            """
        ) { row in
            ImportedDay(
                day: try row.next(), meter: try row.next(), views: try row.next(), visitors: try row.next(Int?.self))
        }
        self.site = site
        let vouched = try Coverage.load([site], db)
        guard !history.isEmpty || site.beacon != nil else {
            imported = []
            beaconRuns = []
            loggedDays = []
            daily = [:]
            coverage = vouched
            return
        }
        let logs = DaysCovered(try Coverage.loadLogs(of: [site.id], db), site.zone)
        let beacons = DaysCovered(try Coverage.loadLogs(of: site.beacon.map { [$0] } ?? [], db), site.zone)
        let logged = try SiteMeters.counted(site.id, site, db)
        let told = try site.beacon.map { try SiteMeters.counted($0, site, db) } ?? [:]
        var imported: [ImportedDay] = []
        var daily: [String: [LocalDate: Int]] = [:]
        for day in history {
            daily[day.meter, default: [:]][day.day] = day.views
            if imported.last?.day != day.day, !logs.isWhole(day.day), !beacons.isWhole(day.day) { imported.append(day) }
        }
        if !history.isEmpty || !told.isEmpty { daily[SiteMeters.log] = logged.filter { logs.isWhole($0.key) } }
        if !told.isEmpty { daily[SiteMeters.beacon] = told.filter { beacons.isWhole($0.key) } }
        let isImported = Set(imported.map(\.day))
        func countsByBeacon(_ day: LocalDate) -> Bool {
            if beacons.isWhole(day) { return true }
            if logs.isWhole(day) || isImported.contains(day) { return false }
            return beacons.isBegun(day) || (told[day] != nil && logged[day] == nil)
        }
        self.imported = imported
        // A day that is covered and has no view is the beacon's as well: zero is what was counted.
        beaconRuns = SiteMeters.runs(Set(told.keys).union(beacons.wholeDays).filter(countsByBeacon))
        self.daily = daily
        loggedDays = Set(logged.keys)
        coverage = Coverage(
            vouched.spans + beacons.coverage.spans
                + imported.map { day in
                    let bounds = Period(.day, containing: day.day).bounds(in: site.zone)
                    return bounds.lowerBound.seconds...(bounds.upperBound.seconds - 1)
                })
    }

    /// What was counted under one of a site's ids, by local day.
    private static func counted(_ id: Int, _ site: Site, _ db: Connection) throws -> [LocalDate: Int] {
        let days = try db.rows(
            """
            SELECT (bucket AT TIME ZONE \(site.zone.name))::date AS day, sum(pv)::bigint FROM audience.site_hour
            WHERE site = \(id) GROUP BY day
            """
        ) { (try $0.next(LocalDate.self), try $0.next(Int.self)) }
        return Dictionary(uniqueKeysWithValues: days)
    }

    private static func runs(_ days: some Sequence<LocalDate>) -> [ClosedRange<LocalDate>] {
        var runs: [ClosedRange<LocalDate>] = []
        for day in days.sorted() {
            if let last = runs.last, last.upperBound.adding(days: 1) == day {
                runs[runs.count - 1] = last.lowerBound...day
            } else {
                runs.append(day...day)
            }
        }
        return runs
    }

    /// A stretch of time and the one of our own meters that counts in it.
    struct Own: Sendable {
        let meter: String
        /// Under which it counts.
        let id: Int
        let stretch: Range<Timestamp>
    }

    /// Which of our own meters counts when, in order and without a gap: what a report has to read instead of the site's
    /// id. What imported meters are authoritative for is the log's here.
    func own(in stretch: Range<Timestamp>) -> [Own] {
        var owns: [Own] = []
        var at = stretch.lowerBound
        func add(_ meter: String, _ id: Int, to end: Timestamp) {
            let end = min(end, stretch.upperBound)
            guard at < end else { return }
            owns.append(Own(meter: meter, id: id, stretch: at..<end))
            at = end
        }
        if let beacon = site.beacon {
            for run in beaconRuns {
                add(SiteMeters.log, site.id, to: site.zone.startOfDay(run.lowerBound))
                add(SiteMeters.beacon, beacon, to: site.zone.startOfDay(run.upperBound.adding(days: 1)))
            }
        }
        add(SiteMeters.log, site.id, to: stretch.upperBound)
        return owns
    }

    /// The id under which a day or month was counted, when it was by one of our own meters alone. Days of which nothing
    /// was counted are nobody's.
    func counting(_ period: Period) -> Int? {
        guard let beacon = site.beacon else { return site.id }
        let days = period.firstDay...period.lastDay
        guard beaconRuns.contains(where: { $0.overlaps(days) }) else { return site.id }
        let isLogged = loggedDays.contains { day in days.contains(day) && !beaconRuns.contains { $0.contains(day) } }
        return isLogged ? nil : beacon
    }

    /// From the beginning of time to its end, as far as a log goes.
    static let always = Timestamp(seconds: 0)..<Timestamp(seconds: 7_258_118_400)

    /// What to join hours with: `scope (site, low, high)`.
    static func scope(_ owns: [Own]) -> SQL {
        """
        unnest(\(owns.map(\.id))::integer[], \(owns.map(\.stretch.lowerBound))::timestamptz[],
            \(owns.map(\.stretch.upperBound))::timestamptz[]) AS scope (site, low, high)
        """
    }

    /// What to join days with: `scope (site, first, after)`.
    static func dayScope(_ owns: [(zone: Zone, own: Own)]) -> SQL {
        """
        unnest(\(owns.map(\.own.id))::integer[], \(owns.map { $0.zone.date(at: $0.own.stretch.lowerBound) })::date[],
            \(owns.map { $0.zone.date(at: $0.own.stretch.upperBound) })::date[]) AS scope (site, first, after)
        """
    }

    /// The days of some sites from one period to another, each by the meter that counts it; all days without them.
    static func dayScope(_ sites: [SiteMeters], from: Period?, to: Period?) -> SQL {
        dayScope(
            sites.flatMap { meters in
                let zone = meters.site.zone
                let low = from?.bounds(in: zone).lowerBound ?? always.lowerBound
                let high = max(low, to?.bounds(in: zone).upperBound ?? always.upperBound)
                return meters.own(in: low..<high).map { (zone: zone, own: $0) }
            })
    }

    /// All that have something to be held against: our own first, then by name.
    var names: [String] {
        let own = [SiteMeters.log, SiteMeters.beacon].filter { daily[$0] != nil }
        return own + daily.keys.filter { !own.contains($0) }.sorted()
    }

    /// Whether the stretch is over, and counted or vouched for from its first second to its last.
    func covers(_ stretch: Range<Timestamp>, now: Timestamp) -> Bool {
        !stretch.isEmpty && coverage.contains(stretch, now: now)
    }

    /// Until when the site was counted; nil when it never was.
    var lastCounted: Timestamp? { coverage.spans.last.map { Timestamp(seconds: $0.upperBound) } }

    /// What the imported days in a stretch come to, by meter. A day is in it that begins in it.
    func imported(in stretch: Range<Timestamp>) -> [String: Int] {
        var views: [String: Int] = [:]
        for day in imported where stretch.contains(site.zone.startOfDay(day.day)) {
            views[day.meter, default: 0] += day.views
        }
        return views
    }

    /// How two meters counted the days on which both did.
    struct SideBySide: Hashable, Sendable {
        var days = 0
        var views = 0
        var others = 0
    }

    func sideBySide(_ meter: String, _ other: String, within: Range<LocalDate>? = nil) -> SideBySide {
        var sums = SideBySide()
        for (day, views) in daily[meter] ?? [:] where within?.contains(day) ?? true {
            guard let counted = daily[other]?[day] else { continue }
            sums.days += 1
            sums.views += views
            sums.others += counted
        }
        return sums
    }

    /// By what a meter's views are multiplied to be those of another; nil unless both ran side by side for long enough.
    func factor(from meter: String, to other: String) -> Factor? {
        let sums = sideBySide(meter, other)
        guard sums.days >= SiteMeters.fewestCommonDays, sums.views > 0, sums.others > 0 else { return nil }
        return Factor(numerator: sums.others, denominator: sums.views)
    }
}

/// What a meter's views are multiplied by to be those of another, in exact integers.
struct Factor: Hashable, Sendable {
    let numerator: Int
    let denominator: Int

    /// The estimate, rounded half up.
    func applied(to views: Int) -> Int {
        let product = Int128(views) * Int128(numerator)
        return Int((product * 2 + Int128(denominator)) / (Int128(denominator) * 2))
    }

    /// With four decimals: `0.8421`.
    var text: String {
        let scaled = (Int128(numerator) * 20_000 + Int128(denominator)) / (Int128(denominator) * 2)
        let digits = "\(scaled % 10_000)"
        return "\(scaled / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// Which local days a meter of ours has from the first second to the last.
struct DaysCovered: Sendable {
    let coverage: Coverage
    private let zone: Zone

    init(_ coverage: Coverage, _ zone: Zone) {
        self.coverage = coverage
        self.zone = zone
    }

    func isWhole(_ day: LocalDate) -> Bool {
        coverage.contains(Period(.day, containing: day).bounds(in: zone), now: .distantFuture)
    }

    /// Whether it has the day from its first second to the last that it has at all.
    func isBegun(_ day: LocalDate) -> Bool {
        guard let last = coverage.spans.last, zone.date(at: Timestamp(seconds: last.upperBound)) == day else {
            return false
        }
        return last.lowerBound <= zone.startOfDay(day).seconds
    }

    var wholeDays: [LocalDate] {
        coverage.spans.flatMap { span -> [LocalDate] in
            let first = zone.date(at: Timestamp(seconds: span.lowerBound))
            let last = zone.date(at: Timestamp(seconds: span.upperBound))
            return (first.daysSince1970...last.daysSince1970).map { LocalDate(daysSince1970: $0) }.filter(isWhole)
        }
    }
}

extension Timestamp {
    /// After everything that a log can tell of.
    fileprivate static var distantFuture: Timestamp { Timestamp(seconds: 7_258_118_400) }
}
