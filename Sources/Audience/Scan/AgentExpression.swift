/// A regular expression over the bytes of a user agent, as lists of crawlers write them: searched anywhere in it, with
/// case.
///
/// Understood are characters, `.`, classes, groups, alternatives, `* + ? {m,n}` greedy or not, `^ $ \b \B` and
/// `\d \w \s` with their opposites. What needs memory of what was matched (back references) or looks around is refused.
/// All ways are followed at once (Thompson, 1968): time grows with expression times agent, and never more.
struct AgentExpression: Sendable {
    /// Why an expression can't be used.
    struct Malformed: Error, Equatable {
        let reason: String
    }

    /// Of a longer expression nobody can say what it means.
    static let maximumBytes = 1_000
    static let maximumSteps = 4_000
    static let maximumRepeats = 100
    static let maximumDepth = 50

    /// One step: what it wants of the agent, and where it goes on.
    enum Step: Sendable {
        case bytes(ByteSet, next: Int)
        case either(Int, Int)
        case place(Place, next: Int)
        case end
    }

    enum Place: Sendable {
        case start, end, wordEdge, noWordEdge
    }

    /// As the list writes it.
    let text: String
    /// In lower case, what every match holds somewhere; empty when nothing is sure.
    let needed: [UInt8]
    private let steps: [Step]
    private let first: Int

    init(_ text: String) throws(Malformed) {
        guard text.utf8.count <= AgentExpression.maximumBytes else {
            throw Malformed(reason: "longer than \(AgentExpression.maximumBytes) bytes")
        }
        var parser = AgentExpressionParser(text)
        let node = try parser.whole()
        var writer = StepWriter()
        first = try writer.write(node, before: writer.add(.end))
        steps = writer.steps
        needed = node.needed
        self.text = text
        guard !matches(.empty) else { throw Malformed(reason: "it matches whatever there is") }
    }

    func matches(_ agent: ByteRange) -> Bool {
        var here = Front(steps.count)
        var next = Front(steps.count)
        for index in 0...agent.count {
            if reach(first, agent, index, &here) { return true }
            if index == agent.count { break }
            next.removeAll()
            for step in here.waiting {
                guard case .bytes(let set, let after) = steps[step], set.contains(agent[index]) else { continue }
                if reach(after, agent, index + 1, &next) { return true }
            }
            swap(&here, &next)
        }
        return false
    }

    /// Steps that wait for a byte, each once.
    private struct Front {
        private(set) var waiting: [Int] = []
        private var isSeen: [Bool]
        private var seen: [Int] = []

        init(_ count: Int) { isSeen = [Bool](repeating: false, count: count) }

        mutating func enter(_ step: Int) -> Bool {
            if isSeen[step] { return false }
            isSeen[step] = true
            seen.append(step)
            return true
        }

        mutating func wait(_ step: Int) { waiting.append(step) }

        mutating func removeAll() {
            for step in seen { isSeen[step] = false }
            seen.removeAll(keepingCapacity: true)
            waiting.removeAll(keepingCapacity: true)
        }
    }

    /// Follows what needs no byte; answers whether the end is reached.
    private func reach(_ from: Int, _ agent: ByteRange, _ index: Int, _ front: inout Front) -> Bool {
        var open = [from]
        while let step = open.popLast() {
            guard front.enter(step) else { continue }
            switch steps[step] {
            case .bytes: front.wait(step)
            case .either(let left, let right): open += [right, left]
            case .place(let place, let next): if AgentExpression.holds(place, agent, index) { open.append(next) }
            case .end: return true
            }
        }
        return false
    }

    private static func holds(_ place: Place, _ agent: ByteRange, _ index: Int) -> Bool {
        switch place {
        case .start: return index == 0
        case .end: return index == agent.count
        case .wordEdge, .noWordEdge:
            let before = index > 0 && ByteSet.word.contains(agent[index - 1])
            let after = index < agent.count && ByteSet.word.contains(agent[index])
            return (before != after) == (place == .wordEdge)
        }
    }
}

/// A set of bytes.
struct ByteSet: Sendable, Equatable {
    private var low: (UInt64, UInt64) = (0, 0)
    private var high: (UInt64, UInt64) = (0, 0)

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.low == right.low && left.high == right.high }

    init() {}

    init(_ ranges: ClosedRange<UInt8>...) {
        for range in ranges { for byte in range { insert(byte) } }
    }

    static let any = ByteSet(0x00...0x09, 0x0b...0xff)
    static let digit = ByteSet(0x30...0x39)
    static let word = ByteSet(0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a)
    static let space = ByteSet(0x09...0x0d, 0x20...0x20)

    func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: return low.0 & bit != 0
        case 1: return low.1 & bit != 0
        case 2: return high.0 & bit != 0
        default: return high.1 & bit != 0
        }
    }

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: low.0 |= bit
        case 1: low.1 |= bit
        case 2: high.0 |= bit
        default: high.1 |= bit
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        low = (low.0 | other.low.0, low.1 | other.low.1)
        high = (high.0 | other.high.0, high.1 | other.high.1)
    }

    var inverted: ByteSet {
        var set = ByteSet()
        set.low = (~low.0, ~low.1)
        set.high = (~high.0, ~high.1)
        return set
    }

    /// The byte, in lower case, that all of the set are; nil when they differ by more than case.
    var folded: UInt8? {
        var found: UInt8?
        for byte in UInt8.min ... .max where contains(byte) {
            let folded = ByteRange.folded(byte)
            if let found, found != folded { return nil }
            found = folded
        }
        return found
    }
}
