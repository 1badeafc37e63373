-- Pledges and grants: what was promised. A promise is no money received, and nothing here is an entry: what it brings is
-- gifts, which settle its instalments.

-- What one person decides alone, in a currency's smallest units: 1000 of its own.
CREATE FUNCTION fundraising.limit_of_one(of_currency text) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 1000 * 10::numeric ^ c.exponent FROM fundraising.currency c WHERE c.code = of_currency
$$;
REVOKE ALL ON FUNCTION fundraising.limit_of_one(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fundraising.limit_of_one(text) TO masthead_app;

CREATE TABLE fundraising.pledge (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pledge_pkey PRIMARY KEY,
    kind text NOT NULL CONSTRAINT pledge_kind CHECK (kind IN ('pledge', 'grant')),
    donor_id bigint NOT NULL CONSTRAINT pledge_donor_fkey REFERENCES fundraising.donor,
    currency fundraising.currency_code NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT pledge_amount CHECK (amount_minor > 0),
    promised_on date NOT NULL,
    -- As long as a condition isn't met there is no promise to count on (FASB ASC 958-605).
    is_conditional boolean NOT NULL,
    -- NULL once it was erased.
    condition text CONSTRAINT pledge_condition CHECK (
        condition IS NULL OR (is_conditional AND condition ~ '\S' AND octet_length(condition) <= 4000)),
    met_on date,
    met_by bigint CONSTRAINT pledge_met_by_fkey REFERENCES access.account,
    fund_id bigint CONSTRAINT pledge_fund_fkey REFERENCES fundraising.fund,
    campaign_id bigint CONSTRAINT pledge_campaign_fkey REFERENCES fundraising.campaign,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by bigint NOT NULL CONSTRAINT pledge_created_by_fkey REFERENCES access.account,
    CONSTRAINT pledge_met CHECK ((met_on IS NULL) = (met_by IS NULL) AND (met_on IS NULL OR is_conditional))
);
CREATE INDEX pledge_donor ON fundraising.pledge (donor_id);
CREATE INDEX pledge_fund ON fundraising.pledge (fund_id) WHERE fund_id IS NOT NULL;
GRANT SELECT, INSERT (kind, donor_id, currency, amount_minor, promised_on, is_conditional, condition, fund_id,
    campaign_id, created_by), UPDATE (met_on, met_by) ON fundraising.pledge TO masthead_app;

CREATE TABLE fundraising.pledge_instalment (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pledge_instalment_pkey PRIMARY KEY,
    pledge_id bigint NOT NULL CONSTRAINT pledge_instalment_pledge_fkey REFERENCES fundraising.pledge,
    due_on date NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT pledge_instalment_amount CHECK (amount_minor > 0),
    CONSTRAINT pledge_instalment_once UNIQUE (pledge_id, due_on)
);
CREATE INDEX pledge_instalment_due ON fundraising.pledge_instalment (due_on);
GRANT SELECT, INSERT ON fundraising.pledge_instalment TO masthead_app;

-- Instalments come to what was promised, by the end of the transaction that writes either.
CREATE FUNCTION fundraising.instalments_sum() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_pledge bigint := CASE TG_TABLE_NAME WHEN 'pledge' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'pledge_id')::bigint END;
BEGIN
    IF (SELECT coalesce(sum(i.amount_minor), 0) FROM fundraising.pledge_instalment i WHERE i.pledge_id = of_pledge)
       <> (SELECT p.amount_minor FROM fundraising.pledge p WHERE p.id = of_pledge) THEN
        RAISE EXCEPTION 'the instalments of pledge % don''t come to its amount', of_pledge
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledge_instalments_sum';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.instalments_sum() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER instalments_sum AFTER INSERT ON fundraising.pledge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fundraising.instalments_sum();
CREATE CONSTRAINT TRIGGER instalments_sum AFTER INSERT ON fundraising.pledge_instalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fundraising.instalments_sum();

CREATE FUNCTION fundraising.pledge_met_once() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.met_on IS NOT NULL AND (OLD.met_on, OLD.met_by) IS DISTINCT FROM (NEW.met_on, NEW.met_by) THEN
        RAISE EXCEPTION 'the condition of pledge % is met', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledge_met_once';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.pledge_met_once() FROM PUBLIC;
CREATE TRIGGER pledge_met_once BEFORE UPDATE ON fundraising.pledge FOR EACH ROW
    EXECUTE FUNCTION fundraising.pledge_met_once();

-- Which part of a gift is which instalment.
CREATE TABLE fundraising.pledge_settlement (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pledge_settlement_pkey PRIMARY KEY,
    instalment_id bigint NOT NULL CONSTRAINT pledge_settlement_instalment_fkey REFERENCES fundraising.pledge_instalment,
    gift_id bigint NOT NULL CONSTRAINT pledge_settlement_gift_fkey REFERENCES fundraising.gift,
    amount_minor bigint NOT NULL CONSTRAINT pledge_settlement_amount CHECK (amount_minor > 0),
    settled_at timestamptz NOT NULL DEFAULT now(),
    settled_by bigint NOT NULL CONSTRAINT pledge_settlement_settled_by_fkey REFERENCES access.account
);
CREATE INDEX pledge_settlement_instalment ON fundraising.pledge_settlement (instalment_id);
CREATE INDEX pledge_settlement_gift ON fundraising.pledge_settlement (gift_id);
GRANT SELECT, INSERT (instalment_id, gift_id, amount_minor, settled_by) ON fundraising.pledge_settlement
    TO masthead_app;

-- What won't come any more. Above the limit another person has to agree before it counts.
CREATE TABLE fundraising.pledge_write_off (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pledge_write_off_pkey PRIMARY KEY,
    instalment_id bigint NOT NULL CONSTRAINT pledge_write_off_instalment_fkey REFERENCES fundraising.pledge_instalment,
    amount_minor bigint NOT NULL CONSTRAINT pledge_write_off_amount CHECK (amount_minor > 0),
    -- NULL once it was erased.
    reason text CONSTRAINT pledge_write_off_reason CHECK (reason ~ '\S' AND octet_length(reason) <= 4000),
    asked_by bigint NOT NULL CONSTRAINT pledge_write_off_asked_by_fkey REFERENCES access.account,
    asked_at timestamptz NOT NULL DEFAULT now(),
    -- Set by a trigger, whatever is said.
    takes_two boolean NOT NULL,
    approved_by bigint CONSTRAINT pledge_write_off_approved_by_fkey REFERENCES access.account,
    approved_at timestamptz,
    counts boolean NOT NULL GENERATED ALWAYS AS (NOT takes_two OR approved_by IS NOT NULL) STORED,
    CONSTRAINT pledge_write_off_second_person CHECK (approved_by <> asked_by),
    CONSTRAINT pledge_write_off_approval CHECK (
        (approved_by IS NULL) = (approved_at IS NULL) AND (approved_by IS NULL OR takes_two))
);
CREATE INDEX pledge_write_off_instalment ON fundraising.pledge_write_off (instalment_id);
GRANT SELECT, INSERT (instalment_id, amount_minor, reason, asked_by), UPDATE (approved_by, approved_at)
    ON fundraising.pledge_write_off TO masthead_app;

-- What a settlement is worth today: as far as the gift's money is still there, the earliest first. So a refund opens an
-- instalment again by itself, and the last one that the gift settled before the first.
CREATE VIEW fundraising.pledge_settled AS
SELECT s.id AS settlement_id, s.instalment_id, s.gift_id, s.amount_minor,
       least(s.amount_minor, greatest(0, m.net_minor - coalesce((
           SELECT sum(b.amount_minor) FROM fundraising.pledge_settlement b
           WHERE b.gift_id = s.gift_id AND b.id < s.id), 0)))::bigint AS kept_minor
FROM fundraising.pledge_settlement s JOIN fundraising.gift_money m ON m.gift_id = s.gift_id;
GRANT SELECT ON fundraising.pledge_settled TO masthead_app;

CREATE VIEW fundraising.instalment_money AS
SELECT i.id AS instalment_id, i.pledge_id, i.due_on, i.amount_minor, s.minor AS settled_minor,
       w.minor AS written_off_minor, greatest(0, i.amount_minor - s.minor - w.minor) AS open_minor
FROM fundraising.pledge_instalment i
CROSS JOIN LATERAL (SELECT coalesce(sum(k.kept_minor), 0)::bigint AS minor FROM fundraising.pledge_settled k
                    WHERE k.instalment_id = i.id) s
CROSS JOIN LATERAL (SELECT coalesce(sum(o.amount_minor), 0)::bigint AS minor FROM fundraising.pledge_write_off o
                    WHERE o.instalment_id = i.id AND o.counts) w;
GRANT SELECT ON fundraising.instalment_money TO masthead_app;

-- Promised is a figure of its own. What hangs on a condition that isn't met stands apart.
CREATE VIEW fundraising.pledge_money AS
SELECT p.id AS pledge_id, p.donor_id, p.kind, p.currency, p.is_conditional AND p.met_on IS NULL AS hangs,
       p.amount_minor AS promised_minor, m.settled_minor, m.written_off_minor, m.open_minor
FROM fundraising.pledge p CROSS JOIN LATERAL (
    SELECT sum(i.settled_minor)::bigint AS settled_minor, sum(i.written_off_minor)::bigint AS written_off_minor,
           sum(i.open_minor)::bigint AS open_minor
    FROM fundraising.instalment_money i WHERE i.pledge_id = p.id) m;
GRANT SELECT ON fundraising.pledge_money TO masthead_app;

-- At most what is open, and at most what is left of the gift. Two at once on one pledge or gift: the second counts the
-- first. The pledge is taken first, then the gift, by everybody.
CREATE FUNCTION fundraising.settlement_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pledge record;
    gift record;
    used numeric;
BEGIN
    SELECT p.id, p.currency INTO STRICT pledge FROM fundraising.pledge p
    JOIN fundraising.pledge_instalment i ON i.pledge_id = p.id WHERE i.id = NEW.instalment_id FOR NO KEY UPDATE OF p;
    SELECT g.currency, g.live INTO STRICT gift FROM fundraising.gift g WHERE g.id = NEW.gift_id FOR NO KEY UPDATE;
    IF gift.currency <> pledge.currency OR NOT gift.live THEN
        RAISE EXCEPTION 'gift % is no gift for pledge %', NEW.gift_id, pledge.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledge_settlement_of_gift';
    END IF;
    IF NEW.amount_minor > (SELECT m.open_minor FROM fundraising.instalment_money m
                           WHERE m.instalment_id = NEW.instalment_id) THEN
        RAISE EXCEPTION 'instalment % is open for less', NEW.instalment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledge_settlement_within_open';
    END IF;
    SELECT coalesce(sum(s.amount_minor), 0) INTO used FROM fundraising.pledge_settlement s
    WHERE s.gift_id = NEW.gift_id;
    IF used + NEW.amount_minor > (SELECT m.net_minor FROM fundraising.gift_money m WHERE m.gift_id = NEW.gift_id) THEN
        RAISE EXCEPTION 'of gift % less is left', NEW.gift_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledge_settlement_within_gift';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.settlement_rules() FROM PUBLIC;
CREATE TRIGGER settlement_rules BEFORE INSERT ON fundraising.pledge_settlement
    FOR EACH ROW EXECUTE FUNCTION fundraising.settlement_rules();

-- One person writes off so much of one pledge, however it is cut; never more than is open; what was decided stands.
CREATE FUNCTION fundraising.write_off_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pledge record;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.approved_by IS NOT NULL THEN
        RAISE EXCEPTION 'write-off % is decided', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledge_write_off_decided_once';
    END IF;
    SELECT p.id, p.currency INTO STRICT pledge FROM fundraising.pledge p
    JOIN fundraising.pledge_instalment i ON i.pledge_id = p.id WHERE i.id = NEW.instalment_id FOR NO KEY UPDATE OF p;
    IF TG_OP = 'INSERT' THEN
        NEW.takes_two := NEW.amount_minor + coalesce((
            SELECT sum(o.amount_minor) FROM fundraising.pledge_write_off o
            JOIN fundraising.pledge_instalment i ON i.id = o.instalment_id
            WHERE i.pledge_id = pledge.id), 0) > fundraising.limit_of_one(pledge.currency);
    END IF;
    IF NEW.amount_minor > (SELECT m.open_minor FROM fundraising.instalment_money m
                           WHERE m.instalment_id = NEW.instalment_id) THEN
        RAISE EXCEPTION 'instalment % is open for less', NEW.instalment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pledge_write_off_within_open';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.write_off_rules() FROM PUBLIC;
-- By column: an erasure takes the reason away and changes nothing else.
CREATE TRIGGER write_off_rules BEFORE INSERT OR UPDATE OF approved_by, approved_at ON fundraising.pledge_write_off
    FOR EACH ROW EXECUTE FUNCTION fundraising.write_off_rules();

-- What a funder wants to be told, and when.
CREATE TABLE fundraising.pledge_report (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pledge_report_pkey PRIMARY KEY,
    pledge_id bigint NOT NULL CONSTRAINT pledge_report_pledge_fkey REFERENCES fundraising.pledge,
    due_on date NOT NULL,
    done_on date,
    done_by bigint CONSTRAINT pledge_report_done_by_fkey REFERENCES access.account,
    CONSTRAINT pledge_report_once UNIQUE (pledge_id, due_on),
    CONSTRAINT pledge_report_done CHECK ((done_on IS NULL) = (done_by IS NULL))
);
CREATE INDEX pledge_report_due ON fundraising.pledge_report (due_on) WHERE done_on IS NULL;
GRANT SELECT, INSERT (pledge_id, due_on), UPDATE (done_on, done_by) ON fundraising.pledge_report TO masthead_app;

-- A fund that something was promised for keeps its purpose as one that something was given for.
CREATE OR REPLACE FUNCTION fundraising.fund_keeps() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM fundraising.gift g WHERE g.fund_id = OLD.id)
       OR EXISTS (SELECT FROM fundraising.pledge p WHERE p.fund_id = OLD.id) THEN
        RAISE EXCEPTION 'something was given or promised for fund %', OLD.slug
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_keeps';
    END IF;
    RETURN NEW;
END $$;

-- Forgetting somebody takes the words of his promises with him; amounts and days stay.
CREATE FUNCTION fundraising.pledges_forget() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE fundraising.pledge p SET condition = NULL WHERE p.donor_id = NEW.id;
    UPDATE fundraising.pledge_write_off o SET reason = NULL WHERE o.instalment_id IN (
        SELECT i.id FROM fundraising.pledge_instalment i JOIN fundraising.pledge p ON p.id = i.pledge_id
        WHERE p.donor_id = NEW.id);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.pledges_forget() FROM PUBLIC;
CREATE TRIGGER pledges_forget AFTER UPDATE OF erased_at ON fundraising.donor FOR EACH ROW
    WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION fundraising.pledges_forget();

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('pledge.manage', 'development finance'),
    ('write-off.approve', 'finance')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
