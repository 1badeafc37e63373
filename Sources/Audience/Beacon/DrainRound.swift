internal import FoundationEssentials
internal import Postgres
internal import Values

/// What came of one committed run of records.
struct DrainOutcome: Sendable {
    var views = 0
    var openings = 0
    /// Beacons of how a load is read; `unmatched` of loads that nothing is known of.
    var engagements = 0
    var unmatched = 0
    var repeated = 0
    /// Views that are none by another rule, and views of other classes than human.
    var leftOut = 0
    var unsessioned = 0
    var withoutUniques = 0
}

/// Counts a run of records in one transaction. Its only state is what was read from the spool, so it can run again after
/// a rollback.
struct DrainRound: Sendable {
    struct Item: Sendable {
        let at: Timestamp
        let record: BeaconRecord
    }

    let spool: SpoolState
    let folder: String
    let items: [Item]
    /// Behind the last item.
    let end: SpoolCursor
    let options: SpoolDrain.Options

    private var hosts: [String] { Set(items.map(\.record.host)).sorted() }
    private var latest: Int64 { options.now.seconds + LogImport.futureTolerance }

    /// Makes what the rows will point at, in a transaction before, as `RoundWriter` does.
    func prepare(_ db: Connection) throws {
        let sites = try BeaconSite.ensure(hosts, zone: options.zone, db)
        var months: Set<LocalDate> = []
        for bucket in Set(buckets(sites).values) {
            months.insert(Salts.month(of: LocalDate(daysSince1970: Int(bucket.day))))
            months.insert(Salts.month(of: Zone.utc.date(at: Timestamp(seconds: bucket.start))))
        }
        for month in months.sorted() { try db.run("SELECT audience.ensure_month(\(month))") }
        try Salts.ensure(days: days(sites), from: options.salts, db)
    }

    private func days(_ sites: [String: BeaconSite]) -> Set<LocalDate> {
        Set(buckets(sites).values.map { LocalDate(daysSince1970: Int($0.day)) })
    }

    /// The local hours of the items that aren't from the future, by their index.
    private func buckets(_ sites: [String: BeaconSite]) -> [Int: Bucket] {
        var buckets: [Int: Bucket] = [:]
        for (index, item) in items.enumerated() where item.at.seconds <= latest {
            guard let zone = sites[item.record.host]?.zone else { continue }
            buckets[index] = SiteCalendar.bucket(item.at.seconds, site: 0) {
                zone.offset(at: Timestamp(seconds: $0))
            }
        }
        return buckets
    }

    /// - Throws: `StalePosition` when somebody else has counted the same records.
    func write(_ db: Connection) throws -> DrainOutcome {
        guard let state = try SpoolState.locked(spool.id, db), state.cursor == spool.cursor else {
            throw StalePosition(path: folder)
        }
        let sites = try BeaconSite.ensure(hosts, zone: options.zone, db)
        try RoundWriter.lockVisits(sites.values.map(\.id), db)
        let salts = try Salts(days: days(sites), db)
        let key = try HashKey.lasting(db)
        let keys = items.compactMap { item in
            sites[item.record.host].map { LoadBook.Key(site: $0.id, load: item.record.load) }
        }
        var book = try LoadStore.load(Set(keys), db)
        var outcome = DrainOutcome()
        let batch = count(sites, salts, key, &book, &outcome)

        let ids = sites.mapValues(\.id)
        var visits = VisitWriter(siteIds: ids, salts: salts)
        try visits.load(ids.values, db)
        let taken = visits.take(batch)
        visits.take(book.engaged)
        outcome.unsessioned = taken.unsessioned.values.reduce(0, +)
        outcome.withoutUniques = taken.withoutUniques
        let rollups = RollupWriter(batch, siteIds: ids)
        try rollups.writeLines(unsessioned: taken.unsessioned, db)
        var entries = visits.join()
        try visits.write(db)
        var contents = KnownContents()
        try rollups.writeContents(&contents, db)
        try rollups.writeCells(begun: rollups.begun(&entries, visits.book), db)
        try RollupWriter.writeEntries(entries, visits.book, db)
        try LoadStore.writeAmounts(book, db)
        try LoadStore.store(book, db)
        try move(outcome, db)
        try writeSpans(batch, ids, db)
        return outcome
    }

    /// Whether the round was committed though nobody said so: then the spool stands behind its records.
    func isCommitted(_ database: Database) async throws -> Bool {
        let (id, end) = (spool.id, Int64(end.next))
        return try await database.read { db in
            try db.value("SELECT next >= \(end) FROM audience.spool WHERE id = \(id)", as: Bool.self) ?? false
        }
    }

    /// Counts the items in the order in which they came.
    private func count(
        _ sites: [String: BeaconSite], _ salts: Salts, _ key: HashKey, _ book: inout LoadBook,
        _ outcome: inout DrainOutcome
    ) -> BatchCount {
        var merge = BatchMerge(identityKey: key)
        let buckets = buckets(sites)
        for (index, item) in items.enumerated() {
            guard let site = sites[item.record.host] else { continue }
            let load = LoadBook.Key(site: site.id, load: item.record.load)
            let bucket = buckets[index] ?? Bucket.unknown(site: 0)
            switch item.record.event {
            case .engagement(let engagement):
                outcome.engagements += 1
                if !book.engage(load, engagement, at: item.at.seconds) { outcome.unmatched += 1 }
            case .view(let sight):
                let judged = begin(load, sight, item, bucket, salts, key, .view, &book)
                outcome.add(judged, .view, isRead: item.at.seconds <= latest)
                merge.add(request(.view, item, sight, judged, bucket), latest: latest)
            case .opening(let sight):
                let judged = begin(load, sight, item, bucket, salts, key, .opening, &book)
                outcome.add(judged, .opening, isRead: item.at.seconds <= latest)
                merge.add(request(.opening, item, sight, judged, bucket), latest: latest)
            }
        }
        return merge.finish(lines: [items.count])
    }

    /// Takes in a load; what is no page view by another rule is none, and a later beacon with its id may still be one.
    private func begin(
        _ load: LoadBook.Key, _ sight: BeaconRecord.Sight, _ item: Item, _ bucket: Bucket, _ salts: Salts,
        _ key: HashKey, _ kind: JudgedRequest.Kind, _ book: inout LoadBook
    ) -> Outcome {
        guard let viewClass = sight.outcome.viewClass, item.at.seconds <= latest else { return sight.outcome }
        let day = LocalDate(daysSince1970: Int(bucket.day))
        let visitor = viewClass == .human ? salts.key(.day, day).map { SipHash.hash(sight.visitor, key: $0) } : nil
        let new = BeaconLoad(
            seenAt: item.at.seconds, bucket: bucket.start, day: bucket.day,
            content: SipHash.hash128(sight.path, key: key), kind: viewClass.rawValue, visitor: visitor)
        return book.begin(load, new, isOpening: kind == .opening) ? sight.outcome : Outcome(BeaconRule.repeated)
    }

    private func request(
        _ kind: JudgedRequest.Kind, _ item: Item, _ sight: BeaconRecord.Sight, _ outcome: Outcome, _ bucket: Bucket
    ) -> JudgedRequest {
        JudgedRequest(
            kind: kind, host: item.record.host, outcome: outcome, seconds: item.at.seconds, bucket: bucket,
            visitor: sight.visitor, path: sight.path, source: sight.source, device: sight.device)
    }

    // MARK: What says that they were counted

    private func move(_ outcome: DrainOutcome, _ db: Connection) throws {
        // A clock that runs ahead must not push the others' loads out.
        let last = items.lazy.map(\.at).filter { $0.seconds <= latest }.max()
        try db.run(
            """
            INSERT INTO audience.spool_batch (spool, from_sequence, to_sequence, records, outcomes, unsessioned,
                without_uniques)
            VALUES (\(spool.id), \(Int64(spool.cursor.next)), \(Int64(end.next)), \(items.count), \(outcome.accounting),
                \(outcome.unsessioned), \(outcome.withoutUniques))
            """)
        try db.run(
            """
            UPDATE audience.spool SET folder = \(folder), segment = \(Int64(end.segment)), place = \(end.place),
                next = \(Int64(end.next)), last_at = greatest(last_at, \(last)), changed_at = clock_timestamp()
            WHERE id = \(spool.id)
            """)
        if let last { try LoadStore.prune(through: last.seconds, db) }
    }

    /// Prolongs each site's run, or begins another one where none came for a day.
    private func writeSpans(_ batch: BatchCount, _ ids: [String: Int], _ db: Connection) throws {
        for site in batch.sites {
            guard let span = site.span, let id = ids[site.host] else { continue }
            let (first, last) = (Timestamp(seconds: span.lowerBound), Timestamp(seconds: span.upperBound))
            let gap = Coverage.standardGap
            let prolonged = try db.run(
                """
                UPDATE audience.spool_span s
                SET first_at = least(s.first_at, \(first)), last_at = greatest(s.last_at, \(last))
                WHERE s.site = \(id) AND s.spool = \(spool.id)
                  AND s.first_at = (SELECT max(n.first_at) FROM audience.spool_span n
                                    WHERE n.site = \(id) AND n.spool = \(spool.id))
                  AND \(first)::timestamptz - s.last_at <= \(gap) * interval '1 second'
                """)
            if prolonged > 0 { continue }
            try db.run(
                """
                INSERT INTO audience.spool_span (site, spool, first_at, last_at)
                VALUES (\(id), \(spool.id), \(first), \(last))
                """)
        }
    }
}

extension DrainOutcome {
    /// - Parameter isRead: false where the time is in the future.
    fileprivate mutating func add(_ judged: Outcome, _ kind: JudgedRequest.Kind, isRead: Bool) {
        if judged == Outcome(BeaconRule.repeated) {
            repeated += 1
        } else if judged.viewClass != .human || !isRead {
            leftOut += 1
        } else if kind == .view {
            views += 1
        } else {
            openings += 1
        }
    }

    /// The accounting of a batch as it is stored with it.
    fileprivate var accounting: JSON {
        [
            "views": .integer(Int64(views)), "openings": .integer(Int64(openings)),
            "engagements": .integer(Int64(engagements)), "unmatched": .integer(Int64(unmatched)),
            "repeated": .integer(Int64(repeated)), "left_out": .integer(Int64(leftOut)),
        ]
    }
}
