import Logging
import Postgres
import Synchronization
import TestDatabase
import Testing

#if canImport(Glibc)
    import Glibc

    private let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin

    private let streamSocket = SOCK_STREAM
#endif

/// What the network, the server and impatient callers do to a unit of work.
@Suite struct FailureTests {
    private func pid(_ database: Database) async throws -> Int {
        try await database.statement { db in try #require(try db.value("SELECT pg_backend_pid()", as: Int.self)) }
    }

    private func kill(_ pid: Int, in database: TestDatabase) async throws {
        let admin = database.database(database.superuserURL)
        // Waits until the backend is gone.
        _ = try await admin.statement { db in
            try db.value("SELECT pg_terminate_backend(\(Int32(pid))::int, 10000)", as: Bool.self)
        }
        await admin.close()
    }

    @Test(arguments: ["read", "transaction", "statement"])
    func anIdleConnectionKilledByTheServerIsMadeAnewUnseen(kind: String) async throws {
        try await withTestDatabase { database in
            let pool = database.database(database.appURL) { $0.poolSize = 1 }
            let first = try await pid(pool)
            try await kill(first, in: database)
            let body: @Sendable (Connection) throws -> Int? = { db in
                try db.value("SELECT pg_backend_pid()", as: Int.self)
            }
            let second =
                switch kind {
                case "read": try await pool.read(body)
                case "transaction": try await pool.transaction { db in try body(db) }
                default: try await pool.statement(body)
                }
            #expect(second != nil && second != first)
            await pool.close()
        }
    }

    @Test func theURLSaysHowLongToWaitForAConnection() async throws {
        // A socket that lets clients in and never answers.
        let deaf = socket(AF_INET, streamSocket, 0)
        defer { close(deaf) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #expect(bind(deaf, address, length) == 0)
                #expect(listen(deaf, 4) == 0)
                #expect(getsockname(deaf, address, &length) == 0)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        var configuration = Database.Configuration(url: "postgresql://a@127.0.0.1:\(port)/a?connect_timeout=2")
        configuration.connectTimeout = .seconds(3600)
        let database = Database(configuration, logger: Logger(label: "test"))
        let started = ContinuousClock.now
        await #expect(throws: PostgresError.self) { try await database.read { db in try db.run("SELECT 1") } }
        #expect(ContinuousClock.now - started < .seconds(900))
        await database.close()
    }

    @Test func aBackendKilledInTheMiddleOfAUnitFailsItAndTheNextUnitWorks() async throws {
        try await withTestDatabase { database in
            let runs = Counter()
            let error = await #expect(throws: PostgresError.self) {
                try await database.app.transaction { db in
                    runs.add()
                    let own = try db.value("SELECT pg_backend_pid()", as: Int.self) ?? 0
                    try blocking { try await kill(own, in: database) }
                    try db.run("SELECT 1")
                }
            }
            #expect(error?.sqlstate == "57P01" || error?.sqlstate == nil)
            #expect(runs.count == 1, "work already begun is not repeated on a new connection")
            let answered = try await database.app.read { db in try db.value("SELECT 1", as: Int.self) }
            #expect(answered == 1)
        }
    }

    @Test(arguments: [CuttingProxy.Cut.beforeForwarding, .beforeAnswering])
    func aConnectionLostDuringCommitIsReportedAsUnknownAndNotRetried(cut: CuttingProxy.Cut) async throws {
        try await withTestDatabase { database in
            try await database.owner.transaction { db in try db.script("CREATE TABLE t (n bigint)") }
            let proxy = try CuttingProxy(to: database.server, cuttingAt: "COMMIT\0", cut)
            let pool = database.database("host=\(proxy.folder) dbname=\(database.name) user=masthead_owner")
            let runs = Counter()
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { db in
                    runs.add()
                    try db.run("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error?.word == "commitOutcomeUnknown")
            #expect(runs.count == 1)
            await pool.close()
            // It is unknown for a reason: the same error stands for a change made and for one not made.
            let expected = cut == .beforeAnswering ? 1 : 0
            let count = try await database.owner.read { db in try db.value("SELECT count(*) FROM t", as: Int.self) }
            #expect(count == expected)
        }
    }

    @Test func aCancelledTaskStopsItsStatementAndLeavesNoLockBehind() async throws {
        try await withTestDatabase { database in
            try await database.owner.transaction { db in try db.script("CREATE TABLE t (n bigint)") }
            let started = AsyncStream.makeStream(of: Int.self)
            let task = Task {
                try await database.owner.transaction { db in
                    try db.script("LOCK TABLE t")
                    started.continuation.yield(try db.value("SELECT pg_backend_pid()", as: Int.self) ?? 0)
                    try db.run("SELECT pg_sleep(600)")
                }
            }
            var iterator = started.stream.makeAsyncIterator()
            let pid = try #require(await iterator.next())
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.word == "cancelled")
            // The lock is free: this would wait for ever otherwise.
            try await database.owner.transaction { db in try db.script("SET LOCAL lock_timeout = '20s'; LOCK TABLE t") }
            let next = try await self.pid(database.owner)
            #expect(next != pid, "the connection is closed, lest a late cancel request hits the next unit")
        }
    }

    /// The request may come while no statement is under way, and the next one be on its way already: a server that
    /// forgot it would sleep on.
    @Test func aTaskCancelledBetweenItsStatementsEndsAllTheSame() async throws {
        try await withTestDatabase { database in
            for _ in 0..<300 {
                let started = AsyncStream.makeStream(of: Void.self)
                let task = Task {
                    try await database.owner.transaction { db in
                        try db.run("SELECT 1")
                        started.continuation.yield()
                        try db.run("SELECT pg_sleep(30)")
                    }
                }
                var iterator = started.stream.makeAsyncIterator()
                _ = await iterator.next()
                task.cancel()
                let error = await #expect(throws: PostgresError.self) { try await task.value }
                #expect(error?.word == "cancelled")
            }
        }
    }

    @Test func aTaskCancelledBeforeItBeginsDoesNothing() async throws {
        try await withTestDatabase { database in
            let ran = Counter()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await database.app.transaction { _ in _ = ran.add() }
            }
            await #expect(throws: PostgresError.self) { try await task.value }
            #expect(ran.count == 0)
        }
    }

    @Test func callersBeyondTheQueueAreRefusedAtOnceAndWaitersInTime() async throws {
        try await withTestDatabase { database in
            let pool = database.database(database.appURL) {
                $0.poolSize = 1
                $0.waiterLimit = 1
                $0.waitTimeout = .milliseconds(300)
            }
            let release = Meeting(of: 2)
            let started = AsyncStream.makeStream(of: Void.self)
            let holder = Task {
                try await pool.read { _ in
                    started.continuation.yield()
                    release.arrive()
                }
            }
            var iterator = started.stream.makeAsyncIterator()
            _ = await iterator.next()
            let outcomes = await withTaskGroup(of: PostgresError.PoolFailure?.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do {
                            try await pool.read { _ in }
                            return nil
                        } catch PostgresError.pool(let failure) { return failure } catch { return nil }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.contains(.queueFull(limit: 1)))
            #expect(outcomes.contains(.timeout(.milliseconds(300))))
            release.arrive()
            try await holder.value
            try await pool.read { _ in }
            await pool.close()
            let closed = await #expect(throws: PostgresError.self) { try await pool.read { _ in } }
            #expect(closed?.word == "pool")
        }
    }

    @Test func aWaiterThatIsCancelledLeavesTheQueue() async throws {
        try await withTestDatabase { database in
            let pool = database.database(database.appURL) { $0.poolSize = 1 }
            let release = Meeting(of: 2)
            let started = AsyncStream.makeStream(of: Void.self)
            let holder = Task {
                try await pool.read { _ in
                    started.continuation.yield()
                    release.arrive()
                }
            }
            var iterator = started.stream.makeAsyncIterator()
            _ = await iterator.next()
            let waiter = Task { try await pool.read { _ in } }
            waiter.cancel()
            let error = await #expect(throws: PostgresError.self) { try await waiter.value }
            #expect(error?.word == "cancelled")
            release.arrive()
            try await holder.value
            await pool.close()
        }
    }

    @Test func anUnreachableServerIsNamedAndTriedAgainWhileThereIsPatience() async throws {
        let pool = Database(.init(url: "host=/nonexistent-folder dbname=x user=y"), logger: .silent)
        let error = await #expect(throws: PostgresError.self) { try await pool.read { _ in } }
        #expect(error?.description.contains("/nonexistent-folder") == true)
        await pool.close()

        let server = try TestServer()
        try server.stop()
        var configuration = Database.Configuration(url: server.url(database: "postgres", user: "postgres"))
        configuration.connectPatience = .seconds(60)
        let patient = Database(configuration, logger: .silent)
        async let answer = patient.read { db in try db.value("SELECT 1", as: Int.self) }
        try server.start()
        let answered = try await answer
        #expect(answered == 1)
        await patient.close()
    }

    @Test func aServersNoticeGoesToTheLog() async throws {
        try await withTestDatabase { database in
            let log = LogRecorder()
            let pool = database.database(database.appURL, logger: Logger(label: "test") { _ in log })
            try await pool.statement { db in
                try db.script("DO $$ BEGIN RAISE NOTICE 'seen %', 41 + 1; RAISE WARNING 'beware'; END $$")
            }
            #expect(log.lines.withLock { $0 } == ["info seen 42", "warning beware"])
            await pool.close()
        }
    }

    @Test func anErrorCarriesItsFactsAndNeverABoundValue() async throws {
        try await withTestDatabase { database in
            try await database.owner.transaction { db in
                try db.script("CREATE TABLE t (email text CONSTRAINT t_email_unique UNIQUE)")
                try db.run("INSERT INTO t VALUES (\("secret@example.org"))")
            }
            let error = await #expect(throws: PostgresError.self) {
                try await database.owner.transaction { db in
                    _ = try db.run("INSERT INTO t (email) VALUES (\("secret@example.org"))")
                }
            }
            guard case .server(let server) = try #require(error) else { throw UnitTests.Stop() }
            #expect(server.sqlstate == "23505")
            #expect(server.constraint == "t_email_unique")
            #expect(server.table == "t")
            #expect(server.sql == "INSERT INTO t (email) VALUES ($1)")
            #expect(!server.message.contains("secret") && !PostgresError.server(server).description.contains("secret"))
        }
    }
}

extension PostgresError {
    /// The name of the case, for those a test asks for.
    var word: String {
        switch self {
        case .commitOutcomeUnknown: "commitOutcomeUnknown"
        case .rolledBack: "rolledBack"
        case .cancelled: "cancelled"
        case .pool: "pool"
        default: description
        }
    }
}
