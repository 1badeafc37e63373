import Access
import Editorial
import Newsroom
import Postgres
import Terminal
import Values

/// Batches of files on their way in, each a transaction of its own; or only tried, and taken back.
struct ImportWork: Sendable {
    let context: CommandContext
    let source: String
    let isTrial: Bool
    /// Whether the settings say how to reach the owner of the schema, who alone lets imports in.
    let opensDoor: Bool

    init(_ context: CommandContext, source: String, isTrial: Bool, opensDoor: Bool) {
        self.context = context
        self.source = source
        self.isTrial = isTrial
        self.opensDoor = opensDoor
    }

    /// Carries the outcome out of a transaction that is meant to be rolled back.
    private struct OnlyTried: Error {
        let outcome: ImportArticles.Outcome
    }

    /// An import puts texts in public that nobody here approved: the owner of the schema lets it, for an hour. Where the
    /// settings don't say how to reach the owner, he has opened the door beforehand, or the import is refused.
    func openDoor() async throws {
        guard opensDoor else { return }
        try await context.installation().asOwner { owner in
            try await owner.transaction { db in try OpenImports().perform(db) }
        }
    }

    func load(_ files: [ImportFile]) async throws -> ImportArticles.Outcome {
        guard !files.isEmpty else { return ImportArticles.Outcome() }
        guard isTrial else { return try await context.database.transaction { db in try perform(db, files) } }
        do {
            // The door is opened in the transaction that is taken back: trying leaves it as it was.
            if opensDoor {
                return try await context.installation().asOwner { owner in
                    try await owner.transaction { db in
                        try OpenImports().perform(db)
                        throw OnlyTried(outcome: try perform(db, files))
                    }
                }
            }
            return try await context.database.transaction { db in
                throw OnlyTried(outcome: try perform(db, files))
            }
        } catch let tried as OnlyTried { return tried.outcome }
    }

    private func perform(_ db: Connection, _ files: [ImportFile]) throws -> ImportArticles.Outcome {
        try ImportArticles(files, source: source, zone: context.zone, by: context.actor(db)).perform(db)
    }

    /// What became of everything, in order.
    struct Result {
        private var rows: [[Field]] = []
        private var refusals: [ImportRefusal] = []
        private var lines: [JSON] = []
        private var count = 0
        var titles: [String: String] = [:]

        mutating func add(_ outcome: ImportArticles.Outcome, remarks: [String: [String]]) {
            func take(_ name: String, _ state: String, _ fields: [Field], _ debts: Int = 0) {
                count += 1
                rows.append([.text(name), .text(state)] + fields)
                guard let said = remarks[name], !said.isEmpty || debts > 0 else { return }
                lines.append(
                    .object([
                        "file": .string(name), "state": .string(state), "title": .string(titles[name] ?? ""),
                        "debts": .integer(Int64(debts)), "remarks": .array(said.map(JSON.string)),
                    ]))
            }
            for item in outcome.imported {
                take(
                    item.name, "imported", [.id(item.article), .text(item.path), .integer(item.debts)], item.debts)
            }
            for name in outcome.unchanged { take(name, "unchanged", [.null, .null, .null]) }
            for name in outcome.changed { take(name, "changed", [.null, .null, .null]) }
            for refusal in outcome.refused { add(refusal: refusal) }
        }

        mutating func add(refusal: ImportRefusal) {
            count += 1
            refusals.append(refusal)
            lines.append(
                .object([
                    "file": .string(refusal.name), "state": "refused", "title": .string(titles[refusal.name] ?? ""),
                    "debts": 0, "remarks": .array([.string(refusal.reason)]),
                ]))
        }

        mutating func tell(_ tally: WXRReader.Tally, addresses: Int, _ context: CommandContext) {
            var left = [
                (tally.comments, "comments"), (tally.secrets, "secrets (passwords, keys, locks)"),
                (addresses, "authors' e-mail addresses"), (tally.otherMeta, "fields of plugins"),
                (tally.repeated, "posts that are there twice and equal"),
            ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            left += tally.skipped.sorted { $0.key < $1.key }.map { "\($0.value) of \(Escape.escaped($0.key))" }
            guard !left.isEmpty else { return }
            context.tell("Left behind: \(left.joined(separator: ", ")).")
            lines.append(.object(["state": "left behind", "remarks": .array(left.map(JSON.string))]))
        }

        func write(to path: String) throws {
            let text = lines.map { String(decoding: $0.canonical(), as: UTF8.self) + "\n" }.joined()
            do { try NewFile.write(Array(text.utf8), to: path) } catch {
                throw Failure(
                    .cannotWrite, "cannot_write",
                    "The import is done, but its report '\(path)' can't be written "
                        + "(\(error)).")
            }
        }

        var output: Output { Output(["file", "state", "id", "url", "debts"], rows) }

        func throwRefusals(report: String?, isTrial: Bool) throws {
            guard let first = refusals.first else { return }
            throw Failure(
                .badData, "files_refused",
                "\(refusals.count) of \(count) files can't be imported, the first of them '\(first.name)': "
                    + "\(first.reason). " + (isTrial ? "The others could be." : "The others are in."),
                details: refusals.map { "\(Escape.escaped($0.name)): \(Escape.escaped($0.reason))" }
                    .joined(separator: "\n"), output: output)
        }
    }
}
