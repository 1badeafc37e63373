/// Writes hunks as lines of a patch.
struct DiffWriter {
    let before: [Diff.Source]
    let after: [Diff.Source]
    let byWord: Bool
    private(set) var lines: [Diff.Line] = []
    /// False when a run of changed words was too long to be compared.
    private(set) var isWhole = true

    init(before: [Diff.Source], after: [Diff.Source], byWord: Bool) {
        self.before = before
        self.after = after
        self.byWord = byWord
    }

    mutating func write(_ hunk: ArraySlice<Diff.Edit>) {
        let old = hunk.compactMap(\.old)
        let new = hunk.compactMap(\.new)
        add(.place, "@@ -\(Self.range(old)) +\(Self.range(new)) @@")
        var rest = hunk[...]
        while let first = rest.first {
            if case .keep(let old, _) = first {
                write(before[old], .kept)
                rest = rest.dropFirst()
            } else {
                let run = rest.prefix { !$0.isKept }
                write(run: run)
                rest = rest.dropFirst(run.count)
            }
        }
    }

    mutating func remark(_ text: String) { add(.remark, text) }

    private mutating func add(_ kind: Diff.Line.Kind, _ text: String) {
        lines.append(Diff.Line(kind: kind, pieces: [Diff.Piece(text: text, isChanged: false)]))
    }

    private mutating func write(_ source: Diff.Source, _ kind: Diff.Line.Kind, _ pieces: [Diff.Piece]? = nil) {
        if let pieces {
            lines.append(Diff.Line(kind: kind, pieces: pieces))
        } else {
            add(kind, source.text)
        }
        if !source.isEnded { remark("No newline at end of file") }
    }

    /// Changed lines without a kept one between them.
    private mutating func write(run: ArraySlice<Diff.Edit>) {
        let removed = run.compactMap(\.old).map { before[$0] }
        let inserted = run.compactMap(\.new).map { after[$0] }
        guard byWord, !removed.isEmpty, !inserted.isEmpty else {
            for source in removed { write(source, .removed) }
            for source in inserted { write(source, .inserted) }
            return
        }
        let old = Words(removed)
        let new = Words(inserted)
        let common = LongestSubsequence(old.tokens, new.tokens)
        isWhole = isWhole && common.isWhole
        for (source, pieces) in zip(removed, old.pieces(kept: common.keptBefore)) { write(source, .removed, pieces) }
        for (source, pieces) in zip(inserted, new.pieces(kept: common.keptAfter)) { write(source, .inserted, pieces) }
    }

    /// "start,count" as in a patch; a side without lines is "0,0".
    private static func range(_ lines: [Int]) -> String {
        "\((lines.first ?? -1) + 1),\(lines.count)"
    }
}

extension Diff.Edit {
    fileprivate var old: Int? {
        switch self {
        case .keep(let old, _), .remove(let old): old
        case .insert: nil
        }
    }

    fileprivate var new: Int? {
        switch self {
        case .keep(_, let new), .insert(let new): new
        case .remove: nil
        }
    }
}

/// Lines cut into words, runs of spaces and single signs; a line's end is a token of its own.
private struct Words {
    private(set) var tokens: [ArraySlice<UInt8>] = []
    private static let end: ArraySlice<UInt8> = [0x0A]

    init(_ lines: [Diff.Source]) {
        for line in lines {
            var rest = line.bytes[...]
            while let first = rest.first {
                let kind = Kind(first)
                let token = kind == .sign ? rest.prefix(1) : rest.prefix { Kind($0) == kind }
                tokens.append(token)
                rest = rest.dropFirst(token.count)
            }
            tokens.append(Self.end)
        }
    }

    private enum Kind {
        case word, space, sign

        init(_ byte: UInt8) {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: self = .word
            case 0x09, 0x20: self = .space
            default: self = .sign
            }
        }
    }

    /// For each line its text, cut where what both have ends or begins.
    func pieces(kept: [Bool]) -> [[Diff.Piece]] {
        var lines: [[Diff.Piece]] = []
        var pieces: [Diff.Piece] = []
        var bytes: [UInt8] = []
        var isChanged = false
        func close() {
            guard !bytes.isEmpty else { return }
            pieces.append(Diff.Piece(text: String(decoding: bytes, as: UTF8.self), isChanged: isChanged))
            bytes = []
        }
        for (token, kept) in zip(tokens, kept) {
            if token == Self.end {
                close()
                lines.append(pieces)
                pieces = []
                continue
            }
            if isChanged == kept { close() }
            isChanged = !kept
            bytes += token
        }
        return lines
    }
}
