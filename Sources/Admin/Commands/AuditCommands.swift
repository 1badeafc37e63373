import Access
import ArgumentParser
import Editorial
import Journal
import Newsroom
import Postgres
import Terminal
import Values

struct AuditNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "audit", "What was done, by whom, and whether the record of it is whole.",
        verbs: [TailAuditCommand.self, VerifyAuditCommand.self, AnchorAuditCommand.self],
        example: "masthead audit verify --anchor /mnt/elsewhere/audit-anchor.jsonl")
}

struct TailAuditCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "tail", "Shows the latest rows, newest first.", example: "masthead audit tail --subject article:12 --limit 5")
    static let access = DatabaseAccess.read

    @Option(
        help: ArgumentHelp("Only rows about this.", valueName: "kind:id"), transform: { try Subject.named($0) })
    var subject: Subject?
    @Option(help: "At most so many.") var limit = 20
    @Option(help: ArgumentHelp("Go on after the row with this id: with those before it.", valueName: "id"))
    var after: Int64?
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireListLimit(limit) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.auditRead)
        let rows = try Audit.tail(db, subject: subject, before: after, limit: limit)
        let addresses = try Account.addresses(db, of: rows.compactMap(\.account))
        return Output(
            ["id", "at", "subject", "seq", "action", "account", "via", "system_user", "facts"],
            try rows.map { row in
                [
                    .integer(row.id), .time(row.at), .text(row.subject.description), .integer(row.seq),
                    .text(row.action), .text(row.account.flatMap { addresses[$0]?.text }), .text(row.via),
                    .text(row.systemUser), .json(try JSON(parsing: row.facts)),
                ]
            })
    }
}

/// Needs no actor: it has to say what it sees when the accounts were tampered with, and shows no more than numbers.
struct VerifyAuditCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "verify", "Walks every chain, computes each hash again and names what doesn't hold.",
        more: """
            Ends with 65 when something doesn't hold, and lists it; so it does when an approval, an override or a \
            release has no entry, or an entry no such row. Without an anchor it can't see rows deleted \
            together with what their chain's head says, nor a chain computed anew by whoever owns the database.
            """,
        example: "masthead audit verify --anchor /mnt/elsewhere/audit-anchor.jsonl")
    static let access = DatabaseAccess.read

    @Option(help: ArgumentHelp("What `audit anchor` wrote earlier.", valueName: "file")) var anchor: AnchorSource?
    @OptionGroup var global: GlobalOptions

    mutating func prepare(_ context: CommandContext) throws { try anchor?.read() }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let progress = Progress("audit verify", total: nil, unit: "rows", context)
        var seen = 0
        let report = try Audit.verify(db, anchor: try anchor?.anchor()) { rows in
            progress.advance(by: Int64(rows - seen))
            seen = rows
        }
        progress.finish()
        if !report.isAnchored {
            context.tell(
                "masthead: without --anchor FILE, rows deleted together with their chain's head, deleted subjects and "
                    + "chains computed anew can't be seen.")
        }
        guard report.isSound else { throw Failure(report) }
        let unaudited = try Unaudited.find(db)
        guard unaudited.isEmpty else { throw Failure(unaudited) }
        return .record([
            ("rows", .integer(report.rows)), ("chains", .integer(report.chains)),
            ("findings", .integer(report.findingCount)), ("anchored", .bool(report.isAnchored)),
        ])
    }
}

struct AnchorAuditCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "anchor", "Writes where every chain stands into a new file, for `audit verify --anchor`.",
        more: """
            Keep the file where whoever runs the database can't change it, or note its root. A file that is there \
            already is never replaced.
            """,
        example: "masthead audit anchor /mnt/elsewhere/audit-anchor.jsonl")

    @Argument(help: "The file; else one named after the time, in this folder.") var file: String?
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let anchor = try await context.database.read { db in try Audit.anchor(db) }
        let file = file ?? "audit-anchor-\(anchor.takenAt.iso8601(in: .utc).filter(\.isNumber).prefix(14)).jsonl"
        do {
            try NewFile.write(Array((anchor.lines().joined(separator: "\n") + "\n").utf8), to: file)
        } catch {
            throw error.isExisting
                ? Failure(.cannotWrite, "anchor_exists", "'\(file)' is there already, and an anchor is never replaced.")
                : Failure(.cannotWrite, "anchor_unwritable", "The anchor '\(file)' can't be written (\(error)).")
        }
        return .record([
            ("file", .text(file)), ("taken_at", .time(anchor.takenAt)), ("last_id", .integer(anchor.lastID)),
            ("subjects", .integer(anchor.heads.count)), ("root", .text(anchor.rootText)),
        ])
    }
}

/// An anchor's file, read before the transaction begins.
struct AnchorSource: ExpressibleByArgument, Sendable {
    /// 1 GiB: an anchor of some ten million subjects.
    private static let limitBytes = 1 << 30

    private let path: String
    private var loaded: AuditAnchor?

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        path = argument
    }

    static var defaultCompletionKind: CompletionKind { .file() }

    mutating func read() throws {
        let bytes = try GivenFile.bytes(path, atMost: Self.limitBytes)
        guard bytes.count <= Self.limitBytes else {
            throw Failure(.badData, "too_long", "'\(Escape.escaped(path))' is longer than any anchor.")
        }
        loaded = try AuditAnchor(parsing: bytes)
    }

    func anchor() throws -> AuditAnchor {
        guard let loaded else { throw Failure(.fault, "fault", "An anchor was used before it was read.") }
        return loaded
    }
}

extension Failure {
    /// The findings as records and as sentences.
    fileprivate init(_ report: AuditReport) {
        let sentences = report.findings.map(\.sentence)
        let unlisted = report.findingCount - report.findings.count
        let more = unlisted > 0 ? ["… and \(unlisted) more."] : []
        self.init(
            .badData, "audit_broken",
            "The audit chain of \(report.rows) rows doesn't hold, findings: \(report.findingCount). The first: "
                + (sentences.first ?? ""),
            details: (sentences.dropFirst() + more).joined(separator: "\n"),
            output: Output(
                ["finding", "subject", "seq", "through"],
                report.findings.map { finding in
                    [
                        .text(finding.word), .text(finding.subject.description), .integer(finding.seqs.lowerBound),
                        .integer(finding.seqs.upperBound),
                    ]
                }))
    }
}

extension Failure {
    /// Rows and entries that don't go together, as records and as sentences.
    fileprivate init(_ unaudited: [Unaudited]) {
        let sentences = unaudited.map { "article:\($0.article): \($0.sentence)" }
        self.init(
            .badData, "audit_incomplete",
            "The chains hold, but what lets texts out doesn't agree with them, findings: \(unaudited.count). The "
                + "first: " + (sentences.first ?? ""),
            details: sentences.dropFirst().joined(separator: "\n"),
            output: Output(
                ["finding", "subject", "id"],
                unaudited.map {
                    [.text("unaudited_\($0.kind.rawValue)"), .text("article:\($0.article)"), .integer($0.id)]
                }))
    }
}

extension Unaudited {
    fileprivate var sentence: String {
        switch kind {
        case .approval, .override, .release, .embargo, .tick, .mark:
            "\(kind.rawValue) \(id) has no entry in the audit: it was written past Masthead."
        case .schedule: "schedule \(id) isn't due when the audit says: it was moved past Masthead."
        case .risks: "its risks aren't those that the audit names last: they were changed past Masthead."
        case .place: "its section or kind isn't what the audit names last: it was moved past Masthead."
        case .entry: "entry \(id) of the audit names a row that isn't there as it says."
        }
    }
}

extension AuditFinding {
    fileprivate var sentence: String {
        let rows = seqs.count == 1 ? "row \(seqs.lowerBound)" : "rows \(seqs.lowerBound) to \(seqs.upperBound)"
        return switch self {
        case .altered: "\(subject) \(rows): altered, its hash isn't that of what it says."
        case .moved(_, _, let from): "\(subject) \(rows): moved here, it was row \(from)."
        case .missing: "\(subject) \(rows): missing from the middle of the chain."
        case .unlinked: "\(subject) \(rows): doesn't follow the row before it; one of the two was written anew."
        case .tailMissing: "\(subject) \(rows): missing from the end of the chain."
        case .headDiffers: "\(subject) \(rows): the last row isn't the one that the chain's head names."
        case .beyondHead: "\(subject) \(rows): added past the chain's head, not by Masthead."
        case .rewritten: "\(subject) \(rows): another chain than the one that was anchored."
        case .subjectMissing: "\(subject) \(rows): the whole subject is missing."
        }
    }
}

extension Subject {
    fileprivate static func named(_ text: String) throws -> Subject {
        guard let subject = Subject(text: text) else {
            throw ValueError(kind: "subject", value: text, reason: "write KIND:ID, as in article:12")
        }
        return subject
    }
}
