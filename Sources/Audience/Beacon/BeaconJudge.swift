/// Judges beacons by the rules by which a log's lines are judged, and leaves out of them what may not be kept.
struct BeaconJudge: ~Copyable {
    private let key: HashKey
    private let routes: RouteTable
    private var agents: AgentMemory
    private var keys = ContentKey()
    private var landing = Landing()

    /// - Parameter tableKey: secret of this process.
    init(bots: BotList, routes: Routes, identityKey: HashKey, tableKey: HashKey) {
        key = identityKey
        self.routes = RouteTable(routes)
        agents = AgentMemory(bots, tableKey: tableKey, identityKey: identityKey)
    }

    /// The host that a URL names, as it is stored; nil for a path.
    static func host(_ url: String) -> String? {
        let bytes = Array(url.utf8)
        if bytes.first == 0x2f { return nil }
        let host = bytes.withUnsafeBufferPointer { Landing.host(ByteRange($0)).text }
        return ScanSite.folded(host)
    }

    func address(_ text: String) -> Address {
        Array(text.utf8).withUnsafeBufferPointer { Address(ByteRange($0), key: key) }
    }

    /// What a spool keeps of the beacon.
    ///
    /// - Parameter site: the host as it is stored, of at most 253 bytes.
    mutating func record(_ beacon: Beacon, site: String, address: Address, agent: String) -> BeaconRecord {
        // The site is in the hash: an id that two sites drew is two loads.
        let load = SipHash.hash128(Array((site + " " + beacon.load).utf8), key: key)
        let event: BeaconRecord.Event
        switch beacon.event {
        case .view: event = .view(sight(beacon, site, address, agent))
        case .opening: event = .opening(sight(beacon, site, address, agent))
        case .engagement:
            event = .engagement(
                BeaconRecord.Engagement(
                    engagedMs: beacon.engagedMs, seenPercent: beacon.seenPercent, endSeen: beacon.endSeen))
        }
        return BeaconRecord(host: site, load: load, event: event)
    }

    private mutating func sight(
        _ beacon: Beacon, _ site: String, _ address: Address, _ agent: String
    ) -> BeaconRecord.Sight {
        let verdict = Array(agent.utf8).withUnsafeBufferPointer { agents.verdict(ByteRange($0)) }
        let identity = Array(site.utf8).withUnsafeBufferPointer { SipHash.hash(ByteRange($0), key: key) }
        let visitor = VisitorIdentity.hash(address, agent: verdict.identity, site: identity, key: key)
        let (path, rule) = Array(beacon.url.utf8).withUnsafeBufferPointer { content(ContentKey.path(ByteRange($0))) }
        // In the order in which a line's rules are asked.
        let outcome =
            beacon.isPrerendering
            ? Outcome(ExclusionRule.prefetch)
            : beacon.isVisible ? rule.map { Outcome($0) } ?? Outcome(verdict.kind) : Outcome(BeaconRule.hidden)
        return BeaconRecord.Sight(
            outcome: outcome, visitor: visitor, path: path, source: source(beacon, site), device: verdict.device)
    }

    /// The form under which a path is counted, and the rule that keeps it out.
    private mutating func content(_ path: ByteRange) -> ([UInt8], ExclusionRule?) {
        let isStatic = routes.isStatic(path)
        let normalised = keys.normalised(path)
        let rule: ExclusionRule? = isStatic || routes.isExcluded(normalised) ? .route : nil
        guard normalised.count <= ContentKey.maximumBytes else { return (Array(ScanPlan.otherKey.utf8), rule) }
        return (normalised.array, rule)
    }

    private mutating func source(_ beacon: Beacon, _ site: String) -> [UInt8] {
        Array(beacon.url.utf8).withUnsafeBufferPointer { url in
            Array(beacon.referrer.utf8).withUnsafeBufferPointer { referrer in
                Array(site.utf8).withUnsafeBufferPointer { site in
                    landing.source(
                        query: ContentKey.query(ByteRange(url)), referrer: ByteRange(referrer), site: ByteRange(site)
                    ).array
                }
            }
        }
    }
}
