import Access
import ArgumentParser
import Editorial
import FoundationEssentials
import Newsroom
import Postgres
import Values

struct ImportArticlesCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "import", "Brings in a folder of Markdown files with YAML front matter.",
        more: """
            What was public enters at its own date and path. Nothing is invented: what a file doesn't say is listed \
            by `article list --debt`. A file that is in already is left alone, so running it again changes nothing; a \
            bad file is named, and the rest go in.
            """,
        example: "masthead article import ./posts")

    @Argument(help: "The folder; its subfolders are read, too.", completion: .directory) var folder: String
    @Flag(help: "Say what would happen, and change nothing.") var dryRun = false
    @OptionGroup var global: GlobalOptions

    /// Carries the outcome out of a transaction that is meant to be rolled back.
    private struct OnlyTried: Error {
        let outcome: ImportArticles.Outcome
    }

    func run(_ context: CommandContext) async throws -> Output {
        let names = try Self.names(in: folder)
        try await openDoor(context)
        var outcome = ImportArticles.Outcome()
        for start in stride(from: 0, to: names.count, by: ImportArticles.batch) {
            try Task.checkCancellation()
            let files = names[start..<min(names.count, start + ImportArticles.batch)].map { name in
                ImportFile(name: name, bytes: Self.bytes(of: name, in: folder))
            }
            outcome.add(try await load(files, context))
            if names.count > ImportArticles.batch { context.tell("\(start + files.count) of \(names.count) files") }
        }
        try Self.report(outcome, of: names.count)
        return Self.output(outcome)
    }

    /// An import puts texts in public that nobody here approved: the owner of the schema lets it, for an hour. Where the
    /// settings don't say how to reach the owner, he has opened the door beforehand, or the import is refused.
    private func openDoor(_ context: CommandContext) async throws {
        try await context.database.read { db in try context.actor(db).require(.articleImport) }
        let installation = try context.installation()
        guard try await installation.addresses().owner != nil else { return }
        try await installation.asOwner { owner in
            try await owner.transaction { db in try OpenImports().perform(db) }
        }
    }

    private func load(_ files: [ImportFile], _ context: CommandContext) async throws -> ImportArticles.Outcome {
        do {
            return try await context.database.transaction { db in
                let outcome = try ImportArticles(
                    files, source: folder, zone: context.zone, by: context.actor(db)
                ).perform(db)
                if dryRun { throw OnlyTried(outcome: outcome) }
                return outcome
            }
        } catch let tried as OnlyTried { return tried.outcome }
    }

    /// Markdown files below the folder, by name.
    private static func names(in folder: String) throws -> [String] {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder,
            let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder)
        else {
            // Missing, a file or closed to us: for the person it is the same thing to look at.
            throw EditorialError.notAFolder(folder)
        }
        return paths.filter { path in
            (path.hasSuffix(".md") || path.hasSuffix(".markdown"))
                && !path.split(separator: "/").contains { $0.hasPrefix(".") }
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Empty when it can't be read: it is then refused by name like any file without front matter.
    private static func bytes(of name: String, in folder: String) -> [UInt8] {
        FileManager.default.contents(atPath: folder + "/" + name).map { [UInt8]($0) } ?? []
    }

    private static func report(_ outcome: ImportArticles.Outcome, of count: Int) throws {
        guard let first = outcome.refused.first else { return }
        throw Failure(
            .badData, "files_refused",
            "\(outcome.refused.count) of \(count) files can't be imported, the first of them '\(first.name)': "
                + "\(first.reason). The others are in.",
            details: outcome.refused.map { "\(Escape.escaped($0.name)): \(Escape.escaped($0.reason))" }
                .joined(separator: "\n"))
    }

    private static func output(_ outcome: ImportArticles.Outcome) -> Output {
        var rows: [[Field]] = outcome.imported.map { item in
            [.text(item.name), .text("imported"), .id(item.article), .text(item.path)]
        }
        rows += outcome.unchanged.map { [.text($0), .text("unchanged"), .null, .null] }
        rows += outcome.changed.map { [.text($0), .text("changed"), .null, .null] }
        return Output(["file", "state", "id", "url"], rows)
    }
}
