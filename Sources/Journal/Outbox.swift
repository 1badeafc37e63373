public import Postgres
public import Values

/// Effects to come: a row written with the change that causes it, worked off later by a worker.
public enum Outbox {
    /// Leaves an effect for a worker, inside the transaction that makes the change: neither happens without the other.
    ///
    /// - Parameters:
    ///   - type: what happened, `article.published`.
    ///   - version: of the payload's form, so that a newer worker still reads an older row.
    public static func put(
        _ db: Connection, type: String, version: Int = 1, subject: Subject, payload: JSON
    ) throws {
        try db.run(
            """
            INSERT INTO journal.outbox (type, version, subject_kind, subject_id, payload) \
            VALUES (\(type), \(version), \(subject.kind.rawValue), \(subject.id), \(payload))
            """)
    }
}
