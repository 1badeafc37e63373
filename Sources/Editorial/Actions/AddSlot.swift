public import Access
internal import Journal
public import Postgres
public import Values

/// Promises a place in the week to a series.
public struct AddSlot {
    public struct Time: Sendable, Hashable {
        /// 1 for Monday to 7 for Sunday.
        public let weekday: Int
        public let secondOfDay: Int
        public let zone: Zone

        public init(weekday: Int, secondOfDay: Int, zone: Zone) {
            self.weekday = weekday
            self.secondOfDay = secondOfDay
            self.zone = zone
        }
    }

    let series: Slug
    let owner: EmailAddress
    let time: Time
    let dueBefore: Int64
    let fallback: Slot.Fallback?
    let from: LocalDate?
    let actor: Actor

    /// - Parameters:
    ///   - dueBefore: how long before its time the text is due, in seconds; up to a week.
    ///   - from: its first day; today on its own wall unless given.
    public init(
        series: Slug, owner: EmailAddress, at time: Time, dueBefore: Int64, fallback: Slot.Fallback? = nil,
        from: LocalDate? = nil, by actor: Actor
    ) {
        self.series = series
        self.owner = owner
        self.time = time
        self.dueBefore = dueBefore
        self.fallback = fallback
        self.from = from
        self.actor = actor
    }

    /// - Throws: `AccessError`: `notPermitted`, `unknownAccount`, `suspended`; ``EditorialError``: `seriesUnknown`,
    ///   `articleUnknown`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Slot {
        try actor.requireAnywhere(.slotManage)
        let series = try Series.find(db, series)
        let owner = try Account.find(db, email: owner)
        guard owner.status == .active else { throw AccessError.suspended(owner.email) }
        var article: ID<Article>?
        if case .article(let id) = fallback { article = try Article.find(db, id, for: actor).id }
        let now = try db.one("SELECT clock_timestamp()") { try $0.next(Timestamp.self) }
        let refusal = EditorialError.contentRefused(field: "deadline", reason: "it is at most seven days before")
        let id = try naming(["slot_due_range": refusal]) {
            try db.one(
                """
                INSERT INTO editorial.slot (series_id, owner_id, weekday, second_of_day, zone, due_before_s, \
                fallback_article_id, fallback_series, from_day, created_by) VALUES (\(series.id), \(owner.id), \
                \(time.weekday), \(time.secondOfDay), \(time.zone.name), \(dueBefore), \(article), \
                \(fallback == .series), \(from ?? time.zone.date(at: now)), \(actor.account)) RETURNING id
                """
            ) { try $0.next(ID<Slot>.self) }
        }
        try Audit.append(
            db, Subject(.slot, id.rawValue), "slot.added", by: actor.origin,
            facts: ["series": .integer(series.id.rawValue), "owner": .integer(owner.id.rawValue)])
        return try Slot.find(db, id)
    }
}

/// Ends a slot: the given day is its last. What came before stays as it was.
public struct EndSlot {
    let slot: ID<Slot>
    let day: LocalDate
    let actor: Actor

    public init(_ slot: ID<Slot>, on day: LocalDate, by actor: Actor) {
        self.slot = slot
        self.day = day
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `slotUnknown`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Slot {
        try actor.requireAnywhere(.slotManage)
        let slot = try Slot.find(db, slot)
        let refusal = EditorialError.contentRefused(field: "last day", reason: "it is before the first one")
        _ = try naming(["slot_days": refusal]) {
            try db.run("UPDATE editorial.slot SET until_day = \(day) WHERE id = \(slot.id)")
        }
        try Audit.append(db, Subject(.slot, slot.id.rawValue), "slot.ended", by: actor.origin)
        return try Slot.find(db, slot.id)
    }
}

/// Says what happens to one occurrence of a slot: which article fills it, or why it is left out.
public struct RecordSlot {
    public enum Event: Sendable, Hashable {
        case filled(ID<Article>)
        /// A holiday is no miss.
        case skipped(reason: String)
        /// Neither any more.
        case reopened
    }

    let slot: ID<Slot>
    let day: LocalDate
    let event: Event
    let actor: Actor

    public init(_ slot: ID<Slot>, on day: LocalDate, _ event: Event, by actor: Actor) {
        self.slot = slot
        self.day = day
        self.event = event
        self.actor = actor
    }

    /// The slot's owner may, and whoever manages slots.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `slotUnknown`, `noOccurrence`, `articleUnknown`,
    ///   `wrongState`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Slot.Occurrence {
        let slot = try Slot.find(db, slot)
        if slot.owner != actor.email { try actor.requireAnywhere(.slotManage) }
        guard slot.days(from: day, through: day) == [day] else { throw EditorialError.noOccurrence(slot.id, day) }
        var article: ID<Article>?
        var reason: String?
        let kind: SlotRecord.Kind
        switch event {
        case .filled(let id):
            let found = try Article.lock(db, id, for: actor)
            guard found.status != .killed, found.status != .declined else {
                throw EditorialError.wrongState(found.id, found.status, needs: [.pitch, .assigned, .drafting])
            }
            article = found.id
            kind = .filled
        case .skipped(let text):
            try PlainField.check([("reason", text)])
            reason = text
            kind = .skipped
        case .reopened: kind = .reopened
        }
        let empty = EditorialError.contentRefused(field: "reason", reason: "it is empty")
        _ = try naming(["slot_event_reason_given": empty]) {
            try db.run(
                """
                INSERT INTO editorial.slot_event (slot_id, day, kind, article_id, reason, account_id) \
                VALUES (\(slot.id), \(day), \(kind), \(article), \(reason), \(actor.account))
                """)
        }
        var facts: [String: JSON] = ["day": .string(day.description)]
        facts["article"] = article.map { .integer($0.rawValue) }
        try Audit.append(
            db, Subject(.slot, slot.id.rawValue), "slot.\(kind.rawValue)", by: actor.origin, facts: facts)
        let found = try Slots.occurrences(db, from: day, through: day, for: actor).first { $0.slot.id == slot.id }
        guard let found else { throw EditorialError.noOccurrence(slot.id, day) }
        return found
    }
}
