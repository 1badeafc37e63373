/// A 128-bit secret of a keyed hash. Whoever doesn't know it can't craft two inputs that collide.
public struct HashKey: Hashable, Sendable {
    let low: UInt64
    let high: UInt64

    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// - Parameter bytes: 16 bytes, little-endian; anything else is nil.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        low = bytes[0..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        high = bytes[8..<16].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The key as 16 bytes, little-endian.
    public var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: low >> (8 * UInt64($0))) }
            + (0..<8).map { UInt8(truncatingIfNeeded: high >> (8 * UInt64($0))) }
    }
}

/// Sixteen bytes of a keyed hash: how content is indexed, never by a raw path.
struct Hash128: Hashable, Comparable, Sendable, BitwiseCopyable {
    var first: UInt64
    var second: UInt64

    static func < (left: Hash128, right: Hash128) -> Bool {
        left.first == right.first ? left.second < right.second : left.first < right.first
    }

    var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: first >> (56 - 8 * UInt64($0))) }
            + (0..<8).map { UInt8(truncatingIfNeeded: second >> (56 - 8 * UInt64($0))) }
    }
}

/// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF"), 64 and 128 bits wide.
struct SipHash {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    private init(_ key: HashKey, wide: Bool) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d ^ (wide ? 0xee : 0)
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = (v1 << 13) | (v1 >> 51)
        v1 ^= v0
        v0 = (v0 << 32) | (v0 >> 32)
        v2 &+= v3
        v3 = (v3 << 16) | (v3 >> 48)
        v3 ^= v2
        v0 &+= v3
        v3 = (v3 << 21) | (v3 >> 43)
        v3 ^= v0
        v2 &+= v1
        v1 = (v1 << 17) | (v1 >> 47)
        v1 ^= v2
        v2 = (v2 << 32) | (v2 >> 32)
    }

    @inline(__always)
    private mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always)
    private mutating func absorb(_ bytes: ByteRange) {
        var offset = 0
        while offset &+ 8 <= bytes.count {
            absorb(bytes.word(at: offset))
            offset &+= 8
        }
        absorb(bytes.partialWord(at: offset) | UInt64(UInt8(truncatingIfNeeded: bytes.count)) << 56)
    }

    @inline(__always)
    private mutating func finish(_ mark: UInt64) -> UInt64 {
        v2 ^= mark
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    static func hash(_ bytes: ByteRange, key: HashKey) -> UInt64 {
        var state = SipHash(key, wide: false)
        state.absorb(bytes)
        return state.finish(0xff)
    }

    /// Hashes whole words, as if their little-endian bytes had been given.
    @inline(__always)
    static func hash(_ word: UInt64, key: HashKey) -> UInt64 {
        var state = SipHash(key, wide: false)
        state.absorb(word)
        state.absorb(8 << 56)
        return state.finish(0xff)
    }

    @inline(__always)
    static func hash(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, key: HashKey) -> UInt64 {
        var state = SipHash(key, wide: false)
        state.absorb(a)
        state.absorb(b)
        state.absorb(c)
        state.absorb(d)
        state.absorb(32 << 56)
        return state.finish(0xff)
    }

    static func hash128(_ bytes: ByteRange, key: HashKey) -> Hash128 {
        var state = SipHash(key, wide: true)
        state.absorb(bytes)
        let first = state.finish(0xee)
        state.v1 ^= 0xdd
        for _ in 0..<4 { state.round() }
        return Hash128(first: first, second: state.v0 ^ state.v1 ^ state.v2 ^ state.v3)
    }

    static func hash128(_ bytes: [UInt8], key: HashKey) -> Hash128 {
        bytes.withUnsafeBufferPointer { hash128(ByteRange($0), key: key) }
    }
}
