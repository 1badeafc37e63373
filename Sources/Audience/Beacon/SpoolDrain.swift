internal import FoundationEssentials
public import Postgres
public import Values

/// Counts what a spool holds into the database, each record exactly once.
///
/// A run of records and the place behind it are committed together, as a log's lines and its offset are, so that a kill
/// at any moment loses nothing and doubles nothing. Any number may drain one spool at once: whoever comes second finds the
/// place moved and goes on from there. A database that was restored goes on from the place that it knows.
public struct SpoolDrain: Sendable {
    public struct Options: Sendable {
        /// The zone of a site that is new.
        public var zone: Zone
        public var now: Timestamp
        public var salts = SaltSource.random
        /// How much is counted between two commits.
        public var batchBytes = 4 * 1024 * 1024
        /// How long a segment is kept after its records were counted, in seconds; nil for ever.
        public var retention: Int64?
        public var missing = Missing.refuse

        public init(zone: Zone, now: Timestamp) {
            self.zone = zone
            self.now = now
        }
    }

    /// What to do about records that were removed before this database counted them: an older backup was restored.
    public enum Missing: Sendable {
        case refuse
        /// Goes on with the oldest there are, and keeps on record how many are lost.
        case skip
    }

    /// What was counted.
    public struct Report: Sendable, Equatable {
        public var records = 0
        public var views = 0
        public var openings = 0
        public var engagements = 0
        /// Beacons whose page-load id was there before.
        public var repeated = 0
        /// Not shown, bots, pages that aren't content.
        public var leftOut = 0
        public var unsessioned = 0
        public var withoutUniques = 0
        /// Records that were gone, when that was accepted.
        public var lost = 0
        /// Segments that were removed, because their time was up.
        public var removedSegments = 0

        public init() {}
    }

    private let database: Database
    private let folder: String
    private let options: Options

    public init(_ database: Database, folder: String, _ options: Options) {
        self.database = database
        self.folder = folder
        self.options = options
    }

    /// Counts until nothing is left.
    ///
    /// - Parameter progress: told how many records have been counted, after each commit.
    /// - Throws: ``SpoolError``; `AudienceError`: `spoolGone` where records are missing, `damagedState`, `contended`;
    ///   `PostgresError`. What was committed stays counted.
    public func run(progress: @Sendable (Int) -> Void = { _ in }) async throws -> Report {
        var report = Report()
        let reader = SpoolReader(folder: folder)
        let identity = try await Workers.detached { try reader.identity() }
        var state = try await ensure(identity, reader, &report)
        var refusals = 0
        while let round = try await next(state, reader) {
            if let outcome = try await commit(round) {
                report.add(outcome, records: round.items.count)
                progress(report.records)
                refusals = 0
            } else {
                refusals += 1
                guard refusals < LogImport.maximumAttempts else { throw AudienceError.contended(path: folder) }
            }
            state = try await ensure(identity, reader, &report)
        }
        if report.records > 0 { try await mergeSketches() }
        try await removeSegments(before: state.cursor, reader, &report)
        return report
    }

    /// Where the database stands, past what is missing where that was accepted.
    private func ensure(_ identity: UUID, _ reader: SpoolReader, _ report: inout Report) async throws -> SpoolState {
        guard let oldest = try await Workers.detached({ try reader.beginning() }) else {
            throw SpoolError.refused(path: folder, reason: "it has no segment")
        }
        let folder = folder
        let state: SpoolState
        let found = try await database.read { db in try SpoolState.find(identity, db) }
        if let known = found {
            state = known
        } else {
            // Also of a database that never saw this spool the records before its oldest segment are missing.
            let start = SpoolCursor(segment: 1, place: 0, next: 1)
            state = try await database.transaction { db in
                try SpoolState.ensure(identity, folder: folder, at: start, db)
            }
        }
        guard state.cursor.segment < oldest.segment else { return state }
        let missing = Int(oldest.next - min(oldest.next, state.cursor.next))
        guard missing == 0 || options.missing == .skip else {
            throw AudienceError.spoolGone(path: folder, records: missing)
        }
        let moved = try await database.transaction { db in try state.skip(to: oldest, db) }
        if moved { report.lost += missing }
        let stands = try await database.read { db in try SpoolState.find(identity, db) }
        return stands ?? state
    }

    /// The next run of records; nil when all were counted.
    private func next(_ state: SpoolState, _ reader: SpoolReader) async throws -> DrainRound? {
        let limit = options.batchBytes
        let (records, cursor) = try await Workers.detached { try reader.read(after: state.cursor, limit: limit) }
        guard let end = cursor, !records.isEmpty else { return nil }
        let items = try records.map { record in
            do {
                return DrainRound.Item(at: record.at, record: try BeaconRecord(bytes: record.payload))
            } catch {
                throw AudienceError.damagedState("record \(record.sequence) of the spool \(folder)")
            }
        }
        return DrainRound(spool: state, folder: folder, items: items, end: end, options: options)
    }

    /// Commits a round, and finds out what became of it when the connection broke at the worst moment.
    ///
    /// - Returns: nil when another was faster.
    private func commit(_ round: DrainRound) async throws -> DrainOutcome? {
        for attempt in 1...LogImport.maximumAttempts {
            do {
                try await database.transaction { try round.prepare($0) }
                return try await database.transaction { try round.write($0) }
            } catch is StalePosition {
                return nil
            } catch let error as PostgresError where error.sqlstate == "42P07" {
                // Another made the month's partitions at the same moment: they are there.
                guard attempt < LogImport.maximumAttempts else { throw error }
            } catch let error as PostgresError where error.mayHaveCommitted {
                guard attempt < LogImport.maximumAttempts else { throw error }
                if try await round.isCommitted(database) { return DrainOutcome() }
            }
        }
        return nil
    }

    /// Each run of records appends its sketches. Counting every few seconds makes thousands of them in a day, which every
    /// report would have to merge.
    private func mergeSketches() async throws {
        let waiting = try await database.read { db in
            try db.rows(
                """
                SELECT d.kind::text, d.period FROM audience.uniq_delta d JOIN audience.site s ON s.id = d.site
                WHERE s.meter = 'beacon' GROUP BY d.kind, d.period HAVING count(*) >= \(SpoolDrain.mostSketches)
                ORDER BY d.kind, d.period
                """
            ) { (kind: try $0.next(SaltSource.Kind.self), period: try $0.next(LocalDate.self)) }
        }
        for (kind, period) in waiting {
            try await database.transaction { db in
                try MergeSketches(kind: kind, period: period, site: nil).perform(db)
            }
        }
    }

    private static let mostSketches = 100

    /// What was counted isn't needed any more when no backup is as old.
    private func removeSegments(before cursor: SpoolCursor, _ reader: SpoolReader, _ report: inout Report) async throws
    {
        guard let retention = options.retention else { return }
        let before = options.now.adding(seconds: -retention)
        report.removedSegments += try await Workers.detached {
            try reader.remove(countedBefore: cursor, writtenBefore: before)
        }
    }
}

extension SpoolDrain.Report {
    fileprivate mutating func add(_ outcome: DrainOutcome, records: Int) {
        self.records += records
        views += outcome.views
        openings += outcome.openings
        engagements += outcome.engagements
        repeated += outcome.repeated
        leftOut += outcome.leftOut
        unsessioned += outcome.unsessioned
        withoutUniques += outcome.withoutUniques
    }

    /// What two passes counted.
    public mutating func add(_ other: SpoolDrain.Report) {
        records += other.records
        views += other.views
        openings += other.openings
        engagements += other.engagements
        repeated += other.repeated
        leftOut += other.leftOut
        unsessioned += other.unsessioned
        withoutUniques += other.withoutUniques
        lost += other.lost
        removedSegments += other.removedSegments
    }
}
