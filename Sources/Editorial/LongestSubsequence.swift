/// What two lists have in common, in order: Myers' algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986)
/// in linear space, after everything that can't be common is put aside.
///
/// The work is bounded: two long texts made of the same lines in another order would take minutes. Where the bound is
/// reached, the rest counts as different, and `isWhole` says so.
struct LongestSubsequence {
    /// Steps in all. A second's work at the very most, without optimisation; fifty milliseconds with it.
    static let mostSteps = 4_000_000

    private(set) var keptBefore: [Bool]
    private(set) var keptAfter: [Bool]
    private(set) var isWhole = true
    private var steps = 0

    init<Item: Hashable>(_ before: [Item], _ after: [Item]) {
        keptBefore = Array(repeating: false, count: before.count)
        keptAfter = Array(repeating: false, count: after.count)
        var (start, end) = (0, 0)
        let shorter = min(before.count, after.count)
        while start < shorter, before[start] == after[start] { start += 1 }
        while end < shorter - start, before[before.count - 1 - end] == after[after.count - 1 - end] { end += 1 }
        for index in 0..<start {
            keptBefore[index] = true
            keptAfter[index] = true
        }
        for index in 0..<end {
            keptBefore[before.count - 1 - index] = true
            keptAfter[after.count - 1 - index] = true
        }
        let (old, new) = Self.numbered(before, after, start..<before.count - end, start..<after.count - end)
        compare(old[...], new[...])
    }

    /// An item as a number, with its place in the list.
    private struct Item {
        let number: Int32
        let place: Int
    }

    /// Equal items have equal numbers; those only one side has are left out, which changes nothing in common.
    private static func numbered<Given: Hashable>(
        _ before: [Given], _ after: [Given], _ old: Range<Int>, _ new: Range<Int>
    ) -> ([Item], [Item]) {
        var numbers: [Given: Int32] = [:]
        for place in old where numbers[before[place]] == nil { numbers[before[place]] = Int32(numbers.count) }
        let found = new.compactMap { place in numbers[after[place]].map { Item(number: $0, place: place) } }
        let common = Set(found.map(\.number))
        let kept = old.compactMap { place -> Item? in
            guard let number = numbers[before[place]], common.contains(number) else { return nil }
            return Item(number: number, place: place)
        }
        return (kept, found)
    }

    private mutating func compare(_ old: ArraySlice<Item>, _ new: ArraySlice<Item>) {
        var (old, new) = (old, new)
        while let first = old.first, let other = new.first, first.number == other.number {
            keep(first, other)
            (old, new) = (old.dropFirst(), new.dropFirst())
        }
        while let last = old.last, let other = new.last, last.number == other.number {
            keep(last, other)
            (old, new) = (old.dropLast(), new.dropLast())
        }
        guard !old.isEmpty, !new.isEmpty, isWhole else { return }
        guard let middle = middle(Array(old), Array(new)) else { return }
        guard (1..<old.count + new.count).contains(middle.old + middle.new) else { return }
        compare(old.prefix(middle.old), new.prefix(middle.new))
        compare(old.dropFirst(middle.old), new.dropFirst(middle.new))
    }

    private mutating func keep(_ old: Item, _ new: Item) {
        keptBefore[old.place] = true
        keptAfter[new.place] = true
    }

    /// Where a shortest way from the beginning meets one from the end; nil when nothing is common, or the work is up.
    private mutating func middle(_ old: [Item], _ new: [Item]) -> (old: Int, new: Int)? {
        let most = (old.count + new.count + 1) / 2
        var front = Frontier(most)
        var back = Frontier(most)
        let difference = old.count - new.count
        for distance in 0..<most {
            for diagonal in front.diagonals(distance) {
                steps += 1
                var x = front.start(diagonal, distance)
                while x < old.count, x - diagonal < new.count, old[x].number == new[x - diagonal].number { x += 1 }
                steps += x - front.start(diagonal, distance)
                guard front.reach(diagonal, x, old.count, new.count), !difference.isMultiple(of: 2) else { continue }
                if let other = back[difference - diagonal], x >= old.count - other { return (x, x - diagonal) }
            }
            for diagonal in back.diagonals(distance) {
                steps += 1
                var x = back.start(diagonal, distance)
                while x < old.count, x - diagonal < new.count,
                    old[old.count - 1 - x].number == new[new.count - 1 - x + diagonal].number
                {
                    x += 1
                }
                steps += x - back.start(diagonal, distance)
                guard back.reach(diagonal, x, old.count, new.count), difference.isMultiple(of: 2) else { continue }
                if let other = front[difference - diagonal], other >= old.count - x {
                    return (other, other - (difference - diagonal))
                }
            }
            guard steps < Self.mostSteps else {
                isWhole = false
                return nil
            }
        }
        return nil
    }

    /// How far one side got on each diagonal.
    private struct Frontier {
        private var furthest: [Int]
        private let centre: Int
        /// Diagonals that have left the lists on either side.
        private var skippedLow = 0
        private var skippedHigh = 0

        init(_ most: Int) {
            centre = most + 1
            furthest = Array(repeating: -1, count: 2 * most + 4)
            furthest[centre + 1] = 0
        }

        subscript(diagonal: Int) -> Int? {
            let index = centre + diagonal
            guard furthest.indices.contains(index), furthest[index] >= 0 else { return nil }
            return furthest[index]
        }

        func diagonals(_ distance: Int) -> StrideThrough<Int> {
            stride(from: -distance + skippedLow, through: distance - skippedHigh, by: 2)
        }

        func start(_ diagonal: Int, _ distance: Int) -> Int {
            let index = centre + diagonal
            let goesDown = diagonal == -distance || (diagonal != distance && furthest[index - 1] < furthest[index + 1])
            return goesDown ? furthest[index + 1] : furthest[index - 1] + 1
        }

        /// Notes how far it got; false once the diagonal has left the lists.
        mutating func reach(_ diagonal: Int, _ x: Int, _ oldCount: Int, _ newCount: Int) -> Bool {
            furthest[centre + diagonal] = x
            if x > oldCount { skippedHigh += 2 }
            if x <= oldCount, x - diagonal > newCount { skippedLow += 2 }
            return x <= oldCount && x - diagonal <= newCount
        }
    }
}
