internal import FoundationEssentials
internal import Postgres
internal import Values

/// How far a spool was counted, as the database has it.
struct SpoolState: Sendable {
    let id: Int
    let cursor: SpoolCursor

    private static let columns: StaticString = "id, segment, place, next"

    private init(_ row: inout Row) throws {
        id = try row.next()
        cursor = SpoolCursor(
            segment: UInt64(try row.next(Int64.self)), place: try row.next(), next: UInt64(try row.next(Int64.self)))
    }

    static func find(_ identity: UUID, _ db: Connection) throws -> SpoolState? {
        try db.row("SELECT \(raw: columns) FROM audience.spool WHERE identity = \(identity)") { try SpoolState(&$0) }
    }

    /// Makes the row of a spool that is new, which begins at a place; whoever comes second takes the first's.
    static func ensure(_ identity: UUID, folder: String, at start: SpoolCursor, _ db: Connection) throws -> SpoolState {
        if let known = try find(identity, db) { return known }
        try db.run(
            """
            INSERT INTO audience.spool (identity, folder, segment, place, next)
            VALUES (\(identity), \(folder), \(Int64(start.segment)), \(start.place), \(Int64(start.next)))
            ON CONFLICT ON CONSTRAINT spool_identity_unique DO NOTHING
            """)
        guard let made = try find(identity, db) else { throw AudienceError.damagedState("place of the spool") }
        return made
    }

    /// Locks a spool's row until the end of the transaction.
    static func locked(_ id: Int, _ db: Connection) throws -> SpoolState? {
        try db.row("SELECT \(raw: columns) FROM audience.spool WHERE id = \(id) FOR UPDATE") { try SpoolState(&$0) }
    }

    /// Goes on at the oldest record there is, and keeps on record how many before it are lost.
    ///
    /// - Returns: false when somebody else moved the spool meanwhile.
    func skip(to oldest: SpoolCursor, _ db: Connection) throws -> Bool {
        guard let locked = try SpoolState.locked(id, db), locked.cursor == cursor else { return false }
        if oldest.next > cursor.next {
            try db.run(
                """
                INSERT INTO audience.spool_batch (spool, from_sequence, to_sequence, records, lost, outcomes,
                    unsessioned, without_uniques)
                VALUES (\(id), \(Int64(cursor.next)), \(Int64(oldest.next)), 0, \(Int64(oldest.next - cursor.next)),
                    '{}', 0, 0)
                """)
        }
        try db.run(
            """
            UPDATE audience.spool SET segment = \(Int64(oldest.segment)), place = 0, next = \(Int64(oldest.next)),
                changed_at = clock_timestamp() WHERE id = \(id)
            """)
        return true
    }
}
