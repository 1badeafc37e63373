/// What can go wrong between a unit of work and the server.
///
/// Carries what a caller may act on and a person may read; never a bound value. (A server's own `detail` line can quote
/// one, so it is kept apart and is not part of `description`.)
public enum PostgresError: Error, Sendable {
    /// The server answered with an error.
    case server(ServerError)
    /// No connection could be made, or it was lost before COMMIT: nothing has been written.
    case connection(String)
    /// The connection was lost while COMMIT was under way. Only idempotency keys or stored offsets can tell what happened.
    case commitOutcomeUnknown(String)
    /// COMMIT was answered with ROLLBACK: a statement had failed and the unit carried on as if it had not.
    case rolledBack
    /// The pool gave no connection.
    case pool(PoolFailure)
    /// A column has another type than the Swift type asked for, or a value out of its range.
    case decode(String)
    /// A query that may give one row at the most gave more.
    case tooManyRows(sql: String)
    /// A query that must give a row gave none.
    case noRow(sql: String)
    /// The task was cancelled: the statement under way was, too, and the unit was rolled back.
    case cancelled
    /// More parameters than the protocol can carry (65,535), or a text with a NUL byte, which PostgreSQL can't store.
    case unsendable(String)

    public enum PoolFailure: Sendable, Equatable {
        /// As many callers wait as may wait (`waiterLimit`).
        case queueFull(limit: Int)
        /// No connection came free in time.
        case timeout(Duration)
        /// The pool is closed.
        case closed
    }
}

/// An error as the server reports it. See "PostgreSQL Error Codes", Appendix A of its manual.
public struct ServerError: Error, Sendable {
    public let sqlstate: String
    public let severity: String
    public let message: String
    /// May quote a value of the row at fault: for a developer's eyes, not for a log.
    public let detail: String?
    public let hint: String?
    public let schema: String?
    public let table: String?
    public let column: String?
    public let constraint: String?
    /// The statement as written, with `$1` where values were bound.
    public let sql: String

    /// The first two characters of the SQLSTATE, which name its class.
    public var sqlstateClass: Substring { sqlstate.prefix(2) }
}

extension PostgresError {
    /// The server's SQLSTATE, where the server spoke.
    public var sqlstate: String? {
        if case .server(let error) = self { error.sqlstate } else { nil }
    }

    /// The name of the constraint that was violated, where one was.
    public var constraint: String? {
        if case .server(let error) = self { error.constraint } else { nil }
    }

    /// The unit as a whole may be run again: a serialization failure or a deadlock (class 40 but for 40002 and 40003).
    var asksForRetry: Bool { sqlstate == "40001" || sqlstate == "40P01" }

    /// The connection is gone, or the server is going: class 08, and 57P01 to 57P03.
    var isLostConnection: Bool {
        switch self {
        case .connection: true
        case .server(let error):
            error.sqlstateClass == "08" || ["57P01", "57P02", "57P03"].contains(error.sqlstate)
        default: false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .server(let error):
            "\(error.message) (SQLSTATE \(error.sqlstate)"
                + (error.constraint.map { ", constraint \($0)" } ?? "") + ")"
        case .connection(let reason): "no connection to PostgreSQL: \(reason)"
        case .commitOutcomeUnknown(let reason):
            "the connection was lost during COMMIT, so it is not known whether the change was made: \(reason)"
        case .rolledBack: "the transaction was rolled back: one of its statements had failed"
        case .pool(.queueFull(let limit)): "all connections are busy and \(limit) callers wait already"
        case .pool(.timeout(let duration)): "no connection came free within \(duration)"
        case .pool(.closed): "the connection pool is closed"
        case .decode(let reason): reason
        case .tooManyRows: "a query that may give one row gave more"
        case .noRow: "a query that must give a row gave none"
        case .cancelled: "cancelled"
        case .unsendable(let reason): reason
        }
    }
}
