public import Access
internal import Journal
public import Postgres
public import Values

/// Brings in what was public elsewhere, as releases of kind `imported` at their own instant and path.
///
/// A file is known by its name. One that is here already is left alone, changed or not: the article is edited here
/// now, and a changed file is reported. What a file doesn't say (credit, alt text, section, kind, a person's name,
/// the bytes of pictures) becomes debt, never a guess. A bad file is refused by name and the rest go in.
public struct ImportArticles {
    /// Files in one transaction: a power cut costs a second of work, and the rerun finds the rest.
    public static let batch = 200

    let files: [ImportFile]
    let source: String
    let zone: Zone
    let actor: Actor

    /// - Parameters:
    ///   - files: at most `batch` of them; a longer list is several actions.
    ///   - source: where they came from, for the record.
    ///   - zone: the publication's, for dates without a clock.
    public init(_ files: [ImportFile], source: String, zone: Zone, by actor: Actor) {
        precondition(files.count <= Self.batch, "a batch has at most \(Self.batch) files")
        self.files = files
        self.source = source
        self.zone = zone
        self.actor = actor
    }

    /// What became of each file, by name in the order given.
    public struct Outcome: Sendable {
        public var imported: [Imported] = []
        /// Here already, and the same.
        public var unchanged: [String] = []
        /// Here already, and different now: nothing was done.
        public var changed: [String] = []
        public var refused: [ImportRefusal] = []

        public init() {}

        public mutating func add(_ other: Outcome) {
            imported += other.imported
            unchanged += other.unchanged
            changed += other.changed
            refused += other.refused
        }
    }

    public struct Imported: Sendable, Hashable {
        public let name: String
        public let article: ID<Article>
        /// The path it was public at; nil for a draft.
        public let path: String?
        /// How many things the file left open.
        public let debts: Int
    }

    /// - Throws: `AccessError.notPermitted`, ``EditorialError/importsShut``.
    public func perform(_ db: Connection) throws -> Outcome {
        try actor.require(.articleImport)
        // One after the other: two imports of one folder at once would take each other's articles for strangers'.
        try db.run("SELECT pg_advisory_xact_lock(hashtextextended('editorial.import', 0))")
        var outcome = Outcome()
        let wanted = try withTrueMedia(db, unknown(db, &outcome), &outcome)
        let items = wanted.compactMap { file -> ImportItem? in
            do throws(ImportRefusal) { return try ImportItem(file, zone: zone) } catch {
                outcome.refused.append(error)
                return nil
            }
        }
        guard !items.isEmpty else { return outcome }
        var places = try ImportPlaces(db, items)
        let free = places.sorted(items, &outcome.refused)
        guard !free.isEmpty else { return outcome }

        let batch = try begin(db)
        let people = try ImportPeople(db, free)
        var writer = ImportWriter(batch: batch, actor: actor, people: people)
        try writer.write(db, free)
        outcome.imported = writer.imported
        outcome.refused += writer.refused
        try Audit.append(
            db, Subject(.import, batch.id), "import.loaded", by: actor.origin,
            facts: [
                "articles": .integer(Int64(writer.imported.count)), "manifest": .string(try manifest(db, batch)),
            ])
        return outcome
    }

    /// The files that aren't here yet; the others are told apart by the hash of their bytes.
    private func unknown(_ db: Connection, _ outcome: inout Outcome) throws -> [ImportFile] {
        let known = try db.rows(
            """
            SELECT f.key, i.source_hash = sha256(f.source) FROM unnest(\(files.map(\.name)), \(files.map(\.bytes))) \
            AS f (key, source) JOIN editorial.import_item i ON i.key = f.key
            """
        ) { (try $0.next(String.self), try $0.next(Bool.self)) }
        let isSame = Dictionary(known) { first, _ in first }
        var names: Set<String> = []
        return files.filter { file in
            guard names.insert(file.name).inserted else { return false }
            switch isSame[file.name] {
            case nil: return true
            case true: outcome.unchanged.append(file.name)
            case false: outcome.changed.append(file.name)
            }
            return false
        }
    }

    /// Without the files whose pictures aren't those they are called.
    private func withTrueMedia(
        _ db: Connection, _ files: [ImportFile], _ outcome: inout Outcome
    ) throws -> [ImportFile] {
        let media = files.flatMap { file in file.media.map { (file: file.name, hash: $0.key, bytes: $0.value) } }
        guard !media.isEmpty else { return files }
        let wrong = Dictionary(
            try db.rows(
                """
                SELECT m.file, m.hash FROM unnest(\(media.map(\.file)), \(media.map(\.hash)), \(media.map(\.bytes))) \
                AS m (file, hash, bytes) WHERE encode(sha256(m.bytes), 'hex') <> m.hash
                """
            ) { (try $0.next(String.self), try $0.next(String.self)) }, uniquingKeysWith: { first, _ in first })
        return files.filter { file in
            guard let hash = wrong[file.name] else { return true }
            outcome.refused.append(
                ImportRefusal(name: file.name, reason: "the picture \(hash) has other bytes than its name says"))
            return false
        }
    }

    private func begin(_ db: Connection) throws -> ImportBatch {
        guard try db.value("SELECT open_until > clock_timestamp() FROM editorial.import_door", as: Bool.self) == true
        else {
            throw EditorialError.importsShut
        }
        return try db.one(
            """
            INSERT INTO editorial.import (source, account_id) VALUES (\(source), \(actor.account)) \
            RETURNING id, started_at
            """
        ) { ImportBatch(id: try $0.next(), startedAt: try $0.next()) }
    }

    /// One hash over all that came in: the audit row then stands for each of them.
    private func manifest(_ db: Connection, _ batch: ImportBatch) throws -> String {
        try db.one(
            """
            SELECT encode(sha256(coalesce(string_agg(convert_to(key, 'UTF8') || '\\x00'::bytea || source_hash, \
            ''::bytea ORDER BY key COLLATE "C"), ''::bytea)), 'hex') \
            FROM editorial.import_item WHERE import_id = \(batch.id)
            """
        ) { try $0.next(String.self) }
    }
}

/// The row of an import under way.
struct ImportBatch {
    let id: Int64
    /// The transaction's time: what went public later than this isn't public yet.
    let startedAt: Timestamp
}
