import Foundation
import Testing
import Values

@testable import Audience

/// What a collector makes of requests, and what it keeps of them.
struct CollectorTests {
    private func withHouse(
        limits: Collector.Limits = Collector.Limits(), _ body: (BeaconHouse) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let house = try BeaconHouse(folder.url.path(), limits: limits)
        try await body(house)
        await house.spool.close()
    }

    private func outcomes(_ house: BeaconHouse) throws -> [Outcome] {
        try house.records().compactMap {
            switch $0.event {
            case .view(let sight), .opening(let sight): sight.outcome
            case .engagement: nil
            }
        }
    }

    /// What a log's line of that reader and page comes to: the tally that counts logs is asked.
    private func logged(
        _ target: String, address: String = "192.0.2.1", referrer: String = "-", agent: String = browser
    ) throws -> (visitor: UInt64, path: String, source: String) {
        var tally = Tally(try plan())
        let line = Array(
            logLine(address: address, request: "GET \(target) HTTP/1.1", referrer: referrer, agent: agent).utf8)
        line.withUnsafeBufferPointer { tally.scan(ByteRange($0)) }
        try #require(tally.events.count == 1)
        let event = tally.events[0]
        return (
            event.visitor, tally.contents.key(event.content).text, tally.sources.key(event.source).text
        )
    }

    @Test func aBeaconAndALineOfOneReaderAreOneVisitorPageAndSource() async throws {
        try await withHouse { house in
            let referrer = "https://www.search.example/q?x=1"
            let cases = [
                ("/a", "192.0.2.1", ""), ("/a/?utm_source=Letter&utm_campaign=May&x=1", "192.0.2.7", referrer),
                ("/caf%C3%A9//b/", "2001:db8:1:2:3:4:5:6", referrer), ("/a%2Fb?ref=other", "::ffff:198.51.100.9", ""),
                ("/", "192.0.2.1", "https://example.org/before"),
            ]
            for (index, (target, address, referrer)) in cases.enumerated() {
                #expect(await house.view(load(index), target, peer: address, referrer: referrer) == .accepted)
            }
            let records = try house.records()
            #expect(records.count == cases.count)
            for (record, (target, address, referrer)) in zip(records, cases) {
                guard case .view(let sight) = record.event else {
                    Issue.record("no view")
                    continue
                }
                let line = try logged(target, address: address, referrer: referrer.isEmpty ? "-" : referrer)
                #expect(sight.visitor == line.visitor)
                #expect(String(decoding: sight.path, as: UTF8.self) == line.path)
                #expect(String(decoding: sight.source, as: UTF8.self) == line.source)
                #expect(sight.outcome == Outcome(ViewClass.human))
            }
        }
    }

    @Test func whatIsNoPageViewOfAPersonIsKeptAsWhatItIs() async throws {
        try await withHouse { house in
            let url: JSON = "https://example.org/a"
            func told(_ number: Int, _ more: [String: JSON], agent: String = browser) async -> Collector.Receipt {
                await house.tell(
                    ["event": "view", "load": .string(load(number)), "url": url].merging(more) { $1 }, agent: agent)
            }
            #expect(await told(1, ["prerendering": true]) == .accepted)
            #expect(await told(2, ["visible": false]) == .accepted)
            #expect(await told(3, ["url": "https://example.org/api/x"]) == .accepted)
            #expect(await told(4, ["url": "https://example.org/style.css"]) == .accepted)
            #expect(await told(5, [:], agent: "Mozilla/5.0 (compatible; Googlebot/2.1)") == .accepted)
            #expect(await told(6, [:], agent: "curl/8.5.0") == .accepted)
            #expect(await told(7, [:], agent: "") == .accepted)
            let found = try outcomes(house)
            #expect(
                found == [
                    Outcome(ExclusionRule.prefetch), Outcome(BeaconRule.hidden), Outcome(ExclusionRule.route),
                    Outcome(ExclusionRule.route), Outcome(ViewClass.declaredBot), Outcome(ViewClass.httpLibrary),
                    Outcome(ViewClass.emptyAgent),
                ])
        }
    }

    @Test func whatIsNotUnderstoodIsRefusedWithAReasonAndLeavesNothing() async throws {
        try await withHouse { house in
            let good: [String: JSON] = ["event": "view", "load": "abcdefgh", "url": "https://example.org/a"]
            let bad: [(String, [String: JSON])] = [
                ("event", ["event": "click"]), ("event", ["event": 1]), ("event", ["event": nil]),
                ("load", ["load": "short"]), ("load", ["load": "has spaces in it"]), ("load", ["load": nil]),
                ("load", ["load": .string(String(repeating: "x", count: 65))]),
                ("url", ["url": nil]), ("url", ["url": "ftp://example.org/a"]), ("url", ["url": "a"]),
                ("url", ["url": .string("/" + String(repeating: "x", count: 2_048))]),
                ("visible", ["visible": "maybe"]), ("engaged_ms", ["engaged_ms": -1]),
                ("engaged_ms", ["engaged_ms": "1e3"]), ("seen_percent", ["seen_percent": 101]),
                ("referrer", ["referrer": ["x"]]),
            ]
            for (name, change) in bad {
                let receipt = await house.tell(good.merging(change) { $1 })
                guard case .malformed(let malformed) = receipt else {
                    Issue.record("\(name): \(receipt)")
                    continue
                }
                #expect(malformed.name == name && receipt.status == 400)
            }
            for body in ["", "{", "[]", "{\"event\":\"view\"", String(repeating: " ", count: 8_193)] {
                let receipt = await house.collector.take(
                    Collector.Request(
                        .body(Array(body.utf8)), peer: "192.0.2.1", agent: browser, host: "example.org",
                        receivedAt: beaconNoon))
                #expect(receipt.status == 400)
            }
            for url in ["https://other.example/a", "https://example.org.other.example/a", "https://x@example.org/a"] {
                let receipt = await house.tell(good.merging(["url": .string(url)]) { $1 })
                #expect(receipt == .unknownSite && receipt.status == 403)
            }
            #expect(await house.tell(good.merging(["url": "/a"]) { $1 }, host: "other.example") == .unknownSite)
            do {
                let kept = try house.records()
                #expect(kept.isEmpty)
            }
            // What an older collector doesn't know is no mistake.
            #expect(await house.tell(good.merging(["depth": 3]) { $1 }) == .accepted)
            #expect(await house.tell(good.merging(["url": "/a"]) { $1 }, host: "WWW.Example.org:8443") == .accepted)
            do {
                let kept = try house.records()
                #expect(kept.count == 2)
            }
        }
    }

    @Test func theImageSaysWhatTheScriptSays() async throws {
        try await withHouse { house in
            let query =
                "event=view&load=abcdefgh-1&url=https%3A%2F%2Fexample.org%2Fa%2520b%3Futm_source%3Dx"
                + "&referrer=https%3A%2F%2Fsearch.example%2F&visible=1"
            let receipt = await house.collector.take(
                Collector.Request(
                    .query(query), peer: "192.0.2.1", agent: browser, host: "counter.example",
                    receivedAt: beaconNoon))
            #expect(receipt == .accepted)
            #expect(
                await house.tell(
                    [
                        "event": "view", "load": "abcdefgh-1", "url": "https://example.org/a%20b?utm_source=x",
                        "referrer": "https://search.example/",
                    ]) == .accepted)
            let records = try house.records()
            #expect(records.count == 2 && records[0] == records[1])
            for wrong in ["", "event=view&event=view&load=abcdefgh&url=/a", "event=view&load=abcdefgh&url="] {
                let receipt = await house.collector.take(
                    Collector.Request(
                        .query(wrong), peer: "192.0.2.1", agent: browser, host: "example.org",
                        receivedAt: beaconNoon))
                #expect(receipt.status == 400)
            }
        }
    }

    /// Check 20, for beacons.
    @Test func onlyATrustedProxySaysWhereARequestCameFrom() throws {
        let peers = try TrustedPeers(["10.0.0.0/8", "192.0.2.5", "2001:db8::/32"])
        #expect(peers.client(peer: "198.51.100.1", forwarded: "203.0.113.9") == "198.51.100.1")
        #expect(peers.client(peer: "10.1.2.3", forwarded: "203.0.113.9") == "203.0.113.9")
        #expect(peers.client(peer: "10.1.2.3", forwarded: "1.1.1.1, 203.0.113.9, 192.0.2.5") == "203.0.113.9")
        #expect(peers.client(peer: "::ffff:10.1.2.3", forwarded: "203.0.113.9:4711") == "203.0.113.9")
        #expect(peers.client(peer: "2001:db8:9::1", forwarded: "[2001:dead::1]:443") == "2001:dead::1")
        #expect(peers.client(peer: "10.1.2.3", forwarded: nil) == "10.1.2.3")
        #expect(peers.client(peer: "10.1.2.3", forwarded: "10.9.9.9, 10.8.8.8") == "10.9.9.9")
        #expect(TrustedPeers.none.client(peer: "10.1.2.3", forwarded: "203.0.113.9") == "10.1.2.3")
        for wrong in ["", "example.org", "10.0.0.0/33", "10.0.0.0/x", "2001:db8::/129"] {
            #expect(throws: ValueError.self) { try TrustedPeers([wrong]) }
        }
    }

    @Test func oneAddressMayNotSendForAll() async throws {
        var limits = Collector.Limits()
        limits.perAddress = 3
        limits.inAll = 6
        try await withHouse(limits: limits) { house in
            var receipts: [Int] = []
            for number in 0..<5 { receipts.append(await house.view(load(number)).status) }
            #expect(receipts == [204, 204, 204, 429, 429])
            #expect(await house.view(load(5), peer: "192.0.2.2") == .accepted)
            #expect(await house.view(load(6), peer: "192.0.2.3") == .tooMany)
            #expect(await house.view(load(7), after: 10) == .accepted)
            do {
                let kept = try house.records()
                #expect(kept.count == 5)
            }
        }
    }

    /// Check 26. Another program asks the kernel which bytes of the spool aren't on the disk yet, after each answer.
    @Test(.enabled(if: hasCacheStatus, "only a recent Linux tells what isn't on the disk yet"))
    func acceptedIsSaidOnlyWhenTheDiskHasIt() async throws {
        try await withHouse { house in
            let segment = try #require(
                FileManager.default.contentsOfDirectory(atPath: house.folder).first { $0.hasSuffix(".spool") })
            for number in 0..<20 {
                #expect(await house.view(load(number)) == .accepted)
                #expect(await house.spool.flushes == number + 1)
                #expect(try unwritten(house.folder + "/" + segment) == 0)
            }
            // That the kernel would have told.
            let loose = house.folder + "/loose"
            try system("sh", "-c", "head -c 100000 /dev/zero > \(loose)")
            #expect(try unwritten(loose) > 0)
        }
    }

    /// Check 27.
    @Test(.enabled(if: geteuid() == 0, "only root can mount a small disk"))
    func aFullDiskIsUnavailableNeverAcceptedAndRecoversWithoutARestart() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path()
        guard try system("mount", "-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs", path) else {
            return print("skipped: this machine doesn't let us mount a small disk")
        }
        defer { _ = try? system("umount", path) }
        let house = try BeaconHouse(path)
        let filler = path + "/filler"
        try Data(count: 200 * 1024).write(to: URL(filePath: filler))
        var accepted: [String] = []
        var refused = 0
        for number in 0..<2_000 {
            let receipt = await house.view(load(number), "/page-\(number)", peer: "192.0.2.\(number % 250)")
            switch receipt.status {
            case 204: accepted.append("/page-\(number)")
            case 503: refused += 1
            default: Issue.record("\(receipt)")
            }
        }
        #expect(accepted.count > 100 && refused > 100)
        try FileManager.default.removeItem(atPath: filler)
        for number in 2_000..<2_100 {
            #expect(await house.view(load(number), "/page-\(number)", after: 20) == .accepted)
            accepted.append("/page-\(number)")
        }
        let kept = try house.records().map { record -> String in
            guard case .view(let sight) = record.event else { return "" }
            return String(decoding: sight.path, as: UTF8.self)
        }
        #expect(kept == accepted)
        await house.spool.close()
    }

    @Test func storedRecordsAreReadAsTheyWereWrittenAndDamageIsSaid() throws {
        let sight = BeaconRecord.Sight(
            outcome: Outcome(ViewClass.human), visitor: 7, path: Array("/a".utf8), source: Array("hx.example".utf8),
            device: .tablet)
        let events: [BeaconRecord.Event] = [
            .view(sight), .opening(sight),
            .engagement(BeaconRecord.Engagement(engagedMs: 7_200_000, seenPercent: 100, endSeen: true)),
        ]
        for event in events {
            let record = BeaconRecord(host: "example.org", load: Hash128(first: 1, second: 2), event: event)
            let bytes = record.bytes
            #expect(try BeaconRecord(bytes: bytes) == record)
            for end in bytes.indices {
                #expect(throws: BeaconRecord.Malformed.self) { try BeaconRecord(bytes: Array(bytes[..<end])) }
            }
            #expect(throws: BeaconRecord.Malformed.self) { try BeaconRecord(bytes: bytes + [0]) }
            #expect(throws: BeaconRecord.Malformed.self) { try BeaconRecord(bytes: [9] + bytes.dropFirst()) }
            // The first version knew no devices, and no tags: the length of a source was one byte, here before its name.
            guard case .view = event else { continue }
            let length = bytes.count - 1 - sight.source.count - 2
            let second = [2] + bytes[1..<length] + bytes[(length + 1)...]
            for (old, device) in [(second, sight.device), ([1] + second.dropFirst().dropLast(), .unknown)] {
                guard case .view(let old) = try BeaconRecord(bytes: Array(old)).event else {
                    Issue.record("a view became something else")
                    continue
                }
                #expect(old.device == device && old.path == sight.path && old.source == sight.source)
            }
        }
    }
}

@discardableResult func system(_ arguments: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
}

/// Pages of a file that the kernel has and the disk hasn't: dirty, or on their way (cachestat, Linux 6.5).
private func unwritten(_ path: String) throws -> Int {
    let script = """
        import ctypes, os, struct, sys
        out = ctypes.create_string_buffer(40)
        status = ctypes.CDLL(None).syscall(451, os.open(sys.argv[1], os.O_RDONLY),
            ctypes.c_char_p(struct.pack("QQ", 0, 0)), out, 0)
        cache, dirty, writeback, _, _ = struct.unpack("QQQQQ", out.raw)
        print(dirty + writeback if status == 0 else -1)
        """
    let process = Process()
    let out = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, path]
    process.standardOutput = out
    try process.run()
    let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Int(text.dropLast()) ?? -1
}

/// Whether this kernel tells, on this disk.
private let hasCacheStatus: Bool = {
    let path = FileManager.default.temporaryDirectory.appending(path: "cachestat-\(UUID())").path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    // Foundation's own writing waits for the disk.
    _ = try? system("sh", "-c", "head -c 100000 /dev/zero > \(path)")
    return ((try? unwritten(path)) ?? 0) > 0
}()
