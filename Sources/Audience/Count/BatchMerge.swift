/// Brings the tallies of all workers together: numbers that were each worker's own become the batch's.
struct BatchMerge {
    private let plan: ScanPlan
    private var hosts: [String] = []
    private var siteNumbers: [String: Int] = [:]
    private var spans: [ClosedRange<Int64>?] = []
    private var buckets: [Bucket] = []
    private var bucketNumbers: [Bucket: UInt32] = [:]
    private var contents: [BatchCount.Content] = []
    private var contentNumbers: [Hash128: UInt32] = [:]
    private var sourceNames: [String] = [""]
    private var sourceNumbers: [String: UInt32] = ["": 0]
    private var cells: [BatchCount.Cell] = []
    private var events: [ViewEvent] = []
    private var outcomes: [Int] = []
    private var samples: [RejectKey: [UInt8]] = [:]

    init(_ plan: ScanPlan) { self.plan = plan }

    mutating func add(_ tally: borrowing Tally) {
        let sites = zip(tally.siteHosts, tally.spans).map { site($0, $1) }
        let bucketMap = tally.buckets.map { bucket -> UInt32 in
            var renumbered = bucket
            renumbered.site = UInt32(sites[Int(bucket.site)])
            return self.bucket(renumbered)
        }
        let contentMap = (0..<tally.contents.count).map { content(tally.contents.key(UInt32($0))) }
        let sourceMap = (0..<tally.sources.count).map { source(tally.sources.key(UInt32($0)).text) }
        var other: UInt32?

        cells.reserveCapacity(cells.count + tally.cells.count)
        tally.cells.forEach { key, views in
            let bucket = UInt64(bucketMap[Int(key >> 36)])
            let local = UInt32(key >> 4 & 0xffff_ffff)
            if local == ScanPlan.other, other == nil { other = self.other() }
            let content = local == ScanPlan.other ? other ?? 0 : contentMap[Int(local)]
            cells.append(BatchCount.Cell(key: bucket << 36 | UInt64(content) << 4 | key & 15, views: views))
        }
        events.reserveCapacity(events.count + tally.events.count)
        for index in 0..<tally.events.count {
            var event = tally.events[index]
            event.bucket = bucketMap[Int(event.bucket)]
            event.content = event.content == ScanPlan.other ? other ?? 0 : contentMap[Int(event.content)]
            event.source = event.source == Interner.overflow ? source("h(other)") : sourceMap[Int(event.source)]
            events.append(event)
        }
        for local in bucketMap.indices where (local + 1) * Outcome.count <= tally.outcomes.count {
            for code in 0..<Outcome.count {
                outcomes[Int(bucketMap[local]) * Outcome.count + code] += Int(
                    tally.outcomes[local * Outcome.count + code])
            }
        }
        for (key, sample) in tally.samples {
            let renumbered = RejectKey(bucket: bucketMap[Int(key.bucket)], reason: key.reason)
            if let known = samples[renumbered], !sample.lexicographicallyPrecedes(known) { continue }
            samples[renumbered] = sample
        }
    }

    private mutating func site(_ host: String, _ span: ClosedRange<Int64>?) -> Int {
        let number = siteNumbers[host] ?? hosts.count
        if number == hosts.count {
            siteNumbers[host] = number
            hosts.append(host)
            spans.append(nil)
        }
        if let span {
            let known = spans[number] ?? span
            spans[number] = min(known.lowerBound, span.lowerBound)...max(known.upperBound, span.upperBound)
        }
        return number
    }

    private mutating func bucket(_ bucket: Bucket) -> UInt32 {
        if let known = bucketNumbers[bucket] { return known }
        let number = UInt32(buckets.count)
        bucketNumbers[bucket] = number
        buckets.append(bucket)
        outcomes.append(contentsOf: repeatElement(0, count: Outcome.count))
        return number
    }

    private mutating func content(_ key: ByteRange) -> UInt32 {
        let hash = SipHash.hash128(key, key: plan.identityKey)
        if let known = contentNumbers[hash] { return known }
        let number = UInt32(contents.count)
        contentNumbers[hash] = number
        contents.append(BatchCount.Content(hash: hash, path: key.text))
        return number
    }

    private mutating func other() -> UInt32 {
        Array(ScanPlan.otherKey.utf8).withUnsafeBufferPointer { content(ByteRange($0)) }
    }

    private mutating func source(_ name: String) -> UInt32 {
        if let known = sourceNumbers[name] { return known }
        let number = UInt32(sourceNames.count)
        sourceNumbers[name] = number
        sourceNames.append(name)
        return number
    }

    /// Puts everything into the order in which it is stored, so that equal input gives equal statements, and two
    /// importers take their row locks in one order.
    consuming func finish(lines: [Int]) -> BatchCount {
        let bucketOrder = buckets.indices.sorted {
            let (left, right) = (buckets[$0], buckets[$1])
            let (a, b) = (hosts[Int(left.site)], hosts[Int(right.site)])
            return a == b ? left.start < right.start : a < b
        }
        let contentOrder = contents.indices.sorted { contents[$0].hash < contents[$1].hash }
        var bucketRank = [UInt64](repeating: 0, count: buckets.count)
        for (rank, index) in bucketOrder.enumerated() { bucketRank[index] = UInt64(rank) }
        var contentRank = [UInt64](repeating: 0, count: contents.count)
        for (rank, index) in contentOrder.enumerated() { contentRank[index] = UInt64(rank) }

        var ranked = cells
        for index in ranked.indices {
            let key = ranked[index].key
            ranked[index].key =
                bucketRank[Int(key >> 36)] << 36 | contentRank[Int(key >> 4 & 0xffff_ffff)] << 4 | key & 15
        }
        RadixSort.sort(&ranked)
        var moved = events
        for index in moved.indices {
            moved[index].bucket = UInt32(bucketRank[Int(moved[index].bucket)])
            moved[index].content = UInt32(contentRank[Int(moved[index].content)])
        }
        var rejections: [BatchCount.Rejection] = []
        for (key, sample) in samples {
            let lines = outcomes[Int(key.bucket) * Outcome.count + Int(key.reason.rawValue)]
            rejections.append(
                BatchCount.Rejection(
                    bucket: Int(bucketRank[Int(key.bucket)]), reason: key.reason, lines: lines, sample: sample))
        }
        rejections.sort { ($0.bucket, $0.reason.rawValue) < ($1.bucket, $1.reason.rawValue) }
        return BatchCount(
            lines: lines, sites: zip(hosts, spans).map { BatchCount.Site(host: $0, span: $1) },
            buckets: bucketOrder.map { buckets[$0] }, contents: contentOrder.map { contents[$0] },
            sourceNames: sourceNames, cells: BatchMerge.combined(ranked), events: moved,
            outcomes: bucketOrder.flatMap { outcomes[($0 * Outcome.count)..<(($0 + 1) * Outcome.count)] },
            rejections: rejections)
    }

    /// Cells that several workers counted become one.
    private static func combined(_ cells: [BatchCount.Cell]) -> [BatchCount.Cell] {
        var output: [BatchCount.Cell] = []
        output.reserveCapacity(cells.count)
        for cell in cells {
            if let last = output.indices.last, output[last].key == cell.key {
                output[last].views += cell.views
            } else {
                output.append(cell)
            }
        }
        return output
    }
}
