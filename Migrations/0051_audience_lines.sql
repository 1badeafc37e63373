-- Audience: an hour's outcomes are among those known, asked once a statement: a foreign key asks once a row, and that took
-- half of the time in which an import writes its accounting. Outcomes are never removed.
ALTER TABLE audience.line_hour DROP CONSTRAINT line_hour_outcome_fkey;
CREATE FUNCTION audience.of_known_outcome() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT f.outcome FROM fresh f) f
        WHERE NOT EXISTS (SELECT FROM audience.outcome o WHERE o.code = f.outcome)) THEN
        RAISE EXCEPTION '% of an outcome that is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_TABLE_NAME || '_of_outcome';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION audience.of_known_outcome() FROM PUBLIC;
CREATE TRIGGER line_hour_of_outcome AFTER INSERT ON audience.line_hour REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION audience.of_known_outcome();

-- Open visits are hashes for the most part: noise to a compressor.
ALTER TABLE audience.open_visits ALTER COLUMN visits SET STORAGE EXTERNAL;
