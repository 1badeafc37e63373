public import Postgres
public import Values

/// Takes beacons: judges each by the rules of a log's lines, and answers when what counts of it is on the disk.
///
/// It needs the database once, for its rules; from then on it works whether or not there is one. Addresses and agents end
/// here: they go into a keyed hash before anything is written.
public actor Collector {
    /// What a request carries.
    public struct Request: Sendable {
        public enum Content: Sendable {
            case body([UInt8])
            /// Of the 1×1 image; without the question mark.
            case query(String)
        }

        public var content: Content
        /// Whoever is at the other end of the connection.
        public var peer: String
        /// The header `X-Forwarded-For`, if there is one.
        public var forwarded: String?
        public var agent: String
        /// The header `Host`: the site of a URL that is only a path.
        public var host: String
        public var receivedAt: Timestamp

        public init(
            _ content: Content, peer: String, forwarded: String? = nil, agent: String, host: String,
            receivedAt: Timestamp
        ) {
            self.content = content
            self.peer = peer
            self.forwarded = forwarded
            self.agent = agent
            self.host = host
            self.receivedAt = receivedAt
        }
    }

    /// What became of a request. In all cases but `accepted` nothing of it was kept.
    public enum Receipt: Sendable, Equatable {
        /// On the disk, for good.
        case accepted
        case malformed(Beacon.Malformed)
        /// No site of ours counts by the beacon under that name.
        case unknownSite
        /// More than `Limits` allows.
        case tooMany
        /// No room on the disk, or more than it can take. Trying again is right.
        case unavailable(SpoolError)

        /// The status by which HTTP says it (RFC 9110, RFC 6585).
        public var status: Int {
            switch self {
            case .accepted: 204
            case .malformed: 400
            case .unknownSite: 403
            case .tooMany: 429
            case .unavailable: 503
            }
        }
    }

    /// What beacons are judged by.
    public struct Rules: Sendable {
        let identityKey: HashKey
        /// Sites that count by the beacon, as their hosts are stored.
        let hosts: Set<String>
        public var bots: BotList
        public var routes = Routes.standard
        /// Whose `X-Forwarded-For` is believed.
        public var proxies = TrustedPeers.none

        init(identityKey: HashKey, hosts: Set<String>, bots: BotList) {
            self.identityKey = identityKey
            self.hosts = hosts
            self.bots = bots
        }

        /// The rules as the database has them.
        public static func load(bots: BotList, _ db: Connection) throws -> Rules {
            Rules(
                identityKey: try HashKey.lasting(db), hosts: Set(try BeaconSite.all(db).map(\.host)), bots: bots)
        }
    }

    /// How many beacons are taken. A page sends one view and a beacon every ten seconds or so while it is read.
    public struct Limits: Sendable {
        /// From one address (IPv6 by /64) in ten seconds: room for a school behind one.
        public var perAddress = 300
        /// In all, in ten seconds.
        public var inAll = 200_000

        public init() {}
    }

    private let spool: Spool
    private var rules: Rules
    private var judge: BeaconJudge
    private var rate: BeaconRate

    /// - Parameter tableKey: secret of this process, for its tables.
    public init(
        _ spool: Spool, _ rules: Rules, limits: Limits = Limits(),
        tableKey: HashKey = HashKey(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
    ) {
        self.spool = spool
        self.rules = rules
        judge = BeaconJudge(
            bots: rules.bots, routes: rules.routes, identityKey: rules.identityKey, tableKey: tableKey)
        rate = BeaconRate(limits)
    }

    /// Takes a request; what is accepted is on the disk when this returns.
    public func take(_ request: Request) async -> Receipt {
        let address = judge.address(rules.proxies.client(peer: request.peer, forwarded: request.forwarded))
        guard rate.admits(address, at: request.receivedAt) else { return .tooMany }
        let beacon: Beacon
        do throws(Beacon.Malformed) {
            switch request.content {
            case .body(let bytes): beacon = try Beacon(json: bytes)
            case .query(let text): beacon = try Beacon(query: text)
            }
        } catch { return .malformed(error) }
        let site = BeaconJudge.host(beacon.url) ?? ScanSite.folded(request.host)
        guard rules.hosts.contains(site) else { return .unknownSite }
        let record = judge.record(beacon, site: site, address: address, agent: request.agent)
        do {
            try await spool.append(record.bytes, at: request.receivedAt)
            return .accepted
        } catch let error as SpoolError {
            return .unavailable(error)
        } catch {
            return .unavailable(.refused(path: spool.folder, reason: "\(error)"))
        }
    }
}

/// Counts beacons in stretches of ten seconds. Its memory is bounded: past so many addresses in a stretch only all
/// together are counted.
struct BeaconRate {
    private static let seconds: Int64 = 10
    private static let mostAddresses = 100_000

    private let limits: Collector.Limits
    private var stretch = Int64.min
    private var inAll = 0
    private var byAddress: [Address: Int] = [:]

    init(_ limits: Collector.Limits) { self.limits = limits }

    mutating func admits(_ address: Address, at instant: Timestamp) -> Bool {
        let now = instant.seconds / BeaconRate.seconds
        if now != stretch {
            stretch = now
            inAll = 0
            byAddress.removeAll(keepingCapacity: byAddress.count < BeaconRate.mostAddresses / 10)
        }
        inAll += 1
        guard inAll <= limits.inAll else { return false }
        if let count = byAddress[address] {
            byAddress[address] = count + 1
            return count < limits.perAddress
        }
        if byAddress.count < BeaconRate.mostAddresses { byAddress[address] = 1 }
        return limits.perAddress > 0
    }
}
