-- The books balance by construction: an entry makes its transfer itself, and nobody else makes one. What takes money away
-- by hand has been decided first, by people who may.

-- What an entry does: between the account its kind names and where the money lies. A charge lies where such gifts are
-- received, what comes later where the gift lies by then; money of no one gift lies with the processor, or undeposited
-- when a person wrote it down. Gifts are looked up by key, one by one, whatever the planner thinks: a plan made for a
-- file of a million serves a single gift next.
CREATE FUNCTION fundraising.entry_moves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO fundraising.transfer (entry_id, leg, debit, credit, amount_minor, currency)
    SELECT m.id, 1, CASE WHEN m.amount_minor > 0 THEN m.lies ELSE m.other END,
           CASE WHEN m.amount_minor > 0 THEN m.other ELSE m.lies END, abs(m.amount_minor), m.currency
    FROM (
        SELECT f.id, f.amount_minor, f.currency,
               CASE WHEN f.kind = 'charge' THEN (
                        SELECT fundraising.received_in(g.kind) FROM fundraising.gift g WHERE g.id = f.gift_id)
                    WHEN f.gift_id IS NOT NULL THEN fundraising.lies_in(f.gift_id)
                    WHEN f.processor = 'manual' THEN 'undeposited'
                    ELSE 'clearing' END AS lies,
               CASE WHEN f.kind IN ('charge', 'refund', 'refund_failed') THEN 'contributions'
                    WHEN f.kind IN ('dispute_withdrawn', 'dispute_reinstated') THEN 'contributions_disputed'
                    WHEN f.kind IN ('fee', 'fee_refund') THEN 'fees'
                    WHEN f.kind IN ('payout', 'payout_failed') THEN 'bank'
                    WHEN f.kind = 'adjustment' THEN 'adjustments'
                    WHEN f.kind = 'write_off' THEN 'write_offs'
               END::fundraising.account_code AS other
        FROM fresh f) m;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.entry_moves() FROM PUBLIC;
CREATE TRIGGER entry_moves AFTER INSERT ON fundraising.entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION fundraising.entry_moves();
REVOKE INSERT ON fundraising.transfer FROM masthead_app;

-- As before, without the transfer, which the entry makes.
CREATE OR REPLACE FUNCTION fundraising.deposit_batch_closes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held record;
    moved numeric;
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'batch % is closed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_stays_closed';
    END IF;
    IF NEW.closed_by IS NULL THEN
        RAISE EXCEPTION 'nobody closes batch %', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_closed';
    END IF;
    NEW.closed_at := clock_timestamp();
    PERFORM FROM fundraising.gift g
    WHERE g.id IN (SELECT i.gift_id FROM fundraising.deposit_item i WHERE i.batch_id = OLD.id)
    ORDER BY g.id FOR NO KEY UPDATE;
    SELECT count(*) AS gifts, coalesce(sum(i.amount_minor), 0) AS total INTO held
    FROM fundraising.deposit_item i WHERE i.batch_id = OLD.id;
    IF held.gifts <> OLD.gifts OR held.total <> OLD.total_minor THEN
        RAISE EXCEPTION 'batch % holds % gifts of %', OLD.id, held.gifts, held.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_equal';
    END IF;
    IF EXISTS (SELECT FROM fundraising.deposit_changed c WHERE c.batch_id = OLD.id) THEN
        RAISE EXCEPTION 'gifts of batch % were corrected since they were put in', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_batch_unchanged';
    END IF;
    SELECT sum(fundraising.undeposited(i.gift_id)) INTO moved
    FROM fundraising.deposit_item i JOIN fundraising.gift g ON g.id = i.gift_id
    WHERE i.batch_id = OLD.id AND fundraising.received_in(g.kind) = 'undeposited';
    IF moved > 0 THEN
        INSERT INTO fundraising.entry (kind, amount_minor, currency, occurred_at, posting_date, processor, external_id,
                                       recorded_by)
        VALUES ('payout', -moved, OLD.currency, OLD.deposited_on::timestamp AT TIME ZONE access.publication_zone(),
                greatest(fundraising.open_books(), OLD.deposited_on), 'manual', 'deposit-' || OLD.id, NEW.closed_by);
    END IF;
    RETURN NEW;
END $$;

-- What was decided by hand about gifts' money: one row an entry.
CREATE VIEW fundraising.decision AS
SELECT r.entry_id, r.gift_id, 'refund' AS kind, -r.amount_minor AS amount_minor FROM fundraising.manual_refund r
WHERE r.entry_id IS NOT NULL
UNION ALL
SELECT a.entry_id, a.gift_id, a.kind, a.amount_minor FROM fundraising.manual_adjustment a
WHERE a.entry_id IS NOT NULL;

-- An entry that takes money away or corrects it was brought by a processor, or was decided. A decision names its entry
-- after it is made, so this is asked when the transaction ends.
CREATE FUNCTION fundraising.entry_was_decided() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
           SELECT FROM fundraising.decision d
           WHERE d.entry_id = NEW.id AND d.gift_id = NEW.gift_id AND d.kind = NEW.kind
             AND d.amount_minor = NEW.amount_minor)
       AND NOT (NEW.kind = 'payout' AND NEW.processor = 'manual' AND EXISTS (
           SELECT FROM fundraising.deposit_batch b
           WHERE NEW.external_id = 'deposit-' || b.id AND b.closed_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'nobody decided on entry %, a %', NEW.id, NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_was_decided';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.entry_was_decided() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER entry_was_decided AFTER INSERT ON fundraising.entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (
        NEW.kind IN ('adjustment', 'write_off', 'fx')
        OR NEW.kind <> 'charge' AND NEW.inbox_id IS NULL AND NEW.import_file_id IS NULL)
    EXECUTE FUNCTION fundraising.entry_was_decided();

-- Who agrees may: the permission comes from a role held now.
CREATE FUNCTION fundraising.approver_may() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.approved_by IS NOT NULL AND NOT EXISTS (
           SELECT FROM access.account a JOIN access.role_grant g ON g.account = a.id
           JOIN access.role_permission p ON p.role = g.role
           WHERE a.id = NEW.approved_by AND a.status = 'active' AND p.permission = TG_ARGV[0]) THEN
        RAISE EXCEPTION 'account % may not agree to this', NEW.approved_by
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_may';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.approver_may() FROM PUBLIC;
CREATE TRIGGER refund_approver_may BEFORE UPDATE OF approved_by ON fundraising.manual_refund
    FOR EACH ROW EXECUTE FUNCTION fundraising.approver_may('refund.approve');
CREATE TRIGGER adjustment_approver_may BEFORE UPDATE OF approved_by ON fundraising.manual_adjustment
    FOR EACH ROW EXECUTE FUNCTION fundraising.approver_may('write-off.approve');

-- A decision's entry is of its gift, kind and amount.
CREATE FUNCTION fundraising.decision_fits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
           SELECT FROM fundraising.decision d JOIN fundraising.entry e ON e.id = d.entry_id
           WHERE d.entry_id = NEW.entry_id
             AND (e.gift_id, e.kind, e.amount_minor) IS DISTINCT FROM (d.gift_id, d.kind, d.amount_minor)) THEN
        RAISE EXCEPTION 'entry % is not what was decided', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_fits';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.decision_fits() FROM PUBLIC;
CREATE TRIGGER refund_fits AFTER UPDATE OF entry_id ON fundraising.manual_refund
    FOR EACH ROW EXECUTE FUNCTION fundraising.decision_fits();
CREATE TRIGGER adjustment_fits AFTER UPDATE OF entry_id ON fundraising.manual_adjustment
    FOR EACH ROW EXECUTE FUNCTION fundraising.decision_fits();
