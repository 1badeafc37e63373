-- Publication: corrections, retractions, embargo, schedules, live fixes, redirects, what strangers may see.

-- A fix beside a waiting draft ----------------------------------------------------------------------------------------

-- A text has one line of revisions, 'main', whose end is article.head. While a draft waits there, the live text can be
-- mended on a line of its own, 'fix', whose end is article.fix_head; it ends with its release.
ALTER TABLE editorial.article ADD fix_head int;
ALTER TABLE editorial.revision
    ADD branch text NOT NULL DEFAULT 'main' CONSTRAINT revision_branch_known CHECK (branch IN ('main', 'fix')),
    -- The live text that a rebase took in.
    ADD merged int,
    -- The live text this one is made on; null while nothing was public.
    ADD base   int,
    ADD CONSTRAINT revision_merged_earlier CHECK (merged < number),
    ADD CONSTRAINT revision_merged_fkey FOREIGN KEY (article_id, merged)
        REFERENCES editorial.revision (article_id, number),
    ADD CONSTRAINT revision_base_fkey FOREIGN KEY (article_id, base) REFERENCES editorial.revision (article_id, number);
GRANT INSERT (branch, merged) ON editorial.revision TO masthead_app;

-- Whether a revision is the end of its line: the only texts that can be approved, and that can go out.
CREATE FUNCTION editorial.is_head(article bigint, revision bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM editorial.article a WHERE a.id = $1 AND $2 IN (a.head, a.fix_head))
$$;

-- The number the next revision of an article has, on whichever line.
CREATE FUNCTION editorial.next_revision(article bigint) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(max(r.number), 0) + 1 FROM editorial.revision r WHERE r.article_id = $1
$$;

-- The revision the public sees of an article, or the last it saw; null when it never saw one.
CREATE FUNCTION editorial.live_revision(article bigint) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.revision FROM editorial.article a JOIN editorial.release l ON l.id = a.live_release_id WHERE a.id = $1
$$;

-- Revisions: one after the other, different from the one they are made of, with the title read out of the content.
CREATE OR REPLACE FUNCTION editorial.revision_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
    live int;
    before int;
    document jsonb;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    live := editorial.live_revision(NEW.article_id);
    before := CASE NEW.branch WHEN 'fix' THEN coalesce(article.fix_head, live) ELSE article.head END;
    IF NEW.number <> editorial.next_revision(NEW.article_id) THEN
        PERFORM editorial.refuse('revision_follows', format('revision %s doesn''t follow', NEW.number));
    END IF;
    IF NEW.branch = 'fix' AND (live IS NULL OR NEW.parent IS DISTINCT FROM before OR NEW.merged IS NOT NULL) THEN
        PERFORM editorial.refuse('revision_fixes', 'a fix is made of the live text');
    END IF;
    IF NEW.merged IS NOT NULL AND NEW.merged IS DISTINCT FROM live THEN
        PERFORM editorial.refuse('revision_merges', 'a draft takes in the live text, and no other');
    END IF;
    IF EXISTS (SELECT FROM editorial.revision r WHERE r.article_id = NEW.article_id AND r.number = before
               AND r.hash = sha256(NEW.content)) AND NEW.merged IS NULL THEN
        PERFORM editorial.refuse('revision_differs', 'the text is the same as in the revision before');
    END IF;
    document := convert_from(NEW.content, 'UTF8')::jsonb;
    IF document -> 'version' IS DISTINCT FROM '1'::jsonb OR jsonb_typeof(document -> 'bylines') IS DISTINCT
        FROM 'array' THEN
        PERFORM editorial.refuse('revision_content', 'the content isn''t a document of version 1');
    END IF;
    NEW.title := document ->> 'title';
    NEW.saved_at := clock_timestamp();
    NEW.base := CASE WHEN NEW.merged IS NOT NULL THEN NEW.merged WHEN NEW.branch = 'fix' OR before = live THEN live
        ELSE (SELECT r.base FROM editorial.revision r WHERE r.article_id = NEW.article_id AND r.number = before) END;
    RETURN NEW;
END $$;

-- Whoever saves a fix moves its own line's end, and neither the draft nor its title. At its release it may become the
-- head after all: see release_takes.
CREATE FUNCTION editorial.article_heads() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.fix_head IS NOT DISTINCT FROM OLD.fix_head AND EXISTS (SELECT FROM editorial.revision r
        WHERE r.article_id = NEW.id AND r.number = NEW.head AND r.branch = 'fix') THEN
        NEW.fix_head := NEW.head;
        NEW.head := OLD.head;
        NEW.title := OLD.title;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER article_heads BEFORE UPDATE ON editorial.article FOR EACH ROW
    WHEN (NEW.head IS DISTINCT FROM OLD.head) EXECUTE FUNCTION editorial.article_heads();

REVOKE ALL ON FUNCTION editorial.is_head(bigint, bigint), editorial.next_revision(bigint),
    editorial.live_revision(bigint), editorial.article_heads() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.is_head(bigint, bigint), editorial.next_revision(bigint),
    editorial.live_revision(bigint) TO masthead_app;

-- Embargo -------------------------------------------------------------------------------------------------------------

-- Until when nothing of an article may be seen. The latest row counts; one that ends an embargo early says why.
ALTER TABLE editorial.article ADD embargo_until timestamptz;
CREATE TABLE editorial.embargo (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT embargo_pkey PRIMARY KEY,
    article_id  bigint NOT NULL CONSTRAINT embargo_article_fkey REFERENCES editorial.article (id),
    -- Null: lifted.
    until_at    timestamptz,
    until_local text,
    until_zone  text,
    reason      text,
    account_id  bigint NOT NULL CONSTRAINT embargo_account_fkey REFERENCES access.account (id),
    set_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT embargo_until_whole CHECK (num_nonnulls(until_at, until_local, until_zone) IN (0, 3)),
    CONSTRAINT embargo_reason_size CHECK (octet_length(reason) <= 10000)
);
CREATE INDEX embargo_article_idx ON editorial.embargo (article_id, id);

CREATE FUNCTION editorial.embargo_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
    is_early boolean;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    NEW.set_at := clock_timestamp();
    is_early := coalesce(article.embargo_until > NEW.set_at
        AND (NEW.until_at IS NULL OR NEW.until_at < article.embargo_until), false);
    IF is_early AND btrim(coalesce(NEW.reason, '')) = '' THEN
        PERFORM editorial.refuse('embargo_reason', 'an embargo is lifted early with a reason');
    END IF;
    IF NOT is_early AND coalesce(NEW.until_at <= NEW.set_at, true) THEN
        PERFORM editorial.refuse('embargo_ahead', 'an embargo lasts until a time to come');
    END IF;
    IF NOT is_early AND article.public_status <> 'unpublished' THEN
        PERFORM editorial.refuse('embargo_before', 'what is public can''t be embargoed any more');
    END IF;
    IF NOT editorial.account_may(NEW.account_id, CASE WHEN is_early THEN 'article.embargo-lift' ELSE 'article.embargo'
        END, article.section_id) THEN
        PERFORM editorial.refuse('embargo_permitted', 'this account may not do this to an embargo');
    END IF;
    UPDATE editorial.article SET embargo_until = NEW.until_at WHERE id = NEW.article_id;
    RETURN NEW;
END $$;
CREATE TRIGGER embargo_counts BEFORE INSERT ON editorial.embargo FOR EACH ROW
    EXECUTE FUNCTION editorial.embargo_counts();

-- What keeps a text in because of when it is and what went out before.
CREATE OR REPLACE FUNCTION editorial.embargo_blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT broken.rule, broken.what, false
    FROM editorial.article a
    JOIN editorial.revision r ON r.article_id = a.id AND r.number = $2
    CROSS JOIN LATERAL (VALUES
        (1, 'release_embargoed', format('it is embargoed until %s', to_char(a.embargo_until AT TIME ZONE
            access.publication_zone(), 'YYYY-MM-DD HH24:MI')), a.embargo_until > clock_timestamp()),
        (2, 'release_held', 'it is on hold', a.status = 'on_hold'),
        (3, 'release_killed', 'it was killed', a.status = 'killed'),
        (4, 'release_base', format('it is based on revision %s, and revision %s is public now: rebase it first',
            coalesce(r.base::text, 'none'), editorial.live_revision(a.id)),
            r.number <> editorial.live_revision(a.id) AND r.base IS DISTINCT FROM editorial.live_revision(a.id)),
        (5, 'release_embed', format('a %s needs a paragraph that is only the address of its player', a.kind),
            a.kind IN ('video', 'podcast') AND convert_from(r.content, 'UTF8')::jsonb ->> 'body'
                !~ '(^|\n) {0,3}https?://[^[:space:]]+[[:blank:]]*(\n|$)')
    ) AS broken (place, rule, what, is_so)
    WHERE a.id = $1 AND broken.is_so
    ORDER BY broken.place
$$;

-- Schedules -----------------------------------------------------------------------------------------------------------

-- What is to happen to an article by itself. Bound to a text and its hash; done, or visibly not.
CREATE TABLE editorial.schedule (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT schedule_pkey PRIMARY KEY,
    article_id  bigint NOT NULL CONSTRAINT schedule_article_fkey REFERENCES editorial.article (id),
    action      text NOT NULL CONSTRAINT schedule_action_known CHECK (action IN ('publish', 'update', 'unpublish')),
    revision    int NOT NULL,
    hash        bytea NOT NULL,
    -- The wall's time, its zone, and the instant the two meant when this was written.
    due_local   text NOT NULL,
    due_zone    text NOT NULL,
    due_at      timestamptz NOT NULL,
    reason_class text,
    note        text CONSTRAINT schedule_note_size CHECK (octet_length(note) <= 10000),
    -- Who authorised it, and the approvals it stood on then.
    account_id  bigint NOT NULL CONSTRAINT schedule_account_fkey REFERENCES access.account (id),
    approvals   bigint[] NOT NULL DEFAULT '{}',
    override_id bigint CONSTRAINT schedule_override_fkey REFERENCES editorial.override (id),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    state       text NOT NULL DEFAULT 'pending' CONSTRAINT schedule_state_known
        CHECK (state IN ('pending', 'done', 'failed', 'held', 'cancelled')),
    -- Why it failed, was held or cancelled: a rule's name, and what it said.
    rule        text,
    message     text,
    settled_by  bigint CONSTRAINT schedule_settler_fkey REFERENCES access.account (id),
    settled_at  timestamptz,
    CONSTRAINT schedule_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash),
    CONSTRAINT schedule_settled CHECK ((state = 'pending') = (settled_at IS NULL)),
    CONSTRAINT schedule_explained CHECK ((state IN ('failed', 'held', 'cancelled')) = (rule IS NOT NULL)),
    CONSTRAINT schedule_classed CHECK ((action = 'unpublish') = (reason_class IS NOT NULL))
);
CREATE INDEX schedule_due_idx ON editorial.schedule (due_at, id) WHERE state = 'pending';
CREATE INDEX schedule_article_idx ON editorial.schedule (article_id, id);
-- A text waits for one moment to go out, and for one to go.
CREATE UNIQUE INDEX schedule_pending_once ON editorial.schedule (article_id, (action = 'unpublish'))
    WHERE state = 'pending';

CREATE FUNCTION editorial.schedule_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
    live int;
    block record;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    live := editorial.live_revision(NEW.article_id);
    NEW.created_at := clock_timestamp();
    IF NEW.due_at <= NEW.created_at THEN
        PERFORM editorial.refuse('schedule_ahead', 'a schedule is for a time to come');
    END IF;
    IF NOT editorial.account_may(NEW.account_id, 'article.schedule', article.section_id) OR (NEW.action = 'unpublish'
        AND NOT editorial.account_may(NEW.account_id, 'article.unpublish', article.section_id)) THEN
        PERFORM editorial.refuse('schedule_permitted', 'this account may not schedule this');
    END IF;
    IF (NEW.action = 'publish') <> (live IS NULL OR article.public_status = 'unpublished')
       OR (NEW.action = 'unpublish' AND NEW.revision IS DISTINCT FROM live)
       OR article.public_status = 'retracted' AND NEW.action <> 'unpublish' THEN
        PERFORM editorial.refuse('schedule_action', format('%s can''t be scheduled for this article', NEW.action));
    END IF;
    IF NEW.action <> 'unpublish' THEN
        IF NOT editorial.is_head(NEW.article_id, NEW.revision) THEN
            PERFORM editorial.refuse('release_of_head', format('revision %s isn''t the current text', NEW.revision));
        END IF;
        SELECT o.id INTO NEW.override_id FROM editorial.override o WHERE o.article_id = NEW.article_id
            AND o.revision = NEW.revision AND o.hash = NEW.hash ORDER BY o.id LIMIT 1;
        SELECT b.* INTO block FROM editorial.blocks(NEW.article_id, NEW.revision) b
        WHERE NOT (b.overridable AND NEW.override_id IS NOT NULL)
          AND NOT (b.rule = 'release_embargoed' AND NEW.due_at >= article.embargo_until) LIMIT 1;
        IF FOUND THEN PERFORM editorial.refuse(block.rule, block.message); END IF;
        SELECT coalesce(array_agg(one ORDER BY one), '{}') INTO NEW.approvals
        FROM editorial.standing(NEW.article_id, NEW.revision) s, unnest(s.approvals) AS one;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER schedule_counts BEFORE INSERT ON editorial.schedule FOR EACH ROW
    EXECUTE FUNCTION editorial.schedule_counts();

-- A settled schedule stays as it is, and done means that there is the release.
CREATE FUNCTION editorial.schedule_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> 'pending' THEN
        PERFORM editorial.refuse('schedule_pending', format('schedule %s is %s already', OLD.id, OLD.state));
    END IF;
    IF NEW.state = 'done' AND NOT EXISTS (SELECT FROM editorial.release l WHERE l.schedule_id = NEW.id) THEN
        PERFORM editorial.refuse('schedule_done', 'nothing went out for this schedule');
    END IF;
    IF NEW.due_at <> OLD.due_at AND NEW.due_at <= clock_timestamp() THEN
        PERFORM editorial.refuse('schedule_ahead', 'a schedule is for a time to come');
    END IF;
    NEW.settled_at := CASE WHEN NEW.state <> 'pending' THEN clock_timestamp() END;
    RETURN NEW;
END $$;
CREATE TRIGGER schedule_changes BEFORE UPDATE ON editorial.schedule FOR EACH ROW
    EXECUTE FUNCTION editorial.schedule_changes();

-- Workers wake up when something becomes due at another time than they thought.
CREATE FUNCTION editorial.schedule_tells() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('masthead_schedule', '');
    RETURN NULL;
END $$;
CREATE TRIGGER schedule_tells AFTER INSERT OR UPDATE OF due_at ON editorial.schedule FOR EACH STATEMENT
    EXECUTE FUNCTION editorial.schedule_tells();

-- Releases ------------------------------------------------------------------------------------------------------------

ALTER TABLE editorial.release
    -- Why it can't be read any more, for the answer 410.
    ADD reason_class text CONSTRAINT release_reason_known
        CHECK (reason_class IN ('legal', 'privacy', 'copyright', 'error', 'other')),
    -- Who retracts, as readers are told.
    ADD signed_by    text CONSTRAINT release_signed_size CHECK (octet_length(signed_by) <= 1000),
    ADD schedule_id  bigint CONSTRAINT release_schedule_fkey REFERENCES editorial.schedule (id),
    -- When it was to go out; released_at says when it did.
    ADD intended_at  timestamptz,
    ADD CONSTRAINT release_note_size CHECK (octet_length(note) <= 10000),
    ADD CONSTRAINT release_note_given CHECK (btrim(coalesce(note, '')) <> ''
        OR kind NOT IN ('correction', 'clarification', 'editors_note', 'retraction')),
    ADD CONSTRAINT release_classed CHECK ((kind = 'unpublish') = (reason_class IS NOT NULL)),
    ADD CONSTRAINT release_signed CHECK ((kind = 'retraction') = (btrim(coalesce(signed_by, '')) <> '')),
    ADD CONSTRAINT release_scheduled_whole CHECK ((schedule_id IS NULL) = (intended_at IS NULL)),
    ADD CONSTRAINT release_schedule_once UNIQUE (article_id, schedule_id);
ALTER TABLE editorial.schedule ADD CONSTRAINT schedule_reason_known
    CHECK (reason_class IN ('legal', 'privacy', 'copyright', 'error', 'other'));
CREATE INDEX release_schedule_idx ON editorial.release (schedule_id) WHERE schedule_id IS NOT NULL;

-- The gate. It locks the article, so that nothing can slip between the check and the release.
CREATE OR REPLACE FUNCTION editorial.release_gate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
    live editorial.release;
    block record;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    SELECT l.* INTO live FROM editorial.release l WHERE l.id = article.live_release_id;
    NEW.recorded_at := clock_timestamp();
    NEW.section_id := article.section_id;
    NEW.article_kind := article.kind;
    NEW.approvals := '{}';
    NEW.override_id := NULL;
    NEW.intended_at := NULL;
    IF NEW.kind IN ('retraction', 'unpublish') THEN
        NEW.slug := live.slug;
        NEW.path := live.path;
        NEW.html := CASE NEW.kind WHEN 'unpublish' THEN '' ELSE live.html END;
    END IF;
    IF NOT editorial.is_head(NEW.article_id, NEW.revision) AND NEW.revision IS DISTINCT FROM live.revision THEN
        PERFORM editorial.refuse('release_of_head', format('revision %s isn''t the current text', NEW.revision));
    END IF;
    IF NEW.kind = 'imported' THEN
        PERFORM editorial.import_gate(article, NEW.revision, NEW.import_id, NEW.account_id, NEW.released_at);
        RETURN NEW;
    END IF;
    NEW.released_at := clock_timestamp();
    IF (CASE NEW.kind
        WHEN 'first' THEN live.id IS NULL
        WHEN 'update' THEN article.public_status <> 'retracted'
        WHEN 'retraction' THEN article.public_status IN ('live', 'corrected') AND NEW.revision = live.revision
        WHEN 'unpublish' THEN article.public_status <> 'unpublished' AND NEW.revision = live.revision
        ELSE article.public_status IN ('live', 'corrected') END) IS NOT TRUE THEN
        PERFORM editorial.refuse('release_kind', format('the release of this article can''t be of the kind %s',
            NEW.kind));
    END IF;
    -- Taking text away, or a word beside the text that is out already, brings no text out.
    IF NEW.kind NOT IN ('retraction', 'unpublish')
       AND (NEW.revision IS DISTINCT FROM live.revision OR article.public_status = 'unpublished') THEN
        IF article.section_id IS NULL OR article.kind IS NULL THEN
            PERFORM editorial.refuse('release_placed', 'an article needs a section and a kind');
        END IF;
        SELECT o.id INTO NEW.override_id FROM editorial.override o
        WHERE o.article_id = NEW.article_id AND o.revision = NEW.revision AND o.hash = NEW.hash ORDER BY o.id LIMIT 1;
        -- Pictures have a trigger of their own after this one: release_pictures.
        SELECT b.* INTO block FROM editorial.blocks(NEW.article_id, NEW.revision) b
        WHERE NOT (b.overridable AND NEW.override_id IS NOT NULL) AND b.rule NOT LIKE 'image\_%' LIMIT 1;
        IF FOUND THEN PERFORM editorial.refuse(block.rule, block.message); END IF;
        IF article.kind IN ('video', 'podcast') AND strpos(NEW.html, '<figure class="embed"') = 0 THEN
            PERFORM editorial.refuse('release_embed', format('a %s needs its player', article.kind));
        END IF;
    END IF;
    IF NEW.override_id IS NULL AND NEW.kind NOT IN ('retraction', 'unpublish') THEN
        SELECT coalesce(array_agg(one ORDER BY one), '{}') INTO NEW.approvals
        FROM editorial.standing(NEW.article_id, NEW.revision) s, unnest(s.approvals) AS one;
    END IF;
    PERFORM editorial.release_authorised(NEW, article);
    IF NEW.schedule_id IS NOT NULL THEN
        SELECT s.due_at INTO NEW.intended_at FROM editorial.schedule s WHERE s.id = NEW.schedule_id;
    END IF;
    RETURN NEW;
END $$;

-- By somebody who may, now; or by a schedule that is due and was made by somebody who might, then.
CREATE FUNCTION editorial.release_authorised(release editorial.release, article editorial.article) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    schedule editorial.schedule;
BEGIN
    IF release.schedule_id IS NULL THEN
        IF NOT editorial.account_may(release.account_id, CASE release.kind WHEN 'first' THEN 'article.publish'
            WHEN 'update' THEN 'article.publish' WHEN 'retraction' THEN 'article.retract'
            WHEN 'unpublish' THEN 'article.unpublish' ELSE 'article.correct' END, article.section_id) THEN
            PERFORM editorial.refuse('release_permitted', format('this account may not release this (%s)',
                release.kind));
        END IF;
        RETURN;
    END IF;
    SELECT s.* INTO schedule FROM editorial.schedule s WHERE s.id = release.schedule_id FOR UPDATE;
    IF schedule.article_id IS DISTINCT FROM release.article_id OR schedule.state <> 'pending'
       OR schedule.due_at > clock_timestamp() OR schedule.account_id <> release.account_id
       OR (schedule.action = 'unpublish') <> (release.kind = 'unpublish')
       OR schedule.action <> 'unpublish' AND (release.kind NOT IN ('first', 'update')
           OR schedule.revision <> release.revision OR schedule.hash <> release.hash) THEN
        PERFORM editorial.refuse('release_scheduled', 'this isn''t what was scheduled, or it isn''t time');
    END IF;
END $$;

-- What a release changes: the article's public side, its slug and its paths.
CREATE OR REPLACE FUNCTION editorial.release_takes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before int := editorial.live_revision(NEW.article_id);
BEGIN
    INSERT INTO editorial.slug (slug, article_id, path) VALUES (NEW.slug, NEW.article_id, NEW.path)
        ON CONFLICT (slug) DO NOTHING;
    IF NOT EXISTS (SELECT FROM editorial.slug s WHERE s.slug = NEW.slug AND s.article_id = NEW.article_id) THEN
        PERFORM editorial.refuse('slug_taken', format('the slug %s belongs to another article', NEW.slug));
    END IF;
    INSERT INTO editorial.path (path, article_id, release_id)
    SELECT given.path, NEW.article_id, NEW.id
    FROM (SELECT NEW.path UNION SELECT r.path FROM editorial.import_redirect r
          WHERE r.article_id = NEW.article_id AND NEW.kind = 'imported') AS given (path)
    ORDER BY given.path
    ON CONFLICT (path) DO NOTHING;
    IF NOT EXISTS (SELECT FROM editorial.path p WHERE p.path = NEW.path AND p.article_id = NEW.article_id) THEN
        PERFORM editorial.refuse('path_taken', format('the path %s belongs to another article', NEW.path));
    END IF;
    UPDATE editorial.article a
    SET live_release_id = NEW.id, first_published_at = coalesce(first_published_at, NEW.released_at),
        public_status = CASE NEW.kind WHEN 'retraction' THEN 'retracted' WHEN 'unpublish' THEN 'unpublished'
            WHEN 'correction' THEN 'corrected'
            ELSE CASE WHEN EXISTS (SELECT FROM editorial.release l WHERE l.article_id = NEW.article_id
                AND l.kind = 'correction') THEN 'corrected' ELSE 'live' END END,
        status = CASE WHEN NEW.kind = 'unpublish' AND status = 'scheduled' THEN 'approved'
            WHEN NEW.kind NOT IN ('retraction', 'unpublish') AND NEW.revision = head AND NEW.revision
                IS DISTINCT FROM before THEN 'published'
            ELSE status END,
        -- Where no draft waits, the fix is the text to go on from.
        head = CASE WHEN NEW.revision = fix_head AND head = before THEN fix_head ELSE head END,
        title = CASE WHEN NEW.revision = fix_head AND head = before THEN (SELECT r.title FROM editorial.revision r
            WHERE r.article_id = NEW.article_id AND r.number = NEW.revision) ELSE title END,
        -- A fix ends with the next text that goes out, its own or another.
        fix_head = CASE WHEN NEW.revision = before THEN fix_head END
    WHERE a.id = NEW.article_id;
    RETURN NULL;
END $$;

-- What was to go out or away by itself isn't any more, once the article is killed or unpublished.
CREATE FUNCTION editorial.schedules_end() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE editorial.schedule s
    SET state = 'cancelled', rule = CASE NEW.status WHEN 'killed' THEN 'killed' ELSE 'unpublished' END
    WHERE s.article_id = NEW.id AND s.state = 'pending' AND s.id IS DISTINCT FROM (SELECT l.schedule_id
        FROM editorial.release l WHERE l.id = NEW.live_release_id);
    RETURN NULL;
END $$;
CREATE TRIGGER schedules_end AFTER UPDATE ON editorial.article FOR EACH ROW
    WHEN (NEW.status = 'killed' AND OLD.status <> 'killed'
        OR NEW.public_status = 'unpublished' AND OLD.public_status <> 'unpublished')
    EXECUTE FUNCTION editorial.schedules_end();

-- What strangers may see ----------------------------------------------------------------------------------------------

-- Articles that answer at their address, with the release that does: state and embargo are decided here for every view
-- below. 'is_listed' is false for a retraction, which stays where it was but leaves lists, feeds and sitemaps.
CREATE VIEW editorial.shown AS
SELECT a.id AS article_id, l.id AS release_id, l.revision, a.public_status IN ('live', 'corrected') AS is_listed
FROM editorial.article a
JOIN editorial.release l ON l.id = a.live_release_id
WHERE a.public_status IN ('live', 'corrected', 'retracted')
  AND (a.embargo_until IS NULL OR a.embargo_until <= now());

CREATE OR REPLACE VIEW editorial.public_article AS
SELECT a.id, l.slug, l.path, r.title, r.content, l.html, a.kind, s.slug AS section, s.name AS section_name,
       a.public_status, l.kind AS release_kind, l.hash, a.first_published_at, l.released_at AS updated_at,
       -- Stays, whatever becomes of address, title and text: what a feed knows the article by.
       'article-' || a.id AS guid,
       d.document ->> 'dek' AS dek,
       coalesce(d.document ->> 'kicker', concat_ws(' | ', initcap(a.kind), s.name)) AS kicker,
       d.document ->> 'teaser' AS teaser, d.document ->> 'short_headline' AS short_headline,
       coalesce(d.document ->> 'social_title', r.title) AS social_title,
       coalesce(d.document ->> 'social_text', d.document ->> 'teaser', d.document ->> 'dek') AS social_text,
       d.document ->> 'disclosure' AS disclosure,
       a.origin_url AS canonical_url, a.origin_outlet
FROM editorial.shown v
JOIN editorial.article a ON a.id = v.article_id
JOIN editorial.release l ON l.id = v.release_id
JOIN editorial.revision r ON r.article_id = v.article_id AND r.number = v.revision
CROSS JOIN LATERAL (SELECT convert_from(r.content, 'UTF8')::jsonb) AS d (document)
LEFT JOIN editorial.section s ON s.id = a.section_id;

-- What lists, feeds, search and sitemaps are made of.
CREATE VIEW editorial.public_list AS
SELECT a.id, a.guid, a.slug, a.path, a.title, a.dek, a.teaser, a.short_headline, a.kind, a.section, a.section_name,
       coalesce(convert_from(a.content, 'UTF8')::jsonb ->> 'kicker', a.section_name) AS kicker, a.public_status,
       a.canonical_url, a.hash, a.first_published_at, a.updated_at
FROM editorial.public_article a
WHERE a.public_status IN ('live', 'corrected');

CREATE OR REPLACE VIEW editorial.public_byline AS
SELECT b.article_id, b.position, b.role, b.name, c.slug AS contributor,
       d.item ->> 'title' AS title, d.item ->> 'affiliation' AS affiliation, c.kind = 'outside' AS is_guest
FROM editorial.shown v
JOIN editorial.byline b ON b.article_id = v.article_id AND b.revision = v.revision
JOIN editorial.revision r ON r.article_id = v.article_id AND r.number = v.revision
JOIN editorial.contributor c ON c.id = b.contributor_id
CROSS JOIN LATERAL (SELECT convert_from(r.content, 'UTF8')::jsonb -> 'bylines' -> (b.position - 1)) AS d (item);

-- What readers are told beside the text, dated: what was wrong and what is right; who retracts and why.
CREATE VIEW editorial.public_note AS
SELECT l.article_id, l.id, l.kind,
       CASE l.kind WHEN 'correction' THEN 'Correction' WHEN 'clarification' THEN 'Clarification'
           WHEN 'editors_note' THEN 'Editor’s note' ELSE 'Retraction' END AS label,
       l.note, l.signed_by, l.released_at AS dated
FROM editorial.shown v
JOIN editorial.release l ON l.article_id = v.article_id
WHERE l.kind IN ('correction', 'clarification', 'editors_note', 'retraction');

-- Somebody is public once credited on something public; until then he is a plan.
CREATE OR REPLACE VIEW editorial.public_contributor AS
SELECT c.slug, c.name, c.title, c.kind, c.biography, c.links, c.affiliations, c.disclosure
FROM editorial.contributor c
WHERE EXISTS (SELECT FROM editorial.byline b
              JOIN editorial.shown v ON v.article_id = b.article_id AND v.revision = b.revision
              WHERE b.contributor_id = c.id);

CREATE OR REPLACE VIEW editorial.public_section AS
SELECT s.slug, s.name FROM editorial.section s
WHERE EXISTS (SELECT FROM editorial.article a JOIN editorial.shown v ON v.article_id = a.id
              WHERE a.section_id = s.id AND v.is_listed);

CREATE VIEW editorial.public_tag AS
SELECT v.article_id, tag.name AS tag
FROM editorial.shown v
JOIN editorial.revision r ON r.article_id = v.article_id AND r.number = v.revision
CROSS JOIN LATERAL jsonb_array_elements_text(convert_from(r.content, 'UTF8')::jsonb -> 'tags') AS tag (name)
WHERE v.is_listed;

-- The pictures of what is public, in the order of the text, with the words it was approved with.
CREATE VIEW editorial.public_image AS
SELECT v.article_id, i.position, i.placement, encode(i.media, 'hex') AS media, i.item ->> 'alt' AS alt,
       i.item ->> 'caption' AS caption,
       -- Whose picture it is, as it is printed after "credit:".
       coalesce(nullif(concat_ws('/', nullif(btrim(i.item ->> 'agency'), ''), nullif(btrim(i.item ->> 'photographer'),
           '')), ''), i.item ->> 'credit') AS credit, coalesce(i.item ->> 'kind', 'photo') AS kind
FROM editorial.shown v
JOIN editorial.revision r ON r.article_id = v.article_id AND r.number = v.revision
CROSS JOIN LATERAL editorial.images_of(r.content) i
WHERE i.media IS NOT NULL;

-- Bytes, of what is public and of nothing else.
CREATE VIEW editorial.public_media AS
SELECT m.hash, m.type, m.width, m.height, m.bytes
FROM editorial.media m
WHERE EXISTS (SELECT FROM editorial.revision_image i
              JOIN editorial.shown v ON v.article_id = i.article_id AND v.revision = i.revision
              WHERE i.media = m.hash);

-- Every path that was ever public and what it answers: the page, a permanent redirect in one hop, or 410 with the class
-- of its reason.
CREATE OR REPLACE VIEW editorial.public_path AS
SELECT p.path, p.article_id, l.slug, CASE WHEN a.public_status <> 'unpublished' THEN l.path END AS leads_to,
       CASE WHEN a.public_status = 'unpublished' THEN 410 WHEN l.path = p.path THEN 200 ELSE 301 END AS answer,
       l.reason_class
FROM editorial.path p
JOIN editorial.article a ON a.id = p.article_id
JOIN editorial.release l ON l.id = a.live_release_id
WHERE a.embargo_until IS NULL OR a.embargo_until <= now() OR a.public_status = 'unpublished';

-- Who may do what -----------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION editorial.embargo_counts(), editorial.schedule_counts(), editorial.schedule_changes(),
    editorial.schedule_tells(), editorial.schedules_end(),
    editorial.release_authorised(editorial.release, editorial.article) FROM PUBLIC;
GRANT SELECT ON editorial.embargo, editorial.schedule, editorial.shown, editorial.public_list, editorial.public_note,
    editorial.public_tag TO masthead_app;
GRANT INSERT (article_id, until_at, until_local, until_zone, reason, account_id) ON editorial.embargo TO masthead_app;
GRANT INSERT (article_id, action, revision, hash, due_local, due_zone, due_at, reason_class, note, account_id),
    UPDATE (due_local, due_zone, due_at, state, rule, message, settled_by) ON editorial.schedule TO masthead_app;
GRANT INSERT (reason_class, signed_by, schedule_id) ON editorial.release TO masthead_app;
GRANT SELECT ON editorial.public_list, editorial.public_note, editorial.public_tag, editorial.public_image,
    editorial.public_media TO masthead_app, masthead_reader;
GRANT EXECUTE ON FUNCTION editorial.images_of(bytea) TO masthead_app, masthead_reader;

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('article.unpublish', 'publisher editor-in-chief'),
    ('article.correct', 'publisher editor-in-chief'),
    ('article.retract', 'editor-in-chief'),
    ('article.embargo', 'section-editor publisher editor-in-chief'),
    ('article.embargo-lift', 'editor-in-chief')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
