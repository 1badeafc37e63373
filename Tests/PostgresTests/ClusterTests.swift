import Foundation
import Logging
import Testing

@testable import Postgres

/// The embedded server as a newcomer meets it: made on first use, shared by everything, closed to everyone else.
@Suite(.serialized) struct ClusterTests {
    static let isRoot = geteuid() == 0

    @Test func severalStartingAtOnceGetOneServerWithItsDatabase() async throws {
        try await withHome { home in
            let running = try await withThrowingTaskGroup(of: Cluster.Running.self) { group in
                for _ in 0..<4 { group.addTask { try await cluster(home).ensureRunning() } }
                return try await group.reduce(into: [Cluster.Running]()) { $0.append($1) }
            }
            #expect(Set(running.map(\.process)).count == 1)
            for url in [running[0].ownerURL, running[0].appURL, running[0].readerURL] {
                #expect(try await value("SELECT current_database()", url) == "masthead")
            }
            #expect(try await value("SELECT current_setting('fsync')", running[0].appURL) == "on")
            #expect(try await value("SELECT current_setting('listen_addresses')", running[0].appURL) == "")
        }
    }

    @Test func itStopsAndComesBackWithItsDataEvenAfterACrash() async throws {
        try await withHome { home in
            let cluster = cluster(home)
            #expect(try cluster.status() == .absent)
            let first = try await cluster.ensureRunning()
            #expect(try cluster.status() == .running(first))
            _ = try await value("CREATE SCHEMA kept", first.ownerURL)
            #expect(try await cluster.stop())
            #expect(try cluster.status() == .stopped)
            #expect(try await cluster.stop() == false)

            let second = try await cluster.ensureRunning()
            #expect(second.process != first.process)
            // The server is killed: its process file and socket stay behind.
            kill(second.process, SIGKILL)
            while kill(second.process, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            let third = try await cluster.ensureRunning()
            #expect(third.process != second.process)
            #expect(try await value("SELECT to_regnamespace('kept')::text", third.ownerURL) == "kept")
        }
    }

    @Test(.enabled(if: isRoot, "only root can become another user"))
    func nobodyElseOnTheMachineCanConnect() async throws {
        try await withHome { home in
            let running = try await cluster(home).ensureRunning()
            let roles = ["masthead_app", "masthead_owner", "masthead_reader", "postgres"]
            func attempts() throws -> [Outcome] {
                try roles.map { role in
                    try command(
                        "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "psql", "-X", "-w", "-c",
                        "SELECT 1", running.url(role: role))
                }
            }
            for outcome in try attempts() {
                #expect(outcome.status != 0)
                #expect(outcome.text.contains("Permission denied"))
            }
            // Were the folder opened by a mistake, the kernel's word on who connects would still stand.
            #expect(chmod(running.socketFolder, 0o755) == 0)
            #expect(chmod(running.socketFolder + "/.s.PGSQL.5432", 0o777) == 0)
            for outcome in try attempts() {
                #expect(outcome.status != 0)
                #expect(outcome.text.contains("Peer authentication failed"))
            }
            #expect(try command("psql", "-X", "-c", "SELECT 1", running.appURL).status == 0)
            await #expect(throws: ClusterError.self) { try await cluster(home).ensureRunning() }
        }
    }

    @Test func rolesHaveAsLittleAsTheyNeedAndTheirLimits() async throws {
        try await withHome { home in
            let running = try await cluster(home).ensureRunning()
            for statement in ["CREATE SCHEMA x", "CREATE TABLE public.x (y int)", "CREATE ROLE x", "CREATE DATABASE x"]
            {
                for url in [running.appURL, running.readerURL] {
                    let failure = await #expect(throws: PostgresError.self) { try await value(statement, url) }
                    #expect(["42501", "25006"].contains(failure?.sqlstate), "\(statement)")
                }
            }
            _ = try await value("CREATE TEMP TABLE x (y int)", running.appURL)
            let failure = await #expect(throws: PostgresError.self) {
                try await value("CREATE TEMP TABLE x (y int)", running.readerURL)
            }
            #expect(["42501", "25006"].contains(failure?.sqlstate))
            let readerMayFill = "SELECT has_database_privilege('masthead_reader', 'masthead', 'TEMP')::text"
            #expect(try await value(readerMayFill, running.superuserURL) == "false")
            for (url, timeout) in [(running.ownerURL, "0"), (running.appURL, "5min"), (running.readerURL, "10s")] {
                #expect(try await value("SELECT current_setting('statement_timeout')", url) == timeout)
            }
            let public_ = """
                SELECT has_database_privilege('public', 'masthead', 'CONNECT')::text
                    || has_database_privilege('public', 'masthead', 'TEMP')::text
                """
            #expect(try await value(public_, running.superuserURL) == "falsefalse")
            _ = try await value("CREATE SCHEMA x", running.ownerURL)

            // A limit that a DBA has chosen stays, and two databases may be set up at the same time.
            _ = try await value("ALTER ROLE masthead_app SET lock_timeout = '3s'", running.superuserURL)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in ["masthead", "second", "second", "o'third \"x\""] {
                    group.addTask {
                        try await Provision.apply(
                            maintenanceURL: running.url(role: "postgres", database: "postgres"),
                            databaseURL: "host=\(running.socketFolder) user=postgres dbname=\(quoted(name))",
                            database: name)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await value("SELECT current_setting('lock_timeout')", running.appURL) == "3s")
            #expect(try await value("SELECT count(*)::text FROM pg_database", running.superuserURL) == "6")

            // What a DBA gets printed does the same with psql, once and again.
            let file = home + "/provision.sql"
            try Provision.script(database: "by_hand").write(toFile: file, atomically: true, encoding: .utf8)
            for _ in 0..<2 {
                let outcome = try command(
                    "psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", file,
                    running.url(role: "postgres", database: "postgres"))
                #expect(outcome.status == 0, "\(outcome.text)")
            }
            #expect(
                try await value("SELECT current_database()", running.url(role: "masthead_reader", database: "by_hand"))
                    == "by_hand")
        }
    }

    @Test func aClusterThatWasOnlyHalfMadeIsMadeAnew() async throws {
        try await withHome { home in
            let cluster = cluster(home)
            let making = Task { try await cluster.ensureRunning() }
            // Stopped as soon as initdb has begun.
            while Files.names(in: cluster.serverFolder).filter({ $0.hasPrefix("data.new.") }).isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
            making.cancel()
            await #expect(throws: (any Error).self) { try await making.value }
            #expect(try cluster.status() == .absent)

            // And one left by a process that had no time to clean up.
            let leftover = cluster.serverFolder + "/data.new.1-1"
            _ = try Files.makeFolder(leftover, mode: 0o700)
            try "15\n".write(toFile: leftover + "/PG_VERSION", atomically: true, encoding: .utf8)
            let user = try ServerUser.chosen(for: cluster.serverFolder)
            for path in [leftover, leftover + "/PG_VERSION"] { try Files.give(path, to: user) }
            let running = try await cluster.ensureRunning()
            #expect(try await value("SELECT 1::text", running.appURL) == "1")
            // The stopped one's processes may still be writing into theirs.
            let names = Files.names(in: cluster.serverFolder)
            #expect(names.contains("data") && !names.contains("data.new.1-1"))
        }
    }

    @Test(.enabled(if: isRoot, "only root can make a folder that the server's user can't remove"))
    func aLeftFolderThatCanNotBeRemovedYetIsInNobodysWay() async throws {
        try await withHome { home in
            let cluster = cluster(home)
            let user = try ServerUser.chosen(for: cluster.serverFolder)
            let leftover = cluster.serverFolder + "/data.new.1-1"
            for path in [cluster.serverFolder, leftover, leftover + "/base"] {
                _ = try Files.makeFolder(path, mode: 0o700)
            }
            try Files.give(cluster.serverFolder, to: user)
            let running = try await cluster.ensureRunning()
            #expect(try await value("SELECT 1::text", running.appURL) == "1")
            #expect(Files.names(in: cluster.serverFolder).sorted() == ["data", "data.new.1-1", "server.log"])

            for path in [leftover, leftover + "/base"] { try Files.give(path, to: user) }
            #expect(try await cluster.stop())
            _ = try await cluster.ensureRunning()
            #expect(Files.names(in: cluster.serverFolder).sorted() == ["data", "server.log"])
        }
    }

    @Test func aFolderThatIsNoClusterIsNotTakenForOne() async throws {
        try await withHome { home in
            let cluster = cluster(home)
            let user = try ServerUser.chosen(for: cluster.serverFolder)
            for path in [cluster.serverFolder, cluster.data] {
                _ = try Files.makeFolder(path, mode: 0o700)
                try Files.give(path, to: user)
            }
            let error = await #expect(throws: ClusterError.self) { try await cluster.ensureRunning() }
            #expect(error == .unusable(path: cluster.data, reason: "it is there and is not a PostgreSQL cluster"))
        }
    }

    @Test(.enabled(if: isRoot, "only root can mount a small disk"), arguments: [8, 30])
    func aFullDiskIsSaidAndLeavesNothingBehind(_ megabytes: Int) async throws {
        try await withHome { home in
            let disk = home + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            let mounted = try command("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=755", "tmpfs", disk)
            guard mounted.status == 0 else {
                print("skipped: this machine doesn't let us mount a small disk: \(mounted.text)")
                return
            }
            defer { _ = try? command("umount", disk) }
            var cluster = cluster(disk)
            // The second time initdb itself runs into the end of the disk.
            if megabytes > 8 { cluster.spaceNeeded = 0 }
            let error = await #expect(throws: ClusterError.self) { try await cluster.ensureRunning() }
            guard case .diskFull = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try cluster.status() == .absent)
            #expect(Files.names(in: cluster.serverFolder).isEmpty)
        }
    }
}

/// Where a server is refused before anything is made.
@Suite struct ClusterRefusalTests {
    @Test func aSocketFolderThatIsNotOursAloneIsRefused() throws {
        let folder = NSTemporaryDirectory() + "masthead-socket-\(UUID().uuidString)"
        let user = try ServerUser.chosen(for: folder)
        let socket = SocketFolder(running: folder)
        defer { _ = try? FileManager.default.removeItem(atPath: folder) }

        #expect(symlink("/tmp", folder) == 0)
        #expect(throws: ClusterError.unusable(path: folder, reason: "it is a symbolic link")) {
            try socket.make(for: user)
        }
        #expect(unlink(folder) == 0)

        #expect(mkdir(folder, 0o755) == 0)
        if geteuid() == 0 {
            // Made by root, while the server is another's.
            let reason = "it belongs to another user; remove it"
            #expect(throws: ClusterError.unusable(path: folder, reason: reason)) { try socket.make(for: user) }
            try Files.give(folder, to: user)
        }
        #expect(throws: ClusterError.self) { try socket.make(for: user) }
        #expect(chmod(folder, 0o700) == 0)
        try socket.make(for: user)
    }

    @Test func aSocketPathLongerThanASystemAllowsIsRefused() throws {
        let longest = "/tmp/" + String(repeating: "x", count: SocketFolder.pathLimit - "/tmp//.s.PGSQL.5432".utf8.count)
        try SocketFolder.check(pathOf: longest)
        #expect(throws: ClusterError.self) { try SocketFolder.check(pathOf: longest + "x") }
        #expect(throws: ClusterError.self) { try SocketFolder.check(pathOf: "/tmp/a b") }
        #expect(throws: ClusterError.self) { try SocketFolder.check(pathOf: "/tmp/a,b") }
    }

    @Test func twoClustersOfOneUserHaveTwoSocketFolders() throws {
        let user = try ServerUser.chosen(for: "/nonexistent")
        let folders = try ["/a/data", "/b/data"].map { try SocketFolder(data: $0, user: user, environment: [:]).path }
        #expect(folders[0] != folders[1])
        #expect(folders.allSatisfy { $0.contains(user.name) })
    }

    @Test(.enabled(if: ClusterTests.isRoot, "only as root does the server run as another user"))
    func anAncestorTheServersUserCannotPassIsNamed() async throws {
        try await withHome { home in
            let closed = home + "/closed"
            #expect(mkdir(closed, 0o700) == 0)
            let error = await #expect(throws: ClusterError.self) { try await cluster(closed + "/in").ensureRunning() }
            #expect(error == .impassable(path: closed, user: "postgres"))
        }
    }

    @Test(.enabled(if: ClusterTests.isRoot, "only root can give a folder away"))
    func aHomeOfAnotherUserIsRefused() async throws {
        try await withHome { home in
            #expect(chown(home, 65_534, 65_534) == 0)
            let error = await #expect(throws: ClusterError.self) { try await cluster(home).ensureRunning() }
            #expect(error == .unusable(path: home, reason: "it belongs to another user"))
            #expect(Files.names(in: home) == ["cluster.lock"])
        }
    }

    @Test(arguments: ["relative/home", "/tmp/a\"b", "/tmp/$(id)", "/tmp/a`b"])
    func aHomeThatAShellWouldReadIsRefused(_ home: String) async {
        await #expect(throws: ClusterError.self) { try await cluster(home).ensureRunning() }
        #expect(!FileManager.default.fileExists(atPath: home))
    }

    @Test func whereNoServerIsInstalledItIsSaid() {
        let error = ClusterError.serverMissing(searched: ["/usr/bin"])
        #expect(error.description.contains("/usr/bin") && error.description.contains("database.url"))
    }
}

// MARK: What the tests stand on

/// A home that the server's user can pass through; whatever runs in it is stopped, and it is removed.
private func withHome(_ body: (String) async throws -> Void) async throws {
    let home = "/tmp/masthead-home-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    #expect(chmod(home, 0o755) == 0)
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(home)) } catch { outcome = .failure(error) }
    if case .running = try cluster(home).status() { _ = try await cluster(home).stop(.immediate) }
    try FileManager.default.removeItem(atPath: home)
    try outcome.get()
}

private func cluster(_ home: String) -> Cluster {
    Cluster(home: home, environment: ProcessInfo.processInfo.environment)
}

private func quoted(_ name: String) -> String {
    "'" + name.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
}

/// Runs one statement over a connection of its own and gives the first column of its first row.
private func value(_ statement: String, _ url: String) async throws -> String? {
    let database = Database(.init(url: url), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let outcome: Result<String?, any Error>
    do {
        outcome = .success(
            try await database.statement { db in
                guard statement.hasPrefix("SELECT") else {
                    try db.script(statement)
                    return nil
                }
                return try db.value(SQL(stringLiteral: statement), as: String.self)
            })
    } catch { outcome = .failure(error) }
    await database.close()
    return try outcome.get()
}

private struct Outcome {
    let status: Int32
    let text: String
}

private func command(_ words: String...) throws -> Outcome {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
}
