import Access
import Audience
import Fundraising
import Editorial
import Journal
import Newsroom
import Postgres
import Terminal
import Values

extension Failure {
    /// The one place where errors become exit code, word and text.
    ///
    /// Domain errors carry facts; this is where they become sentences: what was wrong, with which value, what to do
    /// next. SQL and bound values never appear. A module's sentences stand together in a function of its own, in
    /// `ExitCodes<Module>.swift` when they are many, and the switch here has its case.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as ValueError: self = .value(error)
        case let error as AccessError: self = .access(error)
        case let error as FundraisingError: self = .fundraising(error)
        case let error as JournalError: self = .journal(error)
        case let error as EditorialError: self = .editorial(error)
        case let error as AudienceError: self = .audience(error)
        case let error as LogSourceError: self = .log(error)
        case let error as SpoolError: self = .spool(error)
        case let error as PostgresError: self = .postgres(error)
        case let error as MigrationError: self = .migration(error)
        case let error as ClusterError: self = .cluster(error)
        case let error as SettingsError:
            self.init(
                .configuration, "settings",
                "The settings are wrong:\n\(error)")
        case let error as StreamError: self = .stream(error)
        case is CancellationError:
            self.init(.tryAgain, "cancelled", "The command was stopped before it was done; nothing of it was kept.")
        default:
            self.init(.fault, "fault", "Something unexpected went wrong: \(error). Please report it.")
        }
    }

    private static func value(_ error: ValueError) -> Failure {
        Failure(.badData, "bad_value", "'\(error.value)' isn't a valid \(error.kind): \(error.reason).")
    }

    private static func journal(_ error: JournalError) -> Failure {
        switch error {
        case .keyUsedForAnotherRequest(let key):
            Failure(
                .refused, "key_reused", "The idempotency key '\(key)' has answered another request. Use a new key.")
        case .badKey:
            Failure(.badData, "bad_key", "An idempotency key has 1 to \(Idempotency.keyLimit) bytes.")
        case .badAnchor(let line, let reason):
            Failure(.badData, "bad_anchor", "The anchor is of no use, line \(line): \(reason).")
        }
    }

    private static func stream(_ error: StreamError) -> Failure {
        if error.isBrokenPipe { return Failure(.outputClosed, "output_closed", "") }
        return Failure(
            .cannotWrite, "stream", "The output couldn't be written (\(error)). What the command did, stands.")
    }

    private static func access(_ error: AccessError) -> Failure {
        switch error {
        case .notPermitted(let permission, let actor, let section):
            let place = section.map { " in section '\($0)'" } ?? ""
            return Failure(
                .notPermitted, "not_permitted",
                "\(actor.text) may not do this\(place): it takes the permission '\(permission)'. An admin can grant a "
                    + "role that has it.")
        case .actorRequired:
            return Failure(
                .notPermitted, "actor_required", "Say who is acting: --as EMAIL, MASTHEAD_AS, or the settings.")
        case .unknownAccount(let email):
            return Failure(.notFound, "unknown_account", "There is no account with the e-mail '\(email.text)'.")
        case .suspended(let email):
            return Failure(.notPermitted, "suspended", "The account '\(email.text)' is suspended.")
        case .firstAccountMustBeAdmin:
            return Failure(
                .refused, "first_account", "The first account must be an admin: --role admin. It makes the others.")
        case .emailTaken(let email):
            return Failure(.refused, "email_taken", "There is already an account with the e-mail '\(email.text)'.")
        case .unknownRole(let role):
            return Failure(
                .notFound, "unknown_role",
                "There is no role '\(role)'. There are: \(Role.all.map(\.rawValue).joined(separator: ", ")).")
        case .alreadyGranted(let grant, let email):
            return Failure(.refused, "already_granted", "'\(email.text)' has '\(grant)' already.")
        case .notGranted(let grant, let email):
            return Failure(.notFound, "not_granted", "'\(email.text)' doesn't have '\(grant)'.")
        case .lastAdmin(let email):
            return Failure(
                .refused, "last_admin",
                "'\(email.text)' is the last admin: nobody could manage accounts any more. Make another admin first.")
        default: return token(error)
        }
    }

    private static func token(_ error: AccessError) -> Failure {
        switch error {
        case .badToken:
            return Failure(.notPermitted, "bad_token", "The token isn't valid (unknown, revoked or expired).")
        case .unknownToken(let id): return Failure(.notFound, "unknown_token", "There is no token \(id).")
        case .tokenNameTaken(let name):
            return Failure(.refused, "token_name_taken", "The account has a token called '\(name)' already.")
        case .unknownScope(let scope):
            return Failure(.notFound, "unknown_scope", "There is no permission '\(scope)' to limit a token to.")
        case .expiresInThePast:
            return Failure(.badData, "expires_in_the_past", "The token would have expired already. Name a later time.")
        case .passwordLength(let length):
            return Failure(
                .badData, "password_length",
                "A password has 12 characters or more, and at most 1,024 bytes; this one has \(length).")
        default: return Failure(.fault, "fault", "Access refused for a reason without words: \(error).")
        }
    }
}
