import Postgres
import TestDatabase
import Testing
import Values

/// The database cuts days and years by its reading of the zone files and the program by ours: they have to agree on
/// every instant, or a gift counts in one year here and in another there.
@Suite struct ZoneAgainstPostgresTests {
    static let from = 0  // 1970-01-01
    static let to = 4_133_980_800  // 2101-01-01

    @Test func everyZoneAgreesWithTheDatabaseFrom1970To2100() async throws {
        try await withTestDatabase { database in
            let names = try await database.app.read { db in
                try db.rows("SELECT name FROM pg_timezone_names ORDER BY name") { try $0.next(String.self) }
            }
            var compared = 0
            for name in names {
                // Not losing an error: names that aren't ours to open (posixrules, Factory) are counted below.
                guard let zone = try? Zone.named(name) else { continue }
                compared += 1
                let instants = Self.instants(of: zone)
                let walls = instants.map { $0 + Int64(zone.offset(at: Timestamp(seconds: $0))) }
                let differing = try await database.app.read { db in
                    try db.rows(
                        """
                        SELECT u.instant || ': ' || (to_timestamp(u.instant) AT TIME ZONE \(name))
                        FROM unnest(\(instants)::bigint[], \(walls)::bigint[]) AS u (instant, wall)
                        WHERE extract(epoch FROM to_timestamp(u.instant) AT TIME ZONE \(name))::bigint <> u.wall
                        ORDER BY u.instant LIMIT 3
                        """
                    ) { try $0.next(String.self) }
                }
                #expect(differing.isEmpty, "\(name)")
            }
            #expect(compared >= 590, "\(compared) of \(names.count) zones could be opened")
        }
    }

    @Test func theWallShowsEveryInstantBackInEveryZone() async throws {
        try await withTestDatabase { database in
            let names = try await database.app.read { db in
                try db.rows("SELECT name FROM pg_timezone_names ORDER BY name") { try $0.next(String.self) }
            }
            for name in names {
                // Not losing an error: the test above counts how many zones can't be opened.
                guard let zone = try? Zone.named(name) else { continue }
                let lost = Self.changes(of: zone).filter { instant in
                    let instant = Timestamp(seconds: instant)
                    return switch zone.resolve(zone.local(at: instant)) {
                    case .unique(let only): only != instant
                    case .ambiguous(let earlier, let later): earlier != instant && later != instant
                    case .nonexistent: true
                    }
                }
                #expect(lost.isEmpty, "\(name)")
            }
        }
    }

    /// A second on either side of every change of the offset, the change itself, and a grid that would find a change we
    /// don't know of.
    static func instants(of zone: Zone) -> [Int64] {
        changes(of: zone) + stride(from: Int64(from) + 43_217, to: Int64(to), by: 30 * 86_400 + 3_607)
    }

    static func changes(of zone: Zone) -> [Int64] {
        var instants: [Int64] = []
        var end = zone.span(at: Timestamp(seconds: Int64(from))).end
        while end < to {
            instants += [end - 1, end, end + 1]
            end = zone.span(at: Timestamp(seconds: end)).end
        }
        return instants
    }
}
