-- Audience: a month counted anew from its logs. It is counted beside what stands, under a site that nobody but the
-- transaction that made it sees, and takes its place as a whole.

CREATE TABLE audience.rebuild (
    id bigint GENERATED ALWAYS AS IDENTITY,
    site integer NOT NULL,
    month date NOT NULL,
    reason text,
    rebuilt_by bigint NOT NULL,
    rebuilt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    lines_before bigint NOT NULL,
    lines_after bigint NOT NULL,
    views_before bigint NOT NULL,
    views_after bigint NOT NULL,
    CONSTRAINT rebuild_pkey PRIMARY KEY (id),
    CONSTRAINT rebuild_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT rebuild_account_fkey FOREIGN KEY (rebuilt_by) REFERENCES access.account (id),
    CONSTRAINT rebuild_first CHECK (extract(day FROM month) = 1),
    CONSTRAINT rebuild_reason_length CHECK (octet_length(reason) BETWEEN 1 AND 1000)
);
CREATE INDEX rebuild_site_idx ON audience.rebuild (site, month);
GRANT SELECT ON audience.rebuild TO masthead_app;

-- Puts what was counted under `fresh` in the place of a month of `stands`, and takes `fresh` away with all that is left
-- of it. Visitors of a period whose secret is gone stay as they are: nobody can tell them apart any more.
CREATE FUNCTION audience.swap_month(stands integer, fresh integer, of_month date, why text, account bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    zone text := (SELECT s.timezone FROM audience.site s WHERE s.id = stands);
    last_day date := (of_month + interval '1 month - 1 day')::date;
    first_at timestamptz := of_month::timestamp AT TIME ZONE zone;
    next_at timestamptz := (of_month + interval '1 month') AT TIME ZONE zone;
    lines_stood bigint;
    views_stood bigint;
BEGIN
    -- Another site's counts can't be taken away by naming it here: only what this transaction made is fresh.
    IF NOT EXISTS (SELECT FROM audience.site s
                   WHERE s.id = fresh AND s.id <> stands AND s.xmin = pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION 'nothing was counted anew under %', fresh
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rebuild_is_fresh';
    END IF;
    -- Nobody appends to the site until this is committed.
    PERFORM FROM audience.open_visits o WHERE o.site = stands AND o.stream = 0 FOR UPDATE;
    IF zone IS NULL OR clock_timestamp() < next_at THEN
        RAISE EXCEPTION '% is not over', of_month USING ERRCODE = 'check_violation', CONSTRAINT = 'rebuild_over';
    END IF;
    IF why IS NULL AND EXISTS (SELECT FROM audience.month_close c WHERE c.site = stands AND c.month = of_month) THEN
        RAISE EXCEPTION '% is closed', of_month USING ERRCODE = 'check_violation', CONSTRAINT = 'rebuild_reason';
    END IF;

    SELECT coalesce(sum(h.lines), 0) INTO lines_stood FROM audience.line_hour h
    WHERE h.site = stands AND h.bucket >= first_at AND h.bucket < next_at;
    SELECT coalesce(sum(h.pv), 0) INTO views_stood FROM audience.pv_hour h
    WHERE h.site = stands AND h.class = 0 AND h.bucket >= first_at AND h.bucket < next_at;

    UPDATE audience.month_close c
    SET revision = c.revision + 1, changed_at = clock_timestamp(), changed_in = pg_current_xact_id()
    WHERE c.site = stands AND c.month = of_month AND c.changed_in IS DISTINCT FROM pg_current_xact_id();

    DELETE FROM audience.pv_month m WHERE m.site = stands AND m.month = of_month;
    DELETE FROM audience.month_fold m WHERE m.site = stands AND m.month = of_month;
    DELETE FROM audience.pv_hour h WHERE h.site = stands AND h.bucket >= first_at AND h.bucket < next_at;
    DELETE FROM audience.site_hour h WHERE h.site = stands AND h.bucket >= first_at AND h.bucket < next_at;
    DELETE FROM audience.line_hour h WHERE h.site = stands AND h.bucket >= first_at AND h.bucket < next_at;
    DELETE FROM audience.reject_hour h WHERE h.site = stands AND h.bucket >= first_at AND h.bucket < next_at;
    DELETE FROM audience.source_day d WHERE d.site = stands AND d.day BETWEEN of_month AND last_day;
    UPDATE audience.pv_hour h SET site = stands WHERE h.site = fresh AND h.bucket >= first_at AND h.bucket < next_at;
    UPDATE audience.site_hour h SET site = stands WHERE h.site = fresh AND h.bucket >= first_at AND h.bucket < next_at;
    UPDATE audience.line_hour h SET site = stands WHERE h.site = fresh AND h.bucket >= first_at AND h.bucket < next_at;
    UPDATE audience.reject_hour h SET site = stands WHERE h.site = fresh AND h.bucket >= first_at AND h.bucket < next_at;
    UPDATE audience.source_day d SET site = stands WHERE d.site = fresh AND d.day BETWEEN of_month AND last_day;
    INSERT INTO audience.content (site, key, path)
    SELECT stands, c.key, c.path FROM audience.content c WHERE c.site = fresh
    ON CONFLICT ON CONSTRAINT content_pkey DO NOTHING;

    DELETE FROM audience.uniq_delta d USING audience.salt s
    WHERE d.site = stands AND s.kind = d.kind AND s.period = d.period AND s.key IS NOT NULL
      AND CASE d.kind WHEN 'd' THEN d.period BETWEEN of_month AND last_day ELSE d.period = of_month END;
    DELETE FROM audience.uniq_day d USING audience.salt s
    WHERE d.site = stands AND d.day BETWEEN of_month AND last_day
      AND s.kind = 'd' AND s.period = d.day AND s.key IS NOT NULL;
    DELETE FROM audience.uniq_month d USING audience.salt s
    WHERE d.site = stands AND d.month = of_month AND s.kind = 'm' AND s.period = d.month AND s.key IS NOT NULL;
    UPDATE audience.uniq_delta d SET site = stands
    WHERE d.site = fresh
      AND CASE d.kind WHEN 'd' THEN d.period BETWEEN of_month AND last_day ELSE d.period = of_month END;

    DELETE FROM audience.pv_hour h
    WHERE h.site = fresh AND h.bucket >= first_at - interval '2 days' AND h.bucket < next_at + interval '2 days';
    DELETE FROM audience.source_day d WHERE d.site = fresh AND d.day BETWEEN of_month - 2 AND last_day + 2;
    DELETE FROM audience.site_hour h WHERE h.site = fresh;
    DELETE FROM audience.line_hour h WHERE h.site = fresh;
    DELETE FROM audience.reject_hour h WHERE h.site = fresh;
    DELETE FROM audience.uniq_delta d WHERE d.site = fresh;
    DELETE FROM audience.content c WHERE c.site = fresh;
    DELETE FROM audience.open_visits o WHERE o.site = fresh;
    DELETE FROM audience.site s WHERE s.id = fresh;

    INSERT INTO audience.rebuild (site, month, reason, rebuilt_by, lines_before, lines_after, views_before, views_after)
    SELECT stands, of_month, why, account, lines_stood,
        (SELECT coalesce(sum(h.lines), 0) FROM audience.line_hour h
         WHERE h.site = stands AND h.bucket >= first_at AND h.bucket < next_at), views_stood,
        (SELECT coalesce(sum(h.pv), 0) FROM audience.pv_hour h
         WHERE h.site = stands AND h.class = 0 AND h.bucket >= first_at AND h.bucket < next_at);
END $$;
REVOKE ALL ON FUNCTION audience.swap_month(integer, integer, date, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audience.swap_month(integer, integer, date, text, bigint) TO masthead_app;
