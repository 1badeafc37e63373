public import Postgres
public import Values

/// What was done, in one chain per subject: each row's hash covers the row before it.
///
/// The database computes the chain in `journal.append`, under a lock on the subject's head; the app role can write
/// neither rows nor heads in any other way. What it says is the caller's word, so a forged row is detected by its
/// author and origin, not prevented.
public enum Audit {
    /// Appends to a subject's chain, inside the transaction that makes the change.
    ///
    /// - Parameters:
    ///   - action: noun and past verb, `article.published`.
    ///   - facts: ids and hashes only, never a name, an address or a text: erasing a person must break no chain.
    /// - Returns: the row's number in its chain, from 1.
    @discardableResult
    public static func append(
        _ db: Connection, _ subject: Subject, _ action: String, by origin: Origin, facts: [String: JSON] = [:]
    ) throws -> Int64 {
        let seq = try db.value(
            """
            SELECT journal.append(\(subject.kind.rawValue), \(subject.id), \(action), \(origin.account), \
            \(origin.via), \(origin.systemUser), \(JSON.object(facts)))
            """, as: Int64.self)
        guard let seq else { throw PostgresError.decode("journal.append answered without a row") }
        return seq
    }

    /// The latest rows, newest first; `before` is the id of the last row already seen.
    public static func tail(
        _ db: Connection, subject: Subject? = nil, before: Int64? = nil, limit: Int
    ) throws -> [AuditRow] {
        var query: SQL = "SELECT \(raw: AuditRow.columns) FROM journal.audit AS a WHERE true"
        if let subject {
            query = query + " AND a.subject_kind = \(subject.kind.rawValue) AND a.subject_id = \(subject.id)"
        }
        if let before { query = query + " AND a.id < \(before)" }
        return try db.rows(query + " ORDER BY a.id DESC LIMIT \(limit)") { try AuditRow(&$0) }
    }
}

/// One row of a chain, as it is stored.
public struct AuditRow: Sendable, Hashable {
    public let id: Int64
    public let subject: Subject
    /// The number in its subject's chain, from 1 without gaps.
    public let seq: Int64
    /// The hash of the row before; 32 zero bytes at the first.
    public let previous: [UInt8]
    public let hash: [UInt8]
    public let at: Timestamp
    public let action: String
    public let account: Int64?
    /// As stored, not as ``Via``: a changed row has to be readable to be named.
    public let via: String
    public let systemUser: String
    /// A JSON object, in the exact text that was hashed.
    public let facts: String

    static let columns: StaticString = """
        a.id, a.subject_kind, a.subject_id, a.seq, a.previous, a.hash, a.at, a.action, a.account, a.via, a.os_user, \
        a.facts::text
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        subject = try Subject(Subject.Kind(rawValue: row.next()), row.next())
        seq = try row.next()
        previous = try row.next()
        hash = try row.next()
        at = try row.next()
        action = try row.next()
        account = try row.next()
        via = try row.next()
        systemUser = try row.next()
        facts = try row.next()
    }
}
