internal import Values

/// What a page says of itself, as it comes over the wire: a JSON object, or the query of the 1×1 image.
///
/// | Name | Meaning |
/// | --- | --- |
/// | `event` | `view`, `opening` (a story opened in place inside another page) or `engagement` |
/// | `load` | id that the page drew for this load or this opening: 8 to 64 of A–Z, a–z, 0–9, `-`, `_` |
/// | `url` | of the page or the story; `http(s)://host/path?query`, or only the path |
/// | `referrer` | where the page was come to from; may be missing |
/// | `visible`, `prerendering` | how the page is shown; true and false when missing |
/// | `engaged_ms` | engaged time of this load so far, not since the last beacon: a beacon sent twice changes nothing |
/// | `seen_percent` | how much of the text was seen so far, 0 to 100 |
/// | `end_seen` | whether the end of the text was seen |
///
/// What has another name is ignored, so that a page may say more than an older collector understands.
public struct Beacon: Sendable, Equatable {
    public enum Event: String, Sendable, CaseIterable {
        case view, opening, engagement
    }

    /// Why it isn't understood; nothing of it is kept.
    public struct Malformed: Error, Equatable, Sendable {
        /// Which member; nil for the whole.
        public let name: String?
        public let reason: String
    }

    public let event: Event
    public let load: String
    public let url: String
    public let referrer: String
    public let isVisible: Bool
    public let isPrerendering: Bool
    public let engagedMs: Int
    public let seenPercent: Int
    public let endSeen: Bool

    /// Longest body or query. What a page says takes a few hundred bytes; browsers keep addresses under 2,048.
    public static let maximumBytes = 8_192
    /// Longest `url` and `referrer`, in bytes.
    public static let maximumAddress = 2_048
    /// Longest engaged time of one load: two hours. Nobody reads for longer, but tabs are left open.
    public static let maximumEngagedMs = 7_200_000

    /// - Parameter body: at most `maximumBytes`.
    public init(json body: [UInt8]) throws(Malformed) {
        try Beacon.requireSize(body.count)
        let parsed: JSON
        do { parsed = try JSON(parsing: body) } catch { throw Malformed(name: nil, reason: "no JSON") }
        guard let members = parsed.object else { throw Malformed(name: nil, reason: "no JSON object") }
        try self.init(BeaconFields(members))
    }

    /// - Parameter query: of a request's target, without the question mark; at most `maximumBytes`.
    public init(query: String) throws(Malformed) {
        try Beacon.requireSize(query.utf8.count)
        var members: [String: JSON] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard members[name] == nil else { throw Malformed(name: name, reason: "said twice") }
            members[name] = .string(Beacon.decoded(parts.count == 2 ? parts[1] : ""))
        }
        try self.init(BeaconFields(members))
    }

    private init(_ fields: BeaconFields) throws(Malformed) {
        guard let event = Event(rawValue: try fields.text("event", atMost: 16)) else {
            throw Malformed(name: "event", reason: "none of view, opening, engagement")
        }
        self.event = event
        load = try fields.text("load", atMost: 64)
        guard load.utf8.count >= 8, load.utf8.allSatisfy(Beacon.isOfId) else {
            throw Malformed(name: "load", reason: "8 to 64 of A-Z, a-z, 0-9, - and _")
        }
        url = try fields.text("url", atMost: Beacon.maximumAddress)
        guard url.hasPrefix("/") || Beacon.isWeb(url) else {
            throw Malformed(name: "url", reason: "neither http(s)://host/path nor a path")
        }
        referrer = try fields.text("referrer", atMost: Beacon.maximumAddress)
        isVisible = try fields.flag("visible", otherwise: true)
        isPrerendering = try fields.flag("prerendering", otherwise: false)
        engagedMs = min(try fields.count("engaged_ms"), Beacon.maximumEngagedMs)
        seenPercent = try fields.count("seen_percent")
        guard seenPercent <= 100 else { throw Malformed(name: "seen_percent", reason: "0 to 100") }
        endSeen = try fields.flag("end_seen", otherwise: false)
    }

    private static func requireSize(_ bytes: Int) throws(Malformed) {
        guard bytes <= maximumBytes else { throw Malformed(name: nil, reason: "more than \(maximumBytes) bytes") }
    }

    private static func isWeb(_ url: String) -> Bool {
        let start = url.utf8.prefix(8).map(ByteRange.folded)
        return start.starts(with: "http://".utf8) || start.starts(with: "https://".utf8)
    }

    private static func isOfId(_ byte: UInt8) -> Bool {
        ByteRange.folded(byte) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2d || byte == 0x5f
    }

    /// A query's value as it was meant: percent-encoded bytes decoded, a plus sign as a space.
    private static func decoded(_ text: Substring) -> String {
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25, index + 2 < bytes.count, let high = ContentKey.hex(bytes[index + 1]),
                let low = ContentKey.hex(bytes[index + 2])
            {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(bytes[index] == 0x2b ? 0x20 : bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// The members of a beacon, each of the kind it should be. A query has texts only.
private struct BeaconFields {
    private let members: [String: JSON]

    init(_ members: [String: JSON]) { self.members = members }

    /// Empty when missing.
    func text(_ name: String, atMost limit: Int) throws(Beacon.Malformed) -> String {
        switch members[name] {
        case nil, .null: return ""
        case .string(let text):
            guard text.utf8.count <= limit else {
                throw Beacon.Malformed(name: name, reason: "more than \(limit) bytes")
            }
            return text
        default: throw Beacon.Malformed(name: name, reason: "no text")
        }
    }

    /// 0 when missing.
    func count(_ name: String) throws(Beacon.Malformed) -> Int {
        let number: Int64? =
            switch members[name] {
            case nil, .null: 0
            case .integer(let value): value
            case .string(let text) where text.utf8.count <= 10: Int64(text)
            default: nil
            }
        guard let number, number >= 0 else { throw Beacon.Malformed(name: name, reason: "no whole number") }
        return Int(number)
    }

    func flag(_ name: String, otherwise: Bool) throws(Beacon.Malformed) -> Bool {
        switch members[name] {
        case nil, .null: return otherwise
        case .bool(let value): return value
        case .string("true"), .string("1"): return true
        case .string("false"), .string("0"): return false
        default: throw Beacon.Malformed(name: name, reason: "neither true nor false")
        }
    }
}
