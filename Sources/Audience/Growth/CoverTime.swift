public import Access
internal import Journal
public import Postgres
public import Values

/// A stretch of time that somebody vouches for, where no log shows a line: a quiet site, or a log that was lost.
public struct CoveredTime: Sendable, Equatable {
    public let id: Int64
    public let host: String
    public let from: Timestamp
    /// The first instant after it.
    public let to: Timestamp
    public let reason: String
    /// Whoever vouched.
    public let addedBy: String?
    public let addedAt: Timestamp

    /// By host, in order of time.
    public static func all(site: String? = nil, _ db: Connection) throws -> [CoveredTime] {
        let sites = try Site.chosen(site, db)
        return try db.rows(
            """
            SELECT c.id, s.host, c.from_at, c.to_at, c.note, a.email, c.added_at
            FROM audience.covered c JOIN audience.site s ON s.id = c.site
            LEFT JOIN access.account a ON a.id = c.added_by
            WHERE s.id = ANY(\(sites.map(\.id))::integer[]) ORDER BY s.host COLLATE "C", c.from_at, c.id
            """
        ) { row in
            CoveredTime(
                id: try row.next(), host: try row.next(), from: try row.next(), to: try row.next(),
                reason: try row.next(), addedBy: try row.next(), addedAt: try row.next())
        }
    }
}

/// Vouches for a stretch of time, so that a period which lies in it counts as complete.
public struct CoverTime {
    let site: String
    let from: Period
    let to: Period
    let reason: String
    let actor: Actor

    /// Bytes of a reason, at the most.
    public static let maximumReason = 500

    /// From the beginning of one period to the end of the other, by the site's clock.
    public init(of site: String, from: Period, to: Period, reason: String, by actor: Actor) {
        self.site = site
        self.from = from
        self.to = to
        self.reason = reason
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; `AudienceError`: `unknownSite`, `futurePeriod` for what isn't over.
    public func perform(_ db: Connection) throws -> CoveredTime {
        try actor.require(.viewsManage)
        let site = try Site.chosen(site, db)[0]
        let start = from.bounds(in: site.zone).lowerBound
        let end = to.bounds(in: site.zone).upperBound
        let isOver = try db.one("SELECT \(end)::timestamptz <= now()") { try $0.next(Bool.self) }
        guard isOver else { throw AudienceError.futurePeriod(to.description) }
        let id = try db.one(
            """
            INSERT INTO audience.covered (site, from_at, to_at, note, added_by)
            VALUES (\(site.id), \(start), \(end), \(reason), \(actor.account)) RETURNING id
            """
        ) { try $0.next(Int64.self) }
        try Audit.append(
            db, Subject(.site, Int64(site.id)), "views.covered", by: actor.origin, facts: ["covered": .integer(id)])
        guard let covered = try CoveredTime.all(site: site.host, db).first(where: { $0.id == id }) else {
            throw PostgresError.decode("a stretch that was covered isn't there")
        }
        return covered
    }
}

/// Takes back that a stretch of time is covered.
public struct UncoverTime {
    let id: Int64
    let actor: Actor

    public init(_ id: Int64, by actor: Actor) {
        self.id = id
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; `AudienceError.unknownEntry`.
    public func perform(_ db: Connection) throws -> CoveredTime {
        try actor.require(.viewsManage)
        guard let covered = try CoveredTime.all(db).first(where: { $0.id == id }) else {
            throw AudienceError.unknownEntry("covered time", id)
        }
        let site = try db.one("DELETE FROM audience.covered WHERE id = \(id) RETURNING site") {
            try $0.next(Int64.self)
        }
        try Audit.append(
            db, Subject(.site, site), "views.uncovered", by: actor.origin, facts: ["covered": .integer(id)])
        return covered
    }
}
