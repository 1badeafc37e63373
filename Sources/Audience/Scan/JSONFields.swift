public import Values

/// What the parts of a request are called in a log of JSON lines.
///
/// The names that nginx's configurations, Caddy and Traefik use are known. Names of one's own stand before them: where a
/// line has several names of one part, the one furthest up counts.
public struct JSONFields: Sendable {
    /// A part of a request that a line may tell. `purpose` is what a browser says of fetching ahead.
    enum Part: UInt8, CaseIterable {
        case time, host, address, request, method, target, status, referrer, agent, forwarded, purpose
    }

    /// Whose name it is.
    enum Server: UInt8 {
        case own, nginx, caddy, traefik
    }

    struct Name: Sendable {
        /// Names of inner objects behind a dot.
        let text: [UInt8]
        let part: Part
        let server: Server
    }

    let names: [Name]

    /// The parts by the words under which names of one's own are given.
    public static let words = Part.allCases.map { "\($0)" }

    public static let standard = JSONFields(own: [])

    private init(own: [Name]) {
        names = own + JSONFields.known.map { Name(text: Array($0.name.utf8), part: $0.part, server: $0.server) }
    }

    /// Longer names, with those of the objects around them, aren't looked for.
    static let longestName = 200
    /// One name a part would do; several are for logs of several writers.
    static let maximumOwn = 100

    /// - Parameter text: pairs `part=name`, separated by commas: `address=client.ip,time=ts`. A part may have several.
    public init(parsing text: String) throws(ValueError) {
        var own: [Name] = []
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            func wrong(_ reason: String) -> ValueError {
                ValueError(kind: "field", value: String(pair.prefix(100)), reason: reason)
            }
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { throw wrong("write part=name, such as address=client_ip") }
            guard let part = Part.allCases.first(where: { "\($0)" == sides[0] }) else {
                throw wrong("'\(sides[0])' is none of the parts \(JSONFields.words.joined(separator: ", "))")
            }
            let name = Array(sides[1].utf8)
            guard !name.isEmpty, name.count <= JSONFields.longestName else {
                throw wrong("a name has 1 to \(JSONFields.longestName) bytes")
            }
            guard !name.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }) else {
                throw wrong("a name holds no quotes, backslashes and control characters")
            }
            if let other = own.first(where: { $0.text == name }) {
                throw wrong("'\(sides[1])' is the name of \(other.part) already")
            }
            own.append(Name(text: name, part: part, server: .own))
            guard own.count <= JSONFields.maximumOwn else {
                throw wrong("more than \(JSONFields.maximumOwn) names")
            }
        }
        self.init(own: own)
    }

    /// From the documentation of ngx_http_core_module and ngx_http_log_module, Caddy's `log` directive and Traefik's
    /// access logs.
    private static let known: [(name: String, part: Part, server: Server)] = [
        ("time_local", .time, .nginx), ("time_iso8601", .time, .nginx), ("msec", .time, .nginx),
        ("StartUTC", .time, .traefik), ("ts", .time, .caddy), ("@timestamp", .time, .own), ("timestamp", .time, .own),
        ("time", .time, .traefik),
        ("host", .host, .nginx), ("http_host", .host, .nginx), ("request.host", .host, .caddy),
        ("RequestHost", .host, .traefik), ("server_name", .host, .nginx), ("vhost", .host, .own),
        ("remote_addr", .address, .nginx), ("request.client_ip", .address, .caddy),
        ("request.remote_ip", .address, .caddy), ("ClientHost", .address, .traefik), ("remote_ip", .address, .own),
        ("client_ip", .address, .own),
        ("request", .request, .nginx),
        ("request_method", .method, .nginx), ("request.method", .method, .caddy), ("RequestMethod", .method, .traefik),
        ("method", .method, .own),
        ("request_uri", .target, .nginx), ("request.uri", .target, .caddy), ("RequestPath", .target, .traefik),
        ("uri", .target, .own),
        ("status", .status, .nginx), ("DownstreamStatus", .status, .traefik),
        ("http_referer", .referrer, .nginx), ("request.headers.Referer", .referrer, .caddy),
        ("request_Referer", .referrer, .traefik), ("referer", .referrer, .own),
        ("http_user_agent", .agent, .nginx), ("request.headers.User-Agent", .agent, .caddy),
        ("request_User-Agent", .agent, .traefik), ("user_agent", .agent, .own),
        ("http_x_forwarded_for", .forwarded, .nginx), ("request.headers.X-Forwarded-For", .forwarded, .caddy),
        ("request_X-Forwarded-For", .forwarded, .traefik),
        ("http_sec_purpose", .purpose, .nginx), ("request.headers.Sec-Purpose", .purpose, .caddy),
        ("request_Sec-Purpose", .purpose, .traefik), ("http_purpose", .purpose, .nginx),
        ("request.headers.Purpose", .purpose, .caddy), ("request_Purpose", .purpose, .traefik),
        ("http_x_purpose", .purpose, .nginx), ("request.headers.X-Purpose", .purpose, .caddy),
        ("request_X-Purpose", .purpose, .traefik), ("http_x_moz", .purpose, .nginx),
        ("request.headers.X-Moz", .purpose, .caddy), ("request_X-Moz", .purpose, .traefik),
    ]
}
