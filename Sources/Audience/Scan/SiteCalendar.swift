/// The sites of a scan and their local hours. The hour found last is kept: lines come in order, mostly.
struct SiteCalendar: ~Copyable {
    private let plan: ScanPlan
    private var siteOfHost: Interner
    private var hostOfSite: Interner
    private var offsets: [@Sendable (Int64) -> Int] = []
    private var identities = Slab<UInt64>(capacity: 16)
    private var first = Slab<Int64>(capacity: 16)
    private var last = Slab<Int64>(capacity: 16)

    private(set) var buckets: [Bucket] = []
    private var numbers: [Bucket: UInt32] = [:]

    private var lastSite: UInt32 = .max
    private var lastFrom: Int64 = 0
    private var lastTo: Int64 = 0
    private var lastBucket: UInt32 = 0

    init(_ plan: ScanPlan) {
        self.plan = plan
        siteOfHost = Interner(key: plan.tableKey, limit: 100_000)
        hostOfSite = Interner(key: plan.tableKey, limit: ScanPlan.maximumSites)
        add(Array(plan.site.host.utf8), plan.site.offset)
        for site in plan.known where site.host != plan.site.host { add(Array(site.host.utf8), site.offset) }
    }

    /// The first and the last instant seen of each site.
    var spans: [ClosedRange<Int64>?] { (0..<first.count).map { first[$0] <= last[$0] ? first[$0]...last[$0] : nil } }

    var hosts: [String] { (0..<hostOfSite.count).map { hostOfSite.key(UInt32($0)).text } }

    @inline(__always)
    func host(_ site: UInt32) -> ByteRange { hostOfSite.key(site) }

    /// What stands for the site in the hash of a visitor: its host, because numbers differ between databases.
    @inline(__always)
    func identity(_ site: UInt32) -> UInt64 { identities[Int(site)] }

    private mutating func add(_ host: [UInt8], _ offset: @escaping @Sendable (Int64) -> Int) {
        let key = plan.identityKey
        host.withUnsafeBufferPointer { buffer in
            let range = ByteRange(buffer)
            let before = hostOfSite.count
            _ = hostOfSite.intern(range)
            guard hostOfSite.count > before else { return }
            offsets.append(offset)
            identities.append(SipHash.hash(range, key: key))
            first.append(.max)
            last.append(.min)
        }
    }

    /// The site that a line's virtual host names.
    mutating func site(_ host: ByteRange) -> UInt32 {
        if plan.isFixed { return 0 }
        var folded = ScanSite.folded(host.text).utf8.map { byte -> UInt8 in byte > 0x20 && byte < 0x7f ? byte : 0x3f }
        if folded.count > 253 { folded = Array(folded.prefix(253)) }
        let before = hostOfSite.count
        add(folded, plan.offsetOfNewSite)
        if hostOfSite.count > before { return UInt32(before) }
        let number = folded.withUnsafeBufferPointer { hostOfSite.intern(ByteRange($0)) }
        return number == Interner.overflow ? 0 : number
    }

    /// The number of the local hour an instant falls into.
    @inline(__always)
    mutating func bucket(_ seconds: Int64, _ site: UInt32) -> UInt32 {
        if site != lastSite || seconds < lastFrom || seconds >= lastTo { find(seconds, site) }
        if seconds < first.base[Int(site)] { first[Int(site)] = seconds }
        if seconds > last.base[Int(site)] { last[Int(site)] = seconds }
        return lastBucket
    }

    @inline(never)
    private mutating func find(_ seconds: Int64, _ site: UInt32) {
        let found = SiteCalendar.bucket(seconds, site: site, offset: offsets[Int(site)])
        lastBucket = number(of: found)
        lastSite = site
        lastFrom = found.start
        lastTo = found.start + 3600
        // A change of the clock inside the hour makes it two buckets; then nothing is kept but this second.
        let offset = offsets[Int(site)]
        let here = offset(seconds)
        if offset(lastFrom) != here || offset(lastTo - 1) != here {
            lastFrom = seconds
            lastTo = seconds + 1
        }
    }

    /// The hour by the site's own clock: the instant at which it began, were the offset then what it is now.
    static func bucket(_ seconds: Int64, site: UInt32, offset: (Int64) -> Int) -> Bucket {
        let east = Int64(offset(seconds))
        let local = seconds + east
        let hour = local - (local % 3600 + 3600) % 3600
        let day = (hour - (hour % 86_400 + 86_400) % 86_400) / 86_400
        return Bucket(site: site, start: hour - east, day: Int32(truncatingIfNeeded: day))
    }

    mutating func number(of bucket: Bucket) -> UInt32 {
        if let known = numbers[bucket] { return known }
        let number = UInt32(buckets.count)
        buckets.append(bucket)
        numbers[bucket] = number
        return number
    }
}
