-- Audience: history that others counted. A meter is one way of counting a site; our log is the meter `log` and needs no
-- row. What a meter counted is daily totals, kept whole, and never added to what another counted on the same day.

CREATE TABLE audience.meter (
    id integer GENERATED ALWAYS AS IDENTITY,
    site integer NOT NULL,
    name text COLLATE "C" NOT NULL,
    format text NOT NULL,
    added_by bigint NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT meter_pkey PRIMARY KEY (id),
    CONSTRAINT meter_name_unique UNIQUE (site, name),
    CONSTRAINT meter_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT meter_account_fkey FOREIGN KEY (added_by) REFERENCES access.account (id),
    -- What we count ourselves can't be imported.
    CONSTRAINT meter_name_form CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,39}$' AND name NOT IN ('log', 'beacon')),
    CONSTRAINT meter_format CHECK (format IN ('plausible', 'ga4', 'matomo', 'csv'))
);
GRANT SELECT, DELETE, INSERT (site, name, format, added_by) ON audience.meter TO masthead_app;

CREATE TABLE audience.history_day (
    meter integer NOT NULL,
    day date NOT NULL,
    pv bigint NOT NULL,
    -- Distinct visitors of that day as the meter counts them; null where the file doesn't say. They can't be added up.
    visitors bigint,
    CONSTRAINT history_day_pkey PRIMARY KEY (meter, day),
    CONSTRAINT history_day_meter_fkey FOREIGN KEY (meter) REFERENCES audience.meter (id),
    CONSTRAINT history_day_counts CHECK (pv BETWEEN 0 AND 1000000000000 AND visitors BETWEEN 0 AND 1000000000000),
    -- The web is from 1991.
    CONSTRAINT history_day_first CHECK (day >= date '1991-01-01')
);
GRANT SELECT, INSERT, DELETE ON audience.history_day TO masthead_app;

-- A day that isn't over on its site's wall has no total.
CREATE FUNCTION audience.require_day_over() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_days d JOIN audience.meter m ON m.id = d.meter JOIN audience.site s ON s.id = m.site
               WHERE d.day >= (clock_timestamp() AT TIME ZONE s.timezone)::date) THEN
        RAISE EXCEPTION 'a day that is not over has no total'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'history_day_over';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION audience.require_day_over() FROM PUBLIC;
CREATE TRIGGER history_day_over AFTER INSERT ON audience.history_day
    REFERENCING NEW TABLE AS new_days FOR EACH STATEMENT EXECUTE FUNCTION audience.require_day_over();
