internal import CZlib

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Bytes in order, plain or decompressed.
protocol ByteReader: AnyObject {
    /// Reads up to `limit` bytes; 0 at the end.
    func read(into buffer: UnsafeMutablePointer<UInt8>, _ limit: Int) throws(LogSourceError) -> Int
}

/// A file, read at positions: its descriptor's own position isn't used, so two readers can't disturb each other.
final class FileReader: ByteReader {
    let path: String
    let isCompressed: Bool
    private let descriptor: Int32
    var position = 0

    init(path: String) throws(LogSourceError) {
        self.path = path
        // Without O_NONBLOCK opening a named pipe would wait for a writer, only to refuse it below.
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { throw FileReader.failure(path) }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw .notAFile(path: path)
        }
        var magic: (UInt8, UInt8) = (0, 0)
        let read = withUnsafeMutableBytes(of: &magic) { pread(opened, $0.baseAddress, 2, 0) }
        isCompressed = read == 2 && magic.0 == 0x1f && magic.1 == 0x8b
        descriptor = opened
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutablePointer<UInt8>, _ limit: Int) throws(LogSourceError) -> Int {
        while true {
            let count = pread(descriptor, buffer, limit, off_t(position))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileReader.failure(path) }
            position += count
            return count
        }
    }

    private static func failure(_ path: String) -> LogSourceError {
        .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
}

/// Decompresses a gz file, member after member. Memory stays at one window and one buffer whatever the file unpacks to.
///
/// Safe because the stream's pointers are set anew for each call from buffers that live through it.
final class GzipReader: ByteReader {
    private let file: FileReader
    private var stream = z_stream()
    private var input = [UInt8](repeating: 0, count: 64 * 1024)
    private var available = 0
    private var used = 0
    private var isMemberOpen = false
    private var isReady = false

    init(_ file: FileReader) {
        self.file = file
        file.position = 0
        // 15 bits of window, and 16 for the gz header.
        isReady =
            inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit { if isReady { inflateEnd(&stream) } }

    func read(into buffer: UnsafeMutablePointer<UInt8>, _ limit: Int) throws(LogSourceError) -> Int {
        guard isReady else { throw .damaged(path: file.path, reason: "no memory to decompress") }
        while true {
            if used == available {
                available = try fill()
                used = 0
                if available == 0 {
                    if isMemberOpen { throw .damaged(path: file.path, reason: "the compressed data ends early") }
                    return 0
                }
            }
            let (code, consumed, produced) = input.withUnsafeMutableBufferPointer { bytes -> (Int32, Int, Int) in
                stream.next_in = bytes.baseAddress.map { $0 + used }
                stream.avail_in = UInt32(available - used)
                stream.next_out = buffer
                stream.avail_out = UInt32(limit)
                let code = inflate(&stream, Z_NO_FLUSH)
                return (code, available - used - Int(stream.avail_in), limit - Int(stream.avail_out))
            }
            used += consumed
            isMemberOpen = true
            switch code {
            case Z_STREAM_END:
                // Another member may follow: gzip files are concatenated by rotation tools.
                inflateReset(&stream)
                isMemberOpen = false
            case Z_OK: break
            case Z_BUF_ERROR where consumed > 0 || produced > 0 || used == available: break
            default:
                let reason = stream.msg.map { String(cString: $0) } ?? "not gz data"
                throw .damaged(path: file.path, reason: reason)
            }
            if produced > 0 { return produced }
        }
    }

    private func fill() throws(LogSourceError) -> Int {
        var failure: LogSourceError?
        let count = input.withUnsafeMutableBufferPointer { bytes -> Int in
            guard let base = bytes.baseAddress else { return 0 }
            do throws(LogSourceError) {
                return try file.read(into: base, bytes.count)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return count
    }
}
