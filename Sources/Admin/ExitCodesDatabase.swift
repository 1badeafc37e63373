import Postgres

extension Failure {
    /// What the database said, for somebody who didn't write the SQL.
    static func postgres(_ error: PostgresError) -> Failure {
        switch error {
        case .server(let error): server(error)
        case .connection(let reason):
            Failure(
                .unavailable, "database_unreachable",
                "The database can't be reached: \(reason). `masthead doctor` looks what is wrong with it.")
        case .commitOutcomeUnknown:
            Failure(
                .tryAgain, "outcome_unknown",
                "The connection was lost while the change was being committed: look whether it is there before trying "
                    + "again.")
        case .pool:
            Failure(.tryAgain, "busy", "The database is busy: \(error). Try again.")
        case .cancelled:
            Failure(.tryAgain, "cancelled", "The command was stopped before it was done; nothing of it was kept.")
        case .unsendable(let reason): Failure(.badData, "bad_value", "The database can't hold this: \(reason).")
        case .rolledBack, .decode, .tooManyRows, .noRow:
            Failure(.fault, "fault", "Something unexpected went wrong: \(error). Please report it.")
        }
    }

    /// By SQLSTATE class, PostgreSQL's manual, appendix A. What a module knows by name never comes here.
    private static func server(_ error: ServerError) -> Failure {
        let said = "PostgreSQL said: \(error.message) (SQLSTATE \(error.sqlstate))."
        return switch (error.sqlstate, String(error.sqlstateClass)) {
        case ("3D000", _):
            Failure(.configuration, "no_database", "\(said) Run `masthead db init`, or check database.url.")
        case ("42501", _):
            Failure(
                .configuration, "privileges",
                "\(said) The database's roles and privileges aren't as they should be: see `masthead doctor`.")
        case ("42P01", _), ("3F000", _):
            Failure(.configuration, "database_behind", "\(said) Run `masthead db migrate`.")
        case (_, "08"), (_, "57"): Failure(.unavailable, "database_unreachable", "\(said) Try again in a moment.")
        case (_, "28"):
            Failure(.configuration, "login", "\(said) Check the user and password in database.url.")
        case (_, "53"): Failure(.unavailable, "database_full", "\(said) The server lacks disk, memory or connections.")
        case (_, "40"), (_, "55"): Failure(.tryAgain, "busy", "\(said) Somebody else works on the same; try again.")
        case (_, "22"): Failure(.badData, "bad_value", "A value can't be stored. \(said)")
        case (_, "23"): Failure(.refused, "constraint", "A rule of the database refuses this. \(said)")
        default: Failure(.fault, "fault", "Something unexpected went wrong. \(said) Please report it.")
        }
    }

    static func migration(_ error: MigrationError) -> Failure {
        let word =
            switch error {
            case .unreadable: "migrations_unreadable"
            case .behind: "database_behind"
            case .newer: "database_newer"
            case .changed: "migration_changed"
            case .tampered: "migration_tampered"
            case .failed: "migration_failed"
            }
        return Failure(.configuration, word, sentence(error.description))
    }

    /// The embedded server's own troubles.
    static func cluster(_ error: ClusterError) -> Failure {
        let (exit, word): (ExitCode, String) =
            switch error {
            case .serverMissing: (.configuration, "server_missing")
            case .versionMissing: (.configuration, "server_version")
            case .noServerUser: (.configuration, "no_server_user")
            case .unusable: (.configuration, "home_unusable")
            case .impassable: (.configuration, "home_impassable")
            case .socketPathTooLong: (.configuration, "socket_path")
            case .diskFull: (.cannotWrite, "disk_full")
            case .locked: (.tryAgain, "busy")
            case .failed: (.unavailable, "server_failed")
            case .absent: (.configuration, "not_initialised")
            }
        return Failure(exit, word, sentence(error.description))
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }
}
