public import Values

/// Beacons that another server wrote down, one JSON object a line, and hands on later.
public struct BeaconFile: Sendable {
    /// Bytes of a file, at the most.
    public static let largest = 256 * 1024 * 1024
    /// What a beacon can come to, in the order in which it is told.
    public static let ends = ["accepted", "malformed", "unknown_site", "unavailable"]

    private let bytes: [UInt8]
    private let now: Timestamp

    /// - Parameter now: when beacons came that don't say.
    public init(_ bytes: [UInt8], now: Timestamp) {
        self.bytes = bytes
        self.now = now
    }

    /// Takes them into the spool of a folder, which is made where it isn't there. Whoever gives a file has sent it: no
    /// address sends too many.
    ///
    /// - Returns: how many came to each end.
    /// - Throws: ``SpoolError`` when the spool can't be opened.
    public func collect(into folder: String, _ rules: Collector.Rules) async throws -> [String: Int] {
        try Descriptor.makeFolder(folder)
        let spool = try Spool(folder: folder)
        var limits = Collector.Limits()
        (limits.perAddress, limits.inAll) = (.max, .max)
        let collector = Collector(spool, rules, limits: limits)
        var counts: [String: Int] = [:]
        // In their order, but many at once, so that they share the flushes of the disk.
        var requests = bytes.split(separator: 0x0a).map(request)[...]
        while !requests.isEmpty {
            let receipts = await withTaskGroup(of: String.self) { group in
                for request in requests.prefix(BeaconFile.atOnce) {
                    group.addTask { await BeaconFile.end(request, collector) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for end in receipts { counts[end, default: 0] += 1 }
            requests = requests.dropFirst(BeaconFile.atOnce)
        }
        await spool.close()
        return counts
    }

    private static let atOnce = 256

    private static func end(_ request: Collector.Request?, _ collector: Collector) async -> String {
        guard let request else { return "malformed" }
        switch await collector.take(request) {
        case .accepted: return "accepted"
        case .malformed: return "malformed"
        case .unknownSite: return "unknown_site"
        case .tooMany, .unavailable: return "unavailable"
        }
    }

    /// Nil for a line that is none.
    private func request(_ line: ArraySlice<UInt8>) -> Collector.Request? {
        // Losing why is right: the line counts as malformed.
        guard let json = try? JSON(parsing: Array(line)), let beacon = json["beacon"], let peer = json["peer"]?.string
        else { return nil }
        var receivedAt = now
        if let at = json["at"] {
            guard let text = at.string, let time = try? Timestamp(iso8601: text) else { return nil }
            receivedAt = time
        }
        return Collector.Request(
            .body(beacon.canonical()), peer: peer, forwarded: json["forwarded"]?.string,
            agent: json["agent"]?.string ?? "", host: json["host"]?.string ?? "", receivedAt: receivedAt)
    }
}
