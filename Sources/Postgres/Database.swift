internal import CLibPQ
public import Logging
import OrderedCollections
import Synchronization

/// A PostgreSQL database: a bounded pool of connections, lent by closure only.
///
///     let article = try await database.transaction { db in try PublishArticle(…).perform(db) }
///
/// A closure runs on its connection's own thread, synchronously; it touches only the database, because it may run twice.
public final class Database: Sendable {
    public struct Configuration: Sendable {
        /// A libpq URL or keyword string.
        public var url: String
        public var applicationName = "masthead"
        /// Connections at the most: also the units of work under way at the most.
        public var poolSize = 8
        /// Callers that may wait for a connection; more are refused at once instead of piling up.
        public var waiterLimit = 1_000
        /// How long a caller waits for a connection.
        public var waitTimeout: Duration = .seconds(30)
        public var connectTimeout: Duration = .seconds(10)
        /// How long an unreachable server is tried again before the caller hears of it.
        public var connectPatience: Duration = .zero
        /// Runs of a unit after a serialization failure or a deadlock.
        public var retryLimit = 10
        /// Off for a pooler in transaction mode, which gives each transaction another server connection.
        public var preparedStatements = true

        public init(url: String) {
            self.url = url
        }

        /// Whether libpq can read this as an address. That somebody answers there is another question.
        public static func isReadable(url: String) -> Bool {
            // A text without `=` and scheme would be taken for the name of a database on whatever server is near.
            guard url.contains("=") || url.contains("://") else { return false }
            guard let options = PQconninfoParse(url, nil) else { return false }
            PQconninfoFree(options)
            return true
        }
    }

    /// May the closure run again after a serialization failure? Not when it consumes a stream.
    public enum Repeatability: Sendable {
        case repeatable, once
    }

    private struct State {
        var queue: PoolQueue<Session, ContinuousClock.Instant>
        var waiting: [Int: CheckedContinuation<Session, any Error>] = [:]
        /// Sessions handed to a waiter before its continuation was there.
        var early: [Int: Session] = [:]
    }

    public let configuration: Configuration
    private let logger: Logger
    private let state: Mutex<State>

    public init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        state = Mutex(
            State(queue: PoolQueue(limit: configuration.poolSize, waiterLimit: configuration.waiterLimit)))
    }

    /// Reads in one snapshot: REPEATABLE READ, READ ONLY.
    public func read<T: Sendable>(_ body: @Sendable (Connection) throws -> T) async throws -> T {
        try await withSession { try $0.read(body) }
    }

    /// Writes in one transaction, READ COMMITTED. Any error thrown by `body` rolls it back.
    ///
    /// - Throws: `PostgresError.commitOutcomeUnknown` when the connection went while COMMIT was under way: it is never
    ///   retried blindly.
    @discardableResult
    public func transaction<T: Sendable>(
        _ repeatability: Repeatability = .repeatable, _ body: @Sendable (Connection) throws -> T
    ) async throws -> T {
        try await withSession { try $0.transaction(repeatability, body) }
    }

    /// One reading statement without a transaction block around it: two round trips fewer. May be run again when the
    /// connection turns out lost, so it must not write.
    @discardableResult
    public func statement<T: Sendable>(_ body: @Sendable (Connection) throws -> T) async throws -> T {
        try await withSession { try $0.statement(body) }
    }

    /// Ends the pool: who waits is refused, connections close as they come back.
    public func close() async {
        let (waiting, idle) = state.withLock { state in
            let (waiters, idle) = state.queue.close()
            let waiting = waiters.compactMap { state.waiting.removeValue(forKey: $0) }
            return (waiting, idle)
        }
        for continuation in waiting { continuation.resume(throwing: PostgresError.pool(.closed)) }
        for session in idle { await session.close() }
    }

    /// Lends one session for several units of work that follow each other: no other caller gets in between, and no thread
    /// changes hands. The closure runs on the session's thread; whatever else it awaits holds up the connection.
    public func withSession<T: Sendable>(
        _ body: @Sendable (isolated Session) async throws -> T
    ) async throws -> T {
        let session = try await lease()
        let request = CancelRequest()
        let outcome: Result<T, any Error>
        do {
            outcome = .success(
                try await withTaskCancellationHandler {
                    try await session.lend(request, to: body)
                } onCancel: {
                    request.cancel()
                })
        } catch {
            outcome = .failure(error)
        }
        await giveBack(session)
        return try outcome.get()
    }

    private func lease() async throws -> Session {
        let deadline = ContinuousClock.now + configuration.waitTimeout
        switch state.withLock({ $0.queue.ask(waitingUntil: deadline) }) {
        case .take(let session): return session
        case .make: return Session(configuration, logger: logger)
        case .full: throw PostgresError.pool(.queueFull(limit: configuration.waiterLimit))
        case .closed: throw PostgresError.pool(.closed)
        case .wait(let waiter): return try await wait(as: waiter, until: deadline)
        }
    }

    /// Waits to be handed a session. Between `ask` and here that may have happened already (see `early`), or the waiter
    /// was cancelled.
    private func wait(as waiter: Int, until deadline: ContinuousClock.Instant) async throws -> Session {
        let alarm = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            self.refuse(self.state.withLock { $0.queue.expire(now: .now) }, .pool(.timeout(configuration.waitTimeout)))
        }
        defer { alarm.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let refusal: PostgresError? = state.withLock { state in
                    if let session = state.early.removeValue(forKey: waiter) {
                        continuation.resume(returning: session)
                        return nil
                    }
                    guard state.queue.waiters[waiter] != nil else {
                        return state.queue.isClosed ? .pool(.closed) : .cancelled
                    }
                    state.waiting[waiter] = continuation
                    return nil
                }
                if let refusal { continuation.resume(throwing: refusal) }
            }
        } onCancel: {
            if state.withLock({ $0.queue.giveUp(waiter) }) { refuse([waiter], .cancelled) }
        }
    }

    private func refuse(_ waiters: [Int], _ error: PostgresError) {
        let continuations = state.withLock { state in waiters.compactMap { state.waiting.removeValue(forKey: $0) } }
        for continuation in continuations { continuation.resume(throwing: error) }
    }

    private func giveBack(_ session: Session) async {
        let handover = state.withLock { state -> (CheckedContinuation<Session, any Error>?, close: Bool) in
            switch state.queue.giveBack(session) {
            case .keep: return (nil, false)
            case .close: return (nil, true)
            case .give(_, let waiter):
                guard let continuation = state.waiting.removeValue(forKey: waiter) else {
                    state.early[waiter] = session
                    return (nil, false)
                }
                return (continuation, false)
            }
        }
        handover.0?.resume(returning: session)
        if handover.close { await session.close() }
    }
}
