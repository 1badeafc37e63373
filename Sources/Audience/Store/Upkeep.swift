public import Postgres
public import Values

/// What counted views need now and then: room for the months ahead, secrets forgotten when their time has come, months
/// summed up, and particulars forgotten that no figure needs.
///
/// Any number may do it at once: one leads, the others leave it alone. Each piece is a transaction of its own, so that an
/// importer waits for one at the most. Where there is nothing to do it is a few look-ups.
public struct Upkeep: Sendable {
    /// Months ahead whose partitions are there before a line of them comes. A month is made while lines are counted, too,
    /// but then the importer waits for the lock that it takes.
    static let monthsAhead = 2

    /// For how many days particulars are kept where nobody says otherwise: the same month of last year is among them.
    public static let standardRetentionDays = 400
    /// How many of a kind are forgotten at once.
    private static let forgottenAtOnce = 10_000

    private let now: Timestamp?
    private let retentionDays: Int

    /// - Parameters:
    ///   - retentionDays: how long batches, pages that weren't there and samples of rejected lines are kept; 30 at least.
    ///   - now: the database's clock when nil. When a secret may go is always the database's word.
    public init(retentionDays: Int = Upkeep.standardRetentionDays, now: Timestamp? = nil) {
        self.retentionDays = retentionDays
        self.now = now
    }

    /// What was done.
    public struct Report: Sendable, Equatable {
        /// First days of the months whose partitions were made.
        public var monthsMade: [LocalDate] = []
        public var saltsForgotten = 0
        /// Months of a site to whose sums something was added.
        public var monthsFolded = 0
        /// Batches, pages that weren't there, and samples.
        public var particularsForgotten = 0

        public var isEmpty: Bool { self == Report() }
    }

    /// - Throws: `PostgresError`. What was done before it stays done.
    public func perform(_ database: Database) async throws -> Report {
        var report = Report()
        report.monthsMade = try await led(database, otherwise: []) { try makeMonths($0) }
        report.saltsForgotten = try await led(database, otherwise: 0) { try ForgetSalts().perform($0) }
        let hosts = try await database.read { try Site.all($0).map(\.host) }
        for host in hosts {
            report.monthsFolded += try await led(database, otherwise: 0) {
                try FoldMonths(site: host, now: now).perform($0)
            }
        }
        try await led(database, otherwise: ()) { try foldMissing($0) }
        var forgotten = 0
        repeat {
            forgotten = try await led(database, otherwise: 0) { try forgetParticulars($0) }
            report.particularsForgotten += forgotten
        } while forgotten > 0
        return report
    }

    /// Does it where nobody else is at it.
    private func led<T: Sendable>(
        _ database: Database, otherwise none: T, _ piece: @Sendable (Connection) throws -> T
    ) async throws -> T {
        try await database.transaction { db in
            let leads = try db.one("SELECT pg_try_advisory_xact_lock(hashtextextended('audience.upkeep', 0))") {
                try $0.next(Bool.self)
            }
            return leads ? try piece(db) : none
        }
    }

    /// Makes one row of each missing page of the days that ended lately.
    private func foldMissing(_ db: Connection) throws {
        let today = Zone.utc.date(at: try UpkeepStanding.clock(now, db))
        // The last local day that is over everywhere ended by then.
        try db.run("SELECT audience.fold_missing(\(today.adding(days: -4)), \(today.adding(days: -1)))")
    }

    /// - Returns: how many went; some may be left.
    private func forgetParticulars(_ db: Connection) throws -> Int {
        let now = try UpkeepStanding.clock(now, db)
        return try db.one(
            """
            SELECT audience.forget_particulars(\(now.adding(seconds: -Int64(retentionDays) * 86_400)),
                \(Self.forgottenAtOnce)::integer)
            """
        ) { try $0.next(Int.self) }
    }

    /// - Returns: the first days of the months that had no partitions.
    func makeMonths(_ db: Connection) throws -> [LocalDate] {
        let months = try UpkeepStanding.missingMonths(now: now, db)
        for month in months { try db.run("SELECT audience.ensure_month(\(month))") }
        return months
    }
}

/// Whether upkeep is done, for whoever looks the installation over.
public struct UpkeepStanding: Sendable, Equatable {
    /// First days of those among this month and the next two that have no partitions yet; none while nothing is counted.
    public let missingMonths: [LocalDate]
    /// Secrets of days and months by which visitors can be told apart still.
    public let saltsAlive: Int
    /// Those of them that should have been forgotten.
    public let saltsOverdue: Int

    /// How long a secret may outlive its time before it is said: a worker looks every hour.
    private static let toleranceHours = 2

    /// - Parameter now: the database's clock when nil.
    public init(now: Timestamp? = nil, _ db: Connection) throws {
        missingMonths = try Self.missingMonths(now: now, db)
        let now = try Self.clock(now, db)
        (saltsAlive, saltsOverdue) = try db.one(
            """
            SELECT count(*), count(*) FILTER (WHERE s.created_at < e.due
                AND e.due + make_interval(hours => \(Self.toleranceHours)::integer) <= \(now))
            FROM audience.salt s
            CROSS JOIN LATERAL (SELECT audience.period_end(s.kind, s.period) + interval '48 hours' AS due) e
            WHERE s.key IS NOT NULL
            """
        ) { (try $0.next(Int.self), try $0.next(Int.self)) }
    }

    /// Partitions go by the months of UTC.
    static func missingMonths(now: Timestamp?, _ db: Connection) throws -> [LocalDate] {
        let first = Salts.month(of: Zone.utc.date(at: try clock(now, db)))
        let months = (0...Upkeep.monthsAhead).map { first.adding(months: $0) }
        return try db.rows(
            """
            SELECT month FROM unnest(\(months)::date[]) AS month
            WHERE EXISTS (SELECT FROM audience.site) AND EXISTS (
                SELECT FROM unnest(ARRAY['pv_hour', 'source_day']) AS parent
                WHERE to_regclass('audience.' || parent || to_char(month, '_YYYY_MM')) IS NULL)
            ORDER BY month
            """
        ) { try $0.next(LocalDate.self) }
    }

    static func clock(_ now: Timestamp?, _ db: Connection) throws -> Timestamp {
        try now ?? db.one("SELECT now()") { try $0.next(Timestamp.self) }
    }
}
