public import Postgres
public import Values

/// A host name whose views are counted, and the zone that decides which hour they belong to.
public struct Site: Sendable {
    /// Under which its log counts.
    public let id: Int
    public let host: String
    public let zone: Zone
    /// Under which its beacon counts, where it has one. The two are never added: see `SiteMeters`.
    let beacon: Int?

    static let columns: StaticString = """
        s.id, s.host, s.timezone,
        (SELECT b.id FROM audience.site b WHERE b.host = s.host AND b.meter = 'beacon') AS beacon
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        host = try row.next()
        zone = try Zone.named(try row.next(String.self))
        beacon = try row.next()
    }

    /// All ids under which something of it is counted.
    var ids: [Int] { [id] + (beacon.map { [$0] } ?? []) }

    /// The same for each of its ids: what is done to the counts of every meter, one by one.
    var meters: [Site] { ids.map { Site(id: $0, host: host, zone: zone) } }

    private init(id: Int, host: String, zone: Zone) {
        (self.id, self.host, self.zone, beacon) = (id, host, zone, nil)
    }

    /// All sites, by host.
    public static func all(_ db: Connection) throws -> [Site] {
        try db.rows(
            "SELECT \(raw: columns) FROM audience.site s WHERE s.meter = 'log' ORDER BY s.host COLLATE \"C\""
        ) { try Site(&$0) }
    }

    /// The sites of a report: the named one, or all.
    ///
    /// - Throws: `AudienceError.unknownSite` with the hosts there are.
    static func chosen(_ host: String?, _ db: Connection) throws -> [Site] {
        let sites = try all(db)
        guard let host else { return sites }
        let folded = ScanSite.folded(host)
        guard let site = sites.first(where: { $0.host == folded }) else {
            throw AudienceError.unknownSite(host, known: sites.map(\.host))
        }
        return [site]
    }

    /// The sites of these hosts; one that is new takes the zone.
    static func ensure(_ hosts: [String], zone: Zone, _ db: Connection) throws -> [Site] {
        try db.run(
            """
            INSERT INTO audience.site (host, timezone)
            SELECT host, \(zone.name) FROM unnest(\(hosts.sorted())::text[]) AS host
            WHERE host NOT IN (SELECT s.host FROM audience.site s)
            ON CONFLICT ON CONSTRAINT site_host_unique DO NOTHING
            """)
        return try db.rows(
            "SELECT \(raw: columns) FROM audience.site s WHERE s.meter = 'log' AND s.host = ANY(\(hosts)::text[])"
        ) { try Site(&$0) }
    }

    var scanned: ScanSite {
        let zone = zone
        return ScanSite(host: host) { zone.offset(at: Timestamp(seconds: $0)) }
    }
}

/// What can go wrong with views, with the facts.
public enum AudienceError: Error, Equatable, Sendable {
    case unknownSite(String, known: [String])
    /// Others kept committing to the same log.
    case contended(path: String)
    /// A stored sketch or visit can't be read: the database is damaged, or newer than this program.
    case damagedState(String)
    case periodGranularity(period: String, wanted: String)
    case futurePeriod(String)
    /// No mark or covered time has that number.
    case unknownEntry(String, Int64)
    /// No site has lines of that period.
    case nothingCounted(String)
    case tooManyPeriods(Int, limit: Int)
    /// A change isn't what words would say of it.
    case falseAsWorded(String, reason: String)
    /// A file of history with the first of its mistakes by line, and how many more there are.
    case badHistory(name: String, mistakes: [HistoryMistake], more: Int)
    case historyTooLarge(name: String, limit: Int)
    case unknownMeter(String, site: String, known: [String])
    /// A day of the meter is there with other figures.
    case historyDiffers(meter: String, day: LocalDate, line: Int)
    case meterFormat(meter: String, format: String)
    /// A log given to rebuild a month from is another one's copy, or an earlier state of it.
    case sameLog(path: String, other: String)
    /// A log given to rebuild a month from wasn't imported, or has grown since.
    case notCounted(path: String)
    case archiveCoversLess(String, hours: Int)
    case closedWithoutReason(String)
    /// So many records of a spool were removed before this database counted them.
    case spoolGone(path: String, records: Int)
}
