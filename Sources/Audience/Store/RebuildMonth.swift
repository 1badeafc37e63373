public import Access
internal import Journal
public import Postgres
public import Values

/// Counts a month of a site anew from its logs, compares it with what stands, and puts it in its place where that is
/// wanted.
///
/// Everything is counted in one transaction under a site that only this transaction sees, so that a comparison leaves
/// nothing behind and a replacement shows as a whole or not at all. What is made anew: views by hour and content, visits
/// and bounces, sources, the accounting of lines, rejected lines, and visitors of days and months whose secret lives.
/// What isn't: visitors of a period whose secret is gone, the beacon's counts, imported history, lines whose time can't
/// be read (they are of no month), and what says how far each log was counted: importing the same logs again adds
/// nothing.
///
/// Visits come out as if all the logs had been imported together. A visit ends at local midnight, so none lies in two
/// months; lines of the two hours around the month are read too, because what is too late to join a visit is reckoned
/// from the latest line.
public struct RebuildMonth: Sendable {
    let month: Period
    let host: String
    let paths: [String]
    let options: LogImport.Options
    let actor: Actor
    let mode: Mode

    public enum Mode: Sendable, Equatable {
        case compare
        /// - Parameters:
        ///   - reason: why; needed where the month is closed.
        ///   - acceptsLess: also where the logs have fewer lines of an hour than were counted.
        case replace(reason: String?, acceptsLess: Bool)
    }

    /// A figure of the month as it stands and as the logs give it.
    public struct Figure: Sendable, Equatable {
        /// `page_views`, `contents`, `lines`, `visits`, `bounces`, `unsessioned`, `sources`, `rejected`.
        public let name: String
        public let stands: Int
        public let archive: Int
        /// Rows of its table that say something else: an hour of a content, an hour, a source of a day.
        public let differing: Int
    }

    public struct Report: Sendable, Equatable {
        public let figures: [Figure]
        /// Days and months whose visitors can't be counted anew.
        public let closedPeriods: Int
        /// Nothing was counted for the host before: a replacement made it a site.
        public let isNewSite: Bool
        public var isSame: Bool { figures.allSatisfy { $0.differing == 0 && $0.stands == $0.archive } }
    }

    /// - Parameter options: `site` says whether all lines are views of the host; where it is nil, only lines that name it
    ///   as their virtual host are.
    public init(
        _ month: Period, host: String, from paths: [String], _ options: LogImport.Options, _ mode: Mode, by actor: Actor
    ) {
        (self.month, self.host, self.paths) = (month, host, paths)
        (self.options, self.mode, self.actor) = (options, mode, actor)
    }

    /// Ends the transaction of a comparison.
    private struct Compared: Error {
        let report: Report
    }

    /// Reads the logs while its transaction is open: nothing of it is seen by anybody until it ends.
    ///
    /// - Throws: `AccessError`; `LogSourceError`; `AudienceError`: `unknownSite` where the logs have nothing of it either, `periodGranularity`, `futurePeriod`,
    ///   `sameLog`, and for a replacement `closedWithoutReason`, `archiveCoversLess`, `notCounted`; `PostgresError`.
    public func perform(_ database: Database) async throws -> Report {
        do {
            return try await database.transaction(.once) { db in
                let report = try performWhole(db)
                if mode == .compare { throw Compared(report: report) }
                return report
            }
        } catch let compared as Compared {
            return compared.report
        }
    }

    private func performWhole(_ db: Connection) throws -> Report {
        try actor.require(.viewsManage)
        let known = try Site.all(db)
        let site = try Site.ensure([ScanSite.folded(host)], zone: options.zone, db)[0]
        let isNewSite = !known.contains { $0.id == site.id }
        try requireOver(site, db)
        let plan = try LogImport.plan(options, db)
        let files = try opened(plan)
        let shadow = try makeShadow(of: site, db)
        let secrets = try RebuildSecrets(of: month, db)
        let ends = try count(files, plan, site, shadow, secrets, db)
        try db.run("SELECT FROM audience.open_visits WHERE site = \(site.id) AND stream = 0 FOR UPDATE")
        let comparison = MonthComparison(stands: site.id, fresh: shadow, month: month, zone: site.zone)
        let report = Report(
            figures: try comparison.figures(db), closedPeriods: secrets.gone, isNewSite: isNewSite)
        if isNewSite && report.figures.allSatisfy({ $0.archive == 0 }) {
            throw AudienceError.unknownSite(host, known: known.map(\.host))
        }
        guard case .replace(let reason, let acceptsLess) = mode else { return report }
        let isClosed = try MonthClose.all(site: host, db).contains { $0.month == month && $0.meter == "log" }
        if isClosed && reason == nil { throw AudienceError.closedWithoutReason(month.description) }
        let hours = try comparison.hoursWithFewerLines(db)
        if hours > 0 && !acceptsLess { throw AudienceError.archiveCoversLess(month.description, hours: hours) }
        try requireCounted(files, ends, plan, db)
        try replace(site, shadow, reason, report, db)
        return report
    }

    private func requireOver(_ site: Site, _ db: Connection) throws {
        guard month.granularity == .month else {
            throw AudienceError.periodGranularity(period: month.description, wanted: Granularity.month.rawValue)
        }
        let isOver = try db.one("SELECT \(month.bounds(in: site.zone).upperBound) <= now()") { try $0.next(Bool.self) }
        guard isOver else { throw AudienceError.futurePeriod(month.description) }
    }

    /// Each log once: one that begins like another is a copy of it, or an earlier state.
    private func opened(_ plan: ScanPlan) throws -> [ImportedFile] {
        var files: [ImportedFile] = []
        for (index, path) in paths.enumerated() {
            try LogSample.check(path, plan)
            let identity = try FileIdentity(LogInput(path: path), key: plan.identityKey)
            if identity.head.isEmpty { continue }
            for other in files {
                let length = min(identity.head.count, other.identity.head.count)
                if identity.head.prefix(length) == other.identity.head.prefix(length) {
                    throw AudienceError.sameLog(path: path, other: other.identity.path)
                }
            }
            files.append(ImportedFile(index: index, identity: identity, state: FileState(uncounted: Int64(index) + 1)))
        }
        return files
    }

    /// No host has such a name, and two rebuilds of a site wait for each other at it.
    private func makeShadow(of site: Site, _ db: Connection) throws -> Int {
        // Lines of the hours around the month are of its neighbours.
        for step in -1...1 { try db.run("SELECT audience.ensure_month(\(month.firstDay.adding(months: step)))") }
        return try db.one(
            """
            INSERT INTO audience.site (host, timezone) VALUES (\("(rebuild of \(site.id))"), \(site.zone.name))
            RETURNING id
            """
        ) { try $0.next(Int.self) }
    }

    /// Counts the logs under the shadow's id.
    ///
    /// - Returns: how far each file has whole lines, by its index.
    private func count(
        _ files: [ImportedFile], _ plan: ScanPlan, _ site: Site, _ shadow: Int, _ secrets: RebuildSecrets,
        _ db: Connection
    ) throws -> [Int: Int] {
        let bounds = month.bounds(in: site.zone)
        let hours = bounds.lowerBound.seconds..<bounds.upperBound.seconds
        let wider = hours.lowerBound - OpenVisits.patience..<hours.upperBound + OpenVisits.patience
        let rounds = ImportRounds(files: files, plan: plan, options: options)
        let ids = [site.host: shadow]
        var ends: [Int: Int] = [:]
        var contents = KnownContents()
        while let round = try rounds.next() {
            var visits = VisitWriter(siteIds: ids, salts: secrets.salts, passing: secrets.passing)
            try visits.load([shadow], db)
            var batches: [BatchCount] = []
            for part in round.parts {
                ends[part.index] = part.to
                let batch = part.batch.limited(to: site.host, hours: hours, events: wider)
                let taken = visits.take(batch)
                try RollupWriter(batch, siteIds: ids).writeLines(unsessioned: taken.unsessioned, db)
                batches.append(batch)
            }
            var entries = visits.join()
            try visits.write(db)
            for batch in batches {
                let rollups = RollupWriter(batch, siteIds: ids)
                try rollups.writeContents(&contents, db)
                try rollups.writeCells(begun: rollups.begun(&entries, visits.book), db)
            }
            try RollupWriter.writeEntries(entries, visits.book, db)
        }
        return ends
    }

    /// What was never imported would be counted a second time when it is.
    private func requireCounted(_ files: [ImportedFile], _ ends: [Int: Int], _ plan: ScanPlan, _ db: Connection) throws
    {
        for file in files {
            let state = try file.identity.match(file.identity.candidates(db), plan: plan)
            guard let state, state.position >= ends[file.index] ?? 0 else {
                throw AudienceError.notCounted(path: file.identity.path)
            }
        }
    }

    private func replace(_ site: Site, _ shadow: Int, _ reason: String?, _ report: Report, _ db: Connection) throws {
        try db.run(
            """
            SELECT audience.swap_month(\(site.id)::integer, \(shadow)::integer, \(month.firstDay), \(reason)::text,
                \(actor.origin.account)::bigint)
            """)
        try FoldMonths(site: site.host).perform(db)
        let figures = report.figures.map { figure -> (String, JSON) in
            (figure.name, .array([.integer(Int64(figure.stands)), .integer(Int64(figure.archive))]))
        }
        try Audit.append(
            db, Subject(.site, Int64(site.id)), "views.rebuilt", by: actor.origin,
            facts: [
                "month": .string(month.description), "figures": .object(Dictionary(uniqueKeysWithValues: figures)),
            ])
    }
}

/// By what the visitors of a month are told apart while it is counted anew.
private struct RebuildSecrets {
    /// Those that live, held until the end of the transaction.
    let salts: Salts
    /// For the days whose own is gone: drawn for this count alone. Visits come out the same by any secret.
    let passing: [LocalDate: HashKey]
    let gone: Int

    init(of month: Period, _ db: Connection) throws {
        let days = (-1...month.lastDay.day).map { month.firstDay.adding(days: $0) }
        salts = try Salts(days: Set(days), db)
        var passing: [LocalDate: HashKey] = [:]
        for day in days where salts.key(.day, day) == nil {
            passing[day] = HashKey(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
        }
        self.passing = passing
        gone = try db.one(
            """
            SELECT count(*) FROM audience.salt
            WHERE key IS NULL AND period BETWEEN \(month.firstDay) AND \(month.lastDay)
            """
        ) { try $0.next(Int.self) }
    }
}

extension FileState {
    /// A log that is read from its beginning, whatever was counted of it.
    init(uncounted id: Int64) {
        (self.id, position, lines, tailLength) = (id, 0, 0, 0)
        (tailHash, checkpoints, behindUntil) = ([], [], nil)
    }
}

extension BatchCount {
    /// What of it is a host's: counts of the hours that begin in `hours`, and views of those that begin in `wider`.
    fileprivate func limited(to host: String, hours: Range<Int64>, events wider: Range<Int64>) -> BatchCount {
        var limited = self
        let isOurs = buckets.map { sites[Int($0.site)].host == host }
        let isCounted = buckets.indices.map { isOurs[$0] && hours.contains(buckets[$0].start) }
        let isSeen = buckets.indices.map { isOurs[$0] && wider.contains(buckets[$0].start) }
        for bucket in buckets.indices where !isCounted[bucket] {
            for code in 0..<Outcome.count { limited.outcomes[bucket * Outcome.count + code] = 0 }
            for code in 0..<DeviceClass.count { limited.devices[bucket * DeviceClass.count + code] = 0 }
        }
        limited.cells.removeAll { !isCounted[$0.bucket] }
        limited.rejections.removeAll { !isCounted[$0.bucket] }
        limited.events.removeAll { !isSeen[Int($0.bucket)] }
        return limited
    }
}
