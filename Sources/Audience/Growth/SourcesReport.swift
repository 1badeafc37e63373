public import Postgres
public import Values

/// Where visits came from: how many, how many left after one view, and what they viewed.
public struct SourcesReport: Sendable {
    /// What told where a visit came from, strongest first.
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case utm = "u"
        case reference = "r"
        case clickId = "c"
        case host = "h"
        case direct = "d"

        public var word: String {
            switch self {
            case .utm: "utm_source"
            case .reference: "ref"
            case .clickId: "click id"
            case .host: "referrer"
            case .direct: "direct"
            }
        }
    }

    public struct Line: Hashable, Sendable {
        public let kind: Kind
        public let source: String
        public var visits: Int
        public var bounces: Int
        public var views: Int
    }

    let site: String?
    let limit: Int
    let from: Period?
    let to: Period?
    let names: SourceNames

    /// - Parameter names: what referring hosts are called.
    public init(site: String? = nil, limit: Int, from: Period? = nil, to: Period? = nil, names: SourceNames) {
        self.site = site
        self.limit = limit
        self.from = from
        self.to = to
        self.names = names
    }

    private struct Key: Hashable {
        let kind: Kind
        let source: String
    }

    /// The lines, most visits first, then by name. Hosts that are called alike are one source.
    public func lines(_ db: Connection) throws -> [Line] {
        let scope = SiteMeters.dayScope(try SiteMeters.load(try Site.chosen(site, db), db), from: from, to: to)
        var lines: [Key: Line] = [:]
        try db.forEach(
            """
            SELECT kind::text, source, sum(visits)::bigint, sum(bounces)::bigint, sum(pv)::bigint
            FROM \(scope) JOIN audience.source_day d ON d.site = scope.site AND d.day >= scope.first
                AND d.day < scope.after
            GROUP BY kind, source
            """
        ) { row in
            let kind = try row.next(Kind.self)
            let source = try row.next(String.self)
            let name = kind == .direct ? "direct" : kind == .host ? names.name(ofHost: source) : source
            let key = Key(kind: kind, source: name)
            lines[key, default: Line(kind: kind, source: name, visits: 0, bounces: 0, views: 0)].visits +=
                try row.next()
            lines[key]?.bounces += try row.next(Int.self)
            lines[key]?.views += try row.next(Int.self)
        }
        let ranked = lines.values.sorted {
            $0.visits == $1.visits
                ? ($0.source, $0.kind.rawValue) < ($1.source, $1.kind.rawValue) : $0.visits > $1.visits
        }
        return Array(ranked.prefix(limit))
    }
}
