-- Particulars of what was counted are forgotten in time: batches, pages that weren't there, samples of rejected lines.
-- The figures stay. Whatever is asked for, nothing of the last thirty days goes, and of each log and spool the latest
-- batch stays.

CREATE INDEX ingest_batch_committed_idx ON audience.ingest_batch (committed_at);
CREATE INDEX spool_batch_committed_idx ON audience.spool_batch (committed_at);
CREATE INDEX missing_day_day_idx ON audience.missing_day (day);

-- At most so many rows of each kind, so that nobody waits for long; answers how many went.
CREATE FUNCTION audience.forget_particulars(before timestamptz, at_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cut timestamptz := least(before, now() - interval '30 days');
    gone bigint;
    forgotten bigint := 0;
BEGIN
    DELETE FROM audience.ingest_batch b WHERE b.id IN (
        SELECT o.id FROM audience.ingest_batch o
        WHERE o.committed_at < cut
          AND EXISTS (SELECT FROM audience.ingest_batch n WHERE n.file_id = o.file_id AND n.from_position > o.from_position)
        ORDER BY o.committed_at LIMIT at_most);
    GET DIAGNOSTICS gone = ROW_COUNT;
    forgotten := forgotten + gone;
    DELETE FROM audience.spool_batch b WHERE b.id IN (
        SELECT o.id FROM audience.spool_batch o
        WHERE o.committed_at < cut
          AND EXISTS (SELECT FROM audience.spool_batch n WHERE n.spool = o.spool AND n.from_sequence > o.from_sequence)
        ORDER BY o.committed_at LIMIT at_most);
    GET DIAGNOSTICS gone = ROW_COUNT;
    forgotten := forgotten + gone;
    DELETE FROM audience.missing_day m WHERE m.ctid = ANY (ARRAY(
        SELECT o.ctid FROM audience.missing_day o WHERE o.day < (cut AT TIME ZONE 'UTC')::date
        ORDER BY o.day LIMIT at_most FOR UPDATE));
    GET DIAGNOSTICS gone = ROW_COUNT;
    forgotten := forgotten + gone;
    UPDATE audience.reject_hour r SET sample = ''::bytea
    WHERE (r.site, r.bucket, r.reason) IN (
        SELECT o.site, o.bucket, o.reason FROM audience.reject_hour o
        WHERE o.bucket < cut AND o.bucket > timestamptz '1970-01-02 00:00:00+00' AND o.sample <> ''::bytea
        LIMIT at_most);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN forgotten + gone;
END $$;
REVOKE ALL ON FUNCTION audience.forget_particulars(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audience.forget_particulars(timestamptz, integer) TO masthead_app;
