-- Audience: the beacon, a meter beside the log. Each counts under an id of its own, so that no sum can take in both, and
-- everything that is kept by site holds for it as for a log. A report chooses one of them for each local day.

ALTER TABLE audience.site ADD COLUMN meter text NOT NULL DEFAULT 'log';
ALTER TABLE audience.site ADD CONSTRAINT site_meter CHECK (meter IN ('log', 'beacon'));
ALTER TABLE audience.site DROP CONSTRAINT site_host_unique;
ALTER TABLE audience.site ADD CONSTRAINT site_host_unique UNIQUE (host, meter);

-- A host has one clock, whoever counts it: days could not be held against each other otherwise. Its row for the log is
-- the host itself, what marks, vouched time and imported history point at, so it comes first.
CREATE FUNCTION audience.require_one_clock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audience.site ' || NEW.host, 0));
    IF NEW.meter <> 'log' AND NOT EXISTS (SELECT FROM audience.site s WHERE s.host = NEW.host AND s.meter = 'log') THEN
        RAISE EXCEPTION '% has no row of its own yet', NEW.host
            USING ERRCODE = 'check_violation', CONSTRAINT = 'site_log_first';
    END IF;
    IF EXISTS (SELECT FROM audience.site s WHERE s.host = NEW.host AND s.timezone <> NEW.timezone) THEN
        RAISE EXCEPTION '% has another time zone', NEW.host
            USING ERRCODE = 'check_violation', CONSTRAINT = 'site_one_clock';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION audience.require_one_clock() FROM PUBLIC;
CREATE TRIGGER site_one_clock BEFORE INSERT ON audience.site
    FOR EACH ROW EXECUTE FUNCTION audience.require_one_clock();

-- What keeps a beacon from being a page view, beside the rules that it shares with a line.
INSERT INTO audience.outcome (code, kind, word) VALUES (28, 'excluded', 'hidden'), (29, 'excluded', 'repeated');

-- How far each spool was counted. A spool is known by what was drawn when its folder was made, not by its path: two
-- machines may use one path, and a folder may move.
CREATE TABLE audience.spool (
    id integer GENERATED ALWAYS AS IDENTITY,
    identity uuid NOT NULL,
    folder text NOT NULL,
    -- The place behind the last record that was counted: byte of a segment, and the sequence of the record that follows.
    segment bigint NOT NULL,
    place bigint NOT NULL,
    next bigint NOT NULL,
    -- When the last record that was counted came.
    last_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT spool_pkey PRIMARY KEY (id),
    CONSTRAINT spool_identity_unique UNIQUE (identity),
    CONSTRAINT spool_place CHECK (segment >= 1 AND place >= 0 AND next >= segment),
    CONSTRAINT spool_folder CHECK (octet_length(folder) BETWEEN 1 AND 4096)
);
GRANT SELECT, INSERT (identity, folder, segment, place, next), UPDATE (folder, segment, place, next, last_at, changed_at)
    ON audience.spool TO masthead_app;

-- One row for each committed run of records, and the accounting of it.
CREATE TABLE audience.spool_batch (
    id bigint GENERATED ALWAYS AS IDENTITY,
    spool integer NOT NULL,
    from_sequence bigint NOT NULL,
    -- The first that isn't in it.
    to_sequence bigint NOT NULL,
    records bigint NOT NULL,
    -- Records whose segments were gone when somebody decided to go on without them.
    lost bigint NOT NULL DEFAULT 0,
    outcomes jsonb NOT NULL,
    unsessioned bigint NOT NULL,
    without_uniques bigint NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT spool_batch_pkey PRIMARY KEY (id),
    CONSTRAINT spool_batch_spool_fkey FOREIGN KEY (spool) REFERENCES audience.spool (id),
    -- The same records can't be counted twice, whatever the program does.
    CONSTRAINT spool_batch_once UNIQUE (spool, from_sequence),
    CONSTRAINT spool_batch_whole CHECK (to_sequence > from_sequence AND records >= 0 AND lost >= 0
                                        AND records + lost = to_sequence - from_sequence)
);
GRANT SELECT, INSERT (spool, from_sequence, to_sequence, records, lost, outcomes, unsessioned, without_uniques)
    ON audience.spool_batch TO masthead_app;

-- A spool moves over records that a batch accounts for, and never back.
CREATE FUNCTION audience.require_spool_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audience.spool_batch b
                   WHERE b.spool = NEW.id AND b.from_sequence = OLD.next AND b.to_sequence = NEW.next) THEN
        RAISE EXCEPTION 'no batch accounts for the records from % to %', OLD.next, NEW.next
            USING ERRCODE = 'check_violation', CONSTRAINT = 'spool_moves_by_batches';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION audience.require_spool_batch() FROM PUBLIC;
CREATE TRIGGER spool_moves_by_batches BEFORE UPDATE ON audience.spool
    FOR EACH ROW WHEN (OLD.next <> NEW.next) EXECUTE FUNCTION audience.require_spool_batch();

-- When a spool had beacons of a site: a run ends where none came for a day.
CREATE TABLE audience.spool_span (
    site integer NOT NULL,
    spool integer NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT spool_span_pkey PRIMARY KEY (site, spool, first_at),
    CONSTRAINT spool_span_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT spool_span_spool_fkey FOREIGN KEY (spool) REFERENCES audience.spool (id),
    CONSTRAINT spool_span_order CHECK (first_at <= last_at)
);
GRANT SELECT, INSERT, UPDATE ON audience.spool_span TO masthead_app;

-- Page loads and openings of the last day: a repeated id is ignored by them, and what is said later of one finds what it
-- was counted under. `load` is a keyed hash of the id, `visitor` the hash of the day. Rows go a day after they came, so
-- the table holds a day of page views at the most.
CREATE TABLE audience.beacon_load (
    load uuid NOT NULL,
    content uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    bucket timestamptz NOT NULL,
    visitor bigint,
    site integer NOT NULL,
    engaged_ms integer NOT NULL DEFAULT 0,
    day date NOT NULL,
    class smallint NOT NULL,
    seen_percent smallint NOT NULL DEFAULT 0,
    is_read boolean NOT NULL DEFAULT false,
    CONSTRAINT beacon_load_pkey PRIMARY KEY (site, load),
    CONSTRAINT beacon_load_amounts CHECK (engaged_ms BETWEEN 0 AND 7200000 AND seen_percent BETWEEN 0 AND 100)
) WITH (fillfactor = 80);
CREATE INDEX beacon_load_seen_idx ON audience.beacon_load (seen_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON audience.beacon_load TO masthead_app;
