-- Audience: counted page views. Raw views never come here: only rollups, what must be remembered to count a log exactly
-- once, and the secrets that turn an address into a visitor for as long as they live.

CREATE SCHEMA audience;
GRANT USAGE ON SCHEMA audience TO masthead_app;

-- The lasting secret of this database: content is indexed and visitors are told apart under it, so that neither can be
-- computed, nor made to collide, by somebody who only knows paths and addresses.
CREATE TABLE audience.secret (
    only_row boolean NOT NULL DEFAULT true,
    identity_key bytea NOT NULL,
    CONSTRAINT secret_pkey PRIMARY KEY (only_row),
    CONSTRAINT secret_only_row CHECK (only_row),
    CONSTRAINT secret_length CHECK (octet_length(identity_key) = 16)
);
-- Two random UUIDs have 244 random bits; their hash keeps 128 of them.
INSERT INTO audience.secret (identity_key)
VALUES (substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FROM 1 FOR 16));
GRANT SELECT ON audience.secret TO masthead_app;

CREATE TABLE audience.site (
    id integer GENERATED ALWAYS AS IDENTITY,
    host text NOT NULL,
    -- Decides which hour, day and month a view belongs to; it never changes once something was counted.
    timezone text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT site_pkey PRIMARY KEY (id),
    CONSTRAINT site_host_unique UNIQUE (host),
    CONSTRAINT site_host_form CHECK (host = lower(host) AND octet_length(host) BETWEEN 1 AND 253),
    CONSTRAINT site_timezone_known CHECK (timezone(timezone, timestamptz '2000-01-01 00:00:00+00') IS NOT NULL)
);
GRANT SELECT, INSERT ON audience.site TO masthead_app;

-- What a line can come to, and the number it has in the rollups.
CREATE TABLE audience.outcome (
    code smallint NOT NULL,
    kind text NOT NULL,
    word text NOT NULL,
    CONSTRAINT outcome_pkey PRIMARY KEY (code),
    CONSTRAINT outcome_word_unique UNIQUE (kind, word),
    CONSTRAINT outcome_kind CHECK (
        kind = CASE WHEN code BETWEEN 0 AND 15 THEN 'class' WHEN code BETWEEN 16 AND 31 THEN 'excluded'
                    WHEN code BETWEEN 32 AND 47 THEN 'rejected' END)
);
INSERT INTO audience.outcome (code, kind, word) VALUES
    (0, 'class', 'human'), (1, 'class', 'declared_bot'), (2, 'class', 'http_library'), (3, 'class', 'feed'),
    (4, 'class', 'monitor'), (5, 'class', 'preview'), (6, 'class', 'prefetch'), (7, 'class', 'datacentre'),
    (8, 'class', 'spam_ref'), (9, 'class', 'empty_ua'), (10, 'class', 'heuristic'),
    (16, 'excluded', 'method'), (17, 'excluded', 'status'), (18, 'excluded', 'prefetch'), (19, 'excluded', 'route'),
    (32, 'rejected', 'empty'), (33, 'rejected', 'format'), (34, 'rejected', 'time'), (35, 'rejected', 'future'),
    (36, 'rejected', 'quote'), (37, 'rejected', 'request'), (38, 'rejected', 'status'), (39, 'rejected', 'too_long');
GRANT SELECT ON audience.outcome TO masthead_app;

-- What was viewed. Rollups hold the key, a hash of the path under the secret; the path stands here once.
CREATE TABLE audience.content (
    site integer NOT NULL,
    key uuid NOT NULL,
    path text NOT NULL,
    CONSTRAINT content_pkey PRIMARY KEY (site, key),
    CONSTRAINT content_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT content_path_form CHECK (path ~ '^(/[!-~]*|\(other\))$' AND octet_length(path) <= 1000)
);
GRANT SELECT, INSERT ON audience.content TO masthead_app;

-- Views by local hour and content. `bucket` is the instant at which the site's local hour began. No foreign keys and
-- one index: this is the table that grows.
CREATE TABLE audience.pv_hour (
    bucket timestamptz NOT NULL,
    content uuid NOT NULL,
    engaged_ms bigint NOT NULL DEFAULT 0,
    site integer NOT NULL,
    pv integer NOT NULL,
    entries integer NOT NULL DEFAULT 0,
    openings integer NOT NULL DEFAULT 0,
    reads integer NOT NULL DEFAULT 0,
    class smallint NOT NULL,
    CONSTRAINT pv_hour_pkey PRIMARY KEY (site, bucket, content, class),
    CONSTRAINT pv_hour_counts CHECK (pv >= 0 AND entries >= 0 AND openings >= 0 AND reads >= 0 AND engaged_ms >= 0)
) PARTITION BY RANGE (bucket);
GRANT SELECT, INSERT, UPDATE ON audience.pv_hour TO masthead_app;

-- Views and visits by local hour. `unsessioned` are views that came too late to join a visit.
CREATE TABLE audience.site_hour (
    site integer NOT NULL,
    bucket timestamptz NOT NULL,
    pv bigint NOT NULL DEFAULT 0,
    visits bigint NOT NULL DEFAULT 0,
    bounces bigint NOT NULL DEFAULT 0,
    unsessioned bigint NOT NULL DEFAULT 0,
    openings bigint NOT NULL DEFAULT 0,
    reads bigint NOT NULL DEFAULT 0,
    engaged_ms bigint NOT NULL DEFAULT 0,
    CONSTRAINT site_hour_pkey PRIMARY KEY (site, bucket),
    CONSTRAINT site_hour_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT site_hour_counts CHECK (bounces >= 0 AND bounces <= visits AND pv >= 0)
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE ON audience.site_hour TO masthead_app;

-- Every line of every hour by what became of it. Lines whose time can't be read stand in the hour of 1970-01-01T00:00Z.
CREATE TABLE audience.line_hour (
    site integer NOT NULL,
    bucket timestamptz NOT NULL,
    outcome smallint NOT NULL,
    lines bigint NOT NULL,
    CONSTRAINT line_hour_pkey PRIMARY KEY (site, bucket, outcome),
    CONSTRAINT line_hour_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT line_hour_outcome_fkey FOREIGN KEY (outcome) REFERENCES audience.outcome (code),
    CONSTRAINT line_hour_counts CHECK (lines >= 0)
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE ON audience.line_hour TO masthead_app;

-- Rejected lines, with one sample of each reason and hour in which every letter and digit is masked.
CREATE TABLE audience.reject_hour (
    site integer NOT NULL,
    bucket timestamptz NOT NULL,
    reason text NOT NULL,
    lines bigint NOT NULL,
    sample bytea NOT NULL,
    CONSTRAINT reject_hour_pkey PRIMARY KEY (site, bucket, reason),
    CONSTRAINT reject_hour_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT reject_hour_counts CHECK (lines >= 0 AND octet_length(sample) <= 200)
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE ON audience.reject_hour TO masthead_app;

-- Visits by where they came from, on the local day they began. `kind`: d direct, u utm_source, r source or ref,
-- c click id, h referring host.
CREATE TABLE audience.source_day (
    site integer NOT NULL,
    day date NOT NULL,
    kind "char" NOT NULL,
    source text NOT NULL,
    visits bigint NOT NULL,
    bounces bigint NOT NULL,
    pv bigint NOT NULL,
    CONSTRAINT source_day_pkey PRIMARY KEY (site, day, kind, source),
    CONSTRAINT source_day_kind CHECK (kind IN ('d', 'u', 'r', 'c', 'h')),
    CONSTRAINT source_day_source CHECK (octet_length(source) <= 100),
    CONSTRAINT source_day_counts CHECK (bounces >= 0 AND bounces <= visits AND visits <= pv)
) PARTITION BY RANGE (day);
GRANT SELECT, INSERT, UPDATE ON audience.source_day TO masthead_app;

-- Sketches of visitors (see Audience/Count/Sketch.swift for the bytes). Batches append to uniq_delta, which closing a
-- month merges into uniq_day and uniq_month: merging inside an upsert would hold the row.
CREATE TABLE audience.uniq_day (
    site integer NOT NULL,
    day date NOT NULL,
    sketch bytea NOT NULL,
    CONSTRAINT uniq_day_pkey PRIMARY KEY (site, day),
    CONSTRAINT uniq_day_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id)
);
CREATE TABLE audience.uniq_month (
    site integer NOT NULL,
    month date NOT NULL,
    sketch bytea NOT NULL,
    CONSTRAINT uniq_month_pkey PRIMARY KEY (site, month),
    CONSTRAINT uniq_month_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT uniq_month_first CHECK (extract(day FROM month) = 1)
);
CREATE TABLE audience.uniq_delta (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site integer NOT NULL,
    kind "char" NOT NULL,
    period date NOT NULL,
    sketch bytea NOT NULL,
    CONSTRAINT uniq_delta_pkey PRIMARY KEY (id),
    CONSTRAINT uniq_delta_kind CHECK (kind IN ('d', 'm')),
    CONSTRAINT uniq_delta_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id)
);
CREATE INDEX uniq_delta_period_idx ON audience.uniq_delta (site, kind, period);
GRANT SELECT, INSERT, UPDATE ON audience.uniq_day, audience.uniq_month TO masthead_app;
GRANT SELECT, INSERT, DELETE ON audience.uniq_delta TO masthead_app;

-- The secret of a local day or month. Without its key the period is closed for uniques: who the visitors were can't be
-- computed any more, by anybody.
CREATE TABLE audience.salt (
    kind "char" NOT NULL,
    period date NOT NULL,
    key bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT salt_pkey PRIMARY KEY (kind, period),
    CONSTRAINT salt_kind CHECK (kind IN ('d', 'm')),
    CONSTRAINT salt_length CHECK (octet_length(key) = 16)
);
GRANT SELECT, INSERT, UPDATE (key) ON audience.salt TO masthead_app;

-- How far each log was counted. A log is known by its content: a hash of its first bytes, and a hash of the bytes that
-- lie before the position.
CREATE TABLE audience.file_state (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    head_length integer NOT NULL,
    head_hash bytea NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    lines bigint NOT NULL DEFAULT 0,
    tail_length integer NOT NULL DEFAULT 0,
    tail_hash bytea NOT NULL,
    -- Hashes, 8 bytes each, of the bytes before 2,048, 4,096, 8,192 and so on: by these a copy that is shorter than what
    -- was counted is told from another log that begins alike.
    checkpoints bytea NOT NULL DEFAULT '',
    -- Events of this file before this instant were behind what the site had counted when the file first came: their
    -- visits are their own.
    behind_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT file_state_pkey PRIMARY KEY (id),
    CONSTRAINT file_state_position CHECK (position >= 0 AND lines >= 0),
    CONSTRAINT file_state_head CHECK (head_length BETWEEN 0 AND 1024 AND octet_length(head_hash) = 16),
    CONSTRAINT file_state_tail CHECK (tail_length BETWEEN 0 AND 4096 AND octet_length(tail_hash) = 16),
    CONSTRAINT file_state_checkpoints CHECK (octet_length(checkpoints) % 8 = 0 AND octet_length(checkpoints) <= 400),
    CONSTRAINT file_state_name CHECK (octet_length(name) <= 4096)
);
CREATE INDEX file_state_head_idx ON audience.file_state (head_hash);
GRANT SELECT, INSERT, UPDATE ON audience.file_state TO masthead_app;

-- What each file covers of each site: the times of its first and last line.
CREATE TABLE audience.file_span (
    file_id bigint NOT NULL,
    site integer NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT file_span_pkey PRIMARY KEY (file_id, site),
    CONSTRAINT file_span_file_fkey FOREIGN KEY (file_id) REFERENCES audience.file_state (id),
    CONSTRAINT file_span_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT file_span_order CHECK (first_at <= last_at)
);
CREATE INDEX file_span_site_idx ON audience.file_span (site, first_at);
GRANT SELECT, INSERT, UPDATE ON audience.file_span TO masthead_app;

-- One row for each committed run of lines, and the accounting of it: lines = classes + excluded + rejected.
CREATE TABLE audience.ingest_batch (
    id bigint GENERATED ALWAYS AS IDENTITY,
    file_id bigint NOT NULL,
    from_position bigint NOT NULL,
    to_position bigint NOT NULL,
    lines bigint NOT NULL,
    outcomes jsonb NOT NULL,
    unsessioned bigint NOT NULL,
    -- Views of periods whose salt is gone: counted, but in no sketch.
    without_uniques bigint NOT NULL,
    joined boolean NOT NULL,
    tail_length integer NOT NULL,
    tail_hash bytea NOT NULL,
    rules text NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT ingest_batch_pkey PRIMARY KEY (id),
    CONSTRAINT ingest_batch_file_fkey FOREIGN KEY (file_id) REFERENCES audience.file_state (id),
    -- The same bytes can't be counted twice, whatever the program does.
    CONSTRAINT ingest_batch_once UNIQUE (file_id, from_position),
    CONSTRAINT ingest_batch_forward CHECK (to_position > from_position AND lines >= 0)
);
GRANT SELECT, INSERT ON audience.ingest_batch TO masthead_app;

-- Visits that may still go on. `stream` 0 is the site's own; a file that lies behind it has one by its id.
CREATE TABLE audience.open_visits (
    site integer NOT NULL,
    stream bigint NOT NULL,
    watermark timestamptz NOT NULL,
    visits bytea NOT NULL,
    CONSTRAINT open_visits_pkey PRIMARY KEY (site, stream),
    CONSTRAINT open_visits_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON audience.open_visits TO masthead_app;

-- Periods somebody vouches for, where no log shows a line: a quiet site, a log that was lost and counted elsewhere.
CREATE TABLE audience.covered (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site integer NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    note text NOT NULL,
    added_by bigint,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT covered_pkey PRIMARY KEY (id),
    CONSTRAINT covered_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT covered_account_fkey FOREIGN KEY (added_by) REFERENCES access.account (id),
    CONSTRAINT covered_order CHECK (from_at < to_at)
);
GRANT SELECT, INSERT, DELETE ON audience.covered TO masthead_app;

-- A month whose figures were given out. Lines that come later raise the revision.
CREATE TABLE audience.month_close (
    site integer NOT NULL,
    month date NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    closed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz,
    CONSTRAINT month_close_pkey PRIMARY KEY (site, month),
    CONSTRAINT month_close_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT month_close_first CHECK (extract(day FROM month) = 1),
    CONSTRAINT month_close_revision CHECK (revision >= 1)
);
GRANT SELECT, INSERT, UPDATE ON audience.month_close TO masthead_app;

-- Makes the partitions of a month. Each is made beside its parent and attached, which lets reads and writes go on.
CREATE FUNCTION audience.ensure_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent text;
    name text;
    first date := date_trunc('month', month)::date;
    next date := (date_trunc('month', month) + interval '1 month')::date;
BEGIN
    IF first < date '1970-01-01' OR first > date '2200-12-01' THEN
        RAISE EXCEPTION 'no log is of %', month USING ERRCODE = 'datetime_field_overflow';
    END IF;
    FOREACH parent IN ARRAY ARRAY['pv_hour', 'source_day'] LOOP
        name := parent || to_char(first, '_YYYY_MM');
        CONTINUE WHEN to_regclass(format('audience.%I', name)) IS NOT NULL;
        -- Two importers at once make it once.
        PERFORM pg_advisory_xact_lock(hashtextextended('audience.' || name, 0));
        CONTINUE WHEN to_regclass(format('audience.%I', name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE audience.%I (LIKE audience.%I INCLUDING ALL) WITH (fillfactor = 80)', name, parent);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON audience.%I TO masthead_app', name);
        IF parent = 'pv_hour' THEN
            EXECUTE format('ALTER TABLE audience.pv_hour ATTACH PARTITION audience.%I FOR VALUES FROM (%L) TO (%L)',
                           name, first::timestamp AT TIME ZONE 'UTC', next::timestamp AT TIME ZONE 'UTC');
        ELSE
            EXECUTE format('ALTER TABLE audience.source_day ATTACH PARTITION audience.%I FOR VALUES FROM (%L) TO (%L)',
                           name, first, next);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION audience.ensure_month(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audience.ensure_month(date) TO masthead_app;

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('views.read', 'analyst writer section-editor publisher editor-in-chief development admin'),
    ('views.import', 'analyst publisher editor-in-chief admin'),
    ('views.manage', 'publisher editor-in-chief admin')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
