-- Reviews: rounds, comments, checklists, sign-off by link.
--
-- What holds here holds in psql too:
--   * a request ends once, answered or withdrawn; a link is used once; a comment is resolved and reopened in turns;
--   * comments, answers, ticks and what was done with a link are only ever added;
--   * a yes by link counts for the one text and the one person the link was made for, and as what the policy lets it;
--   * two ways to say yes (an account, a link) are one person where the newsroom knows them as one.

-- Rounds ---------------------------------------------------------------------------------------------------------

-- One each time a text is handed in: what was asked and answered about which attempt.
CREATE TABLE editorial.review_round (
    article_id bigint NOT NULL,
    number     int NOT NULL CONSTRAINT review_round_number_positive CHECK (number > 0),
    revision   int NOT NULL,
    began_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT review_round_pkey PRIMARY KEY (article_id, number),
    CONSTRAINT review_round_revision_fkey FOREIGN KEY (article_id, revision)
        REFERENCES editorial.revision (article_id, number)
);
INSERT INTO editorial.review_round (article_id, number, revision, began_at)
SELECT a.subject_id, row_number() OVER (PARTITION BY a.subject_id ORDER BY a.id), (a.facts ->> 'revision')::int, a.at
FROM journal.audit a WHERE a.subject_kind = 'article' AND a.action = 'article.submitted';

-- By the workflow's word for handing in, whatever the states before and after it are called.
CREATE FUNCTION editorial.review_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO editorial.review_round (article_id, number, revision)
    SELECT NEW.id, coalesce((SELECT max(r.number) FROM editorial.review_round r WHERE r.article_id = NEW.id), 0) + 1,
           NEW.head
    WHERE NEW.head IS NOT NULL AND EXISTS (
        SELECT FROM editorial.workflow_transition t
        WHERE t.workflow = NEW.workflow AND t.from_state = OLD.status AND t.to_state = NEW.status
          AND t.action = 'submit');
    RETURN NULL;
END $$;
CREATE TRIGGER review_begins AFTER UPDATE OF status ON editorial.article FOR EACH ROW
    WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION editorial.review_begins();

-- 0 is what was asked before the text was ever handed in.
ALTER TABLE editorial.review_request ADD COLUMN round int NOT NULL DEFAULT 0;
UPDATE editorial.review_request q SET round = (
    SELECT count(*) FROM editorial.review_round r WHERE r.article_id = q.article_id AND r.began_at <= q.requested_at);
ALTER TABLE editorial.review_request
    ADD CONSTRAINT review_request_of_role_form CHECK (of_role ~ '^[a-z]+(-[a-z]+)*$');
CREATE INDEX review_request_role_idx ON editorial.review_request (of_role, id) WHERE of_role IS NOT NULL;

CREATE FUNCTION editorial.review_request_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.round := coalesce((SELECT max(r.number) FROM editorial.review_round r WHERE r.article_id = NEW.article_id), 0);
    RETURN NEW;
END $$;
CREATE TRIGGER review_request_begins BEFORE INSERT ON editorial.review_request FOR EACH ROW
    EXECUTE FUNCTION editorial.review_request_begins();

-- Whether an active account holds a role, for a section if the grant is limited to one.
CREATE FUNCTION editorial.holds_role(account bigint, role text, section bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM access.account a
        JOIN access.role_grant g ON g.account = a.id
        WHERE a.id = $1 AND a.status = 'active' AND g.role = $2
          AND (g.section IS NULL OR g.section = (SELECT s.slug FROM editorial.section s WHERE s.id = $3)))
$$;

-- Sign-off without an account ------------------------------------------------------------------------------------

-- A link for one person, one text, one kind. An author signs as the contributor he is; an outside lawyer or expert as
-- the name and address the link was sent to.
CREATE TABLE editorial.signoff (
    id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT signoff_pkey PRIMARY KEY,
    article_id     bigint NOT NULL,
    revision       int NOT NULL,
    hash           bytea NOT NULL,
    kind           text NOT NULL CONSTRAINT signoff_kind_known CHECK (kind IN ('author', 'legal', 'fact')),
    contributor_id bigint CONSTRAINT signoff_contributor_fkey REFERENCES editorial.contributor (id),
    name           text NOT NULL CONSTRAINT signoff_name_given CHECK (btrim(name) <> '' AND length(name) <= 200),
    email          text CONSTRAINT signoff_email_form CHECK (email LIKE '%_@_%' AND octet_length(email) <= 320),
    -- SHA-256 of the secret, which nobody keeps. The app may write it and never read it.
    token_hash     bytea NOT NULL CONSTRAINT signoff_token_key UNIQUE
                   CONSTRAINT signoff_token_length CHECK (octet_length(token_hash) = 32),
    created_by     bigint NOT NULL CONSTRAINT signoff_account_fkey REFERENCES access.account (id),
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at     timestamptz NOT NULL,
    note           text CONSTRAINT signoff_note_length CHECK (length(note) <= 10000),
    CONSTRAINT signoff_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash),
    CONSTRAINT signoff_of_whom CHECK (CASE WHEN kind = 'author' THEN contributor_id IS NOT NULL
        ELSE contributor_id IS NULL AND email IS NOT NULL END),
    CONSTRAINT signoff_expires_soon CHECK (expires_at > created_at AND expires_at <= created_at + interval '90 days')
);
CREATE INDEX signoff_article_idx ON editorial.signoff (article_id, id);

-- What was done with a link, and what was tried. A secret nobody ever made has no link.
CREATE TABLE editorial.signoff_event (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT signoff_event_pkey PRIMARY KEY,
    signoff_id  bigint CONSTRAINT signoff_event_signoff_fkey REFERENCES editorial.signoff (id),
    event       text NOT NULL CONSTRAINT signoff_event_known
                CHECK (event IN ('looked', 'given', 'refused', 'revoked', 'denied')),
    reason      text CONSTRAINT signoff_event_reason_known
                CHECK (reason IN ('unknown', 'expired', 'revoked', 'used', 'stale', 'state')),
    account_id  bigint CONSTRAINT signoff_event_account_fkey REFERENCES access.account (id),
    via         text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT signoff_event_denied_why CHECK ((event = 'denied') = (reason IS NOT NULL)),
    CONSTRAINT signoff_event_unknown_link CHECK ((signoff_id IS NULL) = (reason IS NOT DISTINCT FROM 'unknown'))
);
CREATE INDEX signoff_event_signoff_idx ON editorial.signoff_event (signoff_id, id);
-- A link ends once: by a yes, a no, or taken back.
CREATE UNIQUE INDEX signoff_event_ends_once ON editorial.signoff_event (signoff_id)
    WHERE event IN ('given', 'refused', 'revoked');

-- The link behind a secret's hash. By an index on a hash of 256 random bits: what it takes tells nothing of the secret.
CREATE FUNCTION editorial.signoff_of(token_hash bytea) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id FROM editorial.signoff s WHERE s.token_hash = $1
$$;

-- Approvals by account or by link --------------------------------------------------------------------------------

-- Whether a yes by link counts for what this row wants; else a link can only recommend. 'author' needs no such word.
ALTER TABLE editorial.policy ADD COLUMN by_link boolean NOT NULL DEFAULT false;

ALTER TABLE editorial.approval ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE editorial.approval ADD COLUMN signoff_id bigint
    CONSTRAINT approval_signoff_fkey REFERENCES editorial.signoff (id) CONSTRAINT approval_signoff_once UNIQUE;
-- Who said it, whichever way: 'account:5', 'contributor:7', 'outside:…'. What is counted, each once.
ALTER TABLE editorial.approval ADD COLUMN person text;
-- Of a yes by link: who made the link, and so could have used it.
ALTER TABLE editorial.approval ADD COLUMN link_by bigint CONSTRAINT approval_link_account_fkey
    REFERENCES access.account (id);
UPDATE editorial.approval SET person = 'account:' || account_id;
ALTER TABLE editorial.approval ALTER COLUMN person SET NOT NULL;
ALTER TABLE editorial.approval ADD CONSTRAINT approval_of_one CHECK (num_nonnulls(account_id, signoff_id) = 1);
ALTER TABLE editorial.approval DROP CONSTRAINT approval_once;
ALTER TABLE editorial.approval ADD CONSTRAINT approval_once UNIQUE (article_id, revision, kind, person);

-- Who a contributor or an outside address is: the account behind it if there is one.
CREATE FUNCTION editorial.person(contributor bigint, email text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH known AS (
        SELECT c.id, c.account_id, lower(coalesce(c.email, $2)) AS email FROM editorial.contributor c WHERE c.id = $1
        UNION ALL
        (SELECT c.id, c.account_id, lower($2) FROM editorial.contributor c
         WHERE $1 IS NULL AND lower(c.email) = lower($2) ORDER BY c.id LIMIT 1)
    )
    SELECT coalesce(
        (SELECT 'account:' || k.account_id FROM known k WHERE k.account_id IS NOT NULL),
        (SELECT 'account:' || a.id FROM access.account a
         WHERE a.email_folded = coalesce((SELECT k.email FROM known k), lower($2))),
        (SELECT 'contributor:' || k.id FROM known k),
        'outside:' || encode(sha256(convert_to(lower($2), 'UTF8')), 'hex'))
$$;

-- Who an account is that says yes: somebody who signed by link before his account was known is still the same person.
CREATE FUNCTION editorial.person_approving(article bigint, revision bigint, kind text, account bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT v.person FROM editorial.approval v JOIN editorial.signoff s ON s.id = v.signoff_id
        WHERE v.article_id = $1 AND v.revision = $2 AND v.kind = $3
          AND editorial.person(s.contributor_id, s.email) = 'account:' || $4
        ORDER BY v.id LIMIT 1), 'account:' || $4)
$$;

-- Who says yes by a link.
CREATE FUNCTION editorial.person_signing(signoff bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT editorial.person(s.contributor_id, s.email) FROM editorial.signoff s WHERE s.id = $1
$$;

CREATE FUNCTION editorial.approval_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.link_by := NULL;
    IF NEW.signoff_id IS NULL THEN
        NEW.person := editorial.person_approving(NEW.article_id, NEW.revision, NEW.kind, NEW.account_id);
        RETURN NEW;
    END IF;
    NEW.person := editorial.person_signing(NEW.signoff_id);
    SELECT s.created_by INTO NEW.link_by FROM editorial.signoff s WHERE s.id = NEW.signoff_id;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_person BEFORE INSERT ON editorial.approval FOR EACH ROW
    EXECUTE FUNCTION editorial.approval_person();

-- Whether a yes by link of this kind counts for an article: when every policy row that asks for it says so.
CREATE FUNCTION editorial.link_counts(article bigint, kind text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT $2 = 'author' OR coalesce(bool_and(p.by_link), false)
    FROM editorial.article a
    JOIN editorial.policy p ON p.workflow = a.workflow AND p.approval_kind = $2
     AND (p.section_id IS NULL OR p.section_id = a.section_id)
     AND (p.article_kind IS NULL OR p.article_kind = a.kind)
     AND (p.risk IS NULL OR p.risk = ANY (a.risks))
    WHERE a.id = $1
$$;

-- A yes by link: of the text and the kind the link was made for, of the current text, used and not taken back.
CREATE FUNCTION editorial.signoff_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
    link editorial.signoff;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    SELECT s.* INTO link FROM editorial.signoff s WHERE s.id = NEW.signoff_id;
    NEW.given_at := clock_timestamp();
    IF NOT editorial.is_head(NEW.article_id, NEW.revision) THEN
        PERFORM editorial.refuse('approval_of_head', format('revision %s isn''t the current text', NEW.revision));
    END IF;
    IF (link.article_id, link.revision, link.hash, link.kind) IS DISTINCT FROM
       (NEW.article_id, NEW.revision, NEW.hash, NEW.kind)
       OR link.expires_at <= clock_timestamp()
       OR NOT EXISTS (SELECT FROM editorial.signoff_event e WHERE e.signoff_id = link.id AND e.event = 'given') THEN
        PERFORM editorial.refuse('approval_of_link', 'the link wasn''t made for this, or wasn''t used for it');
    END IF;
    IF NEW.kind = 'author' THEN
        IF NOT EXISTS (SELECT FROM editorial.byline b WHERE b.article_id = NEW.article_id
                       AND b.revision = NEW.revision AND b.contributor_id = link.contributor_id) THEN
            PERFORM editorial.refuse('approval_by_author', 'only an author of the current text can give this approval');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT editorial.link_counts(NEW.article_id, NEW.kind) THEN
        PERFORM editorial.refuse('approval_by_link', 'the policy doesn''t count a yes by link of this kind');
    END IF;
    -- Whoever made the link could have used it, so he has to stand apart as if it were his own yes.
    IF NOT editorial.is_apart(NEW.article_id, NEW.revision, link.created_by)
       OR EXISTS (SELECT FROM editorial.byline b JOIN editorial.contributor c ON c.id = b.contributor_id
                  WHERE b.article_id = NEW.article_id AND b.revision = NEW.revision
                    AND lower(c.email) = lower(link.email))
       OR EXISTS (SELECT FROM access.account a WHERE a.email_folded = lower(link.email)
                  AND NOT editorial.is_apart(NEW.article_id, NEW.revision, a.id)) THEN
        PERFORM editorial.refuse('approval_apart', 'the link''s maker or its reader saved the text or is bylined on it');
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS approval_counts ON editorial.approval;
CREATE TRIGGER approval_counts BEFORE INSERT ON editorial.approval FOR EACH ROW
    WHEN (NEW.signoff_id IS NULL) EXECUTE FUNCTION editorial.approval_counts();
CREATE TRIGGER approval_signoff_counts BEFORE INSERT ON editorial.approval FOR EACH ROW
    WHEN (NEW.signoff_id IS NOT NULL) EXECUTE FUNCTION editorial.signoff_counts();

-- Answers --------------------------------------------------------------------------------------------------------

ALTER TABLE editorial.review_response DROP CONSTRAINT review_response_verdict_known;
ALTER TABLE editorial.review_response ADD CONSTRAINT review_response_verdict_known
    CHECK (verdict IN ('approve', 'recommend', 'changes', 'comment'));
ALTER TABLE editorial.review_response ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE editorial.review_response ADD COLUMN kind text CONSTRAINT review_response_kind_known
    CHECK (kind IN ('edit', 'copy', 'fact', 'legal', 'author'));
ALTER TABLE editorial.review_response ADD COLUMN round int NOT NULL DEFAULT 0;
ALTER TABLE editorial.review_response ADD COLUMN approval_id bigint
    CONSTRAINT review_response_approval_fkey REFERENCES editorial.approval (id);
CREATE INDEX review_response_approval_idx ON editorial.review_response (approval_id) WHERE approval_id IS NOT NULL;
ALTER TABLE editorial.review_response ADD COLUMN signoff_id bigint
    CONSTRAINT review_response_signoff_fkey REFERENCES editorial.signoff (id)
    CONSTRAINT review_response_signoff_once UNIQUE;
UPDATE editorial.review_response p SET
    kind = (SELECT q.kind FROM editorial.review_request q WHERE q.id = p.request_id),
    round = (SELECT count(*) FROM editorial.review_round r
             WHERE r.article_id = p.article_id AND r.began_at <= p.responded_at);
ALTER TABLE editorial.review_response ADD CONSTRAINT review_response_of_one
    CHECK (num_nonnulls(account_id, signoff_id) = 1);
ALTER TABLE editorial.review_response ADD CONSTRAINT review_response_approves_whole
    CHECK ((verdict = 'approve') = (approval_id IS NOT NULL));
ALTER TABLE editorial.review_response ADD CONSTRAINT review_response_recommends_kind
    CHECK (verdict <> 'recommend' OR kind IS NOT NULL);
CREATE TRIGGER review_response_begins BEFORE INSERT ON editorial.review_response FOR EACH ROW
    EXECUTE FUNCTION editorial.review_request_begins();

-- How a request ended: answered or withdrawn, once.
CREATE TABLE editorial.review_end (
    request_id   bigint CONSTRAINT review_end_pkey PRIMARY KEY
                 CONSTRAINT review_end_request_fkey REFERENCES editorial.review_request (id),
    response_id  bigint CONSTRAINT review_end_response_fkey REFERENCES editorial.review_response (id),
    withdrawn_by bigint CONSTRAINT review_end_account_fkey REFERENCES access.account (id),
    reason       text CONSTRAINT review_end_reason_length CHECK (length(reason) <= 10000),
    ended_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT review_end_one_way CHECK (num_nonnulls(response_id, withdrawn_by) = 1)
);
INSERT INTO editorial.review_end (request_id, response_id, ended_at)
SELECT DISTINCT ON (p.request_id) p.request_id, p.id, p.responded_at
FROM editorial.review_response p WHERE p.request_id IS NOT NULL ORDER BY p.request_id, p.id;

-- Comments -------------------------------------------------------------------------------------------------------

-- A comment stands on a passage of one revision: the words themselves, what stood around them, and where (bytes from
-- the field's beginning). Where they stand in a later text is found when it is read. A reply belongs to a thread.
CREATE TABLE editorial.comment (
    id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT comment_pkey PRIMARY KEY,
    article_id   bigint NOT NULL,
    revision     int NOT NULL,
    hash         bytea NOT NULL,
    thread_id    bigint,
    field        text CONSTRAINT comment_field_known CHECK (field IN ('title', 'dek', 'body')),
    quote        text CONSTRAINT comment_quote_length CHECK (length(quote) BETWEEN 1 AND 10000),
    before       text,
    after        text,
    position     int CONSTRAINT comment_position_positive CHECK (position >= 0),
    text         text NOT NULL CONSTRAINT comment_text_given CHECK (btrim(text) <> '' AND length(text) <= 10000),
    blocking     boolean NOT NULL DEFAULT false,
    account_id   bigint NOT NULL CONSTRAINT comment_account_fkey REFERENCES access.account (id),
    commented_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT comment_article_key UNIQUE (article_id, id),
    CONSTRAINT comment_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash),
    CONSTRAINT comment_thread_fkey FOREIGN KEY (article_id, thread_id) REFERENCES editorial.comment (article_id, id),
    CONSTRAINT comment_anchor_whole CHECK (num_nonnulls(field, quote, before, after, position) IN (0, 5)),
    CONSTRAINT comment_reply_plain CHECK (thread_id IS NULL OR (field IS NULL AND NOT blocking))
);
-- Resolved, reopened, by whom and when: the last word counts.
CREATE TABLE editorial.comment_mark (
    id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT comment_mark_pkey PRIMARY KEY,
    comment_id bigint NOT NULL CONSTRAINT comment_mark_comment_fkey REFERENCES editorial.comment (id),
    mark       text NOT NULL CONSTRAINT comment_mark_known CHECK (mark IN ('resolved', 'reopened')),
    account_id bigint NOT NULL CONSTRAINT comment_mark_account_fkey REFERENCES access.account (id),
    marked_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX comment_mark_comment_idx ON editorial.comment_mark (comment_id, id);

CREATE FUNCTION editorial.comment_resolved(comment bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT m.mark = 'resolved' FROM editorial.comment_mark m WHERE m.comment_id = $1
                     ORDER BY m.id DESC LIMIT 1), false)
$$;

CREATE FUNCTION editorial.comment_marks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    comment editorial.comment;
    section bigint;
BEGIN
    SELECT c.* INTO comment FROM editorial.comment c WHERE c.id = NEW.comment_id;
    SELECT a.section_id INTO section FROM editorial.article a WHERE a.id = comment.article_id FOR UPDATE;
    IF comment.thread_id IS NOT NULL THEN
        PERFORM editorial.refuse('comment_mark_of_thread', 'a thread is resolved, not a reply');
    END IF;
    IF editorial.comment_resolved(comment.id) = (NEW.mark = 'resolved') THEN
        PERFORM editorial.refuse('comment_mark_in_turn', format('the comment is %s already',
            CASE WHEN NEW.mark = 'resolved' THEN 'resolved' ELSE 'open' END));
    END IF;
    IF comment.blocking AND NEW.account_id <> comment.account_id
       AND NOT editorial.account_may(NEW.account_id, 'review.respond', section) THEN
        PERFORM editorial.refuse('comment_mark_permitted',
            'only whoever made a blocking comment or a reviewer can resolve it');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER comment_marks BEFORE INSERT ON editorial.comment_mark FOR EACH ROW
    EXECUTE FUNCTION editorial.comment_marks();

-- Checklists -----------------------------------------------------------------------------------------------------

CREATE TABLE editorial.checklist (
    workflow int NOT NULL CONSTRAINT checklist_workflow_fkey REFERENCES editorial.workflow (version),
    name     text NOT NULL CONSTRAINT checklist_name_form CHECK (name ~ '^[a-z0-9]+([-_][a-z0-9]+)*$' AND
             length(name) <= 100),
    CONSTRAINT checklist_pkey PRIMARY KEY (workflow, name)
);
CREATE TABLE editorial.checklist_item (
    workflow  int NOT NULL,
    checklist text NOT NULL,
    item      text NOT NULL CONSTRAINT checklist_item_name_form CHECK (item ~ '^[a-z0-9]+([-_][a-z0-9]+)*$' AND
              length(item) <= 100),
    position  int NOT NULL,
    text      text NOT NULL CONSTRAINT checklist_item_text_given CHECK (btrim(text) <> ''),
    -- True: a tick is of one text, like an approval. False: of the article, however its text changes.
    per_text  boolean NOT NULL DEFAULT true,
    -- What it takes to tick this item besides the permission to tick any.
    permission text,
    CONSTRAINT checklist_item_pkey PRIMARY KEY (workflow, checklist, item),
    CONSTRAINT checklist_item_checklist_fkey FOREIGN KEY (workflow, checklist)
        REFERENCES editorial.checklist (workflow, name)
);
-- Which checklists an article has to pass: every row that matches it applies, as with policy.
CREATE TABLE editorial.policy_checklist (
    id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT policy_checklist_pkey PRIMARY KEY,
    workflow     int NOT NULL,
    section_id   bigint CONSTRAINT policy_checklist_section_fkey REFERENCES editorial.section (id),
    article_kind text,
    risk         text,
    checklist    text NOT NULL,
    CONSTRAINT policy_checklist_checklist_fkey FOREIGN KEY (workflow, checklist)
        REFERENCES editorial.checklist (workflow, name)
);
CREATE INDEX policy_checklist_workflow_idx ON editorial.policy_checklist (workflow);

CREATE TABLE editorial.checklist_tick (
    id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT checklist_tick_pkey PRIMARY KEY,
    article_id bigint NOT NULL,
    revision   int NOT NULL,
    hash       bytea NOT NULL,
    workflow   int NOT NULL,
    checklist  text NOT NULL,
    item       text NOT NULL,
    ticked     boolean NOT NULL,
    account_id bigint NOT NULL CONSTRAINT checklist_tick_account_fkey REFERENCES access.account (id),
    ticked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT checklist_tick_revision_fkey FOREIGN KEY (article_id, revision, hash)
        REFERENCES editorial.revision (article_id, number, hash),
    CONSTRAINT checklist_tick_item_fkey FOREIGN KEY (workflow, checklist, item)
        REFERENCES editorial.checklist_item (workflow, checklist, item)
);
CREATE INDEX checklist_tick_article_idx ON editorial.checklist_tick (article_id, checklist, item, id);

-- The items an article has to pass, and how each stands for a text.
CREATE FUNCTION editorial.checklist_state(article bigint, revision bigint)
RETURNS TABLE (checklist text, item text, item_position int, item_text text, per_text boolean, permission text,
               ticked boolean, account_id bigint, ticked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.checklist, i.item, i.position, i.text, i.per_text, i.permission, coalesce(t.ticked, false),
           CASE WHEN t.ticked THEN t.account_id END, CASE WHEN t.ticked THEN t.ticked_at END
    FROM editorial.article a
    JOIN editorial.checklist_item i ON i.workflow = a.workflow
    LEFT JOIN LATERAL (
        SELECT k.ticked, k.account_id, k.ticked_at FROM editorial.checklist_tick k
        WHERE k.article_id = a.id AND k.workflow = i.workflow AND k.checklist = i.checklist AND k.item = i.item
          AND (NOT i.per_text OR k.revision = $2)
        ORDER BY k.id DESC LIMIT 1) t ON true
    WHERE a.id = $1 AND EXISTS (
        SELECT FROM editorial.policy_checklist p
        WHERE p.workflow = a.workflow AND p.checklist = i.checklist
          AND (p.section_id IS NULL OR p.section_id = a.section_id)
          AND (p.article_kind IS NULL OR p.article_kind = a.kind)
          AND (p.risk IS NULL OR p.risk = ANY (a.risks)))
    ORDER BY i.checklist, i.position, i.item
$$;

CREATE FUNCTION editorial.checklist_ticks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    article editorial.article;
    wanted text;
BEGIN
    SELECT a.* INTO article FROM editorial.article a WHERE a.id = NEW.article_id FOR UPDATE;
    IF NOT editorial.is_head(NEW.article_id, NEW.revision) THEN
        PERFORM editorial.refuse('checklist_tick_of_head', format('revision %s isn''t the current text', NEW.revision));
    END IF;
    IF NEW.workflow <> article.workflow THEN
        PERFORM editorial.refuse('checklist_tick_of_workflow', 'the item belongs to another workflow');
    END IF;
    SELECT i.permission INTO wanted FROM editorial.checklist_item i
    WHERE i.workflow = NEW.workflow AND i.checklist = NEW.checklist AND i.item = NEW.item;
    IF NOT editorial.account_may(NEW.account_id, 'checklist.tick', article.section_id)
       OR (wanted IS NOT NULL AND NOT editorial.account_may(NEW.account_id, wanted, article.section_id)) THEN
        PERFORM editorial.refuse('checklist_tick_permitted', 'this account may not tick this item');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER checklist_ticks BEFORE INSERT ON editorial.checklist_tick FOR EACH ROW
    EXECUTE FUNCTION editorial.checklist_ticks();

-- What reviewers hold against a text -----------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION editorial.review_blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'release_comments', format('blocking comments are open: %s', string_agg(c.id::text, ', ' ORDER BY c.id)), true
    FROM editorial.comment c
    WHERE c.article_id = $1 AND c.blocking AND NOT editorial.comment_resolved(c.id)
    HAVING count(*) > 0
    UNION ALL
    SELECT 'release_checklist', format('the checklist isn''t done: %s', string_agg(s.checklist || '/' || s.item, ', '
               ORDER BY s.checklist, s.item_position, s.item)), true
    FROM editorial.checklist_state($1, $2) s
    WHERE NOT s.ticked
    HAVING count(*) > 0
$$;
CREATE INDEX comment_blocking_idx ON editorial.comment (article_id) WHERE blocking;

-- Who may do what ------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION editorial.review_begins(), editorial.review_request_begins(), editorial.approval_person(),
    editorial.signoff_counts(), editorial.comment_marks(), editorial.checklist_ticks(),
    editorial.holds_role(bigint, text, bigint), editorial.signoff_of(bytea), editorial.person(bigint, text),
    editorial.person_approving(bigint, bigint, text, bigint), editorial.person_signing(bigint),
    editorial.link_counts(bigint, text), editorial.comment_resolved(bigint),
    editorial.checklist_state(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.holds_role(bigint, text, bigint), editorial.signoff_of(bytea),
    editorial.person_approving(bigint, bigint, text, bigint), editorial.person_signing(bigint),
    editorial.link_counts(bigint, text), editorial.comment_resolved(bigint),
    editorial.checklist_state(bigint, bigint) TO masthead_app;

GRANT SELECT ON editorial.review_round, editorial.review_end, editorial.signoff_event, editorial.comment,
    editorial.comment_mark, editorial.checklist, editorial.checklist_item, editorial.policy_checklist,
    editorial.checklist_tick TO masthead_app;
-- All but the hash of the secret.
GRANT SELECT (id, article_id, revision, hash, kind, contributor_id, name, email, created_by, created_at, expires_at,
    note) ON editorial.signoff TO masthead_app;
GRANT INSERT (article_id, revision, hash, kind, contributor_id, name, email, token_hash, created_by, expires_at, note)
    ON editorial.signoff TO masthead_app;
GRANT INSERT (signoff_id, event, reason, account_id, via) ON editorial.signoff_event TO masthead_app;
GRANT INSERT (signoff_id) ON editorial.approval TO masthead_app;
GRANT INSERT (kind, approval_id, signoff_id) ON editorial.review_response TO masthead_app;
GRANT INSERT (request_id, response_id, withdrawn_by, reason) ON editorial.review_end TO masthead_app;
GRANT INSERT (article_id, revision, hash, thread_id, field, quote, before, after, position, text, blocking, account_id)
    ON editorial.comment TO masthead_app;
GRANT INSERT (comment_id, mark, account_id) ON editorial.comment_mark TO masthead_app;
GRANT INSERT (article_id, revision, hash, workflow, checklist, item, ticked, account_id) ON editorial.checklist_tick
    TO masthead_app;

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('comment.write', 'contributor writer section-editor copy fact legal publisher editor-in-chief'),
    ('checklist.tick', 'contributor writer section-editor copy fact legal publisher editor-in-chief'),
    ('signoff.manage', 'section-editor publisher editor-in-chief')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
