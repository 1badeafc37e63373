import CLibPQ
import Synchronization

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

    /// Asks the server to stop what it is doing for this unit. Blocks for a round trip: call it from a thread that may.
    func fire() {
        state.withLock { state in
            guard state == .running else { return }
            state = .requested
            var reason = [CChar](repeating: 0, count: 256)
            // A request that didn't arrive changes nothing: the unit ends at its next statement all the same.
            _ = PQcancel(handle, &reason, Int32(reason.count))
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
