-- Audience: two who make a month at once make it once. What to_regclass didn't find is remembered by the server until it
-- hears otherwise, which waiting for an advisory lock doesn't make it do; the catalog itself, asked again behind the lock,
-- has what the other one made.
CREATE OR REPLACE FUNCTION audience.ensure_month(month date) RETURNS void
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
        CONTINUE WHEN EXISTS (SELECT FROM pg_class c
                              WHERE c.relname = name AND c.relnamespace = 'audience'::regnamespace);
        PERFORM pg_advisory_xact_lock(hashtextextended('audience.' || name, 0));
        CONTINUE WHEN EXISTS (SELECT FROM pg_class c
                              WHERE c.relname = name AND c.relnamespace = 'audience'::regnamespace);
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
