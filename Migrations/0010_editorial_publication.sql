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

-- A fix leaves the draft where it is. Comes after revision_projects, by its name.
CREATE FUNCTION editorial.revision_settles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.branch = 'fix' THEN
        UPDATE editorial.article a SET fix_head = NEW.number, head = r.number, title = r.title
        FROM editorial.revision r
        WHERE a.id = NEW.article_id AND r.article_id = a.id AND r.number = (SELECT max(m.number)
            FROM editorial.revision m WHERE m.article_id = NEW.article_id AND m.branch = 'main');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER revision_settles AFTER INSERT ON editorial.revision FOR EACH ROW
    EXECUTE FUNCTION editorial.revision_settles();

REVOKE ALL ON FUNCTION editorial.is_head(bigint, bigint), editorial.next_revision(bigint),
    editorial.live_revision(bigint), editorial.revision_settles() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.is_head(bigint, bigint), editorial.next_revision(bigint),
    editorial.live_revision(bigint) TO masthead_app;
