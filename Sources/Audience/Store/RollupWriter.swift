internal import FoundationEssentials
internal import Postgres
internal import Values

/// Adds the counts of one part to the rollups.
struct RollupWriter {
    private let batch: BatchCount
    /// For each site of the batch its id.
    private let sites: [Int]

    /// Up to so many rows go as arrays; more are copied into a temporary table, which is faster from there on.
    private static let arrayLimit = 10_000

    init(_ batch: BatchCount, siteIds: [String: Int]) {
        self.batch = batch
        sites = batch.sites.map { siteIds[$0.host] ?? 0 }
    }

    private func site(_ bucket: Int) -> Int { sites[Int(batch.buckets[bucket].site)] }
    private func start(_ bucket: Int) -> Timestamp { Timestamp(seconds: batch.buckets[bucket].start) }

    /// The accounting by hour, and what was rejected.
    func writeLines(unsessioned: [Int: Int], _ db: Connection) throws {
        var lines: [(bucket: Int, outcome: Int, count: Int)] = []
        var hours: [(bucket: Int, views: Int)] = []
        for bucket in batch.buckets.indices {
            for code in 0..<Outcome.count {
                let count = batch.outcomes[bucket * Outcome.count + code]
                if count > 0 { lines.append((bucket, code, count)) }
            }
            let views = batch.outcomes[bucket * Outcome.count + Int(ViewClass.human.rawValue)]
            if views > 0 { hours.append((bucket, views)) }
        }
        try db.run(
            """
            INSERT INTO audience.line_hour (site, bucket, outcome, lines)
            SELECT * FROM unnest(\(lines.map { site($0.bucket) })::integer[],
                \(lines.map { start($0.bucket) })::timestamptz[], \(lines.map(\.outcome))::smallint[],
                \(lines.map(\.count))::bigint[])
            ON CONFLICT ON CONSTRAINT line_hour_pkey DO UPDATE SET lines = line_hour.lines + excluded.lines
            """)
        try db.run(
            """
            INSERT INTO audience.site_hour (site, bucket, pv, unsessioned)
            SELECT * FROM unnest(\(hours.map { site($0.bucket) })::integer[],
                \(hours.map { start($0.bucket) })::timestamptz[], \(hours.map(\.views))::bigint[],
                \(hours.map { unsessioned[$0.bucket] ?? 0 })::bigint[])
            ON CONFLICT ON CONSTRAINT site_hour_pkey DO UPDATE
            SET pv = site_hour.pv + excluded.pv, unsessioned = site_hour.unsessioned + excluded.unsessioned
            """)
        let rejections = batch.rejections
        try db.run(
            """
            INSERT INTO audience.reject_hour (site, bucket, reason, lines, sample)
            SELECT * FROM unnest(\(rejections.map { site($0.bucket) })::integer[],
                \(rejections.map { start($0.bucket) })::timestamptz[], \(rejections.map(\.reason.word))::text[],
                \(rejections.map(\.lines))::bigint[], \(rejections.map(\.sample))::bytea[])
            ON CONFLICT ON CONSTRAINT reject_hour_pkey DO UPDATE
            SET lines = reject_hour.lines + excluded.lines, sample = least(reject_hour.sample, excluded.sample)
            """)
    }

    /// Views by hour and content. Takes the entries of its own cells out of `entries`, so that they are written once.
    func writeCells(_ entries: inout [UInt64: Int], _ book: VisitBook, _ db: Connection) throws {
        if batch.cells.isEmpty { return }
        try writeContents(db)
        var begun = [Int](repeating: 0, count: batch.cells.count)
        var numbering = book
        let buckets = batch.buckets.map { bucket in
            numbering.number(Bucket(site: UInt32(sites[Int(bucket.site)]), start: bucket.start, day: bucket.day))
        }
        let contents = batch.contents.map { numbering.number($0.hash) }
        for (index, cell) in batch.cells.enumerated() where cell.kind == ViewClass.human.rawValue {
            let key = UInt64(buckets[cell.bucket]) << 32 | UInt64(contents[cell.content])
            if let count = entries[key], count > 0 {
                begun[index] = count
                entries[key] = nil
            }
        }
        if try isFresh(db) {
            _ = try db.copyIn(
                """
                COPY audience.pv_hour (bucket, content, site, pv, entries, class) FROM STDIN (FORMAT binary)
                """
            ) { try copy(begun, &$0) }
        } else {
            try upsert(begun, db)
        }
    }

    private func writeContents(_ db: Connection) throws {
        var pairs: Set<UInt64> = []
        for cell in batch.cells { pairs.insert(UInt64(site(cell.bucket)) << 32 | UInt64(cell.content)) }
        let sorted = pairs.sorted()
        let named = sorted.map { batch.contents[Int($0 & 0xffff_ffff)] }
        try db.run(
            """
            INSERT INTO audience.content (site, key, path)
            SELECT * FROM unnest(\(sorted.map { Int($0 >> 32) })::integer[], \(named.map(\.hash.uuid))::uuid[],
                \(named.map(\.path))::text[])
            ON CONFLICT ON CONSTRAINT content_pkey DO NOTHING
            """)
    }

    /// Whether no cell of these sites and hours exists: then nothing can collide, because importers of a site wait for
    /// each other, and the rows can be copied straight into the table.
    private func isFresh(_ db: Connection) throws -> Bool {
        let hours = Set(batch.cells.lazy.map(\.bucket)).sorted()
        let bySite = Dictionary(grouping: hours, by: site)
        for (site, buckets) in bySite {
            guard let first = buckets.map(start).min(), let last = buckets.map(start).max() else { continue }
            let found = try db.value(
                """
                SELECT EXISTS (SELECT FROM audience.pv_hour
                               WHERE site = \(site) AND bucket BETWEEN \(first) AND \(last))
                """, as: Bool.self)
            if found != false { return false }
        }
        return true
    }

    private func copy(_ begun: [Int], _ writer: inout CopyWriter) throws {
        for (index, cell) in batch.cells.enumerated() {
            try writer.row { row in
                row.write(start(cell.bucket))
                row.write(batch.contents[cell.content].hash.uuid)
                row.write(Narrow(Int32(clamping: site(cell.bucket))))
                row.write(Narrow(Int32(clamping: cell.views)))
                row.write(Narrow(Int32(clamping: begun[index])))
                row.write(Narrow(Int16(cell.kind)))
            }
        }
    }

    private func upsert(_ begun: [Int], _ db: Connection) throws {
        let cells = batch.cells
        let given: SQL
        if cells.count <= RollupWriter.arrayLimit {
            given = """
                (SELECT * FROM unnest(\(cells.map { start($0.bucket) })::timestamptz[],
                    \(cells.map { batch.contents[$0.content].hash.uuid })::uuid[], \(cells.map { site($0.bucket) })::integer[],
                    \(cells.map { Int($0.views) })::integer[], \(begun)::integer[], \(cells.map { Int($0.kind) })::smallint[])
                    AS given (bucket, content, site, pv, entries, class)) AS given
                """
        } else {
            try db.run(
                """
                CREATE TEMPORARY TABLE IF NOT EXISTS incoming_cell (
                    bucket timestamptz, content uuid, site integer, pv integer, entries integer, class smallint)
                ON COMMIT DROP
                """)
            try db.run("TRUNCATE pg_temp.incoming_cell")
            _ = try db.copyIn(
                "COPY pg_temp.incoming_cell (bucket, content, site, pv, entries, class) FROM STDIN (FORMAT binary)"
            ) { try copy(begun, &$0) }
            given = "pg_temp.incoming_cell AS given"
        }
        try db.run(
            """
            INSERT INTO audience.pv_hour (bucket, content, site, pv, entries, class)
            SELECT bucket, content, site, pv, entries, class FROM \(given)
            ORDER BY site, bucket, content, class
            ON CONFLICT (site, bucket, content, class) DO UPDATE
            SET pv = pv_hour.pv + excluded.pv, entries = pv_hour.entries + excluded.entries
            """)
    }

    /// Entries of cells that earlier batches wrote.
    static func writeEntries(_ entries: [UInt64: Int], _ book: VisitBook, _ db: Connection) throws {
        if entries.isEmpty { return }
        let rows = entries.map { key, count in
            (book.buckets[Int(key >> 32)], book.contents[Int(key & 0xffff_ffff)], count)
        }.sorted { ($0.0.site, $0.0.start, $0.1) < ($1.0.site, $1.0.start, $1.1) }
        try db.run(
            """
            UPDATE audience.pv_hour h SET entries = h.entries + d.entries
            FROM unnest(\(rows.map { Int($0.0.site) })::integer[],
                \(rows.map { Timestamp(seconds: $0.0.start) })::timestamptz[], \(rows.map(\.1.uuid))::uuid[],
                \(rows.map(\.2))::bigint[]) AS d (site, bucket, content, entries)
            WHERE h.site = d.site AND h.bucket = d.bucket AND h.content = d.content AND h.class = 0
            """)
    }
}

extension Hash128 {
    /// The hash as the database keeps it.
    var uuid: UUID {
        let b = bytes
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            ))
    }
}

/// An integer in a column narrower than bigint, for binary COPY, where the width must be the column's.
private struct Narrow<Number: FixedWidthInteger & Sendable>: PostgresEncodable {
    static var postgresType: PostgresType { .int8 }
    private let number: Number

    init(_ number: Number) { self.number = number }

    func encode(into bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
