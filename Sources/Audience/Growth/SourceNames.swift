public import Values

/// What referring hosts are called: `google.de` is google. A list of the share folder, read by `init(parsing:)`.
public struct SourceNames: Sendable, Equatable {
    private var exact: [String: String] = [:]
    /// Hosts of any ending, without it.
    private var anyEnding: [String: String] = [:]

    /// Nothing has a name but its own.
    public static let none = SourceNames()

    private init() {}

    /// Reads `{"search": {"google": ["google.*"]}}`; keys that begin with `//` are comments.
    ///
    /// - Throws: `ValueError` when it isn't of that form.
    public init(parsing bytes: [UInt8]) throws(ValueError) {
        guard let kinds = try JSON(parsing: bytes).object else { throw SourceNames.malformed("it isn't an object") }
        for (kind, names) in kinds where !kind.hasPrefix("//") {
            guard let names = names.object else { throw SourceNames.malformed("'\(kind)' isn't an object") }
            for (name, hosts) in names {
                guard let hosts = hosts.array?.map(\.string) else {
                    throw SourceNames.malformed("'\(name)' isn't a list of hosts")
                }
                for host in hosts {
                    guard let host else { throw SourceNames.malformed("'\(name)' lists something that is no text") }
                    if host.hasSuffix(".*") {
                        anyEnding[String(host.dropLast(2))] = name
                    } else {
                        exact[host] = name
                    }
                }
            }
        }
    }

    private static func malformed(_ reason: String) -> ValueError {
        ValueError(kind: "list of sources", value: "sources.json", reason: reason)
    }

    /// The name of a host: its own entry, that of the closest host above it, else itself.
    public func name(ofHost host: String) -> String {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        for start in labels.indices {
            if let name = exact[labels[start...].joined(separator: ".")] { return name }
        }
        // `google.co.uk` has an ending of two labels, the first of them short; `google.example.net` is somebody's own.
        for start in labels.indices {
            for length in 1...2 where labels.count - start > length {
                if length == 2, labels[labels.count - 2].utf8.count > 3 { continue }
                if let name = anyEnding[labels[start..<(labels.count - length)].joined(separator: ".")] { return name }
            }
        }
        return host
    }
}
