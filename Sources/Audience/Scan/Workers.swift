#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
internal import Synchronization

/// Threads of our own: a scan is all computation, and the concurrency pool has no more threads than cores to lend.
enum Workers {
    /// Runs the body once for each index, each on its own thread, and returns when all have ended.
    static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        var threads: [pthread_t] = []
        for index in 1..<max(count, 1) {
            if let thread = start({ body(index) }) { threads.append(thread) } else { body(index) }
        }
        body(0)
        for thread in threads { pthread_join(thread, nil) }
    }

    private final class Answer<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    /// Runs the body on a thread of its own while the calling thread does something else, and returns when both have
    /// ended. What is thrown meanwhile is thrown once the body has ended.
    static func alongside<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value, _ meanwhile: () throws -> Void
    ) throws -> Value {
        let answer = Answer<Value>()
        let thread = start { answer.value.withLock { $0 = body() } }
        let other = Result(catching: meanwhile)
        if let thread { pthread_join(thread, nil) }
        try other.get()
        return answer.value.withLock { $0.take() } ?? body()
    }

    /// Runs the body on a thread of its own and hands its result to the waiting task, which blocks nobody.
    static func detached<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = start { continuation.resume(with: Swift.Result { try body() }) }
            if let thread { pthread_detach(thread) } else { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Safe because the job is retained for the thread, which takes that reference over and releases it.
    private static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        let job = Unmanaged.passRetained(Job(body))
        #if canImport(Darwin)
            var thread: pthread_t?
            let status = pthread_create(&thread, nil, { Workers.enter($0) }, job.toOpaque())
        #else
            var thread = pthread_t()
            let status = pthread_create(&thread, nil, { Workers.enter($0) }, job.toOpaque())
        #endif
        guard status == 0 else {
            job.release()
            return nil
        }
        return thread
    }

    private static func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
        return nil
    }
}

/// A mutex without a closure: what it guards holds memory that can't be captured.
///
/// Safe because the mutex itself lives at one address from `init` to `deinit`.
final class Lock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(mutex, nil) }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }
}
