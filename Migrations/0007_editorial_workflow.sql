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
INSERT INTO editorial.policy (workflow, approval_kind, needed) VALUES (2, 'edit', 1);

-- A change of an article counts its version; a state changes only along the graph, and on hold it is known from where.
CREATE OR REPLACE FUNCTION editorial.article_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.changed_at := clock_timestamp();
    NEW.held_from := CASE WHEN NEW.status <> 'on_hold' THEN NULL
                          WHEN OLD.status = 'on_hold' THEN OLD.held_from ELSE OLD.status END;
    IF NEW.status <> OLD.status AND NOT EXISTS (
        SELECT FROM editorial.workflow_transition t
        WHERE t.workflow = NEW.workflow AND t.from_state = OLD.status AND t.to_state = NEW.status) THEN
        PERFORM editorial.refuse('article_transition', format('an article can''t go from %s to %s', OLD.status,
            NEW.status));
    END IF;
    RETURN NEW;
END $$;

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
