import Values

extension SeededRandom {
    /// A number below the bound. The bias of a multiplication is far below what a made log could show.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Whether something that happens `share` times in a thousand happens.
    mutating func chance(_ share: Int) -> Bool { below(1_000) < share }
}

/// Draws numbers by Zipf's law in constant time (Walker's alias method).
struct ZipfTable: Sendable {
    private var threshold: [UInt32] = []
    private var alias: [UInt32] = []

    /// - Parameter exponent: how steeply popularity falls with rank; 1.1 fits the pages of a site.
    init(count: Int, exponent: Double, power: (Double, Double) -> Double) {
        let weights = (1...count).map { power(Double($0), -exponent) }
        let mean = weights.reduce(0, +) / Double(count)
        var scaled = weights.map { $0 / mean }
        threshold = [UInt32](repeating: .max, count: count)
        alias = (0..<count).map { UInt32($0) }
        var small = scaled.indices.filter { scaled[$0] < 1 }
        var large = scaled.indices.filter { scaled[$0] >= 1 }
        while let less = small.popLast(), let more = large.last {
            threshold[less] = UInt32(min(scaled[less] * 4_294_967_296, 4_294_967_295))
            alias[less] = UInt32(more)
            scaled[more] -= 1 - scaled[less]
            if scaled[more] < 1 {
                large.removeLast()
                small.append(more)
            }
        }
    }

    func draw(_ random: inout SeededRandom) -> Int {
        let number = random.next()
        let slot = Int((number >> 32).multipliedFullWidth(by: UInt64(threshold.count) << 32).high)
        return UInt32(truncatingIfNeeded: number) <= threshold[slot] ? slot : Int(alias[slot])
    }
}
