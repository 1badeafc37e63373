public import Values

/// A time as people say it, and the zone of the wall it hangs on.
public struct ClockTime: Sendable, Hashable {
    public let local: LocalDateTime
    public let zone: Zone
    /// Seconds east of Greenwich, said by whoever means one of two instants, or an hour that the clocks jump over.
    public let offset: Int?

    public init(_ local: LocalDateTime, in zone: Zone, offset: Int? = nil) {
        self.local = local
        self.zone = zone
        self.offset = offset
    }

    /// The instant, when there is exactly one or the offset says which: PostgreSQL would pick one silently.
    ///
    /// - Throws: ``EditorialError``: `dueNonexistent`, `dueAmbiguous`, `offsetUnknown`.
    public func instant() throws(EditorialError) -> Timestamp {
        let possible: [Timestamp]
        switch zone.resolve(local) {
        case .unique(let instant):
            guard let offset, offset != zone.offset(at: instant) else { return instant }
            possible = [instant]
        case .ambiguous(let earlier, let later):
            guard let offset else { throw .dueAmbiguous(local, zone: zone.name, earlier: earlier, later: later) }
            possible = [earlier, later]
            for instant in possible where zone.offset(at: instant) == offset { return instant }
        case .nonexistent(let before, let after):
            // The wall never showed it; with the offset from before or after the jump it is an instant all the same.
            guard let offset else { throw .dueNonexistent(local, zone: zone.name, before: before, after: after) }
            possible = [before, after]
            for instant in possible where zone.offset(at: instant) == offset {
                return offset == zone.offset(at: before)
                    ? after : before
            }
        }
        throw .offsetUnknown(
            local, zone: zone.name, offset: offset ?? 0, possible: possible.map { zone.offset(at: $0) })
    }

    /// Reads "+01:00", "-05:30" or "Z": seconds east of Greenwich.
    public static func offset(_ text: String) throws(ValueError) -> Int {
        if text == "Z" { return 0 }
        let bytes = Array(text.utf8)
        func digits(_ place: Int) -> Int? {
            guard bytes.indices.contains(place + 1), (48...57).contains(bytes[place]),
                (48...57).contains(bytes[place + 1])
            else { return nil }
            return Int(bytes[place] - 48) * 10 + Int(bytes[place + 1] - 48)
        }
        guard bytes.count == 6, bytes[0] == 43 || bytes[0] == 45, bytes[3] == 58, let hours = digits(1),
            let minutes = digits(4), hours < 24, minutes < 60
        else { throw ValueError(kind: "offset", value: text, reason: "write it as +01:00") }
        return (bytes[0] == 45 ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
}
