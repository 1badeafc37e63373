internal import Postgres
internal import Values

/// How a site was counted: by our log, and by the meters whose history was imported. One of them is authoritative on
/// each local day; meters are never added.
///
/// Our log is, on the days that it covers from the first second to the last; on others the meter that was imported
/// first among those that have the day; where none has it, the log again.
struct SiteMeters: Sendable {
    /// Our log's name among meters.
    static let log = "log"
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
    /// All that every meter counted, by its name: the log only where there is something to hold it against.
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
        guard !history.isEmpty else {
            imported = []
            daily = [:]
            coverage = vouched
            return
        }
        let logs = try Coverage.loadLogs([site], db)
        func isLogged(_ day: LocalDate) -> Bool {
            logs.contains(Period(.day, containing: day).bounds(in: site.zone), now: .distantFuture)
        }
        var imported: [ImportedDay] = []
        var daily: [String: [LocalDate: Int]] = [:]
        for day in history {
            daily[day.meter, default: [:]][day.day] = day.views
            if imported.last?.day != day.day, !isLogged(day.day) { imported.append(day) }
        }
        daily[SiteMeters.log] = try SiteMeters.logged(site, db).filter { isLogged($0.key) }
        self.imported = imported
        self.daily = daily
        coverage = Coverage(
            vouched.spans
                + imported.map { day in
                    let bounds = Period(.day, containing: day.day).bounds(in: site.zone)
                    return bounds.lowerBound.seconds...(bounds.upperBound.seconds - 1)
                })
    }

    /// What the log counted, by local day.
    private static func logged(_ site: Site, _ db: Connection) throws -> [LocalDate: Int] {
        let days = try db.rows(
            """
            SELECT (bucket AT TIME ZONE \(site.zone.name))::date AS day, sum(pv)::bigint FROM audience.site_hour
            WHERE site = \(site.id) GROUP BY day
            """
        ) { (try $0.next(LocalDate.self), try $0.next(Int.self)) }
        return Dictionary(uniqueKeysWithValues: days)
    }

    /// All that have something to be held against: the log first, then by name.
    var names: [String] {
        daily.keys.sorted { $0 == SiteMeters.log ? $1 != SiteMeters.log : $1 != SiteMeters.log && $0 < $1 }
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

extension Timestamp {
    /// After everything that a log can tell of.
    fileprivate static var distantFuture: Timestamp { Timestamp(seconds: 7_258_118_400) }
}
