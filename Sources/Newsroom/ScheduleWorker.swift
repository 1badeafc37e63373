public import Audience
public import Editorial
internal import Logging
internal import Postgres
internal import Synchronization
internal import Values

/// Does what is due, for as long as it runs. Any number of them share the work: what one does, the others don't.
public struct ScheduleWorker: Sendable {
    /// What a watcher is told.
    public enum Event: Sendable {
        case done(FireSchedule.Outcome)
        /// Something was kept in order; see `Upkeep`.
        case kept(Upkeep.Report)
        /// The database couldn't be reached or the connection was lost; it is tried again.
        case trouble(String)
    }

    private let newsroom: Newsroom
    private let systemUser: String
    private let tell: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - systemUser: whose process it is, for the audit.
    ///   - tell: called for each item, and for trouble.
    public init(_ newsroom: Newsroom, systemUser: String, tell: @escaping @Sendable (Event) -> Void) {
        self.newsroom = newsroom
        self.systemUser = systemUser
        self.tell = tell
    }

    /// Asks a running worker to look at once, or to end after the item it is at.
    public final class Bell: Sendable {
        let rings: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation
        private let stopping = Atomic(false)

        public init() {
            // One ring is as good as ten.
            (rings, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        }

        public func ring() { continuation.yield() }

        public func stop() {
            stopping.store(true, ordering: .sequentiallyConsistent)
            continuation.yield()
        }

        public var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }
    }

    /// Does what is due now, in the order it was to happen, and ends.
    ///
    /// - Throws: `PostgresError`, `SettingsError`.
    public func once() async throws {
        while case .some = try await next().item {}
        try await keep()
    }

    /// Works until the bell says stop. Wakes up when something is due, when a schedule changed, and after `poll` at the
    /// latest: a notification may be lost, the clock isn't.
    public func run(poll: Duration, bell: Bell) async throws {
        let events = try Database.listen(
            Database.Configuration(url: newsroom.addresses.listen), channels: ["masthead_schedule"],
            logger: newsroom.logger)
        let hearing = Task { for await _ in events { bell.ring() } }
        defer { hearing.cancel() }
        let keeping = Task { await keepHourly() }
        defer { keeping.cancel() }
        var rings = bell.rings.makeAsyncIterator()
        while !bell.isStopping {
            var pause = poll
            do {
                let (item, wait) = try await next()
                if item != nil { continue }
                // What is due and locked by somebody is looked at again soon.
                if let wait { pause = min(poll, max(wait, .milliseconds(50))) }
            } catch {
                tell(.trouble("\(error)"))
                pause = min(poll, .seconds(1))
            }
            let length = pause
            let alarm = Task {
                // Cancelled: somebody rang before. A ring from here would end the next pause as it begins, for ever.
                do { try await Task.sleep(for: length) } catch { return }
                bell.ring()
            }
            _ = await rings.next()
            alarm.cancel()
        }
    }

    /// Beside the schedule, never before it: an importer may keep it waiting, and what is due mustn't wait for that.
    private func keepHourly() async {
        while !Task.isCancelled {
            var pause = Self.upkeepInterval
            do {
                try await keep()
            } catch {
                if Task.isCancelled { return }
                tell(.trouble("\(error)"))
                pause = Self.upkeepRetry
            }
            // Cancelled: the worker ends.
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    private func keep() async throws {
        let report = try await Upkeep(retentionDays: newsroom.settings.viewsRetentionDays)
            .perform(newsroom.database)
        if !report.isEmpty { tell(.kept(report)) }
    }

    /// Secrets live for days and months are summed up by the hour: looking more often finds nothing.
    private static let upkeepInterval = Duration.seconds(3_600)
    private static let upkeepRetry = Duration.seconds(60)

    /// Does one item; nil and the time until the next when there is none.
    private func next() async throws -> (item: FireSchedule.Outcome?, wait: Duration?) {
        let work = FireSchedule(embeds: try newsroom.embeds(), systemUser: systemUser)
        let outcome = try await newsroom.database.transaction { db in try work.perform(db) }
        if case .idle(let seconds) = outcome { return (nil, seconds.map { .milliseconds(Int64($0 * 1_000) + 1) }) }
        tell(.done(outcome))
        return (outcome, nil)
    }
}
