#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A run of bytes inside a block that its worker holds.
///
/// Safe because it never outlives the call it was made in: a range points into a buffer whose owner is on the stack
/// below, and is only stored in locals. What is kept is copied into a `Slab` first.
struct ByteRange: BitwiseCopyable {
    var start: UnsafePointer<UInt8>
    var count: Int

    @inline(__always)
    init(_ start: UnsafePointer<UInt8>, _ count: Int) {
        self.start = start
        self.count = count
    }

    init(_ buffer: UnsafeBufferPointer<UInt8>) {
        start = buffer.baseAddress ?? ByteRange.nothing
        count = buffer.count
    }

    /// Somewhere to point for an empty range; never read, never freed, the same for the life of the process.
    nonisolated(unsafe) static let nothing = UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))

    static var empty: ByteRange { ByteRange(nothing, 0) }

    @inline(__always)
    subscript(index: Int) -> UInt8 { start[index] }

    @inline(__always)
    var end: UnsafePointer<UInt8> { start + count }

    @inline(__always)
    func from(_ offset: Int) -> ByteRange { ByteRange(start + offset, count &- offset) }

    @inline(__always)
    func prefix(_ length: Int) -> ByteRange { ByteRange(start, length) }

    /// Eight bytes as a little-endian word; the caller has checked that they are there.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(start + offset).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    func halfWord(at offset: Int) -> UInt32 {
        UInt32(littleEndian: UnsafeRawPointer(start + offset).loadUnaligned(as: UInt32.self))
    }

    /// The fewer than eight bytes from `offset` to the end, the rest zero.
    @inline(__always)
    func partialWord(at offset: Int) -> UInt64 {
        var word: UInt64 = 0
        var index = count
        while index > offset {
            index &-= 1
            word = word << 8 | UInt64(start[index])
        }
        return word
    }

    /// Where the byte first occurs at or after `offset`, or -1.
    @inline(__always)
    func find(_ byte: UInt8, from offset: Int = 0) -> Int {
        guard offset < count, let hit = memchr(start + offset, Int32(byte), count &- offset) else { return -1 }
        return UnsafeRawPointer(hit) - UnsafeRawPointer(start)
    }

    @inline(__always)
    func equals(_ other: ByteRange) -> Bool {
        count == other.count && memcmp(start, other.start, count) == 0
    }

    func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && memcmp(start, text.utf8Start, count) == 0
    }

    func hasPrefix(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && memcmp(start, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// Whether it begins with the text, ASCII letters compared without case; `text` is in lower case.
    func hasPrefixFolded(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where ByteRange.folded(start[index]) != text.utf8Start[index] {
            return false
        }
        return true
    }

    /// Whether the text occurs anywhere, compared as `hasPrefixFolded` does.
    func containsFolded(_ text: StaticString) -> Bool {
        var offset = 0
        while offset &+ text.utf8CodeUnitCount <= count {
            if from(offset).hasPrefixFolded(text) { return true }
            offset &+= 1
        }
        return false
    }

    /// An ASCII capital as its small letter, anything else as it is.
    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    var array: [UInt8] { [UInt8](UnsafeBufferPointer(start: start, count: count)) }
    var text: String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }
}

/// Multiplies to 128 bits and folds them: the mixing step of the table hash.
@inline(__always)
private func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
}

/// The hash of the tables of one scan: several times faster than SipHash, secret because its key is drawn for each
/// scan, and never stored.
@inline(__always)
func tableHash(_ bytes: ByteRange, key: HashKey) -> UInt64 {
    var hash = key.low ^ UInt64(truncatingIfNeeded: bytes.count)
    var offset = 0
    while offset &+ 16 <= bytes.count {
        hash = fold(bytes.word(at: offset) ^ key.high, bytes.word(at: offset &+ 8) ^ hash)
        offset &+= 16
    }
    if offset &+ 8 <= bytes.count {
        hash = fold(bytes.word(at: offset) ^ key.high, hash ^ 0x9e37_79b9_7f4a_7c15)
        offset &+= 8
    }
    if offset < bytes.count {
        let word = bytes.count >= 8 ? bytes.word(at: bytes.count &- 8) : bytes.partialWord(at: offset)
        hash = fold(word ^ key.high, hash ^ 0xbf58_476d_1ce4_e5b9)
    }
    return fold(hash ^ key.high, key.low ^ 0x94d0_49bb_1331_11eb)
}

@inline(__always)
func tableHash(_ word: UInt64, key: HashKey) -> UInt64 {
    fold(word ^ key.high, key.low ^ 0x9e37_79b9_7f4a_7c15)
}
