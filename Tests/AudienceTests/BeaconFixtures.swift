import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Noon UTC, by which beacons of these tests come.
let beaconNoon = Timestamp(seconds: 1_779_019_200)

/// A collector with a spool of its own, and pages that tell it of themselves.
final class BeaconHouse: Sendable {
    let folder: String
    let spool: Spool
    let collector: Collector

    init(
        _ folder: String, rules: Collector.Rules? = nil, limits: Collector.Limits = Collector.Limits(),
        options: Spool.Options = Spool.Options()
    ) throws {
        self.folder = folder
        spool = try Spool(folder: folder, options)
        let rules =
            try rules
            ?? Collector.Rules(
                identityKey: HashKey(low: 1, high: 2), hosts: ["example.org"], bots: try bots())
        collector = Collector(spool, rules, limits: limits)
    }

    /// Sends the JSON object that a page would.
    func tell(
        _ members: [String: JSON], after seconds: Int64 = 0, peer: String = "192.0.2.1", agent: String = browser,
        host: String = "example.org", forwarded: String? = nil
    ) async -> Collector.Receipt {
        await collector.take(
            Collector.Request(
                .body(JSON.object(members).canonical()), peer: peer, forwarded: forwarded, agent: agent, host: host,
                receivedAt: beaconNoon.adding(seconds: seconds)))
    }

    /// A page was viewed.
    func view(
        _ load: String, _ path: String = "/a", after seconds: Int64 = 0, peer: String = "192.0.2.1",
        agent: String = browser, referrer: String = "", event: String = "view"
    ) async -> Collector.Receipt {
        await tell(
            [
                "event": .string(event), "load": .string(load), "url": .string("https://example.org" + path),
                "referrer": .string(referrer),
            ], after: seconds, peer: peer, agent: agent)
    }

    /// How a load stands.
    func engaged(
        _ load: String, ms: Int, percent: Int = 0, end: Bool = false, after seconds: Int64
    ) async -> Collector.Receipt {
        await tell(
            [
                "event": "engagement", "load": .string(load), "url": "https://example.org/a",
                "engaged_ms": .integer(Int64(ms)), "seen_percent": .integer(Int64(percent)), "end_seen": .bool(end),
            ], after: seconds)
    }

    /// All records of the spool.
    func records() throws -> [BeaconRecord] {
        var (found, cursor): ([BeaconRecord], SpoolCursor?) = ([], nil)
        while true {
            let part = try SpoolReader(folder: folder).read(after: cursor)
            if part.records.isEmpty { return found }
            found += try part.records.map { try BeaconRecord(bytes: $0.payload) }
            cursor = part.cursor
        }
    }
}

/// Eight characters at least, as a page draws them.
func load(_ number: Int) -> String { "load-\(1_000_000 + number)" }

func spoolDrain(
    _ database: Database, _ folder: String, batchBytes: Int? = nil, zone: Zone = .utc, retention: Int64? = nil,
    missing: SpoolDrain.Missing = .refuse, now: Timestamp = beaconNoon.adding(seconds: 86_400 * 3)
) -> SpoolDrain {
    var options = SpoolDrain.Options(zone: zone, now: now)
    options.salts = fixedSalts
    options.retention = retention
    options.missing = missing
    if let batchBytes { options.batchBytes = batchBytes }
    return SpoolDrain(database, folder: folder, options)
}

/// Runs a test with a database in which example.org counts by the beacon, and a collector that knows it.
func withBeacon(
    zone: String = "UTC", limits: Collector.Limits = Collector.Limits(), options: Spool.Options = Spool.Options(),
    _ body: (TestDatabase, BeaconHouse) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    try await withTestDatabase { test in
        let zone = try Zone.named(zone)
        let rules = try await test.app.transaction { db in
            _ = try BeaconSite.ensure(["example.org"], zone: zone, db)
            return try Collector.Rules.load(bots: bots(), db)
        }
        let house = try BeaconHouse(folder.url.path(), rules: rules, limits: limits, options: options)
        try await body(test, house)
        await house.spool.close()
    }
}

/// One line of figures.
func figures(_ sql: SQL, _ test: TestDatabase) async throws -> [String] {
    try await test.app.read { db in try db.rows(sql) { try $0.next(String.self) } }
}
