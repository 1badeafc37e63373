public import Access
internal import Journal
public import Postgres
public import Values

/// Takes what another meter counted of a site: all of the file, or nothing.
///
/// Days that are there with the same figures stay as they are, so a file imported twice changes nothing. A day that is
/// there with other figures is refused, unless the meter is replaced as a whole.
public struct ImportHistory {
    public enum Mode: Sendable {
        case add
        /// What the meter had goes, and the file comes in its place.
        case replace
    }

    public struct Report: Hashable, Sendable {
        public let days: Int
        public let newDays: Int
        public let removedDays: Int
        public let views: Int
        public let firstDay: LocalDate
        public let lastDay: LocalDate
    }

    let bytes: [UInt8]
    let name: String
    let format: HistoryFile.Format
    let site: String
    let meter: String
    let mode: Mode
    let now: Timestamp
    let zone: Zone
    let actor: Actor

    /// - Parameters:
    ///   - name: the file's name, for messages.
    ///   - site: the host that was counted; one that is new takes the zone.
    ///   - meter: 1 to 40 of a-z, 0-9 and hyphens; `log` and `beacon` are our own.
    ///   - now: days that aren't over then are refused.
    public init(
        _ bytes: [UInt8], name: String, as format: HistoryFile.Format, site: String, meter: String, mode: Mode = .add,
        now: Timestamp, zone: Zone, by actor: Actor
    ) {
        self.bytes = bytes
        self.name = name
        self.format = format
        self.site = site
        self.meter = meter
        self.mode = mode
        self.now = now
        self.zone = zone
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`, `AudienceError.badHistory`, `.historyDiffers`, `.meterFormat`;
    ///   `ValueError` when the meter's name is none.
    public func perform(_ db: Connection) throws -> Report {
        try actor.require(.viewsImport)
        try Meter.requireName(meter)
        let sites = try Site.ensure([ScanSite.folded(site)], zone: zone, db)
        guard let site = sites.first else { throw AudienceError.unknownSite(site, known: []) }
        let file = try HistoryFile(bytes, name: name, as: format, today: site.zone.date(at: now))
        try Meter.lock(site, db)
        let id = try ensure(site, db)
        let removed = mode == .replace ? try db.run("DELETE FROM audience.history_day WHERE meter = \(id)") : 0
        let fresh = try new(file.days, meter: id, db)
        try db.run(
            """
            INSERT INTO audience.history_day (meter, day, pv, visitors)
            SELECT \(id)::integer, day, pv, nullif(visitors, -1)
            FROM unnest(\(fresh.map(\.day))::date[], \(fresh.map(\.views))::bigint[],
                \(fresh.map { $0.visitors ?? -1 })::bigint[]) AS given (day, pv, visitors)
            """)
        try Audit.append(
            db, Subject(.site, Int64(site.id)), "history.imported", by: actor.origin,
            facts: [
                "meter": .integer(Int64(id)), "days": .integer(Int64(fresh.count)),
                "removed": .integer(Int64(removed)),
            ])
        return Report(
            days: file.days.count, newDays: fresh.count, removedDays: removed,
            views: file.days.reduce(0) { $0 + $1.views }, firstDay: file.days[0].day,
            lastDay: file.days[file.days.count - 1].day)
    }

    private func ensure(_ site: Site, _ db: Connection) throws -> Int {
        let known = try db.row(
            "SELECT id, format FROM audience.meter WHERE site = \(site.id) AND name = \(meter)"
        ) { (id: try $0.next(Int.self), format: try $0.next(String.self)) }
        if let known {
            guard known.format == format.rawValue else {
                throw AudienceError.meterFormat(meter: meter, format: known.format)
            }
            return known.id
        }
        let id = try db.value(
            """
            INSERT INTO audience.meter (site, name, format, added_by)
            VALUES (\(site.id), \(meter), \(format.rawValue), \(actor.account)) RETURNING id
            """, as: Int.self)
        guard let id else { throw AudienceError.damagedState("meter") }
        return id
    }

    /// The days that aren't there yet.
    private func new(_ days: [HistoryFile.Day], meter id: Int, _ db: Connection) throws -> [HistoryFile.Day] {
        let rows = try db.rows("SELECT day, pv, visitors FROM audience.history_day WHERE meter = \(id)") {
            (try $0.next(LocalDate.self), (try $0.next(Int.self), try $0.next(Int?.self)))
        }
        let known = Dictionary(uniqueKeysWithValues: rows)
        return try days.filter { day in
            guard let (views, visitors) = known[day.day] else { return true }
            guard views == day.views, visitors == day.visitors else {
                throw AudienceError.historyDiffers(meter: meter, day: day.day, line: day.line)
            }
            return false
        }
    }
}

/// Takes a meter's history out again, all of it.
public struct RemoveHistory {
    let site: String
    let meter: String
    let actor: Actor

    public init(site: String, meter: String, by actor: Actor) {
        self.site = site
        self.meter = meter
        self.actor = actor
    }

    /// - Returns: how many days it had.
    /// - Throws: `AccessError.notPermitted`, `AudienceError.unknownSite`, `.unknownMeter`.
    public func perform(_ db: Connection) throws -> Int {
        try actor.require(.viewsManage)
        guard let site = try Site.chosen(site, db).first else { throw AudienceError.unknownSite(site, known: []) }
        try Meter.lock(site, db)
        let known = try db.rows("SELECT id, name FROM audience.meter WHERE site = \(site.id) ORDER BY id") {
            (id: try $0.next(Int.self), name: try $0.next(String.self))
        }
        guard let id = known.first(where: { $0.name == meter })?.id else {
            throw AudienceError.unknownMeter(meter, site: site.host, known: known.map(\.name))
        }
        let days = try db.run("DELETE FROM audience.history_day WHERE meter = \(id)")
        try db.run("DELETE FROM audience.meter WHERE id = \(id)")
        try Audit.append(
            db, Subject(.site, Int64(site.id)), "history.removed", by: actor.origin,
            facts: ["meter": .integer(Int64(id)), "days": .integer(Int64(days))])
        return days
    }
}

extension Meter {
    /// - Throws: `ValueError` when a meter can't be called so.
    static func requireName(_ name: String) throws(ValueError) {
        func refused(_ reason: String) -> ValueError { ValueError(kind: "meter", value: name, reason: reason) }
        guard name != SiteMeters.log, name != "beacon" else { throw refused("that is what we count ourselves") }
        let allowed = name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2d }
        guard (1...40).contains(name.utf8.count), allowed, !name.hasPrefix("-") else {
            throw refused("write 1 to 40 of a-z, 0-9 and hyphens, as plausible-2024")
        }
    }

    /// One change of a site's meters at a time: what two files say of a day is held against each other.
    fileprivate static func lock(_ site: Site, _ db: Connection) throws {
        try db.run("SELECT pg_advisory_xact_lock(hashtextextended('audience.meter', \(site.id)))")
    }
}
