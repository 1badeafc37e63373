/// Gives each distinct run of bytes a number, in order of first appearance.
///
/// Open addressing over a keyed hash: crafted keys can't pile up. Bounded: past `limit` keys every new one gets the
/// number of the overflow, so that memory stays bounded and totals exact.
struct Interner: ~Copyable {
    struct Entry: BitwiseCopyable {
        var hash: UInt64
        var offset: Int
        var length: UInt32
    }

    static let overflow: UInt32 = .max

    private let key: HashKey
    private let limit: Int
    private var slots: Slab<UInt32>
    private var entries = Slab<Entry>(capacity: 256)
    private var bytes = Slab<UInt8>(capacity: 16_384)

    init(key: HashKey, limit: Int) {
        self.key = key
        self.limit = limit
        slots = Slab(repeating: .max, count: 1024)
    }

    var count: Int { entries.count }

    /// The key that has this number; valid until the next `intern`.
    func key(_ number: UInt32) -> ByteRange {
        let entry = entries[Int(number)]
        return ByteRange(UnsafePointer(bytes.base + entry.offset), Int(entry.length))
    }

    @inline(__always)
    mutating func intern(_ range: ByteRange) -> UInt32 {
        let hash = tableHash(range, key: key)
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let number = slots[slot]
            if number == .max { return add(range, hash, slot) }
            let entry = entries[Int(number)]
            if entry.hash == hash, Int(entry.length) == range.count,
                ByteRange(UnsafePointer(bytes.base + entry.offset), range.count).equals(range)
            {
                return number
            }
            slot = (slot &+ 1) & mask
        }
    }

    @inline(never)
    private mutating func add(_ range: ByteRange, _ hash: UInt64, _ slot: Int) -> UInt32 {
        guard entries.count < limit else { return Interner.overflow }
        let number = UInt32(entries.count)
        entries.append(Entry(hash: hash, offset: bytes.count, length: UInt32(range.count)))
        bytes.append(range.start, count: range.count)
        slots[slot] = number
        if entries.count * 2 > slots.count { rehash() }
        return number
    }

    private mutating func rehash() {
        var wider = Slab<UInt32>(repeating: .max, count: slots.count * 2)
        let mask = wider.count - 1
        for number in 0..<entries.count {
            var slot = Int(truncatingIfNeeded: entries[number].hash) & mask
            while wider[slot] != .max { slot = (slot + 1) & mask }
            wider[slot] = UInt32(number)
        }
        slots = wider
    }
}
