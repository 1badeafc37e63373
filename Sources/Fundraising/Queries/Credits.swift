public import Postgres
internal import Values

extension CreditReport {
    /// The gifts of the year with their money.
    private var gifts: SQL {
        """
        SELECT g.id, t.currency, t.tax_date, g.article_id, g.appeal_id, t.gross_minor AS gross, \
        t.refunds_minor AS refunds, t.received AS came, \(split.part) AS part \
        FROM fundraising.gift_total t JOIN fundraising.gift g ON g.id = t.gift_id \
        WHERE t.tax_date BETWEEN \(year.firstDay) AND \(year.lastDay)
        """
    }

    /// Gifts taken apart by article: id, currency, tax_date, came, appeal_id, article_id (NULL where unknown), gross,
    /// refunds.
    private var byArticle: SQL {
        guard share == .equal else {
            return """
                SELECT m.id, m.part, m.currency, m.tax_date, m.came, m.appeal_id, m.article_id, m.gross, m.refunds \
                FROM (\(gifts)) m
                """
        }
        return """
            SELECT m.id, m.part, m.currency, m.tax_date, m.came, m.appeal_id, \
            CASE WHEN t.parts IS NULL THEN m.article_id ELSE t.article_id END AS article_id, \
            fundraising.equal_share(m.gross, coalesce(t.parts, 1), coalesce(t.place, 0)) AS gross, \
            fundraising.equal_share(m.refunds, coalesce(t.parts, 1), coalesce(t.place, 0)) AS refunds \
            FROM (\(gifts)) m LEFT JOIN (SELECT t.gift_id, t.article_id, count(*) OVER w AS parts, \
            row_number() OVER (PARTITION BY t.gift_id ORDER BY t.position) - 1 AS place \
            FROM fundraising.gift_touch t WINDOW w AS (PARTITION BY t.gift_id)) t ON t.gift_id = m.id
            """
    }

    /// The parts with the name they are credited to: id, currency, tax_date, came, name, gross, refunds.
    private var parts: SQL {
        switch key {
        case .article:
            """
            SELECT p.id, p.part, p.currency, p.tax_date, p.came, n.name, p.gross, p.refunds FROM (\(byArticle)) p \
            LEFT JOIN (\(ArticleNames.query)) n ON n.article_id = p.article_id
            """
        case .section:
            """
            SELECT p.id, p.part, p.currency, p.tax_date, p.came, a.section AS name, p.gross, p.refunds FROM (\(byArticle)) p \
            LEFT JOIN editorial.public_article a ON a.id = p.article_id
            """
        case .author:
            """
            SELECT p.id, p.part, p.currency, p.tax_date, p.came, b.name, \
            fundraising.equal_share(p.gross, coalesce(b.parts, 1), coalesce(b.place, 0)) AS gross, \
            fundraising.equal_share(p.refunds, coalesce(b.parts, 1), coalesce(b.place, 0)) AS refunds \
            FROM (\(byArticle)) p LEFT JOIN (SELECT c.article_id, c.contributor AS name, \
            count(*) OVER (PARTITION BY c.article_id) AS parts, \
            row_number() OVER (PARTITION BY c.article_id ORDER BY c.position) - 1 AS place \
            FROM (SELECT y.article_id, y.contributor, min(y.position) AS position FROM editorial.public_byline y \
            GROUP BY 1, 2) c) b ON b.article_id = p.article_id
            """
        case .appeal:
            """
            SELECT p.id, p.part, p.currency, p.tax_date, p.came, c.slug || '/' || a.slug AS name, p.gross, p.refunds \
            FROM (\(gifts)) p LEFT JOIN fundraising.appeal a ON a.id = p.appeal_id \
            LEFT JOIN fundraising.campaign c ON c.id = a.campaign_id
            """
        }
    }

    /// Each donor's first gift that wasn't given back whole.
    private var firstGifts: SQL {
        """
        SELECT DISTINCT ON (coalesce(a.survivor_id, t.donor_id)) g.id FROM fundraising.gift_total t \
        JOIN fundraising.gift g ON g.id = t.gift_id LEFT JOIN fundraising.absorbed a ON a.donor_id = t.donor_id \
        WHERE t.donor_id IS NOT NULL AND t.tax_date <= \(year.lastDay) AND t.gross_minor > t.refunds_minor \
        ORDER BY coalesce(a.survivor_id, t.donor_id), g.given_at, g.id
        """
    }

    /// By part and currency, the most money first; what nothing is known of last.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try db.prepareForReport()
        return try withinRange {
            try db.rows(
                """
                SELECT s.part, s.name, s.currency, count(DISTINCT s.id) FILTER (WHERE s.came), sum(s.gross)::bigint, \
                sum(s.refunds)::bigint, sum(s.gross - s.refunds)::bigint, count(DISTINCT f.id) \
                FROM (\(parts)) s LEFT JOIN (\(firstGifts)) f ON f.id = s.id GROUP BY 1, 2, 3 \
                ORDER BY 1, 3, s.name IS NULL, 7 DESC, s.name COLLATE "C"
                """
            ) { row in
                let (part, name) = (try row.next(String?.self), try row.next(String?.self))
                let currency = try row.next(Currency.self)
                return Line(
                    part: part, name: name, currency: currency, gifts: try row.next(),
                    gross: Money(minor: try row.next(), currency: currency),
                    refunds: Money(minor: try row.next(), currency: currency),
                    net: Money(minor: try row.next(), currency: currency), newDonors: try row.next())
            }
        }
    }

    /// The parts behind the lines, by name and gift.
    public func rows(_ db: Connection) throws -> [Row] {
        try withinRange {
            try db.rows(
                """
                SELECT s.id, s.part, s.name, s.tax_date, s.currency, s.gross, s.refunds FROM (\(parts)) s \
                ORDER BY s.part, s.currency, s.name IS NULL, s.name COLLATE "C", s.tax_date, s.id
                """
            ) { row in
                let gift = try row.next(ID<Gift>.self)
                let (part, name) = (try row.next(String?.self), try row.next(String?.self))
                let day = try row.next(LocalDate.self)
                let currency = try row.next(Currency.self)
                return Row(
                    gift: gift, part: part, name: name, taxDate: day,
                    gross: Money(minor: try row.next(), currency: currency),
                    refunds: Money(minor: try row.next(), currency: currency))
            }
        }
    }

    /// Of how many gifts it is known where they belong.
    public func known(_ db: Connection) throws -> Known {
        let known = try db.row(
            """
            SELECT count(*) FILTER (WHERE v.is_known), count(*) FROM (SELECT bool_or(s.name IS NOT NULL) AS is_known \
            FROM (\(parts)) s WHERE s.came GROUP BY s.id) v
            """
        ) { Known(gifts: try $0.next(), all: try $0.next()) }
        return known ?? Known(gifts: 0, all: 0)
    }
}
