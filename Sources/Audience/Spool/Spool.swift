public import FoundationEssentials
public import Values

/// What collectors were told and the aggregator hasn't counted yet: a folder of segments that outlives the process, the
/// power and the database.
///
/// `append` returns when its record is on the disk. Records that come while the disk is busy are written together and
/// flushed once, so that a thousand a second cost a few dozen flushes. A record that was acknowledged is never lost to a
/// kill or a full disk; one that wasn't may be there all the same.
public actor Spool {
    public struct Options: Sendable {
        /// A segment that has grown to this is followed by the next.
        public var segmentBytes = 64 * 1024 * 1024
        /// How much may wait for the disk before `append` refuses.
        public var waitingBytes = 16 * 1024 * 1024
        /// What a new spool is known by.
        public var drawIdentity: @Sendable () -> UUID = { UUID() }

        public init() {}
    }

    private struct Waiting {
        let payload: [UInt8]
        let at: Timestamp
        let acknowledgement: CheckedContinuation<UInt64, any Error>
    }

    /// What one turn of the disk works on.
    private struct Tail: Sendable {
        var file: SpoolFile
        /// Sequence of the next record.
        var next: UInt64
    }

    public nonisolated let folder: String
    private let options: Options
    private let lock: Descriptor
    private var tail: Tail
    private var waiting: [Waiting] = []
    private var waitingBytes = 0
    private var isWriting = false
    private var isClosed = false
    private var isReleased = false
    private var closing: [CheckedContinuation<Void, Never>] = []
    /// How often the disk was flushed for records since the spool was opened.
    public private(set) var flushes = 0

    /// Opens a spool, and makes its folder's first segment when it has none. What a dead writer left half-written behind
    /// the last whole record is cut off: it was never acknowledged.
    ///
    /// Blocks on the disk; `folder` has to exist.
    /// - Throws: ``SpoolError``: `inUse`, `damaged` when a segment ends before the next one begins, `full`, `refused`.
    public init(folder: String, _ options: Options = Options()) throws(SpoolError) {
        self.folder = folder
        self.options = options
        lock = try Descriptor(folder + "/spool.lock", for: .lock)
        do throws(SpoolError) {
            guard try lock.lock() else { throw .inUse(path: folder) }
            try SpoolIdentity.ensure(folder, draw: options.drawIdentity)
            tail = try Spool.open(folder)
        } catch {
            lock.unlockNow()
            throw error
        }
    }

    deinit {
        guard !isReleased else { return }
        tail.file.close()
        lock.unlockNow()
    }

    private static func open(_ folder: String) throws(SpoolError) -> Tail {
        let segments = try SpoolSegment.all(in: folder)
        guard let last = segments.last else {
            return Tail(file: try SpoolFile(new: SpoolSegment(folder: folder, first: 1)), next: 1)
        }
        var next = last.first
        var place = 0
        while true {
            let contents = try last.read(from: place, expecting: next, limit: 4 * 1024 * 1024)
            next += UInt64(contents.records.count)
            // A segment whose form isn't even there yet was made by a writer that died over it.
            if contents.end == 0 {
                try Descriptor.remove(last.path)
                return Tail(file: try SpoolFile(new: last), next: next)
            }
            place = contents.end
            if contents.records.isEmpty { break }
        }
        return Tail(file: try SpoolFile(last, cutAt: place), next: next)
    }

    /// Takes a record; it is on the disk when this returns.
    ///
    /// - Returns: its sequence.
    /// - Throws: ``SpoolError``: `tooLarge`, `overloaded`, `full`, `closed`, `refused`; it wasn't taken then.
    @discardableResult
    public func append(_ payload: [UInt8], at: Timestamp) async throws -> UInt64 {
        guard payload.count <= SpoolRecord.payloadLimit else {
            throw SpoolError.tooLarge(payload.count, limit: SpoolRecord.payloadLimit)
        }
        guard !isClosed else { throw SpoolError.closed }
        guard waitingBytes + payload.count <= options.waitingBytes else {
            throw SpoolError.overloaded(limit: options.waitingBytes)
        }
        return try await withCheckedThrowingContinuation { acknowledgement in
            waiting.append(Waiting(payload: payload, at: at, acknowledgement: acknowledgement))
            waitingBytes += payload.count
            guard !isWriting else { return }
            isWriting = true
            Task { await self.write() }
        }
    }

    /// Writes what waits until nothing does; what comes meanwhile is the next turn's.
    private func write() async {
        while !waiting.isEmpty {
            let turn = waiting
            waiting = []
            waitingBytes = 0
            let (before, limit) = (tail, options.segmentBytes)
            let records = zip(before.next..., turn).map { sequence, one in
                SpoolRecord(sequence: sequence, at: one.at, payload: one.payload)
            }
            let failure: (any Error)?
            do {
                (tail, failure) = try await Workers.detached { Spool.append(records, to: before, limit) }
            } catch {
                failure = error
            }
            flushes += 1
            for (record, one) in zip(records, turn) {
                if let failure {
                    one.acknowledgement.resume(throwing: failure)
                } else {
                    one.acknowledgement.resume(returning: record.sequence)
                }
            }
        }
        isWriting = false
        closing.forEach { $0.resume() }
        closing = []
    }

    private static func append(_ records: [SpoolRecord], to tail: Tail, _ limit: Int) -> (Tail, SpoolError?) {
        var tail = tail
        do throws(SpoolError) {
            if tail.file.end >= limit && tail.file.isBegun || !tail.file.isSound {
                if !tail.file.isBegun { try Descriptor.remove(tail.file.segment.path) }
                let next = try SpoolFile(new: SpoolSegment(folder: tail.file.segment.folder, first: tail.next))
                tail.file.close()
                tail.file = next
            }
            try tail.file.append(records.flatMap(\.encoded))
            tail.next += UInt64(records.count)
            return (tail, nil)
        } catch {
            return (tail, error)
        }
    }

    /// Refuses what comes from now on, writes what waits, and lets the next writer in.
    public func close() async {
        isClosed = true
        if isWriting { await withCheckedContinuation { closing.append($0) } }
        guard !isReleased else { return }
        isReleased = true
        tail.file.close()
        lock.unlockNow()
    }
}
