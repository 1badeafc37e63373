/// A page load, or a story's opening in place: what it was counted under, and how it was read so far.
struct BeaconLoad: Sendable, Equatable {
    /// Seconds since 1970.
    let seenAt: Int64
    let bucket: Int64
    /// Local days since 1970-01-01.
    let day: Int32
    let content: Hash128
    let kind: UInt8
    /// Under the day's salt; nil when nobody may know it any more, and of what isn't human.
    let visitor: UInt64?
    var engagedMs = 0
    var seenPercent = 0
    var isRead = false
}

/// Engagement that belongs to a visit.
struct EngagedLoad: Equatable {
    let site: Int
    let visitor: UInt64
    /// When the page was loaded.
    let seconds: Int64
    let addedMs: Int
}

/// The page loads of the last day: each is counted once, and read at most once. Of engagement totals are told, so that
/// a beacon that comes twice, or late, adds nothing.
struct LoadBook {
    struct Key: Hashable, Sendable {
        let site: Int
        let load: Hash128
    }

    /// A cell of the rollups.
    struct Cell: Hashable {
        let site: Int
        let bucket: Int64
        let content: Hash128
        let kind: UInt8
    }

    struct Amount: Equatable {
        var openings = 0
        var reads = 0
        var engagedMs = 0
    }

    /// A repeated id is ignored for a day; one that comes later is another load.
    static let memory: Int64 = 86_400
    /// A text is read when its end was seen, or after so much time with so much of it seen.
    static let readMs = 30_000
    static let readPercent = 60

    private(set) var loads: [Key: BeaconLoad]
    /// Which of them the database doesn't know as they are.
    private(set) var changed: Set<Key> = []
    private(set) var amounts: [Cell: Amount] = [:]
    private(set) var engaged: [EngagedLoad] = []

    init(_ loads: [Key: BeaconLoad]) { self.loads = loads }

    /// Takes in a load; false when its id was there within the last day.
    mutating func begin(_ key: Key, _ load: BeaconLoad, isOpening: Bool) -> Bool {
        if let known = loads[key], load.seenAt - known.seenAt < LoadBook.memory { return false }
        loads[key] = load
        changed.insert(key)
        if isOpening { amounts[cell(key, load), default: Amount()].openings += 1 }
        return true
    }

    /// Takes in how a load stands; false when nothing is known of that load.
    mutating func engage(_ key: Key, _ now: BeaconRecord.Engagement, at seconds: Int64) -> Bool {
        guard var load = loads[key], seconds - load.seenAt < LoadBook.memory else { return false }
        let addedMs = max(min(now.engagedMs, Beacon.maximumEngagedMs) - load.engagedMs, 0)
        load.engagedMs += addedMs
        load.seenPercent = min(max(load.seenPercent, now.seenPercent), 100)
        let isRead =
            now.endSeen || (load.engagedMs >= LoadBook.readMs && load.seenPercent >= LoadBook.readPercent)
        let reads = isRead && !load.isRead ? 1 : 0
        load.isRead = load.isRead || isRead
        guard load != loads[key] else { return true }
        loads[key] = load
        changed.insert(key)
        if addedMs > 0 || reads > 0 {
            amounts[cell(key, load), default: Amount()].engagedMs += addedMs
            amounts[cell(key, load), default: Amount()].reads += reads
        }
        if addedMs > 0, let visitor = load.visitor {
            engaged.append(
                EngagedLoad(site: key.site, visitor: visitor, seconds: load.seenAt, addedMs: addedMs))
        }
        return true
    }

    private func cell(_ key: Key, _ load: BeaconLoad) -> Cell {
        Cell(site: key.site, bucket: load.bucket, content: load.content, kind: load.kind)
    }
}
