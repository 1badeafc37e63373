public import Access
internal import Journal
public import Postgres
public import Values

/// A host that is counted by the beacon: a meter beside its log, with an id of its own for all that is counted.
public struct BeaconSite: Sendable {
    let id: Int
    public let host: String
    public let zone: Zone

    /// By host.
    public static func all(_ db: Connection) throws -> [BeaconSite] {
        try db.rows(
            "SELECT id, host, timezone FROM audience.site WHERE meter = 'beacon' ORDER BY host COLLATE \"C\""
        ) { row in
            BeaconSite(id: try row.next(), host: try row.next(), zone: try Zone.named(try row.next(String.self)))
        }
    }

    /// The beacons of these hosts. A host that is new takes the zone, and its row comes first.
    static func ensure(_ hosts: [String], zone: Zone, _ db: Connection) throws -> [String: BeaconSite] {
        _ = try Site.ensure(hosts, zone: zone, db)
        try db.run(
            """
            INSERT INTO audience.site (host, timezone, meter)
            SELECT s.host, s.timezone, 'beacon' FROM audience.site s
            WHERE s.meter = 'log' AND s.host = ANY(\(hosts)::text[])
              AND NOT EXISTS (SELECT FROM audience.site b WHERE b.host = s.host AND b.meter = 'beacon')
            ORDER BY s.host COLLATE "C"
            ON CONFLICT ON CONSTRAINT site_host_unique DO NOTHING
            """)
        let wanted = Set(hosts)
        return Dictionary(
            uniqueKeysWithValues: try all(db).filter { wanted.contains($0.host) }.map { ($0.host, $0) })
    }
}

/// Lets a host be counted by the beacon. Beacons of any other are refused: otherwise anybody could make sites.
public struct AddBeaconSite {
    let host: String
    let zone: Zone
    let actor: Actor

    /// - Parameter zone: of a host that nothing was counted of yet.
    public init(_ host: String, zone: Zone, by actor: Actor) {
        self.host = host
        self.zone = zone
        self.actor = actor
    }

    /// Changes nothing when it is counted already.
    ///
    /// - Throws: `AccessError.notPermitted`; `ValueError` for what is no host.
    public func perform(_ db: Connection) throws -> BeaconSite {
        try actor.require(.viewsManage)
        let folded = ScanSite.folded(host)
        guard AddBeaconSite.isHost(folded) else {
            throw ValueError(kind: "host", value: host, reason: "letters, digits, hyphens and dots, as example.org")
        }
        let known = try BeaconSite.all(db).first { $0.host == folded }
        if let known { return known }
        guard let site = try BeaconSite.ensure([folded], zone: zone, db)[folded] else {
            throw AudienceError.unknownSite(host, known: [])
        }
        try Audit.append(db, Subject(.site, Int64(site.id)), "views.beacon", by: actor.origin)
        return site
    }

    private static func isHost(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { ByteRange.folded($0) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2d || $0 == 0x2e }
    }
}

extension HashKey {
    /// The lasting secret of the database: identities of visitors and content.
    static func lasting(_ db: Connection) throws -> HashKey {
        guard let bytes = try db.value("SELECT identity_key FROM audience.secret", as: [UInt8].self),
            let key = HashKey(bytes: bytes)
        else { throw AudienceError.damagedState("secret") }
        return key
    }
}
