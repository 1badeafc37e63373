/// What user agents say about themselves: patterns, each with the class it stands for.
///
/// One pattern a line, `CLASS<TAB>PATTERN`; `#` begins a comment line. A pattern is plain text compared without case.
/// `<` before it wants the start of a word there, `>` after it the end of one (letters and digits are words). The class
/// `human` marks an exception: where it ends, no other pattern that ends there counts. Of several patterns that match,
/// the one furthest up in the list decides.
public struct BotList: Sendable {
    struct Pattern: Sendable {
        let kind: ViewClass
        let text: [UInt8]
        let atWordStart: Bool
        let atWordEnd: Bool
        /// What has to match besides the text, where the pattern is an expression.
        var expression: AgentExpression?

        /// As the list writes it; plain text in lower case.
        var written: String {
            if let expression { return expression.text }
            return (atWordStart ? "<" : "") + String(decoding: text, as: UTF8.self) + (atWordEnd ? ">" : "")
        }
    }

    /// The list can't be read: which line, and why.
    public struct Malformed: Error, Equatable, Sendable {
        public let line: Int
        public let reason: String
    }

    /// More patterns than anybody lists by hand are a mistake of the file.
    static let maximumPatterns = 20_000

    let patterns: [Pattern]
    /// Names the rules that counted a batch: a hash of the list.
    public let version: String

    /// How many patterns.
    public var count: Int { patterns.count }

    public init(parsing text: String) throws(Malformed) {
        var patterns: [Pattern] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            let fields = line.split(separator: "\t", maxSplits: 1)
            guard fields.count == 2 else {
                throw Malformed(line: index + 1, reason: "no tab between class and pattern")
            }
            guard let kind = ViewClass(word: fields[0]) else {
                throw Malformed(line: index + 1, reason: "unknown class \(fields[0])")
            }
            var bytes = fields[1].utf8.map(ByteRange.folded)
            let atStart = bytes.first == 0x3c
            if atStart { bytes.removeFirst() }
            let atEnd = bytes.last == 0x3e
            if atEnd { bytes.removeLast() }
            guard bytes.count >= 2 else { throw Malformed(line: index + 1, reason: "a pattern needs two characters") }
            patterns.append(Pattern(kind: kind, text: bytes, atWordStart: atStart, atWordEnd: atEnd))
            guard patterns.count <= BotList.maximumPatterns else {
                throw Malformed(line: index + 1, reason: "more than \(BotList.maximumPatterns) patterns")
            }
        }
        self.init(patterns: patterns, identity: Array(text.utf8))
    }

    /// - Parameter identity: of what the patterns were read from.
    init(patterns: [Pattern], identity: [UInt8]) {
        self.patterns = patterns
        let hash = SipHash.hash128(identity, key: HashKey(low: 0, high: 0))
        version =
            "bots-" + hash.bytes.prefix(6).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// What the list says of one user agent, for reports that explain; the scan uses the automaton and remembers.
    public struct Verdict: Sendable, Equatable {
        public let kind: ViewClass
        /// The pattern that decided, as the list writes it; nil when none did.
        public let pattern: String?
    }

    public func verdict(of agent: String) -> Verdict {
        let automaton = AgentAutomaton(self)
        return Array(agent.utf8).withUnsafeBufferPointer { buffer in
            let (kind, pattern) = automaton.judgement(ByteRange(buffer))
            return Verdict(kind: kind, pattern: pattern?.written)
        }
    }

    /// The class of one user agent.
    public func kind(of agent: String) -> ViewClass { verdict(of: agent).kind }
}

/// All patterns searched at once (Aho and Corasick, 1975): one table step a byte, however long the list is.
struct AgentAutomaton: ~Copyable {
    private let patterns: [BotList.Pattern]
    /// Patterns without a text to look for first.
    private let textless: [Int]
    /// Next state by state and column; a column is a set of bytes that no pattern tells apart.
    private var next: Slab<UInt32>
    private var columns: Slab<UInt8>
    private let width: Int
    /// Patterns that end in a state: a slice of `outputs`.
    private var firstOutput: Slab<UInt32>
    private var outputs: Slab<UInt32>

    init(_ list: BotList) {
        patterns = list.patterns
        textless = list.patterns.indices.filter { list.patterns[$0].text.isEmpty }
        columns = Slab(repeating: 0, count: 256)
        var used: [UInt8: UInt8] = [:]
        for byte in patterns.lazy.flatMap(\.text) where used[byte] == nil { used[byte] = UInt8(used.count + 1) }
        width = used.count + 1
        for byte in 0..<256 { columns[byte] = used[ByteRange.folded(UInt8(byte))] ?? 0 }

        var trie: [[UInt8: Int]] = [[:]]
        var ends: [[Int]] = [[]]
        for (number, pattern) in patterns.enumerated() where !pattern.text.isEmpty {
            var state = 0
            for byte in pattern.text {
                if let known = trie[state][byte] {
                    state = known
                } else {
                    trie.append([:])
                    ends.append([])
                    trie[state][byte] = trie.count - 1
                    state = trie.count - 1
                }
            }
            ends[state].append(number)
        }
        next = Slab(repeating: 0, count: trie.count * width)
        var failure = [Int](repeating: 0, count: trie.count)
        var queue = [0]
        var head = 0
        while head < queue.count {
            let state = queue[head]
            head += 1
            if state != 0 {
                for column in 0..<width { next[state * width + column] = next[failure[state] * width + column] }
                ends[state] += ends[failure[state]]
            }
            for (byte, child) in trie[state] {
                let column = Int(columns[Int(byte)])
                failure[child] = state == 0 ? 0 : Int(next[failure[state] * width + column])
                next[state * width + column] = UInt32(child)
                queue.append(child)
            }
        }
        firstOutput = Slab(capacity: trie.count + 1)
        outputs = Slab(capacity: patterns.count)
        for state in trie.indices {
            firstOutput.append(UInt32(outputs.count))
            for number in ends[state].sorted() { outputs.append(UInt32(number)) }
        }
        firstOutput.append(UInt32(outputs.count))
    }

    /// The class a user agent stands for, and the pattern that decided. None at all is `emptyAgent`; one that no browser
    /// sends is `heuristic`.
    func judgement(_ agent: ByteRange) -> (kind: ViewClass, pattern: BotList.Pattern?) {
        if agent.count == 0 || (agent.count == 1 && agent[0] == 0x2d) { return (.emptyAgent, nil) }
        var best = Int.max
        var state = 0
        for index in 0..<agent.count {
            state = Int(next[state &* width &+ Int(columns[Int(agent[index])])])
            let from = Int(firstOutput[state])
            let to = Int(firstOutput[state + 1])
            if from < to { best = min(best, match(agent, endingAt: index, from, to, before: best)) }
        }
        for number in textless where number < best && patterns[number].expression?.matches(agent) == true {
            best = number
        }
        if best < patterns.count { return (patterns[best].kind, patterns[best]) }
        return (AgentAutomaton.looksLikeABrowser(agent) ? .human : .heuristic, nil)
    }

    func kind(_ agent: ByteRange) -> ViewClass { judgement(agent).kind }

    /// Every browser names a product with a version (RFC 9110, 10.1.5) and, for thirty years, a family all servers know;
    /// what calls itself compatible and gives an address to look it up is a program.
    private static func looksLikeABrowser(_ agent: ByteRange) -> Bool {
        if agent.find(0x2f) < 0 { return false }
        let families: [StaticString] = [
            "mozilla/", "opera/", "midp", "instagram", "lynx/", "links (", "elinks", "w3m/", "dillo/", "netsurf/",
            "ucweb", "nokia", "blackberry",
        ]
        guard families.contains(where: { agent.containsFolded($0) }) else { return false }
        let hasAddress = agent.containsFolded("http://") || agent.containsFolded("https://")
        return !(hasAddress && agent.containsFolded("compatible") && !agent.containsFolded("msie"))
    }

    /// The pattern furthest up of those that end here. An expression is only asked when it could decide.
    private func match(_ agent: ByteRange, endingAt index: Int, _ from: Int, _ to: Int, before decided: Int) -> Int {
        var best = Int.max
        for output in from..<to {
            let number = Int(outputs[output])
            let pattern = patterns[number]
            let begin = index + 1 - pattern.text.count
            if pattern.atWordStart, begin > 0, AgentAutomaton.isWord(agent[begin - 1]) { continue }
            if pattern.atWordEnd, index + 1 < agent.count, AgentAutomaton.isWord(agent[index + 1]) { continue }
            if pattern.kind == .human { return Int.max }
            if let expression = pattern.expression {
                guard number < min(best, decided), expression.matches(agent) else { continue }
            }
            best = min(best, number)
        }
        return best
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        ByteRange.folded(byte) &- 0x61 < 26 || byte &- 0x30 < 10
    }
}

/// Verdicts on user agents seen before. Bounded: a new one takes the place of an old one, so ten million different
/// agents cost time, not memory. Each has four places, so that two common ones don't push each other out for ever.
struct AgentMemory: ~Copyable {
    struct Verdict: BitwiseCopyable {
        /// The keyed hash by which this process recognises the agent.
        var tag: UInt64
        /// The lasting keyed hash that goes into a visitor.
        var identity: UInt64
        var kind: ViewClass
        var device: DeviceClass
    }

    private static let slots = 8_192
    private static let ways = 4
    private let tableKey: HashKey
    private let identityKey: HashKey
    private let automaton: AgentAutomaton
    private var verdicts: Slab<Verdict>

    init(_ list: BotList, tableKey: HashKey, identityKey: HashKey) {
        automaton = AgentAutomaton(list)
        self.tableKey = tableKey
        self.identityKey = identityKey
        verdicts = Slab(
            repeating: Verdict(tag: 0, identity: 0, kind: .human, device: .unknown), count: AgentMemory.slots)
    }

    @inline(__always)
    mutating func verdict(_ agent: ByteRange) -> Verdict {
        let tag = tableHash(agent, key: tableKey) | 1
        let slot = Int(truncatingIfNeeded: tag >> 32) & (AgentMemory.slots &- AgentMemory.ways)
        var way = slot
        while way < slot &+ AgentMemory.ways {
            if verdicts.base[way].tag == tag { return verdicts.base[way] }
            way &+= 1
        }
        return judge(agent, tag, slot)
    }

    @inline(never)
    private mutating func judge(_ agent: ByteRange, _ tag: UInt64, _ slot: Int) -> Verdict {
        let verdict = Verdict(
            tag: tag, identity: SipHash.hash(agent, key: identityKey), kind: automaton.kind(agent),
            device: DeviceClass(agent: agent))
        // The newest first; the oldest goes.
        for way in stride(from: slot + AgentMemory.ways - 1, to: slot, by: -1) { verdicts[way] = verdicts[way - 1] }
        verdicts[slot] = verdict
        return verdict
    }
}
