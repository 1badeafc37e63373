import Audience
import FoundationEssentials
public import Postgres
public import Values

extension Settings {
    /// The folder in which beacons wait to be counted.
    public var spoolFolder: String { spoolPath.isEmpty ? home + "/spool" : spoolPath }
}

/// Looks over what collectors write to: whether they can, how far counting is behind, and whether records are kept for
/// longer than a backup may be old.
public struct SpoolCheckup: Sendable {
    private let database: Database
    private let settings: Settings

    public init(_ database: Database, _ settings: Settings) {
        self.database = database
        self.settings = settings
    }

    /// Draining is a matter of minutes; after an hour somebody should look.
    private static let patience: Int64 = 3_600

    public func findings(now: Timestamp) async -> [Finding] { [await spool(now), retention()] }

    private func spool(_ now: Timestamp) async -> Finding {
        let folder = settings.spoolFolder
        guard FileManager.default.fileExists(atPath: folder) else {
            return Finding("spool", .ok, "no beacon was collected on this machine")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            return Finding(
                "spool", .failure, "\(folder) can't be written to",
                advice: "Give it to the user that collects, with chown.")
        }
        do {
            let status = try await database.read { db in try SpoolStatus.load(folder: folder, db) }
            let text = "\(status.bytes >> 10) KiB in \(folder)"
            guard let oldest = status.oldestUncounted else { return Finding("spool", .ok, text + ", all counted") }
            let late = now.seconds - oldest.seconds
            guard late > Self.patience else { return Finding("spool", .ok, text + ", \(max(late, 0)) s to count") }
            return Finding(
                "spool", .warning, text + ", \(late / 3_600) h to count",
                advice: "Run `masthead views drain --follow` as a service.")
        } catch {
            return Finding("spool", .failure, "\(folder): \(error)", advice: "See `masthead views spool --help`.")
        }
    }

    /// A database that is restored goes on from where its backup stood: what came since must still lie in the spool.
    private func retention() -> Finding {
        let (kept, every) = (settings.spoolRetentionDays * 24, settings.backupIntervalHours)
        let text = "records stay for \(kept) h, a backup is made every \(every) h"
        if kept > every { return Finding("spool_retention", .ok, text) }
        return Finding(
            "spool_retention", .failure, text,
            advice: "Raise spool.retention_days, or make backups more often and say so in backup.interval_hours.")
    }
}
