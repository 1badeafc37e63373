#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file opened for reading, closed when nobody holds it any more.
public final class InputFile: Sendable {
    private let descriptor: Int32

    /// Opens the file (or named pipe) at `path`.
    public init(path: String) throws(StreamError) {
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw StreamError(operation: "open", code: errno) }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// Reads up to `limit` bytes; empty at the end of the file.
    public func read(atMost limit: Int) throws(StreamError) -> [UInt8] {
        try readBytes(from: descriptor, atMost: limit)
    }
}
