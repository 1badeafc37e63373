public import Postgres
public import Values

/// How pages were read, as far as the beacon tells: what was viewed, opened in place and read to the end, and for how
/// long. Of the days on which the beacon counts; a log knows nothing of it.
public struct ReadingReport: Sendable {
    public struct Line: Hashable, Sendable {
        public let path: String
        public let views: Int
        /// Stories opened in place inside another page: no page views.
        public let openings: Int
        /// Texts whose end was seen, or that were engaged with for 30 s and seen to 60 %.
        public let reads: Int
        public let engagedMs: Int

        /// How many of those who came to the text read it, in percent with two decimals; nil of nobody.
        public var readPercent: String? { LineAccounting.percent(reads, of: views + openings) }
        /// Engaged seconds for each view or opening, rounded down; nil of nobody.
        public var meanSeconds: Int? { views + openings > 0 ? engagedMs / 1_000 / (views + openings) : nil }
    }

    let site: String?
    let limit: Int
    let from: Period?
    let to: Period?

    public init(site: String? = nil, limit: Int = 10, from: Period? = nil, to: Period? = nil) {
        self.site = site
        self.limit = limit
        self.from = from
        self.to = to
    }

    /// The lines, most reads first, then most views and by path.
    ///
    /// - Throws: `AudienceError.unknownSite`.
    public func lines(_ db: Connection) throws -> [Line] {
        let owns = try SiteMeters.load(try Site.chosen(site, db), db).flatMap { meters in
            let zone = meters.site.zone
            let low = from?.bounds(in: zone).lowerBound ?? SiteMeters.always.lowerBound
            let high = max(low, to?.bounds(in: zone).upperBound ?? SiteMeters.always.upperBound)
            return meters.own(in: low..<high).filter { $0.meter == SiteMeters.beacon }
        }
        return try db.rows(
            """
            SELECT c.path, sum(h.pv)::bigint AS pv, sum(h.openings)::bigint, sum(h.reads)::bigint AS reads,
                sum(h.engaged_ms)::bigint
            FROM \(SiteMeters.scope(owns)) JOIN audience.pv_hour h ON h.site = scope.site AND h.bucket >= scope.low
                AND h.bucket < scope.high AND h.class = 0
            JOIN audience.content c ON c.site = h.site AND c.key = h.content
            GROUP BY c.path ORDER BY reads DESC, pv DESC, c.path COLLATE "C" LIMIT \(limit)
            """
        ) { row in
            Line(
                path: try row.next(), views: try row.next(), openings: try row.next(), reads: try row.next(),
                engagedMs: try row.next())
        }
    }
}
