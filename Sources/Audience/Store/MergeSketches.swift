internal import Postgres
internal import Values

/// Brings the sketches that batches appended together with those merged before, period by period.
///
/// Merging loses nothing and repeats harmlessly: a sketch depends on the set of visitors alone.
struct MergeSketches {
    let kind: SaltSource.Kind
    let period: LocalDate
    /// Nil for all sites.
    let site: Int?

    /// Locks the period's secret: importers hold it while they append, and two merges at once would lose what only one
    /// of them saw.
    func perform(_ db: Connection) throws {
        _ = try db.rows(
            "SELECT period FROM audience.salt WHERE kind = \(kind)::\"char\" AND period = \(period) FOR UPDATE"
        ) { try $0.next(LocalDate.self) }
        var merged: [Int: Sketch] = [:]
        var ids: [Int64] = []
        try db.forEach(
            """
            SELECT id, site, sketch FROM audience.uniq_delta
            WHERE kind = \(kind)::"char" AND period = \(period) AND (\(site)::bigint IS NULL OR site = \(site)::bigint)
            """
        ) { row in
            ids.append(try row.next())
            let site = try row.next(Int.self)
            merged[site, default: Sketch()].merge(try sketch(try row.next()))
        }
        if ids.isEmpty { return }
        for (site, sketch) in try stored(Array(merged.keys), db) { merged[site, default: Sketch()].merge(sketch) }
        try store(merged.sorted { $0.key < $1.key }, db)
        try db.run("DELETE FROM audience.uniq_delta WHERE id = ANY(\(ids)::bigint[])")
    }

    private func sketch(_ bytes: [UInt8]) throws -> Sketch {
        do { return try Sketch(bytes: bytes) } catch { throw AudienceError.damagedState("sketch of \(period)") }
    }

    private func stored(_ sites: [Int], _ db: Connection) throws -> [(Int, Sketch)] {
        let query: SQL =
            switch kind {
            case .day:
                "SELECT site, sketch FROM audience.uniq_day WHERE day = \(period) AND site = ANY(\(sites)::integer[])"
            case .month:
                "SELECT site, sketch FROM audience.uniq_month WHERE month = \(period) AND site = ANY(\(sites)::integer[])"
            }
        return try db.rows(query) { row in
            let site = try row.next(Int.self)
            return (site, try sketch(try row.next()))
        }
    }

    private func store(_ merged: [(key: Int, value: Sketch)], _ db: Connection) throws {
        let given: SQL =
            "unnest(\(merged.map(\.key))::integer[], \(merged.map(\.value.bytes))::bytea[]) AS given (site, sketch)"
        switch kind {
        case .day:
            try db.run(
                """
                INSERT INTO audience.uniq_day (site, day, sketch) SELECT site, \(period), sketch FROM \(given)
                ON CONFLICT ON CONSTRAINT uniq_day_pkey DO UPDATE SET sketch = excluded.sketch
                """)
        case .month:
            try db.run(
                """
                INSERT INTO audience.uniq_month (site, month, sketch) SELECT site, \(period), sketch FROM \(given)
                ON CONFLICT ON CONSTRAINT uniq_month_pkey DO UPDATE SET sketch = excluded.sketch
                """)
        }
    }
}
