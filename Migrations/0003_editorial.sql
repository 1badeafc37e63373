-- Editorial: drafts, revisions, approvals, releases.
--
-- What holds here holds in psql too, for anyone who connects as masthead_app:
--   * revisions, approvals, overrides and releases are only ever added, never changed or taken away;
--   * an approval is taken only for the current text, from an account that may give that kind and that neither saved
--     the text nor is bylined on it;
--   * a release is taken only for the current text with the approvals its policy wants, or a recorded override;
--   * a release of kind 'imported' is taken only for an article that came in whole in this very transaction, as its
--     first and only revision, dated before the import began, under an import row of an account that may import, while
--     editorial.import_door is open: nothing written here can go out by that door, the owner alone opens it, and it
--     shuts by itself;
--   * policy, workflow, bylines, heads, slugs and paths are written by the owner or by the owner's triggers.
-- Who the caller really is the database can't know: a forged row names an account and shows in the audit.

CREATE SCHEMA editorial;
GRANT USAGE ON SCHEMA editorial TO masthead_app, masthead_reader;

-- People and places ----------------------------------------------------------------------------------------------

CREATE TABLE editorial.section (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT section_pkey PRIMARY KEY,
    slug        text NOT NULL CONSTRAINT section_slug_key UNIQUE
                CONSTRAINT section_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND slug !~ '^[0-9]+$' AND
                    length(slug) <= 100),
    name        text NOT NULL CONSTRAINT section_name_given CHECK (btrim(name) <> ''),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE editorial.contributor (
    id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT contributor_pkey PRIMARY KEY,
    slug         text NOT NULL CONSTRAINT contributor_slug_key UNIQUE
                 CONSTRAINT contributor_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND slug !~ '^[0-9]+$' AND
                     length(slug) <= 100),
    name         text NOT NULL CONSTRAINT contributor_name_given CHECK (btrim(name) <> ''),
    title        text,
    email        text,
    kind         text CONSTRAINT contributor_kind_known CHECK (kind IN ('staff', 'outside')),
    biography    text,
    links        jsonb NOT NULL DEFAULT '[]',
    affiliations text,
    disclosure   text,
    confirmed_on date,
    account_id   bigint CONSTRAINT contributor_account_fkey REFERENCES access.account (id),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN editorial.contributor.kind IS
    'null only for somebody an import named: staff or outside was never said';
CREATE INDEX contributor_account_idx ON editorial.contributor (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX contributor_email_idx ON editorial.contributor (lower(email)) WHERE email IS NOT NULL;

CREATE TABLE editorial.media (
    hash        bytea GENERATED ALWAYS AS (sha256(bytes)) STORED CONSTRAINT media_pkey PRIMARY KEY,
    type        text NOT NULL,
    bytes       bytea NOT NULL CONSTRAINT media_size CHECK (octet_length(bytes) BETWEEN 12 AND 20 * 1024 * 1024),
    added_by    bigint NOT NULL CONSTRAINT media_account_fkey REFERENCES access.account (id),
    added_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The first bytes say what a file is; its name and its sender may lie.
    CONSTRAINT media_type_true CHECK (
        (type = 'image/png' AND substr(bytes, 1, 8) = '\x89504e470d0a1a0a')
        OR (type = 'image/jpeg' AND substr(bytes, 1, 3) = '\xffd8ff')
        OR (type = 'image/gif' AND substr(bytes, 1, 4) = '\x47494638')
        OR (type = 'image/webp' AND substr(bytes, 1, 4) = '\x52494646' AND substr(bytes, 9, 4) = '\x57454250')
        OR (type = 'image/avif' AND substr(bytes, 5, 8) = '\x6674797061766966'))
);

-- Workflow and policy: data, written by the owner only ---------------------------------------------------------------

CREATE TABLE editorial.workflow (
    version    int CONSTRAINT workflow_pkey PRIMARY KEY,
    name       text NOT NULL,
    loaded_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE editorial.workflow_state (
    workflow   int NOT NULL CONSTRAINT workflow_state_workflow_fkey REFERENCES editorial.workflow (version),
    state      text NOT NULL,
    position   int NOT NULL,
    CONSTRAINT workflow_state_pkey PRIMARY KEY (workflow, state)
);
CREATE TABLE editorial.workflow_transition (
    workflow   int NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    action     text NOT NULL,
    permission text,
    CONSTRAINT workflow_transition_pkey PRIMARY KEY (workflow, from_state, to_state, action),
    CONSTRAINT workflow_transition_from_fkey FOREIGN KEY (workflow, from_state)
        REFERENCES editorial.workflow_state (workflow, state),
    CONSTRAINT workflow_transition_to_fkey FOREIGN KEY (workflow, to_state)
        REFERENCES editorial.workflow_state (workflow, state)
);
-- Every row that matches an article applies; of several rows for one kind of approval the largest number counts.
-- An article that no row matches can't be released: a gap in a policy closes the gate.
CREATE TABLE editorial.policy (
    id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT policy_pkey PRIMARY KEY,
    workflow      int NOT NULL CONSTRAINT policy_workflow_fkey REFERENCES editorial.workflow (version),
    section_id    bigint CONSTRAINT policy_section_fkey REFERENCES editorial.section (id),
    article_kind  text,
    risk          text,
    approval_kind text NOT NULL CONSTRAINT policy_approval_kind_known
        CHECK (approval_kind IN ('edit', 'copy', 'fact', 'legal', 'author')),
    needed        int NOT NULL CONSTRAINT policy_needed_range CHECK (needed BETWEEN 0 AND 20),
    -- 'apart': by an account that neither saved nor is bylined on the head. 'any': whoever holds the permission.
    separation    text NOT NULL DEFAULT 'apart' CONSTRAINT policy_separation_known
        CHECK (separation IN ('apart', 'any'))
);
CREATE INDEX policy_workflow_idx ON editorial.policy (workflow);

INSERT INTO editorial.workflow (version, name) VALUES (1, 'default');
INSERT INTO editorial.workflow_state (workflow, state, position)
SELECT 1, state, position
FROM unnest(ARRAY['pitch', 'assigned', 'drafting', 'in_review', 'approved', 'scheduled', 'published', 'declined',
                  'on_hold', 'killed', 'schedule_failed']) WITH ORDINALITY AS given (state, position);
INSERT INTO editorial.workflow_transition (workflow, from_state, to_state, action, permission) VALUES
    (1, 'pitch', 'assigned', 'assign', 'article.assign'),
    (1, 'pitch', 'drafting', 'save', 'article.write'),
    (1, 'assigned', 'drafting', 'save', 'article.write'),
    (1, 'approved', 'drafting', 'save', 'article.write'),
    (1, 'published', 'drafting', 'save', 'article.write'),
    (1, 'drafting', 'in_review', 'submit', 'article.submit'),
    (1, 'in_review', 'drafting', 'changes', 'review.respond'),
    (1, 'approved', 'drafting', 'changes', 'review.respond'),
    (1, 'in_review', 'approved', 'approve', NULL),
    (1, 'approved', 'published', 'publish', 'article.publish');
INSERT INTO editorial.policy (workflow, approval_kind, needed) VALUES (1, 'edit', 1);

-- Articles -------------------------------------------------------------------------------------------------------

-- One row: until when imports may bring in what was public elsewhere. Shut unless the owner opens it for a while:
-- what comes in here goes public without an approval.
CREATE TABLE editorial.import_door (
    one   boolean NOT NULL DEFAULT true CONSTRAINT import_door_pkey PRIMARY KEY CONSTRAINT import_door_one CHECK (one),
    open_until timestamptz NOT NULL
);
INSERT INTO editorial.import_door (open_until) VALUES ('-infinity');

CREATE TABLE editorial.import (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT import_pkey PRIMARY KEY,
    source      text NOT NULL,
    account_id  bigint NOT NULL CONSTRAINT import_account_fkey REFERENCES access.account (id),
    started_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE editorial.article (
    id                 bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT article_pkey PRIMARY KEY,
    title              text NOT NULL CONSTRAINT article_title_given CHECK (btrim(title) <> ''),
    status             text NOT NULL DEFAULT 'pitch',
    kind               text CONSTRAINT article_kind_known
        CHECK (kind IN ('reporting', 'analysis', 'opinion', 'interview', 'video', 'podcast')),
    section_id         bigint CONSTRAINT article_section_fkey REFERENCES editorial.section (id),
    owner_id           bigint CONSTRAINT article_owner_fkey REFERENCES access.account (id),
    due_at             timestamptz,
    risks              text[] NOT NULL DEFAULT '{}',
    workflow           int NOT NULL DEFAULT 1,
    import_id          bigint CONSTRAINT article_import_fkey REFERENCES editorial.import (id),
    created_by         bigint NOT NULL CONSTRAINT article_creator_fkey REFERENCES access.account (id),
    -- The transaction's time on purpose: the release of an import compares it with its own.
    created_at         timestamptz NOT NULL DEFAULT now(),
    changed_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    version            bigint NOT NULL DEFAULT 1,
    -- Kept by the owner's triggers; the app role can't write them.
    head               int,
    public_status      text CONSTRAINT article_public_status_known
        CHECK (public_status IN ('live', 'corrected', 'retracted', 'unpublished')),
    live_release_id    bigint,
    first_published_at timestamptz,
    CONSTRAINT article_status_known FOREIGN KEY (workflow, status)
        REFERENCES editorial.workflow_state (workflow, state),
    CONSTRAINT article_placed CHECK (import_id IS NOT NULL OR (section_id IS NOT NULL AND kind IS NOT NULL)),
    CONSTRAINT article_published_has_release CHECK (status <> 'published' OR import_id IS NOT NULL
        OR live_release_id IS NOT NULL),
    CONSTRAINT article_public_together CHECK ((public_status IS NULL) = (live_release_id IS NULL)
                                              AND (live_release_id IS NULL) = (first_published_at IS NULL))
);
CREATE INDEX article_status_idx ON editorial.article (status, id);
CREATE INDEX article_section_idx ON editorial.article (section_id, id);
CREATE INDEX article_owner_idx ON editorial.article (owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX article_live_idx ON editorial.article (first_published_at DESC, id DESC) WHERE live_release_id IS NOT NULL;

CREATE TABLE editorial.revision (
    article_id  bigint NOT NULL CONSTRAINT revision_article_fkey REFERENCES editorial.article (id),
    number      int NOT NULL CONSTRAINT revision_number_positive CHECK (number > 0),
    parent      int CONSTRAINT revision_parent_earlier CHECK (parent < number),
    -- Canonical JSON (sorted keys, no spaces, "version": 1): equal texts are equal bytes, so the hash means the text.
    content     bytea NOT NULL CONSTRAINT revision_content_size CHECK (octet_length(content) <= 4 * 1024 * 1024),
    hash        bytea GENERATED ALWAYS AS (sha256(content)) STORED,
    title       text NOT NULL,
    note        text,
    saved_by    bigint NOT NULL CONSTRAINT revision_account_fkey REFERENCES access.account (id),
    saved_at    timestamptz NOT NULL,
    CONSTRAINT revision_pkey PRIMARY KEY (article_id, number),
    CONSTRAINT revision_hash_key UNIQUE (article_id, number, hash),
    CONSTRAINT revision_parent_fkey FOREIGN KEY (article_id, parent) REFERENCES editorial.revision (article_id, number)
);
CREATE TABLE editorial.byline (
    article_id     bigint NOT NULL,
    revision       int NOT NULL,
    position       int NOT NULL,
    contributor_id bigint NOT NULL CONSTRAINT byline_contributor_fkey REFERENCES editorial.contributor (id),
    role           text NOT NULL,
    name           text NOT NULL,
    -- Who stood behind the name when the text was saved: unlinking an account later doesn't free it to approve.
    account_id     bigint,
    CONSTRAINT byline_pkey PRIMARY KEY (article_id, revision, position),
    CONSTRAINT byline_once UNIQUE (article_id, revision, contributor_id, role),
    CONSTRAINT byline_revision_fkey FOREIGN KEY (article_id, revision)
        REFERENCES editorial.revision (article_id, number)
);
CREATE INDEX byline_contributor_idx ON editorial.byline (contributor_id, article_id);

-- Review, approval, override -----------------------------------------------------------------------------------------

CREATE TABLE editorial.review_request (
    id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT review_request_pkey PRIMARY KEY,
    article_id   bigint NOT NULL,
    revision     int NOT NULL,
    hash         bytea NOT NULL,
    kind         text NOT NULL CONSTRAINT review_request_kind_known
        CHECK (kind IN ('edit', 'copy', 'fact', 'legal', 'author')),
    of_account   bigint CONSTRAINT review_request_reviewer_fkey REFERENCES access.account (id),
    of_role      text,
    requested_by bigint NOT NULL CONSTRAINT review_request_account_fkey REFERENCES access.account (id),
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at       timestamptz,
    due_local    text,
    due_zone     text,
    note         text,
    CONSTRAINT review_request_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash),
    CONSTRAINT review_request_of_one CHECK (num_nonnulls(of_account, of_role) = 1),
    CONSTRAINT review_request_due_whole CHECK (num_nonnulls(due_at, due_local, due_zone) IN (0, 3))
);
CREATE INDEX review_request_article_idx ON editorial.review_request (article_id, id);
CREATE INDEX review_request_reviewer_idx ON editorial.review_request (of_account, id) WHERE of_account IS NOT NULL;

CREATE TABLE editorial.review_response (
    id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT review_response_pkey PRIMARY KEY,
    request_id   bigint CONSTRAINT review_response_request_fkey REFERENCES editorial.review_request (id),
    article_id   bigint NOT NULL,
    revision     int NOT NULL,
    hash         bytea NOT NULL,
    verdict      text NOT NULL CONSTRAINT review_response_verdict_known CHECK (verdict IN ('changes', 'comment')),
    comment      text,
    account_id   bigint NOT NULL CONSTRAINT review_response_account_fkey REFERENCES access.account (id),
    responded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT review_response_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash)
);
CREATE INDEX review_response_article_idx ON editorial.review_response (article_id, id);

CREATE TABLE editorial.approval (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT approval_pkey PRIMARY KEY,
    article_id  bigint NOT NULL,
    revision    int NOT NULL,
    hash        bytea NOT NULL,
    kind        text NOT NULL CONSTRAINT approval_kind_known
        CHECK (kind IN ('edit', 'copy', 'fact', 'legal', 'author')),
    account_id  bigint NOT NULL CONSTRAINT approval_account_fkey REFERENCES access.account (id),
    given_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT approval_once UNIQUE (article_id, revision, kind, account_id),
    CONSTRAINT approval_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash)
);
CREATE TABLE editorial.override (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT override_pkey PRIMARY KEY,
    article_id  bigint NOT NULL,
    revision    int NOT NULL,
    hash        bytea NOT NULL,
    reason      text NOT NULL CONSTRAINT override_reason_given CHECK (length(btrim(reason)) >= 10),
    account_id  bigint NOT NULL CONSTRAINT override_account_fkey REFERENCES access.account (id),
    given_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT override_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash)
);
CREATE INDEX override_article_idx ON editorial.override (article_id, revision);

-- Publication ----------------------------------------------------------------------------------------------------

CREATE TABLE editorial.release (
    id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT release_pkey PRIMARY KEY,
    article_id   bigint NOT NULL,
    revision     int NOT NULL,
    hash         bytea NOT NULL,
    kind         text NOT NULL CONSTRAINT release_kind_known
        CHECK (kind IN ('imported', 'first', 'update', 'correction', 'clarification', 'editors_note', 'retraction',
        'unpublish')),
    slug         text NOT NULL CONSTRAINT release_slug_form
        CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND slug !~ '^[0-9]+$' AND length(slug) <= 100),
    path         text NOT NULL CONSTRAINT release_path_form
        CHECK (path ~ '^/[^[:space:][:cntrl:]?#]*$' AND path !~ '//' AND length(path) <= 1000),
    html         text NOT NULL,
    note         text,
    account_id   bigint NOT NULL CONSTRAINT release_account_fkey REFERENCES access.account (id),
    import_id    bigint CONSTRAINT release_import_fkey REFERENCES editorial.import (id),
    released_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Facts as they were at that instant: a story may move later.
    section_id   bigint CONSTRAINT release_section_fkey REFERENCES editorial.section (id),
    article_kind text,
    -- What it stood on: ids of approvals, or of the override. Filled by the gate.
    approvals    bigint[] NOT NULL DEFAULT '{}',
    override_id  bigint CONSTRAINT release_override_fkey REFERENCES editorial.override (id),
    CONSTRAINT release_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash),
    CONSTRAINT release_import_whole CHECK ((kind = 'imported') = (import_id IS NOT NULL))
);
CREATE INDEX release_article_idx ON editorial.release (article_id, id);
-- However the code above it fails, an article has one first release.
CREATE UNIQUE INDEX release_first_once ON editorial.release (article_id) WHERE kind IN ('first', 'imported');
ALTER TABLE editorial.article ADD CONSTRAINT article_live_release_fkey FOREIGN KEY (live_release_id)
    REFERENCES editorial.release (id);

-- Every slug and every path that was ever public, and whose it is, for good. Drafts have no row here.
CREATE TABLE editorial.slug (
    slug       text CONSTRAINT slug_pkey PRIMARY KEY,
    article_id bigint NOT NULL CONSTRAINT slug_article_fkey REFERENCES editorial.article (id),
    path       text NOT NULL,
    taken_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX slug_article_idx ON editorial.slug (article_id);
-- A path answers with its article's current path: the live one, or a permanent redirect to it in one hop.
CREATE TABLE editorial.path (
    path       text CONSTRAINT path_pkey PRIMARY KEY,
    article_id bigint NOT NULL CONSTRAINT path_article_fkey REFERENCES editorial.article (id),
    release_id bigint NOT NULL CONSTRAINT path_release_fkey REFERENCES editorial.release (id),
    taken_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX path_article_idx ON editorial.path (article_id);

-- Import: what came from where, and what was missing ------------------------------------------------------------------

CREATE TABLE editorial.import_item (
    key         text CONSTRAINT import_item_pkey PRIMARY KEY,
    import_id   bigint NOT NULL CONSTRAINT import_item_import_fkey REFERENCES editorial.import (id),
    article_id  bigint NOT NULL CONSTRAINT import_item_article_fkey REFERENCES editorial.article (id),
    -- The file as it was: what Masthead has no field for isn't lost, and an export can give it back byte for byte.
    source      bytea NOT NULL CONSTRAINT import_item_size CHECK (octet_length(source) <= 4 * 1024 * 1024),
    source_hash bytea GENERATED ALWAYS AS (sha256(source)) STORED,
    imported_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX import_item_article_idx ON editorial.import_item (article_id);
-- Old addresses the import names for an article: written before its release, which takes them as paths.
CREATE TABLE editorial.import_redirect (
    article_id  bigint NOT NULL CONSTRAINT import_redirect_article_fkey REFERENCES editorial.article (id),
    path        text NOT NULL CONSTRAINT import_redirect_path_form
        CHECK (path ~ '^/[^[:space:][:cntrl:]?#]*$' AND length(path) <= 1000),
    CONSTRAINT import_redirect_pkey PRIMARY KEY (article_id, path)
);
CREATE TABLE editorial.debt (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT debt_pkey PRIMARY KEY,
    article_id  bigint NOT NULL CONSTRAINT debt_article_fkey REFERENCES editorial.article (id),
    kind        text NOT NULL CONSTRAINT debt_kind_known
        CHECK (kind IN ('section', 'kind', 'byline', 'byline_name', 'image_credit', 'image_alt', 'image_bytes',
        'template_tag', 'raw_html')),
    detail      text NOT NULL DEFAULT '',
    noted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at  timestamptz,
    settled_by  bigint CONSTRAINT debt_account_fkey REFERENCES access.account (id),
    CONSTRAINT debt_once UNIQUE (article_id, kind, detail)
);
CREATE INDEX debt_open_idx ON editorial.debt (article_id, id) WHERE settled_at IS NULL;

-- The rules, as the owner's triggers ----------------------------------------------------------------------------------

-- A rule that refuses says which one in CONSTRAINT, as a named constraint would.
CREATE FUNCTION editorial.refuse(rule text, message text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = message, CONSTRAINT = rule, SCHEMA = 'editorial';
END $$;

-- Whether an active account holds a permission, for a section if its grant is limited to one.
CREATE FUNCTION editorial.account_may(account bigint, wanted text, section bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM access.account a
        JOIN access.role_grant g ON g.account = a.id
        JOIN access.role_permission p ON p.role = g.role
        WHERE a.id = $1 AND a.status = 'active' AND p.permission = $2
          AND (g.section IS NULL OR g.section = (SELECT s.slug FROM editorial.section s WHERE s.id = $3)))
$$;

-- Whether an account is one of the people bylined: as linked when the text was saved, as linked now, or by e-mail.
CREATE FUNCTION editorial.is_bylined(article bigint, revision bigint, account bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM editorial.byline b
        JOIN editorial.contributor c ON c.id = b.contributor_id
        JOIN access.account a ON a.id = $3
        WHERE b.article_id = $1 AND b.revision = $2
          AND (b.account_id = a.id OR c.account_id = a.id OR lower(c.email) = a.email_folded))
$$;

CREATE FUNCTION editorial.is_apart(article bigint, revision bigint, account bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT editorial.is_bylined($1, $2, $3)
       AND NOT EXISTS (SELECT FROM editorial.revision r WHERE r.article_id = $1 AND r.number = $2 AND r.saved_by = $3)
$$;

-- What the policy of an article wants, one row a kind: how many, and whether they must be apart.
CREATE FUNCTION editorial.required(article bigint) RETURNS TABLE (kind text, needed int, apart boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.approval_kind, max(p.needed), bool_or(p.separation = 'apart')
    FROM editorial.article a
    JOIN editorial.policy p ON p.workflow = a.workflow
     AND (p.section_id IS NULL OR p.section_id = a.section_id)
     AND (p.article_kind IS NULL OR p.article_kind = a.kind)
     AND (p.risk IS NULL OR p.risk = ANY (a.risks))
    WHERE a.id = $1
    GROUP BY p.approval_kind
$$;

-- The state of each wanted kind for a revision: how many different people's approvals count, and which.
CREATE FUNCTION editorial.standing(article bigint, revision bigint)
RETURNS TABLE (kind text, needed int, given int, approvals bigint[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT q.kind, q.needed, count(DISTINCT v.account_id)::int,
           coalesce(array_agg(v.id ORDER BY v.id) FILTER (WHERE v.id IS NOT NULL), '{}')
    FROM editorial.required($1) q
    LEFT JOIN editorial.approval v ON v.article_id = $1 AND v.revision = $2 AND v.kind = q.kind
     AND (NOT q.apart OR editorial.is_apart($1, $2, v.account_id))
    GROUP BY q.kind, q.needed
    ORDER BY q.kind
$$;

-- Articles: version and time of change are counted here, and a state changes only along the workflow's graph.
CREATE FUNCTION editorial.article_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.changed_at := clock_timestamp();
    IF NEW.status <> OLD.status AND NOT EXISTS (
        SELECT FROM editorial.workflow_transition t
        WHERE t.workflow = NEW.workflow AND t.from_state = OLD.status AND t.to_state = NEW.status) THEN
        PERFORM editorial.refuse('article_transition', format('an article can''t go from %s to %s', OLD.status,
            NEW.status));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER article_changes BEFORE UPDATE ON editorial.article FOR EACH ROW
    EXECUTE FUNCTION editorial.article_changes();

-- A new article is a pitch, or part of an import.
CREATE FUNCTION editorial.article_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.status <> 'pitch' AND (NEW.import_id IS NULL OR NEW.status NOT IN ('published', 'drafting')) THEN
        PERFORM editorial.refuse('article_begins', 'an article begins as a pitch, or as what an import found');
    END IF;
    NEW.workflow := (SELECT max(version) FROM editorial.workflow);
    RETURN NEW;
END $$;
CREATE TRIGGER article_begins BEFORE INSERT ON editorial.article FOR EACH ROW
    EXECUTE FUNCTION editorial.article_begins();

-- Revisions: one after the other, different from the last, with title and bylines read out of the content itself.
CREATE FUNCTION editorial.revision_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head int;
    document jsonb;
BEGIN
    SELECT a.head INTO head FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    IF NEW.number <> coalesce(head, 0) + 1 THEN
        PERFORM editorial.refuse('revision_follows', format('revision %s doesn''t follow %s', NEW.number, coalesce(head,
            0)));
    END IF;
    IF EXISTS (SELECT FROM editorial.revision r
               WHERE r.article_id = NEW.article_id AND r.number = head AND r.hash = sha256(NEW.content)) THEN
        PERFORM editorial.refuse('revision_differs', 'the text is the same as in the revision before');
    END IF;
    document := convert_from(NEW.content, 'UTF8')::jsonb;
    IF document -> 'version' IS DISTINCT FROM '1'::jsonb OR jsonb_typeof(document -> 'bylines') IS DISTINCT
        FROM 'array' THEN
        PERFORM editorial.refuse('revision_content', 'the content isn''t a document of version 1');
    END IF;
    NEW.title := document ->> 'title';
    NEW.saved_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER revision_follows BEFORE INSERT ON editorial.revision FOR EACH ROW
    EXECUTE FUNCTION editorial.revision_follows();

CREATE FUNCTION editorial.revision_projects() RETURNS trigger
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
    UPDATE editorial.article SET head = NEW.number, title = NEW.title WHERE id = NEW.article_id;
    RETURN NULL;
END $$;
CREATE TRIGGER revision_projects AFTER INSERT ON editorial.revision FOR EACH ROW
    EXECUTE FUNCTION editorial.revision_projects();

-- Approvals and overrides: only of the head, only by whoever may give them; 'apart' as the policy says.
CREATE FUNCTION editorial.approval_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    NEW.given_at := clock_timestamp();
    IF NEW.revision IS DISTINCT FROM article.head THEN
        PERFORM editorial.refuse('approval_of_head', format('revision %s isn''t the current text', NEW.revision));
    END IF;
    IF NEW.kind = 'author' THEN
        IF NOT editorial.is_bylined(NEW.article_id, NEW.revision, NEW.account_id) THEN
            PERFORM editorial.refuse('approval_by_author', 'only an author of the current text can give this approval');
        END IF;
    ELSIF NOT editorial.account_may(NEW.account_id, 'approval.' || NEW.kind, article.section_id) THEN
        PERFORM editorial.refuse('approval_permitted', format('this account may not give the approval %s', NEW.kind));
    END IF;
    -- A kind no policy asks for is held to the same distance as one that is.
    IF NEW.kind <> 'author' AND NOT EXISTS (SELECT FROM editorial.required(NEW.article_id) q WHERE q.kind = NEW.kind AND
        NOT q.apart)
       AND NOT editorial.is_apart(NEW.article_id, NEW.revision, NEW.account_id) THEN
        PERFORM editorial.refuse('approval_apart', 'this account saved the current text or is bylined on it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_counts BEFORE INSERT ON editorial.approval FOR EACH ROW
    EXECUTE FUNCTION editorial.approval_counts();

CREATE FUNCTION editorial.override_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    NEW.given_at := clock_timestamp();
    IF NEW.revision IS DISTINCT FROM article.head THEN
        PERFORM editorial.refuse('override_of_head', format('revision %s isn''t the current text', NEW.revision));
    END IF;
    IF NOT editorial.account_may(NEW.account_id, 'article.override', article.section_id) THEN
        PERFORM editorial.refuse('override_permitted', 'this account may not override the policy');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER override_counts BEFORE INSERT ON editorial.override FOR EACH ROW
    EXECUTE FUNCTION editorial.override_counts();

-- The gate. It locks the article, so that no save can slip between the check and the release.
CREATE FUNCTION editorial.release_gate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
    missing text;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    IF NEW.revision IS DISTINCT FROM article.head THEN
        PERFORM editorial.refuse('release_of_head', format('revision %s isn''t the current text', NEW.revision));
    END IF;
    NEW.recorded_at := clock_timestamp();
    NEW.section_id := article.section_id;
    NEW.article_kind := article.kind;
    NEW.approvals := '{}';
    NEW.override_id := NULL;
    IF NEW.kind = 'imported' THEN
        PERFORM editorial.import_gate(article, NEW.revision, NEW.import_id, NEW.account_id, NEW.released_at);
        RETURN NEW;
    END IF;
    NEW.released_at := clock_timestamp();
    IF NEW.kind NOT IN ('first', 'update') OR (NEW.kind = 'first') <> (article.live_release_id IS NULL) THEN
        PERFORM editorial.refuse('release_kind', format('the release of this article can''t be of the kind %s',
            NEW.kind));
    END IF;
    IF article.section_id IS NULL OR article.kind IS NULL THEN
        PERFORM editorial.refuse('release_placed', 'an article needs a section and a kind');
    END IF;
    SELECT o.id INTO NEW.override_id FROM editorial.override o
    WHERE o.article_id = NEW.article_id AND o.revision = NEW.revision AND o.hash = NEW.hash ORDER BY o.id LIMIT 1;
    IF NEW.override_id IS NULL THEN
        SELECT string_agg(format('%s %s of %s', s.kind, s.given, s.needed), ', ') INTO missing
        FROM editorial.standing(NEW.article_id, NEW.revision) s WHERE s.given < s.needed;
        IF missing IS NOT NULL OR NOT EXISTS (SELECT FROM editorial.required(NEW.article_id)) THEN
            PERFORM editorial.refuse('release_approved', format('approvals are missing: %s', coalesce(missing,
                'no policy')));
        END IF;
        SELECT coalesce(array_agg(one ORDER BY one), '{}') INTO NEW.approvals
        FROM editorial.standing(NEW.article_id, NEW.revision) s, unnest(s.approvals) AS one;
    END IF;
    RETURN NEW;
END $$;

-- See the top of this file for what an import's release may be.
CREATE FUNCTION editorial.import_gate(article editorial.article, revision int, import bigint, account bigint,
    released_at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    batch editorial.import;
BEGIN
    SELECT i.* INTO batch FROM editorial.import i WHERE i.id = import;
    IF NOT (SELECT d.open_until > clock_timestamp() FROM editorial.import_door d) THEN
        PERFORM editorial.refuse('import_door_open', 'imports are shut');
    END IF;
    IF article.import_id IS DISTINCT FROM batch.id OR article.created_at <> now() OR revision <> 1
       OR article.live_release_id IS NOT NULL OR released_at >= batch.started_at OR account <> batch.account_id THEN
        PERFORM editorial.refuse('release_imported',
            'only what came in whole and was public before the import is released by it');
    END IF;
    IF NOT editorial.account_may(batch.account_id, 'article.import', NULL) THEN
        PERFORM editorial.refuse('import_permitted', 'this account may not import');
    END IF;
END $$;
CREATE TRIGGER release_gate BEFORE INSERT ON editorial.release FOR EACH ROW EXECUTE FUNCTION editorial.release_gate();

-- What a release changes: the article's public side, its slug and its paths.
CREATE FUNCTION editorial.release_takes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
    UPDATE editorial.article
    SET live_release_id = NEW.id, first_published_at = coalesce(first_published_at, NEW.released_at),
        public_status = coalesce(public_status, 'live'), status = 'published'
    WHERE id = NEW.article_id;
    RETURN NULL;
END $$;
CREATE TRIGGER release_takes AFTER INSERT ON editorial.release FOR EACH ROW EXECUTE FUNCTION editorial.release_takes();

-- What the public may see: released, live ---------------------------------------------------------------------------

CREATE VIEW editorial.public_article AS
SELECT a.id, l.slug, l.path, r.title, r.content, l.html, a.kind, s.slug AS section, s.name AS section_name,
       a.public_status, l.kind AS release_kind, l.hash, a.first_published_at, l.released_at AS updated_at
FROM editorial.article a
JOIN editorial.release l ON l.id = a.live_release_id
JOIN editorial.revision r ON r.article_id = l.article_id AND r.number = l.revision
LEFT JOIN editorial.section s ON s.id = a.section_id
WHERE a.public_status IN ('live', 'corrected');

CREATE VIEW editorial.public_byline AS
SELECT b.article_id, b.position, b.role, b.name, c.slug AS contributor
FROM editorial.article a
JOIN editorial.release l ON l.id = a.live_release_id
JOIN editorial.byline b ON b.article_id = l.article_id AND b.revision = l.revision
JOIN editorial.contributor c ON c.id = b.contributor_id
WHERE a.public_status IN ('live', 'corrected');

-- Somebody is public once credited on something public; until then he is a plan.
CREATE VIEW editorial.public_contributor AS
SELECT c.slug, c.name, c.title, c.kind, c.biography, c.links, c.affiliations, c.disclosure
FROM editorial.contributor c
WHERE EXISTS (
    SELECT FROM editorial.byline b
    JOIN editorial.article a ON a.id = b.article_id
    JOIN editorial.release l ON l.id = a.live_release_id AND l.revision = b.revision
    WHERE b.contributor_id = c.id AND a.public_status IN ('live', 'corrected'));

CREATE VIEW editorial.public_section AS
SELECT s.slug, s.name FROM editorial.section s
WHERE EXISTS (SELECT FROM editorial.article a
              WHERE a.section_id = s.id AND a.live_release_id IS NOT NULL AND a.public_status IN ('live', 'corrected'));

-- Every path that leads to a live article, and where it leads: equal to path, or a permanent redirect.
CREATE VIEW editorial.public_path AS
SELECT p.path, p.article_id, l.slug, l.path AS leads_to
FROM editorial.path p
JOIN editorial.article a ON a.id = p.article_id
JOIN editorial.release l ON l.id = a.live_release_id
WHERE a.public_status IN ('live', 'corrected');

-- Who may do what ----------------------------------------------------------------------------------------------------

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA editorial FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.standing(bigint, bigint), editorial.required(bigint), editorial.is_apart(bigint,
    bigint, bigint),
    editorial.is_bylined(bigint, bigint, bigint) TO masthead_app;
GRANT SELECT ON ALL TABLES IN SCHEMA editorial TO masthead_app;

GRANT INSERT (slug, name) ON editorial.section TO masthead_app;
GRANT UPDATE (name) ON editorial.section TO masthead_app;
GRANT INSERT (slug, name, title, email, kind, biography, links, affiliations, disclosure, confirmed_on, account_id)
    ON editorial.contributor TO masthead_app;
GRANT UPDATE (name, title, email, kind, biography, links, affiliations, disclosure, confirmed_on, account_id)
    ON editorial.contributor TO masthead_app;
GRANT INSERT (type, bytes, added_by) ON editorial.media TO masthead_app;
GRANT INSERT (source, account_id) ON editorial.import TO masthead_app;
GRANT INSERT (title, status, kind, section_id, owner_id, due_at, risks, import_id, created_by) ON editorial.article TO
    masthead_app;
GRANT UPDATE (status, kind, section_id, owner_id, due_at, risks) ON editorial.article TO masthead_app;
GRANT INSERT (article_id, number, parent, content, note, saved_by) ON editorial.revision TO masthead_app;
GRANT INSERT (article_id, revision, hash, kind, of_account, of_role, requested_by, due_at, due_local, due_zone, note)
    ON editorial.review_request TO masthead_app;
GRANT INSERT (request_id, article_id, revision, hash, verdict, comment, account_id) ON editorial.review_response TO
    masthead_app;
GRANT INSERT (article_id, revision, hash, kind, account_id) ON editorial.approval TO masthead_app;
GRANT INSERT (article_id, revision, hash, reason, account_id) ON editorial.override TO masthead_app;
GRANT INSERT (article_id, revision, hash, kind, slug, path, html, note, account_id, import_id, released_at)
    ON editorial.release TO masthead_app;
GRANT INSERT (key, import_id, article_id, source) ON editorial.import_item TO masthead_app;
GRANT INSERT (article_id, path) ON editorial.import_redirect TO masthead_app;
GRANT INSERT (article_id, kind, detail) ON editorial.debt TO masthead_app;
GRANT UPDATE (settled_at, settled_by) ON editorial.debt TO masthead_app;

GRANT SELECT ON editorial.public_article, editorial.public_byline, editorial.public_contributor,
    editorial.public_section,
    editorial.public_path, editorial.slug TO masthead_reader;

-- What each role may do, by default; the owner changes it. Admins run accounts, and bring in what was public elsewhere;
-- they neither write nor approve. 'write-own' and 'read-own' reach the articles one pitched, owns or is bylined on.
INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('article.pitch', 'contributor writer section-editor editor-in-chief publisher'),
    ('article.read', 'writer section-editor copy fact legal publisher editor-in-chief admin'),
    ('article.read-own', 'contributor'),
    ('article.write', 'writer section-editor editor-in-chief'),
    ('article.write-own', 'contributor'),
    ('article.submit', 'contributor writer section-editor editor-in-chief'),
    ('article.assign', 'section-editor editor-in-chief'),
    ('article.move', 'section-editor editor-in-chief'),
    ('article.publish', 'publisher editor-in-chief'),
    ('article.override', 'editor-in-chief'),
    ('article.import', 'publisher editor-in-chief admin'),
    ('review.request', 'writer section-editor publisher editor-in-chief'),
    ('review.respond', 'section-editor copy fact legal publisher editor-in-chief'),
    ('approval.edit', 'section-editor publisher editor-in-chief'),
    ('approval.copy', 'copy editor-in-chief'),
    ('approval.fact', 'fact editor-in-chief'),
    ('approval.legal', 'legal'),
    ('contributor.manage', 'section-editor publisher editor-in-chief admin'),
    ('section.manage', 'publisher editor-in-chief admin')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
