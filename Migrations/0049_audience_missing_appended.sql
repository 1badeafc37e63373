-- Pages that weren't there are appended as views are: a batch copies its own behind what is there, reports sum, and
-- upkeep makes one row of several when the day is over.

ALTER TABLE audience.missing_day DROP CONSTRAINT missing_day_pkey, DROP CONSTRAINT missing_day_site_fkey;
DROP INDEX audience.missing_day_day_idx;
CREATE INDEX missing_day_day_idx ON audience.missing_day USING brin (day) WITH (pages_per_range = 16, autosummarize = on);
REVOKE UPDATE ON audience.missing_day FROM masthead_app;
CREATE TRIGGER missing_day_of_site AFTER INSERT ON audience.missing_day REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION audience.of_known_site();

-- Adds up the rows of each page of the days from `first` to before `next` that have several; answers how many fewer rows
-- there are.
CREATE FUNCTION audience.fold_missing(first date, next date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
    made bigint;
BEGIN
    WITH several AS MATERIALIZED (
        SELECT DISTINCT c.site, c.day
        FROM (SELECT m.site, m.day FROM audience.missing_day m WHERE m.day >= first AND m.day < next
              GROUP BY m.site, m.day, m.path, m.referrer HAVING count(*) > 1) c
    ), gone AS (
        DELETE FROM audience.missing_day m USING several s
        WHERE m.day >= first AND m.day < next AND m.site = s.site AND m.day = s.day
        RETURNING m.*
    ), folded AS (
        INSERT INTO audience.missing_day (site, day, path, referrer, lines)
        SELECT g.site, g.day, g.path, g.referrer, sum(g.lines) FROM gone g
        GROUP BY g.site, g.day, g.path, g.referrer RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM folded) INTO removed, made;
    RETURN removed - made;
END $$;
REVOKE ALL ON FUNCTION audience.fold_missing(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audience.fold_missing(date, date) TO masthead_app;
