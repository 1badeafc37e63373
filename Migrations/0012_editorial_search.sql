-- Search over public and internal text.
--
-- What is live and what is not lie in two tables: no rank, count or snippet of the public search can rest on a draft. The
-- owner's triggers keep both. What is live also passes the public views' own conditions each time it is read.

-- PostgreSQL's word rules for the publication's language; bare words where it knows none.
CREATE FUNCTION editorial.search_language() RETURNS regconfig
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT c.oid::regconfig FROM access.publication p
         JOIN (VALUES ('ar', 'arabic'), ('hy', 'armenian'), ('eu', 'basque'), ('ca', 'catalan'), ('da', 'danish'),
                      ('nl', 'dutch'), ('en', 'english'), ('fi', 'finnish'), ('fr', 'french'), ('de', 'german'),
                      ('el', 'greek'), ('hi', 'hindi'), ('hu', 'hungarian'), ('id', 'indonesian'), ('ga', 'irish'),
                      ('it', 'italian'), ('lt', 'lithuanian'), ('ne', 'nepali'), ('nb', 'norwegian'),
                      ('no', 'norwegian'), ('pt', 'portuguese'), ('ro', 'romanian'), ('ru', 'russian'),
                      ('sr', 'serbian'), ('es', 'spanish'), ('sv', 'swedish'), ('ta', 'tamil'), ('tr', 'turkish'),
                      ('yi', 'yiddish')) AS known (tag, name) ON known.tag = split_part(p.locale, '-', 1)
         JOIN pg_catalog.pg_ts_config c ON c.cfgname = known.name
          AND c.cfgnamespace = 'pg_catalog'::regnamespace),
        'pg_catalog.simple'::regconfig)
$$;

-- A vector of weighted texts. One longer than a vector can hold is indexed by its beginning rather than refused: what
-- can be saved must not depend on how many different words it has.
CREATE FUNCTION editorial.search_vector(language regconfig, strong text, middling text, weak text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    longest int;
BEGIN
    FOREACH longest IN ARRAY ARRAY[2000000, 200000, 50000, 0] LOOP
        BEGIN
            RETURN setweight(to_tsvector(language, left(strong, least(longest, 10000))), 'A')
                || setweight(to_tsvector(language, left(middling, least(longest, 40000))), 'B')
                || setweight(to_tsvector(language, left(weak, longest)), 'D');
        EXCEPTION WHEN program_limit_exceeded THEN
            CONTINUE;
        END;
    END LOOP;
    RETURN ''::tsvector;
END $$;

-- How many words a text has, as a budget counts them: what stands between white space.
CREATE FUNCTION editorial.word_count(given text) RETURNS int
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN btrim(given, E' \n\r\t') = '' THEN 0
           ELSE array_length(regexp_split_to_array(btrim(given, E' \n\r\t'), '[ \n\r\t]+'), 1) END
$$;

-- Without the two characters that mark a hit: nobody's text can forge one.
CREATE FUNCTION editorial.search_plain(given text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT translate(coalesce(given, ''), U&'\E000\E001', '')
$$;

CREATE TABLE editorial.search_public (
    article_id bigint CONSTRAINT search_public_pkey PRIMARY KEY
               CONSTRAINT search_public_article_fkey REFERENCES editorial.article (id),
    language   regconfig NOT NULL,
    title      text NOT NULL,
    dek        text NOT NULL,
    body       text NOT NULL,
    tags       text[] NOT NULL,
    document   tsvector NOT NULL
);
CREATE INDEX search_public_document_idx ON editorial.search_public USING gin (document);
CREATE INDEX search_public_tags_idx ON editorial.search_public USING gin (tags);

CREATE TABLE editorial.search_draft (
    article_id bigint NOT NULL CONSTRAINT search_draft_article_fkey REFERENCES editorial.article (id),
    source     text NOT NULL CONSTRAINT search_draft_source_known
        CHECK (source IN ('draft', 'note', 'response', 'comment', 'pitch')),
    -- The row it came from; 0 for the draft itself.
    ref        bigint NOT NULL,
    language   regconfig NOT NULL,
    text       text NOT NULL,
    -- Of the draft: the slug it asks for, and its words.
    slug       text,
    words      int,
    document   tsvector NOT NULL,
    CONSTRAINT search_draft_pkey PRIMARY KEY (article_id, source, ref)
);
CREATE INDEX search_draft_document_idx ON editorial.search_draft USING gin (document);
CREATE INDEX search_draft_slug_idx ON editorial.search_draft (slug) WHERE slug IS NOT NULL;

CREATE FUNCTION editorial.search_draft_keeps(article editorial.article) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    language regconfig := editorial.search_language();
    document jsonb;
    credits text := '';
    strong text;
    middling text;
BEGIN
    SELECT convert_from(r.content, 'UTF8')::jsonb INTO document
    FROM editorial.revision r WHERE r.article_id = article.id AND r.number = article.head;
    SELECT coalesce(string_agg(b ->> 'name', ' '), '') INTO credits
    FROM jsonb_array_elements(coalesce(document -> 'bylines', '[]')) AS b;
    strong := concat_ws(E'\n', coalesce(document ->> 'title', article.title), document ->> 'short_headline');
    middling := concat_ws(E'\n', document ->> 'dek', document ->> 'teaser', credits,
        (SELECT string_agg(t, ' ') FROM jsonb_array_elements_text(coalesce(document -> 'tags', '[]')) AS t));
    DELETE FROM editorial.search_draft d WHERE d.article_id = article.id AND d.source = 'draft';
    INSERT INTO editorial.search_draft (article_id, source, ref, language, text, slug, words, document)
    VALUES (article.id, 'draft', 0, language,
            editorial.search_plain(concat_ws(E'\n', strong, middling, document ->> 'body')), document ->> 'slug',
            editorial.word_count(coalesce(document ->> 'body', '')),
            editorial.search_vector(language, strong, middling, coalesce(document ->> 'body', '')));
END $$;

CREATE FUNCTION editorial.search_public_keeps(article editorial.article) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    language regconfig := editorial.search_language();
BEGIN
    DELETE FROM editorial.search_public s WHERE s.article_id = article.id;
    IF article.public_status IS NULL OR article.public_status NOT IN ('live', 'corrected') THEN
        RETURN;
    END IF;
    INSERT INTO editorial.search_public (article_id, language, title, dek, body, tags, document)
    SELECT article.id, language, editorial.search_plain(r.document ->> 'title'),
           editorial.search_plain(r.document ->> 'dek'), editorial.search_plain(r.document ->> 'body'), r.tags,
           editorial.search_vector(language, r.document ->> 'title',
               concat_ws(E'\n', r.document ->> 'dek', r.credits, array_to_string(r.tags, ' ')),
               coalesce(r.document ->> 'body', ''))
    FROM (SELECT given.document,
                 ARRAY(SELECT jsonb_array_elements_text(coalesce(given.document -> 'tags', '[]'))) AS tags,
                 (SELECT string_agg(b ->> 'name', ' ') FROM jsonb_array_elements(given.document -> 'bylines') AS b)
                     AS credits
          FROM editorial.release l
          JOIN editorial.revision v ON v.article_id = l.article_id AND v.number = l.revision
          CROSS JOIN LATERAL (SELECT convert_from(v.content, 'UTF8')::jsonb AS document) given
          WHERE l.id = article.live_release_id) r;
END $$;

CREATE FUNCTION editorial.article_is_searched() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.head IS DISTINCT FROM OLD.head OR NEW.title <> OLD.title THEN
        PERFORM editorial.search_draft_keeps(NEW);
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.live_release_id IS DISTINCT FROM OLD.live_release_id
        OR NEW.public_status IS DISTINCT FROM OLD.public_status) THEN
        PERFORM editorial.search_public_keeps(NEW);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER article_is_searched AFTER INSERT OR UPDATE ON editorial.article FOR EACH ROW
    EXECUTE FUNCTION editorial.article_is_searched();

-- Notes, answers, comments and the pitch an article came from: rows that are only ever added.
CREATE FUNCTION editorial.remark_is_searched() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    language regconfig := editorial.search_language();
    source text := TG_ARGV[0];
    remark jsonb := to_jsonb(NEW);
    article bigint := (remark ->> 'article_id')::bigint;
    words text := editorial.search_plain(concat_ws(E'\n', remark ->> TG_ARGV[2], remark ->> TG_ARGV[3]));
BEGIN
    IF article IS NULL OR btrim(words) = '' THEN
        RETURN NULL;
    END IF;
    INSERT INTO editorial.search_draft (article_id, source, ref, language, text, document)
    VALUES (article, source, (remark ->> TG_ARGV[1])::bigint, language, words,
            editorial.search_vector(language, '', '', words))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER note_is_searched AFTER INSERT ON editorial.revision FOR EACH ROW WHEN (NEW.note IS NOT NULL)
    EXECUTE FUNCTION editorial.remark_is_searched('note', 'number', 'note');
CREATE TRIGGER response_is_searched AFTER INSERT ON editorial.review_response FOR EACH ROW
    WHEN (NEW.comment IS NOT NULL) EXECUTE FUNCTION editorial.remark_is_searched('response', 'id', 'comment');
CREATE TRIGGER comment_is_searched AFTER INSERT ON editorial.comment FOR EACH ROW
    EXECUTE FUNCTION editorial.remark_is_searched('comment', 'id', 'text');
CREATE TRIGGER pitch_is_searched AFTER UPDATE OF article_id ON editorial.pitch FOR EACH ROW
    WHEN (NEW.article_id IS NOT NULL) EXECUTE FUNCTION editorial.remark_is_searched('pitch', 'id', 'title', 'body');

-- What was there before this file.
DO $$
DECLARE
    article editorial.article;
BEGIN
    FOR article IN SELECT a.* FROM editorial.article a ORDER BY a.id LOOP
        PERFORM editorial.search_draft_keeps(article);
        PERFORM editorial.search_public_keeps(article);
    END LOOP;
END $$;
INSERT INTO editorial.search_draft (article_id, source, ref, language, text, document)
SELECT given.article_id, given.source, given.ref, editorial.search_language(), editorial.search_plain(given.text),
       editorial.search_vector(editorial.search_language(), '', '', given.text)
FROM (SELECT article_id, 'note' AS source, number::bigint AS ref, note AS text FROM editorial.revision
      UNION ALL SELECT article_id, 'response', id, comment FROM editorial.review_response
      UNION ALL SELECT article_id, 'comment', id, text FROM editorial.comment) AS given
WHERE btrim(coalesce(given.text, '')) <> '';

-- What the public searches, and the pages that depend on tags ---------------------------------------------------------

CREATE VIEW editorial.public_search AS
SELECT p.id AS article_id, p.path, p.title, p.kind, p.section, p.section_name, p.first_published_at, s.language,
       s.document, concat_ws(E'\n', s.title, s.dek, s.body) AS text
FROM editorial.search_public s
JOIN editorial.public_article p ON p.id = s.article_id
WHERE p.public_status IN ('live', 'corrected');

-- A member of a collection: pinned, or brought by a rule in the collection's time; the collection itself shows through
-- its members, once it has opened.
CREATE VIEW editorial.public_collection AS
SELECT DISTINCT ON (c.id, p.id) c.slug, c.title AS collection_title, c.intro, c.image, c.image_alt, c.image_credit,
       c.closed_at IS NOT NULL AS closed, p.id AS article_id, p.path, p.title, p.first_published_at, m.position
FROM editorial.collection c
CROSS JOIN LATERAL (
    SELECT n.article_id, n.position FROM editorial.collection_pin n WHERE n.collection_id = c.id
    UNION ALL
    SELECT a.id, NULL
    FROM editorial.collection_rule r
    JOIN editorial.article a ON (r.section_id IS NULL OR a.section_id = r.section_id)
     AND (r.series_id IS NULL OR a.series_id = r.series_id)
    WHERE r.collection_id = c.id AND a.live_release_id IS NOT NULL
      AND (c.opens_at IS NULL OR a.first_published_at >= c.opens_at)
      AND (c.ends_at IS NULL OR a.first_published_at < c.ends_at)
      AND (c.closed_at IS NULL OR a.first_published_at < c.closed_at)
      AND (r.topic_id IS NULL OR EXISTS (SELECT FROM editorial.article_topic t
           WHERE t.article_id = a.id AND t.topic_id = r.topic_id))
      AND (r.contributor_id IS NULL OR EXISTS (SELECT FROM editorial.release l
           JOIN editorial.byline b ON b.article_id = l.article_id AND b.revision = l.revision
           WHERE l.id = a.live_release_id AND b.contributor_id = r.contributor_id))
      AND (r.tag IS NULL OR EXISTS (SELECT FROM editorial.search_public s
           WHERE s.article_id = a.id AND s.tags @> ARRAY[r.tag]))) AS m (article_id, position)
JOIN editorial.public_article p ON p.id = m.article_id
WHERE (c.opens_at IS NULL OR c.opens_at <= now()) AND p.public_status IN ('live', 'corrected')
ORDER BY c.id, p.id, m.position NULLS LAST;

REVOKE ALL ON FUNCTION editorial.search_language(), editorial.search_vector(regconfig, text, text, text),
    editorial.word_count(text), editorial.search_plain(text), editorial.search_draft_keeps(editorial.article),
    editorial.search_public_keeps(editorial.article), editorial.article_is_searched(), editorial.remark_is_searched()
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.search_language(), editorial.word_count(text) TO masthead_app;
-- Which rules of words the publication uses is no secret, and a query needs them.
GRANT EXECUTE ON FUNCTION editorial.search_language() TO masthead_reader;
GRANT SELECT ON editorial.search_draft, editorial.search_public, editorial.public_search, editorial.public_collection TO
    masthead_app;
GRANT SELECT ON editorial.public_search, editorial.public_collection TO masthead_reader;
