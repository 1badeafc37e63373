/// One human view, as the sessions need it.
struct ViewEvent: BitwiseCopyable {
    /// Address, agent and site under the lasting key; becomes a visitor of a day under that day's salt, and is stored
    /// nowhere.
    var visitor: UInt64
    var time: UInt32
    var content: UInt32
    var bucket: UInt32
    var source: UInt32
}

/// An hour of one site, by the instant at which the site's local hour began.
struct Bucket: Hashable, BitwiseCopyable {
    var site: UInt32
    var start: Int64
    /// Local days since 1970-01-01.
    var day: Int32

    /// The bucket of lines whose time can't be read.
    static func unknown(site: UInt32) -> Bucket { Bucket(site: site, start: 0, day: 0) }
}

/// What one worker has counted. All its memory is its own; workers meet only when it is merged.
struct Tally: ~Copyable {
    private let plan: ScanPlan
    private let hasProxies: Bool
    let routes: RouteTable
    private var agents: AgentMemory
    private var clock = LogTime()
    /// The line read last; its parts lie in the block that was scanned.
    private(set) var line = LogLine()
    private var json: JSONLine
    private var keys = ContentKey()
    private var landing = Landing()
    private var calendar: SiteCalendar

    private var rawPaths: Interner
    private var contentOfRawPath = Slab<UInt32>(capacity: 1024)
    private(set) var contents: Interner
    private(set) var sources: Interner
    private(set) var cells: CellTable
    private(set) var events = Slab<ViewEvent>(capacity: 4096)
    /// For each bucket, how many lines had each outcome.
    private(set) var outcomes = Slab<UInt64>(capacity: 4096)
    /// For each bucket, how many human views each class of device had.
    private(set) var devices = Slab<UInt64>(capacity: 1024)
    private(set) var samples: [RejectKey: [UInt8]] = [:]
    private(set) var missing: MissingPages
    private(set) var lines = 0

    private static let excluded: UInt32 = .max - 1

    init(_ plan: ScanPlan) {
        self.plan = plan
        hasProxies = !plan.proxies.isEmpty
        routes = RouteTable(plan.routes)
        agents = AgentMemory(plan.bots, tableKey: plan.tableKey, identityKey: plan.identityKey)
        json = JSONLine(plan.fields)
        calendar = SiteCalendar(plan)
        rawPaths = Interner(key: plan.tableKey, limit: plan.maximumPaths)
        contents = Interner(key: plan.tableKey, limit: plan.maximumPaths)
        sources = Interner(key: plan.tableKey, limit: ScanPlan.maximumSources)
        cells = CellTable(key: plan.tableKey)
        missing = MissingPages(key: plan.tableKey)
        // Number 0 is direct: no name at all.
        _ = sources.intern(.empty)
    }

    var siteHosts: [String] { calendar.hosts }
    var buckets: [Bucket] { calendar.buckets }
    var spans: [ClosedRange<Int64>?] { calendar.spans }

    /// Counts the lines of a block. The last one may lack its newline.
    mutating func scan(_ block: ByteRange) {
        var position = 0
        while position < block.count {
            let newline = block.find(0x0a, from: position)
            let end = newline < 0 ? block.count : newline
            take(ByteRange(block.start + position, end &- position))
            position = end &+ 1
        }
    }

    /// Drops what was counted, so that the next line's outcome stands alone. Sites, hours and keys stay known.
    mutating func forgetCounts() {
        outcomes.removeAll()
        devices.removeAll()
        events.removeAll()
        samples.removeAll()
    }

    @inline(__always)
    private mutating func take(_ text: ByteRange) {
        lines &+= 1
        if text.count > plan.maximumLineBytes { return reject(text, .tooLong, Bucket.unknown(site: 0)) }
        if let reason = line.parse(json.form(text)) { return refuse(text, reason) }
        let seconds = clock.seconds(line.time)
        let site = line.host.count == 0 ? 0 : calendar.site(line.host)
        if seconds == .min { return reject(text, .time, Bucket.unknown(site: site)) }
        if seconds > plan.latest { return reject(text, .future, Bucket.unknown(site: site)) }
        let bucket = calendar.bucket(seconds, site)
        makeRoom(bucket)
        outcomes.base[Int(bucket) &* Outcome.count &+ Int(judge(seconds, bucket, site).code)] &+= 1
    }

    @inline(__always)
    private mutating func makeRoom(_ bucket: UInt32) {
        while outcomes.count < (Int(bucket) &+ 1) &* Outcome.count {
            outcomes.append(repeating: 0, count: Outcome.count)
            devices.append(repeating: 0, count: DeviceClass.count)
        }
    }

    /// The first rule that fails, or the class.
    @inline(__always)
    private mutating func judge(_ seconds: Int64, _ bucket: UInt32, _ site: UInt32) -> Outcome {
        guard line.method.count == 3, line.method[0] == 0x47, line.method[1] == 0x45, line.method[2] == 0x54 else {
            return Outcome(ExclusionRule.method)
        }
        guard line.status == 200 || line.status == 203 || line.status == 304 else {
            if line.status == 404 || line.status == 410 { miss(bucket) }
            return Outcome(ExclusionRule.status)
        }
        if line.isPrefetch { return Outcome(ExclusionRule.prefetch) }
        let path = ContentKey.path(line.target)
        if path.count == 0 && line.target[0] != 0x68 && line.target[0] != 0x48 { return Outcome(ExclusionRule.route) }
        if routes.isStatic(path) { return Outcome(ExclusionRule.route) }
        let content = content(path)
        if content == Tally.excluded { return Outcome(ExclusionRule.route) }

        var kind = ViewClass.human
        var identity: UInt64 = 0
        var device = DeviceClass.unknown
        if line.hasAgent {
            let verdict = agents.verdict(line.agent)
            kind = verdict.kind
            identity = verdict.identity
            device = verdict.device
        }
        cells.add(UInt64(bucket) << 36 | UInt64(content) << 4 | UInt64(kind.rawValue))
        if kind == .human {
            devices.base[Int(bucket) &* DeviceClass.count &+ Int(device.rawValue)] &+= 1
            visit(seconds, bucket, site, content, identity)
        }
        return Outcome(kind)
    }

    @inline(__always)
    private mutating func visit(_ seconds: Int64, _ bucket: UInt32, _ site: UInt32, _ content: UInt32, _ agent: UInt64)
    {
        let client = hasProxies && line.rest.count > 0 ? forwardedClient() : line.address
        let address = Address(client, key: plan.identityKey)
        let visitor = VisitorIdentity.hash(
            address, agent: agent, site: calendar.identity(site), key: plan.identityKey)
        let query = line.target.find(0x3f) < 0 ? ByteRange.empty : ContentKey.query(line.target)
        var source: UInt32 = 0
        if query.count > 0 || line.referrer.count > 1 {
            let host = calendar.host(site)
            source = sources.intern(landing.source(query: query, referrer: line.referrer, site: host))
        }
        events.append(
            ViewEvent(
                visitor: visitor, time: UInt32(truncatingIfNeeded: seconds), content: content, bucket: bucket,
                source: source))
    }

    /// A page that isn't there, or not any more, asked for by a person.
    @inline(never)
    private mutating func miss(_ bucket: UInt32) {
        let path = ContentKey.path(line.target)
        if path.count == 0 || routes.isStatic(path) || line.isPrefetch { return }
        if line.hasAgent, agents.verdict(line.agent).kind != .human { return }
        let key = keys.normalised(path)
        if !routes.isExcluded(key) { missing.add(key, referrer: line.referrer, bucket: bucket) }
    }

    @inline(never)
    private func forwardedClient() -> ByteRange { plan.proxies.client(peer: line.address, forwarded: line.forwarded) }

    /// By which rule the address of the line read last was taken.
    var addressRule: AddressRule {
        guard plan.proxies.trusts(line.address) else { return .peer }
        return plan.proxies.trusts(forwardedClient()) ? .proxy : .forwarded
    }

    /// The number of the content that a path stands for; `excluded` for a path under an excluded prefix.
    @inline(__always)
    private mutating func content(_ path: ByteRange) -> UInt32 {
        let raw = rawPaths.intern(path)
        if raw < contentOfRawPath.count { return contentOfRawPath[Int(raw)] }
        let content = newContent(path)
        if raw != Interner.overflow { contentOfRawPath.append(content) }
        return content
    }

    @inline(never)
    private mutating func newContent(_ path: ByteRange) -> UInt32 {
        let key = keys.normalised(path)
        if routes.isExcluded(key) { return Tally.excluded }
        let number = key.count > ContentKey.maximumBytes ? Interner.overflow : contents.intern(key)
        return number == Interner.overflow ? ScanPlan.other : number
    }

    /// A line that doesn't parse, in the hour it names if it names one.
    @inline(never)
    private mutating func refuse(_ text: ByteRange, _ reason: RejectReason) {
        var bucket = Bucket.unknown(site: 0)
        if reason == .quote || reason == .request || reason == .status {
            bucket.site = line.host.count == 0 ? 0 : calendar.site(line.host)
            let seconds = clock.seconds(line.time)
            if seconds != .min, seconds <= plan.latest {
                bucket = calendar.buckets[Int(calendar.bucket(seconds, bucket.site))]
            }
        }
        reject(text, reason, bucket)
    }

    @inline(never)
    private mutating func reject(_ text: ByteRange, _ reason: RejectReason, _ bucket: Bucket) {
        let number = calendar.number(of: bucket)
        makeRoom(number)
        outcomes[Int(number) * Outcome.count + Int(reason.rawValue)] += 1
        let key = RejectKey(bucket: number, reason: reason)
        let sample = RejectSample.redacted(text)
        // The smallest, whatever the order of the lines and the blocks.
        if let known = samples[key], known.lexicographicallyPrecedes(sample) || known == sample { return }
        samples[key] = sample
    }
}

/// Which rejections of which hour.
struct RejectKey: Hashable {
    let bucket: UInt32
    let reason: RejectReason
}
