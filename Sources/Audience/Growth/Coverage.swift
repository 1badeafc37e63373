public import Values
internal import Postgres

/// Which stretches of time the counted logs cover.
///
/// A file covers from its first to its last line. Gaps up to `gap` are closed: a quiet night has no lines. A period is
/// complete when it is covered from its first to its last second.
public struct Coverage: Hashable, Sendable {
    /// Up to a day without a line is taken for quiet, not for lost.
    public static let standardGap: Int64 = 86_400

    /// In order, apart from each other by more than the gap; seconds since 1970.
    public let spans: [ClosedRange<Int64>]
    public init(_ stretches: [ClosedRange<Int64>], gap: Int64 = Coverage.standardGap) {
        var spans: [ClosedRange<Int64>] = []
        for stretch in stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = spans.last, stretch.lowerBound - last.upperBound <= gap {
                spans[spans.count - 1] = last.lowerBound...max(last.upperBound, stretch.upperBound)
            } else {
                spans.append(stretch)
            }
        }
        self.spans = spans
    }

    /// Whether a period is over and covered from its first second to its last.
    public func contains(_ period: Range<Timestamp>, now: Timestamp) -> Bool {
        guard period.upperBound <= now else { return false }
        let (from, to) = (period.lowerBound.seconds, period.upperBound.seconds - 1)
        return spans.contains { $0.lowerBound <= from && to <= $0.upperBound }
    }

    /// What was counted itself covers, without what somebody vouches for.
    ///
    /// - Parameter ids: under which it was counted: a log's files, or the beacons of a spool.
    static func loadLogs(of ids: [Int], _ db: Connection, gap: Int64 = Coverage.standardGap) throws -> Coverage {
        Coverage(try stretches(logs(ids), db), gap: gap)
    }

    static func load(_ sites: [Site], _ db: Connection, gap: Int64 = Coverage.standardGap) throws -> Coverage {
        let ids = sites.map(\.id)
        let vouched: SQL = "SELECT from_at, to_at FROM audience.covered WHERE site = ANY(\(ids)::integer[])"
        return Coverage(try stretches(logs(ids) + " UNION ALL " + vouched, db), gap: gap)
    }

    private static func logs(_ ids: [Int]) -> SQL {
        """
        SELECT first_at, last_at FROM audience.file_span WHERE site = ANY(\(ids)::integer[])
        UNION ALL SELECT first_at, last_at FROM audience.spool_span WHERE site = ANY(\(ids)::integer[])
        """
    }

    private static func stretches(_ query: SQL, _ db: Connection) throws -> [ClosedRange<Int64>] {
        try db.rows(query) { row in
            let first = try row.next(Timestamp.self)
            return first.seconds...(try row.next(Timestamp.self).seconds)
        }
    }
}
