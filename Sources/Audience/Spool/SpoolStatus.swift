public import Postgres
public import Values

/// How a spool stands: what lies in it, and what of it the database hasn't counted.
public struct SpoolStatus: Sendable, Equatable {
    public let folder: String
    public let segments: Int
    public let bytes: Int
    /// Bytes behind the place up to which was counted.
    public let bytesBehind: Int
    /// When the oldest record came that wasn't counted; nil when all were.
    public let oldestUncounted: Timestamp?
    /// When the last record came that was counted; nil when none was.
    public let lastCounted: Timestamp?

    /// - Throws: ``SpoolError``, of what is no spool as well; `PostgresError`.
    public static func load(folder: String, _ db: Connection) throws -> SpoolStatus {
        let reader = SpoolReader(folder: folder)
        let identity = try reader.identity()
        let counted = try SpoolState.find(identity, db)?.cursor
        let lastCounted = try db.value(
            "SELECT last_at FROM audience.spool WHERE identity = \(identity)", as: Timestamp?.self)
        let segments = try SpoolSegment.all(in: folder)
        var (bytes, behind) = (0, 0)
        for segment in segments {
            let size = try Descriptor.size(segment.path)
            bytes += size
            // A segment's first bytes name its form.
            let start = segment.first == counted?.segment ? counted?.place ?? 0 : 0
            if segment.first >= counted?.segment ?? 0 { behind += max(size - max(start, SpoolSegment.magic.count), 0) }
        }
        // Where the records that come next were removed, the oldest there are.
        let isThere = segments.contains { $0.first == counted?.segment }
        let (records, _) = try reader.read(after: isThere ? counted : nil, limit: 1)
        return SpoolStatus(
            folder: folder, segments: segments.count, bytes: bytes, bytesBehind: behind,
            oldestUncounted: records.first?.at, lastCounted: lastCounted ?? nil)
    }
}
