import CLibPQ
import Logging

/// Takes the server's notices and warnings to the log; libpq alone would write them to stderr.
final class Notices {
    let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    static let receive: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Void = { context, result in
        guard let context, let result else { return }
        // Safe: the connection that registered this object holds it for as long as it can be called.
        let notices = Unmanaged<Notices>.fromOpaque(context).takeUnretainedValue()
        func field(_ letter: Unicode.Scalar) -> String {
            PQresultErrorField(result, Int32(letter.value)).map { String(cString: $0) } ?? ""
        }
        let level: Logger.Level = field("V") == "WARNING" ? .warning : field("V") == "DEBUG" ? .debug : .info
        notices.logger.log(level: level, "\(field("M"))", metadata: ["sqlstate": "\(field("C"))"])
    }
}
