/// Something that isn't as the chain says it was, at a row that can be named.
public enum AuditFinding: Sendable, Hashable {
    /// A row says something else than what its hash was taken over.
    case altered(Subject, seq: Int64)
    /// A row is sound, but once had another number in its chain.
    case moved(Subject, seq: Int64, from: Int64)
    /// Rows are gone from inside a chain.
    case missing(Subject, seqs: ClosedRange<Int64>)
    /// A row is sound, but doesn't follow the one before it: one of the two was written anew, hash and all.
    case unlinked(Subject, seq: Int64)
    /// The chain ends before its head says it does, or there is no row at all.
    case tailMissing(Subject, seqs: ClosedRange<Int64>)
    /// The last row isn't the one that the head names.
    case headDiffers(Subject, seq: Int64)
    /// Rows after the one that the head names: not written by the database's own function.
    case beyondHead(Subject, seqs: ClosedRange<Int64>)
    /// By the anchor: the chain is sound in itself, but isn't the one that was anchored.
    case rewritten(Subject, seq: Int64)
    /// By the anchor: a whole subject is gone, with `seqs` rows at least.
    case subjectMissing(Subject, seqs: ClosedRange<Int64>)

    public var subject: Subject {
        switch self {
        case .altered(let subject, _), .moved(let subject, _, _), .missing(let subject, _), .unlinked(let subject, _),
            .tailMissing(let subject, _), .headDiffers(let subject, _), .beyondHead(let subject, _),
            .rewritten(let subject, _), .subjectMissing(let subject, _):
            subject
        }
    }

    /// The rows it is about, by their number in the chain.
    public var seqs: ClosedRange<Int64> {
        switch self {
        case .altered(_, let seq), .moved(_, let seq, _), .unlinked(_, let seq), .headDiffers(_, let seq),
            .rewritten(_, let seq):
            seq...seq
        case .missing(_, let seqs), .tailMissing(_, let seqs), .beyondHead(_, let seqs), .subjectMissing(_, let seqs):
            seqs
        }
    }

    /// One word for machines: `altered`, `missing`, `rewritten`.
    public var word: String {
        switch self {
        case .altered: "altered"
        case .moved: "moved"
        case .missing: "missing"
        case .unlinked: "unlinked"
        case .tailMissing: "tail_missing"
        case .headDiffers: "head_differs"
        case .beyondHead: "beyond_head"
        case .rewritten: "rewritten"
        case .subjectMissing: "subject_missing"
        }
    }
}
