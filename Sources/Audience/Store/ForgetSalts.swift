public import Postgres
internal import Values

/// Forgets the secrets of days and months whose time is up: 48 hours after the period, when it was counted as it went
/// by. A secret that was made later, for an old log, stays until the month is closed, so that the rest of that log can
/// come. What the secret was needed for, the sketches of the period, is merged first.
public struct ForgetSalts: Sendable {
    /// Which secrets go.
    enum Scope {
        /// Those made while their period, or the two days after it, went by.
        case due
        /// All of a month and its days.
        case month(LocalDate)
    }

    let scope: Scope

    public init() { scope = .due }
    init(_ scope: Scope) { self.scope = scope }

    /// - Returns: how many secrets were forgotten.
    @discardableResult public func perform(_ db: Connection) throws -> Int {
        let salts = try lockedSalts(db)
        for (kind, period) in salts {
            try MergeSketches(kind: kind, period: period, site: nil).perform(db)
            try db.run("UPDATE audience.salt SET key = NULL WHERE kind = \(kind)::\"char\" AND period = \(period)")
        }
        if case .month(let first) = scope { try closeQuietDays(of: first, db) }
        return salts.count
    }

    /// Days without a line have no secret to forget; none is drawn for them any more.
    private func closeQuietDays(of month: LocalDate, _ db: Connection) throws {
        try db.run(
            """
            INSERT INTO audience.salt (kind, period, key)
            SELECT 'd', day, NULL
            FROM generate_series(\(month)::date, \(month.adding(months: 1).adding(days: -1))::date, interval '1 day') AS day
            WHERE audience.period_end('m', \(month)) + interval '48 hours' <= now()
            ON CONFLICT ON CONSTRAINT salt_pkey DO NOTHING
            """)
    }

    /// Locks the secrets against importers, who hold them while they append sketches. All in one order.
    private func lockedSalts(_ db: Connection) throws -> [(SaltSource.Kind, LocalDate)] {
        let chosen: SQL =
            switch scope {
            case .due: "created_at < audience.period_end(kind, period) + interval '48 hours'"
            case .month(let first): "period >= \(first) AND period < \(first.adding(months: 1))"
            }
        return try db.rows(
            """
            SELECT kind::text, period FROM audience.salt
            WHERE key IS NOT NULL AND audience.period_end(kind, period) + interval '48 hours' <= now() AND \(chosen)
            ORDER BY kind, period FOR UPDATE
            """
        ) { (try $0.next(SaltSource.Kind.self), try $0.next(LocalDate.self)) }
    }
}
