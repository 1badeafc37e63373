internal import Values

/// Two changes of one text, as one: what only one of them touched is taken, what both did is left to a person.
public enum Merge {
    /// A place that both changed, each in his way.
    public struct Conflict: Sendable, Hashable {
        /// "body", or the field's name in the stored document.
        public let field: String
        /// Of the body: the line of the old text at which it begins, from 1. Nil for a field.
        public let line: Int?
        public let base: String
        public let ours: String
        public let theirs: String
    }

    /// Whose change stands where both made one to the same field.
    public enum Side: String, Sendable, CaseIterable {
        case ours, theirs
    }

    /// Merges by lines, as `diff3` does: a change is a run of lines between lines that all three have.
    static func lines(base: String, ours: String, theirs: String) -> (text: String, conflicts: [Conflict]) {
        let old = split(base)
        let mine = split(ours)
        let other = split(theirs)
        let inMine = kept(old, mine)
        let inOther = kept(old, other)
        var merged: [[UInt8]] = []
        var conflicts: [Conflict] = []
        var place = (old: 0, mine: 0, other: 0)
        while true {
            var next = place.old
            while next < old.count, inMine[next] == nil || inOther[next] == nil { next += 1 }
            let end = next < old.count ? (inMine[next] ?? 0, inOther[next] ?? 0) : (mine.count, other.count)
            let parts = (old[place.old..<next], mine[place.mine..<end.0], other[place.other..<end.1])
            if parts.1 == parts.0 {
                merged += parts.2
            } else if parts.2 == parts.0 || parts.1 == parts.2 {
                merged += parts.1
            } else {
                conflicts.append(
                    Conflict(
                        field: "body", line: place.old + 1, base: text(parts.0), ours: text(parts.1),
                        theirs: text(parts.2)))
            }
            guard next < old.count else { break }
            merged.append(old[next])
            place = (next + 1, end.0 + 1, end.1 + 1)
        }
        return (text(merged[...]), conflicts)
    }

    /// For each old line the place it has in the new text, where it is kept.
    private static func kept(_ old: [[UInt8]], _ new: [[UInt8]]) -> [Int?] {
        var places = [Int?](repeating: nil, count: old.count)
        for case .keep(let before, let after) in Diff.edits(from: old, to: new).edits { places[before] = after }
        return places
    }

    /// What follows the last line end is a line as well, if an empty one: so an end put in or left out is a change, too.
    private static func split(_ text: String) -> [[UInt8]] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    }

    private static func text(_ lines: ArraySlice<[UInt8]>) -> String {
        lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }

    /// Merges whole documents: the body by lines, every other field as one.
    ///
    /// - Parameters:
    ///   - body: the body that somebody resolved; nil to merge it.
    ///   - side: whose value a field has that both changed; nil to call it a conflict.
    /// - Throws: `ValueError` when the result is no document.
    static func documents(
        base: Content, ours: Content, theirs: Content, body: String?, side: Side?
    ) throws(ValueError) -> (content: Content, conflicts: [Conflict]) {
        let documents = try [base, ours, theirs].map { (content) throws(ValueError) in
            try JSON(parsing: content.canonical).object ?? [:]
        }
        var merged: [String: JSON] = [:]
        var conflicts: [Conflict] = []
        let keys = Set(documents.flatMap(\.keys)).subtracting(["body"])
        for key in keys.sorted() {
            let (old, mine, other) = (documents[0][key], documents[1][key], documents[2][key])
            if mine == old || mine == other {
                merged[key] = other
            } else if other == old || side == .ours {
                merged[key] = mine
            } else if side == .theirs {
                merged[key] = other
            } else {
                conflicts.append(
                    Conflict(
                        field: key, line: nil, base: shown(old), ours: shown(mine), theirs: shown(other)))
            }
        }
        if let body {
            merged["body"] = .string(body)
        } else {
            let lines = lines(base: base.body, ours: ours.body, theirs: theirs.body)
            conflicts += lines.conflicts
            merged["body"] = .string(lines.text)
        }
        guard conflicts.isEmpty else { return (ours, conflicts) }
        return (try Content(canonical: JSON.object(merged).canonical()), [])
    }

    private static func shown(_ value: JSON?) -> String { value.map { $0.string ?? $0.text } ?? "" }
}
