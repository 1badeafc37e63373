#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file for what has to be read more than once. It has no name, so nothing of it is left however the process ends.
public final class UnnamedFile: Sendable {
    private let descriptor: Int32

    /// - Parameter folder: on the file system that holds it.
    public init(in folder: String) throws(StreamError) {
        let name = "\(folder)/masthead-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let opened = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw StreamError(operation: "create", code: errno) }
        unlink(name)
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// Where it can be opened for reading as long as this lives.
    public var path: String { "/dev/fd/\(descriptor)" }

    public func write(_ bytes: [UInt8]) throws(StreamError) { try writeBytes(bytes, to: descriptor) }
}
