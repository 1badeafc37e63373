-- What a yes is worth: policies, content classes, minor edits, and who counts.
--
-- What holds here holds in psql too:
--   * an approval counts for the text it was given for, in the sections its giver could give it for when he gave it,
--     and, where the policy wants distance, not from whoever saved that text or is bylined on it;
--   * it is carried to a later text only by the owner's trigger, only where policy says so, and only while the text
--     differs from the one that was approved by no more than that, however many small steps it took;
--   * where the policy wants two people, two people have said yes to the same text: the same person twice is one.

ALTER TABLE editorial.approval
    -- The approval of an earlier text that this one carries over. The app role can't write it.
    ADD carries bigint CONSTRAINT approval_carries_fkey REFERENCES editorial.approval (id),
    -- The sections its giver could give it for, when he did: null for all. Whether he still may is another matter; what
    -- he said then, he said.
    ADD reach   text[];

ALTER TABLE editorial.policy
    -- Whether a minor edit leaves approvals of this kind standing.
    ADD minor boolean NOT NULL DEFAULT false;

-- What a policy wants besides approvals by kind. Every row that matches an article applies; the strictest counts.
CREATE TABLE editorial.policy_rule (
    id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT policy_rule_pkey PRIMARY KEY,
    workflow       int NOT NULL CONSTRAINT policy_rule_workflow_fkey REFERENCES editorial.workflow (version),
    section_id     bigint CONSTRAINT policy_rule_section_fkey REFERENCES editorial.section (id),
    article_kind   text,
    risk           text,
    -- How many different people have to say yes, as authors or as editors.
    people         int NOT NULL DEFAULT 0 CONSTRAINT policy_rule_people_range CHECK (people BETWEEN 0 AND 20),
    -- How long before its instant a schedule has to be made.
    notice_minutes int NOT NULL DEFAULT 0 CONSTRAINT policy_rule_notice_range CHECK (notice_minutes BETWEEN 0 AND 525600),
    -- Whether the text has to carry a disclosure line.
    disclosure     boolean NOT NULL DEFAULT false
);
CREATE INDEX policy_rule_workflow_idx ON editorial.policy_rule (workflow);

-- Which change voids which kind of approval. What has no row here leaves it standing.
CREATE TABLE editorial.policy_void (
    workflow      int NOT NULL CONSTRAINT policy_void_workflow_fkey REFERENCES editorial.workflow (version),
    class         text NOT NULL CONSTRAINT policy_void_class_known CHECK (class IN ('body', 'title', 'dek', 'byline',
                  'image', 'credit-caption-alt', 'taxonomy', 'slug', 'teaser-social')),
    approval_kind text NOT NULL CONSTRAINT policy_void_kind_known
                  CHECK (approval_kind IN ('edit', 'copy', 'fact', 'legal', 'author')),
    CONSTRAINT policy_void_pkey PRIMARY KEY (workflow, class, approval_kind)
);
GRANT SELECT ON editorial.policy_rule, editorial.policy_void TO masthead_app;

-- Small: an editor's yes, and two people's. To every change a new yes.
INSERT INTO editorial.policy (workflow, approval_kind, needed, separation) VALUES
    (2, 'edit', 1, 'any'), (2, 'author', 0, 'any');
INSERT INTO editorial.policy_rule (workflow, people) VALUES (2, 2);
INSERT INTO editorial.policy_void (workflow, class, approval_kind)
SELECT version, class, kind
FROM unnest(ARRAY[1, 2]) AS version,
     unnest(ARRAY['body', 'title', 'dek', 'byline', 'image', 'credit-caption-alt', 'taxonomy', 'slug', 'teaser-social'])
         AS class,
     unnest(ARRAY['edit', 'copy', 'fact', 'legal', 'author']) AS kind;

-- Which policies an article is under.
CREATE FUNCTION editorial.policy_applies(article editorial.article, workflow int, section bigint, kind text, risk text)
RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT $2 = $1.workflow AND ($3 IS NULL OR $3 = $1.section_id) AND ($4 IS NULL OR $4 = $1.kind)
       AND ($5 IS NULL OR $5 = ANY ($1.risks))
$$;

-- Where an account may do something: null for nowhere, an empty list for everywhere, else the sections.
CREATE FUNCTION editorial.account_reach(account bigint, wanted text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN bool_or(g.section IS NULL) THEN '{}'::text[] ELSE array_agg(DISTINCT g.section) END
    FROM access.role_grant g JOIN access.role_permission p ON p.role = g.role
    WHERE g.account = $1 AND p.permission = $2
$$;
UPDATE editorial.approval v
SET reach = nullif(editorial.account_reach(v.account_id, 'approval.' || v.kind), '{}')
WHERE v.account_id IS NOT NULL AND v.kind <> 'author';

-- What counts -----------------------------------------------------------------------------------------------------

-- Every approval of a revision, with why it doesn't count: null when it does.
CREATE FUNCTION editorial.weighed(article bigint, revision bigint)
RETURNS TABLE (approval bigint, kind text, person text, maker text, fault text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.id, v.kind, v.person, CASE WHEN v.signoff_id IS NULL THEN v.person ELSE 'account:' || v.link_by END,
           CASE WHEN v.reach IS NOT NULL AND s.slug <> ALL (v.reach) THEN 'other_section'
                WHEN v.kind <> 'author' AND coalesce(q.apart, true)
                     AND NOT editorial.is_apart($1, $2, coalesce(v.account_id, v.link_by)) THEN 'own_text'
                WHEN v.signoff_id IS NOT NULL AND NOT editorial.link_counts($1, v.kind) THEN 'by_link' END
    FROM editorial.approval v
    JOIN editorial.article a ON a.id = v.article_id
    LEFT JOIN editorial.section s ON s.id = a.section_id
    LEFT JOIN editorial.required($1) q ON q.kind = v.kind
    WHERE v.article_id = $1 AND v.revision = $2
$$;

-- The state of each wanted kind for a revision: how many different people's approvals count, and which.
CREATE OR REPLACE FUNCTION editorial.standing(article bigint, revision bigint)
RETURNS TABLE (kind text, needed int, given int, approvals bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH counting AS MATERIALIZED (SELECT w.* FROM editorial.weighed($1, $2) w WHERE w.fault IS NULL)
    SELECT q.kind, q.needed, count(DISTINCT w.person)::int,
           coalesce(array_agg(w.approval ORDER BY w.approval) FILTER (WHERE w.approval IS NOT NULL), '{}')
    FROM editorial.required($1) q LEFT JOIN counting w ON w.kind = q.kind
    GROUP BY q.kind, q.needed
    ORDER BY q.kind
$$;

-- How many different people have to say yes to a text, as authors or editors, and how many have. A yes by link is no
-- second person's beside that of whoever made the link: he could have used it.
CREATE FUNCTION editorial.people(article bigint, revision bigint) RETURNS TABLE (needed int, given int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (SELECT coalesce(max(p.people), 0)
            FROM editorial.article a
            JOIN editorial.policy_rule p
                ON editorial.policy_applies(a, p.workflow, p.section_id, p.article_kind, p.risk)
            WHERE a.id = $1),
           (SELECT least(count(DISTINCT w.person), count(DISTINCT w.maker))::int
            FROM editorial.weighed($1, $2) w WHERE w.fault IS NULL AND w.kind IN ('edit', 'author'))
$$;

-- How long before its instant a schedule of this article has to be made.
CREATE FUNCTION editorial.least_notice(article bigint) RETURNS interval
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT make_interval(mins => coalesce(max(p.notice_minutes), 0))
    FROM editorial.article a
    JOIN editorial.policy_rule p ON editorial.policy_applies(a, p.workflow, p.section_id, p.article_kind, p.risk)
    WHERE a.id = $1
$$;

-- Of the policy: approvals that are missing, people, a disclosure.
CREATE OR REPLACE FUNCTION editorial.policy_blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH standing AS MATERIALIZED (SELECT s.* FROM editorial.standing($1, $2) s)
    SELECT 'release_approved', format('approvals are missing: %s', coalesce(
               (SELECT string_agg(format('%s %s of %s', s.kind, s.given, s.needed), ', ')
                FROM standing s WHERE s.given < s.needed), 'no policy')), true
    WHERE EXISTS (SELECT FROM standing s WHERE s.given < s.needed) OR NOT EXISTS (SELECT FROM standing)
    UNION ALL
    SELECT 'release_people', format('different people who said yes to this text: %s of %s', p.given, p.needed), true
    FROM editorial.people($1, $2) p WHERE p.given < p.needed
    UNION ALL
    SELECT 'release_disclosure', 'the policy wants a disclosure line', false
    FROM editorial.revision r
    WHERE r.article_id = $1 AND r.number = $2
      AND btrim(coalesce(convert_from(r.content, 'UTF8')::jsonb ->> 'disclosure', '')) = ''
      AND EXISTS (SELECT FROM editorial.article a JOIN editorial.policy_rule p
                      ON editorial.policy_applies(a, p.workflow, p.section_id, p.article_kind, p.risk)
                  WHERE a.id = $1 AND p.disclosure)
$$;

-- Approvals: only of the end of a line, only by whoever may give them; 'apart' as the policy says.
CREATE OR REPLACE FUNCTION editorial.approval_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    NEW.given_at := clock_timestamp();
    IF NOT editorial.is_head(NEW.article_id, NEW.revision) THEN
        PERFORM editorial.refuse('approval_of_head', format('revision %s isn''t the current text', NEW.revision));
    END IF;
    IF NEW.carries IS NOT NULL THEN
        -- By the owner's trigger, which looked at it (revision_carries): it reaches as far as it did.
        SELECT v.reach INTO NEW.reach FROM editorial.approval v WHERE v.id = NEW.carries;
        RETURN NEW;
    END IF;
    IF NEW.kind = 'author' THEN
        IF NOT editorial.is_bylined(NEW.article_id, NEW.revision, NEW.account_id) THEN
            PERFORM editorial.refuse('approval_by_author', 'only an author of the current text can give this approval');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT editorial.account_may(NEW.account_id, 'approval.' || NEW.kind, article.section_id) THEN
        PERFORM editorial.refuse('approval_permitted', format('this account may not give the approval %s', NEW.kind));
    END IF;
    NEW.reach := nullif(editorial.account_reach(NEW.account_id, 'approval.' || NEW.kind), '{}');
    -- A kind no policy asks for is held to the same distance as one that is.
    IF NOT EXISTS (SELECT FROM editorial.required(NEW.article_id) q WHERE q.kind = NEW.kind AND NOT q.apart)
       AND NOT editorial.is_apart(NEW.article_id, NEW.revision, NEW.account_id) THEN
        PERFORM editorial.refuse('approval_apart', 'this account saved the current text or is bylined on it');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION editorial.override_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    NEW.given_at := clock_timestamp();
    IF NOT editorial.is_head(NEW.article_id, NEW.revision) THEN
        PERFORM editorial.refuse('override_of_head', format('revision %s isn''t the current text', NEW.revision));
    END IF;
    IF NOT editorial.account_may(NEW.account_id, 'article.override', article.section_id) THEN
        PERFORM editorial.refuse('override_permitted', 'this account may not override the policy');
    END IF;
    RETURN NEW;
END $$;
CREATE INDEX override_given_idx ON editorial.override (given_at, id);

-- What a change is, and what it voids -------------------------------------------------------------------------------

-- The content classes in which two documents differ, in the order of the alphabet. A member nobody knows is body.
CREATE FUNCTION editorial.changed_classes(old jsonb, new jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH member AS (
        SELECT key FROM jsonb_object_keys($1) AS key UNION SELECT key FROM jsonb_object_keys($2) AS key
    ), changed AS (
        SELECT CASE
            WHEN key IN ('title', 'short_headline') THEN 'title'
            WHEN key = 'dek' THEN 'dek'
            WHEN key = 'bylines' THEN 'byline'
            WHEN key IN ('tags', 'kicker') THEN 'taxonomy'
            WHEN key = 'slug' THEN 'slug'
            WHEN key IN ('teaser', 'social_title', 'social_text') THEN 'teaser-social'
            ELSE 'body' END AS class
        FROM member WHERE key <> 'images' AND $1 -> key IS DISTINCT FROM $2 -> key
    ), side AS (
        SELECT side.n,
               coalesce(jsonb_agg(item - told.keys ORDER BY position), '[]') AS picture,
               coalesce(jsonb_agg((SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(item) e
                                   WHERE e.key = ANY (told.keys)) ORDER BY position), '[]') AS words
        FROM (VALUES (1, $1), (2, $2)) AS side (n, document),
             (VALUES (ARRAY['alt', 'caption', 'credit', 'photographer', 'agency', 'place', 'date', 'kind', 'licence',
                            'licensed_until'])) AS told (keys),
             jsonb_array_elements(coalesce(side.document -> 'images', '[]')) WITH ORDINALITY AS given (item, position)
        GROUP BY side.n
    ), image AS (
        SELECT o.picture IS DISTINCT FROM n.picture AS picture, o.words IS DISTINCT FROM n.words AS words
        FROM (SELECT 1) AS one LEFT JOIN side o ON o.n = 1 LEFT JOIN side n ON n.n = 2
    )
    SELECT coalesce(array_agg(DISTINCT class ORDER BY class), '{}') FROM (
        SELECT class FROM changed
        UNION ALL SELECT 'image' FROM image WHERE picture
        UNION ALL SELECT 'credit-caption-alt' FROM image WHERE words) AS found
$$;

-- What a reader reads of a document, a field a line, for counting changed words.
CREATE FUNCTION editorial.running_text(document jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat_ws(E'\n', $1 ->> 'title', $1 ->> 'short_headline', $1 ->> 'dek', $1 ->> 'teaser',
                     $1 ->> 'social_title', $1 ->> 'social_text', $1 ->> 'body')
$$;

CREATE FUNCTION editorial.words(running_text text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_remove(regexp_split_to_array($1, E'[ \\t\\n\\r\\f\\v]+'), '')
$$;

-- What no minor edit touches, in order: every word that isn't plain lower-case Latin (numbers, names, links, mark-up),
-- words of a byline, quotations, quoted lines, what stands in brackets. Careful rather than clever: what it doesn't
-- understand isn't minor.
CREATE FUNCTION editorial.untouchable(document jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH source AS (SELECT editorial.running_text($1) AS text),
    named AS (
        SELECT array_agg(lower(word)) AS words
        FROM jsonb_array_elements(coalesce($1 -> 'bylines', '[]')) AS item,
             regexp_split_to_table(item ->> 'name', '[ ]+') AS word
    ),
    word AS (
        SELECT rtrim(word, '.,;:!?') AS word, position
        FROM source, unnest(editorial.words(source.text)) WITH ORDINALITY AS given (word, position)
    ),
    part AS (
        SELECT 1 AS rank, position, word AS piece FROM word, named
        WHERE word !~ '^[a-z(),;:.!?''’–—…-]*$' OR word = ANY (named.words)
        UNION ALL SELECT 2, position, found[1]
        FROM source, regexp_matches(source.text, '("[^"]*"|“[^”]*”|«[^»]*»|\[[^]]*\])', 'g')
            WITH ORDINALITY AS quoted (found, position)
        UNION ALL SELECT 3, position, line
        FROM source, regexp_split_to_table(source.text, E'\n') WITH ORDINALITY AS given (line, position)
        WHERE line ~ '^[ \t]*>' OR line ~ '‘' OR line ~ '(^|[ \t(])''' OR line ~ '[„‚‹›‟]'
    )
    -- An odd number of marks: where a quotation begins and ends can't be told.
    SELECT CASE WHEN (SELECT (length(text) - length(replace(text, '"', ''))) % 2 = 1
                          OR length(replace(text, '“', '')) <> length(replace(text, '”', ''))
                          OR length(replace(text, '«', '')) <> length(replace(text, '»', '')) FROM source) THEN NULL
           ELSE coalesce((SELECT array_agg(rank || ':' || piece ORDER BY rank, position) FROM part), '{}') END
$$;

-- How many words two texts differ by: the longer one's less those they have in common, in order (Myers, 1986). Null when
-- it is more than `most`.
CREATE FUNCTION editorial.words_apart(old text[], new text[], most int) RETURNS int
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n int := cardinality(old);
    m int := cardinality(new);
    furthest int[] := array_fill(0, ARRAY[4 * most + 5]);
    middle int := 2 * most + 3;
    x int;
    y int;
BEGIN
    FOR d IN 0 .. 2 * most LOOP
        FOR k IN -d .. d BY 2 LOOP
            IF k = -d OR (k <> d AND furthest[middle + k - 1] < furthest[middle + k + 1]) THEN
                x := furthest[middle + k + 1];
            ELSE
                x := furthest[middle + k - 1] + 1;
            END IF;
            y := x - k;
            WHILE x < n AND y < m AND old[x + 1] = new[y + 1] LOOP
                x := x + 1;
                y := y + 1;
            END LOOP;
            furthest[middle + k] := x;
            IF x >= n AND y >= m THEN
                RETURN nullif(least((abs(n - m) + d) / 2, most + 1), most + 1);
            END IF;
        END LOOP;
    END LOOP;
    RETURN NULL;
END $$;

-- A minor edit: at most twelve words; no digit, name, quotation or link. Of words alone: a picture, a byline, a
-- disclosure or a tag is never minor.
CREATE FUNCTION editorial.is_minor(old jsonb, new jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT editorial.changed_classes($1, $2) <@ ARRAY['body', 'title', 'dek', 'teaser-social']
       AND $1 - ARRAY['title', 'short_headline', 'dek', 'teaser', 'social_title', 'social_text', 'body']
         = $2 - ARRAY['title', 'short_headline', 'dek', 'teaser', 'social_title', 'social_text', 'body']
       AND coalesce(editorial.untouchable($1) = editorial.untouchable($2), false)
       AND editorial.words_apart(editorial.words(editorial.running_text($1)),
                                 editorial.words(editorial.running_text($2)), 12) IS NOT NULL
$$;

-- Carries approvals of the text before over to this one, where the policy lets them stand. Each is measured from the text
-- it was given for, so that many small changes don't add up to one nobody saw. A yes by link is for its one text.
CREATE FUNCTION editorial.revision_carries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id, carries)
    SELECT NEW.article_id, NEW.number, sha256(NEW.content), given.kind, given.account_id, given.root
    FROM (SELECT v.kind, v.account_id, coalesce(v.carries, v.id) AS root
          FROM editorial.weighed(NEW.article_id, NEW.parent) w
          JOIN editorial.approval v ON v.id = w.approval AND v.signoff_id IS NULL
          WHERE w.fault IS NULL) AS given
    JOIN editorial.approval first ON first.id = given.root
    JOIN editorial.revision r ON r.article_id = first.article_id AND r.number = first.revision
    JOIN editorial.article a ON a.id = NEW.article_id,
    LATERAL (SELECT convert_from(r.content, 'UTF8')::jsonb AS old, convert_from(NEW.content, 'UTF8')::jsonb AS new)
        AS document
    WHERE EXISTS (SELECT FROM editorial.required(a.id) q WHERE q.kind = given.kind)
      AND (NOT EXISTS (SELECT FROM editorial.policy_void p
                       WHERE p.workflow = a.workflow AND p.approval_kind = given.kind
                         AND p.class = ANY (editorial.changed_classes(document.old, document.new)))
           OR ((SELECT bool_and(p.minor) FROM editorial.policy p
                WHERE p.approval_kind = given.kind
                  AND editorial.policy_applies(a, p.workflow, p.section_id, p.article_kind, p.risk))
               AND editorial.is_minor(document.old, document.new)))
    ORDER BY given.root
    ON CONFLICT ON CONSTRAINT approval_once DO NOTHING;
    RETURN NULL;
END $$;
-- Comes after revision_projects and revision_settles, by its name: it needs bylines and the ends of lines.
CREATE TRIGGER revision_voids AFTER INSERT ON editorial.revision FOR EACH ROW WHEN (NEW.parent IS NOT NULL)
    EXECUTE FUNCTION editorial.revision_carries();

-- Moving to another workflow ------------------------------------------------------------------------------------------

-- An article keeps the version it began on, unless somebody who may moves it: the app role can't write the version, only
-- ask for it here, by name.
CREATE TABLE editorial.article_migration (
    id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT article_migration_pkey PRIMARY KEY,
    article_id   bigint NOT NULL CONSTRAINT article_migration_article_fkey REFERENCES editorial.article (id),
    from_version int NOT NULL,
    to_version   int NOT NULL CONSTRAINT article_migration_version_fkey REFERENCES editorial.workflow (version),
    account_id   bigint NOT NULL CONSTRAINT article_migration_account_fkey REFERENCES access.account (id),
    migrated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX article_migration_article_idx ON editorial.article_migration (article_id, id);
GRANT SELECT ON editorial.article_migration TO masthead_app;
GRANT INSERT (article_id, to_version, account_id) ON editorial.article_migration TO masthead_app;

CREATE FUNCTION editorial.article_migrates() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    NEW.from_version := article.workflow;
    NEW.migrated_at := clock_timestamp();
    IF NOT EXISTS (SELECT FROM access.role_permission p JOIN access.role_grant g ON g.role = p.role
                   JOIN access.account c ON c.id = g.account
                   WHERE c.id = NEW.account_id AND c.status = 'active' AND p.permission = 'article.migrate'
                     AND g.section IS NULL) THEN
        PERFORM editorial.refuse('article_migration_permitted', 'this account may not move an article to another workflow');
    END IF;
    IF NOT EXISTS (SELECT FROM editorial.workflow_state s
                   WHERE s.workflow = NEW.to_version AND s.state = article.status)
       OR (article.held_from IS NOT NULL AND NOT EXISTS (
           SELECT FROM editorial.workflow_state s
           WHERE s.workflow = NEW.to_version AND s.state = article.held_from)) THEN
        PERFORM editorial.refuse('article_migration_state', format('version %s has no state %s', NEW.to_version,
            coalesce(article.held_from, article.status)));
    END IF;
    UPDATE editorial.article SET workflow = NEW.to_version WHERE id = NEW.article_id;
    RETURN NEW;
END $$;
CREATE TRIGGER article_migrates BEFORE INSERT ON editorial.article_migration FOR EACH ROW
    EXECUTE FUNCTION editorial.article_migrates();

-- Who may --------------------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION editorial.policy_applies(editorial.article, int, bigint, text, text),
    editorial.account_reach(bigint, text), editorial.weighed(bigint, bigint), editorial.people(bigint, bigint),
    editorial.least_notice(bigint), editorial.changed_classes(jsonb, jsonb), editorial.running_text(jsonb),
    editorial.words(text), editorial.untouchable(jsonb), editorial.words_apart(text[], text[], int),
    editorial.is_minor(jsonb, jsonb), editorial.revision_carries(), editorial.article_migrates() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.weighed(bigint, bigint), editorial.people(bigint, bigint),
    editorial.least_notice(bigint), editorial.changed_classes(jsonb, jsonb), editorial.running_text(jsonb),
    editorial.words(text), editorial.untouchable(jsonb), editorial.words_apart(text[], text[], int),
    editorial.is_minor(jsonb, jsonb) TO masthead_app;
