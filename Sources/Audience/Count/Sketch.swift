/// An estimate of how many distinct visitors there were: HyperLogLog with 2^14 registers (Flajolet et al., 2007), read
/// by Ertl's estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), σ 0.81 %.
///
/// Up to 256 visitors are kept as they are and counted exactly. The bytes depend on nothing but the set of visitors:
/// neither on the order nor on how it was split and merged.
///
/// Stored form: version (1), form, then
/// - form 0, explicit: the hashes in ascending order, 8 bytes each, big-endian;
/// - form 1, sparse: filled registers in ascending order, 3 bytes each: number · 64 + rank, big-endian;
/// - form 2, dense: all registers, 6 bits each.
/// The explicit form is left when there are more than 256 hashes, the sparse one when it would be longer than the dense.
public struct Sketch: Hashable, Sendable {
    static let precision = 14
    static let registers = 1 << precision
    static let maximumExplicit = 256
    private static let version: UInt8 = 1
    private static let denseBytes = registers * 6 / 8
    private static let maximumSparse = denseBytes / 3

    private enum Form: Hashable {
        case explicit(Set<UInt64>)
        case ranks([UInt8])
    }

    /// Stored bytes that are none of a sketch.
    public struct Malformed: Error, Equatable, Sendable {}

    private var form: Form = .explicit([])

    public init() {}

    /// Adds a visitor by a hash whose bits are all equally random.
    public mutating func insert(_ hash: UInt64) {
        switch form {
        case .explicit(var hashes):
            // Taken out first, or the set would be copied at every insertion.
            form = .explicit([])
            hashes.insert(hash)
            if hashes.count > Sketch.maximumExplicit {
                form = .ranks(Sketch.ranks(of: hashes))
            } else {
                form = .explicit(hashes)
            }
        case .ranks(var ranks):
            form = .explicit([])
            Sketch.raise(&ranks, hash)
            form = .ranks(ranks)
        }
    }

    /// Adds many at once, which is faster than one by one.
    public mutating func insert(contentsOf hashes: [UInt64]) {
        for (index, hash) in hashes.enumerated() {
            if case .ranks(var ranks) = form {
                form = .explicit([])
                for rest in hashes[index...] { Sketch.raise(&ranks, rest) }
                form = .ranks(ranks)
                return
            }
            insert(hash)
        }
    }

    public mutating func merge(_ other: Sketch) {
        switch (form, other.form) {
        case (_, .explicit(let hashes)):
            for hash in hashes { insert(hash) }
        case (.explicit(let hashes), .ranks(var ranks)):
            for hash in hashes { Sketch.raise(&ranks, hash) }
            form = .ranks(ranks)
        case (.ranks(var mine), .ranks(let theirs)):
            for index in mine.indices where theirs[index] > mine[index] { mine[index] = theirs[index] }
            form = .ranks(mine)
        }
    }

    private static func ranks(of hashes: Set<UInt64>) -> [UInt8] {
        var ranks = [UInt8](repeating: 0, count: registers)
        for hash in hashes { raise(&ranks, hash) }
        return ranks
    }

    /// The upper bits choose the register; the position of the first one among the rest is the rank.
    private static func raise(_ ranks: inout [UInt8], _ hash: UInt64) {
        let register = Int(hash >> UInt64(64 - precision))
        let rest = hash << UInt64(precision) | 1 << UInt64(precision - 1)
        let rank = UInt8(rest.leadingZeroBitCount + 1)
        if rank > ranks[register] { ranks[register] = rank }
    }

    /// How many distinct visitors, rounded.
    public var estimate: Int {
        switch form {
        case .explicit(let hashes): hashes.count
        case .ranks(let ranks): Int(Sketch.estimate(ranks).rounded())
        }
    }

    private static func estimate(_ ranks: [UInt8]) -> Double {
        let highest = 64 - precision + 1
        var counts = [Int](repeating: 0, count: highest + 1)
        for rank in ranks { counts[Int(rank)] += 1 }
        let m = Double(registers)
        var z = m * tau(1 - Double(counts[highest]) / m)
        for rank in stride(from: highest - 1, through: 1, by: -1) { z = 0.5 * (z + Double(counts[rank])) }
        z += m * sigma(Double(counts[0]) / m)
        // 1 / (2 ln 2)
        return 0.721_347_520_444_481_7 * m * m / z
    }

    /// Corrects for registers that are still empty.
    private static func sigma(_ start: Double) -> Double {
        if start == 1 { return .infinity }
        var x = start
        var y = 1.0
        var z = start
        while true {
            x *= x
            let before = z
            z += x * y
            y += y
            if z == before { return z }
        }
    }

    /// Corrects for registers that can't rise any further.
    private static func tau(_ start: Double) -> Double {
        if start == 0 || start == 1 { return 0 }
        var x = start
        var y = 1.0
        var z = 1 - start
        while true {
            x = x.squareRoot()
            let before = z
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
            if z == before { return z / 3 }
        }
    }

    // MARK: Stored form

    public var bytes: [UInt8] {
        switch form {
        case .explicit(let hashes):
            return [Sketch.version, 0]
                + hashes.sorted().flatMap { hash in
                    (0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - 8 * UInt64($0))) }
                }
        case .ranks(let ranks):
            let filled = ranks.indices.filter { ranks[$0] > 0 }
            if filled.count <= Sketch.maximumSparse {
                return [Sketch.version, 1]
                    + filled.flatMap { index -> [UInt8] in
                        let word = index << 6 | Int(ranks[index])
                        return [UInt8(word >> 16), UInt8(word >> 8 & 255), UInt8(word & 255)]
                    }
            }
            var output: [UInt8] = [Sketch.version, 2]
            output.reserveCapacity(2 + Sketch.denseBytes)
            for index in stride(from: 0, to: Sketch.registers, by: 4) {
                let word = ranks[index..<(index + 4)].reduce(0) { $0 << 6 | Int($1) }
                output += [UInt8(word >> 16), UInt8(word >> 8 & 255), UInt8(word & 255)]
            }
            return output
        }
    }

    public init(bytes: [UInt8]) throws(Malformed) {
        guard bytes.count >= 2, bytes[0] == Sketch.version else { throw Malformed() }
        let body = bytes[2...]
        switch bytes[1] {
        case 0:
            guard body.count % 8 == 0, body.count / 8 <= Sketch.maximumExplicit else { throw Malformed() }
            form = .explicit(
                Set(
                    stride(from: 2, to: bytes.count, by: 8).map { start in
                        bytes[start..<(start + 8)].reduce(0) { $0 << 8 | UInt64($1) }
                    }))
        case 1:
            guard body.count % 3 == 0 else { throw Malformed() }
            var ranks = [UInt8](repeating: 0, count: Sketch.registers)
            for start in stride(from: 2, to: bytes.count, by: 3) {
                let word = bytes[start..<(start + 3)].reduce(0) { $0 << 8 | Int($1) }
                guard word >> 6 < Sketch.registers, word & 63 <= 64 - Sketch.precision + 1 else { throw Malformed() }
                ranks[word >> 6] = UInt8(word & 63)
            }
            form = .ranks(ranks)
        case 2:
            guard body.count == Sketch.denseBytes else { throw Malformed() }
            var ranks: [UInt8] = []
            ranks.reserveCapacity(Sketch.registers)
            for start in stride(from: 2, to: bytes.count, by: 3) {
                let word = bytes[start..<(start + 3)].reduce(0) { $0 << 8 | Int($1) }
                for shift in [18, 12, 6, 0] {
                    let rank = UInt8(word >> shift & 63)
                    guard rank <= 64 - Sketch.precision + 1 else { throw Malformed() }
                    ranks.append(rank)
                }
            }
            form = .ranks(ranks)
        default: throw Malformed()
        }
    }
}
