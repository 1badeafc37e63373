internal import FoundationEssentials
internal import Postgres
internal import Values

/// Keeps a `LoadBook` in the database, and writes what came of it to the rollups.
enum LoadStore {
    static func load(_ keys: Set<LoadBook.Key>, _ db: Connection) throws -> LoadBook {
        let keys = keys.sorted { ($0.site, $0.load) < ($1.site, $1.load) }
        var loads: [LoadBook.Key: BeaconLoad] = [:]
        try db.forEach(
            """
            SELECT l.site, l.load, l.seen_at, l.bucket, l.day, l.content, l.class, l.visitor, l.engaged_ms,
                l.seen_percent, l.is_read
            FROM unnest(\(keys.map(\.site))::integer[], \(keys.map(\.load.uuid))::uuid[]) AS asked (site, load)
            JOIN audience.beacon_load l ON l.site = asked.site AND l.load = asked.load
            """
        ) { row in
            let key = LoadBook.Key(site: try row.next(), load: Hash128(try row.next(UUID.self)))
            loads[key] = BeaconLoad(
                seenAt: try row.next(Timestamp.self).seconds, bucket: try row.next(Timestamp.self).seconds,
                day: Int32(clamping: try row.next(LocalDate.self).daysSince1970),
                content: Hash128(try row.next(UUID.self)), kind: UInt8(clamping: try row.next(Int.self)),
                visitor: try row.next(Int64?.self).map { UInt64(bitPattern: $0) }, engagedMs: try row.next(),
                seenPercent: try row.next(), isRead: try row.next())
        }
        return LoadBook(loads)
    }

    static func store(_ book: LoadBook, _ db: Connection) throws {
        let rows = book.changed.sorted { ($0.site, $0.load) < ($1.site, $1.load) }
            .compactMap { key in book.loads[key].map { (key: key, load: $0) } }
        try db.run(
            """
            INSERT INTO audience.beacon_load (site, load, seen_at, bucket, day, content, class, visitor, engaged_ms,
                seen_percent, is_read)
            SELECT * FROM unnest(\(rows.map(\.key.site))::integer[], \(rows.map(\.key.load.uuid))::uuid[],
                \(rows.map { Timestamp(seconds: $0.load.seenAt) })::timestamptz[],
                \(rows.map { Timestamp(seconds: $0.load.bucket) })::timestamptz[],
                \(rows.map { LocalDate(daysSince1970: Int($0.load.day)) })::date[],
                \(rows.map(\.load.content.uuid))::uuid[], \(rows.map { Int($0.load.kind) })::smallint[],
                \(rows.map { $0.load.visitor.map { Int64(bitPattern: $0) } })::bigint[],
                \(rows.map(\.load.engagedMs))::integer[], \(rows.map(\.load.seenPercent))::smallint[],
                \(rows.map(\.load.isRead))::boolean[])
            ON CONFLICT ON CONSTRAINT beacon_load_pkey DO UPDATE
            SET seen_at = excluded.seen_at, bucket = excluded.bucket, day = excluded.day, content = excluded.content,
                class = excluded.class, visitor = excluded.visitor, engaged_ms = excluded.engaged_ms,
                seen_percent = excluded.seen_percent, is_read = excluded.is_read
            """)
    }

    /// Openings, reads and engaged time, appended as cells are.
    static func writeAmounts(_ book: LoadBook, _ db: Connection) throws {
        let cells = book.amounts.sorted {
            ($0.key.site, $0.key.bucket, $0.key.content, $0.key.kind)
                < ($1.key.site, $1.key.bucket, $1.key.content, $1.key.kind)
        }
        if cells.isEmpty { return }
        try db.run(
            """
            INSERT INTO audience.pv_hour (site, bucket, content, class, pv, openings, reads, engaged_ms)
            SELECT site, bucket, content, class, 0, openings, reads, engaged_ms
            FROM unnest(\(cells.map(\.key.site))::integer[],
                \(cells.map { Timestamp(seconds: $0.key.bucket) })::timestamptz[],
                \(cells.map(\.key.content.uuid))::uuid[], \(cells.map { Int($0.key.kind) })::smallint[],
                \(cells.map(\.value.openings))::integer[], \(cells.map(\.value.reads))::integer[],
                \(cells.map(\.value.engagedMs))::bigint[])
                AS d (site, bucket, content, class, openings, reads, engaged_ms)
            """)
        // What people did, by hour: as with page views, other classes stand in the cells only.
        try db.run(
            """
            INSERT INTO audience.site_hour (site, bucket, openings, reads, engaged_ms)
            SELECT site, bucket, sum(openings), sum(reads), sum(engaged_ms)
            FROM unnest(\(cells.map(\.key.site))::integer[],
                \(cells.map { Timestamp(seconds: $0.key.bucket) })::timestamptz[],
                \(cells.map { Int($0.key.kind) })::smallint[], \(cells.map(\.value.openings))::bigint[],
                \(cells.map(\.value.reads))::bigint[], \(cells.map(\.value.engagedMs))::bigint[])
                AS d (site, bucket, class, openings, reads, engaged_ms)
            WHERE class = 0 GROUP BY site, bucket ORDER BY site, bucket
            ON CONFLICT ON CONSTRAINT site_hour_pkey DO UPDATE
            SET openings = site_hour.openings + excluded.openings, reads = site_hour.reads + excluded.reads,
                engaged_ms = site_hour.engaged_ms + excluded.engaged_ms
            """)
    }

    /// How much longer than needed a load is kept, for spools of other machines that were read less far.
    private static let slack: Int64 = 3_600

    /// Lets go of loads whose day is over for the spool that is furthest behind. A spool that has been silent for a week
    /// holds nobody up.
    static func prune(through seconds: Int64, _ db: Connection) throws {
        let last = Timestamp(seconds: seconds)
        try db.run(
            """
            DELETE FROM audience.beacon_load WHERE seen_at < -\(LoadBook.memory + slack) * interval '1 second' + least(
                \(last)::timestamptz, (SELECT min(s.last_at) FROM audience.spool s
                                       WHERE s.last_at > \(last)::timestamptz - interval '7 days'))
            """)
    }
}

extension Hash128 {
    /// The hash as the database keeps it.
    init(_ uuid: UUID) {
        let bytes = withUnsafeBytes(of: uuid.uuid) { Array($0) }
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(first: word(bytes[0..<8]), second: word(bytes[8..<16]))
    }
}
