import ArgumentParser
import Postgres

// How a command is written
// ========================
// One file a noun, `Commands/<Noun>Commands.swift`: a noun type that lists its verbs, and a type for each verb.
//
//     struct SectionNoun: ParsableCommand {
//         static let configuration = CommandConfiguration.noun(
//             "section", "The parts of the publication.", verbs: [AddSectionCommand.self, ListSectionsCommand.self],
//             example: "masthead section list")
//     }
//
//     struct AddSectionCommand: UnitCommand {
//         static let configuration = CommandConfiguration.verb(
//             "add", "Adds a section.", example: "masthead section add politics --name Politics")
//         static let access = DatabaseAccess.write
//
//         @Argument(help: "The section's slug.", transform: Slug.init) var slug: Slug
//         @Option(help: "The name readers see.") var name: String
//         @OptionGroup var global: GlobalOptions
//
//         func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
//             let section = try AddSection(slug: slug, name: name, by: context.actor(db)).perform(db)
//             return .record([("slug", .text(section.slug.text)), ("name", .text(section.name))])
//         }
//     }
//
// Then the noun goes into the table in `Commands.swift`. Notes:
// - `transform:` with a throwing initialiser keeps the reason: "The value 'A B' is invalid for '<slug>': …".
// - A long text is `@Option var body: TextSource?`, read in `prepare`, used as `try body?.text()` in `perform`.
// - `perform` runs inside the transaction and may run twice: database only. What it throws becomes an exit code in
//   `ExitCodes.swift`; throw domain errors, or `Failure` where only the command line can go wrong.
// - Work of several transactions (imports), or none, is a `FreeCommand`.

/// A command that can be parsed and run: the leaf of `masthead NOUN VERB`.
protocol Leaf: ParsableCommand, Sendable {
    /// `@OptionGroup var global: GlobalOptions`, so that `--format` and `--as` work everywhere.
    var global: GlobalOptions { get }

    /// Reads files and standard input, before any transaction begins. Called once.
    mutating func prepare(_ context: CommandContext) throws
}

extension Leaf {
    mutating func prepare(_ context: CommandContext) throws {}
}

/// What a unit of work does to the database.
enum DatabaseAccess: Sendable {
    /// One read-only snapshot.
    case read
    /// One transaction, run again when it collides with another.
    case write
}

/// A command that is exactly one unit of database work, and so may be part of `shell --transaction`.
protocol UnitCommand: Leaf {
    static var access: DatabaseAccess { get }

    /// Does the work inside the transaction that the caller began. May be called again after a rollback.
    func perform(_ db: Connection, _ context: CommandContext) throws -> Output

    /// Called once, outside the transaction, when the work wasn't done: what can still be saved of what was given is
    /// saved here. Returns the error to report.
    func failed(_ error: any Error, _ context: CommandContext) -> any Error
}

extension UnitCommand {
    func failed(_ error: any Error, _ context: CommandContext) -> any Error { error }
}

/// A command that is several units of work (an import in batches), or none.
protocol FreeCommand: Leaf {
    /// Whether `context.newsroom` is needed: then the database is reached before `run`, or the command fails with 69
    /// or 78. True unless said otherwise.
    static var needsDatabase: Bool { get }

    func run(_ context: CommandContext) async throws -> Output
}

extension FreeCommand {
    static var needsDatabase: Bool { true }
}

extension CommandConfiguration {
    /// A noun with its verbs. `example` is one or more whole command lines.
    static func noun(
        _ name: String, _ abstract: String, verbs: [any ParsableCommand.Type], example: String, aliases: [String] = []
    ) -> CommandConfiguration {
        CommandConfiguration(
            commandName: name, abstract: abstract, discussion: examples(example), subcommands: verbs, aliases: aliases)
    }

    /// A verb, or a noun that needs none. `more` is said after the abstract, before the example.
    static func verb(
        _ name: String, _ abstract: String, more: String = "", example: String, aliases: [String] = []
    ) -> CommandConfiguration {
        let discussion = more.isEmpty ? examples(example) : more + "\n\n" + examples(example)
        return CommandConfiguration(
            commandName: name, abstract: abstract, discussion: discussion, aliases: aliases)
    }

    private static func examples(_ text: String) -> String {
        "Example:\n" + text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    }
}
