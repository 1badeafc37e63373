import Foundation
import Postgres
import Synchronization
import TestDatabase
import Testing
import Values

@testable import Audience

/// Check 12: whatever becomes of a log's file while its server writes, every line is counted once.
@Suite struct FollowTests {
    /// A server that keeps its log open, and numbers its requests so that no two lines are equal.
    private final class Server {
        private let file: FileHandle
        private var written = 0
        let prefix: String

        init(_ path: String, _ prefix: String = "a") throws {
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
            self.prefix = prefix
            // As servers do: appending, so that a log emptied under it goes on from its beginning.
            let descriptor = open(path, O_WRONLY | O_APPEND)
            try #require(descriptor >= 0)
            file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }

        func log(_ lines: Int) throws {
            for _ in 0..<lines {
                written += 1
                let second = written % 60 < 10 ? "0\(written % 60)" : "\(written % 60)"
                let line = logLine(
                    "17/May/2026:10:\(second):03 +0000", address: "192.0.2.\(written % 200)",
                    request: "GET /\(prefix)\(written) HTTP/1.1")
                try file.write(contentsOf: Data(line.utf8))
            }
        }
    }

    private struct Desk {
        let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        var log: String { folder.url.path + "/access.log" }
        func path(_ name: String) -> String { folder.url.path + "/" + name }
    }

    private func follower(
        _ paths: [String], _ database: Database, linger: Duration = .seconds(60),
        tell: @escaping @Sendable (LogFollower.Event) -> Void = { _ in }
    ) throws -> LogFollower {
        let bots = try bots()
        return LogFollower(paths, database: database, linger: linger) {
            var options = LogImport.Options(
                zone: .utc, bots: bots, now: try Timestamp(iso8601: "2026-06-01T00:00:00Z"))
            options.site = "example.org"
            options.salts = fixedSalts
            return options
        } tell: {
            tell($0)
        }
    }

    private func views(_ test: TestDatabase) async throws -> Int {
        try await test.app.read { db in
            try db.one("SELECT coalesce(sum(pv), 0)::bigint FROM audience.site_hour") { try $0.next(Int.self) }
        }
    }

    private func run(_ program: String, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(arguments)")
    }

    @Test func aRenamedLogIsReadToItsEndThroughTheWriterThatHoldsIt() async throws {
        try await withTestDatabase { test in
            let desk = try Desk()
            let follower = try follower([desk.log], test.app)
            try await follower.pass()
            #expect(try await views(test) == 0, "a log needn't be there yet")
            let server = try Server(desk.log)
            try server.log(50)
            try await follower.pass()
            #expect(try await views(test) == 50)
            try server.log(5)
            try FileManager.default.moveItem(atPath: desk.log, toPath: desk.path("access.log.1"))
            try server.log(5)
            try await follower.pass()
            #expect(try await views(test) == 60)
            // The new file is there, and the old descriptor still written to.
            let next = try Server(desk.log, "b")
            try next.log(7)
            try server.log(3)
            try await follower.pass()
            #expect(try await views(test) == 70)
            // Compressed, and its name gone.
            try server.log(2)
            try run("/usr/bin/gzip", desk.path("access.log.1"))
            try next.log(1)
            try await follower.pass()
            #expect(try await views(test) == 73)
            // Another follower, and an import of all there is, find nothing new.
            let (path, rotated) = (desk.log, desk.path("access.log.1.gz"))
            try await self.follower([path], test.app).pass()
            let reports = try await importer(test.app).run([path, rotated])
            #expect(reports.map(\.newLines) == [0, 0])
            #expect(try await views(test) == 73)
        }
    }

    @Test func aLogThatIsCopiedAndEmptiedLosesNothing() async throws {
        try await withTestDatabase { test in
            let desk = try Desk()
            let server = try Server(desk.log)
            try server.log(120)
            let follower = try follower([desk.log], test.app)
            try await follower.pass()
            #expect(try await views(test) == 120)
            var expected = 120
            // Emptied, and then shorter, as long as, or longer than it was.
            for (round, after) in [0, 30, 160, 400].enumerated() {
                try server.log(20)
                try await follower.pass()
                try server.log(11)
                try FileManager.default.copyItem(atPath: desk.log, toPath: desk.path("access.log.\(9 - round)"))
                try #require(truncate(desk.log, 0) == 0)
                try server.log(after)
                expected += 31 + after
                try await follower.pass()
                #expect(try await views(test) == expected, "\(after) lines after it was emptied")
            }
        }
    }

    @Test func aLogDeletedAndMadeAgainUnderTheSameNumberIsANewOne() async throws {
        try await withTestDatabase { test in
            let desk = try Desk()
            var expected = 0
            // Let go at once, so that the file system gives the number again.
            let follower = try follower([desk.log], test.app, linger: .zero)
            var numbers: [UInt64] = []
            for round in 0..<4 {
                let server = try Server(desk.log, "r\(round)-")
                try server.log(40)
                expected += 40
                try await follower.pass()
                #expect(try await views(test) == expected)
                numbers.append(OpenLog.identity(of: desk.log)?.inode ?? 0)
                try FileManager.default.removeItem(atPath: desk.log)
                try server.log(3)
                expected += 3
                for _ in 0..<3 { try await follower.pass() }
                #expect(try await views(test) == expected)
            }
            print("file numbers given again: \(numbers.count - Set(numbers).count) of \(numbers.count - 1)")
        }
    }

    @Test func smallLogsAndLogsThatBeginAlikeAreToldApart() async throws {
        try await withTestDatabase { test in
            let desk = try Desk()
            let other = desk.path("other.log")
            let follower = try follower([desk.log, other], test.app)
            // Under 1,024 bytes, line by line.
            let server = try Server(desk.log)
            for _ in 0..<5 {
                try server.log(1)
                try await follower.pass()
            }
            try server.log(20)
            // The same first lines, and then others.
            try FileManager.default.copyItem(atPath: desk.log, toPath: other)
            let second = try Server(other, "other")
            try second.log(9)
            try server.log(4)
            try await follower.pass()
            try await follower.pass()
            #expect(try await views(test) == 25 + 4 + 25 + 9)
            let reports = try await importer(test.app).run([desk.log, other])
            #expect(reports.map(\.newLines) == [0, 0])
        }
    }

    @Test(arguments: ["create", "create\n    compress", "copytruncate", "create\n    delaycompress\n    compress"])
    func logrotateLosesAndDoublesNothing(_ way: String) async throws {
        let logrotate = "/usr/sbin/logrotate"
        guard FileManager.default.isExecutableFile(atPath: logrotate) else {
            return print("skipped: logrotate isn't installed")
        }
        try await withTestDatabase { test in
            let desk = try Desk()
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: desk.folder.url.path)
            let settings = desk.path("rotate.conf")
            try "\(desk.log) {\n    rotate 9\n    size 1\n    su root root\n    \(way)\n}\n".write(
                toFile: settings, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: settings)
            let follower = try follower([desk.log], test.app)
            var server = try Server(desk.log)
            var expected = 0
            for round in 1...4 {
                try server.log(30 * round)
                try await follower.pass()
                // What comes between the last look and the rotation, and what the writer adds before it is told.
                try server.log(5)
                try run(logrotate, "--force", "--state", desk.path("state"), settings)
                try server.log(4)
                expected += 30 * round + 9
                if way != "copytruncate" {
                    try await follower.pass()
                    server = try Server(desk.log, "r\(round)-")
                }
            }
            try await follower.pass()
            #expect(try await views(test) == expected)
            let all = try FileManager.default.contentsOfDirectory(atPath: desk.folder.url.path)
                .filter { $0.hasPrefix("access.log") }.map(desk.path)
            #expect(all.count == 5)
            let reports = try await importer(test.app).run(all)
            #expect(reports.reduce(0) { $0 + $1.newLines } == 0)
            #expect(try await views(test) == expected)
        }
    }

    @Test func whatCameWhileNobodyFollowedIsFoundInTheRotatedLog() async throws {
        try await withTestDatabase { test in
            let desk = try Desk()
            let server = try Server(desk.log)
            try server.log(40)
            try await follower([desk.log], test.app).pass()
            try server.log(8)
            try FileManager.default.moveItem(atPath: desk.log, toPath: desk.path("access.log-20260518"))
            try run("/usr/bin/gzip", desk.path("access.log-20260518"))
            try Server(desk.log, "b").log(3)
            // A log beside it that nobody ever counted isn't asked for.
            try Server(desk.path("access.log.old"), "never").log(9)
            try await follower([desk.log], test.app).pass()
            #expect(try await views(test) == 51)
        }
    }

    @Test func aDatabaseThatGoesAwayIsToldOnceAndWaitedFor() async throws {
        try await withTestDatabase { test in
            let desk = try Desk()
            let server = try Server(desk.log)
            try server.log(10)
            let events = Mutex<[String]>([])
            let closed = test.database(test.appURL)
            let follower = try follower([desk.log, desk.path("missing.log")], closed) { event in
                events.withLock { events in
                    switch event {
                    case .counted(let report): events.append("counted \(report.newLines)")
                    case .trouble: events.append("trouble")
                    case .unreadable(let error): events.append("\(error)")
                    }
                }
            }
            // Nobody may connect for a while.
            let superuser = test.database(test.superuserURL)
            let name = test.name
            func limit(_ connections: Int) async throws {
                try await superuser.statement { db in
                    try db.script("ALTER DATABASE \(name) CONNECTION LIMIT \(connections)")
                }
            }
            try await limit(0)
            let following = Task { try await follower.run(every: .milliseconds(20)) }
            try await Task.sleep(for: .milliseconds(300))
            try await limit(-1)
            while events.withLock({ $0.last }) != "counted 10" { try await Task.sleep(for: .milliseconds(20)) }
            try server.log(6)
            while events.withLock({ $0.last }) != "counted 6" { try await Task.sleep(for: .milliseconds(20)) }
            following.cancel()
            try await following.value
            #expect(events.withLock { $0 } == ["trouble", "counted 10", "counted 6"])
            await closed.close()
            await superuser.close()
        }
    }

    @Test func whatIsNoLogIsToldOnceAndTheOthersAreCounted() async throws {
        try await withTestDatabase { test in
            let desk = try Desk()
            try "no log\nat all\n".write(toFile: desk.path("notes"), atomically: true, encoding: .utf8)
            let told = Mutex<[LogSourceError]>([])
            let follower = try follower([desk.path("notes"), desk.log, desk.folder.url.path], test.app) { event in
                if case .unreadable(let error) = event { told.withLock { $0.append(error) } }
            }
            let server = try Server(desk.log)
            for _ in 0..<3 {
                try server.log(4)
                try await follower.pass()
            }
            #expect(try await views(test) == 12)
            #expect(
                told.withLock { $0 } == [.notAFile(path: desk.folder.url.path), .notALog(path: desk.path("notes"))])
        }
    }

    @Test func followersStoppedAtAnyMomentAndAnImporterAtOnceCountEachLineOnce() async throws {
        try await withTestDatabase { test in
            let desk = try Desk()
            var server = try Server(desk.log)
            var expected = 0
            for round in 0..<12 {
                let (one, two) = (try follower([desk.log], test.app), try follower([desk.log], test.app))
                let first = Task { try await one.run(every: .milliseconds(5)) }
                let second = Task { try await two.run(every: .milliseconds(7)) }
                for step in 0..<6 {
                    try server.log(17)
                    expected += 17
                    if step == 3, round % 4 == 2 {
                        try FileManager.default.moveItem(
                            atPath: desk.log, toPath: desk.path("access.log.\(20 - round)"))
                        try server.log(2)
                        server = try Server(desk.log, "r\(round)-")
                        expected += 2
                    }
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...12)))
                }
                // A log is gone on with after its rotation when it had been begun, which followers may be too slow for.
                if round % 2 == 1 { _ = try await importer(test.app).run([desk.log]) }
                first.cancel()
                second.cancel()
                _ = await (first.result, second.result)
            }
            try await follower([desk.log], test.app).pass()
            #expect(try await views(test) == expected)
        }
    }
}
