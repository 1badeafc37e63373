internal import FoundationEssentials
internal import Postgres
internal import Values

/// Months whose views are summed up by content, and until which instant: what comes to an hour before that is added to
/// the sums by who appends it.
enum MonthFold {
    struct Key: Hashable {
        let site: Int
        let month: LocalDate
    }

    struct Content: Hashable {
        let fold: Key
        let key: UUID
    }

    static func all(of sites: Set<Int>, _ db: Connection) throws -> [Key: Timestamp] {
        let folds = try db.rows(
            "SELECT site, month, until FROM audience.month_fold WHERE site = ANY(\(sites.sorted())::integer[])"
        ) { (Key(site: try $0.next(), month: try $0.next()), try $0.next(Timestamp.self)) }
        return Dictionary(uniqueKeysWithValues: folds)
    }

    static func add(_ sums: [Content: Int], _ db: Connection) throws {
        if sums.isEmpty { return }
        let rows = sums.sorted {
            ($0.key.fold.site, $0.key.fold.month, $0.key.key.uuidString)
                < ($1.key.fold.site, $1.key.fold.month, $1.key.key.uuidString)
        }
        try db.run(
            """
            INSERT INTO audience.pv_month AS m (site, month, content, pv)
            SELECT * FROM unnest(\(rows.map(\.key.fold.site))::integer[], \(rows.map(\.key.fold.month))::date[],
                \(rows.map(\.key.key))::uuid[], \(rows.map(\.value))::bigint[])
            ON CONFLICT ON CONSTRAINT pv_month_pkey DO UPDATE SET pv = m.pv + excluded.pv
            """)
    }
}
