public import Postgres
internal import Values

extension RetentionReport {
    /// One line a part, in the order of their names; without a split exactly one.
    public func lines(_ db: Connection) throws -> [Line] {
        try db.prepareForReport()
        let giving = Giving(year: year, split: split)
        let lines = try db.rows(
            """
            SELECT p.part, count(*) FILTER (WHERE p.before AND NOT p.earlier), \
            count(*) FILTER (WHERE p.before AND NOT p.earlier AND p.now), \
            count(*) FILTER (WHERE p.before AND p.earlier), \
            count(*) FILTER (WHERE p.before AND p.earlier AND p.now), \
            count(*) FILTER (WHERE p.now AND NOT p.before AND NOT p.earlier), \
            count(*) FILTER (WHERE p.now AND NOT p.before AND p.earlier) \
            FROM (\(giving.givers)) p GROUP BY 1 ORDER BY 1
            """
        ) { row in
            Line(
                part: try row.next(), firstTimeBefore: try row.next(), firstTimeRetained: try row.next(),
                repeatBefore: try row.next(), repeatRetained: try row.next(), new: try row.next(),
                recaptured: try row.next())
        }
        guard lines.isEmpty, split == nil else { return lines }
        return [
            Line(
                part: nil, firstTimeBefore: 0, firstTimeRetained: 0, repeatBefore: 0, repeatRetained: 0, new: 0,
                recaptured: 0)
        ]
    }

    /// The donors that the lines count, by part and id.
    public func rows(_ db: Connection) throws -> [Row] {
        try db.prepareForReport()
        let giving = Giving(year: year, split: split)
        return try db.rows(
            """
            SELECT p.donor, p.part, CASE WHEN p.before AND p.now AND p.earlier THEN 'retained_repeat' \
            WHEN p.before AND p.now THEN 'retained_first_time' WHEN p.before AND p.earlier THEN 'lapsed_repeat' \
            WHEN p.before THEN 'lapsed_first_time' WHEN p.earlier THEN 'recaptured' ELSE 'new' END \
            FROM (\(giving.givers)) p WHERE p.before OR p.now ORDER BY p.part, p.donor
            """
        ) { Row(donor: try $0.next(), part: try $0.next(), standing: try $0.next()) }
    }
}
