/// Counts by a 64-bit key: how many views fell into a cell of bucket, content and class.
struct CellTable: ~Copyable {
    struct Cell: BitwiseCopyable {
        var key: UInt64
        var count: UInt64
    }

    private let hashKey: HashKey
    private var slots: Slab<Cell>
    private(set) var count = 0

    /// No key: the highest one, which no cell has, because bucket numbers stay far below 2^28.
    private static let free = UInt64.max

    init(key: HashKey) {
        hashKey = key
        slots = Slab(repeating: Cell(key: CellTable.free, count: 0), count: 4096)
    }

    @inline(__always)
    mutating func add(_ key: UInt64, _ amount: UInt64 = 1) {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: tableHash(key, key: hashKey)) & mask
        while true {
            let found = slots.base[slot].key
            if found == key {
                slots.base[slot].count &+= amount
                return
            }
            if found == CellTable.free { break }
            slot = (slot &+ 1) & mask
        }
        slots[slot] = Cell(key: key, count: amount)
        count &+= 1
        if count * 2 > slots.count { rehash() }
    }

    @inline(never)
    private mutating func rehash() {
        var wider = Slab(repeating: Cell(key: CellTable.free, count: 0), count: slots.count * 2)
        let mask = wider.count - 1
        for index in 0..<slots.count where slots[index].key != CellTable.free {
            var slot = Int(truncatingIfNeeded: tableHash(slots[index].key, key: hashKey)) & mask
            while wider[slot].key != CellTable.free { slot = (slot + 1) & mask }
            wider[slot] = slots[index]
        }
        slots = wider
    }

    func forEach(_ body: (UInt64, UInt64) -> Void) {
        for index in 0..<slots.count where slots[index].key != CellTable.free {
            body(slots[index].key, slots[index].count)
        }
    }
}
