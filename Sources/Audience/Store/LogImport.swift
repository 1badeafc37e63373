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
        /// What the parts of a request are called in JSON lines.
        public var fields = JSONFields.standard
        /// Whose word on where a request came from is believed.
        public var proxies = TrustedPeers.none
        public var now: Timestamp
        public var salts = SaltSource.random
        /// Secret of this process, for its tables.
        public var tableKey = HashKey(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
        public var workers = 2
        public var blockBytes = 256 * 1024
        /// How much is counted between two commits: large enough that cells of an hour come together, small enough for
        /// the memory, which holds what is being written and what is scanned meanwhile.
        public var batchBytes = 32 * 1024 * 1024
        /// Counts a last line that no newline ends. Compressed logs are always final.
        public var isFinal = false
        /// Passes over logs of which nothing was counted before.
        var onlyKnown = false

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
        /// How it is written; nil while it has no line.
        public var form: LogForm?
        /// All lines of this log counted so far, with those of earlier imports.
        public var lines = 0
        public var newLines = 0
        /// The sites that its lines were counted for before, where `Options.site` names another one. A line counts once,
        /// so none of those counts for it.
        public var countedFor: [String] = []
        public var rejected: [RejectReason: Int] = [:]
        public var excluded: [ExclusionRule: Int] = [:]
        public var classes: [ViewClass: Int] = [:]
        /// Views that came too late to join a visit, and views of periods closed for uniques.
        public var unsessioned = 0
        public var withoutUniques = 0
        public var views: Int { classes[.human] ?? 0 }

        /// Adds what a later import counted of the same file.
        public mutating func add(_ later: Report) {
            form = later.form ?? form
            lines = later.lines
            newLines += later.newLines
            countedFor = later.countedFor
            rejected.merge(later.rejected, uniquingKeysWith: +)
            excluded.merge(later.excluded, uniquingKeysWith: +)
            classes.merge(later.classes, uniquingKeysWith: +)
            unsessioned += later.unsessioned
            withoutUniques += later.withoutUniques
        }

        fileprivate mutating func add(_ part: ScannedPart) {
            lines += part.lines
            newLines += part.lines
            rejected.merge(part.batch.rejected, uniquingKeysWith: +)
            excluded.merge(part.batch.excluded, uniquingKeysWith: +)
            classes.merge(part.batch.classes, uniquingKeysWith: +)
        }
    }

    /// A log a day ahead of us has a wrong clock.
    static let futureTolerance: Int64 = 86_400
    /// Attempts at one batch when connections break or others commit to the same log.
    static let maximumAttempts = 10
    /// How much of a new log is looked at to see whether it is one.
    static let sampleBytes = 128 * 1024
    static let maximumFiles = 10_000

    /// Imports the files; the reports are in their order.
    ///
    /// - Parameter progress: told how many bytes have been read, after each commit.
    /// - Throws: `LogSourceError` before anything is changed when one of them can't be read or isn't a log;
    ///   `PostgresError`.
    public func run(_ inputs: [LogInput], progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws
        -> [Report]
    {
        do {
            return try await count(inputs, progress)
        } catch let error as LogSourceError {
            throw error.named(inputs)
        }
    }

    public func run(_ paths: [String], progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> [Report]
    {
        try await run(paths.map { LogInput(path: $0) }, progress: progress)
    }

    private func count(_ inputs: [LogInput], _ progress: @escaping @Sendable (Int) -> Void) async throws -> [Report] {
        let plan = try await plan()
        let forms = try await Workers.detached { try inputs.map { try LogSample.check($0.path, plan) } }

        var reports = zip(inputs, forms).map { Report(path: $0.name, form: $1) }
        var waiting = Array(inputs.indices)
        var bytes = 0
        var contents = KnownContents()
        // A log that can't be told from another one yet waits until that one is counted.
        for _ in 0...(inputs.count + LogImport.maximumAttempts) where !waiting.isEmpty {
            let files = try await identified(waiting, inputs, plan)
            let others = try await countedForOthers(files)
            for file in files {
                reports[file.index].lines = file.state?.lines ?? 0
                reports[file.index].countedFor = file.state.flatMap { others[$0.id] } ?? []
            }
            let rounds = ImportRounds(files: files, plan: plan, options: options)
            var next = try await Workers.detached { try rounds.next() }
            while let round = next {
                // The next round is scanned while this one is written.
                async let ahead = Workers.detached { try rounds.next() }
                switch try await commit(round, contents) {
                case .committed(let outcome):
                    for part in round.parts { reports[part.index].add(part) }
                    for (index, late) in outcome.unsessioned { reports[index].unsessioned += late }
                    for (index, views) in outcome.withoutUniques { reports[index].withoutUniques += views }
                    contents = outcome.contents
                    bytes += round.bytes
                    progress(bytes)
                    next = try await ahead
                case .overtaken(let path):
                    _ = try? await ahead
                    for (index, lines) in try await restart(rounds, round, path) { reports[index].lines = lines }
                    next = try await Workers.detached { try rounds.next() }
                }
            }
            waiting = rounds.deferred
        }
        if let index = waiting.first { throw AudienceError.contended(path: inputs[index].name) }
        try await database.transaction { db in
            _ = try ForgetSalts().perform(db)
            _ = try Upkeep().makeMonths(db)
        }
        return reports
    }

    private func identified(_ indices: [Int], _ inputs: [LogInput], _ plan: ScanPlan) async throws -> [ImportedFile] {
        let key = plan.identityKey
        let identities = try await Workers.detached { try indices.map { try FileIdentity(inputs[$0], key: key) } }
        var files: [ImportedFile] = []
        for (index, identity) in zip(indices, identities) {
            files.append(ImportedFile(index: index, identity: identity, state: try await state(of: identity, plan)))
        }
        return files
    }

    /// Logs that were counted for other sites than the one their lines are said to be of, by their number.
    private func countedForOthers(_ files: [ImportedFile]) async throws -> [Int64: [String]] {
        guard let site = options.site.map(ScanSite.folded) else { return [:] }
        let ids = files.compactMap { file in file.state.flatMap { $0.lines > 0 ? $0.id : nil } }
        if ids.isEmpty { return [:] }
        let spans = try await database.read { db in
            try db.rows(
                """
                SELECT f.file_id, array_agg(s.host ORDER BY s.host) FROM audience.file_span f
                JOIN audience.site s ON s.id = f.site WHERE f.file_id = ANY(\(ids)::bigint[]) GROUP BY f.file_id
                """
            ) { (try $0.next(Int64.self), try $0.next([String].self)) }
        }
        return Dictionary(uniqueKeysWithValues: spans).filter { !$0.value.contains(site) }
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
        plan.fields = options.fields
        plan.proxies = options.proxies
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
            if options.onlyKnown { return nil }
            let new = try await database.transaction { try identity.insert(unlessOtherThan: candidates, $0) }
            if let new { return new }
        }
        throw AudienceError.contended(path: identity.name)
    }

    private enum RoundEnd {
        case committed(RoundOutcome)
        /// Another importer was faster with the file at this path.
        case overtaken(path: String)
    }

    /// Commits a round, and finds out what became of it when the connection broke at the worst moment.
    private func commit(_ round: ImportRound, _ contents: KnownContents) async throws -> RoundEnd {
        let writer = RoundWriter(round: round, options: options, contents: contents)
        for _ in 1..<LogImport.maximumAttempts {
            do {
                return try await write(writer)
            } catch let error as PostgresError where error.mayHaveCommitted {
                if try await writer.isCommitted(database) { return .committed(RoundOutcome(contents: contents)) }
            }
        }
        return try await write(writer)
    }

    private func write(_ writer: RoundWriter) async throws -> RoundEnd {
        do {
            try await database.transaction { try writer.prepare($0) }
            return .committed(try await database.transaction { try writer.write($0) })
        } catch let stale as StalePosition {
            return .overtaken(path: stale.path)
        }
    }

    /// Reads on from where the other importer came to.
    ///
    /// - Returns: how many lines of each file are counted now.
    private func restart(_ rounds: ImportRounds, _ round: ImportRound, _ path: String) async throws -> [Int: Int] {
        let ids = rounds.ids
        let states = try await database.read { db in
            try db.rows("SELECT \(raw: FileState.columns) FROM audience.file_state WHERE id = ANY(\(ids)::bigint[])") {
                try FileState(&$0)
            }
        }
        guard try await Workers.detached({ try rounds.restart(round, states) }) else {
            throw AudienceError.contended(path: path)
        }
        let lines = Dictionary(uniqueKeysWithValues: states.map { ($0.id, $0.lines) })
        return Dictionary(
            round.parts.compactMap { part in lines[part.fileId].map { (part.index, $0) } }, uniquingKeysWith: { $1 })
    }
}

/// A file's committed position isn't the one its lines were read from.
struct StalePosition: Error {
    let path: String
}

extension PostgresError {
    /// The connection broke, so that the transaction may or may not have been committed.
    var mayHaveCommitted: Bool {
        switch self {
        case .commitOutcomeUnknown, .connection: true
        case .server(let error): error.sqlstateClass == "08" || error.sqlstate.hasPrefix("57P0")
        default: false
        }
    }
}
