-- Plans that are adopted from another system, paused and resumed by hand.

INSERT INTO access.role_permission (role, permission) VALUES ('development', 'plan.manage'), ('finance', 'plan.manage');

-- What was said of a plan by hand was said of one that could be so: of one that ended nothing is said any more.
CREATE FUNCTION fundraising.plan_state_by_hand() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before text;
BEGIN
    PERFORM FROM fundraising.plan p WHERE p.id = NEW.plan_id FOR NO KEY UPDATE;
    SELECT s.standing INTO before FROM fundraising.plan_state s WHERE s.plan_id = NEW.plan_id
    ORDER BY s.occurred_at DESC, s.rank DESC, s.id DESC LIMIT 1;
    IF NOT coalesce((NEW.standing = 'paused' AND before IN ('active', 'overdue'))
                    OR (NEW.standing = 'active' AND before = 'paused'), false) THEN
        RAISE EXCEPTION 'plan % is %, and can''t become % by hand', NEW.plan_id, before, NEW.standing
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_state_by_hand';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.plan_state_by_hand() FROM PUBLIC;
CREATE TRIGGER plan_state_by_hand BEFORE INSERT ON fundraising.plan_state FOR EACH ROW WHEN (NEW.source = 'manual')
    EXECUTE FUNCTION fundraising.plan_state_by_hand();
