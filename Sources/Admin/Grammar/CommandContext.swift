import Access
import Journal
import Newsroom
import Postgres
import Values

/// What a command knows besides its own arguments.
struct CommandContext: Sendable {
    /// Runs other commands the same way: what the shell is made of.
    var runner: Runner
    /// The options of this command, over those of the shell it runs in.
    let options: GlobalOptions
    /// The moment the command began, for what is shown; what is stored takes the database's clock.
    let now: Timestamp
    /// Who acts, as said by `--as`, `MASTHEAD_AS` or the settings; nil when nobody said.
    let actorEmail: EmailAddress?
    /// Whether the process runs this command and no other: then it may take the terminal.
    let isAlone: Bool
    private let opened: Newsroom?

    init(
        runner: Runner, options: GlobalOptions, newsroom: Newsroom?, actorEmail: EmailAddress?, isAlone: Bool
    ) {
        self.runner = runner
        self.options = options
        self.now = runner.surroundings.now()
        self.actorEmail = actorEmail
        self.isAlone = isAlone
        self.opened = newsroom
    }

    /// Streams, environment and clock.
    var surroundings: Surroundings { runner.surroundings }

    /// The system user who typed the command.
    var systemUser: String { surroundings.systemUser }

    /// The open newsroom: always there in a `UnitCommand` and in a `FreeCommand` that needs the database.
    var newsroom: Newsroom {
        get throws {
            guard let opened else {
                throw Failure(.fault, "fault", "A command that says it needs no database asked for it.")
            }
            return opened
        }
    }

    /// The open newsroom's database, as the app role.
    var database: Database {
        get throws { try newsroom.database }
    }

    /// Where data, server and migrations are, for the commands that look after them.
    func installation() throws -> Installation {
        try Installation(environment: surroundings.environment, config: options.config)
    }

    /// The publication's zone; UTC before there is a publication.
    var zone: Zone { opened?.zone ?? .utc }

    /// The acting account with its grants. Throws 77 when nobody was named, 66 or 77 when there is no such account or
    /// it may not act.
    func actor(_ db: Connection) throws -> Actor {
        guard let actorEmail else {
            throw AccessError.actorRequired
        }
        return try Actor.load(db, email: actorEmail, via: .cli, systemUser: systemUser)
    }

    /// Says something to the person at the terminal; never data.
    func tell(_ message: String) { surroundings.tell(message) }
}
