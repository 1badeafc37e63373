/// One visit, as long as it may go on. Content, source and bucket are numbers of a `VisitBook`.
struct Visit: BitwiseCopyable, Sendable {
    /// The visitor under the day's salt, so a visit can't outlive the local day.
    var visitor: UInt64
    var start: Int64
    var last: Int64
    /// None for engagement that was told of later: it belongs to the visit that its page load is in.
    var views: UInt32
    var engagedMs: UInt32 = 0
    /// What the visit began with, where it came from, and the local hour it began in.
    var content: UInt32
    var source: UInt32
    var bucket: UInt32

    /// Half an hour without a view ends a visit: exactly 1,800 s start a new one.
    static let gap: Int64 = 1_800
    /// A visit of one view with less engagement is a bounce.
    static let engagedEnoughMs: UInt32 = 10_000

    var isBounce: Bool { views == 1 && engagedMs < Visit.engagedEnoughMs }
}

/// The names behind the numbers of visits: contents, sources and hours of one transaction.
struct VisitBook: Sendable {
    private(set) var contents: [Hash128] = []
    private(set) var sources: [String] = []
    private(set) var buckets: [Bucket] = []
    private var contentNumbers: [Hash128: UInt32] = [:]
    private var sourceNumbers: [String: UInt32] = [:]
    private var bucketNumbers: [Bucket: UInt32] = [:]

    mutating func number(_ content: Hash128) -> UInt32 { Self.number(content, &contents, &contentNumbers) }
    mutating func number(_ source: String) -> UInt32 { Self.number(source, &sources, &sourceNumbers) }
    mutating func number(_ bucket: Bucket) -> UInt32 { Self.number(bucket, &buckets, &bucketNumbers) }

    private static func number<Name: Hashable>(_ name: Name, _ names: inout [Name], _ numbers: inout [Name: UInt32])
        -> UInt32
    {
        if let known = numbers[name] { return known }
        let number = UInt32(names.count)
        names.append(name)
        numbers[name] = number
        return number
    }

    /// Joins two visits that are one. The landing view is the earliest; of two in the same second the one that sorts
    /// first, so that the order in which lines were read doesn't matter.
    func join(_ visit: inout Visit, _ other: Visit) {
        let engagedMs = visit.engagedMs.addingReportingOverflow(other.engagedMs)
        defer { visit.engagedMs = engagedMs.overflow ? .max : engagedMs.partialValue }
        // Engagement alone neither begins nor prolongs a visit.
        if other.views == 0 { return }
        if visit.views == 0 {
            visit = other
            return
        }
        if startsEarlier(other, than: visit) {
            visit.start = other.start
            visit.content = other.content
            visit.source = other.source
            visit.bucket = other.bucket
        }
        visit.last = max(visit.last, other.last)
        visit.views += other.views
    }

    private func startsEarlier(_ left: Visit, than right: Visit) -> Bool {
        if left.start != right.start { return left.start < right.start }
        if left.content != right.content { return contents[Int(left.content)] < contents[Int(right.content)] }
        return left.source != right.source && sources[Int(left.source)] < sources[Int(right.source)]
    }
}

/// What visits add to the rollups. Visits that went on take back what they added before, so amounts may be negative.
struct VisitSums: Sendable {
    struct Amount: Equatable, Sendable {
        var visits = 0
        var bounces = 0
        var views = 0

        var isZero: Bool { visits == 0 && bounces == 0 && views == 0 }

        mutating func add(_ other: Amount) {
            visits += other.visits
            bounces += other.bounces
            views += other.views
        }
    }

    /// By bucket.
    private(set) var hours: [UInt32: Amount] = [:]
    /// By bucket in the upper and content in the lower half.
    private(set) var entries: [UInt64: Int] = [:]
    /// By local day in the upper and source in the lower half.
    private(set) var origins: [UInt64: Amount] = [:]

    /// - Parameter views: as many cells may be begun with, at most.
    init(atMost views: Int) { entries.reserveCapacity(views / 2) }

    mutating func add(_ visit: Visit, _ sign: Int, _ book: borrowing VisitBook) {
        let bounce = visit.isBounce ? sign : 0
        hours[visit.bucket, default: Amount()].add(Amount(visits: sign, bounces: bounce))
        entries[UInt64(visit.bucket) << 32 | UInt64(visit.content), default: 0] += sign
        let day = UInt32(bitPattern: book.buckets[Int(visit.bucket)].day)
        let origin = UInt64(day) << 32 | UInt64(visit.source)
        origins[origin, default: Amount()].add(
            Amount(visits: sign, bounces: bounce, views: sign * Int(visit.views)))
    }

    /// Leaves out what came to nothing, so that nothing is written for it.
    mutating func prune() {
        hours = hours.filter { !$0.value.isZero }
        for (cell, begun) in entries where begun == 0 { entries[cell] = nil }
        origins = origins.filter { !$0.value.isZero }
    }
}

/// Where a visit is in an array, by its visitor.
private struct VisitPlace: Keyed {
    let key: UInt64
    let index: Int
}

/// The visits of one stream that may still go on: a site's own, or those of a file that lies behind it.
///
/// Views come in any order within two hours of event time; visits are kept as intervals that grow together, so the
/// result is the same whatever the order was.
struct OpenVisits: Sendable {
    /// The latest view seen.
    private(set) var watermark: Int64
    private(set) var visits: [Visit]

    /// A view this far behind the watermark comes too late to join a visit.
    static let patience: Int64 = 7_200

    init(watermark: Int64 = .min, visits: [Visit] = []) {
        self.watermark = watermark
        self.visits = visits
    }

    /// Whether a view is too late; it counts as a view all the same.
    func isTooLate(_ seconds: Int64) -> Bool {
        watermark != .min && seconds < watermark - OpenVisits.patience
    }

    /// By visitor, then by start.
    private static func order(_ visits: [Visit]) -> [VisitPlace] {
        var places = visits.indices.map { VisitPlace(key: visits[$0].visitor, index: $0) }
        // Visitors are hashes: their upper halves all but tell them apart, and what is left to do is next to its place.
        RadixSort.sort(&places, from: 31)
        for sorted in places.indices.dropFirst() {
            let place = places[sorted]
            let start = visits[place.index].start
            var at = sorted
            while at > 0 {
                let before = places[at - 1]
                let isBehind = before.key == place.key ? visits[before.index].start > start : before.key > place.key
                guard isBehind else { break }
                places[at] = before
                at -= 1
            }
            places[at] = place
        }
        return places
    }

    /// Takes in views, each given as a visit of its own, and answers what changes in the rollups.
    mutating func add(_ views: [Visit], _ book: borrowing VisitBook) -> VisitSums {
        var sums = VisitSums(atMost: views.count)
        guard let latest = views.lazy.map(\.last).max() else { return sums }
        for visit in visits { sums.add(visit, -1, book) }
        let all = visits + views
        var joined: [Visit] = []
        joined.reserveCapacity(all.count / 2)
        for place in OpenVisits.order(all) {
            let visit = all[place.index]
            // Intervals sorted by start: this one belongs to the one before when the gap is short enough.
            if let open = joined.last, open.visitor == visit.visitor, visit.start - open.last < Visit.gap {
                book.join(&joined[joined.count - 1], visit)
            } else {
                joined.append(visit)
            }
        }
        // Engagement whose visit is over for good has come too late.
        joined.removeAll { $0.views == 0 }
        for visit in joined { sums.add(visit, 1, book) }
        sums.prune()
        watermark = max(watermark, latest)
        // What no view within the patience can join any more is done.
        let horizon = watermark - OpenVisits.patience - Visit.gap
        visits = joined.filter { $0.last > horizon }
        return sums
    }
}
