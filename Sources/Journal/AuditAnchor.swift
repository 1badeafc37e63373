public import Postgres
internal import Sodium
public import Values

/// Where every chain stood at one instant, kept outside the database: what was there then can't be deleted or computed
/// anew afterwards without showing.
///
/// It is worth as much as the place it is kept in: whoever can change both database and anchor can change the past.
/// The root is short enough to note on paper.
public struct AuditAnchor: Sendable, Equatable {
    public let takenAt: Timestamp
    /// The highest row id, 0 when there was none.
    public let lastID: Int64
    /// One for each subject, in the order of subjects.
    public let heads: [AuditHead]

    /// SHA-256 over the time, the last id and all heads, 32 bytes.
    public var root: [UInt8] {
        var form = CanonicalBytes("masthead anchor 1")
        form.append(takenAt.microseconds)
        form.append(lastID)
        form.append(Int64(heads.count))
        var hasher = SHA256()
        hasher.update(form.bytes)
        for head in heads {
            var bytes = CanonicalBytes("head")
            bytes.append(head.subject.kind.rawValue)
            bytes.append(head.subject.id)
            bytes.append(head.seq)
            bytes.append(raw: head.hash)
            hasher.update(bytes.bytes)
        }
        return hasher.finish()
    }

    /// The root in hexadecimal.
    public var rootText: String { Hex.text(root) }
}

extension Audit {
    /// Where every chain stands. Run it in a `read` unit: all heads are then of one instant.
    public static func anchor(_ db: Connection) throws -> AuditAnchor {
        let taken = try db.row("SELECT clock_timestamp(), coalesce(max(id), 0) FROM journal.audit") { row in
            (at: try row.next(Timestamp.self), lastID: try row.next(Int64.self))
        }
        guard let taken else { throw PostgresError.decode("an aggregate answered without a row") }
        var heads: [AuditHead] = []
        try db.forEach(
            "SELECT \(raw: AuditHead.columns) FROM journal.audit_head AS h ORDER BY h.subject_kind, h.subject_id"
        ) { heads.append(try AuditHead(&$0)) }
        return AuditAnchor(takenAt: taken.at, lastID: taken.lastID, heads: heads)
    }
}

// MARK: The file

extension AuditAnchor {
    private static let form = "masthead audit anchor"
    private static let version: Int64 = 1

    /// The file's text, JSON a line: a line that says what it is, how many heads follow and their root, then a line
    /// `["article",12,5,"<hash>"]` for each head.
    public func lines() -> [String] {
        let header: JSON = [
            "form": .string(Self.form), "version": .integer(Self.version), "last_id": .integer(lastID),
            "subjects": .integer(Int64(heads.count)), "root": .string(rootText),
            "taken_at": .string(takenAt.iso8601(in: .utc)),
        ]
        return [header.text]
            + heads.map { head in
                let line: JSON = [
                    .string(head.subject.kind.rawValue), .integer(head.subject.id), .integer(head.seq),
                    .string(Hex.text(head.hash)),
                ]
                return line.text
            }
    }

    /// Reads the file's bytes back and holds them against their root.
    public init(parsing bytes: [UInt8]) throws(JournalError) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)[...]
        guard let first = lines.popFirst() else { throw .badAnchor(line: 1, reason: "the file is empty") }
        let header = try Self.json(first, line: 1)
        guard header["form"]?.string == Self.form else {
            throw .badAnchor(line: 1, reason: "this isn't an audit anchor")
        }
        guard let version = header["version"]?.integer, version == Self.version else {
            throw .badAnchor(line: 1, reason: "its version isn't \(Self.version): a newer masthead wrote it")
        }
        guard let takenText = header["taken_at"]?.string, let lastID = header["last_id"]?.integer,
            let subjects = header["subjects"]?.integer, let root = header["root"]?.string.flatMap(Hex.bytes)
        else { throw .badAnchor(line: 1, reason: "taken_at, last_id, subjects or root is missing") }
        do { takenAt = try Timestamp(iso8601: takenText) } catch {
            throw .badAnchor(line: 1, reason: "taken_at: \(error.reason)")
        }
        self.lastID = lastID
        guard lines.count == subjects else {
            throw .badAnchor(line: lines.count + 1, reason: "\(subjects) heads are announced, \(lines.count) are here")
        }
        var heads: [AuditHead] = []
        heads.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            heads.append(try Self.head(line, line: index + 2))
            guard index == 0 || heads[index - 1].subject < heads[index].subject else {
                throw .badAnchor(line: index + 2, reason: "the subjects are out of order")
            }
        }
        self.heads = heads
        guard self.root == root else {
            throw .badAnchor(line: 1, reason: "the root isn't that of these heads: the file was changed")
        }
    }

    private static func head(_ bytes: ArraySlice<UInt8>, line: Int) throws(JournalError) -> AuditHead {
        guard let items = try json(bytes, line: line).array, items.count == 4,
            let kind = items[0].string, let id = items[1].integer, let seq = items[2].integer,
            let hash = items[3].string.flatMap(Hex.bytes)
        else { throw .badAnchor(line: line, reason: "a head is [kind, id, seq, hash]") }
        return AuditHead(subject: Subject(Subject.Kind(rawValue: kind), id), seq: seq, hash: hash)
    }

    private static func json(_ bytes: ArraySlice<UInt8>, line: Int) throws(JournalError) -> JSON {
        do { return try JSON(parsing: Array(bytes)) } catch {
            throw .badAnchor(line: line, reason: "not JSON: \(error.reason)")
        }
    }
}
