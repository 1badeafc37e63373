import Values
import Testing

@testable import Audience

/// Estimates against exact counts, and bytes that depend on the set alone.
struct SketchTests {
    private func sketch(_ hashes: some Sequence<UInt64>) -> Sketch {
        var sketch = Sketch()
        for hash in hashes { sketch.insert(hash) }
        return sketch
    }

    private func hashes(_ count: Int, seed: UInt64) -> [UInt64] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in random.next() }
    }

    @Test(arguments: [0, 1, 2, 100, 256])
    func smallSetsAreCountedExactly(count: Int) {
        let set = hashes(count, seed: 7)
        #expect(sketch(set + set).estimate == count)
    }

    @Test(arguments: [257, 1_000, 5_000, 20_000, 40_000, 70_000, 200_000, 1_000_000])
    func estimatesStayWithinThreeStandardErrors(count: Int) {
        let estimate = sketch(hashes(count, seed: UInt64(count))).estimate
        // 1.04 / sqrt(2^14) = 0.81 %
        #expect(abs(Double(estimate - count)) <= 3 * 0.0081 * Double(count) + 1, "\(estimate) for \(count)")
    }

    @Test func theErrorOverManySetsIsTheOnePromised() {
        let count = 30_000
        let errors = (0..<40).map { seed in
            Double(sketch(hashes(count, seed: UInt64(1_000 + seed))).estimate) / Double(count) - 1
        }
        let sigma = (errors.map { $0 * $0 }.reduce(0, +) / Double(errors.count)).squareRoot()
        #expect(sigma < 0.0081 * 1.4)
        #expect(abs(errors.reduce(0, +) / Double(errors.count)) < 0.004)
    }

    @Test(arguments: [10, 256, 257, 3_000, 9_000, 60_000])
    func bytesAreEqualInAnyOrderAndSplit(count: Int) throws {
        let set = hashes(count, seed: 42)
        let whole = sketch(set)
        #expect(sketch(set.reversed()).bytes == whole.bytes)
        var random = SeededRandom(seed: 9)
        #expect(sketch(set.shuffled(using: &random)).bytes == whole.bytes)
        for parts in [2, 3, 50] {
            var merged = Sketch()
            for part in (0..<parts).shuffled(using: &random) {
                merged.merge(sketch(stride(from: part, to: count, by: parts).map { set[$0] }))
            }
            #expect(merged.bytes == whole.bytes)
        }
        var batched = Sketch()
        batched.insert(contentsOf: set)
        #expect(batched.bytes == whole.bytes)
    }

    @Test(arguments: [0, 10, 300, 5_000, 100_000])
    func storedBytesAreReadBack(count: Int) throws {
        let sketch = sketch(hashes(count, seed: 5))
        #expect(try Sketch(bytes: sketch.bytes) == sketch)
        #expect(sketch.bytes.count <= 2 + 12_288)
    }

    @Test func damagedBytesAreRefused() {
        for bytes: [UInt8] in [
            [], [1], [2, 0], [1, 9], [1, 0, 5], [1, 1, 0], [1, 2, 0, 0], [1, 1, 255, 255, 255],
        ] {
            #expect(throws: Sketch.Malformed.self) { try Sketch(bytes: bytes) }
        }
    }
}
