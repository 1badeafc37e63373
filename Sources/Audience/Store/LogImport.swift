public import Postgres
public import Values

/// Counts logs into the database, each line exactly once.
///
/// Every batch is one transaction that moves the file's position and the rollups together, so a kill at any moment loses
/// nothing and doubles nothing. Files of one import are merged by time: a visit may span two of them.
public struct LogImport: Sendable {
    private let database: Database
    private let options: Options

    public struct Options: Sendable {
        /// All lines belong to this site. Nil: to the virtual host they name, else to `defaultSite`.
        public var site: String?
        public var defaultSite = "localhost"
        /// The zone of a site that is new.
        public var zone: Zone
        public var bots: BotList
        public var now: Timestamp
        public var salts = SaltSource.random
        /// Secret of this process, for its tables.
        public var tableKey = HashKey(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
        public var workers = 2
        public var blockBytes = 256 * 1024
        /// How much is counted between two commits: large enough that cells of an hour come together, small enough for
        /// the memory.
        public var batchBytes = 512 * 1024 * 1024
        /// Counts a last line that no newline ends. Compressed logs are always final.
        public var isFinal = false

        public init(zone: Zone, bots: BotList, now: Timestamp) {
            self.zone = zone
            self.bots = bots
            self.now = now
        }
    }

    public init(_ database: Database, _ options: Options) {
        self.database = database
        self.options = options
    }

    /// What was counted of one file.
    public struct Report: Sendable, Equatable {
        public let path: String
        /// All lines of this log counted so far, with those of earlier imports.
        public var lines = 0
        public var newLines = 0
        public var rejected: [RejectReason: Int] = [:]
        public var excluded: [ExclusionRule: Int] = [:]
        public var classes: [ViewClass: Int] = [:]
        /// Views that came too late to join a visit, and views of periods closed for uniques.
        public var unsessioned = 0
        public var withoutUniques = 0
        public var views: Int { classes[.human] ?? 0 }
    }

    /// A log a day ahead of us has a wrong clock.
    static let futureTolerance: Int64 = 86_400
    /// Attempts at one batch when connections break or others commit to the same log.
    static let maximumAttempts = 10
    /// How much of a new log is looked at to see whether it is one.
    static let sampleBytes = 128 * 1024
    static let maximumFiles = 10_000

    /// Imports the files; the reports are in the order of the paths.
    ///
    /// - Parameter progress: told how many bytes of how many have been read, after each commit.
    /// - Throws: `LogSourceError` before anything is changed when one of them can't be read or isn't a log;
    ///   `PostgresError`.
    public func run(_ paths: [String], progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> [Report]
    {
        let plan = try await plan()
        try await Workers.detached { try paths.forEach { try LogSample.check($0, plan) } }

        var reports = paths.map { Report(path: $0) }
        var waiting = Array(paths.indices)
        var bytesBefore = 0
        // A log that can't be told from another one yet waits until that one is counted.
        for _ in 0...(paths.count + LogImport.maximumAttempts) where !waiting.isEmpty {
            let rounds = ImportRounds(
                files: try await identified(waiting, paths, plan), plan: plan, options: options, reports: reports)
            while let round = try await Workers.detached({ try rounds.next() }) {
                try await commit(round, rounds)
                progress(bytesBefore + rounds.bytesRead)
            }
            reports = rounds.reports
            waiting = rounds.deferred
            bytesBefore += rounds.bytesRead
        }
        if let index = waiting.first { throw AudienceError.contended(path: paths[index]) }
        try await database.transaction { _ = try ForgetSalts().perform($0) }
        return reports
    }

    private func identified(_ indices: [Int], _ paths: [String], _ plan: ScanPlan) async throws -> [ImportedFile] {
        let key = plan.identityKey
        let identities = try await Workers.detached { try indices.map { try FileIdentity(path: paths[$0], key: key) } }
        var files: [ImportedFile] = []
        for (index, identity) in zip(indices, identities) {
            files.append(ImportedFile(index: index, identity: identity, state: try await state(of: identity, plan)))
        }
        return files
    }

    private func plan() async throws -> ScanPlan {
        let options = options
        return try await database.read { try LogImport.plan(options, $0) }
    }

    /// How lines are read under these options: with the sites, clocks and secrets of this database.
    static func plan(_ options: Options, _ db: Connection) throws -> ScanPlan {
        let key = try db.value("SELECT identity_key FROM audience.secret", as: [UInt8].self)
        let sites = try Site.all(db)
        guard let key, let identity = HashKey(bytes: key) else { throw AudienceError.damagedState("secret") }
        let zone = options.zone
        let host = ScanSite.folded(options.site ?? options.defaultSite)
        let known = sites.first { $0.host == host }?.scanned
        let site = known ?? ScanSite(host: host) { zone.offset(at: Timestamp(seconds: $0)) }
        var plan = ScanPlan(
            site: site, isFixed: options.site != nil, known: sites.map(\.scanned), bots: options.bots,
            identityKey: identity, tableKey: options.tableKey,
            latest: options.now.seconds + LogImport.futureTolerance)
        plan.offsetOfNewSite = { zone.offset(at: Timestamp(seconds: $0)) }
        plan.workers = options.workers
        plan.blockBytes = options.blockBytes
        return plan
    }

    /// Finds out how far a log was counted. The log is read outside of any transaction; one that is new gets its row when
    /// its first lines are committed to.
    private func state(of identity: FileIdentity, _ plan: ScanPlan) async throws -> FileState? {
        if identity.head.isEmpty { return nil }
        for _ in 0..<LogImport.maximumAttempts {
            let candidates = try await database.read { try identity.candidates($0) }
            if let match = try await Workers.detached({ try identity.match(candidates, plan: plan) }) { return match }
            let new = try await database.transaction { try identity.insert(unlessOtherThan: candidates, $0) }
            if let new { return new }
        }
        throw AudienceError.contended(path: identity.path)
    }

    /// Commits a round, and finds out what became of it when the connection broke at the worst moment.
    private func commit(_ round: ImportRound, _ rounds: ImportRounds) async throws {
        let writer = RoundWriter(round: round, options: options)
        for attempt in 1...LogImport.maximumAttempts {
            do {
                try await database.transaction { try writer.prepare($0) }
                let outcome = try await database.transaction { try writer.write($0) }
                rounds.committed(round, outcome)
                return
            } catch let stale as StalePosition {
                // Another importer was faster: read on from where it came to.
                try await restart(rounds, round, stale)
                return
            } catch let error as PostgresError where error.mayHaveCommitted {
                guard attempt < LogImport.maximumAttempts else { throw error }
                if try await writer.isCommitted(database) {
                    rounds.committed(round, nil)
                    return
                }
            }
        }
    }

    private func restart(_ rounds: ImportRounds, _ round: ImportRound, _ stale: StalePosition) async throws {
        let ids = rounds.ids
        let states = try await database.read { db in
            try db.rows("SELECT \(raw: FileState.columns) FROM audience.file_state WHERE id = ANY(\(ids)::bigint[])") {
                try FileState(&$0)
            }
        }
        guard try await Workers.detached({ try rounds.restart(round, states) }) else {
            throw AudienceError.contended(path: stale.path)
        }
    }
}

/// A file's committed position isn't the one its lines were read from.
struct StalePosition: Error {
    let path: String
}

extension PostgresError {
    /// The connection broke, so that the transaction may or may not have been committed.
    fileprivate var mayHaveCommitted: Bool {
        switch self {
        case .commitOutcomeUnknown, .connection: true
        case .server(let error): error.sqlstateClass == "08" || error.sqlstate.hasPrefix("57P0")
        default: false
        }
    }
}
