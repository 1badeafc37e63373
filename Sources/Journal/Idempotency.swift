public import Postgres
internal import Sodium
internal import Values

/// Doing a thing once, however often it is asked for under the same key.
public enum Idempotency {
    public struct Answer: Sendable, Equatable {
        public let response: [UInt8]
        /// Whether this is the first answer given again.
        public let isRepeated: Bool
    }

    /// Longest key in bytes; clients send UUIDs or short names.
    public static let keyLimit = 255

    /// Runs `body` the first time a key is seen and keeps its answer; afterwards gives that answer again. Everything
    /// happens in the caller's transaction: a failure keeps nothing, and the key is free again.
    ///
    /// - Parameters:
    ///   - account: whose key it is: two accounts may use the same key.
    ///   - request: what was asked, in one byte form; the same key for other bytes is refused.
    /// - Throws: ``JournalError/keyUsedForAnotherRequest(key:)``, ``JournalError/badKey(_:)``, whatever `body` throws.
    public static func once(
        _ db: Connection, key: String, account: Int64?, request: [UInt8], _ body: () throws -> [UInt8]
    ) throws -> Answer {
        guard (1...keyLimit).contains(key.utf8.count) else { throw JournalError.badKey(key) }
        let requestHash = SHA256.hash(request)
        // Whoever comes second with the key waits here until the first has committed, then sees its answer. Two keys
        // that fall on one lock number only wait for each other.
        try db.run(
            """
            SELECT pg_advisory_xact_lock(hashtextextended(\(key)::text, coalesce(\(account)::bigint, 0)))
            """)
        let earlier = try db.row(
            """
            SELECT request_hash, response FROM journal.idempotency_key \
            WHERE key = \(key) AND account IS NOT DISTINCT FROM \(account)::bigint
            """
        ) { row in (hash: try row.next([UInt8].self), response: try row.next([UInt8].self)) }
        if let earlier {
            guard earlier.hash == requestHash else { throw JournalError.keyUsedForAnotherRequest(key: key) }
            return Answer(response: earlier.response, isRepeated: true)
        }
        let response = try body()
        try db.run(
            """
            INSERT INTO journal.idempotency_key (account, key, request_hash, response) \
            VALUES (\(account), \(key), \(requestHash), \(response))
            """)
        return Answer(response: response, isRepeated: false)
    }
}
