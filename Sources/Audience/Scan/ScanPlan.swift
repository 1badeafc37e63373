/// A site whose views are counted, as the scan needs it.
public struct ScanSite: Sendable {
    /// In lower case, without port and `www.`.
    public let host: String
    /// Seconds east of UTC at an instant given in seconds since 1970.
    public let offset: @Sendable (Int64) -> Int

    public init(host: String, offset: @escaping @Sendable (Int64) -> Int) {
        self.host = ScanSite.folded(host)
        self.offset = offset
    }

    /// A host as it is stored: in lower case, without port and `www.`.
    public static func folded(_ host: String) -> String {
        var text = host.lowercased()
        if !text.hasPrefix("["), let colon = text.lastIndex(of: ":"), text[colon...].dropFirst().allSatisfy(\.isNumber)
        {
            text = String(text[..<colon])
        }
        if text.hasPrefix("www."), text.utf8.count > 4 { text.removeFirst(4) }
        return text
    }
}

/// Everything a scan needs to know; the same plan over the same bytes gives the same counts, whatever the number of
/// workers and the size of blocks.
public struct ScanPlan: Sendable {
    /// The site of lines that don't name one. With `isFixed`, of all lines.
    public var site: ScanSite
    public var isFixed: Bool
    /// Sites known already, for logs whose lines name their virtual host.
    public var known: [ScanSite]
    /// The clock of a site seen for the first time.
    public var offsetOfNewSite: @Sendable (Int64) -> Int
    public var routes = Routes.standard
    public var bots: BotList
    public var fields = JSONFields.standard
    /// Whose word on where a request came from is believed.
    public var proxies = TrustedPeers.none
    /// Lasting secret of this database: identities of visitors and content.
    public var identityKey: HashKey
    /// Secret of this process: the places in its tables.
    public var tableKey: HashKey
    /// Lines later than this many seconds since 1970 are rejected: a clock is wrong, and a watermark would run ahead.
    public var latest: Int64
    public var workers = 2
    public var blockBytes = 256 * 1024
    /// Longer lines are one rejection each; servers cut requests off far below.
    public var maximumLineBytes = 64 * 1024
    /// Distinct paths a worker tells apart before it counts the rest together.
    public var maximumPaths = 1_000_000

    static let maximumSources = 65_536
    /// The content of everything past the limits.
    static let other: UInt32 = .max - 2
    /// Cells keep content in 32 bits and the class in four; the bucket has the rest.
    static let otherKey = "(other)"
    /// A virtual host header is free text; past so many it is an attack, and counted for the first site.
    static let maximumSites = 1_000

    public init(
        site: ScanSite, isFixed: Bool = true, known: [ScanSite] = [], bots: BotList, identityKey: HashKey,
        tableKey: HashKey, latest: Int64
    ) {
        self.site = site
        self.isFixed = isFixed
        self.known = known
        offsetOfNewSite = site.offset
        self.bots = bots
        self.identityKey = identityKey
        self.tableKey = tableKey
        self.latest = latest
    }
}
