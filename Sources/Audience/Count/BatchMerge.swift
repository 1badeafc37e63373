/// Brings the tallies of all workers together: numbers that were each worker's own become the batch's.
struct BatchMerge {
    private let identityKey: HashKey
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
    private var devices: [Int] = []
    private var samples: [RejectKey: [UInt8]] = [:]
    private var missing: [BatchCount.MissingPage: Int] = [:]

    init(_ plan: ScanPlan) { self.init(identityKey: plan.identityKey) }
    init(identityKey: HashKey) { self.identityKey = identityKey }

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
            for code in 0..<DeviceClass.count {
                devices[Int(bucketMap[local]) * DeviceClass.count + code] += Int(
                    tally.devices[local * DeviceClass.count + code])
            }
        }
        tally.missing.forEach { local, path, referrer, lines in
            let bucket = buckets[Int(bucketMap[Int(local)])]
            missing[
                BatchCount.MissingPage(
                    site: Int(bucket.site), day: bucket.day, path: path, referrer: referrer), default: 0] += lines
        }
        for (key, sample) in tally.samples {
            let renumbered = RejectKey(bucket: bucketMap[Int(key.bucket)], reason: key.reason)
            if let known = samples[renumbered], !sample.lexicographicallyPrecedes(known) { continue }
            samples[renumbered] = sample
        }
    }

    mutating func site(_ host: String, _ span: ClosedRange<Int64>?) -> Int {
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

    mutating func bucket(_ bucket: Bucket) -> UInt32 {
        if let known = bucketNumbers[bucket] { return known }
        let number = UInt32(buckets.count)
        bucketNumbers[bucket] = number
        buckets.append(bucket)
        outcomes.append(contentsOf: repeatElement(0, count: Outcome.count))
        devices.append(contentsOf: repeatElement(0, count: DeviceClass.count))
        return number
    }

    mutating func content(_ key: ByteRange) -> UInt32 {
        let hash = SipHash.hash128(key, key: identityKey)
        if let known = contentNumbers[hash] { return known }
        let number = UInt32(contents.count)
        contentNumbers[hash] = number
        contents.append(BatchCount.Content(hash: hash, path: key.text))
        return number
    }

    private mutating func other() -> UInt32 {
        Array(ScanPlan.otherKey.utf8).withUnsafeBufferPointer { content(ByteRange($0)) }
    }

    mutating func source(_ name: String) -> UInt32 {
        if let known = sourceNumbers[name] { return known }
        let number = UInt32(sourceNames.count)
        sourceNumbers[name] = number
        sourceNames.append(name)
        return number
    }

    mutating func count(_ outcome: Outcome, _ bucket: UInt32) {
        outcomes[Int(bucket) * Outcome.count + Int(outcome.code)] += 1
    }

    mutating func reject(_ reason: RejectReason, _ bucket: UInt32) {
        count(Outcome(reason), bucket)
        samples[RejectKey(bucket: bucket, reason: reason)] = []
    }

    mutating func cell(_ bucket: UInt32, _ content: UInt32, _ kind: ViewClass, views: UInt64) {
        cells.append(
            BatchCount.Cell(
                key: UInt64(bucket) << 36 | UInt64(content) << 4 | UInt64(kind.rawValue), views: views))
    }

    /// A view by a person.
    mutating func event(_ event: ViewEvent, on device: DeviceClass) {
        events.append(event)
        devices[Int(event.bucket) * DeviceClass.count + Int(device.rawValue)] += 1
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

        for index in cells.indices {
            let key = cells[index].key
            cells[index].key =
                bucketRank[Int(key >> 36)] << 36 | contentRank[Int(key >> 4 & 0xffff_ffff)] << 4 | key & 15
        }
        RadixSort.sort(&cells)
        BatchMerge.combine(&cells)
        for index in events.indices {
            events[index].bucket = UInt32(bucketRank[Int(events[index].bucket)])
            events[index].content = UInt32(contentRank[Int(events[index].content)])
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
            sourceNames: sourceNames, cells: cells, events: events,
            outcomes: bucketOrder.flatMap { outcomes[($0 * Outcome.count)..<(($0 + 1) * Outcome.count)] },
            devices: bucketOrder.flatMap { devices[($0 * DeviceClass.count)..<(($0 + 1) * DeviceClass.count)] },
            rejections: rejections, missing: missing)
    }

    /// Cells that several workers counted become one.
    private static func combine(_ cells: inout [BatchCount.Cell]) {
        var kept = 0
        for index in cells.indices.dropFirst() {
            if cells[index].key == cells[kept].key {
                cells[kept].views += cells[index].views
            } else {
                kept += 1
                cells[kept] = cells[index]
            }
        }
        if !cells.isEmpty { cells.removeSubrange((kept + 1)...) }
    }
}
