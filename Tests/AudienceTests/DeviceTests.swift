import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// What pages are read on, as user agents tell it.
struct DeviceTests {
    /// What browsers send on each, from their makers' documentation.
    // swift-format-ignore: a user agent is one line.
    private static let agents: [(DeviceClass, String)] = [
        (.computer, browser),
        (
            .computer,
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36"
        ),
        (
            .computer,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"
        ),
        (
            .computer,
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36"
        ),
        (
            .phone,
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
        ),
        (
            .phone,
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36"
        ),
        (.phone, "Mozilla/5.0 (Android 14; Mobile; rv:126.0) Gecko/126.0 Firefox/126.0"),
        (.phone, "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/2.12; U; en) Presto/2.12.423 Version/12.16"),
        (
            .tablet,
            "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1"
        ),
        (
            .tablet,
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36"
        ),
        (.tablet, "Mozilla/5.0 (Android 14; Tablet; rv:126.0) Gecko/126.0 Firefox/126.0"),
        (.unknown, "Mozilla/5.0 (compatible)"),
        (.unknown, "-"),
    ]

    @Test(arguments: agents) func anAgentNamesWhatItRunsOn(device: DeviceClass, agent: String) {
        Array(agent.utf8).withUnsafeBufferPointer { #expect(DeviceClass(agent: ByteRange($0)) == device) }
    }

    /// A day of views on known devices, in an order by chance, and how many there are of each.
    private func day(views: Int, seed: UInt64) -> (agents: [String], counts: [String: Int]) {
        var random = SeededRandom(seed: seed)
        let named = Self.agents.filter { $0.0 != .unknown }
        var agents: [String] = []
        var counts: [String: Int] = [:]
        for _ in 0..<views {
            let (device, agent) = named[Int(random.next() % UInt64(named.count))]
            agents.append(agent)
            counts[device.word, default: 0] += 1
        }
        return (agents, counts)
    }

    private func devices(_ database: Database) async throws -> [String: Int] {
        let lines = try await database.read { try TopReport(by: .device, site: "example.org").lines($0) }
        return Dictionary(uniqueKeysWithValues: lines.map { ($0.key, $0.views) })
    }

    @Test func devicesAddUpToTheSiteHoweverTheLogIsSplit() async throws {
        let folder = try TemporaryFolder()
        var (agents, counts) = day(views: 900, seed: 3)
        let lines = agents.enumerated().map { number, agent in
            logLine("17/May/2026:\(10 + number / 100):05:03 +0000", address: "192.0.2.\(number % 200)", agent: agent)
        }
        // The common format has no agent, a program is no reader, and neither makes a device.
        let common = "192.0.2.9 - - [17/May/2026:10:06:00 +0000] \"GET /a HTTP/1.1\" 200 512\n"
        let bot = logLine(agent: "Googlebot/2.1 (+http://www.google.com/bot.html)")
        counts["unknown"] = 1
        for parts in [1, 7] {
            try await withTestDatabase { test in
                for part in 0..<parts {
                    var text = lines.enumerated().filter { $0.offset % parts == part }.map(\.element).joined()
                    if part == 0 { text += common + bot }
                    let log = try folder.write("\(parts)-\(part).log", text)
                    _ = try await importer(test.app).run([log])
                }
                #expect(try await devices(test.app) == counts)
                let views = try await test.app.read { try ViewsReport(by: .year, site: "example.org").lines($0) }
                #expect(views.map(\.views) == [901])
            }
        }
    }

    @Test func aBeaconsDeviceIsCountedThoughItsAgentIsNotKept() async throws {
        try await withBeacon { test, house in
            let (agents, counts) = day(views: 200, seed: 4)
            for (number, agent) in agents.enumerated() {
                try #require(await house.view(load(number), after: Int64(number), agent: agent) == .accepted)
            }
            _ = await house.view(load(0), after: 300, agent: browser)
            _ = try await spoolDrain(test.app, house.folder).run()
            #expect(try await devices(test.app) == counts)
        }
    }

    @Test func aCellOfDevicesThatExceedsItsViewsIsRefused() async throws {
        let folder = try TemporaryFolder()
        try await withTestDatabase { test in
            _ = try await importer(test.app).run([try folder.write("access.log", logLine())])
            let refused = await refusal(test.app, "UPDATE audience.site_hour SET phone = phone + 1")
            #expect("\(String(describing: refused))".contains("site_hour_devices"))
        }
    }
}
