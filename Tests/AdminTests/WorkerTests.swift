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

/// Workers as real processes, which can be killed. They share nothing with the test but the database.
@Suite(.serialized) struct WorkerTests {
    /// A publication with approved articles that wait for their hour.
    private struct Press: Sendable {
        let test: TestDatabase
        let superuser: Database

        init(_ test: TestDatabase) async throws {
            self.test = test
            superuser = test.database(test.superuserURL)
            let admin = Console(test)
            for (name, role) in [("admin", "admin"), ("writer", "writer"), ("chief", "editor-in-chief")] {
                let by = name == "admin" ? admin : Console(test, as: "admin@example.org")
                let added = await by.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(added.exit == 0, "\(added.err)")
            }
            let section = await Console(test, as: "admin@example.org").run("section", "add", "world", "--name", "World")
            try #require(section.exit == 0, "\(section.err)")
        }

        /// Makes so many articles, each scheduled for the same instant, which is an hour from now.
        func schedule(_ count: Int, in round: Int) async throws {
            let account = "(SELECT id FROM access.account WHERE email_folded ="
            try await test.app.transaction { db in
                try db.script(
                    """
                    INSERT INTO editorial.article (title, status, kind, section_id, created_by)
                    SELECT 'Round \(round) story ' || n, 'pitch', 'reporting', s.id, \(account) 'writer@example.org')
                    FROM generate_series(1, \(count)) AS n, editorial.section s;
                    INSERT INTO editorial.revision (article_id, number, content, saved_by)
                    SELECT a.id, 1, convert_to(json_build_object('body', 'Text.', 'bylines', '[]'::json, 'dek', '',
                        'title', a.title, 'version', 1)::text, 'UTF8'), a.created_by
                    FROM editorial.article a WHERE a.status = 'pitch';
                    UPDATE editorial.article SET status = 'drafting' WHERE status = 'pitch';
                    UPDATE editorial.article SET status = 'in_review' WHERE status = 'drafting';
                    INSERT INTO editorial.override (article_id, revision, hash, reason, account_id)
                    SELECT a.id, 1, r.hash, 'The press is being tried.', \(account) 'chief@example.org')
                    FROM editorial.article a JOIN editorial.revision r ON r.article_id = a.id
                    WHERE a.status = 'in_review';
                    UPDATE editorial.article SET status = 'approved' WHERE status = 'in_review';
                    UPDATE editorial.article SET status = 'scheduled' WHERE status = 'approved';
                    INSERT INTO editorial.schedule (article_id, action, revision, hash, due_local, due_zone, due_at,
                        account_id)
                    SELECT a.id, 'publish', 1, r.hash, '2099-01-01T00:00:00', 'UTC', now() + '1 hour'::interval,
                        \(account) 'chief@example.org')
                    FROM editorial.article a JOIN editorial.revision r ON r.article_id = a.id
                    WHERE a.status = 'scheduled';
                    """)
            }
        }

        /// Lets the instant come.
        func letTimeCome(_ shift: String = "- '1 second'::interval") async throws {
            try await test.owner.transaction { db in
                try db.script(
                    """
                    ALTER TABLE editorial.schedule DISABLE TRIGGER schedule_changes;
                    UPDATE editorial.schedule SET due_at = now() \(shift) WHERE state = 'pending';
                    ALTER TABLE editorial.schedule ENABLE TRIGGER schedule_changes;
                    """)
            }
        }

        func count(_ sql: SQL) async throws -> Int {
            try await superuser.statement { db in try db.value(sql, as: Int.self) ?? -1 }
        }

        func pending() async throws -> Int {
            try await count("SELECT count(*) FROM editorial.schedule, pg_sleep(0.01) WHERE state = 'pending'")
        }

        /// Cuts the connection of a worker, whichever the chance takes.
        func cut() async throws {
            try await superuser.statement { db in
                try db.run(
                    """
                    SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity \
                    WHERE datname = current_database() AND usename = 'masthead_app' ORDER BY random() LIMIT 1) AS one
                    """)
            }
        }
    }

    private final class Worker: Sendable {
        private let process: Mutex<Process>
        let pid: Int32

        init(_ test: TestDatabase, _ arguments: [String], more: [String: String] = [:], errors: Pipe? = nil) throws {
            let process = Process()
            process.executableURL = URL(filePath: Program.path)
            process.arguments = ["work"] + arguments
            process.environment = [
                "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MASTHEAD_DATABASE_URL": test.appURL,
                "MASTHEAD_SHARE": packageFolder, "MASTHEAD_HOME": "/nowhere/masthead",
            ].merging(more) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = errors ?? FileHandle.nullDevice
            try process.run()
            pid = process.processIdentifier
            self.process = Mutex(process)
        }

        func end(_ signal: Int32) -> Int32 {
            kill(pid, signal)
            return wait()
        }

        func wait() -> Int32 {
            process.withLock { process in
                process.waitUntilExit()
                return process.terminationStatus
            }
        }
    }

    /// Seconds between two looks, of the workers here.
    private static let poll = 2

    @Test func fourWorkersKilledAndCutAtRandomPublishEachItemOnceAndLeaveNoneBehind() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("the workers' seed: \(seed)")
        var random = SeededRandom(seed: seed)
        try await withTestDatabase { test in
            let press = try await Press(test)
            func worker() throws -> Worker { try Worker(test, ["--poll", "\(Self.poll)"]) }
            var workers = try (0..<4).map { _ in try worker() }
            defer { for worker in workers { _ = worker.end(SIGKILL) } }
            var total = 0
            for round in 0..<50 {
                let items = round == 25 ? 200 : 8
                total += items
                try await press.schedule(items, in: round)
                try await press.letTimeCome()
                // Each blow falls when so many are left: in the midst of the work, wherever that is.
                let blows = (0..<(round == 25 ? 12 : 2)).map { _ in Int.random(in: 0..<items, using: &random) }
                for left in blows.sorted(by: >) {
                    while try await press.pending() > left {}
                    if Bool.random(using: &random) {
                        let victim = Int.random(in: 0..<4, using: &random)
                        _ = workers[victim].end(SIGKILL)
                        workers[victim] = try worker()
                    } else {
                        try await press.cut()
                    }
                }
                let recovered = try await press.count("SELECT extract(epoch FROM clock_timestamp())::bigint")
                while try await press.pending() > 0 {
                    let now = try await press.count("SELECT extract(epoch FROM clock_timestamp())::bigint")
                    // A generous end, so that a fault fails instead of hanging.
                    try #require(now - recovered <= 60, "seed \(seed), round \(round): left behind")
                }
                let done = try await press.count("SELECT extract(epoch FROM clock_timestamp())::bigint")
                #expect(done - recovered <= Int(2 * Self.poll), "seed \(seed), round \(round): overdue")
                try await Self.requireOnce(press, total, "seed \(seed), round \(round)")
            }
            await press.superuser.close()
        }
    }

    /// One release, one outbox row and one audit row for each of them.
    private static func requireOnce(_ press: Press, _ total: Int, _ place: String) async throws {
        for (what, sql) in [
            ("done", "SELECT count(*) FROM editorial.schedule WHERE state = 'done'"),
            ("released", "SELECT count(DISTINCT article_id) FROM editorial.release"),
            ("releases", "SELECT count(*) FROM editorial.release"),
            ("outbox", "SELECT count(*) FROM journal.outbox WHERE type = 'article.published'"),
            ("told", "SELECT count(DISTINCT subject_id) FROM journal.outbox WHERE type = 'article.published'"),
            ("audit", "SELECT count(*) FROM journal.audit WHERE action = 'article.published'"),
        ] {
            let count = try await press.count(SQL(stringLiteral: sql))
            try #require(count == total, "\(place): \(what)")
        }
    }

    /// Debian's package faketime.
    private static let libfaketime = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    ].first(where: FileManager.default.fileExists)

    @Test(.enabled(if: libfaketime != nil, "libfaketime isn't installed (apt-get install faketime)"))
    func aWorkersClockTenMinutesOffChangesNothing() async throws {
        let library = try #require(Self.libfaketime)
        try await withTestDatabase { test in
            let press = try await Press(test)
            func work(_ shift: String) throws -> Int32 {
                try Worker(test, ["--once"], more: ["LD_PRELOAD": library, "FAKETIME": shift]).wait()
            }
            try await press.schedule(1, in: 0)
            try await press.letTimeCome()
            #expect(try work("+0m") == 0)
            try #require(try await press.pending() == 0, "a worker under libfaketime works at all")
            try await press.schedule(2, in: 1)
            try await press.letTimeCome("+ '5 minutes'::interval")
            #expect(try work("+10m") == 0)
            #expect(try await press.pending() == 2)
            try await press.letTimeCome()
            #expect(try work("-10m") == 0)
            #expect(try await press.pending() == 0)
            #expect(
                try await press.count(
                    """
                    SELECT count(*) FROM editorial.release \
                    WHERE abs(extract(epoch FROM released_at - now())) < 120 AND released_at >= intended_at
                    """) == 3)
            await press.superuser.close()
        }
    }

    @Test func whoeverAsksAWorkerToStopGetsACleanEnd() async throws {
        try await withTestDatabase { test in
            let press = try await Press(test)
            try await press.schedule(3, in: 1)
            for signal in [SIGTERM, SIGINT] {
                let errors = Pipe()
                let worker = try Worker(test, [], errors: errors)
                var heard = ""
                // What is there by now, however little; nothing at all is the end.
                while !heard.contains("Waiting") {
                    let more = errors.fileHandleForReading.availableData
                    if more.isEmpty { break }
                    heard += String(decoding: more, as: UTF8.self)
                }
                #expect(worker.end(signal) == 0, "\(heard)")
            }
            #expect(try await press.pending() == 3)
            // A notification wakes it: the time between two looks is an hour here.
            let worker = try Worker(test, ["--poll", "3600"])
            try await press.letTimeCome()
            try await test.owner.transaction { db in try db.script("NOTIFY masthead_schedule") }
            while try await press.pending() > 0 {}
            #expect(worker.end(SIGTERM) == 0)
            await press.superuser.close()
        }
    }
}
