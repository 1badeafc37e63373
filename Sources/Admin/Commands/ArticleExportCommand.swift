import Access
import ArgumentParser
import Editorial
import Newsroom
import Postgres
import Terminal
import Values

struct ExportArticlesCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "export", "Writes articles as a folder of Markdown files with YAML front matter.",
        more: """
            What an import brought and nobody changed comes out byte for byte as it came in, under its name; pictures \
            lie in the folder 'media', by the SHA-256 of their bytes. `article import` reads all of it. A file that \
            this command didn't write, or that was changed since, is left alone and named, and nothing is written, \
            unless --force is given. Without --drafts or --all: what readers can see.
            """,
        example: "masthead article export ./articles --all")

    @Argument(help: "The folder; made when it isn't there.", completion: .directory) var folder: String
    @Argument(help: "Only these articles, by number.") var ids: [Int64] = []
    @Option(help: "Only this section.", transform: Slug.init) var section: Slug?
    @Flag(help: "What readers can see; this is what happens without a flag.") var live = false
    @Flag(help: "What readers never saw, or no longer do.") var drafts = false
    @Flag(help: "Both.") var all = false
    @Flag(help: "Write over files that somebody else wrote or changed.") var force = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if [live, drafts, all].filter(\.self).count > 1 {
            throw ValidationError("Give one of --live, --drafts and --all.")
        }
    }

    private var which: Export.Which {
        if drafts { return .drafts }
        return all || (!ids.isEmpty && !live) ? .all : .live
    }

    func run(_ context: CommandContext) async throws -> Output {
        let wanted = try await context.database.read { db in
            try Export.ids(
                db, which, section: section, only: ids.map { ID<Article>($0) }, for: context.actor(db))
        }
        var target = try Target(folder)
        if !force { try await requireOwn(wanted, target, context) }
        var rows: [[Field]] = []
        for start in stride(from: 0, to: wanted.count, by: Export.batch) {
            try Task.checkCancellation()
            let files = try await files(wanted, from: start, context)
            try target.announce(files)
            for file in files {
                try await media(of: file, target, context)
                let state = try target.write(file)
                rows.append([
                    .text(file.name), .text(state), .id(file.article), .bool(file.isPublic),
                    .bool(file.hasDraftWaiting),
                ])
            }
            if wanted.count > Export.batch { context.tell("\(start + files.count) of \(wanted.count) articles") }
        }
        try target.finish()
        return Output(["file", "state", "id", "public", "draft_waiting"], rows)
    }

    private func files(
        _ wanted: [ID<Article>], from start: Int, _ context: CommandContext
    ) async throws -> [ExportedFile] {
        let ids = Array(wanted[start..<min(wanted.count, start + Export.batch)])
        return try await context.database.read { db in try Export.files(db, ids, for: context.actor(db)) }
    }

    /// All names are looked at before the first file is written: half an export helps nobody.
    private func requireOwn(_ wanted: [ID<Article>], _ target: Target, _ context: CommandContext) async throws {
        var foreign: [String] = []
        for start in stride(from: 0, to: wanted.count, by: Export.batch) {
            for file in try await files(wanted, from: start, context) where try !target.mayWrite(file) {
                foreign.append(file.name)
            }
        }
        guard let first = foreign.first else { return }
        throw Failure(
            .refused, "foreign_files",
            "\(foreign.count) files in '\(folder)' were written or changed by somebody else, the first of them "
                + "'\(first)'. Nothing was written. Move them away, or write over them with --force.",
            details: foreign.map(Escape.escaped).joined(separator: "\n"))
    }

    private func media(of file: ExportedFile, _ target: Target, _ context: CommandContext) async throws {
        for hash in file.media where try !target.hasMedia(hash) {
            let found = try await context.database.read { db in try Export.media(db, hash) }
            if let found { try target.write(media: hash, found.type, found.bytes) }
        }
    }

    /// The folder, and what an export wrote there before.
    private struct Target {
        /// One line a file: a number made of its bytes, a tab, its name.
        private static let list = ".masthead-export"
        private let output: OutputFolder
        private let path: String
        private var known: [String: Set<UInt64>] = [:]
        private var written: [String: UInt64] = [:]

        init(_ path: String) throws {
            self.path = path
            do throws(StreamError) {
                output = try OutputFolder(path: path)
                let bytes = try output.read(Self.list) ?? []
                for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                    let parts = line.split(separator: "\t", maxSplits: 1)
                    guard parts.count == 2, let number = UInt64(parts[0], radix: 16) else { continue }
                    known[String(parts[1]), default: []].insert(number)
                }
            } catch { throw Self.failure(path, error) }
        }

        private static func failure(_ path: String, _ error: StreamError) -> Failure {
            Failure(.cannotWrite, "cannot_write", "'\(path)' can't be written (\(error)).")
        }

        private func trying<T>(_ name: String, _ body: () throws(StreamError) -> T) throws(Failure) -> T {
            do { return try body() } catch { throw Self.failure(path + "/" + name, error) }
        }

        /// FNV-1a: tells a file that was changed from one that wasn't; nobody gains by forging it.
        private static func number(_ bytes: [UInt8]) -> UInt64 {
            bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }

        func mayWrite(_ file: ExportedFile) throws -> Bool {
            let there = try trying(file.name) { () throws(StreamError) in try output.read(file.name) }
            guard let there, there != file.bytes else { return true }
            return known[file.name]?.contains(Self.number(there)) == true
        }

        /// Says beforehand what will be written, so that a process killed in between leaves no file that looks foreign.
        mutating func announce(_ files: [ExportedFile]) throws {
            for file in files {
                known[file.name, default: []].insert(Self.number(file.bytes))
                written[file.name] = Self.number(file.bytes)
            }
            try save(known.flatMap { name, numbers in numbers.map { (name, $0) } })
        }

        func write(_ file: ExportedFile) throws -> String {
            try trying(file.name) { () throws(StreamError) in
                if let former = file.formerName, let there = try output.read(former),
                    known[former]?.contains(Self.number(there)) == true
                {
                    // The same article under its name of before it was public.
                    try output.remove(former)
                }
                if try output.read(file.name) == file.bytes { return "unchanged" }
                try output.write(file.bytes, to: file.name)
                return "written"
            }
        }

        private static func name(_ hash: String) -> String { "media/\(hash)" }

        func hasMedia(_ hash: String) throws -> Bool {
            try trying(Self.name(hash)) { () throws(StreamError) in try output.read(Self.name(hash)) != nil }
        }

        func write(media hash: String, _ type: String, _ bytes: [UInt8]) throws {
            try trying(Self.name(hash)) { () throws(StreamError) in try output.write(bytes, to: Self.name(hash)) }
        }

        func finish() throws {
            var last = known.mapValues { $0 }
            for (name, number) in written { last[name] = [number] }
            try save(last.flatMap { name, numbers in numbers.map { (name, $0) } })
            try trying("") { () throws(StreamError) in try output.synchronize() }
        }

        private func save(_ entries: [(String, UInt64)]) throws {
            let lines = entries.map { "\(String($0.1, radix: 16))\t\($0.0)\n" }.sorted()
            try trying(Self.list) { () throws(StreamError) in
                try output.write(Array(lines.joined().utf8), to: Self.list)
            }
        }
    }
}
