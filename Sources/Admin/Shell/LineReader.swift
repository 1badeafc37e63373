import Terminal

/// Lines from a stream, each within a limit: a line that is too long or isn't UTF-8 is reported as such and the lines
/// after it are still read.
struct LineReader {
    /// 1 MiB: a command line; long texts go into here-documents, which have many lines.
    static let limitBytes = 1 << 20

    enum Line: Equatable {
        case text(String)
        case tooLong
        case notUTF8
    }

    private let read: (Int) throws(StreamError) -> [UInt8]
    private var buffer: [UInt8] = []
    private var position = 0
    private var ended = false
    /// The number of the line last returned, from 1.
    private(set) var number = 0

    init(_ read: @escaping (Int) throws(StreamError) -> [UInt8]) { self.read = read }

    /// Whether a line can be had without waiting for the stream: if not, it is time to hand over what was printed.
    var hasLine: Bool { ended || buffer[position...].contains(0x0a) }

    /// The next line without its end (LF or CR LF); nil at the end of the stream.
    mutating func next() throws(StreamError) -> Line? {
        var scanned = position
        var dropped = false
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0x0a) {
                let line = buffer[position..<end]
                position = end + 1
                return finish(line, dropped)
            }
            if ended {
                guard position < buffer.count || dropped else { return nil }
                let line = buffer[position...]
                position = buffer.count
                return finish(line, dropped)
            }
            buffer.removeFirst(position)
            position = 0
            if buffer.count > Self.limitBytes {
                buffer.removeAll(keepingCapacity: true)
                dropped = true
            }
            scanned = buffer.count
            let chunk = try read(1 << 16)
            if chunk.isEmpty { ended = true } else { buffer += chunk }
        }
    }

    private mutating func finish(_ bytes: ArraySlice<UInt8>, _ dropped: Bool) -> Line {
        number += 1
        guard !dropped, bytes.count <= Self.limitBytes else { return .tooLong }
        var bytes = bytes.last == 0x0d ? bytes.dropLast() : bytes
        // A byte order mark at the start of a file is an editor's, not the author's.
        if number == 1, bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else { return .notUTF8 }
        return .text(text)
    }
}
