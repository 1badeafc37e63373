import Foundation
import Postgres
import Synchronization
import TestDatabase
import Testing
import Values

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Deliveries to real processes on a server of their own, both of which die.
@Suite(.serialized) struct DeliveryDeathTests {
    private static let masthead =
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/masthead"

    /// A PostgreSQL that nobody else uses.
    private struct Cluster {
        let home = "/tmp/masthead-deliveries-\(UUID().uuidString)"
        let folder: String

        init() throws {
            _ = try Self.masthead(["db", "init"], home)
            let status = try Self.masthead(["db", "status", "--no-header", "--format", "tsv"], home)
            folder = String(status.split(separator: "\t")[2])
            _ = try Self.masthead(
                [
                    "account", "add", "--email", "admin@example.org", "--name", "Admin", "--role", "admin",
                    "--role", "finance",
                ], home)
        }

        var url: String { "postgresql://masthead_app@/masthead?host=\(folder)" }

        /// What `pg_ctl stop -m immediate` does: no checkpoint, no goodbye.
        func die() throws {
            let lines = try String(contentsOfFile: home + "/postgres/data/postmaster.pid", encoding: .utf8)
            let pid = try #require(lines.split(separator: "\n").first.flatMap { Int32($0) })
            kill(pid, SIGQUIT)
            while kill(pid, 0) == 0 { usleep(2_000) }
        }

        func start() throws { _ = try Self.masthead(["db", "start"], home) }

        func check() throws { _ = try Self.masthead(["db", "check"], home) }

        func remove() {
            // What stays behind harms nobody.
            _ = try? Self.masthead(["db", "stop"], home)
            try? FileManager.default.removeItem(atPath: home)
        }

        @discardableResult
        private static func masthead(_ arguments: [String], _ home: String) throws -> String {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: DeliveryDeathTests.masthead)
            process.arguments = arguments
            process.environment = environment(home).merging(["MASTHEAD_AS": "admin@example.org"]) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "\(arguments)")
            return String(decoding: data, as: UTF8.self)
        }

        static func environment(_ home: String) -> [String: String] {
            [
                "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MASTHEAD_HOME": home, "MASTHEAD_SHARE": packageFolder,
                "MASTHEAD_PUBLICATION_TIMEZONE": "America/New_York",
            ]
        }
    }

    /// A `masthead shell` that takes events in, one line each.
    private final class Endpoint {
        enum Answer { case taken, refused, dead }

        private let process = Process()
        private let input = Pipe()
        private let output = Pipe()
        private var pending: [UInt8] = []
        var pid: Int32 { process.processIdentifier }

        init(_ cluster: Cluster) throws {
            process.executableURL = URL(fileURLWithPath: masthead)
            process.arguments = ["shell", "--status", "--no-header"]
            process.environment = Cluster.environment(cluster.home).merging([
                // Named, it is nobody's to start again but the test's.
                "MASTHEAD_DATABASE_URL": cluster.url, "MASTHEAD_AS": "admin@example.org",
            ]) { $1 }
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        func end() {
            kill(pid, SIGKILL)
            process.waitUntilExit()
        }

        func ask(_ command: String) -> Answer {
            guard (try? input.fileHandleForWriting.write(contentsOf: Data((command + "\n").utf8))) != nil else {
                return .dead
            }
            while true {
                while let end = pending.firstIndex(of: 0x0A) {
                    let line = String(decoding: pending[..<end], as: UTF8.self)
                    pending.removeSubrange(...end)
                    if line.hasPrefix("ok\t") { return .taken }
                    if line.hasPrefix("error\t") { return .refused }
                }
                let more = output.fileHandleForReading.availableData
                if more.isEmpty { return .dead }
                pending += more
            }
        }
    }

    /// What the sender still has to deliver, and the blows that fall meanwhile.
    private struct Sending: ~Copyable {
        enum Blow { case shell(Int), server }

        var open: [Int]
        var taken = 0
        var blows: [(after: Int, blow: Blow)]
        var shells: [Int: Int32] = [:]
        /// How often a living shell said that it couldn't.
        var refused = 0
        var killed = 0

        mutating func next() -> Int? { open.popLast() }

        mutating func dueBlow() -> Blow? {
            guard let first = blows.first, taken >= first.after else { return nil }
            return blows.removeFirst().blow
        }
    }

    /// The same for all lanes.
    private final class Sender: Sendable {
        let state: Mutex<Sending>

        init(_ deliveries: [Int], _ blows: [(after: Int, blow: Sending.Blow)]) {
            state = Mutex(Sending(open: deliveries, blows: blows))
        }
    }

    private static let lanes = 4

    @Test func aThousandDeliveriesWhileShellsAndTheServerDieLoseAndDoubleNothing() async throws {
        let seed = UInt64.random(in: 0...9_999)
        print("the deliveries' seed: \(seed)")
        var random = SeededRandom(seed: seed)
        let events = StripeOrderTests.story(payments: 160, seed: seed)
        let inOrder = try await StripeOrderTests.portrait(inOrder: events)
        let deliveries = (Array(events.indices) + Array(events.indices)).shuffled(using: &random)
        #expect(deliveries.count > 1_000)

        let cluster = try Cluster()
        defer { cluster.remove() }
        for (number, event) in events.enumerated() {
            try Data(event.canonical()).write(to: URL(fileURLWithPath: cluster.home + "/event-\(number).json"))
        }
        var blows = (0..<24).map { _ in
            (Int.random(in: 0..<deliveries.count, using: &random), Sending.Blow.shell(Int.random(in: 0..<Self.lanes)))
        }
        blows += (0..<3).map { _ in (Int.random(in: 0..<deliveries.count, using: &random), Sending.Blow.server) }
        let sender = Sender(deliveries, blows.sorted { $0.0 < $1.0 })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<Self.lanes {
                group.addTask {
                    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                        // Its own thread: the lane waits for processes.
                        Thread.detachNewThread {
                            done.resume(with: Result { try Self.deliver(events, to: cluster, sender, lane) })
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(sender.state.withLock { $0.killed } == 24)
        #expect(sender.state.withLock { $0.refused } >= 3, "a shell without a server says so and lives")

        let last = try Endpoint(cluster)
        #expect(last.ask("events replay") == .taken)
        last.end()
        try cluster.check()
        let app = Database(.init(url: cluster.url), logger: .silent)
        let portrait = try await StripeDesk.portrait(of: app)
        await app.close()
        #expect(portrait == inOrder, "seed \(seed)")
    }

    /// One of the sender's connections: an event that wasn't taken is sent again later, as Stripe does.
    private static func deliver(
        _ events: [JSON], to cluster: Cluster, _ sender: Sender, _ lane: Int
    ) throws {
        var endpoint = try Endpoint(cluster)
        defer { endpoint.end() }
        func send(_ number: Int) -> Endpoint.Answer {
            let signature = StripeDesk.signature(
                events[number].canonical(), at: Timestamp(seconds: Int64(Date().timeIntervalSince1970)))
            return endpoint.ask(
                "events receive \(cluster.home)/event-\(number).json --signature \"\(signature)\" "
                    + "--secret \(StripeDesk.secret)")
        }
        while let number = sender.state.withLock({ state -> Int? in
            state.shells[lane] = endpoint.pid
            return state.next()
        }) {
            switch send(number) {
            case .taken: sender.state.withLock { $0.taken += 1 }
            case .refused:
                let refused = sender.state.withLock { state in
                    state.refused += 1
                    state.open.insert(number, at: 0)
                    return state.refused
                }
                // A generous end, so that a fault fails instead of hanging.
                try #require(refused < 2_000, "all are refused")
                usleep(20_000)
            case .dead:
                sender.state.withLock { $0.open.insert(number, at: 0) }
                endpoint.end()
                endpoint = try Endpoint(cluster)
            }
            switch sender.state.withLock({ $0.dueBlow() }) {
            case nil: break
            case .shell(let victim):
                sender.state.withLock { state in
                    if let pid = state.shells[victim] { kill(pid, SIGKILL) }
                    state.killed += 1
                }
            case .server:
                try cluster.die()
                // Whoever sends now is told to come again, by a shell that goes on living.
                if case .refused = send(number) { sender.state.withLock { $0.refused += 1 } }
                try cluster.start()
            }
        }
    }
}
