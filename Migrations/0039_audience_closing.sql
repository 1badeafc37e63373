-- Audience: how a month closes. Its figures may have been printed, so what changes them afterwards is on record: every
-- later change raises the revision, by whatever way it comes. And once a period's secret is gone, who its visitors were
-- can't be computed by anybody, so its sketches stand as they are.

-- The instant from which a local day or month is over wherever a site is.
CREATE FUNCTION audience.period_end(of_kind "char", of_period date) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        max((of_period + CASE of_kind WHEN 'd' THEN interval '1 day' ELSE interval '1 month' END) AT TIME ZONE s.timezone),
        (of_period + CASE of_kind WHEN 'd' THEN interval '1 day' ELSE interval '1 month' END) AT TIME ZONE 'UTC')
    FROM audience.site s
$$;
REVOKE ALL ON FUNCTION audience.period_end("char", date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audience.period_end("char", date) TO masthead_app;

-- When a secret was made is the database's word, because it decides when the secret may go.
REVOKE INSERT ON audience.salt FROM masthead_app;
GRANT INSERT (kind, period, key) ON audience.salt TO masthead_app;

-- A secret is only ever forgotten, two days after its period, when what was logged last has had time to come.
CREATE FUNCTION audience.salt_is_forgotten() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.key IS NOT NULL THEN
        RAISE EXCEPTION 'the salt of % can be forgotten, not changed', OLD.period
            USING ERRCODE = 'check_violation', CONSTRAINT = 'salt_forgotten_only';
    END IF;
    IF clock_timestamp() < audience.period_end(OLD.kind, OLD.period) + interval '48 hours' THEN
        RAISE EXCEPTION 'the salt of % is kept until two days after it', OLD.period
            USING ERRCODE = 'check_violation', CONSTRAINT = 'salt_kept_two_days';
    END IF;
    IF EXISTS (SELECT FROM audience.uniq_delta d WHERE d.kind = OLD.kind AND d.period = OLD.period) THEN
        RAISE EXCEPTION 'the sketches of % are not merged yet', OLD.period
            USING ERRCODE = 'check_violation', CONSTRAINT = 'salt_merged_first';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION audience.salt_is_forgotten() FROM PUBLIC;
CREATE TRIGGER salt_forgotten BEFORE UPDATE ON audience.salt
    FOR EACH ROW WHEN (OLD.key IS NOT NULL OR NEW.key IS NOT NULL) EXECUTE FUNCTION audience.salt_is_forgotten();

-- Nor is a period closed for visitors, by a secret that never was, before that.
CREATE FUNCTION audience.salt_is_never_drawn() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF clock_timestamp() < audience.period_end(NEW.kind, NEW.period) + interval '48 hours' THEN
        RAISE EXCEPTION '% is open for visitors until two days after it', NEW.period
            USING ERRCODE = 'check_violation', CONSTRAINT = 'salt_kept_two_days';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION audience.salt_is_never_drawn() FROM PUBLIC;
CREATE TRIGGER salt_never_drawn BEFORE INSERT ON audience.salt
    FOR EACH ROW WHEN (NEW.key IS NULL) EXECUTE FUNCTION audience.salt_is_never_drawn();

-- Sketches change while their period's secret lives, and never after.
CREATE FUNCTION audience.require_salt() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed jsonb;
    of_kind "char";
    of_period date;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := to_jsonb(OLD); ELSE changed := to_jsonb(NEW); END IF;
    -- The arguments say which column is the period, and its kind where the table has one kind only.
    of_kind := coalesce(changed ->> 'kind', TG_ARGV[1])::"char";
    of_period := (changed ->> TG_ARGV[0])::date;
    IF EXISTS (SELECT FROM audience.salt s WHERE s.kind = of_kind AND s.period = of_period AND s.key IS NULL) THEN
        RAISE EXCEPTION '% is closed for visitors', of_period
            USING ERRCODE = 'check_violation', CONSTRAINT = 'uniq_while_salted';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION audience.require_salt() FROM PUBLIC;
CREATE TRIGGER uniq_delta_salted BEFORE INSERT OR DELETE ON audience.uniq_delta
    FOR EACH ROW EXECUTE FUNCTION audience.require_salt('period');
CREATE TRIGGER uniq_day_salted BEFORE INSERT OR UPDATE ON audience.uniq_day
    FOR EACH ROW EXECUTE FUNCTION audience.require_salt('day', 'd');
CREATE TRIGGER uniq_month_salted BEFORE INSERT OR UPDATE ON audience.uniq_month
    FOR EACH ROW EXECUTE FUNCTION audience.require_salt('month', 'm');

-- Which transaction raised the revision last: one import is one change, however many tables it writes.
ALTER TABLE audience.month_close ADD COLUMN changed_in xid8;
REVOKE INSERT, UPDATE ON audience.month_close FROM masthead_app;
GRANT INSERT (site, month) ON audience.month_close TO masthead_app;

CREATE FUNCTION audience.month_is_over() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF clock_timestamp() < (SELECT (NEW.month + interval '1 month') AT TIME ZONE s.timezone FROM audience.site s
                            WHERE s.id = NEW.site) THEN
        RAISE EXCEPTION '% is not over', NEW.month
            USING ERRCODE = 'check_violation', CONSTRAINT = 'month_close_over';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION audience.month_is_over() FROM PUBLIC;
CREATE TRIGGER month_close_over BEFORE INSERT ON audience.month_close
    FOR EACH ROW EXECUTE FUNCTION audience.month_is_over();

-- What comes to a closed month raises its revision, once a transaction. Every counted line stands in line_hour and every
-- visit in site_hour, so nothing that a report shows changes without it.
CREATE FUNCTION audience.raise_revision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE audience.month_close c
    SET revision = c.revision + 1, changed_at = clock_timestamp(), changed_in = pg_current_xact_id()
    FROM (SELECT DISTINCT h.site, date_trunc('month', h.bucket AT TIME ZONE s.timezone)::date AS month
          FROM changed h JOIN audience.site s ON s.id = h.site) AS touched
    WHERE c.site = touched.site AND c.month = touched.month AND c.changed_in IS DISTINCT FROM pg_current_xact_id();
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION audience.raise_revision() FROM PUBLIC;
CREATE TRIGGER line_hour_added AFTER INSERT ON audience.line_hour REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audience.raise_revision();
CREATE TRIGGER line_hour_changed AFTER UPDATE ON audience.line_hour REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audience.raise_revision();
CREATE TRIGGER site_hour_added AFTER INSERT ON audience.site_hour REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audience.raise_revision();
CREATE TRIGGER site_hour_changed AFTER UPDATE ON audience.site_hour REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audience.raise_revision();
