import Postgres
import Terminal
import Values

extension Failure {
    /// The one place where errors become exit code, word and text.
    ///
    /// Domain errors carry facts; this is where they become sentences: what was wrong, with which value, what to do
    /// next. SQL and bound values never appear.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as ValueError:
            self.init(.badData, "bad_value", "'\(error.value)' isn't a valid \(error.kind): \(error.reason).")
        case let error as StreamError:
            self.init(
                error.isBrokenPipe ? .outputClosed : .cannotWrite, "stream",
                "The output couldn't be written (\(error)). Make room or choose another place.")
        case is CancellationError:
            self.init(.tryAgain, "cancelled", "The command was stopped before it was done; nothing of it was kept.")
        default:
            self.init(.fault, "fault", "Something unexpected went wrong: \(error). Please report it.")
        }
    }
}
