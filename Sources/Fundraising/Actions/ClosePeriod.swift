public import Access
internal import Journal
public import Postgres
public import Values

/// Closes a month of the books, and all before it, for good: what becomes known later is posted to the first open day.
public struct ClosePeriod {
    let month: Period
    let actor: Actor

    public init(_ month: Period, by actor: Actor) {
        self.month = month
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `monthNotOver`, `monthAlreadyClosed`; `ValueError`
    ///   for what isn't a month.
    public func perform(_ db: Connection) throws -> ClosedPeriod {
        try actor.require(.periodClose)
        guard month.granularity == .month else {
            throw ValueError(
                kind: "month", value: month.description, reason: "the books are closed by the month: 2025-12")
        }
        // Whoever posts holds the same lock shared: once it is ours, nobody is half-way into this month.
        try db.run("SELECT pg_advisory_xact_lock(fundraising.books_lock())")
        let first = month.firstDay
        let isOver = try db.one(
            "SELECT \(month.lastDay)::date < (now() AT TIME ZONE access.publication_zone())::date"
        ) { try $0.next(Bool.self) }
        guard isOver else { throw FundraisingError.monthNotOver(month) }
        let isClosed = try db.one(
            "SELECT EXISTS (SELECT FROM fundraising.period WHERE status = 'closed' AND month >= \(first)::date)"
        ) { try $0.next(Bool.self) }
        guard !isClosed else { throw FundraisingError.monthAlreadyClosed(month) }
        try db.run(
            """
            INSERT INTO fundraising.period (month, status, closed_at, closed_by) \
            VALUES (\(first), 'closed', now(), \(actor.account)) \
            ON CONFLICT ON CONSTRAINT period_pkey DO UPDATE SET status = 'closed', closed_at = now(), \
            closed_by = \(actor.account)
            """)
        try Audit.append(
            db, Subject(.period, Int64(first.year * 100 + first.month)), "period.closed", by: actor.origin)
        guard let closed = try ClosedPeriod.all(db).first(where: { $0.month == month }) else {
            throw PostgresError.decode("a month that was closed isn't there")
        }
        return closed
    }
}

/// A month that was closed, and with it all before it.
public struct ClosedPeriod: Sendable, Hashable {
    public let month: Period
    public let closedAt: Timestamp
    /// Whoever closed it; nil when nobody is on record.
    public let closedBy: String?
    /// Entries posted up to the end of that month since the one closed before it.
    public let entries: Int

    /// The latest first.
    public static func all(_ db: Connection) throws -> [ClosedPeriod] {
        try db.rows(
            """
            SELECT p.month, p.closed_at, a.email, (SELECT count(*) FROM fundraising.entry e \
            WHERE e.posting_date < (p.month + interval '1 month')::date AND e.posting_date >= coalesce(\
            (SELECT (max(b.month) + interval '1 month')::date FROM fundraising.period b \
            WHERE b.status = 'closed' AND b.month < p.month), '-infinity'::date)) \
            FROM fundraising.period p LEFT JOIN access.account a ON a.id = p.closed_by \
            WHERE p.status = 'closed' ORDER BY p.month DESC
            """
        ) { row in
            let day = try row.next(LocalDate.self)
            return ClosedPeriod(
                month: Period(.month, containing: day), closedAt: try row.next(), closedBy: try row.next(),
                entries: try row.next())
        }
    }
}
