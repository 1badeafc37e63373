public import Values

/// A deadline as people say it, and the zone of the wall it hangs on.
public struct Due: Sendable, Hashable {
    public let wall: LocalDateTime
    public let zone: Zone
    /// Seconds east of UTC, where the wall alone doesn't say which instant is meant.
    public let offset: Int?

    public init(_ wall: LocalDateTime, in zone: Zone, offset: Int? = nil) {
        self.wall = wall
        self.zone = zone
        self.offset = offset
    }

    /// Reads "+01:00" or "-05:30".
    public static func offset(_ text: String) throws(ValueError) -> Int {
        let refused = ValueError(kind: "offset", value: text, reason: "write it as +01:00 or -05:00")
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[0] == 0x2B || bytes[0] == 0x2D, bytes[3] == 0x3A else { throw refused }
        let digits = [bytes[1], bytes[2], bytes[4], bytes[5]].map { Int($0) - 0x30 }
        guard digits.allSatisfy((0...9).contains) else { throw refused }
        let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hours < 24, minutes < 60 else { throw refused }
        return (hours * 3_600 + minutes * 60) * (bytes[0] == 0x2D ? -1 : 1)
    }

    /// The instant, when there is exactly one or the offset picks one: PostgreSQL would pick silently.
    ///
    /// - Throws: ``EditorialError``: `dueNonexistent`, `dueAmbiguous`, `dueOffset`.
    public func instant() throws(EditorialError) -> Timestamp {
        let instants: [Timestamp]
        switch zone.resolve(wall) {
        case .unique(let instant): instants = [instant]
        case .ambiguous(let earlier, let later):
            guard offset != nil else {
                throw .dueAmbiguous(wall, zone: zone.name, earlier: earlier, later: later)
            }
            instants = [earlier, later]
        case .nonexistent(let before, let after):
            guard offset != nil else {
                throw .dueNonexistent(wall, zone: zone.name, before: before, after: after)
            }
            instants = [before, after]
        }
        guard let offset else { return instants[0] }
        // Where the clock jumped over the wall time, it is read as if the old or the new offset had held.
        let meant = Zone.utc.resolve(wall)
        guard case .unique(let inUTC) = meant,
            let instant = instants.first(where: { $0 == inUTC.adding(seconds: Int64(-offset)) })
        else { throw .dueOffset(wall, zone: zone.name, offset: Zone.offsetText(offset)) }
        return instant
    }
}
