-- The regions of the world that published articles are filed under, as their topics and series are shown.

CREATE VIEW editorial.public_region AS
SELECT r.region AS slug, p.id AS article_id, p.first_published_at
FROM editorial.public_article p
JOIN editorial.article a ON a.id = p.id
CROSS JOIN LATERAL unnest(a.regions) AS r(region)
WHERE p.public_status IN ('live', 'corrected');

GRANT SELECT ON editorial.public_region TO masthead_app, masthead_reader;
