public import Postgres
internal import Values

extension CreditReport {
    /// The gifts of the year with their money.
    private var gifts: SQL {
        """
        SELECT g.id, g.currency, g.tax_date, g.article_id, g.appeal_id, sum(k.gross_minor)::bigint AS gross, \
        sum(k.refunds_minor)::bigint AS refunds, bool_or(k.kind = 'charge') AS came \
        FROM fundraising.gift g JOIN fundraising.contribution k ON k.gift_id = g.id \
        WHERE g.live AND g.tax_date BETWEEN \(year.firstDay) AND \(year.lastDay) GROUP BY g.id
        """
    }

    /// Gifts taken apart by article: id, currency, tax_date, came, appeal_id, article_id (NULL where unknown), gross,
    /// refunds.
    private var byArticle: SQL {
        guard share == .equal else {
            return """
                SELECT m.id, m.currency, m.tax_date, m.came, m.appeal_id, m.article_id, m.gross, m.refunds \
                FROM (\(gifts)) m
                """
        }
        return """
            SELECT m.id, m.currency, m.tax_date, m.came, m.appeal_id, \
            CASE WHEN t.parts IS NULL THEN m.article_id ELSE t.article_id END AS article_id, \
            fundraising.equal_share(m.gross, coalesce(t.parts, 1), coalesce(t.part, 0)) AS gross, \
            fundraising.equal_share(m.refunds, coalesce(t.parts, 1), coalesce(t.part, 0)) AS refunds \
            FROM (\(gifts)) m LEFT JOIN (SELECT t.gift_id, t.article_id, count(*) OVER w AS parts, \
            row_number() OVER (PARTITION BY t.gift_id ORDER BY t.position) - 1 AS part \
            FROM fundraising.gift_touch t WINDOW w AS (PARTITION BY t.gift_id)) t ON t.gift_id = m.id
            """
    }

    /// The parts with the name they are credited to: id, currency, tax_date, came, name, gross, refunds.
    private var parts: SQL {
        switch key {
        case .article:
            """
            SELECT p.id, p.currency, p.tax_date, p.came, n.name, p.gross, p.refunds FROM (\(byArticle)) p \
            LEFT JOIN (\(articleNames)) n ON n.article_id = p.article_id
            """
        case .section:
            """
            SELECT p.id, p.currency, p.tax_date, p.came, a.section AS name, p.gross, p.refunds FROM (\(byArticle)) p \
            LEFT JOIN editorial.public_article a ON a.id = p.article_id
            """
        case .author:
            """
            SELECT p.id, p.currency, p.tax_date, p.came, b.name, \
            fundraising.equal_share(p.gross, coalesce(b.parts, 1), coalesce(b.part, 0)) AS gross, \
            fundraising.equal_share(p.refunds, coalesce(b.parts, 1), coalesce(b.part, 0)) AS refunds \
            FROM (\(byArticle)) p LEFT JOIN (SELECT c.article_id, c.contributor AS name, \
            count(*) OVER (PARTITION BY c.article_id) AS parts, \
            row_number() OVER (PARTITION BY c.article_id ORDER BY c.position) - 1 AS part \
            FROM (SELECT y.article_id, y.contributor, min(y.position) AS position FROM editorial.public_byline y \
            GROUP BY 1, 2) c) b ON b.article_id = p.article_id
            """
        case .appeal:
            """
            SELECT p.id, p.currency, p.tax_date, p.came, c.slug || '/' || a.slug AS name, p.gross, p.refunds \
            FROM (\(gifts)) p LEFT JOIN fundraising.appeal a ON a.id = p.appeal_id \
            LEFT JOIN fundraising.campaign c ON c.id = a.campaign_id
            """
        }
    }

    /// By the slug an article has now, else the last it had, else its number.
    private var articleNames: SQL {
        """
        SELECT a.article_id, coalesce((SELECT p.slug FROM editorial.public_article p WHERE p.id = a.article_id), \
        (SELECT s.slug FROM editorial.slug s WHERE s.article_id = a.article_id ORDER BY s.taken_at DESC, s.slug LIMIT 1), \
        a.article_id::text) AS name FROM (SELECT g.article_id FROM fundraising.gift g \
        WHERE g.article_id IS NOT NULL UNION SELECT t.article_id FROM fundraising.gift_touch t) a
        """
    }

    /// Each donor's first gift that wasn't given back whole.
    private var firstGifts: SQL {
        """
        SELECT DISTINCT ON (w.survivor_id) v.id FROM (SELECT g.id, g.donor_id, g.given_at FROM fundraising.gift g \
        JOIN fundraising.contribution k ON k.gift_id = g.id \
        WHERE g.live AND g.donor_id IS NOT NULL AND g.tax_date <= \(year.lastDay) \
        GROUP BY g.id HAVING sum(k.gross_minor - k.refunds_minor) > 0) v \
        JOIN fundraising.giver w ON w.donor_id = v.donor_id ORDER BY w.survivor_id, v.given_at, v.id
        """
    }

    /// By currency, the most money first; what nothing is known of last.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        try withinRange {
            try db.rows(
                """
                SELECT s.name, s.currency, count(DISTINCT s.id) FILTER (WHERE s.came), sum(s.gross)::bigint, \
                sum(s.refunds)::bigint, sum(s.gross - s.refunds)::bigint, count(DISTINCT f.id) \
                FROM (\(parts)) s LEFT JOIN (\(firstGifts)) f ON f.id = s.id GROUP BY 1, 2 \
                ORDER BY 2, s.name IS NULL, 6 DESC, s.name COLLATE "C"
                """
            ) { row in
                let name = try row.next(String?.self)
                let currency = try row.next(Currency.self)
                return Line(
                    name: name, currency: currency, gifts: try row.next(),
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
                SELECT s.id, s.name, s.tax_date, s.currency, s.gross, s.refunds FROM (\(parts)) s \
                ORDER BY s.currency, s.name IS NULL, s.name COLLATE "C", s.tax_date, s.id
                """
            ) { row in
                let (gift, name) = (try row.next(ID<Gift>.self), try row.next(String?.self))
                let day = try row.next(LocalDate.self)
                let currency = try row.next(Currency.self)
                return Row(
                    gift: gift, name: name, taxDate: day, gross: Money(minor: try row.next(), currency: currency),
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
