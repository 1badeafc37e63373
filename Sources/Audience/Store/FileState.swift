internal import Postgres
internal import Values

/// How far a log was counted, and by what it is known again.
struct FileState: Sendable {
    let id: Int64
    let position: Int
    let lines: Int
    let tailLength: Int
    let tailHash: [UInt8]
    let checkpoints: [UInt8]
    let behindUntil: Timestamp?

    static let columns: StaticString = "id, position, lines, tail_length, tail_hash, checkpoints, behind_until"

    init(_ row: inout Row) throws {
        id = try row.next()
        position = try row.next()
        lines = try row.next()
        tailLength = try row.next()
        tailHash = try row.next()
        checkpoints = try row.next()
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
    /// What the log is called in the records.
    let name: String
    let head: [UInt8]
    private let key: HashKey

    init(_ input: LogInput, key: HashKey) throws(LogSourceError) {
        path = input.path
        name = String(decoding: input.name.utf8.prefix(4_096), as: UTF8.self)
        self.key = key
        head = try LogSource.head(path: path)
    }

    func hash(_ bytes: [UInt8]) -> [UInt8] { SipHash.hash128(bytes, key: key).bytes }

    /// What is known of logs that begin like this one.
    func candidates(_ db: Connection) throws -> [FileState] {
        let lengths = try db.rows(
            "SELECT DISTINCT head_length FROM audience.file_state WHERE head_length BETWEEN 1 AND \(head.count)"
        ) { try $0.next(Int.self) }
        let hashes = lengths.map { hash(Array(head.prefix($0))) }
        return try db.rows(
            """
            SELECT \(raw: FileState.columns) FROM audience.file_state
            WHERE (head_length, head_hash) IN (SELECT * FROM unnest(\(lengths)::bigint[], \(hashes)::bytea[]))
            ORDER BY position DESC, id
            """
        ) { try FileState(&$0) }
    }

    /// Which of the candidates this log is.
    ///
    /// It is one when the bytes before the position are those that were counted. A log that is shorter is one when it
    /// is the same at the last checkpoint within it: a copy made earlier, whose lines have all been counted.
    func match(_ candidates: [FileState], plan: ScanPlan) throws(LogSourceError) -> FileState? {
        for state in candidates {
            if let bytes = try tail(state.position, state.tailLength, plan) {
                if hash(bytes) == state.tailHash { return state }
            } else if try isOlderCopy(of: state, plan) {
                return state
            }
        }
        return nil
    }

    private func isOlderCopy(of state: FileState, _ plan: ScanPlan) throws(LogSourceError) -> Bool {
        guard head.count == LogSource.headBytes else { return false }
        for number in stride(from: state.checkpoints.count / 8 - 1, through: 0, by: -1) {
            guard let bytes = try tail(LogSource.checkpoint(number), LogSource.fingerprintBytes, plan) else { continue }
            return checkpointHash(bytes).elementsEqual(state.checkpoints[(number * 8)..<(number * 8 + 8)])
        }
        return true
    }

    /// What is kept of the bytes before a checkpoint.
    func checkpointHash(_ bytes: [UInt8]) -> ArraySlice<UInt8> { hash(bytes).prefix(8) }

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
    func insert(unlessOtherThan seen: [FileState], _ db: Connection) throws -> FileState? {
        try db.run("SELECT pg_advisory_xact_lock(hashtextextended('audience.file_state', 0))")
        guard try candidates(db).map(\.id) == seen.map(\.id) else { return nil }
        return try db.row(
            """
            INSERT INTO audience.file_state (name, head_length, head_hash, tail_hash)
            VALUES (\(name), \(head.count), \(hash(head)), \(hash([])))
            RETURNING \(raw: FileState.columns)
            """
        ) { try FileState(&$0) }
    }
}
