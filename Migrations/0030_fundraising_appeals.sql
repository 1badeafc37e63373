-- Appeals as content: a text in revisions that somebody else signs off, where it stands, and when it runs.

ALTER TABLE fundraising.appeal
    -- On the publication's wall clock: what it says there when the appeal begins to run, and when it no longer does.
    ADD COLUMN runs_from timestamp,
    ADD COLUMN runs_until timestamp,
    ADD CONSTRAINT appeal_window CHECK (runs_from < runs_until);
GRANT UPDATE (runs_from, runs_until) ON fundraising.appeal TO masthead_app;

-- What was saved stays as it was saved. Number and hash are set by a trigger, whatever is said.
CREATE TABLE fundraising.appeal_revision (
    appeal_id bigint NOT NULL CONSTRAINT appeal_revision_appeal_fkey REFERENCES fundraising.appeal,
    number integer NOT NULL,
    -- Markdown.
    text text NOT NULL CONSTRAINT appeal_revision_text CHECK (text ~ '\S' AND octet_length(text) <= 20000),
    -- What it offers to give, in the campaign's currency, in the order offered.
    amounts bigint[] NOT NULL CONSTRAINT appeal_revision_amounts CHECK (
        cardinality(amounts) <= 12 AND array_position(amounts, NULL) IS NULL AND 0 < ALL (amounts)),
    -- SHA-256 of text and amounts: what a sign-off is about.
    hash bytea NOT NULL CONSTRAINT appeal_revision_hash CHECK (octet_length(hash) = 32),
    saved_at timestamptz NOT NULL DEFAULT now(),
    saved_by bigint NOT NULL CONSTRAINT appeal_revision_saved_by_fkey REFERENCES access.account,
    CONSTRAINT appeal_revision_pkey PRIMARY KEY (appeal_id, number),
    CONSTRAINT appeal_revision_content_key UNIQUE (appeal_id, number, hash)
);
GRANT SELECT, INSERT (appeal_id, text, amounts, saved_by) ON fundraising.appeal_revision TO masthead_app;

CREATE FUNCTION fundraising.appeal_revision_follows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM fundraising.appeal a WHERE a.id = NEW.appeal_id FOR NO KEY UPDATE;
    SELECT coalesce(max(r.number), 0) + 1 INTO NEW.number FROM fundraising.appeal_revision r
    WHERE r.appeal_id = NEW.appeal_id;
    NEW.hash := sha256(convert_to(NEW.text || E'\n' || NEW.amounts::text, 'UTF8'));
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.appeal_revision_follows() FROM PUBLIC;
CREATE TRIGGER appeal_revision_follows BEFORE INSERT ON fundraising.appeal_revision
    FOR EACH ROW EXECUTE FUNCTION fundraising.appeal_revision_follows();

-- One person's yes to one text to the letter. A later revision has none.
CREATE TABLE fundraising.appeal_sign_off (
    appeal_id bigint NOT NULL,
    number integer NOT NULL,
    hash bytea NOT NULL,
    signed_by bigint NOT NULL CONSTRAINT appeal_sign_off_signed_by_fkey REFERENCES access.account,
    signed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT appeal_sign_off_pkey PRIMARY KEY (appeal_id, number, signed_by),
    CONSTRAINT appeal_sign_off_revision_fkey FOREIGN KEY (appeal_id, number, hash)
        REFERENCES fundraising.appeal_revision (appeal_id, number, hash)
);
GRANT SELECT, INSERT (appeal_id, number, hash, signed_by) ON fundraising.appeal_sign_off TO masthead_app;

CREATE FUNCTION fundraising.appeal_sign_off_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM fundraising.appeal a WHERE a.id = NEW.appeal_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM fundraising.appeal_revision r
               WHERE r.appeal_id = NEW.appeal_id AND r.number > NEW.number) THEN
        RAISE EXCEPTION 'appeal % has a later text than %', NEW.appeal_id, NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_sign_off_latest';
    END IF;
    IF EXISTS (SELECT FROM fundraising.appeal_revision r
               WHERE r.appeal_id = NEW.appeal_id AND r.number = NEW.number AND r.saved_by = NEW.signed_by) THEN
        RAISE EXCEPTION 'who saved text % of appeal % can''t sign it off', NEW.number, NEW.appeal_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_sign_off_second_person';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.appeal_sign_off_rules() FROM PUBLIC;
CREATE TRIGGER appeal_sign_off_rules BEFORE INSERT ON fundraising.appeal_sign_off
    FOR EACH ROW EXECUTE FUNCTION fundraising.appeal_sign_off_rules();

-- Where it stands: on all stories, or on those of a section or topic.
CREATE TABLE fundraising.appeal_placement (
    appeal_id bigint NOT NULL CONSTRAINT appeal_placement_appeal_fkey REFERENCES fundraising.appeal,
    kind text NOT NULL CONSTRAINT appeal_placement_kind CHECK (kind IN ('all', 'section', 'topic')),
    slug text CONSTRAINT appeal_placement_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
    placed_at timestamptz NOT NULL DEFAULT now(),
    placed_by bigint NOT NULL CONSTRAINT appeal_placement_placed_by_fkey REFERENCES access.account,
    CONSTRAINT appeal_placement_once UNIQUE NULLS NOT DISTINCT (appeal_id, kind, slug),
    CONSTRAINT appeal_placement_where CHECK ((kind = 'all') = (slug IS NULL))
);
GRANT SELECT, INSERT, DELETE ON fundraising.appeal_placement TO masthead_app;

-- Stories under which nobody is asked for money: a death, a disaster, a dispute over the story itself.
CREATE TABLE fundraising.appeal_bar (
    article_id bigint CONSTRAINT appeal_bar_pkey PRIMARY KEY CONSTRAINT appeal_bar_article_fkey REFERENCES editorial.article,
    reason text NOT NULL CONSTRAINT appeal_bar_reason CHECK (reason ~ '\S' AND octet_length(reason) <= 4000),
    barred_at timestamptz NOT NULL DEFAULT now(),
    barred_by bigint NOT NULL CONSTRAINT appeal_bar_barred_by_fkey REFERENCES access.account
);
GRANT SELECT, INSERT, DELETE ON fundraising.appeal_bar TO masthead_app;

-- The text that counts: the latest, when it is signed off.
CREATE VIEW fundraising.signed_appeal AS
SELECT r.appeal_id, r.number, r.text, r.amounts, r.hash
FROM fundraising.appeal_revision r
WHERE NOT EXISTS (SELECT FROM fundraising.appeal_revision l WHERE l.appeal_id = r.appeal_id AND l.number > r.number)
  AND EXISTS (SELECT FROM fundraising.appeal_sign_off s WHERE s.appeal_id = r.appeal_id AND s.number = r.number);
GRANT SELECT ON fundraising.signed_appeal TO masthead_app;

-- What a reader of a story is asked now. A retracted story is in no list, and so in none of this.
CREATE VIEW fundraising.public_appeal AS
SELECT l.id AS article_id, l.slug AS article, a.id AS appeal_id, c.slug AS campaign, a.slug AS appeal, a.channel,
       s.text, s.amounts, c.currency, encode(s.hash, 'hex') AS hash
FROM fundraising.appeal a
JOIN fundraising.campaign c ON c.id = a.campaign_id
JOIN fundraising.signed_appeal s ON s.appeal_id = a.id
CROSS JOIN editorial.public_list l
WHERE a.channel IN ('story_box', 'banner')
  AND now() AT TIME ZONE access.publication_zone() >= a.runs_from
  AND (a.runs_until IS NULL OR now() AT TIME ZONE access.publication_zone() < a.runs_until)
  AND EXISTS (SELECT FROM fundraising.appeal_placement p WHERE p.appeal_id = a.id AND (
      p.kind = 'all' OR (p.kind = 'section' AND p.slug = l.section)
      OR (p.kind = 'topic' AND EXISTS (
          SELECT FROM editorial.public_topic t WHERE t.article_id = l.id AND t.slug = p.slug))))
  AND NOT EXISTS (SELECT FROM fundraising.appeal_bar b WHERE b.article_id = l.id);
GRANT USAGE ON SCHEMA fundraising TO masthead_reader;
GRANT SELECT ON fundraising.public_appeal TO masthead_app, masthead_reader;

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('appeal.sign-off', 'development publisher editor-in-chief'),
    ('appeal.bar', 'development section-editor legal publisher editor-in-chief')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
