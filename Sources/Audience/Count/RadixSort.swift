/// Sorts cells by key, eleven bits a pass, and skips passes in which all keys agree.
enum RadixSort {
    private static let bits = 11

    static func sort(_ cells: inout [BatchCount.Cell]) {
        guard cells.count > 256 else { return cells.sort { $0.key < $1.key } }
        let differing = cells.reduce(into: (all: UInt64.max, any: UInt64(0))) { bits, cell in
            bits.all &= cell.key
            bits.any |= cell.key
        }
        let varying = differing.all ^ differing.any
        var other = cells
        var shift = 0
        while shift < 64 {
            if varying >> UInt64(shift) & UInt64(1 << bits - 1) != 0 {
                pass(cells, &other, shift)
                swap(&cells, &other)
            }
            shift += bits
        }
    }

    private static func pass(_ from: [BatchCount.Cell], _ to: inout [BatchCount.Cell], _ shift: Int) {
        var places = [Int](repeating: 0, count: 1 << bits + 1)
        let mask = UInt64(1 << bits - 1)
        for cell in from { places[Int(cell.key >> UInt64(shift) & mask) + 1] += 1 }
        for index in 1..<places.count { places[index] += places[index - 1] }
        for cell in from {
            let digit = Int(cell.key >> UInt64(shift) & mask)
            to[places[digit]] = cell
            places[digit] += 1
        }
    }
}
