#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A log that is held open while it is followed: renamed or deleted, it can be read to its end all the same.
final class OpenLog {
    /// Which file it is, whatever it is called.
    struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// What changes when somebody writes.
    struct State: Equatable {
        let size: Int
        /// Nanoseconds since 1970.
        let written: Int
    }

    let name: String
    let identity: Identity
    private let descriptor: Int32
    /// How it was when all of it was counted last; nil before.
    var counted: State?
    /// Since when it hasn't changed, in the clock of whoever follows.
    var quietSince: ContinuousClock.Instant?

    /// The path under which the open file can be opened again, also when its name is gone.
    var path: String { "/dev/fd/\(descriptor)" }

    /// Opens the file that has this name now; nil when none has.
    init?(_ name: String) throws(LogSourceError) {
        let opened = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else {
            if errno == ENOENT { return nil }
            throw .unreadable(path: name, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw .notAFile(path: name)
        }
        self.name = name
        descriptor = opened
        identity = OpenLog.identity(status)
    }

    deinit { close(descriptor) }

    func state() -> State? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return State(size: Int(status.st_size), written: Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec))
    }

    /// Which file has this name now.
    static func identity(of name: String) -> Identity? {
        var status = stat()
        return stat(name, &status) == 0 ? identity(status) : nil
    }

    private static func identity(_ status: stat) -> Identity {
        Identity(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino))
    }
}
