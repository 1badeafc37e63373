/// Why the embedded PostgreSQL could not be made, started or stopped. Each names the path or user at fault and what to
/// do about it.
public enum ClusterError: Error, Sendable, Equatable {
    /// No initdb, pg_ctl and postgres of version 15 or later; `searched` are the folders looked into.
    case serverMissing(searched: [String])
    /// The data folder was made by another major version than any that is installed.
    case versionMissing(path: String, major: Int, installed: [Int])
    /// Run as root without a user `postgres` to run the server as: a PostgreSQL server refuses to run as root.
    case noServerUser(String)
    /// A folder or file that can't be used, and why.
    case unusable(path: String, reason: String)
    /// A folder above the data that the server's user can't pass through.
    case impassable(path: String, user: String)
    /// The socket's path is too long for the system.
    case socketPathTooLong(path: String, limit: Int)
    /// The disk that holds `path` is full, or nearly so.
    case diskFull(path: String)
    /// Another process held the lock for too long.
    case locked(path: String)
    /// A program of the server failed; `output` is the end of what it said.
    case failed(program: String, output: String)
    /// There is no cluster yet.
    case absent(path: String)
}

extension ClusterError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .serverMissing(let searched):
            "PostgreSQL 15 or later isn't installed (looked in \(searched.joined(separator: ", "))); install it, or set "
                + "database.url to a server"
        case .versionMissing(let path, let major, let installed):
            "\(path) was made by PostgreSQL \(major), and only \(installed.map(String.init).joined(separator: ", ")) is "
                + "installed; install PostgreSQL \(major), or move the data with pg_upgrade"
        case .noServerUser(let user):
            "as root the embedded PostgreSQL runs as the user \(user), and there is no such user; install PostgreSQL's "
                + "server package, or run as another user"
        case .unusable(let path, let reason): "\(path) can't be used: \(reason)"
        case .impassable(let path, let user):
            "the user \(user), whom the embedded PostgreSQL runs as, can't pass through \(path); choose another home "
                + "(MASTHEAD_HOME), or let others enter that folder (chmod o+x)"
        case .socketPathTooLong(let path, let limit):
            "the socket's path \(path) is longer than the \(limit) bytes a system allows; set XDG_RUNTIME_DIR or TMPDIR to "
                + "a shorter folder"
        case .diskFull(let path):
            "the disk that holds \(path) is full; the embedded PostgreSQL needs about 100 MB to begin"
        case .locked(let path): "another process has been starting or stopping the database for too long (lock \(path))"
        case .failed(let program, let output): "\(program) failed: \(output)"
        case .absent(let path): "there is no embedded database in \(path) yet; `masthead db init` makes one"
        }
    }
}
