#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A log can't be read any further.
public enum LogSourceError: Error, Equatable, Sendable {
    /// The system's reason, in its words.
    case unreadable(path: String, reason: String)
    case notAFile(path: String)
    /// The compressed data ends early or is damaged; what was committed before stays.
    case damaged(path: String, reason: String)
    /// None of the first lines is a log line.
    case notALog(path: String)
    /// The file is shorter than what was read from it before.
    case shorter(path: String)
}

/// Hands out the bytes of one log in blocks of whole lines, plain or gz alike: offsets count decompressed bytes.
///
/// Read with `pread` into memory of its own rather than mapped: a log truncated under a map kills the process.
/// Not thread-safe; `Workers` holds a lock around it.
final class LogSource {
    let path: String
    private let reader: any ByteReader
    private let blockBytes: Int
    private let maximumLineBytes: Int
    /// Bytes read but not handed out: the beginning of a line.
    private var carry: [UInt8] = []
    private var isAtEnd = false
    /// Decompressed bytes before this offset have been handed out.
    private(set) var offset: Int
    private var recent: [UInt8] = []
    /// Whether the last line counts though no newline ends it.
    private let isFinal: Bool

    /// How many bytes before the offset are remembered to know the file again.
    static let fingerprintBytes = 4096
    static let headBytes = 1024

    /// Opens a log at an offset that was reached before.
    init(path: String, plan: ScanPlan, at offset: Int = 0, isFinal: Bool = false) throws(LogSourceError) {
        self.path = path
        blockBytes = max(plan.blockBytes, 256)
        maximumLineBytes = plan.maximumLineBytes
        let file = try FileReader(path: path)
        if file.isCompressed {
            let reader = GzipReader(file)
            try LogSource.skip(reader, offset, path: path, keeping: &recent)
            self.reader = reader
            // A compressed log isn't written to any more.
            self.isFinal = true
        } else {
            let from = max(0, offset - LogSource.fingerprintBytes)
            file.position = from
            try LogSource.skip(file, offset - from, path: path, keeping: &recent)
            reader = file
            self.isFinal = isFinal
        }
        self.offset = offset
    }

    private static func skip(
        _ reader: any ByteReader, _ count: Int, path: String, keeping recent: inout [UInt8]
    ) throws(LogSourceError) {
        var left = count
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while left > 0 {
            let read = try read(reader, into: &buffer, limit: min(left, buffer.count))
            if read == 0 { throw .shorter(path: path) }
            left -= read
            recent.append(contentsOf: buffer[0..<read])
            if recent.count > fingerprintBytes { recent.removeFirst(recent.count - fingerprintBytes) }
        }
    }

    private static func read(
        _ reader: any ByteReader, into buffer: inout [UInt8], limit: Int
    ) throws(LogSourceError) -> Int {
        try buffer.withUnsafeMutableBufferPointer { pointer throws(LogSourceError) -> Int in
            guard let base = pointer.baseAddress else { return 0 }
            return try reader.read(into: base, limit)
        }
    }

    /// The first bytes of a log, decompressed.
    static func head(path: String) throws(LogSourceError) -> [UInt8] {
        try sample(path: path, headBytes)
    }

    static func sample(path: String, _ limit: Int) throws(LogSourceError) -> [UInt8] {
        let file = try FileReader(path: path)
        let reader: any ByteReader = file.isCompressed ? GzipReader(file) : file
        var head = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit {
            var part = [UInt8](repeating: 0, count: limit - count)
            let read = try read(reader, into: &part, limit: limit - count)
            if read == 0 { break }
            head.replaceSubrange(count..<(count + read), with: part[0..<read])
            count += read
        }
        return Array(head[0..<count])
    }

    /// Up to 4 KiB that lie before the offset.
    var fingerprint: [UInt8] { recent }

    /// The bytes before each power of two that has been passed since the log was opened, from 2,048 on.
    private(set) var checkpoints: [[UInt8]] = []

    /// The place of the checkpoint with this number.
    static func checkpoint(_ number: Int) -> Int { 2_048 << number }

    /// How many checkpoints lie at or before a place.
    static func checkpoints(before place: Int) -> Int {
        (0..<50).first { checkpoint($0) > place } ?? 50
    }

    /// Fills the block with whole lines; answers false at the end. The last line of a block may lack its newline: one
    /// that is longer than allowed is cut behind the limit, and the end of a final file needs none.
    func next(_ block: inout Slab<UInt8>) throws(LogSourceError) -> Bool {
        block.removeAll()
        carry.withUnsafeBufferPointer { held in
            if let base = held.baseAddress { block.append(base, count: held.count) }
        }
        var searched = block.count
        carry.removeAll(keepingCapacity: true)
        while true {
            if !isAtEnd {
                let before = block.count
                block.append(repeating: 0, count: blockBytes)
                let read = try reader.read(into: block.base + before, blockBytes)
                block.truncate(to: before + read)
                if read == 0 { isAtEnd = true }
            }
            if let end = lastNewline(block, from: searched) { return hand(out: &block, end) }
            searched = block.count
            if isAtEnd { return end(&block) }
            if block.count > maximumLineBytes { return try overlong(&block) }
        }
    }

    private func lastNewline(_ block: borrowing Slab<UInt8>, from start: Int) -> Int? {
        var index = block.count - 1
        while index >= start {
            if block[index] == 0x0a { return index + 1 }
            index -= 1
        }
        return nil
    }

    private func hand(out block: inout Slab<UInt8>, _ end: Int) -> Bool {
        carry.append(contentsOf: UnsafeBufferPointer(start: block.base + end, count: block.count - end))
        block.truncate(to: end)
        remember(block.base, end)
        return true
    }

    private func end(_ block: inout Slab<UInt8>) -> Bool {
        guard isFinal, block.count > 0 else {
            block.removeAll()
            return false
        }
        remember(block.base, block.count)
        return true
    }

    /// A line longer than allowed: keeps its beginning, which is all that is judged, and passes over the rest. It is
    /// handed out when its newline has been seen, so that a line still being written isn't counted twice.
    private func overlong(_ block: inout Slab<UInt8>) throws(LogSourceError) -> Bool {
        var passed = offset + block.count
        var seen = Array(UnsafeBufferPointer(start: block.base, count: block.count).suffix(LogSource.fingerprintBytes))
        block.truncate(to: maximumLineBytes + 1)
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let read = try LogSource.read(reader, into: &buffer, limit: buffer.count)
            if read == 0 {
                isAtEnd = true
                guard isFinal else {
                    block.removeAll()
                    return false
                }
                break
            }
            let newline = buffer[0..<read].firstIndex(of: 0x0a)
            let used = newline.map { $0 + 1 } ?? read
            seen += buffer[0..<used]
            if seen.count > LogSource.fingerprintBytes { seen.removeFirst(seen.count - LogSource.fingerprintBytes) }
            passed += used
            if newline != nil {
                carry = Array(buffer[used..<read])
                break
            }
        }
        // A checkpoint inside such a line is taken at its end: it only has to be the same each time.
        pass(to: passed) { _ in Array(seen.suffix(LogSource.fingerprintBytes)) }
        recent = Array(seen.suffix(LogSource.fingerprintBytes))
        offset = passed
        return true
    }

    private func pass(to end: Int, _ bytes: (Int) -> [UInt8]) {
        var number = LogSource.checkpoints(before: offset)
        while LogSource.checkpoint(number) <= end {
            checkpoints.append(bytes(LogSource.checkpoint(number)))
            number += 1
        }
    }

    private func remember(_ base: UnsafeMutablePointer<UInt8>, _ count: Int) {
        pass(to: offset + count) { place in
            let inside = place - offset
            let kept = min(inside, LogSource.fingerprintBytes)
            let here = UnsafeBufferPointer(start: base + inside - kept, count: kept)
            return recent.suffix(LogSource.fingerprintBytes - kept) + here
        }
        offset += count
        let kept = min(count, LogSource.fingerprintBytes)
        recent.append(contentsOf: UnsafeBufferPointer(start: base + count - kept, count: kept))
        if recent.count > LogSource.fingerprintBytes {
            recent.removeFirst(recent.count - LogSource.fingerprintBytes)
        }
    }
}
