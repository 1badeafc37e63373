import Foundation
import Logging
import Synchronization
import Testing

/// Where threads wait for each other: the only way to be sure that two units overlap. Blocks its thread, so it is for
/// units' closures, which run on threads of their own.
final class Meeting: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let count: Int
    private let arrived = Mutex(0)

    init(of count: Int) { self.count = count }

    func arrive() {
        let isLast = arrived.withLock { arrived in
            arrived += 1
            return arrived == count
        }
        if isLast {
            for _ in 1..<count { semaphore.signal() }
        } else {
            semaphore.wait()
        }
    }
}

/// Runs async work from a unit's closure and waits for it, on the unit's own thread.
func blocking(_ body: @escaping @Sendable () async throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    let failure = Mutex<(any Error)?>(nil)
    Task {
        do { try await body() } catch { failure.withLock { $0 = error } }
        done.signal()
    }
    done.wait()
    if let error = failure.withLock({ $0 }) { throw error }
}

/// A log that a test reads.
final class LogRecorder: LogHandler {
    let lines = Mutex<[String]>([])
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.level) \(event.message)") }
    }
}

/// Counts what happens on several threads.
final class Counter: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .sequentiallyConsistent) }

    @discardableResult func add() -> Int { value.add(1, ordering: .sequentiallyConsistent).newValue }
}
