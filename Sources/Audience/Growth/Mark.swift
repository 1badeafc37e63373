public import Access
internal import Journal
public import Postgres
public import Values

/// A day on which something happened that a comparison across it can't know: a relaunch, another way of counting, a new
/// list of bots, great news.
public struct Mark: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case relaunch, meter, bots, news
    }

    public let id: Int64
    public let day: LocalDate
    public let kind: Kind
    public let text: String
    /// Nil for all sites.
    public let host: String?

    /// Bytes of a text, at the most.
    public static let maximumText = 200

    /// In order of time; those of a site with those of all sites.
    ///
    /// - Throws: `AudienceError.unknownSite`.
    public static func all(site: String? = nil, _ db: Connection) throws -> [Mark] {
        let sites = try Site.chosen(site, db)
        return try db.rows(
            """
            SELECT m.id, m.day, m.kind, m.text, s.host
            FROM audience.mark m LEFT JOIN audience.site s ON s.id = m.site
            WHERE m.site IS NULL OR m.site = ANY(\(sites.map(\.id))::integer[]) ORDER BY m.day, m.id
            """
        ) { row in
            Mark(
                id: try row.next(), day: try row.next(), kind: try row.next(), text: try row.next(),
                host: try row.next())
        }
    }

    /// Whether it lies between two stretches, or inside of one: then they aren't of the same making.
    public func separates(_ stretch: Stretch, _ other: Stretch) -> Bool {
        let (one, two) = (stretch.days, other.days)
        return min(one.lowerBound, two.lowerBound) < day && day <= max(one.upperBound, two.upperBound)
    }
}

/// Marks a day.
public struct AddMark {
    let day: LocalDate
    let kind: Mark.Kind
    let text: String
    let site: String?
    let actor: Actor

    /// - Parameter site: a host, or nil for all sites.
    public init(_ text: String, on day: LocalDate, kind: Mark.Kind, site: String? = nil, by actor: Actor) {
        self.text = text
        self.day = day
        self.kind = kind
        self.site = site
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; `AudienceError.unknownSite`.
    public func perform(_ db: Connection) throws -> Mark {
        try actor.require(.viewsManage)
        let site = try site.map { try Site.chosen($0, db)[0] }
        let id = try db.one(
            """
            INSERT INTO audience.mark (day, kind, text, site, added_by)
            VALUES (\(day), \(kind), \(text), \(site?.id), \(actor.account)) RETURNING id
            """
        ) { try $0.next(Int64.self) }
        try Audit.append(db, Subject(.mark, id), "mark.added", by: actor.origin)
        return Mark(id: id, day: day, kind: kind, text: text, host: site?.host)
    }
}

/// Takes a mark away.
public struct RemoveMark {
    let id: Int64
    let actor: Actor

    public init(_ id: Int64, by actor: Actor) {
        self.id = id
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; `AudienceError.unknownEntry`.
    public func perform(_ db: Connection) throws -> Mark {
        try actor.require(.viewsManage)
        guard let mark = try Mark.all(db).first(where: { $0.id == id }) else {
            throw AudienceError.unknownEntry("mark", id)
        }
        try db.run("DELETE FROM audience.mark WHERE id = \(id)")
        try Audit.append(db, Subject(.mark, id), "mark.removed", by: actor.origin)
        return mark
    }
}

extension Subject.Kind {
    static let mark = Subject.Kind("mark")
}
