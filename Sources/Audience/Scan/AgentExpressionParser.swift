/// An expression as it is built up.
indirect enum ExpressionNode: Sendable {
    case bytes(ByteSet)
    case place(AgentExpression.Place)
    case sequence([ExpressionNode])
    case choice([ExpressionNode])
    /// Nil without an upper bound.
    case repeated(ExpressionNode, from: Int, to: Int?)

    /// The longest run of bytes that every match holds, in lower case.
    var needed: [UInt8] {
        switch self {
        case .bytes(let set): return set.folded.map { [$0] } ?? []
        case .place, .choice: return []
        case .repeated(let node, let from, _): return from > 0 ? node.needed : []
        case .sequence(let nodes):
            var best: [UInt8] = []
            var run: [UInt8] = []
            for node in nodes {
                if case .place = node { continue }
                if case .bytes(let set) = node, let byte = set.folded {
                    run.append(byte)
                    continue
                }
                best = [best, run, node.needed].max { $0.count < $1.count } ?? []
                run = []
            }
            return run.count > best.count ? run : best
        }
    }
}

/// Writes an expression's steps from its end to its beginning, so that each knows where it goes on.
struct StepWriter {
    private(set) var steps: [AgentExpression.Step] = []

    mutating func add(_ step: AgentExpression.Step) -> Int {
        steps.append(step)
        return steps.count - 1
    }

    /// Answers the first step of the node, behind which `next` comes.
    mutating func write(_ node: ExpressionNode, before next: Int) throws(AgentExpression.Malformed) -> Int {
        guard steps.count < AgentExpression.maximumSteps else {
            throw AgentExpression.Malformed(reason: "its repeats make it too large")
        }
        switch node {
        case .bytes(let set): return add(.bytes(set, next: next))
        case .place(let place): return add(.place(place, next: next))
        case .sequence(let nodes):
            var first = next
            for node in nodes.reversed() { first = try write(node, before: first) }
            return first
        case .choice(let nodes):
            var first: Int?
            for node in nodes.reversed() {
                let way = try write(node, before: next)
                first = first.map { add(.either(way, $0)) } ?? way
            }
            return first ?? next
        case .repeated(let node, let from, let to): return try write(node, from, to, before: next)
        }
    }

    private mutating func write(
        _ node: ExpressionNode, _ from: Int, _ to: Int?, before next: Int
    ) throws(AgentExpression.Malformed) -> Int {
        var first = next
        if let to {
            for _ in from..<to { first = add(.either(try write(node, before: first), next)) }
        } else {
            let again = add(.either(next, next))
            steps[again] = .either(try write(node, before: again), next)
            first = again
        }
        for _ in 0..<from { first = try write(node, before: first) }
        return first
    }
}

/// Reads an expression.
struct AgentExpressionParser {
    private typealias Malformed = AgentExpression.Malformed
    private let text: [UInt8]
    private var at = 0
    private var depth = 0

    init(_ text: String) { self.text = Array(text.utf8) }

    mutating func whole() throws(AgentExpression.Malformed) -> ExpressionNode {
        let node = try choice()
        guard at == text.count else { throw Malformed(reason: "a ')' without its '('") }
        return node
    }

    private var byte: UInt8? { at < text.count ? text[at] : nil }

    private mutating func takes(_ expected: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: expected) else { return false }
        at += 1
        return true
    }

    private mutating func choice() throws(AgentExpression.Malformed) -> ExpressionNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= AgentExpression.maximumDepth else { throw Malformed(reason: "too many groups in groups") }
        var ways = [try sequence()]
        while takes("|") { ways.append(try sequence()) }
        return ways.count == 1 ? ways[0] : .choice(ways)
    }

    private mutating func sequence() throws(AgentExpression.Malformed) -> ExpressionNode {
        var nodes: [ExpressionNode] = []
        while let byte, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
            let node = try item()
            nodes.append(try repeats(node))
        }
        return .sequence(nodes)
    }

    private mutating func item() throws(AgentExpression.Malformed) -> ExpressionNode {
        let byte = text[at]
        at += 1
        switch byte {
        case UInt8(ascii: "("): return try group()
        case UInt8(ascii: "["): return .bytes(try set())
        case UInt8(ascii: "."): return .bytes(.any)
        case UInt8(ascii: "^"): return .place(.start)
        case UInt8(ascii: "$"): return .place(.end)
        case UInt8(ascii: "\\"): return try escape()
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
            throw Malformed(reason: "nothing stands before '\(Character(Unicode.Scalar(byte)))'")
        default: return .bytes(ByteSet(byte...byte))
        }
    }

    private mutating func group() throws(AgentExpression.Malformed) -> ExpressionNode {
        if takes("?") {
            guard takes(":") else { throw Malformed(reason: "of '(?' only '(?:' is understood") }
        }
        let node = try choice()
        guard takes(")") else { throw Malformed(reason: "a '(' without its ')'") }
        return node
    }

    private mutating func escape() throws(AgentExpression.Malformed) -> ExpressionNode {
        switch byte {
        case UInt8(ascii: "b"):
            at += 1
            return .place(.wordEdge)
        case UInt8(ascii: "B"):
            at += 1
            return .place(.noWordEdge)
        default: return .bytes(try escaped())
        }
    }

    /// The bytes that stand behind a backslash.
    private mutating func escaped() throws(AgentExpression.Malformed) -> ByteSet {
        guard let byte else { throw Malformed(reason: "a backslash at its end") }
        at += 1
        switch byte {
        case UInt8(ascii: "d"): return .digit
        case UInt8(ascii: "D"): return ByteSet.digit.inverted
        case UInt8(ascii: "w"): return .word
        case UInt8(ascii: "W"): return ByteSet.word.inverted
        case UInt8(ascii: "s"): return .space
        case UInt8(ascii: "S"): return ByteSet.space.inverted
        case UInt8(ascii: "t"): return ByteSet(0x09...0x09)
        default:
            guard !ByteSet.word.contains(byte) else {
                throw Malformed(reason: "'\\\(Character(Unicode.Scalar(byte)))' isn't understood")
            }
            return ByteSet(byte...byte)
        }
    }

    /// What stands between brackets.
    private mutating func set() throws(AgentExpression.Malformed) -> ByteSet {
        let isInverted = takes("^")
        var set = ByteSet()
        var isFirst = true
        while isFirst || byte != UInt8(ascii: "]") {
            guard byte != nil else { throw Malformed(reason: "a '[' without its ']'") }
            isFirst = false
            let (low, members) = try member()
            guard let low, byte == UInt8(ascii: "-"), at + 1 < text.count, text[at + 1] != UInt8(ascii: "]") else {
                set.formUnion(members)
                continue
            }
            at += 1
            guard let high = try member().single, low <= high else { throw Malformed(reason: "a range that goes back") }
            set.formUnion(ByteSet(low...high))
        }
        at += 1
        return isInverted ? set.inverted : set
    }

    private mutating func member() throws(AgentExpression.Malformed) -> (single: UInt8?, members: ByteSet) {
        guard let byte else { throw Malformed(reason: "a '[' without its ']'") }
        at += 1
        guard byte < 0x80 else { throw Malformed(reason: "brackets hold ASCII only") }
        guard byte == UInt8(ascii: "\\") else { return (byte, ByteSet(byte...byte)) }
        let sign = self.byte
        let members = try escaped()
        return (sign.flatMap { ByteSet.word.contains($0) ? nil : $0 }, members)
    }

    private mutating func repeats(_ node: ExpressionNode) throws(AgentExpression.Malformed) -> ExpressionNode {
        var node = node
        while let byte {
            let from: Int
            let to: Int?
            switch byte {
            case UInt8(ascii: "*"): (from, to) = (0, nil)
            case UInt8(ascii: "+"): (from, to) = (1, nil)
            case UInt8(ascii: "?"): (from, to) = (0, 1)
            case UInt8(ascii: "{"):
                guard let (low, high, after) = bounds() else { return node }
                (from, to) = (low, high)
                at = after - 1
            default: return node
            }
            at += 1
            guard from <= to ?? from, max(from, to ?? 0) <= AgentExpression.maximumRepeats else {
                throw Malformed(reason: "a repeat goes from 0 to \(AgentExpression.maximumRepeats)")
            }
            // Whether as little or as much as possible is taken decides nothing about whether it matches.
            _ = takes("?")
            node = .repeated(node, from: from, to: to)
        }
        return node
    }

    /// `{2}`, `{2,}` or `{2,5}` here, and where it ends; anything else in braces is text.
    private func bounds() -> (Int, Int?, Int)? {
        guard let close = text[at...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
        let parts = text[(at + 1)..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count <= 2, parts[0].count <= 4, let low = Int(parts[0]) else { return nil }
        if parts.count == 1 { return (low, low, close + 1) }
        if parts[1].isEmpty { return (low, nil, close + 1) }
        guard parts[1].count <= 4, let high = Int(parts[1]) else { return nil }
        return (low, high, close + 1)
    }
}
