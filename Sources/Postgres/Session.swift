import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One connection, one thread, one actor whose executor that thread is. Connects when first needed, and again when the
/// connection was lost.
///
/// Lent by `Database.withSession`, whose closure runs on the session's thread: units of work inside it follow each other
/// without a change of threads.
public actor Session {
    private nonisolated let thread: SessionThread
    private let configuration: Database.Configuration
    private let logger: Logger
    private var connection: Connection?
    /// Whoever has the session now may wish to cancel.
    private var request = CancelRequest()

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ configuration: Database.Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        thread = SessionThread()
    }

    /// As `Database.read`.
    public func read<T>(_ body: (Connection) throws -> T) throws -> T {
        try run(.read, body)
    }

    /// As `Database.transaction`.
    @discardableResult
    public func transaction<T>(
        _ repeatability: Database.Repeatability = .repeatable, _ body: (Connection) throws -> T
    ) throws -> T {
        try run(repeatability == .repeatable ? .write : .writeOnce, body)
    }

    /// As `Database.statement`.
    @discardableResult
    public func statement<T>(_ body: (Connection) throws -> T) throws -> T {
        try run(.statement, body)
    }

    /// Lends the session to `body` until it returns.
    func lend<T: Sendable>(
        _ request: CancelRequest, to body: @Sendable (isolated Session) async throws -> T
    ) async throws -> T {
        self.request = request
        return try await body(self)
    }

    /// Runs a unit of work to its end: begun, committed or rolled back, and run again where the rules say so.
    ///
    /// - `40001` and `40P01` (serialization failure, deadlock) run the whole closure again, up to `retryLimit` times.
    /// - A connection that turns out lost at the unit's first statement is made anew, once.
    private func run<T>(_ unit: Unit, _ body: (Connection) throws -> T) throws -> T {
        var reconnected = false
        var retries = 0
        while true {
            try request.check()
            let connection = try connected()
            do {
                return try attempt(unit, on: connection, body)
            } catch let failure as BeginFailure {
                guard !reconnected, failure.error.isLostConnection else { throw failure.error }
                reconnected = true
            } catch let error as PostgresError where error.asksForRetry && unit.isRepeatable {
                retries += 1
                guard retries <= configuration.retryLimit else { throw error }
                logger.debug("running a unit again", metadata: ["sqlstate": "\(error.sqlstate ?? "")"])
                pause(milliseconds: UInt32.random(in: 1...(4 << UInt32(min(retries, 6)))))
            }
        }
    }

    /// Closes the connection and ends the thread. Nothing may be asked of the session afterwards.
    func close() {
        connection = nil
        thread.stop()
    }

    /// The first statement failed: nothing of the unit has been done.
    private struct BeginFailure: Error {
        let error: PostgresError
    }

    private func attempt<T>(
        _ unit: Unit, on connection: Connection, _ body: (Connection) throws -> T
    ) throws -> T {
        let cancellation = Cancellation(of: connection)
        connection.cancellation = cancellation
        request.watch(cancellation)
        defer {
            connection.cancellation = nil
            let wasCancelled = cancellation.end()
            if wasCancelled || !connection.isUsable || !connection.isIdle { self.connection = nil }
        }
        guard let begin = unit.begin else { return try statement(on: connection, body) }
        do {
            try connection.script(begin)
        } catch let error as PostgresError {
            throw BeginFailure(error: error)
        }
        do {
            let value = try body(connection)
            try connection.commit()
            return value
        } catch {
            // A failed ROLLBACK needs no word of its own: the connection is closed then, which rolls back as well.
            connection.cancellation = nil
            if connection.isUsable && !connection.isIdle { try? connection.script("ROLLBACK") }
            throw error
        }
    }

    /// A unit without a transaction block. Its first statement's loss is the unit's.
    private func statement<T>(on connection: Connection, _ body: (Connection) throws -> T) throws -> T {
        do {
            return try body(connection)
        } catch let error as PostgresError where error.isLostConnection {
            throw BeginFailure(error: error)
        }
    }

    /// The connection, made now where there is none. While the server can't be reached it is tried again, with growing
    /// pauses that differ from caller to caller, until `connectPatience` is over: a restarting server isn't stormed.
    private func connected() throws -> Connection {
        if let connection, connection.isUsable { return connection }
        connection = nil
        let clock = ContinuousClock()
        let deadline = clock.now + configuration.connectPatience
        var pauseLimit: UInt32 = 20
        while true {
            do {
                let made = try Connection(configuration, logger: logger)
                connection = made
                return made
            } catch {
                guard clock.now < deadline else { throw error }
                pause(milliseconds: UInt32.random(in: pauseLimit / 2...pauseLimit))
                pauseLimit = min(pauseLimit * 2, 1_000)
            }
        }
    }

    /// Blocks this session's own thread, which serves nobody else.
    private func pause(milliseconds: UInt32) {
        usleep(milliseconds * 1_000)
    }
}

/// What kind of transaction a unit of work runs in.
struct Unit: Sendable {
    /// The statement that opens it; nil for none.
    let begin: String?
    let isRepeatable: Bool

    static let read = Unit(begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", isRepeatable: true)
    static let write = Unit(begin: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", isRepeatable: true)
    static let writeOnce = Unit(begin: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", isRepeatable: false)
    static let statement = Unit(begin: nil, isRepeatable: true)
}

/// A task's wish to cancel, passed on to whichever attempt of the unit is under way.
final class CancelRequest: Sendable {
    private struct State {
        var isCancelled = false
        var attempt: Cancellation?
    }

    private let state = Mutex(State())

    func watch(_ attempt: Cancellation) {
        let isLate = state.withLock { state in
            state.attempt = attempt
            return state.isCancelled
        }
        // Nothing is under way yet that the server could stop.
        if isLate { attempt.request() }
    }

    func check() throws {
        if state.withLock({ $0.isCancelled }) { throw PostgresError.cancelled }
    }

    /// Called on the canceller's thread, which must not wait for the server.
    func cancel() {
        let attempt = state.withLock { state in
            state.isCancelled = true
            return state.attempt
        }
        if let attempt { SessionThread.detach { attempt.fire() } }
    }
}
