public import Postgres
internal import Values

/// What a walk over every chain found.
public struct AuditReport: Sendable {
    public let rows: Int
    public let chains: Int
    /// In the order of the chains, the first thousand.
    public let findings: [AuditFinding]
    /// All of them, also those that `findings` has no room for.
    public let findingCount: Int
    /// Whether it was held against an anchor. Without one, a tail or a subject deleted together with its head, and a
    /// chain computed anew by whoever owns the database, can't be seen.
    public let isAnchored: Bool

    public var isSound: Bool { findingCount == 0 }
}

extension Audit {
    /// Rows between two calls of `progress`.
    private static let progressStep = 10_000

    /// Walks every chain and computes each hash again, independently of the database's own function.
    ///
    /// Run it in a `read` unit: rows, heads and anchor are then seen as of one instant, and appending goes on.
    /// Memory stays that of one row and the anchor, however long the chains are.
    public static func verify(
        _ db: Connection, anchor: AuditAnchor? = nil, progress: (_ rows: Int) -> Void = { _ in }
    ) throws -> AuditReport {
        var walk = AuditWalk(anchored: anchor?.heads ?? [])
        try db.forEach(
            """
            SELECT \(raw: AuditRow.columns), h.seq, h.hash FROM journal.audit AS a \
            LEFT JOIN journal.audit_head AS h ON h.subject_kind = a.subject_kind AND h.subject_id = a.subject_id \
            ORDER BY a.subject_kind, a.subject_id, a.seq
            """
        ) { row in
            let stored = try AuditRow(&row)
            let seq = try row.next(Int64?.self)
            let hash = try row.next([UInt8]?.self)
            var head: AuditHead?
            if let seq, let hash { head = AuditHead(subject: stored.subject, seq: seq, hash: hash) }
            walk.take(stored, head: head)
            if walk.rows.isMultiple(of: progressStep) { progress(walk.rows) }
        }
        walk.finish()
        try db.forEach(
            """
            SELECT \(raw: AuditHead.columns) FROM journal.audit_head AS h WHERE NOT EXISTS (\
            SELECT FROM journal.audit AS a WHERE a.subject_kind = h.subject_kind AND a.subject_id = h.subject_id) \
            ORDER BY h.subject_kind, h.subject_id
            """
        ) { row in walk.takeBare(try AuditHead(&row)) }
        return AuditReport(
            rows: walk.rows, chains: walk.chains, findings: walk.findings, findingCount: walk.findingCount,
            isAnchored: anchor != nil)
    }
}

extension AuditHead {
    static let columns: StaticString = "h.subject_kind, h.subject_id, h.seq, h.hash"

    init(_ row: inout Row) throws {
        subject = try Subject(Subject.Kind(rawValue: row.next()), row.next())
        seq = try row.next()
        hash = try row.next()
    }
}
