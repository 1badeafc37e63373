internal import Postgres
internal import Values

/// Turns the views of a round into visits, visitors and sources, and writes them: loads what visits are open, takes in
/// the views, joins them to visits, writes what changed. Only the first and the last ask the database.
struct VisitWriter: Sendable {
    private struct Stream: Hashable {
        let site: Int
        let id: Int64
    }

    private struct Period: Hashable {
        let site: Int
        let kind: SaltSource.Kind
        let start: LocalDate
    }

    private let siteIds: [String: Int]
    private let salts: Salts
    private let passing: [LocalDate: HashKey]
    /// Hours in this book have the site's id in the database.
    private(set) var book = VisitBook()
    private var open: [Stream: OpenVisits] = [:]
    private var views: [Stream: [Visit]] = [:]
    private var sketches: [Period: Sketch] = [:]
    private var changes = Changes()

    /// What joining the views changes.
    private struct Changes {
        var hours: [UInt32: VisitSums.Amount] = [:]
        var origins: [OriginKey: VisitSums.Amount] = [:]
        var streams: [Stream] = []
    }

    /// What is said of a batch whose views were taken in.
    struct Taken {
        /// How many views came too late to join a visit, by the batch's bucket.
        var unsessioned: [Int: Int] = [:]
        /// How many are of periods closed for uniques.
        var withoutUniques = 0
    }

    /// - Parameter passing: by what visitors are told apart on days whose secret is gone; they are in no sketch.
    init(siteIds: [String: Int], salts: Salts, passing: [LocalDate: HashKey] = [:]) {
        self.siteIds = siteIds
        self.salts = salts
        self.passing = passing
    }

    /// The secrets of a bucket's day and month, and where its visitors go.
    private struct Hour {
        let site: Int
        let number: UInt32
        let dayKey: HashKey?
        let monthKey: HashKey?
        let hasSketch: Bool
        var day: [UInt64] = []
        var month: [UInt64] = []
    }

    /// Takes in the human views of a batch. The visits of its streams must have been loaded.
    ///
    /// - Parameter ownStream: of the views before `behindUntil`; all others are the site's.
    mutating func take(_ batch: BatchCount, ownStream: Int64 = 0, behindUntil: Timestamp? = nil) -> Taken {
        var hours = batch.buckets.map { bucket -> Hour in
            let site = siteIds[batch.sites[Int(bucket.site)].host] ?? 0
            let day = LocalDate(daysSince1970: Int(bucket.day))
            let renumbered = Bucket(site: UInt32(site), start: bucket.start, day: bucket.day)
            let secret = salts.key(.day, day)
            return Hour(
                site: site, number: book.number(renumbered), dayKey: secret ?? passing[day],
                monthKey: salts.key(.month, Salts.month(of: day)), hasSketch: secret != nil)
        }
        let contents = batch.contents.map { book.number($0.hash) }
        let sources = batch.sourceNames.map { book.number($0) }
        let behind = behindUntil?.seconds ?? .min
        var answer = Taken()
        var stream = Stream(site: -1, id: 0)
        var late = Int64.min
        var taken: [Visit] = []
        for event in batch.events {
            let index = Int(event.bucket)
            let seconds = Int64(event.time)
            if let key = hours[index].monthKey { hours[index].month.append(SipHash.hash(event.visitor, key: key)) }
            guard let dayKey = hours[index].dayKey else {
                answer.withoutUniques += 1
                answer.unsessioned[index, default: 0] += 1
                continue
            }
            let visitor = SipHash.hash(event.visitor, key: dayKey)
            if hours[index].hasSketch { hours[index].day.append(visitor) }
            let wanted = Stream(site: hours[index].site, id: seconds < behind ? ownStream : 0)
            if wanted != stream {
                views[stream, default: []] += taken
                taken.removeAll(keepingCapacity: true)
                stream = wanted
                let watermark = openVisits(stream).watermark
                late = watermark == .min ? .min : watermark - OpenVisits.patience
            }
            if seconds < late {
                answer.unsessioned[index, default: 0] += 1
                continue
            }
            taken.append(
                Visit(
                    visitor: visitor, start: seconds, last: seconds, views: 1, content: contents[Int(event.content)],
                    source: sources[Int(event.source)], bucket: hours[index].number))
        }
        views[stream, default: []] += taken
        for (hour, bucket) in zip(hours, batch.buckets) {
            let day = LocalDate(daysSince1970: Int(bucket.day))
            sketch(hour.day, Period(site: hour.site, kind: .day, start: day))
            sketch(hour.month, Period(site: hour.site, kind: .month, start: Salts.month(of: day)))
        }
        return answer
    }

    /// Takes in engagement with what was viewed or opened before, which may make a visit no bounce.
    mutating func take(_ engagement: [EngagedLoad]) {
        for load in engagement {
            views[Stream(site: load.site, id: 0), default: []].append(
                Visit(
                    visitor: load.visitor, start: load.seconds, last: load.seconds, views: 0,
                    engagedMs: UInt32(clamping: load.addedMs), content: 0, source: 0, bucket: 0))
        }
    }

    private mutating func sketch(_ hashes: [UInt64], _ period: Period) {
        if hashes.isEmpty { return }
        sketches[period, default: Sketch()].insert(contentsOf: hashes)
    }

    /// Reads the visits of some sites that may still go on: their own, or those of a file that lies behind them.
    mutating func load(_ sites: some Sequence<Int>, stream: Int64 = 0, _ db: Connection) throws {
        for site in sites {
            let stored = try db.row(
                "SELECT watermark, visits FROM audience.open_visits WHERE site = \(site) AND stream = \(stream)"
            ) { (try $0.next(Timestamp.self), try $0.next([UInt8].self)) }
            var visits = OpenVisits()
            if let (watermark, bytes) = stored, !bytes.isEmpty {
                do {
                    visits = try OpenVisits(watermark: watermark.seconds, bytes: bytes, site: UInt32(site), &book)
                } catch {
                    throw AudienceError.damagedState("open visits of site \(site)")
                }
            }
            open[Stream(site: site, id: stream)] = visits
        }
    }

    private func openVisits(_ stream: Stream) -> OpenVisits {
        guard let visits = open[stream] else { preconditionFailure("\(stream) was not loaded") }
        return visits
    }

    /// Joins what was taken in to visits.
    ///
    /// - Returns: what changes in the entries of cells: bucket in the upper half of the key, content in the lower.
    mutating func join() -> [UInt64: Int] {
        var entries: [UInt64: Int] = [:]
        for stream in views.keys.sorted(by: { ($0.site, $0.id) < ($1.site, $1.id) }) {
            guard let taken = views[stream], !taken.isEmpty else { continue }
            var state = openVisits(stream)
            let sums = state.add(taken, book)
            for (bucket, amount) in sums.hours { changes.hours[bucket, default: .init()].add(amount) }
            for (origin, amount) in sums.origins {
                changes.origins[OriginKey(site: stream.site, packed: origin), default: .init()].add(amount)
            }
            if entries.isEmpty { entries = sums.entries } else { entries.merge(sums.entries, uniquingKeysWith: +) }
            open[stream] = state
            changes.streams.append(stream)
        }
        views = [:]
        return entries
    }

    /// Writes what joining changed: visits, sources and sketches.
    func write(_ db: Connection) throws {
        for stream in changes.streams { try store(openVisits(stream), stream, db) }
        try writeHours(changes.hours, db)
        try writeOrigins(changes.origins, db)
        try writeSketches(db)
    }

    private struct OriginKey: Hashable {
        let site: Int
        let packed: UInt64
    }

    private func store(_ state: OpenVisits, _ stream: Stream, _ db: Connection) throws {
        try db.run(
            """
            INSERT INTO audience.open_visits (site, stream, watermark, visits)
            VALUES (\(stream.site), \(stream.id), \(Timestamp(seconds: state.watermark)), \(state.bytes(book)))
            ON CONFLICT ON CONSTRAINT open_visits_pkey DO UPDATE
            SET watermark = excluded.watermark, visits = excluded.visits
            """)
    }

    private func writeHours(_ hours: [UInt32: VisitSums.Amount], _ db: Connection) throws {
        let rows = hours.map { (book.buckets[Int($0.key)], $0.value) }
            .sorted { ($0.0.site, $0.0.start) < ($1.0.site, $1.0.start) }
        try db.run(
            """
            UPDATE audience.site_hour h SET visits = h.visits + d.visits, bounces = h.bounces + d.bounces
            FROM unnest(\(rows.map { Int($0.0.site) })::integer[],
                \(rows.map { Timestamp(seconds: $0.0.start) })::timestamptz[], \(rows.map(\.1.visits))::bigint[],
                \(rows.map(\.1.bounces))::bigint[]) AS d (site, bucket, visits, bounces)
            WHERE h.site = d.site AND h.bucket = d.bucket
            """)
    }

    private func writeOrigins(_ origins: [OriginKey: VisitSums.Amount], _ db: Connection) throws {
        let rows = origins.map { key, amount -> (Int, LocalDate, String, VisitSums.Amount) in
            let day = LocalDate(daysSince1970: Int(Int32(bitPattern: UInt32(key.packed >> 32))))
            return (key.site, day, book.sources[Int(UInt32(truncatingIfNeeded: key.packed))], amount)
        }.sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }
        let sources = rows.map { StoredSource($0.2) }
        let columns: SQL = """
            unnest(\(rows.map(\.0))::integer[], \(rows.map(\.1))::date[], \(sources.map(\.kind))::text[],
                \(sources.map(\.name))::text[], \(sources.map(\.medium))::text[], \(sources.map(\.campaign))::text[],
                \(sources.map(\.term))::text[], \(sources.map(\.content))::text[], \(rows.map(\.3.visits))::bigint[],
                \(rows.map(\.3.bounces))::bigint[], \(rows.map(\.3.views))::bigint[])
                AS d (site, day, kind, source, medium, campaign, term, content, visits, bounces, pv)
            """
        // First the rows, then the amounts: an amount may be negative, and a row that isn't there can't hold it.
        try db.run(
            """
            INSERT INTO audience.source_day
                (site, day, kind, source, medium, campaign, term, content, visits, bounces, pv)
            SELECT d.site, d.day, d.kind::"char", d.source, d.medium, d.campaign, d.term, d.content, 0, 0, 0
            FROM \(columns)
            ON CONFLICT (site, day, kind, source, medium, campaign, term, content) DO NOTHING
            """)
        try db.run(
            """
            UPDATE audience.source_day s
            SET visits = s.visits + d.visits, bounces = s.bounces + d.bounces, pv = s.pv + d.pv
            FROM \(columns)
            WHERE s.site = d.site AND s.day = d.day AND s.kind = d.kind::"char" AND s.source = d.source
                AND s.medium = d.medium AND s.campaign = d.campaign AND s.term = d.term AND s.content = d.content
            """)
    }

    private func writeSketches(_ db: Connection) throws {
        let rows = sketches.sorted {
            ($0.key.site, $0.key.kind.rawValue, $0.key.start) < ($1.key.site, $1.key.kind.rawValue, $1.key.start)
        }
        try db.run(
            """
            INSERT INTO audience.uniq_delta (site, kind, period, sketch)
            SELECT site, kind::"char", period, sketch
            FROM unnest(\(rows.map(\.key.site))::integer[], \(rows.map(\.key.kind.rawValue))::text[],
                \(rows.map(\.key.start))::date[], \(rows.map(\.value.bytes))::bytea[]) AS d (site, kind, period, sketch)
            """)
    }
}

/// What `Landing` writes, taken apart into the columns in which it is stored.
private struct StoredSource {
    let kind: String
    private let parts: [Substring]

    init(_ source: String) {
        kind = source.isEmpty ? "d" : String(source.prefix(1))
        parts = source.dropFirst().split(
            separator: Character(UnicodeScalar(Landing.separator)), omittingEmptySubsequences: false)
    }

    var name: String { part(0) }
    var medium: String { part(1) }
    var campaign: String { part(2) }
    var term: String { part(3) }
    var content: String { part(4) }

    private func part(_ number: Int) -> String { parts.indices.contains(number) ? String(parts[number]) : "" }
}
