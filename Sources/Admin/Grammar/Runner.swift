import Newsroom
import Postgres
import Values

/// Opens the newsroom when the first command needs it, and only once however many commands follow.
actor Office {
    private let surroundings: Surroundings
    private var opened: Newsroom?

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// The newsroom of these settings. Throws what keeps it closed: 69 unreachable, 78 settings or migrations.
    func newsroom(config: String?) async throws -> Newsroom {
        if let opened { return opened }
        let newsroom = try await Newsroom.open(environment: surroundings.environment, config: config)
        opened = newsroom
        return newsroom
    }

    /// The newsroom if it was needed so far.
    var newsroomIfOpen: Newsroom? { opened }

    /// Gives the connections back. The embedded server keeps running.
    func close() async {
        await opened?.close()
        opened = nil
    }
}

/// Runs parsed commands: one for `masthead NOUN VERB`, thousands for the shell.
struct Runner: Sendable {
    let surroundings: Surroundings
    let office: Office
    /// Whether standard input brings the commands themselves: then no command may take it for its text.
    var inputIsCommands = false

    init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        office = Office(surroundings)
    }

    /// Does what the command says and returns what it answers.
    /// - Parameter defaults: the options of the shell the command runs in.
    func output(of leaf: any Leaf, defaults: GlobalOptions? = nil) async throws -> Output {
        let options = defaults.map { leaf.global.over($0) } ?? leaf.global
        let isAlone = defaults == nil
        switch leaf {
        case let unit as any UnitCommand:
            let context = try await context(for: unit, options: options)
            let prepared = try Self.prepared(unit, context)
            do {
                let output = try await Self.perform(prepared, context)
                try output.saveChart()
                return output
            } catch {
                throw prepared.failed(error, context)
            }
        case let free as any FreeCommand:
            guard options.idempotencyKey == nil || defaults != nil else {
                throw Failure(
                    .usage, "usage", "This command is several units of work, or none: it takes no --idempotency-key.")
            }
            let needsDatabase = type(of: free).needsDatabase
            let context = try await context(options: options, needsDatabase: needsDatabase, isAlone: isAlone)
            return try await Self.prepared(free, context).run(context)
        default:
            throw Failure(.fault, "fault", "\(type(of: leaf)) is neither a unit of work nor free.")
        }
    }

    /// What the command answers, and why it failed if it did: a check that fails still has its findings to show.
    func answer(to leaf: any Leaf, defaults: GlobalOptions? = nil) async -> (output: Output, failure: Failure?) {
        do {
            return (try await output(of: leaf, defaults: defaults), nil)
        } catch {
            let failure = Failure(error)
            return (failure.output ?? .none, failure)
        }
    }

    /// The context of a unit of database work.
    func context(for unit: any UnitCommand, options: GlobalOptions) async throws -> CommandContext {
        try await context(options: options, needsDatabase: true, isAlone: false)
    }

    /// How the answer looks.
    func style(_ options: GlobalOptions, guarded: Bool = false) async -> Style {
        let terminal = surroundings.outputIsTerminal
        let noColour = !(surroundings.environment["NO_COLOR"] ?? "").isEmpty
        let colour =
            switch options.color ?? .auto {
            case .always: true
            case .never: false
            case .auto: terminal && !noColour && surroundings.environment["TERM"] != "dumb"
            }
        return Style(
            format: options.format ?? (terminal ? .table : .tsv), header: !options.noHeader, colour: colour,
            width: terminal ? surroundings.columns : nil, terminal: terminal, isUnicode: surroundings.isUnicode,
            zone: await office.newsroomIfOpen?.zone ?? .utc,
            now: surroundings.now(), guarded: guarded)
    }

    /// A command after it has read its files.
    static func prepared<Command: Leaf>(_ command: Command, _ context: CommandContext) throws -> Command {
        var command = command
        try command.prepare(context)
        return command
    }

    private static func perform<Command: UnitCommand>(
        _ command: Command, _ context: CommandContext
    ) async throws -> Output {
        let database = try context.database
        switch Command.access {
        case .read: return try await database.read { db in try command.perform(db, context) }
        case .write: return try await database.transaction { db in try perform(command, db, context) }
        }
    }

    private func context(options: GlobalOptions, needsDatabase: Bool, isAlone: Bool) async throws -> CommandContext {
        let newsroom = needsDatabase ? try await office.newsroom(config: options.config) : nil
        let actor = try options.actor.map { try EmailAddress($0) } ?? newsroom?.settings.actor
        return CommandContext(
            runner: self, options: options, newsroom: newsroom, actorEmail: actor, isAlone: isAlone)
    }
}
