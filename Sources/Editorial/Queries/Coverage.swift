public import Access
public import Postgres
public import Values

/// What was published in a stretch of time, and how well: counted by kind, section, region, topic, series, author or
/// contributors' kind.
///
/// Section and kind are those a release had; region, topic and series those the article has now; authors those bylined on
/// the released text. Along an axis with several values a story counts for each of them, in the total once.
public struct Coverage: Sendable {
    public enum Axis: String, Sendable, CaseIterable {
        case kind, section, region, topic, series, author
        case contributorKind = "contributor-kind"

        /// Whether a story may count for several lines, so that they add up to more than the total.
        public var overlaps: Bool {
            switch self {
            case .kind, .section, .series: false
            case .region, .topic, .author, .contributorKind: true
            }
        }
    }

    public struct Line: Sendable, Hashable {
        /// The axis' value; nil for what has none.
        public let key: String?
        /// First published then, imports included.
        public internal(set) var stories = 0
        /// Of the texts first published.
        public internal(set) var words = 0
        public internal(set) var updates = 0
        public internal(set) var corrections = 0
        public internal(set) var retractions = 0
        /// Outside contributors first bylined as authors then.
        public internal(set) var newOutside = 0
        /// From the pitch, or its mail, to the first publication: the median, to a tenth of a day; nil without any.
        public internal(set) var medianDays: String?
        /// Promises of slots: nil where the axis isn't the series.
        public internal(set) var slots: Slots?

        public struct Slots: Sendable, Hashable {
            public var kept = 0
            public var missed = 0
            public var skipped = 0

            public init(kept: Int = 0, missed: Int = 0, skipped: Int = 0) {
                self.kept = kept
                self.missed = missed
                self.skipped = skipped
            }
        }

        /// Corrections for every hundred stories, to a tenth; nil without stories.
        public var correctionsPer100: String? {
            guard stories > 0 else { return nil }
            let tenths = (corrections * 1_000 + stories / 2) / stories
            return "\(tenths / 10).\(tenths % 10)"
        }
    }

    public struct Report: Sendable, Hashable {
        /// By key, what has none last.
        public let lines: [Line]
        public let total: Line
    }

    let axis: Axis
    let range: Range<Timestamp>
    let zone: Zone

    public init(by axis: Axis, in range: Range<Timestamp>, zone: Zone) {
        self.axis = axis
        self.range = range
        self.zone = zone
    }

    /// For whoever reads drafts: the days from a pitch are the newsroom's own.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public func report(_ db: Connection, for actor: Actor) throws -> Report {
        try actor.requireAnywhere(.articleRead)
        var lines = Dictionary(try counted(db, keys).map { ($0.key ?? "", $0) }) { first, _ in first }
        for (key, count) in try newcomers(db) { lines[key ?? "", default: Line(key: key)].newOutside = count }
        var total = try counted(db, "SELECT NULL::text AS key").first ?? Line(key: nil)
        total.newOutside = try newcomersInAll(db)
        let slots = try slots(db, for: actor)
        total.slots = slots.values.reduce(into: Line.Slots()) { sum, one in
            sum.kept += one.kept
            sum.missed += one.missed
            sum.skipped += one.skipped
        }
        if axis == .series {
            for (series, count) in slots { lines[series, default: Line(key: series)].slots = count }
        }
        let sorted = lines.values.sorted { left, right in
            guard let first = left.key, let second = right.key else { return left.key != nil && right.key == nil }
            return first < second
        }
        return Report(lines: sorted, total: total)
    }

    /// The axis' values for a release `l` of an article `a`: no row where there is none.
    private var keys: SQL {
        switch axis {
        case .kind: "SELECT l.article_kind AS key WHERE l.article_kind IS NOT NULL"
        case .section: "SELECT s.slug AS key FROM editorial.section s WHERE s.id = l.section_id"
        case .region: "SELECT DISTINCT given AS key FROM unnest(a.regions) AS given"
        case .topic:
            """
            SELECT t.slug AS key FROM editorial.article_topic m JOIN editorial.topic t ON t.id = m.topic_id \
            WHERE m.article_id = a.id
            """
        case .series: "SELECT s.slug AS key FROM editorial.series s WHERE s.id = a.series_id"
        case .author:
            """
            SELECT DISTINCT c.slug AS key FROM editorial.byline b JOIN editorial.contributor c \
            ON c.id = b.contributor_id WHERE b.article_id = l.article_id AND b.revision = l.revision \
            AND b.role = 'author'
            """
        case .contributorKind:
            """
            SELECT DISTINCT c.kind AS key FROM editorial.byline b JOIN editorial.contributor c \
            ON c.id = b.contributor_id WHERE b.article_id = l.article_id AND b.revision = l.revision \
            AND b.role = 'author' AND c.kind IS NOT NULL
            """
        }
    }

    private func counted(_ db: Connection, _ keys: SQL) throws -> [Line] {
        try db.rows(
            """
            SELECT k.key, count(*) FILTER (WHERE f.is_first), \
            coalesce(sum(editorial.word_count(convert_from(r.content, 'UTF8')::jsonb ->> 'body')) \
            FILTER (WHERE f.is_first), 0)::bigint, count(*) FILTER (WHERE l.kind = 'update'), \
            count(*) FILTER (WHERE l.kind = 'correction'), count(*) FILTER (WHERE l.kind = 'retraction'), \
            round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM l.released_at \
            - coalesce(p.received_at, a.created_at)) / 86400) FILTER (WHERE l.kind = 'first'))::numeric, 1)::text \
            FROM editorial.release l JOIN editorial.article a ON a.id = l.article_id \
            JOIN editorial.revision r ON r.article_id = l.article_id AND r.number = l.revision \
            LEFT JOIN editorial.pitch p ON p.article_id = a.id \
            LEFT JOIN LATERAL (\(keys)) AS k ON true \
            CROSS JOIN LATERAL (SELECT l.kind IN ('first', 'imported') AS is_first) AS f \
            WHERE l.released_at >= \(range.lowerBound) AND l.released_at < \(range.upperBound) \
            AND l.kind IN ('first', 'imported', 'update', 'correction', 'retraction') GROUP BY k.key
            """
        ) { row in
            var line = Line(key: try row.next())
            line.stories = try row.next()
            line.words = try row.next()
            line.updates = try row.next()
            line.corrections = try row.next()
            line.retractions = try row.next()
            line.medianDays = try row.next()
            return line
        }
    }

    /// The release that first had each outside author's name on it, where it lies in the stretch.
    private var debuts: SQL {
        """
        SELECT d.contributor, d.release FROM (SELECT DISTINCT ON (c.id) c.slug AS contributor, l.id AS release, \
        l.released_at FROM editorial.contributor c JOIN editorial.byline b ON b.contributor_id = c.id \
        JOIN editorial.release l ON l.article_id = b.article_id AND l.revision = b.revision \
        WHERE c.kind = 'outside' AND b.role = 'author' ORDER BY c.id, l.released_at, l.id) AS d \
        WHERE d.released_at >= \(range.lowerBound) AND d.released_at < \(range.upperBound)
        """
    }

    /// By the axis' values of that release; along authors everyone counts for himself alone.
    private func newcomers(_ db: Connection) throws -> [(String?, Int)] {
        let own: SQL =
            switch axis {
            case .author: "SELECT n.contributor AS key"
            case .contributorKind: "SELECT 'outside' AS key"
            default: keys
            }
        return try db.rows(
            """
            SELECT k.key, count(DISTINCT n.contributor) FROM (\(debuts)) AS n \
            JOIN editorial.release l ON l.id = n.release JOIN editorial.article a ON a.id = l.article_id \
            LEFT JOIN LATERAL (\(own)) AS k ON true GROUP BY k.key
            """
        ) { (try $0.next(String?.self), try $0.next(Int.self)) }
    }

    private func newcomersInAll(_ db: Connection) throws -> Int {
        try db.one("SELECT count(*) FROM (\(debuts)) AS n") { try $0.next(Int.self) }
    }

    private func slots(_ db: Connection, for actor: Actor) throws -> [String: Line.Slots] {
        let first = zone.date(at: range.lowerBound).adding(days: -1)
        let last = zone.date(at: range.upperBound).adding(days: 1)
        var counts: [String: Line.Slots] = [:]
        for one in try Editorial.Slots.occurrences(db, from: first, through: last, for: actor)
        where range.contains(one.at) {
            switch one.state {
            case .kept: counts[one.slot.series.text, default: .init()].kept += 1
            case .missed: counts[one.slot.series.text, default: .init()].missed += 1
            case .skipped: counts[one.slot.series.text, default: .init()].skipped += 1
            case .open, .filled: break
            }
        }
        return counts
    }
}
