-- What was retracted stays retracted, and an author is who the text was saved under.

-- Authors of a text: the accounts its bylines were linked to when it was saved. A contributor's e-mail that is changed
-- afterwards makes nobody its author; whoever is linked by now still is too near to approve it as an editor.
CREATE FUNCTION editorial.is_author(article bigint, revision bigint, account bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM editorial.byline b WHERE b.article_id = $1 AND b.revision = $2 AND b.account_id = $3)
$$;

CREATE FUNCTION editorial.approval_of_author() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT editorial.is_author(NEW.article_id, NEW.revision, NEW.account_id) THEN
        PERFORM editorial.refuse('approval_by_author', 'only an author of the current text can give this approval');
    END IF;
    RETURN NEW;
END $$;
-- After approval_counts, by its name. What is carried over or signed by a link has rules of its own.
CREATE TRIGGER approval_of_author BEFORE INSERT ON editorial.approval FOR EACH ROW
    WHEN (NEW.kind = 'author' AND NEW.signoff_id IS NULL AND NEW.carries IS NULL)
    EXECUTE FUNCTION editorial.approval_of_author();

-- A retraction isn't undone by taking the page away and bringing it back. The text that was retracted never goes out
-- again, by whatever number; another one does, with its own approvals.
CREATE FUNCTION editorial.release_retracted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id;
    IF NEW.kind = 'unpublish' THEN
        IF article.public_status = 'retracted'
           AND NOT editorial.account_may(NEW.account_id, 'article.retract', article.section_id) THEN
            PERFORM editorial.refuse('release_retracted',
                'it is retracted: only who may retract takes it from its address');
        END IF;
    ELSIF EXISTS (SELECT FROM editorial.release l WHERE l.article_id = NEW.article_id AND l.kind = 'retraction'
                  AND l.hash = NEW.hash) THEN
        PERFORM editorial.refuse('release_retracted', 'this text was retracted; only another one can go out');
    END IF;
    RETURN NEW;
END $$;
-- After release_gate, by its name; that has locked the article.
CREATE TRIGGER release_retracted BEFORE INSERT ON editorial.release FOR EACH ROW
    WHEN (NEW.kind NOT IN ('imported', 'retraction')) EXECUTE FUNCTION editorial.release_retracted();

-- What was to go out or away by itself isn't any more, once the article is killed, retracted or unpublished.
CREATE OR REPLACE FUNCTION editorial.schedules_end() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE editorial.schedule s
    SET state = 'cancelled', rule = CASE NEW.status WHEN 'killed' THEN 'killed' ELSE NEW.public_status END
    WHERE s.article_id = NEW.id AND s.state = 'pending' AND s.id IS DISTINCT FROM (SELECT l.schedule_id
        FROM editorial.release l WHERE l.id = NEW.live_release_id);
    RETURN NULL;
END $$;
DROP TRIGGER schedules_end ON editorial.article;
CREATE TRIGGER schedules_end AFTER UPDATE ON editorial.article FOR EACH ROW
    WHEN (NEW.status = 'killed' AND OLD.status <> 'killed'
        OR NEW.public_status IN ('unpublished', 'retracted') AND NEW.public_status IS DISTINCT FROM OLD.public_status)
    EXECUTE FUNCTION editorial.schedules_end();

REVOKE ALL ON FUNCTION editorial.is_author(bigint, bigint, bigint), editorial.approval_of_author(),
    editorial.release_retracted() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.is_author(bigint, bigint, bigint) TO masthead_app;

-- What a yes is worth after somebody asked for changes to that very text: nothing, until it is said again. An author's
-- stays: he has said that it is his, and handing in is not approving.
CREATE OR REPLACE FUNCTION editorial.weighed(article bigint, revision bigint)
RETURNS TABLE (approval bigint, kind text, person text, maker text, fault text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.id, v.kind, v.person, CASE WHEN v.signoff_id IS NULL THEN v.person ELSE 'account:' || v.link_by END,
           CASE WHEN v.reach IS NOT NULL AND s.slug <> ALL (v.reach) THEN 'other_section'
                WHEN v.kind <> 'author' AND coalesce(q.apart, true)
                     AND NOT editorial.is_apart($1, $2, coalesce(v.account_id, v.link_by)) THEN 'own_text'
                WHEN v.signoff_id IS NOT NULL AND NOT editorial.link_counts($1, v.kind) THEN 'by_link'
                WHEN v.kind <> 'author' AND EXISTS (
                    SELECT FROM editorial.review_response c
                    WHERE c.article_id = $1 AND c.revision = $2 AND c.verdict = 'changes'
                      AND c.responded_at > v.given_at
                      AND NOT EXISTS (SELECT FROM editorial.review_response again
                                      WHERE again.approval_id = v.id AND again.id > c.id)) THEN 'taken_back' END
    FROM editorial.approval v
    JOIN editorial.article a ON a.id = v.article_id
    LEFT JOIN editorial.section s ON s.id = a.section_id
    LEFT JOIN editorial.required($1) q ON q.kind = v.kind
    WHERE v.article_id = $1 AND v.revision = $2
$$;

-- A note beside the text that is out, or a new address for it, shows the very page that was approved, and asks nothing
-- anew of its pictures: what a magazine got wrong it can say on the day after a licence ended, too.
CREATE FUNCTION editorial.is_same_page(release editorial.release) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM editorial.article a JOIN editorial.release l ON l.id = a.live_release_id
        WHERE a.id = $1.article_id AND a.public_status IN ('live', 'corrected') AND l.revision = $1.revision)
$$;
CREATE OR REPLACE FUNCTION editorial.release_pictures() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    what text;
BEGIN
    IF NEW.kind IN ('imported', 'retraction', 'unpublish') THEN
        RETURN NEW;
    END IF;
    IF editorial.is_same_page(NEW) THEN
        NEW.html := (SELECT l.html FROM editorial.article a JOIN editorial.release l ON l.id = a.live_release_id
                     WHERE a.id = NEW.article_id);
        RETURN NEW;
    END IF;
    SELECT string_agg(b.message, '; ') INTO what FROM editorial.image_blocks(NEW.article_id, NEW.revision) b;
    IF what IS NOT NULL THEN
        PERFORM editorial.refuse('release_pictures', what);
    END IF;
    RETURN NEW;
END $$;

-- The articles whose current text an account is bylined on, found once for a list and not once a line.
CREATE INDEX byline_account_idx ON editorial.byline (account_id) WHERE account_id IS NOT NULL;
CREATE FUNCTION editorial.bylined_articles(account bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.id
    FROM access.account u
    JOIN editorial.contributor c ON c.account_id = u.id OR lower(c.email) = u.email_folded
    JOIN editorial.byline b ON b.contributor_id = c.id
    JOIN editorial.article a ON a.id = b.article_id AND a.head = b.revision
    WHERE u.id = $1
    UNION
    SELECT a.id FROM editorial.byline b JOIN editorial.article a ON a.id = b.article_id AND a.head = b.revision
    WHERE b.account_id = $1
$$;

REVOKE ALL ON FUNCTION editorial.is_same_page(editorial.release), editorial.bylined_articles(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.bylined_articles(bigint) TO masthead_app;

-- The views of the public, told what the planner can't know by itself: that only articles with a release are asked for,
-- and that a collection's slug is the collection.
CREATE OR REPLACE VIEW editorial.public_article AS
SELECT a.id, l.slug, l.path, r.title, r.content, l.html, a.kind, s.slug AS section, s.name AS section_name,
       a.public_status, l.kind AS release_kind, l.hash, a.first_published_at, l.released_at AS updated_at,
       'article-' || a.id AS guid,
       d.document ->> 'dek' AS dek,
       coalesce(d.document ->> 'kicker', concat_ws(' | ', initcap(a.kind), s.name)) AS kicker,
       d.document ->> 'teaser' AS teaser, d.document ->> 'short_headline' AS short_headline,
       coalesce(d.document ->> 'social_title', r.title) AS social_title,
       coalesce(d.document ->> 'social_text', d.document ->> 'teaser', d.document ->> 'dek') AS social_text,
       d.document ->> 'disclosure' AS disclosure,
       a.origin_url AS canonical_url, a.origin_outlet
FROM editorial.shown v
JOIN editorial.article a ON a.id = v.article_id AND a.live_release_id IS NOT NULL
JOIN editorial.release l ON l.id = v.release_id
JOIN editorial.revision r ON r.article_id = v.article_id AND r.number = v.revision
CROSS JOIN LATERAL (SELECT convert_from(r.content, 'UTF8')::jsonb) AS d (document)
LEFT JOIN editorial.section s ON s.id = a.section_id;

CREATE OR REPLACE VIEW editorial.public_collection AS
SELECT DISTINCT ON (c.slug, p.id) c.slug, c.title AS collection_title, c.intro, c.image, c.image_alt, c.image_credit,
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
ORDER BY c.slug, p.id, m.position NULLS LAST;
