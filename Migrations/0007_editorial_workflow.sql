-- Workflow as data: versions, transitions, policies, presets; side exits; what an approval is worth.

-- Articles: where they were put aside from, and what else the desk knows of them --------------------------------------

ALTER TABLE editorial.article
    -- The state to come back to. Kept by the owner's trigger, as version is.
    ADD held_from         text,
    -- A deadline as it hangs on the wall, beside the instant (due_at).
    ADD due_local         text,
    ADD due_zone          text,
    ADD regions           text[] NOT NULL DEFAULT '{}',
    -- A story taken in from elsewhere: whose, where it stands there, and who allowed it.
    ADD origin_outlet     text,
    ADD origin_url        text,
    ADD origin_permission text,
    ADD CONSTRAINT article_held CHECK ((status = 'on_hold') = (held_from IS NOT NULL)),
    ADD CONSTRAINT article_due_whole CHECK (num_nonnulls(due_local, due_zone) IN (0, 2)
        AND (due_local IS NULL OR due_at IS NOT NULL)),
    ADD CONSTRAINT article_regions_form CHECK (array_position(regions, NULL) IS NULL AND cardinality(regions) <= 20
        AND array_to_string(regions, ' ') ~ '^([a-z0-9]+(-[a-z0-9]+)*( [a-z0-9]+(-[a-z0-9]+)*)*)?$'),
    ADD CONSTRAINT article_risks_known CHECK (risks <@ ARRAY['legal', 'sources']),
    ADD CONSTRAINT article_origin_whole CHECK (num_nonnulls(origin_outlet, origin_url) IN (0, 2)
        AND (origin_permission IS NULL OR origin_outlet IS NOT NULL)),
    ADD CONSTRAINT article_origin_url_form CHECK (origin_url ~ '^https?://[^[:space:][:cntrl:]]+$'
        AND length(origin_url) <= 2000);
CREATE INDEX article_due_idx ON editorial.article (due_at, id) WHERE due_at IS NOT NULL;
GRANT INSERT (regions, origin_outlet, origin_url, origin_permission, due_local, due_zone),
      UPDATE (regions, origin_outlet, origin_url, origin_permission, due_local, due_zone)
    ON editorial.article TO masthead_app;

-- Steps: who may take one, where ------------------------------------------------------------------------------------

ALTER TABLE editorial.workflow_transition
    -- Held besides the action's own rule: any of these roles, in these sections. NULL: all.
    ADD roles    text[],
    ADD sections text[];

INSERT INTO editorial.workflow (version, name) VALUES (2, 'small');
INSERT INTO editorial.workflow_state (workflow, state, position)
SELECT 2, state, position FROM editorial.workflow_state WHERE workflow = 1;
INSERT INTO editorial.workflow_transition (workflow, from_state, to_state, action, permission)
SELECT 2, states.from_state, given.to_state, given.action, given.permission
FROM (VALUES
    ('pitch', 'assigned', 'assign', 'article.assign'),
    ('pitch', 'declined', 'decline', 'article.assign'),
    ('declined', 'pitch', 'reopen', 'article.assign'),
    ('pitch assigned in_review approved published scheduled schedule_failed', 'drafting', 'save', NULL),
    ('drafting', 'in_review', 'submit', NULL),
    ('in_review approved', 'drafting', 'changes', NULL),
    ('in_review', 'approved', 'approve', NULL),
    ('approved', 'in_review', 'recheck', NULL),
    ('approved', 'published', 'publish', 'article.publish'),
    ('scheduled', 'published', 'publish', NULL),
    ('approved schedule_failed', 'scheduled', 'schedule', 'article.schedule'),
    ('scheduled schedule_failed', 'approved', 'unschedule', 'article.schedule'),
    ('scheduled', 'schedule_failed', 'fail', NULL),
    ('pitch assigned drafting in_review approved scheduled schedule_failed', 'on_hold', 'hold', 'article.hold'),
    ('on_hold', 'pitch', 'resume', 'article.hold'),
    ('on_hold', 'assigned', 'resume', 'article.hold'),
    ('on_hold', 'drafting', 'resume', 'article.hold'),
    ('on_hold', 'in_review', 'resume', 'article.hold'),
    ('on_hold', 'approved', 'resume', 'article.hold'),
    ('pitch assigned drafting in_review approved scheduled schedule_failed on_hold', 'killed', 'kill', 'article.kill'),
    ('killed', 'drafting', 'revive', 'article.kill')
) AS given (from_states, to_state, action, permission),
    regexp_split_to_table(given.from_states, ' ') AS states (from_state);

-- What moved when, as the owner's trigger saw it; and why, for steps that need a reason.
CREATE TABLE editorial.movement (
    id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT movement_pkey PRIMARY KEY,
    article_id bigint NOT NULL CONSTRAINT movement_article_fkey REFERENCES editorial.article (id),
    from_state text NOT NULL,
    to_state   text NOT NULL,
    revision   int,
    moved_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX movement_article_idx ON editorial.movement (article_id, id);
CREATE TABLE editorial.reason (
    id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT reason_pkey PRIMARY KEY,
    article_id bigint NOT NULL CONSTRAINT reason_article_fkey REFERENCES editorial.article (id),
    step       text NOT NULL CONSTRAINT reason_step_known CHECK (step IN ('hold', 'decline', 'kill')),
    reason     text NOT NULL CONSTRAINT reason_given CHECK (length(btrim(reason)) >= 3 AND length(reason) <= 10000),
    account_id bigint NOT NULL CONSTRAINT reason_account_fkey REFERENCES access.account (id),
    -- The transaction's time on purpose: the step has to be taken in the same one.
    given_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reason_article_idx ON editorial.reason (article_id, id);
GRANT SELECT ON editorial.movement, editorial.reason TO masthead_app;
GRANT INSERT (article_id, step, reason, account_id) ON editorial.reason TO masthead_app;

-- Whether the text, in whatever state, was ever approved: from then on it is the chief's to kill.
CREATE FUNCTION editorial.was_approved(article bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM editorial.article a WHERE a.id = $1
                   AND a.status IN ('approved', 'scheduled', 'schedule_failed', 'published'))
        OR EXISTS (SELECT FROM editorial.movement m WHERE m.article_id = $1 AND m.to_state = 'approved')
$$;

-- Where an article comes back to from where it was held. What was scheduled is only approved by then.
CREATE FUNCTION editorial.held_home(held_from text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN $1 IN ('scheduled', 'schedule_failed') THEN 'approved' ELSE $1 END
$$;

-- Held, declined or killed: with a reason given in this transaction by somebody who may.
CREATE FUNCTION editorial.article_set_aside(article editorial.article, to_state text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted text := CASE to_state WHEN 'on_hold' THEN 'hold' WHEN 'declined' THEN 'decline' ELSE 'kill' END;
    permission text := CASE WHEN wanted = 'hold' THEN 'article.hold' WHEN wanted = 'decline' THEN 'article.assign'
        WHEN editorial.was_approved(article.id) THEN 'article.kill-approved' ELSE 'article.kill' END;
    giver bigint;
BEGIN
    IF wanted = 'kill' AND article.first_published_at IS NOT NULL THEN
        PERFORM editorial.refuse('article_kill_unpublished', 'what was public is retracted or unpublished, not killed');
    END IF;
    SELECT r.account_id INTO giver FROM editorial.reason r
    WHERE r.article_id = article.id AND r.step = wanted AND r.given_at = now() ORDER BY r.id DESC LIMIT 1;
    IF giver IS NULL THEN
        PERFORM editorial.refuse('article_reason', format('an article is %s with a reason',
            replace(to_state, 'on_hold', 'held')));
    END IF;
    IF NOT editorial.account_may(giver, permission, article.section_id) THEN
        PERFORM editorial.refuse('article_step_permitted', format('this account lacks %s', permission));
    END IF;
END $$;

-- A change of an article counts its version; a state changes only along the graph, and on hold it is known from where.
CREATE OR REPLACE FUNCTION editorial.article_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.changed_at := clock_timestamp();
    NEW.held_from := CASE WHEN NEW.status <> 'on_hold' THEN NULL
                          WHEN OLD.status = 'on_hold' THEN OLD.held_from ELSE OLD.status END;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM editorial.workflow_transition t
        WHERE t.workflow = NEW.workflow AND t.from_state = OLD.status AND t.to_state = NEW.status) THEN
        PERFORM editorial.refuse('article_transition', format('an article can''t go from %s to %s', OLD.status,
            NEW.status));
    END IF;
    IF OLD.status = 'on_hold' AND NEW.status NOT IN ('killed', editorial.held_home(OLD.held_from))
       AND NOT (NEW.status = 'in_review' AND editorial.held_home(OLD.held_from) = 'approved') THEN
        PERFORM editorial.refuse('article_held_home', format('an article held as %s comes back as that',
            OLD.held_from));
    END IF;
    IF NEW.status IN ('on_hold', 'declined', 'killed') THEN
        PERFORM editorial.article_set_aside(OLD, NEW.status);
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION editorial.article_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO editorial.movement (article_id, from_state, to_state, revision)
    VALUES (NEW.id, OLD.status, NEW.status, NEW.head);
    RETURN NULL;
END $$;
CREATE TRIGGER article_moves AFTER UPDATE OF status ON editorial.article FOR EACH ROW
    WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION editorial.article_moves();

REVOKE ALL ON FUNCTION editorial.was_approved(bigint), editorial.held_home(text),
    editorial.article_set_aside(editorial.article, text), editorial.article_moves() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.was_approved(bigint), editorial.held_home(text) TO masthead_app;

-- Who may take the steps that are new. A killed pitch is the desk's business; an approved text the chief's.
INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('article.schedule', 'publisher editor-in-chief'),
    ('article.hold', 'section-editor publisher editor-in-chief'),
    ('article.kill', 'section-editor editor-in-chief'),
    ('article.kill-approved', 'editor-in-chief'),
    ('article.plan', 'section-editor publisher editor-in-chief'),
    ('article.flag', 'section-editor legal publisher editor-in-chief'),
    ('article.migrate', 'editor-in-chief admin')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
