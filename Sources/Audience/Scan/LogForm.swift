/// How a log is written, as its first line that is one shows.
public struct LogForm: Hashable, Sendable, CustomStringConvertible {
    public enum Layout: String, Sendable {
        /// The combined format has a referrer and a user agent at its end, the common one hasn't.
        case combined, common, nginx, caddy, traefik
        /// Other names in a line of JSON.
        case json
    }

    public let layout: Layout
    /// The virtual host stands in front.
    public let hasHost: Bool
    public let isCompressed: Bool

    /// `combined`, `vhost combined gz`, `caddy`.
    public var description: String {
        (hasHost ? "vhost " : "") + layout.rawValue + (isCompressed ? " gz" : "")
    }

    /// The form of a line that parses; nil when it doesn't.
    init?(_ line: ArraySlice<UInt8>, _ json: inout JSONLine, isCompressed: Bool) {
        let parsed = Array(line).withUnsafeBufferPointer { buffer -> (hasAgent: Bool, hasHost: Bool)? in
            var parsed = LogLine()
            guard parsed.parse(json.form(ByteRange(buffer))) == nil else { return nil }
            return (parsed.hasAgent, parsed.host.count > 0)
        }
        guard let parsed else { return nil }
        self.isCompressed = isCompressed
        let isJSON = line.first == UInt8(ascii: "{")
        layout = isJSON ? Self.layout(json.server) : parsed.hasAgent ? .combined : .common
        hasHost = parsed.hasHost && !isJSON
    }

    /// By whose names the request was found under.
    private static func layout(_ server: JSONFields.Server) -> Layout {
        switch server {
        case .own: .json
        case .nginx: .nginx
        case .caddy: .caddy
        case .traefik: .traefik
        }
    }
}
