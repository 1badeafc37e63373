/// What is sorted by a number.
protocol Keyed: BitwiseCopyable {
    var key: UInt64 { get }
}

/// Sorts by key, eleven bits a pass, and skips passes in which all keys agree.
enum RadixSort {
    private static let bits = 11

    /// - Parameter shift: bits at the low end that needn't be in order.
    static func sort<Item: Keyed>(_ items: inout [Item], from shift: Int = 0) {
        guard items.count > 256 else { return items.sort { $0.key < $1.key } }
        let differing = items.reduce(into: (all: UInt64.max, any: UInt64(0))) { bits, item in
            bits.all &= item.key
            bits.any |= item.key
        }
        let varying = differing.all ^ differing.any
        var other = items
        var shift = shift
        while shift < 64 {
            if varying >> UInt64(shift) & UInt64(1 << bits - 1) != 0 {
                pass(items, &other, shift)
                swap(&items, &other)
            }
            shift += bits
        }
    }

    private static func pass<Item: Keyed>(_ from: [Item], _ to: inout [Item], _ shift: Int) {
        var places = [Int](repeating: 0, count: 1 << bits + 1)
        let mask = UInt64(1 << bits - 1)
        for item in from { places[Int(item.key >> UInt64(shift) & mask) + 1] += 1 }
        for index in 1..<places.count { places[index] += places[index - 1] }
        for item in from {
            let digit = Int(item.key >> UInt64(shift) & mask)
            to[places[digit]] = item
            places[digit] += 1
        }
    }
}
