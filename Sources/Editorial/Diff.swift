internal import Values

/// The difference of two texts by line, as a reader of patches expects it: unified, three lines around each change; and
/// inside changed lines by word, if wanted.
public struct Diff: Equatable, Sendable {
    public struct Line: Equatable, Sendable {
        public enum Kind: Equatable, Sendable {
            /// "@@ -1,3 +1,4 @@": where the lines below stand.
            case place
            case kept, removed, inserted
            /// Something about the difference itself: begins with a backslash, as in a patch.
            case remark

            var mark: String {
                switch self {
                case .place: ""
                case .kept: " "
                case .removed: "-"
                case .inserted: "+"
                case .remark: "\\ "
                }
            }
        }

        public let kind: Kind
        /// The line in order; one piece unless words were compared.
        public let pieces: [Piece]

        /// As it stands in a patch, changed words between `[-` and `-]`, `{+` and `+}`.
        public var text: String {
            let (start, end) = kind == .removed ? ("[-", "-]") : ("{+", "+}")
            return kind.mark + pieces.map { $0.isChanged ? start + $0.text + end : $0.text }.joined()
        }

        /// What it begins with: "-", "+", " ", "\ " or nothing.
        public var mark: String { kind.mark }
    }

    public struct Piece: Equatable, Sendable {
        public let text: String
        /// A word that only this side has.
        public let isChanged: Bool
    }

    public let lines: [Line]

    public static let around = 3

    /// Nothing when the texts are equal; else the lines of a patch, each ended.
    public var text: String { lines.map { $0.text + "\n" }.joined() }

    /// The difference of two texts.
    public static func unified(from old: String, to new: String) -> String {
        Diff(lines(of: old), lines(of: new), byWord: false).text
    }

    /// What changed between two contents: their fields, a line each, then the body.
    public static func between(_ old: Content, _ new: Content, byWord: Bool = false) -> Diff {
        Diff(old.comparableLines, new.comparableLines, byWord: byWord)
    }

    /// A line of a text; the last one may have no end, which is a difference of its own.
    struct Source: Hashable {
        let bytes: [UInt8]
        var isEnded = true

        init(_ bytes: [UInt8], isEnded: Bool = true) {
            self.bytes = bytes
            self.isEnded = isEnded
        }

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Lines as bytes: two ways to write an é are two different lines.
    static func lines(of text: String) -> [Source] {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Source(Array($0)) }
        if lines.last?.bytes.isEmpty == true {
            lines.removeLast()
        } else if let last = lines.popLast() {
            lines.append(Source(last.bytes, isEnded: false))
        }
        return lines
    }
}

// MARK: Making it

extension Diff {
    /// A line kept (index before, index after), taken out, or put in.
    enum Edit: Equatable {
        case keep(Int, Int)
        case remove(Int)
        case insert(Int)

        var isKept: Bool { if case .keep = self { true } else { false } }
    }

    init(_ before: [Source], _ after: [Source], byWord: Bool) {
        let (edits, isWhole) = Self.edits(from: before, to: after)
        var writer = DiffWriter(before: before, after: after, byWord: byWord)
        for hunk in Self.hunks(of: edits) { writer.write(hunk) }
        if !isWhole || !writer.isWhole {
            writer.remark("The texts differ so much that some of it is shown as taken out and put in whole.")
        }
        lines = writer.lines
    }

    /// How one list becomes the other, and whether that is the shortest way: see `LongestSubsequence`.
    static func edits<Item: Hashable>(from before: [Item], to after: [Item]) -> (edits: [Edit], isWhole: Bool) {
        let common = LongestSubsequence(before, after)
        var edits: [Edit] = []
        edits.reserveCapacity(before.count + after.count)
        var (old, new) = (0, 0)
        while old < before.count || new < after.count {
            if old < before.count, !common.keptBefore[old] {
                edits.append(.remove(old))
                old += 1
            } else if new < after.count, !common.keptAfter[new] {
                edits.append(.insert(new))
                new += 1
            } else {
                edits.append(.keep(old, new))
                (old, new) = (old + 1, new + 1)
            }
        }
        return (edits, common.isWhole)
    }

    /// Runs of edits with `around` kept lines on each side; runs that would touch are one.
    private static func hunks(of edits: [Edit]) -> [ArraySlice<Edit>] {
        var hunks: [Range<Int>] = []
        for index in edits.indices where !edits[index].isKept {
            let reach = max(0, index - around)..<min(edits.count, index + around + 1)
            if let last = hunks.last, last.upperBound >= reach.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<max(last.upperBound, reach.upperBound)
            } else {
                hunks.append(reach)
            }
        }
        return hunks.map { edits[$0] }
    }
}

extension Content {
    /// What a person compares: the fields, a line each, then the body. No field makes more lines than one.
    var comparableLines: [Diff.Source] {
        var fields = [("title", title), ("dek", dek)]
        fields += bylines.map { byline in
            let rest = [byline.title, byline.affiliation].compactMap { $0 }.map { ", \($0)" }.joined()
            return ("by", "\(byline.contributor) (\(byline.role)) \(byline.name)\(rest)")
        }
        fields += images.flatMap(\.comparable)
        if !tags.isEmpty { fields.append(("tags", tags.joined(separator: ", "))) }
        let others = [
            ("slug", slug?.text), ("kicker", kicker), ("teaser", teaser), ("short headline", shortHeadline),
            ("social title", socialTitle), ("social text", socialText), ("disclosure", disclosure),
        ]
        fields += others.compactMap { name, value in value.map { (name, $0) } }
        return fields.map { Diff.Source(Array("\($0.0): \($0.1.onOneLine)".utf8)) } + [Diff.Source([])]
            + Diff.lines(of: body)
    }
}

extension Content.Image {
    fileprivate var comparable: [(String, String)] {
        let name = "\(placement.rawValue) image \(source ?? media.map { String($0.prefix(12)) } ?? "")"
        let values = [
            ("kind", kind?.rawValue), ("alt", alt), ("caption", caption), ("credit", credit), ("place", place),
            ("date", date), ("photographer", photographer), ("agency", agency), ("licence", licence),
            ("licensed until", licensedUntil?.description), ("focal point", focal?.text),
        ]
        return [(name, media.map { "file \($0.prefix(12))" } ?? "no file")]
            + values.compactMap { field, value in value.map { ("\(name) \(field)", $0) } }
    }
}

extension String {
    /// With line ends made visible, so that a field can't pass for two.
    fileprivate var onOneLine: String {
        guard utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return self }
        return replacing("\r", with: "\\r").replacing("\n", with: "\\n").replacing("\r\n", with: "\\r\\n")
    }
}
