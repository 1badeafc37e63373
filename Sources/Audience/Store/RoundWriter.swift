internal import FoundationEssentials
internal import Postgres
internal import Values

/// What came out of a committed round beside its counts, by file.
struct RoundOutcome: Sendable {
    var unsessioned: [Int: Int] = [:]
    var withoutUniques: [Int: Int] = [:]
    var behindUntil: [Int: Timestamp] = [:]
    /// The contents that are known to be written, once the round is committed.
    var contents = KnownContents()
}

/// Writes one round. Its only state is what was read from the files, so it can run again after a rollback.
struct RoundWriter: Sendable {
    let round: ImportRound
    let options: LogImport.Options
    let contents: KnownContents

    private var hosts: [String] {
        Set(round.parts.flatMap { part in part.batch.buckets.map { part.batch.sites[Int($0.site)].host } }).sorted()
    }

    private var days: Set<LocalDate> {
        var days: Set<Int> = []
        for part in round.parts {
            for bucket in part.batch.buckets where bucket.start != 0 { days.insert(Int(bucket.day)) }
        }
        return Set(days.map { LocalDate(daysSince1970: $0) })
    }

    /// Makes what the batch will point at: sites, partitions, salts. In a transaction before, because a new partition
    /// takes a lock that would otherwise be held until the batch is written; what it makes does no harm if that fails.
    func prepare(_ db: Connection) throws {
        _ = try Site.ensure(hosts, zone: options.zone, db)
        let days = days
        var months = Set(days.map(Salts.month(of:)))
        for part in round.parts {
            for bucket in part.batch.buckets where bucket.start != 0 {
                months.insert(Salts.month(of: Zone.utc.date(at: Timestamp(seconds: bucket.start))))
            }
        }
        for month in months.sorted() { try db.run("SELECT audience.ensure_month(\(month))") }
        try Salts.ensure(days: days, from: options.salts, db)
    }

    /// - Throws: `StalePosition` when somebody else has counted the same lines.
    func write(_ db: Connection) throws -> RoundOutcome {
        let states = try lock(db)
        let sites = try Site.ensure(hosts, zone: options.zone, db)
        let ids = Dictionary(uniqueKeysWithValues: sites.map { ($0.host, $0.id) })
        try Self.lockVisits(sites.map(\.id), db)

        var outcome = RoundOutcome(contents: contents)
        var visits = VisitWriter(siteIds: ids, salts: try Salts(days: days, db))
        try visits.load(sites.map(\.id), db)
        for part in round.parts {
            let known = outcome.behindUntil[part.index] ?? states[part.fileId]?.behindUntil
            guard let behind = try part.from == 0 ? behindUntil(part, ids, db) : known else { continue }
            outcome.behindUntil[part.index] = behind
            try visits.load(part.batch.sites.compactMap { ids[$0.host] }, stream: part.fileId, db)
        }
        let writers = round.parts.map { RollupWriter($0.batch, siteIds: ids) }
        // Visits are worked out while the database takes in what doesn't depend on them.
        let counted = try Workers.alongside { [parts = round.parts, behind = outcome.behindUntil, visits] in
            CountedVisits(parts, writers, behindUntil: behind, visits)
        } _: {
            for writer in writers {
                try writer.writeMissing(db)
                try writer.writeContents(&outcome.contents, db)
            }
        }
        for (part, (writer, taken)) in zip(round.parts, zip(writers, counted.taken)) {
            let unsessioned = taken.unsessioned.values.reduce(0, +)
            outcome.unsessioned[part.index, default: 0] += unsessioned
            outcome.withoutUniques[part.index, default: 0] += taken.withoutUniques
            try insertBatch(
                part, unsessioned: unsessioned, withoutUniques: taken.withoutUniques,
                joined: outcome.behindUntil[part.index] == nil, db)
            try writer.writeLines(unsessioned: taken.unsessioned, db)
        }
        try counted.visits.write(db)
        for (writer, begun) in zip(writers, counted.begun) { try writer.writeCells(begun: begun, db) }
        try RollupWriter.writeEntries(counted.entries, counted.visits.book, db)
        for id in states.keys.sorted() { try moveFile(id, states[id], outcome, db) }
        try writeSpans(ids, db)
        return outcome
    }

    /// Whether the round was committed though nobody said so: then every file stands where it should.
    func isCommitted(_ database: Database) async throws -> Bool {
        let ends = Dictionary(round.parts.map { ($0.fileId, $0.to) }, uniquingKeysWith: max)
        let ids = ends.keys.sorted()
        let positions = try await database.read { db in
            try db.rows("SELECT id, position FROM audience.file_state WHERE id = ANY(\(ids)::bigint[])") {
                (try $0.next(Int64.self), try $0.next(Int.self))
            }
        }
        return positions.count == ends.count && positions.allSatisfy { ends[$0.0] == $0.1 }
    }

    /// Locks the files in one order and checks that each stands where its first part begins.
    private func lock(_ db: Connection) throws -> [Int64: FileState] {
        var starts: [Int64: ScannedPart] = [:]
        for part in round.parts where part.from <= starts[part.fileId]?.from ?? .max { starts[part.fileId] = part }
        var states: [Int64: FileState] = [:]
        for id in starts.keys.sorted() {
            guard let state = try FileState.locked(id, db), state.position == starts[id]?.from else {
                throw StalePosition(path: starts[id]?.identity.name ?? "")
            }
            states[id] = state
        }
        return states
    }

    /// One importer at a time per site: the open visits are one state, and all rows below are locked in peace.
    static func lockVisits(_ ids: [Int], _ db: Connection) throws {
        try db.run(
            """
            INSERT INTO audience.open_visits (site, stream, watermark, visits)
            SELECT site, 0, timestamptz '1970-01-01 00:00:00+00', ''::bytea FROM unnest(\(ids.sorted())::integer[]) AS site
            ON CONFLICT ON CONSTRAINT open_visits_pkey DO NOTHING
            """)
        _ = try db.rows(
            """
            SELECT site FROM audience.open_visits WHERE stream = 0 AND site = ANY(\(ids)::integer[])
            ORDER BY site FOR UPDATE
            """
        ) { try $0.next(Int.self) }
    }

    /// For the first part of a file that begins behind what its sites have counted: up to where its visits are its own.
    private func behindUntil(_ part: ScannedPart, _ ids: [String: Int], _ db: Connection) throws -> Timestamp? {
        let present = part.batch.sites.filter { $0.span != nil }
        guard let first = present.compactMap(\.span?.lowerBound).min() else { return nil }
        let sites = present.compactMap { ids[$0.host] }
        let watermark = try db.value(
            "SELECT max(watermark) FROM audience.open_visits WHERE stream = 0 AND site = ANY(\(sites)::integer[])",
            as: Timestamp?.self)
        guard let watermark = watermark ?? nil, first < watermark.seconds - OpenVisits.patience else { return nil }
        return watermark
    }

    private func insertBatch(
        _ part: ScannedPart, unsessioned: Int, withoutUniques: Int, joined: Bool, _ db: Connection
    ) throws {
        try db.run(
            """
            INSERT INTO audience.ingest_batch (file_id, from_position, to_position, lines, outcomes, unsessioned,
                without_uniques, joined, tail_length, tail_hash, rules)
            VALUES (\(part.fileId), \(part.from), \(part.to), \(part.lines), \(part.batch.accounting), \(unsessioned),
                \(withoutUniques), \(joined), \(part.tail.count), \(part.identity.hash(part.tail)),
                \(options.bots.version))
            """)
    }

    private func moveFile(_ id: Int64, _ state: FileState?, _ outcome: RoundOutcome, _ db: Connection) throws {
        let parts = round.parts.filter { $0.fileId == id }
        guard let state, let last = parts.max(by: { $0.to < $1.to }) else { return }
        let lines = parts.reduce(0) { $0 + $1.lines }
        let checkpoints =
            state.checkpoints.prefix(last.firstCheckpoint * 8) + last.checkpoints.flatMap(last.identity.checkpointHash)
        try db.run(
            """
            UPDATE audience.file_state
            SET position = \(last.to), lines = lines + \(lines), tail_length = \(last.tail.count),
                tail_hash = \(last.identity.hash(last.tail)), checkpoints = \(Array(checkpoints)),
                head_length = \(last.identity.head.count),
                head_hash = \(last.identity.hash(last.identity.head)), name = \(last.identity.name),
                behind_until = \(outcome.behindUntil[last.index]), changed_at = clock_timestamp()
            WHERE id = \(id)
            """)
    }

    /// What each file covers of each site.
    private func writeSpans(_ ids: [String: Int], _ db: Connection) throws {
        for part in round.parts {
            for site in part.batch.sites {
                guard let span = site.span, let id = ids[site.host] else { continue }
                try db.run(
                    """
                    INSERT INTO audience.file_span (file_id, site, first_at, last_at)
                    VALUES (\(part.fileId), \(id), \(Timestamp(seconds: span.lowerBound)),
                        \(Timestamp(seconds: span.upperBound)))
                    ON CONFLICT ON CONSTRAINT file_span_pkey DO UPDATE
                    SET first_at = least(file_span.first_at, excluded.first_at),
                        last_at = greatest(file_span.last_at, excluded.last_at)
                    """)
            }
        }
    }
}

/// The visits of a round, and what they come to.
private struct CountedVisits: Sendable {
    private(set) var visits: VisitWriter
    /// What was taken in of each part.
    private(set) var taken: [VisitWriter.Taken] = []
    /// For each part, how many visits began with each of its cells.
    private(set) var begun: [[Int]] = []
    /// What visits began with beside.
    private(set) var entries: [UInt64: Int]

    init(_ parts: [ScannedPart], _ writers: [RollupWriter], behindUntil: [Int: Timestamp], _ loaded: VisitWriter) {
        visits = loaded
        for part in parts {
            taken.append(visits.take(part.batch, ownStream: part.fileId, behindUntil: behindUntil[part.index]))
        }
        entries = visits.join()
        for writer in writers { begun.append(writer.begun(&entries, visits.book)) }
    }
}

extension BatchCount {
    /// The accounting of a batch as it is stored with it.
    var accounting: JSON {
        func counts(_ words: [(String, Int)]) -> JSON {
            .object(Dictionary(uniqueKeysWithValues: words.map { ($0.0, .integer(Int64($0.1))) }))
        }
        return .object([
            "classes": counts(classes.map { ($0.key.word, $0.value) }),
            "excluded": counts(excluded.map { ($0.key.word, $0.value) }),
            "rejected": counts(rejected.map { ($0.key.word, $0.value) }),
        ])
    }
}
