-- Audience: cells are appended. A batch copies what it counted behind what is there, as it does with sketches, and every
-- report sums; nothing is looked up, no row is waited for, and the table needs no index but the one that says which
-- blocks an hour's rows are in. Folding makes one row a cell again of an hour that is over, and sums a month by content.

ALTER TABLE audience.pv_hour DROP CONSTRAINT pv_hour_pkey;
CREATE INDEX pv_hour_bucket_idx ON audience.pv_hour USING brin (bucket) WITH (pages_per_range = 16, autosummarize = on);
-- A visit that turns out to have begun earlier takes its entry back, in a row of its own.
ALTER TABLE audience.pv_hour DROP CONSTRAINT pv_hour_counts;
ALTER TABLE audience.pv_hour
    ADD CONSTRAINT pv_hour_counts CHECK (pv >= 0 AND openings >= 0 AND reads >= 0 AND engaged_ms >= 0);
-- Rows are appended, and deleted when they are folded, which is the owner's.
REVOKE UPDATE ON audience.pv_hour FROM masthead_app;

-- Adds up the rows of each cell of the hours from `first` to before `next` that have several. What is appended
-- meanwhile stays as it is, and two who fold at once each fold what they took.
CREATE FUNCTION audience.fold_hours(first timestamptz, next timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
    made bigint;
BEGIN
    WITH several AS MATERIALIZED (
        SELECT DISTINCT c.site, c.bucket
        FROM (SELECT h.site, h.bucket FROM audience.pv_hour h WHERE h.bucket >= first AND h.bucket < next
              GROUP BY h.site, h.bucket, h.content, h.class HAVING count(*) > 1) c
    ), gone AS (
        DELETE FROM audience.pv_hour h USING several s
        WHERE h.bucket >= first AND h.bucket < next AND h.site = s.site AND h.bucket = s.bucket
        RETURNING h.*
    ), folded AS (
        INSERT INTO audience.pv_hour (site, bucket, content, class, pv, entries, openings, reads, engaged_ms)
        SELECT g.site, g.bucket, g.content, g.class, sum(g.pv), sum(g.entries), sum(g.openings), sum(g.reads),
               sum(g.engaged_ms)
        FROM gone g GROUP BY g.site, g.bucket, g.content, g.class
        HAVING sum(g.pv) <> 0 OR sum(g.entries) <> 0 OR sum(g.openings) <> 0 OR sum(g.reads) <> 0
            OR sum(g.engaged_ms) <> 0
        ORDER BY g.site, g.bucket, g.content, g.class RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM folded) INTO removed, made;
    RETURN removed - made;
END $$;
REVOKE ALL ON FUNCTION audience.fold_hours(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audience.fold_hours(timestamptz, timestamptz) TO masthead_app;

-- What people viewed in a local month, by content: the hours before `until` are in it, later ones are added to it when
-- somebody asks. Who appends to an hour that is in it adds to it too.
CREATE TABLE audience.month_fold (
    site integer NOT NULL,
    month date NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT month_fold_pkey PRIMARY KEY (site, month),
    CONSTRAINT month_fold_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT month_fold_first CHECK (extract(day FROM month) = 1)
);
CREATE TABLE audience.pv_month (
    site integer NOT NULL,
    month date NOT NULL,
    content uuid NOT NULL,
    pv bigint NOT NULL,
    CONSTRAINT pv_month_pkey PRIMARY KEY (site, month, content),
    CONSTRAINT pv_month_fold_fkey FOREIGN KEY (site, month) REFERENCES audience.month_fold (site, month)
) WITH (fillfactor = 80);
CREATE INDEX pv_month_rank_idx ON audience.pv_month (site, month, pv DESC);
GRANT SELECT, INSERT, UPDATE ON audience.month_fold, audience.pv_month TO masthead_app;

-- That the site exists is asked once a statement instead of once a row; sites are never removed.
ALTER TABLE audience.content DROP CONSTRAINT content_site_fkey;
ALTER TABLE audience.line_hour DROP CONSTRAINT line_hour_site_fkey;
CREATE FUNCTION audience.of_known_site() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT f.site FROM fresh f) f
        WHERE NOT EXISTS (SELECT FROM audience.site s WHERE s.id = f.site)) THEN
        RAISE EXCEPTION '% of a site that is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_TABLE_NAME || '_of_site';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION audience.of_known_site() FROM PUBLIC;
CREATE TRIGGER content_of_site AFTER INSERT ON audience.content REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION audience.of_known_site();
CREATE TRIGGER line_hour_of_site AFTER INSERT ON audience.line_hour REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION audience.of_known_site();

-- Sketches are noise to a compressor, which takes longer over them than the disk.
ALTER TABLE audience.uniq_delta ALTER COLUMN sketch SET STORAGE EXTERNAL;
ALTER TABLE audience.uniq_day ALTER COLUMN sketch SET STORAGE EXTERNAL;
ALTER TABLE audience.uniq_month ALTER COLUMN sketch SET STORAGE EXTERNAL;
