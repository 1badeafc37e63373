internal import Access
public import Postgres
public import Values

/// A place in the week that a series promises to fill: Mondays at 09:00 in New York.
///
/// Its occurrences are computed from the wall time, so a change of clocks moves the instant and not the hour. A wall
/// time that a clock jumps over moves on by as much as the clock did (02:30 is 03:30 that day); one that comes twice is
/// the first of the two.
public struct Slot: Sendable, Hashable {
    /// What goes out when nobody filled it.
    public enum Fallback: Sendable, Hashable {
        case article(ID<Article>)
        /// The latest live instalment again.
        case series
    }

    public let id: ID<Slot>
    public let series: Slug
    public let owner: EmailAddress
    /// 1 for Monday to 7 for Sunday.
    public let weekday: Int
    public let secondOfDay: Int
    public let zone: Zone
    /// How long before its time the text is due, in seconds.
    public let dueBefore: Int64
    public let fallback: Fallback?
    public let from: LocalDate
    public let until: LocalDate?

    static let columns: StaticString = """
        t.id, s.slug, u.email, t.weekday, t.second_of_day, t.zone, t.due_before_s, t.fallback_article_id, \
        t.fallback_series, t.from_day, t.until_day
        """
    static let tables: StaticString = """
        editorial.slot t JOIN editorial.series s ON s.id = t.series_id JOIN access.account u ON u.id = t.owner_id
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        series = try row.next()
        owner = try row.next()
        weekday = try row.next()
        secondOfDay = try row.next()
        zone = try Zone.named(row.next(String.self))
        dueBefore = try row.next()
        let article = try row.next(ID<Article>?.self)
        let isSeries = try row.next(Bool.self)
        fallback = article.map { .article($0) } ?? (isSeries ? .series : nil)
        from = try row.next()
        until = try row.next()
    }

    /// - Throws: ``EditorialError/slotUnknown(_:)``.
    public static func find(_ db: Connection, _ id: ID<Slot>) throws -> Slot {
        let found = try db.row("SELECT \(raw: columns) FROM \(raw: tables) WHERE t.id = \(id)") { try Slot(&$0) }
        guard let found else { throw EditorialError.slotUnknown("\(id)") }
        return found
    }

    /// Its days within a stretch of days, both included.
    public func days(from first: LocalDate, through last: LocalDate) -> [LocalDate] {
        let start = max(first, from)
        let end = until.map { min(last, $0) } ?? last
        guard start <= end else { return [] }
        // A date counts Sunday as 0.
        let offset = (weekday - start.weekday + 7) % 7
        return stride(from: start.daysSince1970 + offset, through: end.daysSince1970, by: 7).map {
            LocalDate(daysSince1970: $0)
        }
    }

    /// The instant on that day.
    public func instant(on day: LocalDate) -> Timestamp {
        switch zone.resolve(LocalDateTime(date: day, secondOfDay: secondOfDay)) {
        case .unique(let instant): instant
        case .ambiguous(let earlier, _): earlier
        case .nonexistent(_, let after): after
        }
    }

    /// How late an article may be that still keeps a slot: a worker that was down for some minutes breaks no promise.
    public static let grace: Int64 = 3_600

    /// One promise: this slot on this day.
    public struct Occurrence: Sendable, Hashable {
        /// `open` and `filled` lie ahead; the others are how it ended.
        public enum State: String, Sendable, CaseIterable {
            case open, filled, skipped, kept, missed
        }

        public let slot: Slot
        public let day: LocalDate
        public let at: Timestamp
        public let due: Timestamp
        public let state: State
        /// The deadline passed without an approved text, and the slot's time is still to come.
        public let isLate: Bool
        public let article: ID<Article>?
        public let title: String?
        public let reason: String?
    }
}

/// What was last said about an occurrence, and how its article stands.
struct SlotRecord: Sendable {
    enum Kind: String, Sendable, PostgresCodable {
        case filled, skipped, reopened
    }

    let kind: Kind
    let article: ID<Article>?
    let title: String?
    let isReadable: Bool
    let status: Article.Status?
    let firstPublishedAt: Timestamp?
    let reason: String?

    /// What became of the promise by `now`.
    func state(at: Timestamp, now: Timestamp) -> Slot.Occurrence.State {
        let isOver = now > at.adding(seconds: Slot.grace)
        switch kind {
        case .skipped: return .skipped
        case .reopened: return isOver ? .missed : .open
        case .filled:
            if let firstPublishedAt { return firstPublishedAt <= at.adding(seconds: Slot.grace) ? .kept : .missed }
            return isOver ? .missed : .filled
        }
    }

    /// Whether its text could go out as it stands.
    var isReady: Bool {
        kind == .skipped
            || kind == .filled && (firstPublishedAt != nil || status == .approved || status == .scheduled)
    }
}
