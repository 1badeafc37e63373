public import Postgres

/// Counts logs as they grow, through whatever rotates them.
///
/// A log is held open, so that what its writer adds after it was renamed or deleted is counted as well; the new file of
/// its name is taken up beside it. What a log that was copied and emptied had in between is looked for in the copy.
/// Everything goes through `LogImport`, which knows a log by its content: what is read twice is counted once.
public actor LogFollower {
    public enum Event: Sendable {
        case counted(LogImport.Report)
        /// A log can't be read. Said once until that changes.
        case unreadable(LogSourceError)
        /// The database can't be used; what was logged meanwhile is counted when it can. Said once until that changes.
        case trouble(String)
    }

    private struct Followed {
        let name: String
        /// The newest last.
        var open: [OpenLog] = []
        var complaint: LogSourceError?
        /// Logs beside it are looked at once, for what they had while nobody followed.
        var isNew = true
    }

    /// A renamed log that was quiet for so long isn't written to any more.
    static let linger = Duration.seconds(60)
    /// Rotated logs that are still held open, of one name.
    private static let heldAtMost = 8

    private let database: Database
    private let options: @Sendable () throws -> LogImport.Options
    private let tell: @Sendable (Event) -> Void
    private let linger: Duration
    private var followed: [Followed]
    private var isInTrouble = false

    /// - Parameters:
    ///   - paths: of logs, which needn't be there yet.
    ///   - options: asked for anew before each pass, for the clock that is in them.
    public init(
        _ paths: [String], database: Database, options: @escaping @Sendable () throws -> LogImport.Options,
        tell: @escaping @Sendable (Event) -> Void
    ) {
        self.init(paths, database: database, linger: LogFollower.linger, options: options, tell: tell)
    }

    init(
        _ paths: [String], database: Database, linger: Duration,
        options: @escaping @Sendable () throws -> LogImport.Options, tell: @escaping @Sendable (Event) -> Void
    ) {
        followed = paths.map { Followed(name: $0) }
        self.database = database
        self.linger = linger
        self.options = options
        self.tell = tell
    }

    /// Follows until the task is cancelled. What wasn't committed by then is counted by whoever counts the log next.
    public func run(every pause: Duration) async throws {
        var wait = pause
        while !Task.isCancelled {
            do {
                try await pass()
                isInTrouble = false
                wait = pause
            } catch let error as PostgresError {
                if Task.isCancelled { return }
                guard error.isPassing else { throw error }
                if !isInTrouble { tell(.trouble("\(error)")) }
                isInTrouble = true
                wait = min(wait * 2, max(pause, .seconds(30)))
            } catch is CancellationError {
                return
            }
            // Cancelled, it ends in the next round.
            try? await Task.sleep(for: wait)
        }
    }

    /// Counts what has come to the logs since the last pass.
    ///
    /// - Throws: `PostgresError`.
    public func pass() async throws {
        var changed: [(log: OpenLog, state: OpenLog.State)] = []
        for index in followed.indices {
            open(index)
            if followed[index].isNew { try await countCopies(of: followed[index].name) }
            followed[index].isNew = false
            for log in followed[index].open {
                guard let state = log.state(), state != log.counted else { continue }
                // Emptied where it stands: what it had is in a copy.
                if let before = log.counted, state.size < before.size { try await countCopies(of: log.name) }
                changed.append((log, state))
            }
        }
        // Together, so that a visit that goes over from one log to another is one.
        let inputs = changed.map { LogInput(path: $0.log.path, name: $0.log.name) }
        var reports = try await count(inputs)
        if reports == nil {
            reports = []
            for input in inputs { reports?.append(contentsOf: try await count([input]) ?? []) }
        }
        for (log, state) in changed {
            // Emptied, and longer again by now than it was.
            if let before = log.counted, before.size > 0, state.size >= before.size,
                reports?.contains(where: { $0.path == log.name && $0.lines == $0.newLines && $0.lines > 0 }) == true
            {
                try await countCopies(of: log.name)
            }
            log.counted = state
            log.quietSince = nil
        }
        try await letGo()
    }

    /// Counts what logs beside this one have that was begun to be counted and isn't yet.
    private func countCopies(of name: String) async throws {
        for copy in LogFollower.copies(of: name) { try await count([copy], continuing: true) }
    }

    /// Takes up the file that has the log's name now, when it is another one.
    private func open(_ index: Int) {
        let name = followed[index].name
        let current = OpenLog.identity(of: name)
        if let current, current == followed[index].open.last?.identity { return }
        do throws(LogSourceError) {
            guard let log = try OpenLog(name) else { return }
            // The number of a deleted file may be given to the next one: held open, it isn't.
            if !followed[index].open.contains(where: { $0.identity == log.identity }) {
                followed[index].open.append(log)
            }
            followed[index].complaint = nil
        } catch {
            complain(error, index)
        }
    }

    private func complain(_ error: LogSourceError, _ index: Int) {
        if followed[index].complaint == error { return }
        followed[index].complaint = error
        tell(.unreadable(error))
    }

    /// Counts logs in one import; nil when one of them can't be read, which is told when it is the only one.
    @discardableResult private func count(_ inputs: [LogInput], continuing: Bool = false, isFinal: Bool = false)
        async throws -> [LogImport.Report]?
    {
        if inputs.isEmpty { return [] }
        var options = try options()
        options.onlyKnown = continuing
        options.isFinal = isFinal
        do {
            let reports = try await LogImport(database, options).run(inputs)
            for report in reports where report.newLines > 0 { tell(.counted(report)) }
            for index in followed.indices where inputs.contains(where: { $0.name == followed[index].name }) {
                followed[index].complaint = nil
            }
            return reports
        } catch let error as LogSourceError {
            if inputs.count == 1, let index = followed.firstIndex(where: { $0.name == inputs[0].name }) {
                complain(error, index)
            }
            return nil
        }
    }

    /// Lets go of renamed and deleted logs that nobody writes to any more. Their last line needs no newline.
    private func letGo() async throws {
        let now = ContinuousClock.now
        for index in followed.indices {
            var left = followed[index].open
            let isThere = OpenLog.identity(of: followed[index].name) != nil
            for log in isThere ? left.dropLast() : left[...] {
                guard let since = log.quietSince else {
                    log.quietSince = now
                    continue
                }
                guard now - since >= linger || left.count > LogFollower.heldAtMost else { continue }
                try await count([LogInput(path: log.path, name: log.name)], isFinal: true)
                left.removeAll { $0 === log }
            }
            followed[index].open = left
        }
    }

    /// Files beside a log whose names begin with its own, where rotation puts copies.
    static func copies(of name: String) -> [LogInput] {
        let slash = name.lastIndex(of: "/")
        let folder = slash.map { String(name[...$0]) } ?? "./"
        let file = slash.map { String(name[name.index(after: $0)...]) } ?? name
        let names = (try? Descriptor.names(in: folder)) ?? []
        return names.filter { $0 != file && ($0.hasPrefix(file + ".") || $0.hasPrefix(file + "-")) }.sorted()
            .map { LogInput(path: (slash == nil ? "" : folder) + $0) }
    }
}

extension PostgresError {
    /// Whether it may go by itself: the server is away, full or being restarted.
    fileprivate var isPassing: Bool {
        switch self {
        case .commitOutcomeUnknown, .connection, .pool: true
        case .server(let error): ["08", "53", "57", "40", "58"].contains(error.sqlstateClass)
        default: false
        }
    }
}
