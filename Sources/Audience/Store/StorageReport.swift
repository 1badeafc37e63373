public import Postgres
public import Values

/// How much room the counted views take, table by table and month by month.
public struct StorageReport: Sendable {
    public struct Line: Sendable, Equatable {
        public let table: String
        /// The month of a partition; nil for a table that isn't divided.
        public let month: Period?
        /// As the server's statistics have it.
        public let rows: Int
        /// With indexes and what is stored beside the table.
        public let bytes: Int
    }

    public let lines: [Line]
    public let standing: UpkeepStanding

    /// The last month for which there is room.
    public var lastMonth: Period? { lines.compactMap(\.month).max { $0.firstDay < $1.firstDay } }

    /// - Parameter now: the database's clock when nil.
    public init(now: Timestamp? = nil, _ db: Connection) throws {
        standing = try UpkeepStanding(now: now, db)
        lines = try db.rows(
            """
            SELECT coalesce(p.relname, c.relname)::text,
                CASE WHEN p.oid IS NOT NULL THEN to_date(right(c.relname, 7), 'YYYY_MM') END AS month,
                pg_stat_get_live_tuples(c.oid), pg_total_relation_size(c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
            LEFT JOIN pg_class p ON p.oid = i.inhparent
            WHERE n.nspname = 'audience' AND c.relkind = 'r'
            ORDER BY coalesce(p.relname, c.relname)::text COLLATE "C", month
            """
        ) { row in
            Line(
                table: try row.next(),
                month: try row.next(LocalDate?.self).map { Period(.month, containing: $0) },
                rows: try row.next(), bytes: try row.next())
        }
    }
}
