public import Postgres
public import Values

/// What became of every line, so that what isn't shown as readership can be seen: the accounting of a period.
public struct LineAccounting: Sendable {
    /// Lines that came to one end.
    public struct Line: Sendable, Equatable {
        /// `class`, `excluded` or `rejected`.
        public let kind: String
        public let word: String
        public let lines: Int
    }

    let site: String?
    let period: Period?

    /// - Parameters:
    ///   - site: a host, or nil for all sites together, each in its own zone.
    ///   - period: nil for everything; then with the lines whose time can't be read, which belong to no period.
    public init(site: String? = nil, in period: Period? = nil) {
        self.site = site
        self.period = period
    }

    /// The ends that lines came to: the classes, then the exclusions in the order in which they are asked, then the
    /// rejections. They add up to all lines.
    ///
    /// - Throws: `AudienceError.unknownSite`.
    public func lines(_ db: Connection) throws -> [Line] {
        let scope = try SiteScope(site, period, db)
        return try db.rows(
            """
            SELECT o.kind, o.word, sum(h.lines)::bigint
            FROM \(scope.table) JOIN audience.line_hour h ON h.site = scope.site
                AND h.bucket >= scope.low AND h.bucket < scope.high
            JOIN audience.outcome o ON o.code = h.outcome
            GROUP BY o.code ORDER BY o.code
            """
        ) { Line(kind: try $0.next(), word: try $0.next(), lines: try $0.next()) }
    }

    /// A share of a whole in percent, rounded half up to two places; nil of nothing.
    public static func percent(_ part: Int, of whole: Int) -> String? {
        guard whole > 0 else { return nil }
        let hundredths = (part * 20_000 + whole) / (2 * whole)
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

/// Lines that couldn't be read, by reason, with a sample in which every letter and digit is masked.
public struct RejectedLines: Sendable {
    public struct Line: Sendable, Equatable {
        public let reason: String
        public let lines: Int
        /// The local hours of the first and the last; nil where the line's time couldn't be read.
        public let first: Timestamp?
        public let last: Timestamp?
        public let sample: String
    }

    let site: String?
    let period: Period?

    /// - Parameter period: nil for everything; then with the lines whose time can't be read, which belong to no period.
    public init(site: String? = nil, in period: Period? = nil) {
        self.site = site
        self.period = period
    }

    /// The most frequent reason first.
    ///
    /// - Throws: `AudienceError.unknownSite`.
    public func lines(_ db: Connection) throws -> [Line] {
        let scope = try SiteScope(site, period, db)
        return try db.rows(
            """
            SELECT h.reason, sum(h.lines)::bigint, min(h.bucket) FILTER (WHERE h.bucket > timestamptz 'epoch'),
                max(h.bucket) FILTER (WHERE h.bucket > timestamptz 'epoch'), (array_agg(h.sample ORDER BY h.sample))[1]
            FROM \(scope.table) JOIN audience.reject_hour h ON h.site = scope.site
                AND h.bucket >= scope.low AND h.bucket < scope.high
            GROUP BY h.reason ORDER BY 2 DESC, 1
            """
        ) { row in
            Line(
                reason: try row.next(), lines: try row.next(), first: try row.next(), last: try row.next(),
                sample: String(decoding: try row.next([UInt8].self), as: UTF8.self))
        }
    }
}

/// The buckets of a period, site by site: the same month begins at another instant in another zone. Of our own meters
/// each day has the one that counts then.
private struct SiteScope {
    /// `scope (site, low, high)`.
    let table: SQL

    init(_ host: String?, _ period: Period?, _ db: Connection) throws {
        let owns = try SiteMeters.load(try Site.chosen(host, db), db).flatMap { meters in
            meters.own(in: period?.bounds(in: meters.site.zone) ?? SiteMeters.always)
        }
        table = SiteMeters.scope(owns)
    }
}
