/// A text as words, spaces and signs: what a passage is compared by, so that a paragraph wrapped anew is the same one.
struct Wording {
    let bytes: [UInt8]
    /// Where each stands in `bytes`.
    private(set) var ranges: [Range<Int>] = []
    /// Each as it is compared: any run of white space is one space.
    private(set) var keys: [[UInt8]] = []
    /// Whether a line ends in it.
    private var endsLine: [Bool] = []

    private static let space: [UInt8] = [0x20]

    private enum Class {
        case word, space, sign

        init(_ scalar: Unicode.Scalar) {
            if scalar.isASCII {
                switch scalar.value {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: self = .word
                case 0x09...0x0D, 0x20: self = .space
                default: self = .sign
                }
                return
            }
            let properties = scalar.properties
            // Scripts without spaces between words: each character stands for itself.
            if properties.isIdeographic { self = .sign; return }
            if properties.isWhitespace { self = .space; return }
            let marks: [Unicode.GeneralCategory] = [.nonspacingMark, .spacingMark, .enclosingMark]
            let isLetter = properties.isAlphabetic || properties.numericType != nil
            self = isLetter || marks.contains(properties.generalCategory) ? .word : .sign
        }
    }

    init(_ text: String) {
        bytes = Array(text.utf8)
        var offset = 0
        var last: Class?
        for scalar in text.unicodeScalars {
            let end = offset + UTF8.width(scalar)
            let kind = Class(scalar)
            if kind != .sign, kind == last, let open = ranges.last {
                ranges[ranges.count - 1] = open.lowerBound..<end
                if kind == .space { endsLine[endsLine.count - 1] = endsLine[endsLine.count - 1] || scalar == "\n" }
            } else {
                ranges.append(offset..<end)
                endsLine.append(kind == .space && scalar == "\n")
                keys.append(kind == .space ? Self.space : [])
            }
            last = kind
            offset = end
        }
        for index in keys.indices where keys[index].isEmpty { keys[index] = Array(bytes[ranges[index]]) }
    }

    var count: Int { ranges.count }

    func isSpace(_ index: Int) -> Bool { keys[index] == Self.space }

    /// What a word weighs: a passage isn't kept because its spaces are.
    func weight(_ index: Int) -> Int { isSpace(index) ? 0 : keys[index].count }

    func text(_ words: Range<Int>) -> String {
        guard !words.isEmpty else { return "" }
        return String(decoding: bytes[ranges[words.lowerBound].lowerBound..<end(words)], as: UTF8.self)
    }

    private func end(_ words: Range<Int>) -> Int { ranges[words.upperBound - 1].upperBound }

    /// The line a word begins in, from 1.
    func line(_ index: Int) -> Int { 1 + bytes[..<ranges[index].lowerBound].count { $0 == 0x0A } }

    /// Without white space at both ends.
    var trimmed: Range<Int> {
        let used = keys.indices.filter { !isSpace($0) }
        guard let first = used.first, let last = used.last else { return 0..<0 }
        return first..<last + 1
    }

    /// Where these words stand, one after the other.
    func occurrences(of wanted: ArraySlice<[UInt8]>) -> [Int] {
        guard let first = wanted.first, wanted.count <= count else { return [] }
        return (0...count - wanted.count).filter { start in
            keys[start] == first && keys[start..<start + wanted.count].elementsEqual(wanted)
        }
    }

    /// Wording by line, and each line as it is compared.
    fileprivate var lines: [(words: Range<Int>, key: [UInt8])] {
        var lines: [(Range<Int>, [UInt8])] = []
        var start = 0
        for index in keys.indices where endsLine[index] || index == count - 1 {
            lines.append((start..<index + 1, Array(keys[start...index].joined(separator: [0]))))
            start = index + 1
        }
        return lines
    }

    /// For each word of this text the same word of another one, where a comparison of both finds it kept.
    func aligned(with other: Wording) -> [Int?] {
        var map = [Int?](repeating: nil, count: count)
        let (mine, theirs) = (lines, other.lines)
        var (removed, inserted): ([Int], [Int]) = ([], [])
        func settle() {
            let old = removed.flatMap { Array(mine[$0].words) }
            let new = inserted.flatMap { Array(theirs[$0].words) }
            for case .keep(let was, let now) in Diff.edits(from: old.map { keys[$0] }, to: new.map { other.keys[$0] })
                .edits
            {
                map[old[was]] = new[now]
            }
            (removed, inserted) = ([], [])
        }
        for edit in Diff.edits(from: mine.map(\.key), to: theirs.map(\.key)).edits {
            switch edit {
            case .keep(let was, let now):
                settle()
                for (old, new) in zip(mine[was].words, theirs[now].words) { map[old] = new }
            case .remove(let was): removed.append(was)
            case .insert(let now): inserted.append(now)
            }
        }
        settle()
        return map
    }
}

/// Where a quoted passage stands in a text.
public struct Place: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        /// The words are there as they were quoted, wherever they stand now.
        case kept
        /// Some of them were changed.
        case changed
        /// They are gone; the quotation is all that is left.
        case orphaned
    }

    public let state: State
    /// From 1, in its field; nil when orphaned.
    public let line: Int?
    /// The passage as it stands there; nil when orphaned.
    public let text: String?

    static let orphaned = Place(state: .orphaned, line: nil, text: nil)

    private init(state: State, line: Int?, text: String?) {
        self.state = state
        self.line = line
        self.text = text
    }

    fileprivate init(_ state: State, _ words: Range<Int>, of text: Wording) {
        self.init(state: state, line: text.line(words.lowerBound), text: text.text(words))
    }
}

/// A passage of one text, found again in another: the words themselves where they stand once, else where a comparison
/// of the two texts says that they went, else what is left of them, else nowhere. Another passage of the same words
/// isn't taken for it.
struct Anchor {
    /// Less than this part of the words kept is another passage.
    static let leastKept = 0.5
    /// More than this part of the words has to agree for one of several equal passages to be the one.
    static let leastShared = 0.6

    let old: Wording
    let passage: Range<Int>

    /// The passage that begins at a byte of the text; nil when no such words stand there.
    init?(_ quote: String, at position: Int, in old: Wording) {
        let words = Wording(quote)
        guard let start = old.ranges.firstIndex(where: { $0.lowerBound == position }), words.count > 0,
            start + words.count <= old.count,
            old.keys[start..<start + words.count].elementsEqual(words.keys)
        else { return nil }
        self.old = old
        passage = start..<start + words.count
    }

    func place(in new: Wording) -> Place {
        let quoted = old.keys[passage]
        let (was, now) = (old.occurrences(of: quoted), new.occurrences(of: quoted))
        func kept(_ start: Int) -> Place { Place(.kept, start..<start + passage.count, of: new) }
        if was.count == 1, now.count == 1 { return kept(now[0]) }
        let map = old.aligned(with: new)
        if let start = shared(now, map) { return kept(start) }
        if now.count == was.count, let place = was.firstIndex(of: passage.lowerBound) { return kept(now[place]) }
        if let start = moved(now, map, new) { return kept(start) }
        return remains(map, new) ?? .orphaned
    }

    private var whole: Int { passage.reduce(0) { $0 + old.weight($1) } }

    /// Of several equal passages the one that the words went to.
    private func shared(_ starts: [Int], _ map: [Int?]) -> Int? {
        let shares = starts.map { start in
            passage.reduce(0) { sum, word in
                let lies = map[word].map { (start..<start + passage.count).contains($0) } ?? false
                return sum + (lies ? old.weight(word) : 0)
            }
        }
        guard let best = shares.indices.max(by: { shares[$0] < shares[$1] }),
            Double(shares[best]) > Self.leastShared * Double(whole)
        else { return nil }
        return starts[best]
    }

    /// An equal passage that the old text didn't have: cut there, pasted here. Of several, the one among the same
    /// neighbours.
    private func moved(_ starts: [Int], _ map: [Int?], _ new: Wording) -> Int? {
        let known = Set(map.compactMap { $0 })
        let fresh = starts.filter { start in
            (start..<start + passage.count).allSatisfy { new.isSpace($0) || !known.contains($0) }
        }
        func neighbours(_ start: Int) -> Int {
            var (count, reach) = (0, 1)
            while reach <= 8, passage.lowerBound - reach >= 0, start - reach >= 0,
                old.keys[passage.lowerBound - reach] == new.keys[start - reach]
            {
                (count, reach) = (count + 1, reach + 1)
            }
            reach = 0
            while reach < 8, passage.upperBound + reach < old.count, start + passage.count + reach < new.count,
                old.keys[passage.upperBound + reach] == new.keys[start + passage.count + reach]
            {
                (count, reach) = (count + 1, reach + 1)
            }
            return count
        }
        return fresh.max { neighbours($0) < neighbours($1) }
    }

    /// What is left where the words were, if it is enough of them and they still stand together.
    private func remains(_ map: [Int?], _ new: Wording) -> Place? {
        var left = passage.compactMap { word in
            old.isSpace(word) ? nil : map[word].map { (at: $0, weight: old.weight(word)) }
        }
        let longest = passage.count * 2 + 8
        while let first = left.first, let last = left.last, last.at - first.at >= longest {
            // One word that the comparison found far away doesn't tear the passage apart.
            if left[1].at - first.at > last.at - left[left.count - 2].at {
                left.removeFirst()
            } else {
                left.removeLast()
            }
        }
        guard let first = left.first, let last = left.last,
            Double(left.reduce(0) { $0 + $1.weight }) >= Self.leastKept * Double(whole)
        else { return nil }
        return Place(.changed, first.at..<last.at + 1, of: new)
    }
}
