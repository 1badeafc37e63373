import Foundation
import Postgres
import Synchronization
import TestDatabase
import Testing
import Values

@testable import Audience

/// Checks 11, 28 and 29, and kills: what was accepted is counted once, whatever dies, and says nothing of anybody.
struct BeaconDurabilityTests {
    /// Check 11.
    @Test func aRestoredBackupCatchesUpFromTheSpoolThatSurvived() async throws {
        let folder = try TemporaryFolder()
        let dump = folder.url.appending(path: "backup.dump").path()
        try await withBeacon { test, house in
            func send(_ numbers: Range<Int>) async throws {
                for number in numbers {
                    let seconds = Int64(number * 20)
                    let receipt = await house.view(
                        load(number), "/p\(number % 7)", after: seconds, peer: "192.0.2.\(number % 30)")
                    try #require(receipt == .accepted)
                    guard number % 3 == 0 else { continue }
                    let engaged = await house.engaged(load(number), ms: 15_000, percent: 90, after: seconds + 15)
                    try #require(engaged == .accepted)
                }
            }
            try await send(0..<200)
            _ = try await spoolDrain(test.app, house.folder, batchBytes: 6_000).run()
            try #require(try postgres("pg_dump", "-Fc", "-f", dump, "-d", test.superuserURL))
            try await send(200..<300)
            _ = try await spoolDrain(test.app, house.folder).run()
            let expected = try await rollups(test.app)

            let admin = test.database(test.server.url(database: "postgres", user: "postgres"))
            let name = test.name + "_restored"
            try await admin.statement { db in
                try db.script("CREATE DATABASE \(name) TEMPLATE template0 OWNER masthead_owner")
            }
            let url = test.server.url(database: name, user: "masthead_app")
            try #require(
                try postgres("pg_restore", "-d", test.server.url(database: name, user: "postgres"), dump))
            let restored = test.database(url)
            #expect(try await rollups(restored) != expected)
            let report = try await spoolDrain(restored, house.folder).run()
            #expect(report.views == 100 && report.repeated == 0)
            #expect(try await rollups(restored) == expected)
            let reads: SQL = "SELECT concat_ws(' ', sum(reads), sum(engaged_ms)) FROM audience.site_hour"
            let sums = try await restored.read { db in try db.value(reads, as: String.self) }
            #expect(try await figures(reads, test) == [sums ?? ""])
            let merged = try await sketches(restored)
            #expect(try await sketches(test.app) == merged)
            await restored.close()
            try await admin.statement { db in try db.script("DROP DATABASE \(name) WITH (FORCE)") }
            await admin.close()
        }
    }

    /// Check 10, for a spool: nobody knows what became of the commit, until the place is read back.
    @Test(arguments: [CuttingProxy.Cut.beforeForwarding, .beforeAnswering])
    func aConnectionLostAtTheCommitLosesAndDoublesNothing(cut: CuttingProxy.Cut) async throws {
        try await withBeacon { test, house in
            for number in 0..<100 { #expect(await house.view(load(number), after: Int64(number)) == .accepted) }
            let proxy = try CuttingProxy(
                to: test.server, cuttingAt: "COMMIT\0", after: "INSERT INTO audience.spool_batch", cut)
            let cutOff = test.database("host=\(proxy.folder) dbname=\(test.name) user=masthead_app")
            let report = try await spoolDrain(cutOff, house.folder).run()
            await cutOff.close()
            #expect(report.records == 100)
            let sums = try await figures(
                """
                SELECT concat_ws(' ', (SELECT sum(pv) FROM audience.site_hour), sum(records), count(*))
                FROM audience.spool_batch
                """, test)
            #expect(sums == ["100 100 1"])
        }
    }

    /// Check 28.
    @Test func withPostgreSQLDownAThousandBeaconsASecondAreTakenAndAllCounted() async throws {
        let folder = try TemporaryFolder()
        try await withTestServer { test in
            let rules = try await test.app.transaction { db in
                _ = try BeaconSite.ensure(["example.org"], zone: .utc, db)
                return try Collector.Rules.load(bots: bots(), db)
            }
            let house = try BeaconHouse(folder.url.path(), rules: rules)
            try test.server.stop("fast")
            await #expect(throws: PostgresError.self) { try await spoolDrain(test.app, house.folder).run() }
            let (seconds, each) = (5, 10)
            let clock = ContinuousClock()
            let start = clock.now
            var late = Duration.zero
            let accepted = await withTaskGroup(of: Int.self) { group in
                for turn in 0..<(seconds * 100) {
                    let due = start + .milliseconds(turn * 10)
                    late = max(late, clock.now - due)
                    try? await clock.sleep(until: due)
                    for number in 0..<each {
                        group.addTask {
                            let receipt = await house.view(
                                load(turn * each + number), "/p\(number)", after: Int64(turn / 100),
                                peer: "192.0.\(turn % 100).\(number)")
                            return receipt == .accepted ? 1 : 0
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(accepted == seconds * 100 * each)
            print(
                "beacons: \(accepted) in \(clock.now - start), \(await house.spool.flushes) flushes, at most \(late) late"
            )
            try test.server.start()
            let report = try await spoolDrain(test.app, house.folder).run()
            #expect(report.views == accepted)
            let counted = try await figures(
                "SELECT concat_ws(' ', sum(pv), (SELECT count(*) FROM audience.beacon_load)) FROM audience.site_hour",
                test)
            #expect(counted == ["\(accepted) \(accepted)"])
            await house.spool.close()
        }
    }

    /// Check 29.
    @Test func plantedAddressesAndAgentsAreNowhereOnTheDisk() async throws {
        let folder = try TemporaryFolder()
        let spool = folder.url.appending(path: "spool").path()
        try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
        let planted = ["203.0.113.177", "198.51.100.213", "2001:db8:77aa:77bb", "PlantedAgent", "planted-query"]
        let agent = browser + " PlantedAgent/7.7"
        try await withTestServer { test in
            var rules = try await test.app.transaction { db in
                _ = try BeaconSite.ensure(["example.org"], zone: .utc, db)
                return try Collector.Rules.load(bots: bots(), db)
            }
            rules.proxies = try TrustedPeers(["10.0.0.1"])
            let house = try BeaconHouse(spool, rules: rules)
            for (number, peer) in ["203.0.113.177", "2001:db8:77aa:77bb::1", "10.0.0.1"].enumerated() {
                for event in ["view", "opening", "engagement", "nonsense"] {
                    _ = await house.tell(
                        [
                            "event": .string(event), "load": .string(load(number)), "engaged_ms": 40_000,
                            "url": "https://example.org/kept-path?mail=planted-query", "end_seen": true,
                            "referrer": "https://kept-referrer.example/?q=planted-query",
                        ], after: Int64(number), peer: peer, agent: agent, forwarded: "198.51.100.213")
                }
            }
            let log =
                "203.0.113.177 - - [17/May/2026:10:05:03 +0000] \"GET /kept-path?mail=planted-query HTTP/1.1\" 200 5"
                + " \"-\" \"\(agent)\"\n203.0.113.177 - - [17/May/2026:10:05:03 +0000] \"PlantedAgent planted-query\" 200 5\n"
            let path = try folder.write("access.log", log)
            _ = try await importer(test.app).run([path])
            try FileManager.default.removeItem(atPath: path)
            let report = try await spoolDrain(test.app, spool).run()
            #expect(report.views == 3 && report.openings == 0 && report.repeated == 3 && report.engagements == 3)
            let dump = folder.url.appending(path: "plain.sql").path()
            try #require(try postgres("pg_dump", "-f", dump, "-d", test.superuserURL))
            try await test.database(test.superuserURL).statement { try $0.script("CHECKPOINT") }
            for place in [folder.url.path(), test.server.folder] {
                // That they would be found: the path is there.
                #expect(try system("grep", "-raqF", "kept-path", place))
                for word in planted {
                    #expect(try !system("grep", "-raqiF", word, place), "\(word) in \(place)")
                }
            }
            await house.spool.close()
        }
    }

    // MARK: Kills

    /// The process that collects and the one that drains are killed at random instants, again and again.
    @Test(.enabled(if: canStartItself, "the tests aren't a program of their own here"))
    func whateverIsKilledWhatWasAcceptedIsCountedOnce() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        try await withBeacon { test, house in
            await house.spool.close()
            var accepted: Set<Int> = []
            for round in 0..<15 {
                let collector = try Child(
                    "aCollectorThatGoesOnUntilItIsKilled", house.folder, test.appURL, first: round * 100_000)
                let drainer = try Child("aDrainerThatGoesOnUntilItIsKilled", house.folder, test.appURL)
                try await Workers.detached { collector.waitForFirstLine() }
                try await Task.sleep(for: .microseconds(Int64(random.next() % 150_000)))
                if random.next() % 4 == 0 { try await Workers.detached { drainer.waitForFirstLine() } }
                collector.kill()
                try await Task.sleep(for: .microseconds(Int64(random.next() % 20_000)))
                drainer.kill()
                accepted.formUnion(collector.lines().compactMap { Int($0) })
            }
            _ = try await spoolDrain(test.app, house.folder).run()
            let counted = try await test.app.read { db in
                try db.rows(
                    """
                    SELECT substr(c.path, 3)::bigint, sum(h.pv)::bigint FROM audience.pv_hour h
                    JOIN audience.content c ON c.site = h.site AND c.key = h.content GROUP BY c.path
                    """
                ) { (try $0.next(Int.self), try $0.next(Int.self)) }
            }
            #expect(accepted.count > 300, "seed \(seed)")
            #expect(counted.allSatisfy { $0.1 == 1 }, "seed \(seed)")
            #expect(accepted.subtracting(counted.map(\.0)).isEmpty, "seed \(seed)")
            let sums = try await figures(
                """
                SELECT concat_ws(' ', (SELECT sum(pv) FROM audience.site_hour), (SELECT sum(records) FROM audience.spool_batch))
                """, test)
            #expect(sums == ["\(counted.count) \(counted.count)"], "seed \(seed)")
        }
    }
}

/// What the test above starts and kills; nothing by themselves.
struct KilledProcesses {
    @Test(.enabled(if: Child.given != nil, "only as a process that is killed"))
    func aCollectorThatGoesOnUntilItIsKilled() async throws {
        let given = try #require(Child.given)
        let database = Database(.init(url: given.url), logger: .silent)
        // One pattern: to be ready quickly is all that matters here.
        let rules = try await database.read { db in
            try Collector.Rules.load(bots: BotList(parsing: "declared_bot\tcrawler"), db)
        }
        var limits = Collector.Limits()
        limits.perAddress = .max
        limits.inAll = .max
        var options = Spool.Options()
        options.segmentBytes = 20_000
        let house = try BeaconHouse(given.folder, rules: rules, limits: limits, options: options)
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask {
                    for number in 0..<10_000 {
                        let own = given.first + number * 8 + lane
                        guard await house.view(load(own), "/p\(own)", after: Int64(number / 50)) == .accepted else {
                            return
                        }
                        Child.say("\(own)")
                    }
                }
            }
        }
    }

    @Test(.enabled(if: Child.given != nil, "only as a process that is killed"))
    func aDrainerThatGoesOnUntilItIsKilled() async throws {
        let given = try #require(Child.given)
        let database = Database(.init(url: given.url), logger: .silent)
        for _ in 0..<10_000 {
            _ = try await spoolDrain(database, given.folder, batchBytes: 1_500).run()
            Child.say("drained")
        }
    }
}

/// This program again, with one test to do.
private final class Child: Sendable {
    private let process: Process
    private let output: FileHandle
    private let text = Mutex(Data())

    static let given: (folder: String, url: String, first: Int)? = {
        let environment = ProcessInfo.processInfo.environment
        guard let folder = environment["BEACON_FOLDER"], let url = environment["BEACON_DATABASE"] else { return nil }
        return (folder, url, Int(environment["BEACON_FIRST"] ?? "") ?? 0)
    }()

    /// A line for whoever started this process, among whatever else is printed.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data(">\(line)\n".utf8)) }

    init(_ test: String, _ folder: String, _ url: String, first: Int = 0) throws {
        process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--testing-library", "swift-testing", "--filter", test]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "BEACON_FOLDER": folder, "BEACON_DATABASE": url, "BEACON_FIRST": "\(first)",
        ]) { $1 }
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        output = pipe.fileHandleForReading
        try process.run()
    }

    func waitForFirstLine() {
        while !text.withLock({ $0.contains(UInt8(ascii: ">")) }) {
            let more = output.availableData
            if more.isEmpty { return }
            text.withLock { $0 += more }
        }
    }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// The whole lines that it said.
    func lines() -> [String] {
        let rest = output.readDataToEndOfFile()
        let all = text.withLock { $0 + rest }
        let whole = all.prefix(through: all.lastIndex(of: 0x0a) ?? all.startIndex)
        return String(decoding: whole, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix(">") }
            .map { String($0.dropFirst()) }
    }
}

private let canStartItself = FileManager.default.fileExists(atPath: "/proc/self/exe")

/// Runs one of PostgreSQL's own programs.
private func postgres(_ program: String, _ arguments: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "p=$1; shift; exec \"$(pg_config --bindir)/$p\" \"$@\"", "sh", program] + arguments
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
}
