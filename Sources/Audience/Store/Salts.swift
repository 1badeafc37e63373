public import Values
internal import Postgres

/// Draws the secret of a local day or month: 16 bytes. Tests fix it; the program draws at random.
public struct SaltSource: Sendable {
    let draw: @Sendable (_ kind: Kind, _ period: LocalDate) -> [UInt8]

    public enum Kind: String, Sendable, PostgresCodable {
        case day = "d"
        case month = "m"
    }

    public init(_ draw: @escaping @Sendable (_ kind: Kind, _ period: LocalDate) -> [UInt8]) { self.draw = draw }

    /// From the system's random numbers.
    public static let random = SaltSource { _, _ in (0..<16).map { _ in UInt8.random(in: .min ... .max) } }
}

/// The secrets of the days and months that a batch touches.
struct Salts {
    private var keys: [SaltSource.Kind: [LocalDate: HashKey]] = [:]

    /// Nil when the period is closed for uniques: its salt is gone.
    func key(_ kind: SaltSource.Kind, _ period: LocalDate) -> HashKey? { keys[kind]?[period] }

    static func month(of day: LocalDate) -> LocalDate { day.adding(days: 1 - day.day) }

    /// Makes the salts that aren't there yet. Two importers agree: whoever comes second takes what the first drew.
    static func ensure(days: Set<LocalDate>, from source: SaltSource, _ db: Connection) throws {
        for (kind, periods) in [(SaltSource.Kind.day, days), (.month, Set(days.map(month(of:))))] {
            let sorted = periods.sorted()
            try db.run(
                """
                INSERT INTO audience.salt (kind, period, key)
                SELECT \(kind)::"char", period, key
                FROM unnest(\(sorted)::date[], \(sorted.map { source.draw(kind, $0) })::bytea[]) AS given (period, key)
                ON CONFLICT ON CONSTRAINT salt_pkey DO NOTHING
                """)
        }
    }

    /// Holds the secrets until the end of the transaction: none is forgotten while sketches are made with it.
    init(days: Set<LocalDate>, _ db: Connection) throws {
        for (kind, periods) in [(SaltSource.Kind.day, days), (.month, Set(days.map(Salts.month(of:))))] {
            try db.forEach(
                """
                SELECT period, key FROM audience.salt
                WHERE kind = \(kind)::"char" AND period = ANY(\(periods.sorted())::date[]) AND key IS NOT NULL
                ORDER BY period FOR SHARE
                """
            ) { row in
                let period = try row.next(LocalDate.self)
                guard let key = HashKey(bytes: try row.next([UInt8].self)) else {
                    throw AudienceError.damagedState("salt of \(period)")
                }
                keys[kind, default: [:]][period] = key
            }
        }
    }
}
