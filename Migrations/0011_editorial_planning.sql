-- Planning: series, topics, collections, weekly slots, commissions and pitches.
--
--   * what was agreed with a contributor is a list of versions, and what became of the money a list of events: both are
--     only ever added to;
--   * a slot's occurrences are computed from its wall time; a row is there only once something happened;
--   * nothing here holds a tax number: status and date of a form, never what is written on it;
--   * the public sees a series, a topic or a collection once something in it is live, and then only what is live.

-- A tax number as people write it: 123-45-6789, 12-3456789, or nine digits after a word that says what they are.
CREATE FUNCTION editorial.has_tax_number(given text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(given ~ '(^|[^0-9-])([0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{2}-[0-9]{7})([^0-9-]|-?$|-[^0-9])'
        OR given ~* '\m(ssn|ein|itin|tin|tax|social security|w-?[89])[^0-9]{0,30}[0-9]([ -]?[0-9]){8}([^0-9]|$)', false)
$$;

-- Series, topics, and where an article stands among them --------------------------------------------------------------

CREATE TABLE editorial.series (
    id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT series_pkey PRIMARY KEY,
    slug          text NOT NULL CONSTRAINT series_slug_key UNIQUE
                  CONSTRAINT series_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND slug !~ '^[0-9]+$' AND
                      length(slug) <= 100),
    name          text NOT NULL CONSTRAINT series_name_given CHECK (btrim(name) <> ''),
    -- Printed before each title: "The Week Ahead: ".
    prefix        text,
    -- What an instalment takes when it has none of its own.
    dek           text,
    art           bytea CONSTRAINT series_art_fkey REFERENCES editorial.media (hash),
    art_alt       text,
    art_credit    text,
    body_template text CONSTRAINT series_template_size CHECK (octet_length(body_template) <= 100000),
    created_by    bigint NOT NULL CONSTRAINT series_account_fkey REFERENCES access.account (id),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT series_art_whole CHECK (art IS NULL OR (btrim(art_alt) <> '' AND btrim(art_credit) <> '' AND
        art_alt IS NOT NULL AND art_credit IS NOT NULL))
);

CREATE TABLE editorial.topic (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT topic_pkey PRIMARY KEY,
    slug        text NOT NULL CONSTRAINT topic_slug_key UNIQUE
                CONSTRAINT topic_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND slug !~ '^[0-9]+$' AND
                    length(slug) <= 100),
    name        text NOT NULL CONSTRAINT topic_name_given CHECK (btrim(name) <> ''),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

ALTER TABLE editorial.article ADD COLUMN series_id bigint CONSTRAINT article_series_fkey REFERENCES editorial.series (id);
CREATE INDEX article_series_idx ON editorial.article (series_id, id) WHERE series_id IS NOT NULL;

CREATE TABLE editorial.article_topic (
    article_id  bigint NOT NULL CONSTRAINT article_topic_article_fkey REFERENCES editorial.article (id),
    topic_id    bigint NOT NULL CONSTRAINT article_topic_topic_fkey REFERENCES editorial.topic (id),
    CONSTRAINT article_topic_pkey PRIMARY KEY (article_id, topic_id)
);
CREATE INDEX article_topic_topic_idx ON editorial.article_topic (topic_id, article_id);

-- Collections: a special, with members that are pinned and members that a rule brings ---------------------------------

CREATE TABLE editorial.collection (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT collection_pkey PRIMARY KEY,
    slug        text NOT NULL CONSTRAINT collection_slug_key UNIQUE
                CONSTRAINT collection_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND slug !~ '^[0-9]+$' AND
                    length(slug) <= 100),
    title       text NOT NULL CONSTRAINT collection_title_given CHECK (btrim(title) <> ''),
    intro       text,
    image       bytea CONSTRAINT collection_image_fkey REFERENCES editorial.media (hash),
    image_alt   text,
    image_credit text,
    -- What first went public in this stretch is taken in by a rule; the page itself opens with it.
    opens_at    timestamptz,
    ends_at     timestamptz,
    -- A closed collection takes nothing new in; its page stays as it was.
    closed_at   timestamptz,
    created_by  bigint NOT NULL CONSTRAINT collection_account_fkey REFERENCES access.account (id),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT collection_order CHECK (ends_at > opens_at),
    CONSTRAINT collection_image_whole CHECK (image IS NULL OR (btrim(image_alt) <> '' AND btrim(image_credit) <> '' AND
        image_alt IS NOT NULL AND image_credit IS NOT NULL))
);
CREATE TABLE editorial.collection_rule (
    id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT collection_rule_pkey PRIMARY KEY,
    collection_id  bigint NOT NULL CONSTRAINT collection_rule_collection_fkey REFERENCES editorial.collection (id),
    section_id     bigint CONSTRAINT collection_rule_section_fkey REFERENCES editorial.section (id),
    series_id      bigint CONSTRAINT collection_rule_series_fkey REFERENCES editorial.series (id),
    topic_id       bigint CONSTRAINT collection_rule_topic_fkey REFERENCES editorial.topic (id),
    contributor_id bigint CONSTRAINT collection_rule_contributor_fkey REFERENCES editorial.contributor (id),
    tag            text,
    -- An article that answers to all of one rule's words, of any of the rules, belongs.
    CONSTRAINT collection_rule_says CHECK (num_nonnulls(section_id, series_id, topic_id, contributor_id, tag) > 0)
);
CREATE INDEX collection_rule_collection_idx ON editorial.collection_rule (collection_id);
CREATE TABLE editorial.collection_pin (
    collection_id bigint NOT NULL CONSTRAINT collection_pin_collection_fkey REFERENCES editorial.collection (id),
    article_id    bigint NOT NULL CONSTRAINT collection_pin_article_fkey REFERENCES editorial.article (id),
    position      int NOT NULL CONSTRAINT collection_pin_position CHECK (position BETWEEN 1 AND 1000),
    CONSTRAINT collection_pin_pkey PRIMARY KEY (collection_id, article_id)
);
CREATE INDEX collection_pin_article_idx ON editorial.collection_pin (article_id);

-- Weekly slots ---------------------------------------------------------------------------------------------------------

CREATE TABLE editorial.slot (
    id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT slot_pkey PRIMARY KEY,
    series_id     bigint NOT NULL CONSTRAINT slot_series_fkey REFERENCES editorial.series (id),
    owner_id      bigint NOT NULL CONSTRAINT slot_owner_fkey REFERENCES access.account (id),
    -- 1 is Monday, 7 Sunday.
    weekday       int NOT NULL CONSTRAINT slot_weekday_range CHECK (weekday BETWEEN 1 AND 7),
    second_of_day int NOT NULL CONSTRAINT slot_time_range CHECK (second_of_day BETWEEN 0 AND 86399),
    zone          text NOT NULL CONSTRAINT slot_zone_given CHECK (zone <> ''),
    due_before_s  bigint NOT NULL CONSTRAINT slot_due_range CHECK (due_before_s BETWEEN 0 AND 604800),
    fallback_article_id bigint CONSTRAINT slot_fallback_fkey REFERENCES editorial.article (id),
    fallback_series boolean NOT NULL DEFAULT false,
    -- The first and the last day it is there; the last is open until it ends.
    from_day      date NOT NULL,
    until_day     date,
    created_by    bigint NOT NULL CONSTRAINT slot_account_fkey REFERENCES access.account (id),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT slot_days CHECK (until_day >= from_day),
    CONSTRAINT slot_one_fallback CHECK (NOT (fallback_series AND fallback_article_id IS NOT NULL))
);
CREATE INDEX slot_series_idx ON editorial.slot (series_id);
CREATE TABLE editorial.slot_event (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT slot_event_pkey PRIMARY KEY,
    slot_id     bigint NOT NULL CONSTRAINT slot_event_slot_fkey REFERENCES editorial.slot (id),
    day         date NOT NULL,
    kind        text NOT NULL CONSTRAINT slot_event_kind_known CHECK (kind IN ('filled', 'skipped', 'reopened')),
    article_id  bigint CONSTRAINT slot_event_article_fkey REFERENCES editorial.article (id),
    reason      text,
    account_id  bigint NOT NULL CONSTRAINT slot_event_account_fkey REFERENCES access.account (id),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT slot_event_article_given CHECK ((kind = 'filled') = (article_id IS NOT NULL)),
    CONSTRAINT slot_event_reason_given CHECK (kind <> 'skipped' OR (reason IS NOT NULL AND btrim(reason) <> ''))
);
CREATE INDEX slot_event_slot_idx ON editorial.slot_event (slot_id, day, id);

-- Commissions ------------------------------------------------------------------------------------------------------------

CREATE TABLE editorial.commission (
    id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT commission_pkey PRIMARY KEY,
    article_id     bigint NOT NULL CONSTRAINT commission_article_fkey REFERENCES editorial.article (id),
    contributor_id bigint NOT NULL CONSTRAINT commission_contributor_fkey REFERENCES editorial.contributor (id),
    created_by     bigint NOT NULL CONSTRAINT commission_account_fkey REFERENCES access.account (id),
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX commission_article_idx ON editorial.commission (article_id);
CREATE INDEX commission_contributor_idx ON editorial.commission (contributor_id);
CREATE TABLE editorial.commission_version (
    commission_id   bigint NOT NULL CONSTRAINT commission_version_commission_fkey REFERENCES editorial.commission (id),
    number          int NOT NULL,
    currency        text NOT NULL CONSTRAINT commission_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    -- In the currency's smallest unit: a whole fee, or so much a word.
    fee_minor       bigint CONSTRAINT commission_fee_range CHECK (fee_minor BETWEEN 0 AND 1000000000000),
    rate_minor      bigint CONSTRAINT commission_rate_range CHECK (rate_minor BETWEEN 0 AND 1000000),
    words           int CONSTRAINT commission_words_range CHECK (words BETWEEN 1 AND 1000000),
    due_at          timestamptz,
    due_local       text,
    due_zone        text,
    kill_percent    int NOT NULL CONSTRAINT commission_kill_range CHECK (kill_percent BETWEEN 0 AND 100),
    first_web       boolean NOT NULL,
    archive         boolean NOT NULL,
    republication   boolean NOT NULL,
    exclusive_until date,
    -- Where the signed agreement is kept, as the house calls it.
    agreement       text CONSTRAINT commission_agreement_clean CHECK (NOT editorial.has_tax_number(agreement)),
    note            text CONSTRAINT commission_note_clean CHECK (NOT editorial.has_tax_number(note)),
    account_id      bigint NOT NULL CONSTRAINT commission_version_account_fkey REFERENCES access.account (id),
    recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT commission_version_pkey PRIMARY KEY (commission_id, number),
    CONSTRAINT commission_priced CHECK (num_nonnulls(fee_minor, rate_minor) = 1 AND (rate_minor IS NULL OR words IS NOT
        NULL)),
    CONSTRAINT commission_due_whole CHECK (num_nonnulls(due_at, due_local, due_zone) IN (0, 3))
);
CREATE TABLE editorial.commission_export (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT commission_export_pkey PRIMARY KEY,
    account_id  bigint NOT NULL CONSTRAINT commission_export_account_fkey REFERENCES access.account (id),
    exported_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE editorial.commission_event (
    id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT commission_event_pkey PRIMARY KEY,
    commission_id bigint NOT NULL CONSTRAINT commission_event_commission_fkey REFERENCES editorial.commission (id),
    kind          text NOT NULL CONSTRAINT commission_event_kind_known
        CHECK (kind IN ('invoiced', 'approved', 'exported', 'paid')),
    amount_minor  bigint NOT NULL CONSTRAINT commission_event_amount CHECK (amount_minor >= 0),
    currency      text NOT NULL CONSTRAINT commission_event_currency CHECK (currency ~ '^[A-Z]{3}$'),
    -- Of the invoice: its number; of a payment: the bank's.
    reference     text CONSTRAINT commission_reference_clean CHECK (NOT editorial.has_tax_number(reference)),
    day           date NOT NULL,
    export_id     bigint CONSTRAINT commission_event_export_fkey REFERENCES editorial.commission_export (id),
    account_id    bigint NOT NULL CONSTRAINT commission_event_account_fkey REFERENCES access.account (id),
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT commission_event_once UNIQUE (commission_id, kind),
    CONSTRAINT commission_event_export_whole CHECK ((kind = 'exported') = (export_id IS NOT NULL))
);
CREATE INDEX commission_event_export_idx ON editorial.commission_event (export_id) WHERE export_id IS NOT NULL;
CREATE INDEX commission_event_paid_idx ON editorial.commission_event (day) WHERE kind = 'paid';

-- What each commission is worth now: agreed in full, or the kill fee once its article was killed; halves of a cent up.
CREATE VIEW editorial.commission_now AS
SELECT c.id, c.article_id, c.contributor_id, v.number, v.currency, v.words, v.kill_percent,
       agreed.minor AS agreed_minor,
       CASE WHEN a.status = 'killed' THEN (agreed.minor * v.kill_percent + 50) / 100
            WHEN a.first_published_at IS NOT NULL THEN agreed.minor END AS payable_minor
FROM editorial.commission c
JOIN editorial.article a ON a.id = c.article_id
JOIN LATERAL (SELECT n.* FROM editorial.commission_version n WHERE n.commission_id = c.id ORDER BY n.number DESC
              LIMIT 1) v ON true
CROSS JOIN LATERAL (SELECT coalesce(v.fee_minor, v.rate_minor * v.words) AS minor) agreed;

-- Contributors, completed ------------------------------------------------------------------------------------------------

ALTER TABLE editorial.contributor ADD COLUMN photo bytea CONSTRAINT contributor_photo_fkey REFERENCES editorial.media (hash);
ALTER TABLE editorial.contributor ADD COLUMN photo_credit text;
ALTER TABLE editorial.contributor ADD CONSTRAINT contributor_photo_credited
    CHECK (photo IS NULL OR (photo_credit IS NOT NULL AND btrim(photo_credit) <> ''));
ALTER TABLE editorial.contributor ADD CONSTRAINT contributor_clean CHECK (NOT editorial.has_tax_number(
    concat_ws(E'\n', title, biography, affiliations, disclosure, photo_credit, links::text)));
-- That a form is on file and since when; what is on it stays with whoever does the taxes.
CREATE TABLE editorial.tax_form (
    id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT tax_form_pkey PRIMARY KEY,
    contributor_id bigint NOT NULL CONSTRAINT tax_form_contributor_fkey REFERENCES editorial.contributor (id),
    form           text NOT NULL CONSTRAINT tax_form_known CHECK (form IN ('w9', 'w8')),
    status         text NOT NULL CONSTRAINT tax_form_status_known CHECK (status IN ('requested', 'received', 'expired')),
    day            date NOT NULL,
    account_id     bigint NOT NULL CONSTRAINT tax_form_account_fkey REFERENCES access.account (id),
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX tax_form_contributor_idx ON editorial.tax_form (contributor_id, id);
CREATE INDEX contributor_confirmed_idx ON editorial.contributor (confirmed_on, id);

-- Pitches that come in ---------------------------------------------------------------------------------------------------

CREATE TABLE editorial.pitch_template (
    name       text CONSTRAINT pitch_template_pkey PRIMARY KEY
               CONSTRAINT pitch_template_name_form CHECK (name ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(name) <= 100),
    subject    text NOT NULL CONSTRAINT pitch_template_subject_given CHECK (btrim(subject) <> ''),
    body       text NOT NULL CONSTRAINT pitch_template_body_given CHECK (btrim(body) <> ''),
    changed_by bigint CONSTRAINT pitch_template_account_fkey REFERENCES access.account (id),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO editorial.pitch_template (name, subject, body) VALUES
    ('no-thanks', 'Your pitch', E'Thank you for your pitch. We can''t take it on, but we are glad you thought of us.\n');
CREATE TABLE editorial.pitch (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pitch_pkey PRIMARY KEY,
    from_name   text NOT NULL DEFAULT '',
    from_email  text NOT NULL,
    title       text NOT NULL CONSTRAINT pitch_title_given CHECK (btrim(title) <> '' AND length(title) <= 1000),
    body        text NOT NULL DEFAULT '' CONSTRAINT pitch_body_size CHECK (octet_length(body) <= 1048576),
    -- Names, types and sizes; the files themselves aren't kept.
    attachments jsonb NOT NULL DEFAULT '[]',
    message_id  text CONSTRAINT pitch_message_once UNIQUE,
    sent_at     timestamptz,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    added_by    bigint NOT NULL CONSTRAINT pitch_account_fkey REFERENCES access.account (id),
    status      text NOT NULL DEFAULT 'waiting' CONSTRAINT pitch_status_known
        CHECK (status IN ('waiting', 'accepted', 'declined')),
    article_id  bigint CONSTRAINT pitch_article_key UNIQUE
                CONSTRAINT pitch_article_fkey REFERENCES editorial.article (id),
    template    text CONSTRAINT pitch_template_fkey REFERENCES editorial.pitch_template (name),
    decided_by  bigint CONSTRAINT pitch_decider_fkey REFERENCES access.account (id),
    decided_at  timestamptz,
    CONSTRAINT pitch_decided_whole CHECK ((status = 'accepted') = (article_id IS NOT NULL)
        AND (status = 'declined') = (template IS NOT NULL)
        AND (status = 'waiting') = (decided_at IS NULL) AND (status = 'waiting') = (decided_by IS NULL))
);
CREATE INDEX pitch_waiting_idx ON editorial.pitch (received_at, id) WHERE status = 'waiting';
CREATE INDEX pitch_status_idx ON editorial.pitch (status, received_at, id);

-- The house's own words, for the advice before a text goes out -------------------------------------------------------

CREATE TABLE editorial.house_word (
    id       bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT house_word_pkey PRIMARY KEY,
    -- A name as it is spelled, or a word that isn't written here.
    kind     text NOT NULL CONSTRAINT house_word_kind_known CHECK (kind IN ('name', 'style')),
    word     text NOT NULL CONSTRAINT house_word_given CHECK (btrim(word) <> '' AND length(word) <= 200),
    instead  text CONSTRAINT house_word_instead_size CHECK (length(instead) <= 200),
    added_by bigint NOT NULL CONSTRAINT house_word_account_fkey REFERENCES access.account (id),
    CONSTRAINT house_word_once UNIQUE (kind, word)
);

-- What the public sees ---------------------------------------------------------------------------------------------------

CREATE VIEW editorial.public_series AS
SELECT s.slug, s.name, s.prefix, s.dek, s.art, s.art_alt, s.art_credit, p.id AS article_id,
       p.first_published_at
FROM editorial.series s
JOIN editorial.article a ON a.series_id = s.id
JOIN editorial.public_article p ON p.id = a.id
WHERE p.public_status IN ('live', 'corrected');

CREATE VIEW editorial.public_topic AS
SELECT t.slug, t.name, p.id AS article_id, p.first_published_at
FROM editorial.topic t
JOIN editorial.article_topic m ON m.topic_id = t.id
JOIN editorial.public_article p ON p.id = m.article_id
WHERE p.public_status IN ('live', 'corrected');

-- Who may do what ----------------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION editorial.has_tax_number(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.has_tax_number(text) TO masthead_app;
GRANT SELECT ON editorial.series, editorial.topic, editorial.article_topic, editorial.collection,
    editorial.collection_rule, editorial.collection_pin, editorial.slot, editorial.slot_event, editorial.commission,
    editorial.commission_version, editorial.commission_export, editorial.commission_event, editorial.commission_now,
    editorial.tax_form, editorial.pitch_template, editorial.pitch, editorial.house_word, editorial.public_series,
    editorial.public_topic TO masthead_app;
GRANT INSERT (slug, name, prefix, dek, art, art_alt, art_credit, body_template, created_by) ON editorial.series TO
    masthead_app;
GRANT UPDATE (name, prefix, dek, art, art_alt, art_credit, body_template) ON editorial.series TO masthead_app;
GRANT INSERT (slug, name) ON editorial.topic TO masthead_app;
GRANT UPDATE (name) ON editorial.topic TO masthead_app;
GRANT UPDATE (series_id) ON editorial.article TO masthead_app;
GRANT INSERT (article_id, topic_id), DELETE ON editorial.article_topic TO masthead_app;
GRANT INSERT (slug, title, intro, image, image_alt, image_credit, opens_at, ends_at, created_by) ON editorial.collection
    TO masthead_app;
GRANT UPDATE (title, intro, image, image_alt, image_credit, opens_at, ends_at, closed_at) ON editorial.collection TO
    masthead_app;
GRANT INSERT (collection_id, section_id, series_id, topic_id, contributor_id, tag) ON editorial.collection_rule TO
    masthead_app;
GRANT INSERT (collection_id, article_id, position), DELETE ON editorial.collection_pin TO masthead_app;
GRANT INSERT (series_id, owner_id, weekday, second_of_day, zone, due_before_s, fallback_article_id, fallback_series,
    from_day, until_day, created_by) ON editorial.slot TO masthead_app;
GRANT UPDATE (until_day, owner_id) ON editorial.slot TO masthead_app;
GRANT INSERT (slot_id, day, kind, article_id, reason, account_id) ON editorial.slot_event TO masthead_app;
GRANT INSERT (article_id, contributor_id, created_by) ON editorial.commission TO masthead_app;
GRANT INSERT (commission_id, number, currency, fee_minor, rate_minor, words, due_at, due_local, due_zone, kill_percent,
    first_web, archive, republication, exclusive_until, agreement, note, account_id) ON editorial.commission_version TO
    masthead_app;
GRANT INSERT (account_id) ON editorial.commission_export TO masthead_app;
GRANT INSERT (commission_id, kind, amount_minor, currency, reference, day, export_id, account_id) ON
    editorial.commission_event TO masthead_app;
GRANT INSERT (contributor_id, form, status, day, account_id) ON editorial.tax_form TO masthead_app;
GRANT UPDATE (photo, photo_credit) ON editorial.contributor TO masthead_app;
GRANT INSERT (name, subject, body, changed_by) ON editorial.pitch_template TO masthead_app;
GRANT UPDATE (subject, body, changed_by, changed_at) ON editorial.pitch_template TO masthead_app;
GRANT INSERT (from_name, from_email, title, body, attachments, message_id, sent_at, added_by) ON editorial.pitch TO
    masthead_app;
GRANT UPDATE (status, article_id, template, decided_by, decided_at) ON editorial.pitch TO masthead_app;
GRANT INSERT (kind, word, instead, added_by), DELETE ON editorial.house_word TO masthead_app;
GRANT SELECT ON editorial.public_series, editorial.public_topic TO masthead_reader;

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('series.manage', 'section-editor publisher editor-in-chief'),
    ('slot.manage', 'section-editor editor-in-chief'),
    ('commission.manage', 'section-editor editor-in-chief'),
    ('commission.pay', 'finance'),
    ('fee.read', 'section-editor editor-in-chief finance'),
    ('pitch.read', 'section-editor editor-in-chief'),
    ('pitch.manage', 'section-editor editor-in-chief'),
    ('style.manage', 'copy section-editor editor-in-chief')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
