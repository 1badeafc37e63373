/// Scans logs with several workers and merges what they counted.
///
/// Safe to share because everything that changes is behind the lock, but for each worker's own tally, which one thread
/// touches until all have been joined.
final class LogScan: @unchecked Sendable {
    private final class Worker {
        var tally: Tally
        var block: Slab<UInt8>
        var lines: [Int]

        init(_ plan: ScanPlan, sources: Int) {
            tally = Tally(plan)
            block = Slab(capacity: plan.blockBytes * 2)
            lines = [Int](repeating: 0, count: sources)
        }

        func count(source: Int) {
            let before = tally.lines
            tally.scan(ByteRange(UnsafePointer(block.base), block.count))
            lines[source] += tally.lines - before
        }
    }

    private let plan: ScanPlan
    private let sources: [LogSource]
    private let lock = Lock()
    private var workers: [Worker] = []
    private var handedOut = 0
    private var ended: Set<Int> = []
    private var failure: LogSourceError?

    init(_ plan: ScanPlan, _ sources: [LogSource]) {
        self.plan = plan
        self.sources = sources
    }

    /// Reads on until about `limit` bytes have been counted or all sources have ended; nil when there was nothing left.
    func batch(limit: Int) throws(LogSourceError) -> BatchCount? {
        handedOut = 0
        workers = (0..<max(plan.workers, 1)).map { _ in Worker(plan, sources: sources.count) }
        Workers.run(workers.count) { index in
            let worker = self.workers[index]
            while let source = self.next(worker, limit) { worker.count(source: source) }
        }
        if let failure { throw failure }
        var lines = [Int](repeating: 0, count: sources.count)
        var merge = BatchMerge(plan)
        for worker in workers {
            for source in lines.indices { lines[source] += worker.lines[source] }
            merge.add(worker.tally)
        }
        workers = []
        return handedOut == 0 ? nil : merge.finish(lines: lines)
    }

    /// Which sources have been read to their end.
    func hasEnded(_ index: Int) -> Bool { ended.contains(index) }

    /// Fills the worker's block from the first source that has one; answers which source.
    private func next(_ worker: Worker, _ limit: Int) -> Int? {
        lock.lock()
        defer { lock.unlock() }
        guard failure == nil, handedOut < limit else { return nil }
        for (index, source) in sources.enumerated() where !ended.contains(index) {
            let before = source.offset
            do throws(LogSourceError) {
                if try source.next(&worker.block) {
                    handedOut += source.offset - before
                    return index
                }
                ended.insert(index)
            } catch {
                failure = error
                return nil
            }
        }
        return nil
    }
}

/// What a scan found, without a database: the accounting and the sizes, for benchmarks and for looking at a log.
public struct ScanSummary: Sendable, Equatable {
    public var lines = 0
    public var views: Int { classes[.human] ?? 0 }
    public var rejected: [RejectReason: Int] = [:]
    public var excluded: [ExclusionRule: Int] = [:]
    public var classes: [ViewClass: Int] = [:]
    /// Distinct contents, hours and filled cells of hour, content and class.
    public var contents = 0
    public var hours = 0
    public var cells = 0

    /// Scans and counts whole files, in batches of `batchBytes`.
    ///
    /// Contents, hours and cells are those of the last batch when there is more than one.
    public static func scan(
        _ paths: [String], plan: ScanPlan, batchBytes: Int = .max
    ) throws(LogSourceError) -> ScanSummary {
        var sources: [LogSource] = []
        for path in paths { sources.append(try LogSource(path: path, plan: plan, isFinal: true)) }
        let scan = LogScan(plan, sources)
        var summary = ScanSummary()
        while let batch = try scan.batch(limit: batchBytes) { summary.add(batch) }
        return summary
    }

    mutating func add(_ batch: BatchCount) {
        lines += batch.lines.reduce(0, +)
        rejected.merge(batch.rejected, uniquingKeysWith: +)
        excluded.merge(batch.excluded, uniquingKeysWith: +)
        classes.merge(batch.classes, uniquingKeysWith: +)
        contents = batch.contents.count
        hours = Set(batch.buckets.map(\.start)).count
        cells = batch.cells.count
    }
}
