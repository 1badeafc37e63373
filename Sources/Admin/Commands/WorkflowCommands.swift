import ArgumentParser
import Editorial
import Newsroom
import Postgres
import Values

struct WorkflowNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "workflow", "How work goes through the house: states, steps, and what has to be there before a text goes out.",
        verbs: [
            LoadWorkflowCommand.self, ListWorkflowsCommand.self, ShowWorkflowCommand.self, DiffWorkflowsCommand.self,
        ],
        example: "masthead workflow load Config/workflow.large.json --dry-run")
}

struct LoadWorkflowCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "load", "Loads a workflow as a new version, as the database's owner.",
        more: """
            Shows the difference to the newest version, or nothing when there is none. New articles begin on the new \
            version; the others keep theirs until `article migrate`. Refused: states never reached, dead ends, names \
            nobody has, approvals no role may give.
            """,
        example: """
            masthead workflow load Config/workflow.large.json --dry-run
            masthead workflow load Config/workflow.large.json
            """)

    @Argument(help: "The JSON file, or - for standard input.") var file: TextSource
    @Flag(help: "Show the difference, and load nothing.") var dryRun = false
    @OptionGroup var global: GlobalOptions

    /// Carries the outcome out of a transaction that is meant to be rolled back.
    private struct OnlyTried: Error {
        let outcome: LoadWorkflow.Outcome
    }

    func run(_ context: CommandContext) async throws -> Output {
        var source = file
        try source.read(context)
        let document = try JSON(parsing: source.text())
        let outcome = try await load(document, context)
        for warning in outcome.warnings { context.tell("masthead: \(warning)") }
        if outcome.difference.isEmpty {
            context.tell("masthead: No difference: version \(outcome.version) says what the file says.")
        } else {
            context.tell(
                dryRun
                    ? "masthead: Nothing was loaded; it would be version \(outcome.version)."
                    : "masthead: Loaded as version \(outcome.version).")
        }
        return .document(outcome.difference)
    }

    private func load(_ document: JSON, _ context: CommandContext) async throws -> LoadWorkflow.Outcome {
        let isOnlyTried = dryRun
        let action = LoadWorkflow(document, systemUser: context.systemUser)
        do {
            return try await context.installation().asOwner { owner in
                try await owner.transaction { db in
                    let outcome = try action.perform(db)
                    if isOnlyTried { throw OnlyTried(outcome: outcome) }
                    return outcome
                }
            }
        } catch let tried as OnlyTried { return tried.outcome }
    }
}

struct ListWorkflowsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Versions of the workflow, latest first, and how many articles keep to each.",
        example: "masthead workflow list")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        _ = try context.actor(db)
        return Output(
            ["version", "name", "loaded_at", "articles"],
            try Workflow.versions(db).map {
                [.integer($0.number), .text($0.name), .time($0.loadedAt), .integer($0.articles)]
            })
    }
}

struct ShowWorkflowCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a version of the workflow, a rule a line.", example: "masthead workflow show 2")
    static let access = DatabaseAccess.read

    @Argument(help: "The version; the newest if none is said.") var version: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        _ = try context.actor(db)
        let found = try Workflow.find(db, version: version)
        return Output(["version", "rule"], found.workflow.lines.map { [.integer(found.number), .text($0)] })
    }
}

struct DiffWorkflowsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "diff", "What two versions of the workflow differ in.", example: "masthead workflow diff 1 2")
    static let access = DatabaseAccess.read

    @Argument(help: "The version before.") var before: Int
    @Argument(help: "The version after.") var after: Int
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        _ = try context.actor(db)
        let old = try Workflow.find(db, version: before).workflow
        return .document(old.difference(to: try Workflow.find(db, version: after).workflow))
    }
}
