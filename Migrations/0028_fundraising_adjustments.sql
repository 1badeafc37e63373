-- Corrections of a gift's money, what won't come of it any more, and receipts of much that are taken back: above a limit
-- a second person agrees.

CREATE TABLE fundraising.manual_adjustment (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT manual_adjustment_pkey PRIMARY KEY,
    gift_id bigint NOT NULL CONSTRAINT manual_adjustment_gift_fkey REFERENCES fundraising.gift,
    kind text NOT NULL CONSTRAINT manual_adjustment_kind CHECK (kind IN ('adjustment', 'write_off')),
    -- More is positive, less is negative.
    amount_minor bigint NOT NULL CONSTRAINT manual_adjustment_amount CHECK (
        amount_minor <> 0 AND (kind = 'adjustment' OR amount_minor < 0) AND amount_minor > -9223372036854775808),
    -- NULL once it was erased.
    reason text CONSTRAINT manual_adjustment_reason CHECK (reason ~ '\S' AND octet_length(reason) <= 4000),
    asked_by bigint NOT NULL CONSTRAINT manual_adjustment_asked_by_fkey REFERENCES access.account,
    asked_at timestamptz NOT NULL DEFAULT now(),
    -- Set by a trigger, whatever is said.
    takes_two boolean NOT NULL,
    approved_by bigint CONSTRAINT manual_adjustment_approved_by_fkey REFERENCES access.account,
    approved_at timestamptz,
    entry_id bigint CONSTRAINT manual_adjustment_entry_fkey REFERENCES fundraising.entry
        CONSTRAINT manual_adjustment_entry_key UNIQUE,
    CONSTRAINT manual_adjustment_second_person CHECK (approved_by <> asked_by),
    CONSTRAINT manual_adjustment_approval CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT manual_adjustment_two_people CHECK (entry_id IS NULL OR NOT takes_two OR approved_by IS NOT NULL)
);
CREATE INDEX manual_adjustment_gift ON fundraising.manual_adjustment (gift_id);
GRANT SELECT, INSERT (gift_id, kind, amount_minor, reason, asked_by), UPDATE (approved_by, approved_at, entry_id)
    ON fundraising.manual_adjustment TO masthead_app;

-- One person moves so much on one gift, up and down counted together; what was decided stands.
CREATE FUNCTION fundraising.adjustment_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_currency text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.entry_id IS DISTINCT FROM NEW.entry_id AND OLD.entry_id IS NOT NULL
           OR OLD.approved_by IS DISTINCT FROM NEW.approved_by AND OLD.approved_by IS NOT NULL THEN
            RAISE EXCEPTION 'adjustment % is decided', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'manual_adjustment_decided_once';
        END IF;
        RETURN NEW;
    END IF;
    -- Two at once on one gift: the second counts the first.
    SELECT g.currency INTO STRICT of_currency FROM fundraising.gift g WHERE g.id = NEW.gift_id FOR NO KEY UPDATE;
    NEW.takes_two := abs(NEW.amount_minor::numeric) + coalesce((
        SELECT sum(abs(a.amount_minor::numeric)) FROM fundraising.manual_adjustment a
        WHERE a.gift_id = NEW.gift_id), 0) > fundraising.limit_of_one(of_currency);
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.adjustment_rules() FROM PUBLIC;
CREATE TRIGGER adjustment_rules BEFORE INSERT OR UPDATE OF approved_by, approved_at, entry_id
    ON fundraising.manual_adjustment FOR EACH ROW EXECUTE FUNCTION fundraising.adjustment_rules();

-- No correction takes more from a gift than is there.
CREATE FUNCTION fundraising.entry_leaves_something() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM fundraising.gift g WHERE g.id = NEW.gift_id FOR NO KEY UPDATE;
    IF (SELECT sum(k.gross_minor - k.refunds_minor) FROM fundraising.contribution k WHERE k.gift_id = NEW.gift_id) < 0 THEN
        RAISE EXCEPTION 'less is left of gift %', NEW.gift_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_leaves_something';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.entry_leaves_something() FROM PUBLIC;
CREATE TRIGGER entry_leaves_something AFTER INSERT ON fundraising.entry FOR EACH ROW
    WHEN (NEW.gift_id IS NOT NULL AND NEW.kind IN ('adjustment', 'write_off') AND NEW.amount_minor < 0)
    EXECUTE FUNCTION fundraising.entry_leaves_something();

-- Where a gift's money lies now: at the bank once its deposit is closed.
CREATE FUNCTION fundraising.lies_in(of_gift bigint) RETURNS fundraising.account_code
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN fundraising.received_in(g.kind) = 'undeposited' AND EXISTS (
               SELECT FROM fundraising.deposit_item i JOIN fundraising.deposit_batch b ON b.id = i.batch_id
               WHERE i.gift_id = g.id AND b.closed_at IS NOT NULL)
           THEN 'bank' ELSE fundraising.received_in(g.kind) END
    FROM fundraising.gift g WHERE g.id = of_gift
$$;
REVOKE ALL ON FUNCTION fundraising.lies_in(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fundraising.lies_in(bigint) TO masthead_app;

-- That somebody wants a receipt of much taken back.
CREATE TABLE fundraising.receipt_void (
    receipt_id bigint CONSTRAINT receipt_void_pkey PRIMARY KEY
        CONSTRAINT receipt_void_receipt_fkey REFERENCES fundraising.receipt,
    -- NULL once it was erased.
    reason text CONSTRAINT receipt_void_reason CHECK (reason ~ '\S' AND octet_length(reason) <= 4000),
    asked_by bigint NOT NULL CONSTRAINT receipt_void_asked_by_fkey REFERENCES access.account,
    asked_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT (receipt_id, reason, asked_by) ON fundraising.receipt_void TO masthead_app;

-- Voids a live receipt. The number stays taken. Of much only when another person asked for it.
CREATE OR REPLACE FUNCTION fundraising.void_receipt(of_receipt bigint, why text, account bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM fundraising.gift g JOIN fundraising.receipt r ON r.gift_id = g.id
    WHERE r.id = of_receipt FOR NO KEY UPDATE OF g;
    IF EXISTS (SELECT FROM fundraising.receipt r
               WHERE r.id = of_receipt AND r.amount_minor > fundraising.limit_of_one(r.currency))
       AND NOT EXISTS (SELECT FROM fundraising.receipt_void v WHERE v.receipt_id = of_receipt AND v.asked_by <> account)
    THEN
        RAISE EXCEPTION 'receipt % takes two people to void', of_receipt
            USING ERRCODE = 'check_violation', CONSTRAINT = 'receipt_void_second_person';
    END IF;
    INSERT INTO fundraising.receipt_end (receipt_id, how, reason, ended_by)
    VALUES (of_receipt, 'voided', why, account);
END $$;

-- Forgetting somebody takes these reasons too.
CREATE FUNCTION fundraising.adjustments_forget() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE fundraising.manual_adjustment a SET reason = NULL
    WHERE a.gift_id IN (SELECT g.id FROM fundraising.gift g WHERE g.donor_id = NEW.id);
    UPDATE fundraising.receipt_void v SET reason = NULL
    WHERE v.receipt_id IN (SELECT r.id FROM fundraising.receipt r WHERE r.redacted_at IS NOT NULL);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.adjustments_forget() FROM PUBLIC;
CREATE TRIGGER adjustments_forget AFTER UPDATE OF erased_at ON fundraising.donor FOR EACH ROW
    WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION fundraising.adjustments_forget();
