internal import Sodium
internal import Values

/// Follows the rows of all chains, in the order of subject and number, and notes where they don't hold.
///
/// Pure: it sees rows and heads and says what is wrong with them, wherever they come from.
struct AuditWalk {
    private(set) var findings: [AuditFinding] = []
    private(set) var findingCount = 0
    private(set) var rows = 0
    private(set) var chains = 0

    /// Enough to see what happened; the count goes on.
    static let findingLimit = 1_000
    /// How far to look, either way, for the number a moved row once had; each try is one hash.
    static let moveLimit: Int64 = 100
    /// No chain grows longer; a row that claims so was tampered with.
    static let seqLimit: Int64 = 1 << 53

    private var chain: Chain?
    private var anchored: ArraySlice<AuditHead>

    private struct Chain {
        let subject: Subject
        var last: Int64 = 0
        /// Hash of the last row; nil when rows are missing right before the next, so nothing can be said of its link.
        var link: [UInt8]? = AuditHead.start
        var head: AuditHead?
        var anchor: AuditHead?
    }

    /// `anchored`: the heads of an anchor, in the order of subjects; empty without one.
    init(anchored: [AuditHead] = []) {
        self.anchored = anchored[...]
    }

    mutating func take(_ row: AuditRow, head: AuditHead?) {
        if chain?.subject != row.subject { begin(row.subject, head: head) }
        guard var chain else { return }
        rows += 1
        guard (1...Self.seqLimit).contains(row.seq) else { return note(.altered(row.subject, seq: row.seq)) }

        if row.seq > chain.last + 1 {
            note(.missing(row.subject, seqs: (chain.last + 1)...(row.seq - 1)))
            chain.link = nil
        }
        if let finding = finding(in: row, after: chain.link) { note(finding) }
        if let anchor = chain.anchor, anchor.seq == row.seq, anchor.hash != row.hash {
            note(.rewritten(row.subject, seq: row.seq))
        }
        chain.last = row.seq
        chain.link = row.hash
        self.chain = chain
    }

    /// A head without any row, which no row brings along.
    mutating func takeBare(_ head: AuditHead) {
        guard head.seq > 0 else { return }
        note(.tailMissing(head.subject, seqs: 1...head.seq))
    }

    mutating func finish() {
        endChain()
        for head in anchored { noteMissing(head) }
        anchored = []
    }

    private func finding(in row: AuditRow, after link: [UInt8]?) -> AuditFinding? {
        guard row.computedHash(at: row.seq) == row.hash else {
            let nearby = max(1, row.seq - Self.moveLimit)...(row.seq + Self.moveLimit)
            // Past the limit a finding is only counted: not worth two hundred hashes a row.
            if findings.count < Self.findingLimit,
                let from = nearby.first(where: { row.computedHash(at: $0) == row.hash })
            {
                return .moved(row.subject, seq: row.seq, from: from)
            }
            return .altered(row.subject, seq: row.seq)
        }
        if let link, link != row.previous { return .unlinked(row.subject, seq: row.seq) }
        return nil
    }

    private mutating func begin(_ subject: Subject, head: AuditHead?) {
        endChain()
        while let next = anchored.first, next.subject < subject {
            noteMissing(next)
            anchored.removeFirst()
        }
        var chain = Chain(subject: subject)
        chain.head = head
        if let next = anchored.first, next.subject == subject {
            chain.anchor = next
            anchored.removeFirst()
        }
        self.chain = chain
        chains += 1
    }

    private mutating func endChain() {
        guard let chain else { return }
        let head = chain.head ?? AuditHead(subject: chain.subject, seq: 0, hash: AuditHead.start)
        let promised = max(head.seq, chain.anchor?.seq ?? 0)
        if promised > chain.last {
            note(.tailMissing(chain.subject, seqs: (chain.last + 1)...promised))
        } else if head.seq < chain.last {
            note(.beyondHead(chain.subject, seqs: (head.seq + 1)...chain.last))
        } else if let link = chain.link, head.hash != link {
            note(.headDiffers(chain.subject, seq: chain.last))
        }
        self.chain = nil
    }

    private mutating func noteMissing(_ head: AuditHead) {
        guard head.seq > 0 else { return }
        note(.subjectMissing(head.subject, seqs: 1...head.seq))
    }

    private mutating func note(_ finding: AuditFinding) {
        findingCount += 1
        if findings.count < Self.findingLimit { findings.append(finding) }
    }
}

/// Where a chain stands: its last row's number and hash.
public struct AuditHead: Sendable, Hashable {
    public let subject: Subject
    public let seq: Int64
    public let hash: [UInt8]

    /// What the first row of every chain follows.
    static let start = [UInt8](repeating: 0, count: SHA256.length)
}

extension AuditRow {
    /// The hash of this row's content under the number `seq`, over the same bytes as `journal.audit_bytes`, version 1.
    func computedHash(at seq: Int64) -> [UInt8] {
        var bytes = CanonicalBytes("masthead audit 1")
        bytes.append(id)
        bytes.append(subject.kind.rawValue)
        bytes.append(subject.id)
        bytes.append(seq)
        bytes.append(raw: previous)
        bytes.append(at.microseconds)
        bytes.append(action)
        bytes.append(account ?? 0)
        bytes.append(via)
        bytes.append(systemUser)
        bytes.append(facts)
        return SHA256.hash(bytes.bytes)
    }
}

/// One encoding for what is hashed: texts as UTF-8 behind their length in four bytes, numbers in eight, big-endian.
struct CanonicalBytes {
    private(set) var bytes: [UInt8]

    /// `form`: name and version of what follows, so that no two forms share an encoding.
    init(_ form: StaticString) {
        bytes = Array("\(form)".utf8)
    }

    mutating func append(_ number: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func append(_ text: String) {
        let count = UInt32(text.utf8.count)
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes += text.utf8
    }

    mutating func append(raw more: [UInt8]) {
        bytes += more
    }
}
