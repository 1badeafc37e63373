/// Parts a WordPress export into what stands before the first item, and its items, without reading the XML: so that
/// one broken item is one broken item, and a file of a gigabyte needs the memory of its longest.
struct WXRSplitter {
    struct Item: Equatable {
        /// From `<item` to `</item>`.
        var bytes: [UInt8]
        /// Line of the file where it begins, from 1.
        var line: Int
        /// Why it isn't whole; nil when it is.
        var broken: String?
    }

    /// Longest item, in bytes: the longest body there may be, eight times over, for what WordPress adds.
    static let longestItem = 8 << 20

    /// What stands before the first item, at most `longestItem` of it.
    private(set) var head: [UInt8] = []
    /// The head of a file without items: all of it that is kept.
    var beginning: [UInt8] { head.isEmpty ? buffer : head }
    private var buffer: [UInt8] = []
    /// Bytes of the buffer that were looked at.
    private var seen = 0
    private var line = 1
    private var state = State.outside
    private var inCDATA = false

    private enum State: Equatable {
        case outside
        case item(line: Int)
    }

    private static let start = Array("<item".utf8)
    private static let end = Array("</item>".utf8)
    private static let cdata = Array("<![CDATA[".utf8)
    private static let cdataEnd = Array("]]>".utf8)

    /// Takes some bytes and gives the items that ended in them.
    mutating func take(_ bytes: [UInt8]) -> [Item] {
        buffer += bytes
        var items: [Item] = []
        // The longest mark may be cut at the end of the bytes at hand.
        while seen + Self.cdata.count <= buffer.count { step(&items) }
        drop()
        return items
    }

    /// What is left when the file has ended.
    mutating func finish() -> [Item] {
        var items: [Item] = []
        while seen < buffer.count { step(&items) }
        if case .item(let line) = state {
            items.append(Item(bytes: buffer, line: line, broken: "the file ends before </item>"))
        }
        return items
    }

    private mutating func step(_ items: inout [Item]) {
        let byte = buffer[seen]
        guard byte == UInt8(ascii: "<") || byte == UInt8(ascii: "]") else {
            if byte == 0x0A { line += 1 }
            seen += 1
            if case .item(let first) = state, seen > Self.longestItem { giveUp(first, &items) }
            return
        }
        if inCDATA {
            inCDATA = !isHere(Self.cdataEnd)
            seen += 1
        } else if isHere(Self.cdata) {
            inCDATA = true
            seen += Self.cdata.count
        } else if case .outside = state, isHere(Self.start), isNameEnd(seen + Self.start.count) {
            if head.isEmpty { head = Array(buffer[..<seen]) }
            buffer.removeFirst(seen)
            seen = Self.start.count
            state = .item(line: line)
        } else if case .item(let first) = state, isHere(Self.end) {
            let length = seen + Self.end.count
            items.append(Item(bytes: Array(buffer[..<length]), line: first))
            buffer.removeFirst(length)
            seen = 0
            state = .outside
        } else {
            seen += 1
        }
    }

    /// An item that doesn't end, most likely by CDATA that doesn't: the next begins at the next line with `<item>`.
    private mutating func giveUp(_ first: Int, _ items: inout [Item]) {
        items.append(
            Item(
                bytes: Array(buffer.prefix(10_000)), line: first,
                broken: "it is longer than \(Self.longestItem >> 20) MiB, or doesn't end"))
        state = .outside
        inCDATA = false
        var index = 1
        var after = first
        while index < buffer.count {
            if buffer[index - 1] == 0x0A { after += 1 }
            if buffer[index] == UInt8(ascii: "<"), buffer[index...].starts(with: Array("<item>".utf8)) { break }
            index += 1
        }
        buffer.removeFirst(index)
        line = after
        seen = 0
    }

    private func isHere(_ mark: [UInt8]) -> Bool {
        seen + mark.count <= buffer.count && buffer[seen..<(seen + mark.count)].elementsEqual(mark)
    }

    private func isNameEnd(_ index: Int) -> Bool {
        index < buffer.count && [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ">"), UInt8(ascii: "/")].contains(buffer[index])
    }

    /// Lets go of what was looked at outside of items.
    private mutating func drop() {
        guard state == .outside else { return }
        if head.isEmpty, seen < Self.longestItem { return }
        buffer.removeFirst(seen)
        seen = 0
    }
}
