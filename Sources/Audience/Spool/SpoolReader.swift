public import FoundationEssentials
public import Values

/// A place in a spool, between two records. Kept with what was counted, in one transaction.
public struct SpoolCursor: Sendable, Equatable {
    /// Sequence of the first record of the segment it is in.
    public let segment: UInt64
    /// Byte of that segment.
    public let place: Int
    /// Sequence of the record that follows.
    public let next: UInt64

    public init(segment: UInt64, place: Int, next: UInt64) {
        self.segment = segment
        self.place = place
        self.next = next
    }
}

/// Reads a spool from a place on, while it is being written to or after its writer died.
public struct SpoolReader: Sendable {
    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// The records that follow a place, up to about so many bytes of them, and the place behind the last one. None when
    /// all were read, or when what follows isn't whole yet.
    ///
    /// - Parameter cursor: nil for the beginning of the oldest segment.
    /// - Throws: ``SpoolError``: `damaged`, `gone`, `refused`.
    public func read(
        after cursor: SpoolCursor?, limit: Int = 4 * 1024 * 1024
    ) throws(SpoolError) -> (records: [SpoolRecord], cursor: SpoolCursor?) {
        let segments = try SpoolSegment.all(in: folder)
        guard var segment = cursor.map({ SpoolSegment(folder: folder, first: $0.segment) }) ?? segments.first else {
            return ([], nil)
        }
        guard segments.contains(segment) else { throw .gone(path: segment.path) }
        var at = cursor ?? SpoolCursor(segment: segment.first, place: 0, next: segment.first)
        while true {
            let following = segments.first { $0.first > segment.first }
            let contents = try segment.read(from: at.place, expecting: at.next, limit: limit)
            // A record whose flush failed stands once more in the next segment, with the same sequence.
            let records = contents.records.filter { $0.sequence < following?.first ?? .max }
            if let last = records.last {
                return (records, SpoolCursor(segment: segment.first, place: contents.end, next: last.sequence + 1))
            }
            guard let following else { return ([], at.place == 0 ? cursor : at) }
            guard at.next == following.first else { throw .damaged(path: segment.path, at: contents.end) }
            segment = following
            at = SpoolCursor(segment: following.first, place: 0, next: following.first)
        }
    }

    /// What the spool is known by.
    ///
    /// - Throws: ``SpoolError/refused(path:reason:)`` when no collector ever opened this folder.
    public func identity() throws(SpoolError) -> UUID {
        guard let identity = try SpoolIdentity.read(folder) else {
            throw .refused(path: folder, reason: "it is no spool: no collector has opened it yet")
        }
        return identity
    }

    /// The place before the oldest record there is; nil when there is no segment.
    func beginning() throws(SpoolError) -> SpoolCursor? {
        try SpoolSegment.all(in: folder).first.map { SpoolCursor(segment: $0.first, place: 0, next: $0.first) }
    }

    /// Removes the segments before the one a cursor is in that were last written to before an instant: what they hold was
    /// counted, and whoever goes back to an older backup doesn't need them any more.
    ///
    /// - Returns: how many.
    @discardableResult
    public func remove(countedBefore cursor: SpoolCursor, writtenBefore: Timestamp) throws(SpoolError) -> Int {
        var removed = 0
        for segment in try SpoolSegment.all(in: folder) where segment.first < cursor.segment {
            // In their order: a hole would look like damage.
            guard try Descriptor.written(segment.path) < writtenBefore.seconds else { break }
            try Descriptor.remove(segment.path)
            removed += 1
        }
        return removed
    }
}
