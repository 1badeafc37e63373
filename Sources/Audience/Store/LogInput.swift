/// A log to be counted: where it is opened, and what it is called. The two differ where it has no path any more, or
/// never had one.
public struct LogInput: Hashable, Sendable {
    public let path: String
    public let name: String

    public init(path: String, name: String? = nil) {
        self.path = path
        self.name = name ?? path
    }
}

extension LogSourceError {
    /// The same of what people call the file.
    func named(_ inputs: [LogInput]) -> LogSourceError {
        func name(_ path: String) -> String { inputs.first { $0.path == path }?.name ?? path }
        return switch self {
        case .unreadable(let path, let reason): .unreadable(path: name(path), reason: reason)
        case .notAFile(let path): .notAFile(path: name(path))
        case .damaged(let path, let reason): .damaged(path: name(path), reason: reason)
        case .notALog(let path): .notALog(path: name(path))
        case .shorter(let path): .shorter(path: name(path))
        }
    }
}
