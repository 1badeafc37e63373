internal import Postgres

/// What the articles that gifts came from are called: article_id, name.
enum ArticleNames {
    /// By the slug an article has now, else the last it had, else its number.
    static let query: SQL = """
        SELECT a.article_id, coalesce((SELECT p.slug FROM editorial.public_article p WHERE p.id = a.article_id), \
        (SELECT s.slug FROM editorial.slug s WHERE s.article_id = a.article_id ORDER BY s.taken_at DESC, s.slug LIMIT 1), \
        a.article_id::text) AS name FROM (SELECT g.article_id FROM fundraising.gift g \
        WHERE g.article_id IS NOT NULL UNION SELECT t.article_id FROM fundraising.gift_touch t) a
        """
}
