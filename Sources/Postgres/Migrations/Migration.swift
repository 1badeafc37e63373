import FoundationEssentials

/// A migration as it was when the program was built: what a database must have had applied.
public struct LandedMigration: Sendable, Equatable {
    public let number: Int
    public let name: String
    /// SHA-256 of the file, in hexadecimal.
    public let sha256: String

    public init(_ number: Int, _ name: String, _ sha256: String) {
        self.number = number
        self.name = name
        self.sha256 = sha256
    }

    /// "0003_editorial"
    public var label: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
    }
}

/// One step of the schema: a file `0003_editorial.sql`, plain SQL that a person can run with psql too.
public struct Migration: Sendable, Equatable {
    public let number: Int
    public let name: String
    public let sql: String

    /// "0003_editorial"
    public var label: String { LandedMigration(number, name, "").label }

    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// The migrations of a folder, by number. Gaps, doubles and stray files are errors: they hide a mistake.
    public static func load(from folder: String) throws -> [Migration] {
        let files: [String]
        do {
            files = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw MigrationError.unreadable("the migrations folder \(folder) can't be read: \(error)")
        }
        let migrations = try files.filter { $0.hasSuffix(".sql") }.map { file in
            let parts = file.dropLast(4).split(separator: "_", maxSplits: 1)
            guard parts.count == 2, parts[0].count == 4, let number = Int(parts[0]) else {
                throw MigrationError.unreadable("\(file) is not named like 0001_name.sql")
            }
            guard let data = FileManager.default.contents(atPath: folder + "/" + file),
                let sql = String(validating: data, as: UTF8.self)
            else { throw MigrationError.unreadable("\(folder)/\(file) can't be read as UTF-8") }
            return Migration(number: number, name: String(parts[1]), sql: sql)
        }.sorted { $0.number < $1.number }
        guard !migrations.isEmpty else { throw MigrationError.unreadable("\(folder) holds no migration") }
        for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
            throw MigrationError.unreadable(
                "\(folder): \(migration.label) stands where number \(index + 1) is expected")
        }
        return migrations
    }
}

public enum MigrationError: Error, Sendable, CustomStringConvertible {
    case unreadable(String)
    /// The database lacks these.
    case behind(pending: [String])
    /// The database has one this program doesn't know: the program is the older of the two.
    case newer(label: String)
    /// A file that was applied says something else now.
    case changed(label: String)
    /// A file differs from the one the program was built with.
    case tampered(label: String)
    case failed(label: String, PostgresError)

    public var description: String {
        switch self {
        case .unreadable(let reason): reason
        case .behind(let pending):
            "the database lacks \(pending.count) migration(s), from \(pending.first ?? "?") on: run 'masthead db migrate'"
        case .newer(let label):
            "the database already has migration \(label), which this program doesn't know: use the newer program"
        case .changed(let label):
            "migration \(label) was applied with another text than its file has now: restore the file; a change to the "
                + "schema is a new migration"
        case .tampered(let label):
            "the file of migration \(label) is not the one this program was built with: reinstall both together"
        case .failed(let label, let error): "migration \(label) failed and was rolled back: \(error)"
        }
    }
}
