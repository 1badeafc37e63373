public import Access
public import Postgres
public import Values

/// Slots and what becomes of them.
public enum Slots {
    /// All slots there are or were, by id.
    public static func all(_ db: Connection) throws -> [Slot] {
        try db.rows("SELECT \(raw: Slot.columns) FROM \(raw: Slot.tables) ORDER BY t.id") { try Slot(&$0) }
    }

    /// The occurrences within these days, both included, by time and slot; in two statements however many there are.
    ///
    /// Titles are of articles the actor may read; the promise itself everybody in the newsroom may know.
    /// - Throws: `AccessError.notPermitted`.
    public static func occurrences(
        _ db: Connection, from first: LocalDate, through last: LocalDate, for actor: Actor
    ) throws -> [Slot.Occurrence] {
        try actor.requireAnywhere(.articleRead)
        let now = try db.one("SELECT clock_timestamp()") { try $0.next(Timestamp.self) }
        let sight = Sight(actor)
        let records = try db.rows(
            """
            SELECT DISTINCT ON (e.slot_id, e.day) e.slot_id, e.day, e.kind, e.article_id, a.title, \
            coalesce(\(sight.readable), false), a.status, a.first_published_at, e.reason \
            FROM editorial.slot_event e LEFT JOIN editorial.article a ON a.id = e.article_id \
            WHERE e.day BETWEEN \(first) AND \(last) ORDER BY e.slot_id, e.day, e.id DESC
            """
        ) { row in
            let key = Key(slot: try row.next(), day: try row.next())
            let record = SlotRecord(
                kind: try row.next(), article: try row.next(), title: try row.next(), isReadable: try row.next(),
                status: try row.next(), firstPublishedAt: try row.next(), reason: try row.next())
            return (key, record)
        }
        let known = Dictionary(records) { first, _ in first }
        let found = try all(db).flatMap { slot in
            slot.days(from: first, through: last).map { day in
                occurrence(slot, day, known[Key(slot: slot.id, day: day)], now: now)
            }
        }
        return found.sorted { ($0.at, $0.slot.id) < ($1.at, $1.slot.id) }
    }

    private struct Key: Hashable {
        let slot: ID<Slot>
        let day: LocalDate
    }

    private static func occurrence(
        _ slot: Slot, _ day: LocalDate, _ record: SlotRecord?, now: Timestamp
    ) -> Slot.Occurrence {
        let record =
            record
            ?? SlotRecord(
                kind: .reopened, article: nil, title: nil, isReadable: false, status: nil, firstPublishedAt: nil,
                reason: nil)
        let at = slot.instant(on: day)
        let due = at.adding(seconds: -slot.dueBefore)
        let state = record.state(at: at, now: now)
        let isAhead = state == .open || state == .filled
        return Slot.Occurrence(
            slot: slot, day: day, at: at, due: due, state: state, isLate: isAhead && now > due && !record.isReady,
            article: record.isReadable ? record.article : nil, title: record.isReadable ? record.title : nil,
            reason: record.reason)
    }
}
