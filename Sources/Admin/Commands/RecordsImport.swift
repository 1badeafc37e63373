import Access
import Fundraising
import Postgres
import Synchronization
import Terminal
import Values

/// Another system's file on its way in: read, brought into the books, and told of.
struct RecordsImport: Sendable {
    let file: String
    let kind: ImportRecords.Kind
    let mode: ImportGifts.Mode

    func run(_ context: CommandContext) async throws -> Output {
        let database = try context.database
        // Before the file is read: who may not import doesn't wait for that.
        let origin = try await database.read { db in
            let actor = try context.actor(db)
            try actor.require(.donationsImport)
            return actor.origin
        }
        let bytes = try GivenFile.bytes(file, atMost: ImportRecords.largestFile)
        let progress = Progress(file, total: nil, unit: "rows", context)
        let advance = Self.steps(of: progress)
        defer { progress.finish() }
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let report = try await database.transaction { db in
            try ImportRecords(bytes, name: name, kind: kind, mode: mode, by: context.actor(db), progress: advance)
                .perform(db)
        }
        // Events that waited for what came with the file.
        if case .forReal = mode {
            do { try await EventLines.drain(database, by: origin) } catch {
                context.tell(
                    "The file is in the books. Events that waited for it couldn't be applied (\(error)); "
                        + "`masthead events replay` does it.")
            }
        }
        return output(report, context)
    }

    /// A bar advances by steps; an import says how far it is.
    static func steps(of progress: Progress) -> ImportGifts.Progress {
        let told = Mutex(0)
        return { rows in
            progress.advance(
                by: Int64(
                    told.withLock { last in
                        defer { last = rows }; return rows - last
                    }))
        }
    }

    private func output(_ report: ImportRecords.Report, _ context: CommandContext) -> Output {
        if report.wasImported { context.tell("'\(Escape.escaped(file))' was imported before; nothing changed.") }
        if !report.ignoredColumns.isEmpty {
            context.tell("Not read: the columns \(Escape.escaped(report.ignoredColumns.joined(separator: ", "))).")
        }
        for reason in report.skipped { context.tell("Skipped: \(reason.number) (\(Escape.escaped(reason.what))).") }
        let isTrial = if case .dryRun = mode { true } else { false }
        let head: [(Column, Field)] = [("file", .text(file)), ("rows", .integer(report.rows))]
        let brought = report.brought.map { (Column(stringLiteral: "new_" + $0.what), Field.integer($0.number)) }
        let tail: [(Column, Field)] = [
            ("unchanged", .integer(report.unchanged)),
            ("skipped", .integer(report.skipped.reduce(0) { $0 + $1.number })),
            ("imported_before", .bool(report.wasImported)), ("dry_run", .bool(isTrial)),
        ]
        return .record(head + brought + tail)
    }
}
