import CLibPQ
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What one unit of work is cancelled with. A token is good for its unit alone: cancelling late can't hit the next one,
/// because ending the unit and sending the cancel request exclude each other.
///
/// `@unchecked Sendable` is safe: the pointer is used under the mutex only, and libpq allows PQcancel from any thread.
final class Cancellation: @unchecked Sendable {
    private enum State {
        case running, requested, ended
    }

    private let state = Mutex(State.running)
    private let handle: OpaquePointer?

    init(of connection: Connection) {
        handle = connection.makeCancelHandle()
    }

    deinit {
        PQfreeCancel(handle)
    }

    /// Lets the unit end before its next statement.
    func request() {
        state.withLock { state in
            if state == .running { state = .requested }
        }
    }

    /// Asks the server to stop what it is doing for this unit, again and again until the unit has ended: the server
    /// forgets a request that comes after the unit looked whether it may go on and before its next statement arrives.
    /// Blocks as long: call it from a thread of its own.
    func fire() {
        request()
        var pause: UInt32 = 10_000
        while send() {
            usleep(pause)
            pause = min(pause * 2, 1_000_000)
        }
    }

    /// False when the unit has ended.
    private func send() -> Bool {
        state.withLock { state in
            guard state == .requested else { return false }
            var reason = [CChar](repeating: 0, count: 256)
            // A request that didn't arrive changes nothing: there will be another, or the unit ends by itself.
            _ = PQcancel(handle, &reason, Int32(reason.count))
            return true
        }
    }

    /// Ends the unit; true when it was cancelled. The connection is closed then: a request may still be on its way to it.
    func end() -> Bool {
        state.withLock { state in
            defer { state = .ended }
            return state == .requested
        }
    }

    /// Before each statement, so that a cancelled unit doesn't start another.
    func check() throws {
        if state.withLock({ $0 == .requested }) { throw PostgresError.cancelled }
    }

    /// `query_canceled` is our own doing when we asked for it; else the server's statement timeout.
    func translate(_ error: PostgresError) -> PostgresError {
        error.sqlstate == "57014" && state.withLock({ $0 == .requested }) ? .cancelled : error
    }
}
