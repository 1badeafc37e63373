#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The three streams a process is born with, written and read so that a failure is seen.
///
/// `print` swallows a full disk and a closed pipe. A command that says "published" into the void and ends with 0 is
/// worse than one that fails, so every byte of Masthead's output goes through `write`.
public enum StandardStream: Int32, Sendable {
    case input = 0
    case output = 1
    case error = 2

    /// Whether a person looks at this stream (or types into it).
    public var isTerminal: Bool { isatty(rawValue) == 1 }

    /// The width of the terminal in columns; nil when the stream isn't one or doesn't say.
    public var columns: Int? {
        var size = winsize()
        guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes all bytes, or throws with what the system said.
    public func write(_ bytes: [UInt8]) throws(StreamError) {
        try writeBytes(bytes, to: rawValue)
    }

    /// Reads up to `limit` bytes, waiting for the first; empty at the end of the input.
    public func read(atMost limit: Int) throws(StreamError) -> [UInt8] {
        try readBytes(from: rawValue, atMost: limit)
    }
}

/// `write(2)` until all is written, EINTR retried.
func writeBytes(_ bytes: [UInt8], to descriptor: Int32) throws(StreamError) {
    var failure: StreamError?
    // Safe: the pointer is used inside the closure only, and never past the buffer's end.
    bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
            let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                failure = StreamError(operation: "write", code: errno)
                return
            }
        }
    }
    if let failure { throw failure }
}

/// `read(2)` with EINTR retried. The array is sized before and cut after, so nothing uninitialised is seen.
func readBytes(from descriptor: Int32, atMost limit: Int) throws(StreamError) -> [UInt8] {
    var failure: StreamError?
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        count = 0
        while true {
            let got = read(descriptor, buffer.baseAddress, limit)
            if got >= 0 {
                count = got
                return
            }
            if errno != EINTR {
                failure = StreamError(operation: "read", code: errno)
                return
            }
        }
    }
    if let failure { throw failure }
    return bytes
}

/// A system call on a stream or file failed.
public struct StreamError: Error, Equatable, CustomStringConvertible {
    /// `read`, `write`, `open`, `create` or `fsync`.
    public let operation: String
    /// The system's `errno`.
    public let code: Int32

    /// The reader at the other end of the pipe has gone: nobody wants the rest.
    public var isBrokenPipe: Bool { code == EPIPE }
    /// There is no such file or folder.
    public var isMissing: Bool { code == ENOENT }
    /// There is such a file already.
    public var isExisting: Bool { code == EEXIST }

    public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
