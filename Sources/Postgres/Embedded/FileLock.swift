#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lock between processes, tied to an open file: the system lets go of it when its holder ends, however it ends, so
/// a killed process never leaves it behind.
struct FileLock {
    let path: String
    let patience: Duration

    /// Runs `body` while nobody else holds the lock. Waits without blocking a thread of the pool.
    func whileHeld<T>(_ body: () async throws -> T) async throws -> T {
        // The server that is started must not inherit it: it would hold the lock for as long as it runs.
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Files.failure(path) }
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw Files.failure(path) }
            guard ContinuousClock.now < deadline else { throw ClusterError.locked(path: path) }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await body()
    }
}
