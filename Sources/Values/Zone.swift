import Synchronization

/// A time zone by its IANA name, read from the system's zone files.
///
/// Foundation's time zones are all nil in a statically linked binary, UTC included; this one reads the same files
/// PostgreSQL reads, so both agree on every instant.
public struct Zone: Hashable, Sendable, CustomStringConvertible {
    /// "Europe/Warsaw", as it was asked for.
    public let name: String
    private let table: Table

    /// Needs no file.
    public static let utc = Zone(name: "UTC", table: Table(initialOffset: 0, changes: [], cycleStart: nil))

    /// The zone of that name. Throws when the name isn't one, or its file is missing or broken. Read once; later calls
    /// answer from memory.
    public static func named(_ name: String) throws(ValueError) -> Zone {
        if name == "UTC" { return .utc }
        if let known = cache.withLock({ $0[name] }) { return known }
        let zone = Zone(name: name, table: try ZoneFile.read(name))
        cache.withLock { $0[name] = zone }
        return zone
    }

    private static let cache = Mutex<[String: Zone]>([:])

    private init(name: String, table: Table) {
        self.name = name
        self.table = table
    }

    public var description: String { name }

    public static func == (left: Self, right: Self) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    // MARK: From the instant to the wall

    /// Seconds east of UTC at that instant: 3 600 in Warsaw in winter.
    public func offset(at instant: Timestamp) -> Int { span(at: instant).offset }

    /// What calendar and clock show at that instant.
    public func local(at instant: Timestamp) -> LocalDateTime {
        let seconds = instant.seconds
        return LocalDateTime(wallSeconds: seconds + Int64(offset(at: instant)))
    }

    public func date(at instant: Timestamp) -> LocalDate { local(at: instant).date }

    /// A stretch of time in which the offset doesn't change.
    public struct Span: Hashable, Sendable {
        /// Seconds since 1970: the first second, and the first after it.
        public let start: Int64, end: Int64
        /// Seconds east of UTC.
        public let offset: Int
    }

    /// The stretch an instant lies in. Who converts many times of about the same day asks once and keeps it.
    public func span(at instant: Timestamp) -> Span { table.span(at: instant.seconds) }

    // MARK: From the wall to the instant

    public enum Resolution: Hashable, Sendable {
        case unique(Timestamp)
        /// The clock was set back and showed this twice.
        case ambiguous(earlier: Timestamp, later: Timestamp)
        /// The clock was set forward over this. `before` and `after` are the instants that far from the change on
        /// either side: in New York on 2026-03-08 02:30 never was; before is 01:30, after is 03:30.
        case nonexistent(before: Timestamp, after: Timestamp)
    }

    /// The instant at which calendar and clock show this.
    public func resolve(_ local: LocalDateTime) -> Resolution {
        let wall = local.wallSeconds
        // Every stretch that could hold it: no offset is larger than a day.
        var instants: [Int64] = []
        var gap: (before: Int64, after: Int64)?
        var span = table.span(at: wall - 86_400)
        while true {
            let instant = wall - Int64(span.offset)
            if instant >= span.start, instant < span.end { instants.append(instant) }
            guard span.end <= wall + 86_400 else { break }
            let next = table.span(at: span.end)
            let (jump, landing) = (span.end + Int64(span.offset), span.end + Int64(next.offset))
            if wall >= jump, wall < landing { gap = (wall - Int64(next.offset), wall - Int64(span.offset)) }
            span = next
        }
        if let first = instants.first, let last = instants.last {
            return first == last
                ? .unique(Timestamp(seconds: first))
                : .ambiguous(earlier: Timestamp(seconds: first), later: Timestamp(seconds: last))
        }
        let (before, after) = gap ?? (wall, wall)
        return .nonexistent(before: Timestamp(seconds: before), after: Timestamp(seconds: after))
    }

    /// The first instant of the day: midnight, or the moment the clock jumped over it. Where midnight came twice, the
    /// first of them.
    public func startOfDay(_ date: LocalDate) -> Timestamp {
        switch resolve(LocalDateTime(date: date, secondOfDay: 0)) {
        case .unique(let instant): instant
        case .ambiguous(let earlier, _): earlier
        case .nonexistent(let before, _): Timestamp(seconds: table.span(at: before.seconds).end)
        }
    }

    /// "+01:00", with seconds where a zone had them ("+01:24:30").
    public static func offsetText(_ offset: Int) -> String {
        let size = abs(offset)
        let text =
            "\(offset < 0 ? "-" : "+")\((size / 3_600).padded(to: 2)):\((size / 60 % 60).padded(to: 2))"
        return size % 60 == 0 ? text : "\(text):\((size % 60).padded(to: 2))"
    }
}

extension Zone {
    /// When which offset began, sorted.
    struct Table: Sendable {
        struct Change: Sendable {
            let start: Int64
            let offset: Int
        }

        /// Before the first change.
        private let initialOffset: Int
        private let changes: [Change]
        /// From here on the changes repeat every 400 years, for one such cycle's length in `changes`; nil where the
        /// last offset stays.
        private let cycleStart: Int64?

        /// The Gregorian calendar, weekdays included, repeats after 146 097 days: so do the rules built on it.
        static let cycle: Int64 = 146_097 * 86_400

        init(initialOffset: Int, changes: [Change], cycleStart: Int64?) {
            self.initialOffset = initialOffset
            self.changes = changes
            self.cycleStart = cycleStart
        }

        func span(at seconds: Int64) -> Span {
            guard let cycleStart, seconds >= cycleStart + Self.cycle else { return listed(at: seconds) }
            let shift = (seconds - cycleStart) / Self.cycle * Self.cycle
            let span = listed(at: seconds - shift)
            return Span(start: span.start + shift, end: span.end + shift, offset: span.offset)
        }

        private func listed(at seconds: Int64) -> Span {
            // The first change after the instant; what holds is the one before it.
            var low = 0
            var high = changes.count
            while low < high {
                let middle = (low + high) / 2
                if changes[middle].start <= seconds { low = middle + 1 } else { high = middle }
            }
            let end = low < changes.count ? changes[low].start : Int64.max
            guard low > 0 else { return Span(start: .min, end: end, offset: initialOffset) }
            return Span(start: changes[low - 1].start, end: end, offset: changes[low - 1].offset)
        }
    }
}
