import Fundraising
public import Postgres
public import Values

/// Looks over what payment processors told: whether all of it came into the books, and whether they still tell.
public struct EventCheckup: Sendable {
    private let database: Database

    public init(_ database: Database) { self.database = database }

    /// An address that has been silent for longer was given up, one may think.
    private static let memoryDays = 60

    public func findings(now: Timestamp) async -> [Finding] {
        do {
            let from = Zone.utc.date(at: now).adding(days: -Self.memoryDays)
            let gaps = try await database.read { db in try EventGap.list(db, from: from, in: .utc) }
            guard !gaps.isEmpty else { return [Finding("events", .ok, "none waits, none is dead")] }
            let counts = EventGap.Kind.allCases.compactMap { kind in
                let count = gaps.count { $0.kind == kind }
                return count == 0 ? nil : "\(kind.rawValue) \(count)"
            }
            return [
                Finding(
                    "events", .warning, counts.joined(separator: ", "),
                    advice: "`masthead donations gaps` lists them; `masthead events replay` applies what is in line.")
            ]
        } catch {
            return [Finding("events", .failure, "\(error)", advice: "See `masthead events --help`.")]
        }
    }
}
