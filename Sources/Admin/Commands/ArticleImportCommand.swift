import Access
import ArgumentParser
import Editorial
import FoundationEssentials
import Newsroom
import Postgres
import Terminal
import Values

/// What wrote the files that come in.
enum ImportFormat: String, CaseIterable, Sendable {
    case markdown, wordpress
}

struct ImportArticlesCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "import", "Brings in a folder of Markdown files, or the export of a WordPress site.",
        more: """
            What was public enters at its own date and path; what wasn't is a draft. Nothing is invented: what a file \
            doesn't say is listed by `article list --debt`. What is in already is left alone, so running it again \
            changes nothing; a bad file or post is named, and the rest go in. Passwords, keys, comments and e-mail \
            addresses of a WordPress export are never stored.
            """,
        example: """
            masthead article import ./posts
            masthead article import site.xml --from wordpress --dry-run --report report.jsonl
            """)

    @Argument(help: "The folder, subfolders included; or the files of one WordPress export.", completion: .file())
    var paths: [String]
    @Option(
        help: "What wrote it: \(Choice.words(of: ImportFormat.self)).", transform: { try Choice.word($0) })
    var from: ImportFormat = .markdown
    @Flag(help: "Say what would happen, and change nothing.") var dryRun = false
    @Option(
        help: "Write what was lost, left out or refused to this new file, one JSON object a line.", completion: .file())
    var report: String?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if from == .markdown, paths.count != 1 { throw ValidationError("Give one folder.") }
    }

    func run(_ context: CommandContext) async throws -> Output {
        if let report, FileManager.default.fileExists(atPath: report) {
            throw Failure(.refused, "file_exists", "The report's file '\(report)' is there already. Give another name.")
        }
        try await context.database.read { db in try context.actor(db).require(.articleImport) }
        let work = ImportWork(
            context, source: paths.joined(separator: " "), isTrial: dryRun,
            opensDoor: try await context.installation().addresses().owner != nil)
        if !dryRun { try await work.openDoor() }
        var result = ImportWork.Result()
        switch from {
        case .markdown: try await MarkdownFolder(paths[0]).load(with: work, into: &result)
        case .wordpress: try await WordPressFiles(paths).load(with: work, into: &result)
        }
        if let report { try result.write(to: report) }
        try result.throwRefusals(report: report, isTrial: dryRun)
        return result.output
    }
}

/// The markdown files below a folder.
private struct MarkdownFolder {
    let folder: String

    init(_ folder: String) { self.folder = folder }

    func load(with work: ImportWork, into result: inout ImportWork.Result) async throws {
        let names = try names()
        for start in stride(from: 0, to: names.count, by: ImportArticles.batch) {
            try Task.checkCancellation()
            var files: [ImportFile] = []
            for name in names[start..<min(names.count, start + ImportArticles.batch)] {
                do throws(ImportRefusal) { files.append(try file(name)) } catch { result.add(refusal: error) }
            }
            result.add(try await work.load(files), remarks: [:])
            if names.count > ImportArticles.batch {
                work.context.tell("\(min(names.count, start + ImportArticles.batch)) of \(names.count) files")
            }
        }
    }

    /// Markdown files below the folder, by name.
    private func names() throws -> [String] {
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

    private func file(_ name: String) throws(ImportRefusal) -> ImportFile {
        let bytes = try bytes(name, limit: ImportFile.longest)
        var media: [String: [UInt8]] = [:]
        for hash in ImportFile.media(in: bytes) {
            // A picture that isn't there is named with the file that shows it.
            media[hash] = try? self.bytes("media/" + hash, limit: 20 << 20)
        }
        return ImportFile(name: name, bytes: bytes, media: media)
    }

    private func bytes(_ name: String, limit: Int) throws(ImportRefusal) -> [UInt8] {
        func refused(_ reason: String) -> ImportRefusal { ImportRefusal(name: name, reason: reason) }
        let path = folder + "/" + name
        // Losing the system's reason is right: whatever it is, the person has to look at the file.
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
            throw refused("it can't be read")
        }
        let type = attributes[.type] as? FileAttributeType
        if type == .typeSymbolicLink { throw refused("it is a symbolic link: put the file itself into the folder") }
        guard type == .typeRegular else { throw refused("it is no file") }
        if let size = attributes[.size] as? UInt64, size > limit {
            throw refused("it is longer than \(limit) bytes")
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw refused("it can't be read") }
        guard data.count <= limit else { throw refused("it is longer than \(limit) bytes") }
        return [UInt8](data)
    }
}

/// The files of one WordPress export, read in pieces.
private struct WordPressFiles {
    let paths: [String]
    /// Bytes read at once.
    private static let piece = 1 << 16

    init(_ paths: [String]) { self.paths = paths }

    func load(with work: ImportWork, into result: inout ImportWork.Result) async throws {
        var survey = WXRSurvey()
        for path in paths {
            survey.begin(path)
            do {
                try pieces(of: path) { bytes in try survey.take(bytes) }
                try survey.finish()
            } catch let refusal as ImportRefusal {
                throw Failure(.badData, "not_an_export", "'\(refusal.name)' can't be imported: \(refusal.reason).")
            }
        }
        let sections = try await work.context.database.read { db in try Section.list(db).map(\.slug) }
        var reader = WXRReader(survey.site, sections: sections, zone: work.context.zone)
        var waiting: [ImportFile] = []
        var remarks: [String: [String]] = [:]
        var count = 0
        for path in paths {
            reader.begin(path)
            let file = try open(path)
            var isOver = false
            while !isOver {
                try Task.checkCancellation()
                let bytes = try read(file, path)
                isOver = bytes.isEmpty
                for read in isOver ? reader.finish() : reader.take(bytes) {
                    switch read {
                    case .refused(let refusal): result.add(refusal: refusal)
                    case .article(let article, let title, let said):
                        waiting.append(article)
                        result.titles[article.name] = title
                        remarks[article.name] = said
                    }
                }
                while waiting.count >= ImportArticles.batch || (isOver && !waiting.isEmpty) {
                    let batch = Array(waiting.prefix(ImportArticles.batch))
                    waiting.removeFirst(batch.count)
                    result.add(try await work.load(batch), remarks: remarks)
                    remarks = [:]
                    count += batch.count
                    work.context.tell("\(count) texts")
                }
            }
        }
        result.tell(reader.tally, addresses: survey.site.droppedAddresses, work.context)
    }

    private func open(_ path: String) throws -> InputFile {
        do { return try InputFile(path: path) } catch {
            throw Failure(unreadable: path, error)
        }
    }

    private func read(_ file: InputFile, _ path: String) throws -> [UInt8] {
        do { return try file.read(atMost: Self.piece) } catch {
            throw Failure(unreadable: path, error)
        }
    }

    private func pieces(of path: String, _ body: ([UInt8]) throws -> Void) throws {
        let file = try open(path)
        while true {
            let bytes = try read(file, path)
            if bytes.isEmpty { return }
            try body(bytes)
        }
    }
}
