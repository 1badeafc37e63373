/// The difference of two texts by line, as a reader of patches expects it: unified, three lines around each change.
public enum Diff {
    /// Beyond this many steps the middle is shown as taken out and put in whole: a diff must not take minutes.
    static let mostSteps = 4_000_000
    static let around = 3

    /// Nothing when the texts are equal; else hunks of lines that begin with " ", "-" or "+", each line ended.
    public static func unified(from old: String, to new: String) -> String {
        let before = lines(of: old)
        let after = lines(of: new)
        return write(hunks(of: edits(from: before, to: after)), before, after)
    }

    /// A line kept (index before, index after), taken out, or put in.
    enum Edit: Equatable {
        case keep(Int, Int)
        case remove(Int)
        case insert(Int)

        var isKept: Bool { if case .keep = self { true } else { false } }
    }

    /// Lines as bytes: two ways to write an é are two different lines.
    static func lines(of text: String) -> [[UInt8]] {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    static func edits(from before: [[UInt8]], to after: [[UInt8]]) -> [Edit] {
        var start = 0
        while start < min(before.count, after.count), before[start] == after[start] { start += 1 }
        var end = 0
        while end < min(before.count, after.count) - start,
            before[before.count - 1 - end] == after[after.count - 1 - end]
        {
            end += 1
        }
        var edits: [Edit] = (0..<start).map { .keep($0, $0) }
        edits += middle(before, after, start..<before.count - end, start..<after.count - end)
        edits += (0..<end).reversed().map { .keep(before.count - 1 - $0, after.count - 1 - $0) }
        return edits
    }

    /// The longest common subsequence of what lies between equal beginnings and ends, by the table of lengths.
    private static func middle(
        _ before: [[UInt8]], _ after: [[UInt8]], _ old: Range<Int>, _ new: Range<Int>
    ) -> [Edit] {
        guard old.count * new.count <= mostSteps else {
            return old.map(Edit.remove) + new.map(Edit.insert)
        }
        let width = new.count + 1
        var lengths = [Int32](repeating: 0, count: (old.count + 1) * width)
        for row in (0..<old.count).reversed() {
            for column in (0..<new.count).reversed() {
                let equal = before[old.lowerBound + row] == after[new.lowerBound + column]
                lengths[row * width + column] =
                    equal
                    ? lengths[(row + 1) * width + column + 1] + 1
                    : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
            }
        }
        var edits: [Edit] = []
        var (row, column) = (0, 0)
        while row < old.count || column < new.count {
            if row < old.count, column < new.count,
                before[old.lowerBound + row] == after[new.lowerBound + column]
            {
                edits.append(.keep(old.lowerBound + row, new.lowerBound + column))
                (row, column) = (row + 1, column + 1)
            } else if column == new.count
                || (row < old.count && lengths[(row + 1) * width + column] >= lengths[row * width + column + 1])
            {
                edits.append(.remove(old.lowerBound + row))
                row += 1
            } else {
                edits.append(.insert(new.lowerBound + column))
                column += 1
            }
        }
        return edits
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

    private static func write(_ hunks: [ArraySlice<Edit>], _ before: [[UInt8]], _ after: [[UInt8]]) -> String {
        var text = ""
        for hunk in hunks {
            var (old, new): ([Int], [Int]) = ([], [])
            var body = ""
            for edit in hunk {
                switch edit {
                case .keep(let was, let now):
                    old.append(was)
                    new.append(now)
                    body += " " + String(decoding: before[was], as: UTF8.self) + "\n"
                case .remove(let was):
                    old.append(was)
                    body += "-" + String(decoding: before[was], as: UTF8.self) + "\n"
                case .insert(let now):
                    new.append(now)
                    body += "+" + String(decoding: after[now], as: UTF8.self) + "\n"
                }
            }
            text += "@@ -\(range(old)) +\(range(new)) @@\n" + body
        }
        return text
    }

    /// "start,count" as in a patch; a side without lines is "0,0".
    private static func range(_ lines: [Int]) -> String {
        "\((lines.first ?? -1) + 1),\(lines.count)"
    }
}

extension Content {
    /// The text a person compares: the fields, a line each, then the body.
    public var comparable: String {
        var lines = ["title: \(title)", "dek: \(dek)"]
        lines += bylines.map { "by: \($0.contributor) (\($0.role)) \($0.name)" }
        lines += images.map { "image: \($0.placement.rawValue) \($0.source ?? $0.media ?? "") | \($0.alt ?? "")" }
        if !tags.isEmpty { lines.append("tags: " + tags.joined(separator: ", ")) }
        if let slug { lines.append("slug: \(slug)") }
        for (name, value) in [
            ("teaser", teaser), ("short headline", shortHeadline), ("social title", socialTitle),
            ("social text", socialText), ("disclosure", disclosure),
        ] {
            if let value { lines.append("\(name): \(value)") }
        }
        return lines.joined(separator: "\n") + "\n\n" + body
    }
}
