internal import FoundationEssentials
internal import Postgres
internal import Values

/// Adds the counts of one part to the rollups.
struct RollupWriter: Sendable {
    private let batch: BatchCount
    /// For each site of the batch its id.
    private let sites: [Int]

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
        func views(on device: DeviceClass) -> [Int] {
            hours.map { batch.devices[$0.bucket * DeviceClass.count + Int(device.rawValue)] }
        }
        try db.run(
            """
            INSERT INTO audience.site_hour (site, bucket, pv, unsessioned, computer, phone, tablet)
            SELECT * FROM unnest(\(hours.map { site($0.bucket) })::integer[],
                \(hours.map { start($0.bucket) })::timestamptz[], \(hours.map(\.views))::bigint[],
                \(hours.map { unsessioned[$0.bucket] ?? 0 })::bigint[], \(views(on: .computer))::bigint[],
                \(views(on: .phone))::bigint[], \(views(on: .tablet))::bigint[])
            ON CONFLICT ON CONSTRAINT site_hour_pkey DO UPDATE
            SET pv = site_hour.pv + excluded.pv, unsessioned = site_hour.unsessioned + excluded.unsessioned,
                computer = site_hour.computer + excluded.computer, phone = site_hour.phone + excluded.phone,
                tablet = site_hour.tablet + excluded.tablet
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

    /// Pages that weren't there.
    func writeMissing(_ db: Connection) throws {
        if batch.missing.isEmpty { return }
        _ = try db.copyIn(
            "COPY audience.missing_day (day, site, lines, path, referrer) FROM STDIN (FORMAT binary)"
        ) { writer in
            for (page, lines) in batch.missing {
                try writer.row { row in
                    row.write(LocalDate(daysSince1970: Int(page.day)))
                    row.write(Int32(clamping: sites[page.site]))
                    row.write(lines)
                    row.write(page.path)
                    row.write(page.referrer)
                }
            }
        }
    }

    /// How many visits began with each cell. Takes them out of `entries`, so that they are written once.
    func begun(_ entries: inout [UInt64: Int], _ book: VisitBook) -> [Int] {
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
        return begun
    }

    /// Views by hour and content, each with the visits that began with it. The contents must have been written.
    func writeCells(begun: [Int], _ db: Connection) throws {
        if batch.cells.isEmpty { return }
        let keys = batch.contents.map(\.hash.uuid)
        _ = try db.copyIn(
            "COPY audience.pv_hour (bucket, content, site, pv, entries, class) FROM STDIN (FORMAT binary)"
        ) { writer in
            for (index, cell) in batch.cells.enumerated() {
                try writer.row { row in
                    row.write(start(cell.bucket))
                    row.write(keys[cell.content])
                    row.write(Int32(clamping: site(cell.bucket)))
                    row.write(Int32(clamping: cell.views))
                    row.write(Int32(clamping: begun[index]))
                    row.write(Int16(cell.kind))
                }
            }
        }
        try addToMonths(keys, db)
    }

    /// Adds what belongs to hours that are summed up already.
    private func addToMonths(_ keys: [UUID], _ db: Connection) throws {
        let months = batch.buckets.map { Salts.month(of: LocalDate(daysSince1970: Int($0.day))) }
        let folded = try MonthFold.all(of: Set(sites), db)
        if folded.isEmpty { return }
        var sums: [MonthFold.Content: Int] = [:]
        for cell in batch.cells where cell.kind == ViewClass.human.rawValue {
            let fold = MonthFold.Key(site: site(cell.bucket), month: months[cell.bucket])
            guard let until = folded[fold], start(cell.bucket) < until else { continue }
            sums[MonthFold.Content(fold: fold, key: keys[cell.content]), default: 0] += Int(cell.views)
        }
        try MonthFold.add(sums, db)
    }

    /// The contents of the cells, and adds those that it wrote to `known`.
    func writeContents(_ known: inout KnownContents, _ db: Connection) throws {
        let new = contentsOfSites().filter { known.insert(content($0).hash, site: Int($0 >> 32)) }
        if new.isEmpty { return }
        var isThere = [Bool](repeating: false, count: new.count)
        try db.forEach(
            """
            SELECT given.number - 1
            FROM unnest(\(new.map { Int($0 >> 32) })::integer[], \(new.map { content($0).hash.uuid })::uuid[])
                WITH ORDINALITY AS given (site, key, number)
            JOIN audience.content c ON c.site = given.site AND c.key = given.key
            """
        ) { isThere[try $0.next(Int.self)] = true }
        if !isThere.contains(false) { return }
        // Nobody else adds contents to these sites: importers of a site wait for each other.
        _ = try db.copyIn("COPY audience.content (site, key, path) FROM STDIN (FORMAT binary)") { writer in
            for (pair, isThere) in zip(new, isThere) where !isThere {
                try writer.row { row in
                    row.write(Int32(clamping: pair >> 32))
                    row.write(content(pair).hash.uuid)
                    row.write(content(pair).path)
                }
            }
        }
    }

    /// The site of each cell in the upper half and its content in the lower, each pair once and in order.
    private func contentsOfSites() -> [UInt64] {
        // Most logs are of one site, whose contents have been told apart already.
        if let only = sites.first, sites.count == 1, !batch.cells.isEmpty {
            var isCounted = [Bool](repeating: false, count: batch.contents.count)
            for cell in batch.cells { isCounted[cell.content] = true }
            return isCounted.indices.filter { isCounted[$0] }.map { UInt64(only) << 32 | UInt64($0) }
        }
        return Set(batch.cells.map { UInt64(site($0.bucket)) << 32 | UInt64($0.content) }).sorted()
    }

    /// The content of a pair of site and number.
    private func content(_ pair: UInt64) -> BatchCount.Content { batch.contents[Int(pair & 0xffff_ffff)] }

    /// Entries of cells that earlier batches wrote.
    static func writeEntries(_ entries: [UInt64: Int], _ book: VisitBook, _ db: Connection) throws {
        if entries.isEmpty { return }
        let rows = entries.map { key, count in
            (book.buckets[Int(key >> 32)], book.contents[Int(key & 0xffff_ffff)], count)
        }.sorted { ($0.0.site, $0.0.start, $0.1) < ($1.0.site, $1.0.start, $1.1) }
        try db.run(
            """
            INSERT INTO audience.pv_hour (site, bucket, content, entries, pv, class)
            SELECT *, 0, 0 FROM unnest(\(rows.map { Int($0.0.site) })::integer[],
                \(rows.map { Timestamp(seconds: $0.0.start) })::timestamptz[], \(rows.map(\.1.uuid))::uuid[],
                \(rows.map(\.2))::integer[])
            """)
    }
}

/// The contents that an import has written, so that it writes each once.
struct KnownContents: Sendable {
    private struct Key: Hashable {
        let hash: Hash128
        let site: Int
    }

    /// More are written again, which changes nothing.
    private static let limit = 1 << 20
    private var keys: Set<Key> = []

    /// Whether it wasn't known.
    mutating func insert(_ hash: Hash128, site: Int) -> Bool {
        let key = Key(hash: hash, site: site)
        return keys.count < Self.limit ? keys.insert(key).inserted : !keys.contains(key)
    }
}

extension Hash128 {
    /// The hash as the database keeps it.
    var uuid: UUID {
        func byte(_ half: UInt64, _ place: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: half >> (56 - 8 * place)) }
        return UUID(
            uuid: (
                byte(first, 0), byte(first, 1), byte(first, 2), byte(first, 3), byte(first, 4), byte(first, 5),
                byte(first, 6), byte(first, 7), byte(second, 0), byte(second, 1), byte(second, 2), byte(second, 3),
                byte(second, 4), byte(second, 5), byte(second, 6), byte(second, 7)
            ))
    }
}
