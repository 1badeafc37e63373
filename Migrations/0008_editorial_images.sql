-- Pictures as objects: bytes, credit, alternative text, licence; what a revision shows of them.
--
-- A revision keeps a picture's words as they were when it was saved: whoever edits a picture afterwards changes neither
-- what was approved nor what is live. Only the licence is asked of the picture itself, because it is a fact of today.

-- Bytes ---------------------------------------------------------------------------------------------------------------

-- In pixels, as the file says; null where it doesn't in a way we read.
ALTER TABLE editorial.media
    ADD COLUMN width int CONSTRAINT media_width_positive CHECK (width > 0),
    ADD COLUMN height int CONSTRAINT media_height_positive CHECK (height > 0),
    ADD CONSTRAINT media_measured CHECK ((width IS NULL) = (height IS NULL));
GRANT INSERT (width, height) ON editorial.media TO masthead_app;

-- Pictures ------------------------------------------------------------------------------------------------------------

-- What an alternative text only repeats (the name of the file, the title, the caption), or null: read aloud, it would
-- tell nobody what there is to see.
CREATE FUNCTION editorial.alt_repeats(alt text, title text, caption text, file text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH folded AS (
        SELECT lower(btrim(regexp_replace($1, '\s+', ' ', 'g'))) AS alt,
               lower(btrim(regexp_replace($2, '\s+', ' ', 'g'))) AS title,
               lower(btrim(regexp_replace($3, '\s+', ' ', 'g'))) AS caption,
               lower(btrim(regexp_replace(regexp_replace($4, '[?#].*$', ''), '^.*/', ''))) AS file)
    SELECT CASE
        WHEN alt IN (file, regexp_replace(file, '\.[a-z0-9]+$', '')) THEN 'file name'
        WHEN alt = title THEN 'title'
        WHEN alt = caption THEN 'caption' END
    FROM folded WHERE alt <> ''
$$;

CREATE TABLE editorial.image (
    id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT image_pkey PRIMARY KEY,
    -- The same bytes are the same picture, with one credit and one licence.
    media          bytea NOT NULL CONSTRAINT image_media_key UNIQUE
                   CONSTRAINT image_media_fkey REFERENCES editorial.media (hash),
    -- The file's name as it came.
    name           text NOT NULL CONSTRAINT image_name_given CHECK (btrim(name) <> ''),
    kind           text NOT NULL CONSTRAINT image_kind_known CHECK (kind IN ('photo', 'image', 'illustration', 'map')),
    alt            text,
    caption        text,
    place          text,
    -- When it was taken or drawn: a year, a month or a day.
    made_on        text CONSTRAINT image_made_on_form CHECK (made_on ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'),
    photographer   text,
    agency         text,
    licence        text,
    -- The last day on which it may be shown, in the publication's zone.
    licensed_until date,
    -- What must stay in sight when it is cropped: percent from the left, percent from the top.
    focal_x        int CONSTRAINT image_focal_x_range CHECK (focal_x BETWEEN 0 AND 100),
    focal_y        int CONSTRAINT image_focal_y_range CHECK (focal_y BETWEEN 0 AND 100),
    version        int NOT NULL DEFAULT 1,
    added_by       bigint NOT NULL CONSTRAINT image_account_fkey REFERENCES access.account (id),
    added_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by     bigint NOT NULL CONSTRAINT image_changer_fkey REFERENCES access.account (id),
    changed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT image_focal_whole CHECK ((focal_x IS NULL) = (focal_y IS NULL)),
    CONSTRAINT image_alt_own CHECK (editorial.alt_repeats(alt, NULL, caption, name) IS NULL),
    CONSTRAINT image_words_size CHECK (octet_length(concat_ws('', name, alt, caption, place, photographer, agency,
        licence)) <= 40000)
);
CREATE INDEX image_licence_idx ON editorial.image (licensed_until, id) WHERE licensed_until IS NOT NULL;

-- Every state a picture's words were ever in; written by the trigger alone.
CREATE TABLE editorial.image_version (
    image_id   bigint NOT NULL CONSTRAINT image_version_image_fkey REFERENCES editorial.image (id),
    number     int NOT NULL,
    details    jsonb NOT NULL,
    changed_by bigint NOT NULL CONSTRAINT image_version_account_fkey REFERENCES access.account (id),
    changed_at timestamptz NOT NULL,
    CONSTRAINT image_version_pkey PRIMARY KEY (image_id, number)
);

CREATE FUNCTION editorial.image_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.version := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE OLD.version + 1 END;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER image_counts BEFORE INSERT OR UPDATE ON editorial.image FOR EACH ROW
    EXECUTE FUNCTION editorial.image_counts();

CREATE FUNCTION editorial.image_keeps() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO editorial.image_version (image_id, number, details, changed_by, changed_at)
    VALUES (NEW.id, NEW.version, jsonb_strip_nulls(to_jsonb(NEW) - '{id,media,version,added_by,added_at,changed_by,
        changed_at}'::text[]), NEW.changed_by, NEW.changed_at);
    RETURN NULL;
END $$;
CREATE TRIGGER image_keeps AFTER INSERT OR UPDATE ON editorial.image FOR EACH ROW
    EXECUTE FUNCTION editorial.image_keeps();

-- What a revision shows -----------------------------------------------------------------------------------------------

-- A projection of the content: which picture is used where is found without reading every text.
CREATE TABLE editorial.revision_image (
    article_id bigint NOT NULL,
    revision   int NOT NULL,
    position   int NOT NULL,
    placement  text NOT NULL,
    media      bytea,
    CONSTRAINT revision_image_pkey PRIMARY KEY (article_id, revision, position),
    CONSTRAINT revision_image_revision_fkey FOREIGN KEY (article_id, revision)
        REFERENCES editorial.revision (article_id, number)
);
CREATE INDEX revision_image_media_idx ON editorial.revision_image (media, article_id, revision)
    WHERE media IS NOT NULL;

-- The pictures a content lists, in its order; no media where the text of the hash isn't one.
CREATE FUNCTION editorial.images_of(content bytea)
RETURNS TABLE ("position" int, placement text, media bytea, item jsonb)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT given.place::int, coalesce(given.item ->> 'placement', 'inline'),
           CASE WHEN given.item ->> 'media' ~ '^[0-9a-f]{64}$' THEN decode(given.item ->> 'media', 'hex') END,
           given.item
    FROM jsonb_array_elements(convert_from($1, 'UTF8')::jsonb -> 'images') WITH ORDINALITY AS given (item, place)
$$;

INSERT INTO editorial.revision_image (article_id, revision, position, placement, media)
SELECT r.article_id, r.number, i.position, i.placement, i.media
FROM editorial.revision r, editorial.images_of(r.content) i;

CREATE OR REPLACE FUNCTION editorial.revision_projects() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    missing text;
BEGIN
    INSERT INTO editorial.byline (article_id, revision, position, contributor_id, role, name, account_id)
    SELECT NEW.article_id, NEW.number, given.position, c.id, given.item ->> 'role', given.item ->> 'name',
           coalesce(c.account_id, (SELECT a.id FROM access.account a WHERE a.email_folded = lower(c.email)))
    FROM jsonb_array_elements(convert_from(NEW.content, 'UTF8')::jsonb -> 'bylines') WITH ORDINALITY AS given (item,
        position)
    JOIN editorial.contributor c ON c.slug = given.item ->> 'contributor';
    SELECT given.item ->> 'contributor' INTO missing
    FROM jsonb_array_elements(convert_from(NEW.content, 'UTF8')::jsonb -> 'bylines') AS given (item)
    WHERE NOT EXISTS (SELECT FROM editorial.contributor c WHERE c.slug = given.item ->> 'contributor') LIMIT 1;
    IF FOUND THEN
        PERFORM editorial.refuse('byline_contributor', format('no contributor %s', missing));
    END IF;
    INSERT INTO editorial.revision_image (article_id, revision, position, placement, media)
    SELECT NEW.article_id, NEW.number, i.position, i.placement, i.media FROM editorial.images_of(NEW.content) i;
    UPDATE editorial.article SET head = NEW.number, title = NEW.title WHERE id = NEW.article_id;
    RETURN NULL;
END $$;

-- What keeps a text in because of its pictures. Nobody may override it: a picture without credit takes somebody's work,
-- one without alternative text shuts readers out, one without a file is a hole in the page.
CREATE OR REPLACE FUNCTION editorial.image_blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT broken.rule, format('the picture %s %s', shown.called, broken.what), false
    FROM (
        SELECT i.position, coalesce(i.item ->> 'source', 'image:' || p.id, i.item ->> 'media', i.placement) AS called,
               m.hash IS NOT NULL AS is_here,
               btrim(concat_ws('', i.item ->> 'credit', i.item ->> 'photographer', i.item ->> 'agency')) AS credit,
               btrim(coalesce(i.item ->> 'alt', '')) AS alt,
               editorial.alt_repeats(i.item ->> 'alt', r.title, i.item ->> 'caption',
                   coalesce(p.name, i.item ->> 'source')) AS repeats,
               CASE WHEN p.id IS NOT NULL THEN p.licensed_until
                    WHEN i.item ->> 'licensed_until' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
                    THEN (i.item ->> 'licensed_until')::date END AS until
        FROM editorial.revision r
        CROSS JOIN editorial.images_of(r.content) i
        LEFT JOIN editorial.media m ON m.hash = i.media
        LEFT JOIN editorial.image p ON p.media = i.media
        WHERE r.article_id = $1 AND r.number = $2) AS shown,
    LATERAL (VALUES
        (1, 'image_bytes', 'has no file here', NOT shown.is_here),
        (2, 'image_credit', 'has no credit', shown.credit = ''),
        (3, 'image_alt', 'has no alternative text', shown.alt = ''),
        (4, 'image_alt_own', format('has an alternative text that only repeats the %s', shown.repeats),
            shown.repeats IS NOT NULL),
        (5, 'image_licence', format('was licensed until %s', shown.until),
            shown.until < (clock_timestamp() AT TIME ZONE access.publication_zone())::date)
    ) AS broken (place, rule, what, is_so)
    WHERE broken.is_so
    ORDER BY shown.position, broken.place
$$;

-- A trigger of its own after the gate: whatever else the gate comes to ask, no text goes out with such a picture, at once,
-- at its hour or as a change to what is live. What is taken down, and what was public before, passes.
CREATE FUNCTION editorial.release_pictures() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    what text;
BEGIN
    IF NEW.kind NOT IN ('imported', 'retraction', 'unpublish') THEN
        SELECT string_agg(b.message, '; ') INTO what
        FROM editorial.image_blocks(NEW.article_id, NEW.revision) b;
        IF what IS NOT NULL THEN
            PERFORM editorial.refuse('release_pictures', what);
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_pictures BEFORE INSERT ON editorial.release FOR EACH ROW
    EXECUTE FUNCTION editorial.release_pictures();

-- Lists ---------------------------------------------------------------------------------------------------------------

-- Each filter of a list pages along an index in the list's own order: no page sorts what it doesn't show.
CREATE INDEX article_kind_idx ON editorial.article (kind, id);
CREATE INDEX article_unpublished_idx ON editorial.article (id) WHERE live_release_id IS NULL;
-- For a part of a title. The extension comes with PostgreSQL, but a server may be installed without it; then the same
-- list is read from its end until the page is full.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') THEN
        CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA editorial;
        EXECUTE 'CREATE INDEX article_title_idx ON editorial.article USING gin (lower(title) editorial.gin_trgm_ops)';
    END IF;
END $$;

-- Who may do what -----------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION editorial.alt_repeats(text, text, text, text), editorial.images_of(bytea),
    editorial.image_counts(), editorial.image_keeps(), editorial.release_pictures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.alt_repeats(text, text, text, text) TO masthead_app;
GRANT SELECT ON editorial.image, editorial.image_version, editorial.revision_image TO masthead_app;
GRANT INSERT (media, name, kind, alt, caption, place, made_on, photographer, agency, licence, licensed_until, focal_x,
    focal_y, added_by, changed_by) ON editorial.image TO masthead_app;
GRANT UPDATE (kind, alt, caption, place, made_on, photographer, agency, licence, licensed_until, focal_x, focal_y,
    changed_by) ON editorial.image TO masthead_app;

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, 'image.manage'
FROM regexp_split_to_table('writer section-editor copy publisher editor-in-chief', ' ') AS roles (role);
