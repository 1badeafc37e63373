internal import Postgres
internal import Values

/// How far a log was counted, and by what it is known again.
struct FileState: Sendable {
    let id: Int64
    let position: Int
    let lines: Int
    let tailLength: Int
    let tailHash: [UInt8]
    let behindUntil: Timestamp?

    static let columns: StaticString = "id, position, lines, tail_length, tail_hash, behind_until"

    init(_ row: inout Row) throws {
        id = try row.next()
        position = try row.next()
        lines = try row.next()
        tailLength = try row.next()
        tailHash = try row.next()
        behindUntil = try row.next()
    }

    /// Locks a file's row until the end of the transaction.
    static func locked(_ id: Int64, _ db: Connection) throws -> FileState? {
        try db.row("SELECT \(raw: columns) FROM audience.file_state WHERE id = \(id) FOR UPDATE") { try FileState(&$0) }
    }
}

/// A log's identity: its content, never its name or inode, which rotation, copies and compression change.
struct FileIdentity: Sendable {
    let path: String
    let head: [UInt8]
    private let key: HashKey

    init(path: String, key: HashKey) throws(LogSourceError) {
        self.path = path
        self.key = key
        head = try LogSource.head(path: path)
    }

    func hash(_ bytes: [UInt8]) -> [UInt8] { SipHash.hash128(bytes, key: key).bytes }

    /// What is known of logs that begin like this one.
    struct Candidate: Sendable {
        let state: FileState
        /// Where earlier batches ended, with length and hash of the bytes before; the latest first.
        let checkpoints: [(position: Int, length: Int, hash: [UInt8])]
    }

    func candidates(_ db: Connection) throws -> [Candidate] {
        let lengths = try db.rows(
            "SELECT DISTINCT head_length FROM audience.file_state WHERE head_length BETWEEN 1 AND \(head.count)"
        ) { try $0.next(Int.self) }
        let hashes = lengths.map { hash(Array(head.prefix($0))) }
        let states = try db.rows(
            """
            SELECT \(raw: FileState.columns) FROM audience.file_state
            WHERE (head_length, head_hash) IN (SELECT * FROM unnest(\(lengths)::bigint[], \(hashes)::bytea[]))
            ORDER BY position DESC, id
            """
        ) { try FileState(&$0) }
        return try states.map { state in
            let checkpoints = try db.rows(
                """
                SELECT to_position, tail_length, tail_hash FROM audience.ingest_batch
                WHERE file_id = \(state.id) ORDER BY to_position DESC LIMIT 1000
                """
            ) { (position: try $0.next(Int.self), length: try $0.next(Int.self), hash: try $0.next([UInt8].self)) }
            return Candidate(state: state, checkpoints: checkpoints)
        }
    }

    /// Which of the candidates this log is.
    ///
    /// It is one when the bytes before the position are those that were counted. A log that is shorter is one when it
    /// is the same up to the last batch that ended within it: a copy made earlier, whose lines have all been counted.
    func match(_ candidates: [Candidate], plan: ScanPlan) throws(LogSourceError) -> FileState? {
        for candidate in candidates {
            let state = candidate.state
            if let bytes = try tail(state.position, state.tailLength, plan) {
                if hash(bytes) == state.tailHash { return state }
                continue
            }
            guard head.count == LogSource.headBytes else { continue }
            var isCopy = true
            for checkpoint in candidate.checkpoints {
                guard let bytes = try tail(checkpoint.position, checkpoint.length, plan) else { continue }
                isCopy = hash(bytes) == checkpoint.hash
                break
            }
            if isCopy { return state }
        }
        return nil
    }

    /// The bytes before a position; nil when the log is shorter.
    private func tail(_ position: Int, _ length: Int, _ plan: ScanPlan) throws(LogSourceError) -> [UInt8]? {
        do throws(LogSourceError) {
            return Array(try LogSource(path: path, plan: plan, at: position).fingerprint.suffix(length))
        } catch {
            if case .shorter = error { return nil }
            throw error
        }
    }

    /// Makes a row for a new log; nil when another importer made one that begins alike meanwhile.
    func insert(unlessOtherThan seen: [Candidate], _ db: Connection) throws -> FileState? {
        try db.run("SELECT pg_advisory_xact_lock(hashtextextended('audience.file_state', 0))")
        guard try candidates(db).map(\.state.id) == seen.map(\.state.id) else { return nil }
        return try db.row(
            """
            INSERT INTO audience.file_state (name, head_length, head_hash, tail_hash)
            VALUES (\(name), \(head.count), \(hash(head)), \(hash([])))
            RETURNING \(raw: FileState.columns)
            """
        ) { try FileState(&$0) }
    }

    var name: String { String(decoding: path.utf8.prefix(4_096), as: UTF8.self) }
}
